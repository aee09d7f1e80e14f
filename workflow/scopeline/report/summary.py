"""`results/summary.md`: the review on one page of Markdown, in the words of the report."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from .. import text
from . import evidence_map, sentences
from .page import Evidence

#: Fields of the characteristics with more values than this name only the largest.
_MOST_VALUES = 6


def summary(evidence: Evidence) -> str:
    """The summary as Markdown: the same evidence gives the same text. Links are relative to results/."""
    blocks = [f"# {_plain(evidence.title)}"]
    blocks += [f"*{_plain(line)}*" for line in (evidence.subtitle,) if line]
    blocks += [_plain(line) for line in (evidence.question,) if line]
    if evidence.caveats:
        blocks += ["**Before you read the tables**", "\n".join(f"- {_plain(caveat)}" for caveat in evidence.caveats)]
    blocks += [
        f"State of the data: {sentences.of_state(evidence.validation)} See [validation](validation/index.html).",
        *_waivers(evidence.validation),
        "## Selection of sources of evidence",
        _plain(evidence.losses.get("flow", "")),
        " ".join([*sentences.of_flow(evidence.flow), sentences.of_sums(evidence.flow)]).strip(),
        *_exceptions(evidence.flow),
        *_agreement(evidence.agreement),
        _plain(evidence.losses.get("agreement", "")) if "flow" not in evidence.losses else "",
        "## Characteristics of the sources of evidence",
        _plain(evidence.losses.get("characteristics", "")),
        _characteristics(evidence.characteristics),
        f"## {_plain(evidence.rows_label)} × {_plain(evidence.columns_label).lower()}",
        _plain(evidence.losses.get("synthesis", "")),
        *_map(evidence),
        "## Harms",
        _plain(evidence.losses.get("harms", "")),
        sentences.of_silence(evidence.harms_silence),
        *_harms(evidence),
        "Full report: [report.html](report.html). Tables: [tables](tables). "
        f"Made by scopeline {_plain(evidence.version)}.",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _waivers(validation: Mapping[str, Any]) -> list[str]:
    lines = [
        f"- {each['rule']} ({text.counted(each['issues'], 'issue')}): {_plain(each['who'])}: {_plain(each['why'])}"
        for each in validation.get("waivers", [])
    ]
    return ["Rules broken on purpose:", "\n".join(lines)] if lines else []


def _exceptions(flow: Mapping[str, Any]) -> list[str]:
    exceptions = [(text.clean(each["name"]).replace("_", " "), each["why"]) for each in flow.get("exceptions", [])]
    lines = [f"- {_plain(text.capital(name))}: {_plain(why)}." for name, why in exceptions]
    return ["Named exceptions:", "\n".join(lines)] if lines else []


def _agreement(panel: pd.DataFrame) -> list[str]:
    lines = [
        f"- {_plain(sentences.of_agreement({str(k): v for k, v in line.items()}))}" for line in panel.to_dict("records")
    ]
    said = (text.clean(line.get("note")) for line in panel.to_dict("records"))
    notes = list(dict.fromkeys(note for note in said if note))
    return ["Agreement of reviewers:", "\n".join(lines), *map(_plain, notes)] if lines else []


def _characteristics(frame: pd.DataFrame) -> str:
    told = []
    for _, lines in frame.groupby("field", sort=False):
        first = lines.iloc[0]
        unit = f" ({_plain(first['unit'])})" if text.clean(first["unit"]) else ""
        there, absent = lines[~lines["missing"].astype(bool)], lines[lines["missing"].astype(bool)]
        if text.clean(first["kind"]) in ("text", "category", "multi"):
            largest = there.sort_values("n", ascending=False, kind="stable").head(_MOST_VALUES)
            shown = there[there.index.isin(largest.index)]
            parts = [f"{_plain(line['category_label'])} {text.number(line['n'])}" for line in shown.to_dict("records")]
            more = len(there) - len(shown)
            parts += [text.counted(more, "other value")] if more else []
        else:
            parts = [_median(line) for line in there.to_dict("records") if text.clean(line["summary"])]
        parts += [f"{_plain(line['category_label'])} {text.number(line['n'])}" for line in absent.to_dict("records")]
        told.append(f"- **{_plain(first['field_label'])}{unit}**: {'; '.join(parts) or 'nothing charted'}")
    return "\n".join(told) if told else "No data item of the studies is shown."


def _median(line: Mapping[Any, Any]) -> str:
    what = text.clean(line["category_label"]).partition(" (")[0]
    return f"{text.counted(line['n'], 'study')}: {_plain(what)} {_plain(line['summary'])}"


def _map(evidence: Evidence) -> list[str]:
    tally = evidence.tally
    if tally.empty:
        return ["No finding is charted."]
    row, column = evidence_map.axes(tally)
    bases = evidence_map.kinds_of_evidence(tally)
    words = evidence.labels
    lines = []
    for line in tally.to_dict("records"):
        cells = [_label(words, row, line[row]), _label(words, column, line[column]), text.number(line["n_studies"])]
        for basis in bases:
            known = [name for name in text.DIRECTION_SIGNS if text.given(line.get(f"{basis}_{name}"))]
            counts = {name: int(line[f"{basis}_{name}"]) for name in known}
            cells.append(text.directions(counts, signs=True) or "–")
        lines.append(cells)
    key = ", ".join(f"{sign} {text.DIRECTION_LABELS[name]}" for name, sign in text.DIRECTION_SIGNS.items())
    kinds = [text.capital(text.BASIS_LABELS.get(basis, basis)) for basis in bases]
    header = [evidence.rows_label, evidence.columns_label, "Studies", *kinds]
    return [
        f"Studies by direction: {key}. Evidence against a comparator and evidence without one stand in columns of "
        f"their own; a study that has both stands in both and counts once under Studies. {sentences.NOT_A_TEST}",
        _table(header, lines, right={2}),
    ]


def _harms(evidence: Evidence) -> list[str]:
    frame = evidence.harms_summary
    if frame.empty:
        return ["No study names an event."]
    lines = []
    for line in frame.to_dict("records"):
        low, high = text.percent(line["lowest"]), text.percent(line["highest"])
        low_x_n, high_x_n = (text.names(text.ids(line[f"{end}_x_n"]), most=1) for end in ("lowest", "highest"))
        spread = f"{low} ({low_x_n})"
        if line["lowest_x_n"] != line["highest_x_n"]:
            spread += f" to {high} ({high_x_n})"
        lines.append(
            [
                _label(evidence.labels, "event", line["event"]),
                text.clean(line["arm_group"]),
                text.number(line["n_studies"]),
                text.number(line["n_zero_stated"]),
                spread if low else "no proportion",
            ]
        )
    header = ["Event", "Arm", "Studies naming it", "Stated not to occur", "Lowest to highest proportion"]
    return [_table(header, lines, right={2, 3}), "Nothing is pooled."]


def _label(labels: Mapping[str, Mapping[str, str]], field: str, value: Any) -> str:
    return labels.get(field, {}).get(str(value), text.clean(value))


def _table(header: Sequence[str], lines: Iterable[Sequence[str]], right: set[int]) -> str:
    rule = ["---:" if place in right else "---" for place in range(len(header))]
    rows = [[_plain(cell) for cell in header], rule, *([_plain(cell) for cell in line] for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _plain(value: Any) -> str:
    """A text on one line in which nothing is Markdown or HTML."""
    line = " ".join(text.clean(value).split()).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"[\\`*_\[\]|~]|^[#>+-](?= )|(?<=^\d)[.)](?= )", r"\\\g<0>", line)
