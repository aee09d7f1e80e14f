"""How well the reviewers agreed in charting, for the page."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from .. import text


def agreement(frame: pd.DataFrame, labels: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """The lines of `charting_agreement.agreement` with anything to compare, and their notes, each once.

    `labels` maps table and field to the field's label.
    """
    lines: list[dict[str, Any]] = []
    notes: list[str] = []
    for line in frame[frame["n"] > 0].to_dict("records"):
        said = text.clean(line["note"])
        if said and said not in notes:
            notes.append(said)
        name = (str(line["table"]), str(line["field"]))
        pair = dict.fromkeys((str(line["reviewer_a"]), str(line["reviewer_b"])))
        lines.append(
            {
                "table": name[0].capitalize(),
                "field": labels.get(name) or name[1].replace("_", " ").capitalize(),
                "reviewers": " and ".join(pair),
                "n": text.number(line["n"]),
                "agree": text.number(line["agree"]),
                "agreement": text.percent(line["percent_agreement"]),
                "kappa": (text.number(line["kappa"], 2), text.between(line["kappa_low"], line["kappa_high"])),
                "ac1": text.number(line["ac1"], 2),
                "jaccard": text.number(line["jaccard"], 2),
                "note": notes.index(said) + 1 if said else "",
            }
        )
    return {"lines": lines, "notes": notes}
