"""How agreement is told: its lines as sentences and as a table to read, its figures as people write them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from .terms import Stage

#: What each setting is called in a sentence.
MAYBE_AS = {
    "include": 'A "maybe" counts as include.',
    "exclude": 'A "maybe" counts as exclude.',
    "category": 'A "maybe" is a category of its own.',
}

#: What a stage is called and what is judged there, in sentences.
_STAGES = {Stage.TITLE_ABSTRACT: ("Title and abstract", "record"), Stage.FULL_TEXT: ("Full text", "report")}

#: The coefficients of a line: column, what it is called, and the stem of its interval's columns.
_PAIR = (("kappa", "Cohen's kappa", "kappa"), ("pabak", "PABAK", None), ("ac1", "Gwet's AC1", "ac1"))
_TOGETHER = (
    ("fleiss_kappa", "Fleiss' kappa", "fleiss"),
    ("alpha", "Krippendorff's alpha", "alpha"),
    ("ac1", "Gwet's AC1", "ac1"),
)


def sentence(line: Mapping[str, Any]) -> str:
    """One line of `full_panel` as a reader's sentence, with its note."""
    stage, unit = _STAGES.get(Stage(line["stage"]), (str(line["stage"]), "record"))
    n, n_stage = int(line["n_joint"]), int(line["n_stage"])
    every = "" if n == n_stage else f" of the {n_stage:,}"
    judged = f"{n:,}{every} {unit if n_stage == 1 else unit + 's'}"
    together = line["line"] == "all"
    if together:
        told = f"{stage}, {int(line['n_reviewers'])} reviewers ({line['reviewers']}): {judged} judged by two or more"
    else:
        told = f"{stage}: {line['reviewers']} {'both ' if every else ''}judged {judged}"
    if n:
        agreed = percent(line["percent_agreement"])
        told += f"; {agreed} of the pairs of votes agree; " if together else f"; they agreed on {agreed}; "
        told += ", ".join(_told(line, *each) for each in (_TOGETHER if together else _PAIR))
    note = str(line["note"])
    for word in ("every", "Every", "No", "one", "each"):
        note = note.replace(f"{word} record", f"{word} {unit}")
    return f"{told}. {note}".strip()


def readable(lines: pd.DataFrame) -> pd.DataFrame:
    """The lines of `full_panel` as a table to read: text cells under headings in words, intervals beside their figure.

    Columns that no line fills (those of all reviewers together, where each stage has one pair) are left out.
    """
    level = f"{100 * float(lines['level'].iloc[0]):g} %" if len(lines) else ""
    rows = []
    for line in lines.to_dict("records"):
        row = {
            "Stage": _STAGES[Stage(line["stage"])][0],
            "Reviewers": str(line["reviewers"]) if line["line"] == "pair" else f"All: {line['reviewers']}",
            "Judged by both": f"{int(line['n_joint']):,} of {int(line['n_stage']):,} ({percent(line['coverage'])})",
            "Counts": str(line["counts"]),
            "Agreement": percent(line["percent_agreement"]),
        }
        for name, label, low in (*_PAIR, *_TOGETHER[:2]):
            together = name in ("fleiss_kappa", "alpha")
            asked = name == "ac1" or together == (line["line"] == "all")
            heading = label if low is None else f"{label} ({level} interval)"
            row[heading] = _cell(line, name, low) if asked else ""
        row["Prevalence index"] = decimal(line["prevalence_index"])
        row["Bias index"] = decimal(line["bias_index"])
        rows.append({**row, "Maybe": MAYBE_AS[str(line["maybe_as"])], "Note": str(line["note"])})
    table = pd.DataFrame(rows, dtype="string")
    idle = [name for name in table.columns if name not in ("Counts", "Note") and (table[name] == "").all()]
    return table.drop(columns=idle)


def percent(share: Any) -> str:
    """A share of 1 with one decimal: "91.6 %"; "" for a missing one. Only all is 100 % and only nothing 0 %."""
    if pd.isna(share):
        return ""
    if share in (0, 1):
        return f"{100 * int(share)} %"
    told = f"{100 * float(share):.1f}"
    return {"100.0": ">99.9 %", "0.0": "<0.1 %"}.get(told, f"{told} %")


def decimal(value: Any) -> str:
    """A coefficient with two decimals and a true minus sign; "" for a missing one."""
    if pd.isna(value):
        return ""
    told = f"{float(value):.2f}"
    return "0.00" if told == "-0.00" else told.replace("-", "\N{MINUS SIGN}")


def _told(line: Mapping[str, Any], name: str, label: str, interval: str | None) -> str:
    """A coefficient in a sentence: "kappa 0.83 (95 % interval 0.75 to 0.91)"."""
    if pd.isna(line[name]):
        return f"{label} not estimable"
    told = f"{label} {decimal(line[name])}"
    if interval is None:
        return told
    low, high = line[f"{interval}_low"], line[f"{interval}_high"]
    if pd.isna(low):
        return f"{told} (no interval)"
    return f"{told} ({100 * line['level']:g} % interval {decimal(low)} to {decimal(high)})"


def _cell(line: Mapping[Any, Any], name: str, interval: str | None) -> str:
    """A coefficient in a table: "0.83 (0.75 to 0.91)"."""
    if pd.isna(line[name]):
        return "not estimable"
    if interval is None:
        return decimal(line[name])
    low, high = line[f"{interval}_low"], line[f"{interval}_high"]
    return f"{decimal(line[name])} ({'no interval' if pd.isna(low) else f'{decimal(low)} to {decimal(high)}'})"
