"""Which members a number of a further table is made of."""

import pandas as pd
import pytest
from scopeline import lineage

P_VALUES = "tables/further/p_values.csv"
TABLE = pd.DataFrame(
    {
        "condition": ["pain", "sleep"],
        "basis": "comparative",
        "n_studies": [5, 3],
        "n_entered": [2, 1],
        "n_not_entered": [3, 2],
        "fisher_p": [0.01, 0.5],
        "entered_ids": ["S1; S2", "S3"],
        "not_entered_ids": ["S4; S5; S9", "S7; S8"],
    }
)


@pytest.mark.parametrize(
    ("column", "members"),
    [("n_entered", ("S1", "S2")), ("n_not_entered", ("S4", "S5", "S9")), ("fisher_p", ("S1", "S2")), ("n_studies", ())],
)
def test_numbers_of_combined_p_values_have_their_studies(column, members):
    """Counts have the studies in the column of their name, a combined p-value those that entered it."""
    token = lineage.at(P_VALUES, 2, column, TABLE)
    assert lineage.members_of(token.cell, TABLE) == members
    again = lineage.recount(token.cell, TABLE, members)
    assert again == (len(members) if column.startswith("n_") and members else None)
