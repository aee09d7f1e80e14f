"""How a table that only some reviews have is shown on the page: its words, its numbers with their members."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .. import text
from ..vote_counting import P_CAVEAT
from .members import Count, Members

#: The lines of a frame.
Lines = list[dict[str, Any]]

#: A table with more rows than this unfolds on demand.
_MOST_ROWS = 30


@dataclass(frozen=True)
class Table:
    """A table of the page: its headings, each with whether it holds numbers, and rows of texts and numbers."""

    title: str
    caption: str
    path: str
    headings: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str | Count, ...], ...]

    @property
    def long(self) -> bool:
        """Whether it is too long to stand open."""
        return len(self.rows) > _MOST_ROWS


@dataclass(frozen=True)
class Maker:
    """What a table of the page needs beside its lines."""

    path: str
    members: Members
    labels: Mapping[str, Mapping[str, str]]

    def sensitivity(self, lines: Lines) -> Table:
        rows: list[tuple[str | Count, ...]] = []
        for line in lines:
            label = text.capital(text.clean(line["label"]))
            left_out = self.members.count(f"{label}: left out", text.ids(line["left_out_ids"]), self.path)
            names = ("n_cells", "n_cells_emptied", "n_cells_changed", "n_leading_changed")
            known = text.given(line["n_studies"])
            rows.append(
                (
                    label,
                    text.number(line["n_studies"]) or "–",
                    left_out if known else "–",
                    *(text.number(line[name]) or "–" for name in names),
                    text.clean(line["note"]),
                )
            )
        return Table(
            "Sensitivity analyses",
            "How the map changes where studies or findings are left out. A cell is changed where any of its counts by "
            "direction is another, its leading direction where most studies say something else.",
            self.path,
            (("Analysis", False), ("Studies", True), ("Left out", True), ("Cells", True), ("Emptied", True),
             ("Changed", True), ("Leading direction changed", True), ("Note", False)),
            tuple(rows),
        )  # fmt: skip

    def _where(self, line: Mapping[str, Any], axes: list[str]) -> list[str]:
        return [self.labels.get(axis, {}).get(str(line[axis]), text.clean(line[axis])) for axis in axes]

    def vote_count(self, lines: Lines) -> Table:
        axes = _axes(lines)
        rows: list[tuple[str | Count, ...]] = []
        for line, basis in _each_once(lines, axes):
            where = self._where(line, axes)
            title = " × ".join([*where, basis])

            def count(ids: str, said: str, line: dict[str, Any] = line, title: str = title) -> Count:
                return self.members.count(f"{title}: {said}", text.ids(line[ids]), self.path)

            rows.append(
                (
                    *where,
                    basis,
                    count("benefit_ids", "benefit"),
                    count("harm_ids", "harm"),
                    count("without_direction_ids", "without a direction"),
                    _with_interval(text.percent(line["share"]), line["wilson_low"], line["wilson_high"]),
                    _p(line["p_two_sided"]),
                    text.clean(line["note"]),
                )
            )
        return Table(
            "Vote counting by direction",
            "Studies that point to benefit and to harm. The sign test counts directions only: it ignores the size, the "
            "precision and the risk of bias of the studies. Studies without a direction are not in its denominator and "
            "stand beside it. Where all evidence of a cell is of one kind, it has one line.",
            self.path,
            (*_headings(axes), ("Evidence", False), ("Benefit", True),
             ("Harm", True), ("Without a direction", True), ("Share of benefit", True),
             ("Sign test, two-sided p", True), ("Note", False)),
            tuple(rows),
        )  # fmt: skip

    def p_values(self, lines: Lines) -> Table:
        axes = _axes(lines)
        rows: list[tuple[str | Count, ...]] = []
        for line in lines:
            where = self._where(line, axes)
            basis = text.BASIS_LABELS.get(str(line["basis"]), text.clean(line["basis"]))
            title = " × ".join([*where, basis])
            counts = (("entered_ids", "p-value entered"), ("bounded_ids", "entered as a bound"),
                      ("not_entered_ids", "could not enter"))  # fmt: skip
            rows.append(
                (
                    *where,
                    basis,
                    *(self.members.count(f"{title}: {said}", text.ids(line[ids]), self.path) for ids, said in counts),
                    _p(line["fisher_p"]),
                    _p(line["stouffer_p"]),
                    text.clean(line["note"]),
                )
            )
        towards = text.DIRECTION_LABELS.get(str(lines[0]["towards"]), text.clean(lines[0]["towards"]))
        return Table(
            "Combined p-values",
            f"{P_CAVEAT} Both p-values are one-sided, towards {towards}.",
            self.path,
            (*_headings(axes), ("Evidence", False), ("Studies entered", True), ("As a bound", True),
             ("Could not enter", True), ("Fisher, p", True), ("Stouffer, p", True), ("Note", False)),
            tuple(rows),
        )  # fmt: skip

    def compared(self, lines: Lines) -> Table:
        def arm(line: dict[str, Any], which: str) -> str:
            named = self.labels.get("arm", {}).get(str(line[f"{which}_arm"]), text.clean(line[f"{which}_arm"]))
            told = text.clean(line[f"{which}_x_n"])
            return f"{told} ({named})" if told and named.casefold() != which else told or "–"

        rows = tuple(
            (
                self.labels.get("event", {}).get(str(line["event"]), text.clean(line["event"])),
                text.clean(line["study_id"]),
                arm(line, "intervention"),
                arm(line, "comparator"),
                _points(line["risk_difference"]),
                f"{_points(line['newcombe_low'])} to {_points(line['newcombe_high'])}"
                if text.given(line["newcombe_low"]) and text.given(line["newcombe_high"])
                else "–",
                text.clean(line["note"]),
            )
            for line in lines
        )
        return Table(
            "Arms compared, study by study",
            "People with the event of people exposed in both arms of one study. The difference is the share in the "
            "intervention arm less that in the comparator arm, in percentage points, with its 95\N{NO-BREAK SPACE}% "
            "interval after Newcombe. Nothing is pooled.",
            self.path,
            (("Event", False), ("Study", False), ("Intervention", True), ("Comparator", True),
             ("Difference (points)", True), ("95\N{NO-BREAK SPACE}% interval (points)", True), ("Note", False)),
            rows,
        )  # fmt: skip

    def compared_across(self, lines: Lines) -> Table:
        rows: list[tuple[str | Count, ...]] = []
        for line in lines:
            event = self.labels.get("event", {}).get(str(line["event"]), text.clean(line["event"]))
            rows.append(
                (
                    event,
                    self.members.count(f"{event}, in arms of both kinds", text.ids(line["study_ids"]), self.path),
                    self.members.count(f"{event}, arms compared", text.ids(line["compared_ids"]), self.path),
                    *(text.number(line[name]) for name in ("higher", "equal", "lower", "both_ways")),
                    " to ".join(dict.fromkeys(_points(line[end]) for end in ("lowest", "highest"))),
                )
            )
        return Table(
            "Arms compared within studies",
            "In how many studies people in the intervention arm had the event more often, as often or less often than "
            "those in the comparator arm of the same study, and the lowest and highest difference of the two shares, "
            "in percentage points. The next table has the interval of each study. Nothing is pooled.",
            self.path,
            (("Event", False), ("Studies naming it", True), ("Compared", True), ("Higher", True), ("Equal", True),
             ("Lower", True), ("Both ways", True), ("Lowest to highest difference (points)", True)),
            tuple(rows),
        )  # fmt: skip

    def swim(self, lines: Lines) -> Table:
        rows = tuple(
            (text.clean(line["item"]), text.clean(line["topic"]), text.clean(line["sentence"])) for line in lines
        )
        return Table(
            "What SWiM asks to be reported",
            "The nine items of Synthesis Without Meta-analysis (Campbell 2020), as this review was reckoned.",
            self.path,
            (("Item", False), ("Topic", False), ("Here", False)),
            rows,
        )


def _with_interval(share: str, low: Any, high: Any) -> str:
    return f"{share} ({text.shares_between(low, high)})" if share and text.given(low) else share


def _points(difference: Any) -> str:
    """A difference of shares as percentage points with its sign: "+1.0", "−3.2"."""
    if not text.given(difference):
        return "–"
    told = text.number(100 * float(difference), 1)
    return f"+{told}" if float(difference) > 0 and told.strip("0.") else told


def _p(value: Any) -> str:
    """A p-value: "0.041", "<0.001"."""
    return "<0.001" if text.given(value) and float(value) < 0.001 else text.number(value, 3)


def _axes(lines: Lines) -> list[str]:
    """The fields of the map, which stand before the kind of evidence."""
    names = list(lines[0])
    return names[: names.index("basis")]


def _headings(axes: list[str]) -> Iterator[tuple[str, bool]]:
    return ((text.capital(axis.replace("_", " ")), False) for axis in axes)


def _each_once(lines: Lines, axes: list[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Lines of vote counting with the name of their evidence; that of all evidence only where no kind says the same."""
    cells: dict[tuple[str, ...], Lines] = {}
    for line in lines:
        cells.setdefault(tuple(str(line[axis]) for axis in axes), []).append(line)
    ids = ("benefit_ids", "harm_ids", "without_direction_ids")
    for inside in cells.values():
        kinds = [line for line in inside if line["basis"] != "all"]
        all_of_it = [[set(text.ids(line[name])) for name in ids] for line in inside if line["basis"] == "all"]
        for line in inside:
            basis = text.BASIS_LABELS.get(str(line["basis"]), text.clean(line["basis"]))
            same = [set(text.ids(line[name])) for name in ids] in all_of_it
            if line["basis"] != "all":
                yield line, f"{basis} only" if same and len(kinds) == 1 else f"{basis}, and all" if same else basis
            elif not any([set(text.ids(kind[name])) for name in ids] in all_of_it for kind in kinds):
                yield line, "all"
