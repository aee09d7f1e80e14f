"""Likely duplicates among the records of a review: proposed for a person to judge, never removed.

Records are first compared field by field after what databases write differently (case, accents, markup, abbreviated
journals, order of names) is taken away. Only pairs that share a key (an identifier, the title or a part of it, volume
and page, the beginning of the abstract) are compared, so that work grows with the records and not with their pairs.
Each field then speaks for or against, as in Fellegi and Sunter's theory of record linkage (1969, J Am Stat Assoc
64:1183), with weights set by hand: an identifier most, then the title, then year, authors, journal and pages. What a
duplicate is follows Rathbone 2015 (Syst Rev 4:6): the same bibliographic record, however it is cited. A conference
abstract and the paper of the same title are two records, and so are an erratum, a protocol, a reply and the two parts
of a series.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd

from .candidates import candidate_pairs
from .comparing import likeness
from .groups import COLUMNS, as_frame, lines, star_groups
from .prepared import FIELDS, Prepared, to_compare

__all__ = ["COLUMNS", "CUT", "FIELDS", "propose"]

#: Pairs less alike than this are not proposed: a title of a line, the same in both, is just enough where nothing else
#: is known. On half of a labelled search any cut from 0.4 to 0.95 does as well (benchmarks/duplicates.py).
CUT = 0.7


def propose(
    records: pd.DataFrame, *, judged_apart: Collection[tuple[str, str]] = (), cut: float | None = None
) -> pd.DataFrame:
    """Which records are likely duplicates, and of which record, for a person to judge.

    records: one row a record, with record_id and any of `FIELDS`, duplicate_of and removed_before_screening (strings or
    numbers, NA where missing; columns may be missing). Rows that are marked as duplicates already or were removed
    before screening are left out, and so are rows without an ID or with neither title, DOI nor PubMed ID.
    judged_apart: pairs of IDs, in either order, that a person found not to be the same. They never stand in one group.
    cut: the least likeness that is proposed, 0 to 1; `CUT` without it.

    Returns one row a proposed duplicate, the surest groups first, with `COLUMNS`: group (Int64, from 1), record_id,
    duplicate_of (the record of the group that would be kept: most fields filled, then first by ID, numbers in IDs
    counted as numbers), same (blank, to fill with yes or no), likeness (Float64, 0 to 1, of the record to the one
    kept), why (words). Every record of a group is alike to the one kept, or nearly so and alike to another that is:
    chains do not join what is not alike. A record stands in one group at most. The order of the rows given does not
    matter.
    """
    least = CUT if cut is None else cut
    given = to_compare(records)
    apart = {(one, other) for pair in judged_apart for one, other in (pair, pair[::-1])}
    if len(given) < 2:
        return as_frame([])
    prepared = Prepared(given)
    first = prepared.first_alike({name for pair in apart for name in pair})
    kept = np.flatnonzero(first == np.arange(len(first)))
    left, right = candidate_pairs(prepared, kept)
    alike = likeness(prepared, left, right)
    near = alike >= least
    grouped = star_groups(left[near], right[near], alike[near], prepared, apart, least)
    return as_frame(lines(grouped, first, prepared))
