"""The sentences that the report and its summary share, so that both say the same in the same words.

Each takes a pen (`words.Pen`), which writes its numbers; without one they are plain text. A sentence with a number that
is missing is not said: it is an empty text, or not in the list, and the pen lists it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from .. import text
from ..flow_data import by_name
from ..terms import STAGE_LABELS, Stage
from .words import Cell, Form, Pen

#: A reader must meet this wherever counts of studies stand by direction.
NOT_A_TEST = "Counts of directions describe; they are no test and say nothing of size, precision or risk of bias."
#: The same where a review asked for vote counting or combined p-values: what is a test stands by itself and is named.
_DESCRIBE = "Counts of directions describe; they say nothing of size, precision or risk of bias."
_COUNTED = (
    "The vote counting that this review asked for is a test of its own, made of the same directions: it asks whether "
    "they fall to one side more often than chance would have them, and ignores size and precision too."
)
_COMBINED = (
    "The combination of p-values that this review asked for is a test of its own: it asks whether any study has an "
    "effect, not how many have, nor how large it is."
)
SILENCE = "Absence of information on harms is not absence of harm."
#: What stands for the flow where a review has nothing that it could count.
NO_FLOW = (
    "There is no PRISMA flow: the spreadsheets hold no records, votes or reports, and no number of the flow was typed."
)

#: What findings are held against, as a sentence about counts of studies says it.
BASES = {
    "comparative": "against a comparator",
    "uncontrolled": "without a comparator (uncontrolled)",
    "other": "with another contrast",
}
#: Groups of arms as tables of harms head them.
ARM_LABELS = {
    "intervention": "Intervention",
    "comparator": "Comparator",
    "all": "All arms, or arm not stated",
    "other": "Other arm",
}
_FLOW = "prisma/flow.json"
_AGREEMENT = "tables/agreement.csv"
_SILENCE = "tables/harms_silence.csv"
_MAP = "tables/condition_by_domain.csv"
_UNITS = {"studies": "study", "reports": "report"}
_REMOVED = {"duplicates": "as duplicates", "automation": "by automation tools", "removed_other": "for other reasons"}
_SOUGHT = {"not_retrieved": "not retrieved", "assessed": "assessed for eligibility", "reports_excluded": "excluded"}


def on_directions(*, counted: bool = False, combined: bool = False) -> str:
    """What counts of directions are and are not; `counted` where votes are counted, `combined` where p-values are."""
    if not (counted or combined):
        return NOT_A_TEST
    return " ".join([_DESCRIBE, *[_COUNTED] * counted, *[_COMBINED] * combined])


def tests_of(further: Collection[str]) -> dict[str, bool]:
    """Which tests a review asked for, by the frames of `evidence.FURTHER` that it has: arguments of `on_directions`."""
    return {"counted": "vote_count" in further, "combined": "p_combined" in further}


def of_flow(flow: Mapping[str, Any], pen: Pen | None = None) -> list[str]:
    """The selection of sources of evidence (PRISMA-ScR item 14) in sentences; boxes that are not there are not told."""
    sizes = {name: box.get("n") for name, box in flow.get("boxes", {}).items()}
    if not sizes:
        return [NO_FLOW]
    pen = pen or Pen()
    return [said for said in _Selection(flow, _Boxes(sizes, pen), pen).sentences() if said]


class _Boxes:
    """Boxes by name, with their numbers as a pen writes them; `prefix` is that of an arm."""

    def __init__(self, sizes: Mapping[str, Any], pen: Pen, prefix: str = "") -> None:
        self.sizes, self.pen, self.prefix = sizes, pen, prefix

    def __contains__(self, name: str) -> bool:
        return self.prefix + name in self.sizes

    def n(self, name: str) -> Any:
        """The number, which may be missing; 0 where there is no such box."""
        return self.sizes.get(self.prefix + name, 0)

    def some(self, name: str) -> bool:
        """Whether the box holds anything; a missing number counts, so that it is noticed."""
        return not text.given(self.n(name)) or bool(self.n(name))

    def told(self, name: str) -> str:
        return self.pen.number(self.n(name), _box(self.prefix + name))

    def counted(self, name: str, unit: str, many: str = "") -> str:
        return self.pen.counted(self.n(name), unit, _box(self.prefix + name), many)

    def were(self, name: str, unit: str, many: str = "") -> str:
        return f"{self.counted(name, unit, many)} {text.plural(self.n(name), 'was')}"

    def arm(self, prefix: str) -> "_Boxes":
        return _Boxes(self.sizes, self.pen, prefix)

    def retrieval(self) -> str:
        """From reports sought to reports excluded."""
        parts = [f"{self.were('sought', 'report')} sought"]
        parts += [f"{self.told(name)} {what}" for name, what in _SOUGHT.items() if name in self]
        return text.names(parts) + "."

    def unsettled(self) -> str:
        """Reports that are neither included nor excluded; "" where there is none."""
        parts = []
        if self.some("awaiting"):
            await_ = "awaits" if self.n("awaiting") == 1 else "await"
            parts.append(f"{self.counted('awaiting', 'report')} {await_} classification")
        if self.some("ongoing"):
            are = text.plural(self.n("ongoing"), "is")
            parts.append(f"{self.counted('ongoing', 'report')} {are} of ongoing studies")
        return f"{text.names(parts)}." if parts else ""


class _Selection:
    """The sentences on one flow."""

    def __init__(self, flow: Mapping[str, Any], boxes: _Boxes, pen: Pen) -> None:
        self.flow, self.boxes, self.pen = flow, boxes, pen
        self.arms = any(name in boxes for name in ("other_identified", "other_sought"))
        self.updated = any(name.startswith("previous_") for name in boxes.sizes)

    def sentences(self) -> list[str]:
        say, boxes = self.pen.say, self.boxes
        told = []
        if self.updated:
            before = "The previous version included {}."
            told.append(say("the previous version", lambda: self._with(before, "previous")))
        if "identified" in boxes:
            where = " in databases and registers" if self.arms else ""
            told.append(say("records identified", lambda: f"{boxes.were('identified', 'record')} identified{where}."))
        if any(boxes.some(name) for name in _REMOVED):
            told.append(say("records removed before screening", self._removed))
        if "screened" in boxes:
            told.append(say("records screened", self._screened))
        if "sought" in boxes:
            told.append(say("reports sought", boxes.retrieval))
        told.append(say("reports that are not settled", boxes.unsettled))
        if self.arms:
            told += self._by_other_methods()
        if "included_reports" in boxes:
            told.append(say("what was included", self._inclusion))
        told += self._altogether()
        told.append(self._typed())
        if not text.given(self.flow.get("pending", 0)) or self.flow.get("pending"):
            told.append(say("records that are pending", self._pending))
        return told

    def _removed(self) -> str:
        boxes = self.boxes
        first, *others = [name for name in _REMOVED if boxes.some(name)]
        why = "as a duplicate" if first == "duplicates" and boxes.n(first) == 1 else _REMOVED[first]
        parts = [f"{boxes.told(first)} {text.plural(boxes.n(first), 'was')} removed {why}"]
        parts += [f"{boxes.told(name)} {_REMOVED[name]}" for name in others]
        return f"Before screening, {text.names(parts)}."

    def _screened(self) -> str:
        """Records screened and excluded, and who excluded where automation tools did some of it."""
        boxes = self.boxes
        further = f" and {boxes.told('excluded')} excluded" if "excluded" in boxes else ""
        if "excluded_automation" in boxes:
            parts = [f"{boxes.told('excluded_human')} by a human"] if "excluded_human" in boxes else []
            parts.append(f"{boxes.told('excluded_automation')} by automation tools")
            further += f" ({text.names(parts)})"
        return f"{boxes.were('screened', 'record')} screened{further}."

    def _by_other_methods(self) -> list[str]:
        """The arm of other methods: what it found, what it lost before its reports were sought, and its reports."""
        own, say = self.boxes.arm("other_"), self.pen.say

        def found() -> str:
            parts = [f"{own.were('identified', 'record')} identified"]
            parts += [f"{own.told(name)} removed {why}" for name, why in _REMOVED.items() if own.some(name)]
            if own.some("records_excluded"):
                parts.append(f"{own.told('records_excluded')} excluded on title or abstract")
            return f"By other methods, {text.names(parts)}."

        told = [say("records identified by other methods", found)] if "identified" in own else []
        if "sought" in own:
            begins = "Of these" if any(told) else "By other methods"
            told.append(say("reports sought by other methods", lambda: f"{begins}, {own.retrieval()}"))
        return [*told, say("reports of other methods that are not settled", own.unsettled)]

    def _inclusion(self) -> str:
        boxes, of = self.boxes, ""
        if boxes.some("other_included_reports"):
            of = f", {boxes.told('other_included_reports')} of them found by other methods"
        if "included_studies" not in boxes:
            return f"{boxes.were('included_reports', 'new report' if self.updated else 'report')} included{of}."
        words = ("new study", "new studies") if self.updated else ("study",)
        reports = boxes.counted("included_reports", "report")
        return f"{boxes.were('included_studies', *words)} included, from {reports}{of}."

    def _with(self, sentence: str, stem: str, ending: str = "") -> str:
        """A sentence with the studies and the reports of two boxes whose names differ in the unit."""
        names = {f"{stem}_{many}{ending}": one for many, one in _UNITS.items()}
        parts = [self.boxes.counted(name, unit) for name, unit in names.items() if name in self.boxes]
        return sentence.format(", from ".join(parts))

    def _altogether(self) -> list[str]:
        """What the previous version and this one include together, and why that is not the plain sum."""
        say, boxes = self.pen.say, self.boxes
        told = []
        if "total_studies" in boxes or "total_reports" in boxes:
            told.append(say("the whole review", lambda: self._with("The review now includes {}.", "total")))
        previous = self.flow.get("previous") or {}
        if both := len(previous.get("studies_in_both") or ()):
            studies = self.pen.counted(both, "study", _whole("studies_in_both"))
            told.append(f"{studies} of the previous version {text.plural(both, 'was')} found again.")
        if dropped := len(previous.get("dropped_studies") or ()):
            studies, are = self.pen.counted(dropped, "study", _whole("dropped_studies")), text.plural(dropped, "is")
            told.append(f"{studies} of the previous version {are} not included any more.")
        if "total_studies_ma" in boxes or "total_reports_ma" in boxes:
            pooled = "The meta-analysis includes {}."
            told.append(say("the meta-analysis", lambda: self._with(pooled, "total", "_ma")))
        return told

    def _typed(self) -> str:
        """Which boxes hold a number that somebody typed instead of rows."""
        boxes = self.flow.get("boxes", {})
        typed = [str(box["label"]) for box in boxes.values() if box.get("typed")]
        if not typed:
            return ""
        if all(box["n"] == (box.get("typed") or 0) for box in boxes.values()):
            return "All of these numbers were typed; no rows stand behind them."
        return f"Typed in whole or in part, and not counted from rows: {text.names(typed)}."

    def _pending(self) -> str:
        waiting = self.flow["pending"]
        records = self.pen.counted(waiting, "record", _whole("pending"))
        return f"The review is in progress: {records} {text.plural(waiting, 'is')} pending."


def _box(name: str) -> Cell:
    return Cell(_FLOW, "n", {"box": name}, "boxes")


def _whole(name: str) -> Cell:
    return Cell(_FLOW, name, {}, "whole")


def of_sources(flow: Mapping[str, Any], pen: Pen | None = None) -> str:
    """How many records each kind of source brought (PRISMA-ScR item 7); "" where the records do not say."""
    pen = pen or Pen()

    def told() -> str:
        parts = [
            f"{_lower(pen.text(source['label']))} ({pen.number(source['n'], _source(arm, kind))})"
            for arm in ("sources", "other_sources")
            for kind, source in (flow.get(arm) or {}).items()
        ]
        return f"The records came from {text.names(parts)}." if parts else ""

    return pen.say("where the records came from", told)


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]


def _source(arm: str, kind: str) -> Cell:
    return Cell(_FLOW, "n", {"arm": arm, "type": kind}, "sources")


def of_reasons(flow: Mapping[str, Any], pen: Pen | None = None) -> list[str]:
    """Why reports were excluded at full text, with the number of each reason (PRISMA-ScR item 14)."""
    pen = pen or Pen()
    arms = (("reports_excluded", ""), ("other_reports_excluded", " found by other methods"))
    told = [pen.say(f"why reports{where} were excluded", _Reasons(flow, box, where, pen)) for box, where in arms]
    return [said for said in told if said]


def of_screening_reasons(flow: Mapping[str, Any], pen: Pen | None = None) -> str:
    """Why records were excluded on title and abstract, where reviewers gave reasons; "" where they did not."""
    pen = pen or Pen()
    box = "excluded_human" if (flow.get("reasons") or {}).get("excluded_human") else "excluded"
    reasons = _Reasons(flow, box, "", pen, "Why records were excluded on title and abstract")
    return pen.say("why records were excluded", reasons)


class _Reasons:
    """The sentence on the reasons of one box."""

    def __init__(self, flow: Mapping[str, Any], box: str, where: str, pen: Pen, begins: str = "") -> None:
        self.begins = begins or f"Why reports{where} were excluded at full text"
        self.listed = [each for each in flow.get("reasons", {}).get(box, ()) if each["n"] != 0]
        self.box, self.pen = box, pen

    def __call__(self) -> str:
        if not self.listed:
            return ""
        parts = []
        for each in self.listed:
            cell = Cell(_FLOW, "n", {"box": self.box, "reason": text.clean(each["reason"])}, "reasons")
            parts.append(f"{self.pen.text(each.get('label') or each['reason'])} ({self.pen.number(each['n'], cell)})")
        return f"{self.begins}: {'; '.join(parts)}."


def of_sums(flow: Mapping[str, Any], pen: Pen | None = None) -> str:
    """Whether the sums of the flow hold, and how many need an exception that the team named."""
    judged = flow.get("identities", [])
    if not judged:
        return ""
    pen = pen or Pen()
    cell = Cell(_FLOW, "id", {}, "identities", "rows")
    broken = [identity["id"] for identity in judged if not identity["holds"]]
    named = sum(by_name(flow, identity) for identity in judged)
    if broken:
        do, failing = text.plural(len(broken), "does"), pen.number(len(broken), replace(cell, key={"holds": "no"}))
        whole = pen.number(len(judged), cell)
        return f"{failing} of {whole} sums of the flow {do} not hold: {pen.text(text.names(broken))}."
    if len(judged) == 1:
        return "The one sum of the flow holds" + (", by a named exception." if named else ".")
    explained = ""
    if named:
        explained = f", {pen.number(named, replace(cell, key={'holds': 'by exception'}))} of them by a named exception"
    apart = [each for each in judged if each.get("difference") and not by_name(flow, each)]
    remark = " Where two sides differ, a remark that follows from the counts says why." if apart else ""
    return f"All {pen.number(len(judged), cell)} sums of the flow hold{explained}.{remark}"


def of_state(validation: Mapping[str, Any], pen: Pen | None = None) -> str:
    """The state of the data in one sentence."""
    pen = pen or Pen()
    counts = Cell("validation/summary.json", "", {}, "counts")
    parts = [
        pen.counted(int(validation.get(f"{kind}s") or 0), kind, replace(counts, column=f"{kind}s"))
        for kind in ("error", "warning", "note")
    ]
    of_files = Cell("validation/summary.json", "file", {}, "files", "rows")
    files = pen.counted(len(validation.get("files", [])), "file", of_files)
    were = text.plural(len(validation.get("files", [])), "was")
    told = f"{files} {were} checked cell by cell, with {text.names(parts)}."
    if waived := int(validation.get("waived") or 0):
        issues = pen.counted(waived, "issue", replace(counts, column="waived"))
        told += f" {issues} {text.plural(waived, 'is')} waived, with who and why."
    if lost := sum(int(each["n"]) for each in validation.get("lost", []) if each["kind"] == "set aside"):
        values = pen.counted(lost, "value", replace(counts, table="lost", column="set_aside"))
        told += f" {values} {text.plural(lost, 'was')} left out; each table says which it lost."
    return told


def of_silence(silence: pd.DataFrame, pen: Pen | None = None) -> str:
    """How many studies say nothing of harms, of how many."""
    if silence.empty or (text.given(silence["denominator"].iloc[0]) and not int(silence["denominator"].iloc[0])):
        return f"No study is charted. {SILENCE}"
    pen = pen or Pen()
    return f"{pen.say('silence on harms', _Silence(silence, pen))} {SILENCE}".lstrip()


class _Silence:
    """The sentences on what studies say of harms."""

    def __init__(self, silence: pd.DataFrame, pen: Pen) -> None:
        self.sizes = dict(zip(silence["state"].astype(str), silence["n_studies"], strict=True))
        self.whole, self.pen = silence["denominator"].iloc[0], pen
        self.silent = tuple(state for state in ("not_reported", "not_assessed", "not_charted") if state in self.sizes)

    def n(self, *states: str) -> Any:
        numbers = [self.sizes.get(state, 0) for state in states]
        return sum(int(n) for n in numbers) if all(text.given(n) for n in numbers) else None

    def told(self, *states: str) -> str:
        cell = Cell(_SILENCE, "n_studies", {"state": states[0]}, ids="study_ids")
        several = replace(cell, key={"state": states}, how="sum")
        return self.pen.number(self.n(*states), cell if len(states) == 1 else several)

    def __call__(self) -> str:
        n, told, pen = self.n, self.told, self.pen
        parts = [
            f"{told('not_reported')} {text.plural(n('not_reported'), 'does')} not report harms",
            f"{told('not_assessed')} did not assess them",
        ]
        if n("not_charted") != 0:
            parts.append(f"{told('not_charted')} {text.plural(n('not_charted'), 'is')} not charted yet")
        whole = pen.number(self.whole, Cell(_SILENCE, "denominator", {"state": "events"}))
        silent = n(*self.silent)
        cell = Cell(_SILENCE, "n_studies", {"state": self.silent}, "", "percent", "denominator", "study_ids")
        share = pen.number(None if silent is None else 100 * silent / int(self.whole), cell, "percent")
        return (
            f"{told('events')} of {whole} studies report at least one event and {told('zero_stated')} only that events "
            f"did not occur. {told(*self.silent)} of {whole} ({share}) {text.plural(silent, 'is')} silent: "
            f"{text.names(parts)}."
        )


def of_harm_groups(by_group: pd.DataFrame | None) -> list[str]:
    """What is known of each group of events in each group of arms, a sentence each; none where no event is in a group.

    `by_group` is `harms_groups.by_group`; the lowest and the highest proportion are of the studies that have one.
    """
    if by_group is None or by_group.empty or (by_group["event_group"] == by_group["events"]).all():
        return []
    told = []
    for (group, arm), lines in by_group.groupby(["event_group", "arm_group"], sort=False):
        if (lines["event_group"] == lines["events"]).all():
            continue
        n = lines["study_id"].nunique()
        where = _lower(ARM_LABELS.get(str(arm), text.clean(arm)))
        said = f"{text.capital(text.clean(group))}, {where}: named by {text.counted(n, 'study')}"
        known = lines[lines["proportion"].notna()]
        if len(known):
            ordered = known.sort_values(["proportion", "x_n"], kind="stable").to_dict("records")
            low, high = ordered[0], ordered[-1]
            shares = [f"{text.percent(each['proportion'])} ({text.clean(each['x_n'])})" for each in (low, high)]
            said += f", in {' to '.join(dict.fromkeys(shares))} of people where a study gives both numbers"
        whole, silent = int(lines["denominator"].iloc[0]), int(lines["n_silent"].iloc[0])
        told.append(f"{said}; {text.of(silent, whole)} studies are silent on harms.")
    return told


def of_gaps(empty: Sequence[str], cells: int, holding: int) -> str:
    """What the evidence map has no study for."""
    if not cells:
        return ""
    told = f"{text.of(cells - holding, cells)} cells hold no study."
    return f"{told} No study at all: {text.names(empty, most=12)}." if empty else told


def of_agreement(line: Mapping[str, Any], pen: Pen | None = None) -> str:
    """One pair of reviewers at one stage in one sentence; "" where there is nothing that both rated."""
    pen = pen or Pen()
    stage = STAGE_LABELS.get(str(line["stage"]), str(line["stage"]))
    pair = f"{pen.text(line['reviewer_a'])} and {pen.text(line['reviewer_b'])}"
    key = key_of_pair(line)
    units = "reports" if str(line["stage"]) == Stage.FULL_TEXT else "records"

    def figure(name: str, form: Form) -> str:
        return pen.number(line[name], Cell(_AGREEMENT, name, key), form)

    def told() -> str:
        agreed, joint = figure("percent_agreement", "share"), figure("n_joint", "number")
        kappa = figure("kappa", "two") if text.given(line["kappa"]) else "not estimable"
        both = f"the {joint} {units}" if line["n_joint"] != 1 else f"the {joint} {units.removesuffix('s')}"
        said = f"{text.capital(stage)}: {pair} agreed on {agreed} of {both} that both judged; Cohen's kappa {kappa}"
        if not (text.given(line["kappa_low"]) and text.given(line["kappa_high"])):
            return f"{said}."
        level = pen.number(line.get("level", 0.95), Cell(_AGREEMENT, "level", key), "share")
        return f"{said} ({level} interval {figure('kappa_low', 'two')} to {figure('kappa_high', 'two')})."

    return pen.say(f"{stage}: agreement of {pair}", told)


def key_of_pair(line: Mapping[str, Any]) -> dict[str, str]:
    """What finds the line of a pair of reviewers in the table of agreement."""
    reviewers = {name: text.clean(line[name]) for name in ("reviewer_a", "reviewer_b")}
    return {"stage": str(line["stage"]), "line": "pair", **reviewers}


#: How many of the fullest cells of the map are told in sentences.
_FULLEST = 3


def of_evidence(
    tally: pd.DataFrame, axes: Sequence[str], labels: Mapping[str, Mapping[str, str]], pen: Pen | None = None
) -> list[str]:
    """What evidence there is, and what the fullest cells of the map say: one text a kind of evidence or cell.

    `tally` is that of `synthesis.tally`, `axes` the names of its two axes, `labels` field → value → label. Evidence
    against a comparator and evidence without one have sentences of their own.
    """
    pen = pen or Pen()
    told = [" ".join(said for basis in ("", *BASES) if (said := _spread(tally, basis, pen)))]
    several = tally[(tally["n_studies"] > 1).fillna(False).astype(bool)] if len(tally) else tally
    fullest = several.sort_values("n_studies", ascending=False, kind="stable").head(_FULLEST)
    for line in fullest.to_dict("records"):
        told.append(_MapCell({str(name): value for name, value in line.items()}, axes, labels, pen).sentences())
    return [said for said in told if said]


def _spread(tally: pd.DataFrame, basis: str, pen: Pen) -> str:
    """How many studies have findings of one kind, or of all, and in how many cells."""
    column, ids = (f"{basis}_studies", f"{basis}_studies_ids") if basis else ("n_studies", "study_ids")
    if not {column, ids} <= set(tally.columns):
        return ""
    studies = len({member for members in tally[ids] for member in text.ids(members)})
    cells = int((tally[column].fillna(0) > 0).sum())
    if not studies:
        return ""
    n = pen.counted(studies, "study", Cell(_MAP, ids, {}, how="distinct", ids=ids))
    where = f"{text.plural(studies, 'has')} findings, in {pen.counted(cells, 'cell', Cell(_MAP, column, how='given'))}"
    if not basis:
        kinds = [kind for kind in BASES if (tally.get(f"{kind}_studies", pd.Series(dtype=int)).fillna(0) > 0).any()]
        return f"Evidence of all kinds ({_kinds(kinds)}): {n} {where} of the map."
    return f"{text.capital(BASES[basis])}: {n} {where}."


def _kinds(bases: Sequence[str]) -> str:
    """Which kinds of evidence a number counts."""
    told = text.names([text.BASIS_LABELS[basis] for basis in bases])
    return f"{told} together" if len(bases) > 1 else f"{told} only" if told else "of no known kind"


class _MapCell:
    """The sentences on one cell of the map: its studies and people, then the directions by kind of evidence."""

    def __init__(
        self, line: Mapping[str, Any], axes: Sequence[str], labels: Mapping[str, Mapping[str, str]], pen: Pen
    ) -> None:
        self.line, self.pen = line, pen
        self.key = {axis: text.clean(line[axis]) for axis in axes}
        self.name = " × ".join(pen.text(labels.get(axis, {}).get(value, value)) for axis, value in self.key.items())
        self.kinds = [basis for basis in BASES if self._some(f"{basis}_studies")]

    def sentences(self) -> str:
        say = self.pen.say
        told = [say(f"studies of {self.name}", self._studies), say(f"people in {self.name}", self._people)]
        told += [say(f"directions in {self.name}, {BASES[b]}", lambda b=b: self._directions(b)) for b in self.kinds]  # type: ignore[misc]
        return " ".join(said for said in told if said)

    def _some(self, column: str) -> bool:
        return column in self.line and (not text.given(self.line[column]) or bool(self.line[column]))

    def _cell(self, column: str, ids: str = "") -> Cell:
        return Cell(_MAP, column, self.key, ids=ids or f"{column}_ids")

    def _studies(self) -> str:
        n = self.pen.counted(self.line["n_studies"], "study", self._cell("n_studies", "study_ids"))
        return f"{self.name}: {n} ({_kinds(self.kinds)})."

    def _people(self) -> str:
        known = self.line.get("n_participants_known")
        cell = self._cell("n_participants", "n_participants_known_ids")
        people = self.pen.counted(self.line.get("n_participants"), "participant", cell)
        studies = self.pen.counted(known, "study", self._cell("n_participants_known"))
        return f"The {studies} that {'gives' if known == 1 else 'give'} a number had {people}."

    def _directions(self, basis: str) -> str:
        named = {f"{basis}_{name}": label for name, label in text.DIRECTION_LABELS.items()}
        parts = [
            f"{self.pen.number(self.line[column], self._cell(column))} {label}"
            for column, label in named.items()
            if self._some(column)
        ]
        column = f"{basis}_studies"
        studies = self.pen.counted(self.line[column], "study", self._cell(column))
        return f"{text.capital(BASES[basis])}, {studies}: {text.names(parts)}."


def how_numbers_were_made(
    majority: float, maybe_as: Sequence[str], *, counted: bool = False, combined: bool = False
) -> list[tuple[str, str]]:
    """The rules of counting: what each is about, and what it says.

    `counted` and `combined` say whether the review asked for vote counting and for combined p-values.
    """
    example = " So 7 of 10 are enough and 2 of 3 are not." if majority == 0.7 else ""
    interval = f"95{text.HARD_SPACE}% Wilson intervals"
    return [
        (
            "Unit",
            "Records, reports and studies are three units and never mix. Tables count studies, never findings or rows.",
        ),
        (
            "One direction per study",
            "The findings of one study in one cell of the map are folded to one direction (after Boon & Thomson 2021). "
            f"Of those that are not unclear, at least {text.percent(majority)} must say the same (benefit, no "
            "difference or harm); otherwise the study is mixed there. If all are unclear, so is the study. A mixed "
            f"finding counts in the whole and for no side.{example}",
        ),
        (
            "Comparative and uncontrolled",
            "Findings against a comparator and findings without one are folded apart and shown apart. Where a study "
            "has both, the comparative findings speak for it in totals by direction.",
        ),
        ("Directions", on_directions(counted=counted, combined=combined)),
        (
            "Totals",
            "A study may stand in several cells of the evidence map. Totals count each study once and are not the sum "
            "of cells.",
        ),
        (
            "Agreement",
            "On what both reviewers rated; a vote that is missing is no category. Cohen's kappa is unweighted, its "
            "interval after Fleiss, Cohen and Everitt; PABAK after Byrt; AC1 with its interval after Gwet."
            f"{_maybe(maybe_as)}",
        ),
        (
            "Harms",
            f"Proportions are people with the event of people exposed, with {interval}. Nothing is pooled. {SILENCE}",
        ),
        (
            "Missing values",
            "Not reported, not applicable, unclear and not charted yet are four different things, counted apart.",
        ),
    ]


def _maybe(maybe_as: Sequence[str]) -> str:
    ways = {
        "include": 'A vote of "maybe" counts as "include".',
        "exclude": 'A vote of "maybe" counts as "exclude".',
        "category": 'A vote of "maybe" is a category of its own.',
    }
    return "".join(f" {ways[way]}" for way in maybe_as if way in ways)
