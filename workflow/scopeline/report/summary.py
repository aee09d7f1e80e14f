"""`results/summary.md`: the review on one page of Markdown, in the words of the report, each number with its token."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from .. import text
from ..evidence import FURTHER
from ..figures.flow_content import by_origin, exception_title
from . import evidence_map, sentences
from .page import Evidence
from .words import Cell, Markdown, Pen, escaped, written

#: Fields of the characteristics with more values than this name only the largest.
_MOST_VALUES = 6
_CHARACTERISTICS = "tables/characteristics.csv"
_MAP = "tables/condition_by_domain.csv"
_HARMS, _FURTHER = "tables/harms_summary.csv", "tables/further"


def summary(evidence: Evidence, pen: Markdown | None = None) -> str:
    """The summary as Markdown: the same evidence gives the same text. Links are relative to results/.

    With a pen that links, each number is a link whose label is its token; the pen keeps the tokens, and what the links
    lead to stands at the end of the text. Without one the numbers are plain. What could not be said for want of a
    number is listed before that.
    """
    pen = pen or Markdown(linked=False)
    flow = evidence.flow
    blocks = [f"# {escaped(evidence.title)}"]
    blocks += [f"*{escaped(line)}*" for line in (evidence.subtitle,) if line]
    blocks += [escaped(line) for line in (evidence.question,) if line]
    if evidence.caveats:
        blocks += ["**Before you read the tables**", "\n".join(f"- {escaped(caveat)}" for caveat in evidence.caveats)]
    blocks += [
        f"**State of the data.** {sentences.of_state(evidence.validation, pen)} "
        "See [validation](validation/index.html).",
        *_waivers(evidence.validation, pen),
        "## Selection of sources of evidence",
        escaped(evidence.losses.get("flow", "")),
        " ".join([*sentences.of_flow(evidence.flow, pen), sentences.of_sums(evidence.flow, pen)]).strip(),
        sentences.of_sources(evidence.flow, pen),
        " ".join(
            said for said in (sentences.of_screening_reasons(flow, pen), *sentences.of_reasons(flow, pen)) if said
        ),
        *_exceptions(evidence.flow, pen),
        *_agreement(evidence.agreement, pen),
        escaped(evidence.losses.get("agreement", "")) if "flow" not in evidence.losses else "",
        "## Characteristics of the sources of evidence",
        escaped(evidence.losses.get("characteristics", "")),
        _of_how_many(evidence.characteristics, pen),
        _characteristics(evidence.characteristics, pen),
        *(_findings(evidence, pen) if evidence.has("findings") else []),
        *(_on_harms(evidence, pen) if evidence.has("harms") else []),
        "Full report: [report.html](report.html). Tables: [tables](tables). "
        f"Made by scopeline {escaped(evidence.version)}.",
        _how_to_trace() if pen.linked else "",
        f"Not said, because a number is missing: {'; '.join(pen.unsaid)}." if pen.unsaid else "",
        pen.definitions(),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _findings(evidence: Evidence, pen: Pen) -> list[str]:
    heading = f"## {escaped(evidence.rows_label)} × {escaped(evidence.columns_label).lower()}"
    return [heading, escaped(evidence.losses.get("synthesis", "")), *_map(evidence, pen)]


def _on_harms(evidence: Evidence, pen: Pen) -> list[str]:
    silence = sentences.of_silence(evidence.harms_silence, pen)
    return ["## Harms", escaped(evidence.losses.get("harms", "")), silence, *_harms(evidence, pen)]


def _how_to_trace() -> str:
    return (
        "Each number leads to the table or list that it stands in. `scopeline trace` with its token, which is the name "
        "in the link, prints the cells of the spreadsheets behind it; [summary.tokens.json](summary.tokens.json) has "
        "them all."
    )


def _waivers(validation: Mapping[str, Any], pen: Pen) -> list[str]:
    lines = []
    for place, each in enumerate(validation.get("waivers", [])):
        cell = Cell("validation/summary.json", "issues", {"place": str(place + 1)}, "waivers")
        issues = pen.counted(each["issues"], "issue", cell)
        lines.append(f"- {escaped(each['rule'])} ({issues}): {escaped(each['who'])}: {escaped(each['why'])}")
    return ["Rules broken on purpose:", "\n".join(lines)] if lines else []


def _exceptions(flow: Mapping[str, Any], pen: Pen) -> list[str]:
    places = {id(each): str(place) for place, each in enumerate(flow.get("exceptions", []), start=1)}
    told: list[str] = []
    for title, listed in by_origin(flow).items():
        lines = []
        for each in listed:
            cell = Cell("prisma/flow.json", "why", {"place": places[id(each)]}, "exceptions")
            why = pen.number(each["why"], cell, "text") if each["why"] else "no reason given"
            lines.append(f"- {escaped(exception_title(each['name']))}: {why}.")
        told += [f"{title}:", "\n".join(lines)]
    return told


def _agreement(panel: pd.DataFrame, pen: Pen) -> list[str]:
    told: list[str] = []
    notes: dict[str, str] = {}
    for record in panel.to_dict("records"):
        line = {str(name): value for name, value in record.items()}
        said = sentences.of_agreement(line, pen)
        told += [f"- {said}"] if said else []
        note = text.clean(line.get("note"))
        if said and note and note not in notes:
            cell = Cell("tables/agreement.csv", "note", sentences.key_of_pair(line))
            notes[note] = pen.number(note, cell, "text")
    return ["Agreement of reviewers:", "\n".join(told), *notes.values()] if told else []


def _characteristics(frame: pd.DataFrame, pen: Pen) -> str:
    told = [_field(str(name), lines, pen) for name, lines in frame.groupby("field", sort=False)]
    if not told:
        return "No data item of the studies is shown."
    return "\n".join(told)


def _of_how_many(frame: pd.DataFrame, pen: Pen) -> str:
    """Of how many studies the numbers are parts; "" where data items differ in that."""
    if frame.empty or frame["denominator"].nunique(dropna=False) != 1:
        return ""
    line = frame.iloc[0].to_dict()

    def told() -> str:
        return (
            f"Numbers are studies, of {pen.number(line['denominator'], _row(str(line['field']), line, 'denominator'))}."
        )

    return pen.say("the number of studies", told)


def _field(name: str, lines: pd.DataFrame, pen: Pen) -> str:
    """One data item: its values with their studies, and why studies have none."""
    first = lines.iloc[0]
    unit = f" ({escaped(first['unit'])})" if text.clean(first["unit"]) else ""
    there, absent = lines[~lines["missing"].astype(bool)], lines[lines["missing"].astype(bool)]
    if text.clean(first["kind"]) in ("text", "category", "multi"):
        most = len(there) if len(there) == _MOST_VALUES + 1 else _MOST_VALUES  # to hide a single one saves nothing
        largest = there.sort_values("n", ascending=False, kind="stable").head(most)
        shown = there[there.index.isin(largest.index)]
        parts = [_category(name, line, pen) for line in shown.to_dict("records")]
        hidden = there[~there.index.isin(largest.index)]
        if len(hidden):
            categories = tuple(hidden["category"].map(text.clean))
            cell = Cell(_CHARACTERISTICS, "n", {"field": name, "missing": "False", "category": categories}, how="rows")
            parts.append(f"and {pen.counted(len(hidden), 'other value', cell)}")
    else:
        parts = [_median(name, line, pen) for line in there.to_dict("records") if text.clean(line["summary"])]
    parts += [_category(name, line, pen) for line in absent.to_dict("records")]
    several = there["n"].sum() + absent["n"].sum() > first["denominator"]
    note = " (a study counts once for each of its values)" if several else ""
    return f"- **{escaped(first['field_label'])}{unit}**{note}: {'; '.join(parts) or 'nothing charted'}"


def _row(name: str, line: Mapping[Any, Any], column: str) -> Cell:
    key = {"field": name, "missing": str(bool(line["missing"])), "category": text.clean(line["category"])}
    return Cell(_CHARACTERISTICS, column, key, ids="study_ids")


def _category(name: str, line: Mapping[Any, Any], pen: Pen) -> str:
    return f"{escaped(line['category_label'])} {pen.number(line['n'], _row(name, line, 'n'))}"


def _median(name: str, line: Mapping[Any, Any], pen: Pen) -> str:
    what = text.clean(line["category_label"]).partition(" (")[0]
    studies = pen.counted(line["n"], "study", _row(name, line, "n"))
    return f"{studies}: {escaped(what)} {pen.number(line['summary'], _row(name, line, 'summary'), 'text')}"


def _map(evidence: Evidence, pen: Pen) -> list[str]:
    tally = evidence.tally
    if tally.empty:
        return ["No finding is charted."]
    row, column = axes = evidence_map.axes(tally)
    bases = evidence_map.kinds_of_evidence(tally)
    words = evidence.labels
    lines = []
    for record in tally.to_dict("records"):
        line = {str(name): value for name, value in record.items()}
        if line["n_studies"] == 0:  # a review may ask for its empty cells to be in the table
            continue
        key = {axis: text.clean(line[axis]) for axis in axes}
        cells = [escaped(_label(words, row, line[row])), escaped(_label(words, column, line[column]))]
        cells.append(_or_dash(line, "n_studies", key, "study_ids", pen))
        for basis in bases:
            cells.append(_signs(line, basis, key, pen))
        lines.append(cells)
    key_to_signs = ", ".join(f"{sign} {text.DIRECTION_LABELS[name]}" for name, sign in text.DIRECTION_SIGNS.items())
    kinds = [escaped(text.capital(text.BASIS_LABELS.get(basis, basis))) for basis in bases]
    header = [escaped(evidence.rows_label), escaped(evidence.columns_label), "Studies", *kinds]
    told = sentences.of_evidence(tally, axes, words, pen)
    return [
        *told[:1],
        f"Studies by direction: {key_to_signs}. Evidence against a comparator and evidence without one stand in "
        "columns of their own; a study that has both stands in both and counts once under Studies. "
        f"{sentences.on_directions(**sentences.tests_of(evidence.further))}",
        _table(header, lines, right={2}),
        _empty(tally, pen),
        *_asked_for(evidence),
        *(["The fullest cells in words:", "\n".join(f"- {said}" for said in told[1:])] if told[1:] else []),
    ]


def _empty(tally: pd.DataFrame, pen: Pen) -> str:
    """How many cells hold no study, where the table has a row for each."""
    empty = int((tally["n_studies"] == 0).sum())
    if not empty:
        return ""
    cells = pen.counted(empty, "further cell", Cell(_MAP, "n_studies", {"n_studies": "0"}, how="rows"))
    return f"{cells} of the map {text.plural(empty, 'holds', 'hold')} no study; the table lists them."


def _asked_for(evidence: Evidence) -> list[str]:
    """Where the tests stand that only some reviews ask for, with what is to be reported beside them."""
    files = {"vote_count": "vote counting by direction", "p_combined": "combined p-values"}
    named = {name: said for name, said in files.items() if name in evidence.further}
    if not named:
        return []
    links = [f"[{said}]({_FURTHER}/{FURTHER[name]})" for name, said in named.items()]
    return [f"As the team asked: {text.names(links)}, with [what SWiM asks to be reported]({_FURTHER}/swim.csv)."]


def _signs(line: Mapping[str, Any], basis: str, key: Mapping[str, str], pen: Pen) -> str:
    """The counts of studies by direction of one kind of evidence; directions without a study are left out."""
    parts = []
    for name, sign in text.DIRECTION_SIGNS.items():
        column = f"{basis}_{name}"
        if text.given(line.get(column)) and int(line[column]):
            parts.append(sign + pen.number(line[column], Cell(_MAP, column, key, ids=f"{column}_ids")))
    return " ".join(parts) or "–"


def _or_dash(line: Mapping[str, Any], column: str, key: Mapping[str, str], ids: str, pen: Pen) -> str:
    return pen.number(line[column], Cell(_MAP, column, key, ids=ids)) if text.given(line[column]) else "–"


def _harms(evidence: Evidence, pen: Pen) -> list[str]:
    frame = evidence.harms_summary
    if frame.empty:
        return ["No study names an event."]
    lines = []
    for record in frame.to_dict("records"):
        line = {str(name): value for name, value in record.items()}
        key = {"event": text.clean(line["event"]), "arm_group": text.clean(line["arm_group"])}
        numbers = {"n_studies": "study_ids", "n_zero_stated": "n_zero_stated_ids"}
        lines.append(
            [
                escaped(_label(evidence.labels, "event", line["event"])),
                escaped(sentences.ARM_LABELS.get(str(line["arm_group"]), line["arm_group"])),
                *(pen.number(line[name], Cell(_HARMS, name, key, ids=ids)) for name, ids in numbers.items()),
                _spread(line, key, pen),
            ]
        )
    header = ["Event", "Arm", "Studies naming it", "Stated not to occur", "Lowest to highest proportion (x/n)"]
    return [
        "Events with the lowest and the highest proportion of people among the studies that give both numbers. Nothing "
        "is pooled, and studies count what they looked for in different ways.",
        _table(header, lines, right={2, 3}),
    ]


def _spread(line: Mapping[str, Any], key: Mapping[str, str], pen: Pen) -> str:
    """The lowest and the highest proportion, each with its x/n."""
    if not written(line["lowest"], "share"):
        return "no proportion"

    def end(name: str) -> str:
        share = pen.number(line[name], Cell(_HARMS, name, key, ids=f"{name}_ids"), "share")
        x_n = pen.number(line[f"{name}_x_n"], Cell(_HARMS, f"{name}_x_n", key, ids=f"{name}_ids"), "first")
        return f"{share} ({x_n})"

    return end("lowest") + (f" to {end('highest')}" if line["lowest_x_n"] != line["highest_x_n"] else "")


def _label(labels: Mapping[str, Mapping[str, str]], field: str, value: Any) -> str:
    return labels.get(field, {}).get(str(value), text.clean(value))


def _table(header: Sequence[str], lines: Iterable[Sequence[str]], right: set[int]) -> str:
    rule = ["---:" if place in right else "---" for place in range(len(header))]
    return "\n".join(f"| {' | '.join(row)} |" for row in [header, rule, *lines])
