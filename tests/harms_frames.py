"""Small typed frames of harms, for the tests of what is reckoned from them."""

import pandas as pd

COLUMNS = ["study_id", "arm", "event", "harms_status", "n_events", "n_exposed"]


def harms(*lines, **more):
    """Harms as (study, arm, event, events, exposed): an event with 0 is one that was stated not to have occurred."""
    rows = [(study, arm, event, "zero_stated" if x == 0 else "events", x, n) for study, arm, event, x, n in lines]
    table = pd.DataFrame(rows, columns=COLUMNS).assign(**more)
    whole = ("n_events", "n_exposed", "n_discontinued")
    return table.astype({name: "Int64" if name in whole else "string" for name in table.columns})


def studies(*names):
    return pd.DataFrame({"study_id": pd.array(names, dtype="string")})
