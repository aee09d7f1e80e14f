"""The sheets of the synthesis: who was studied for what, what the studies say, and how far that holds.

Each sheet but the map, the tally and the directions is there only where its frame has lines.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from ..sensitivity import ALL
from ..text import DIRECTION_LABELS, DIRECTION_SIGNS
from ..vote_counting import CAVEAT, P_CAVEAT
from .sheet import EMPTY, Column, Sheet

#: Bases of evidence in the order in which they are told, with their letters in a small space.
BASIS_SIGNS: Mapping[str, str] = {"comparative": "C", "uncontrolled": "U", "other": "other"}

_LEGEND = ", ".join(f"{sign} {DIRECTION_LABELS[name]}" for name, sign in DIRECTION_SIGNS.items())
_LEGEND_ALONE = f"{_LEGEND[0].upper()}{_LEGEND[1:]}. {EMPTY} none."


def synthesis_sheets(frames: Mapping[str, pd.DataFrame], axes: Sequence[Column], participants: str = "") -> list[Sheet]:
    """The sheets of the frames of `evidence.synthesised`, where `directions` are those of each basis (`folded`).

    `axes` are the columns of rows and columns; `participants` is the sentence on how people were counted.
    """
    cross = f"{axes[0].header} × {axes[1].header.lower()}"
    made = [
        _grid_sheet(frames["grid"], frames["directions"], axes, cross),
        _tally_sheet(frames["tally"], axes, cross, participants),
    ]
    if _filled(frames, "totals"):
        made.append(_totals_sheet(frames["totals"], axes, cross, participants))
    made.append(_directions_sheet(frames["directions"], axes, cross))
    if _filled(frames, "strata"):
        made.append(_strata_sheet(frames["strata"], axes, cross, participants))
    if _filled(frames, "sensitivity_summary"):
        made.append(_sensitivity_sheet(frames["sensitivity_summary"]))
    if _filled(frames, "sensitivity"):
        made += _changed_cells_sheets(frames["sensitivity"], axes)
    if _filled(frames, "vote_count"):
        made.append(_vote_count_sheet(frames["vote_count"], axes))
    if _filled(frames, "p_combined"):
        made.append(_p_values_sheet(frames["p_combined"], axes))
    if _filled(frames, "p_entered"):
        made.append(_p_entered_sheet(frames["p_entered"], axes))
    return made


def swim_sheets(frames: Mapping[str, pd.DataFrame]) -> list[Sheet]:
    """What SWiM asks to be said of the synthesis, where the review counted votes or combined p-values."""
    if not _filled(frames, "swim"):
        return []
    columns = [
        Column("item", "Item", "whole"),
        Column("topic", "Topic", width=32),
        Column("sentence", "What was done", width=110),
    ]
    about = "The nine items of SWiM (synthesis without meta-analysis, Campbell 2020), as this review reckoned."
    return [Sheet("SWiM", about, frames["swim"], columns, filtered=False, frozen_columns=2)]


def _filled(frames: Mapping[str, pd.DataFrame], name: str) -> bool:
    return name in frames and len(frames[name]) > 0


def _grid_sheet(grid: pd.DataFrame, directions: pd.DataFrame, axes: Sequence[Column], cross: str) -> Sheet:
    left, top = axes
    total = grid.columns[-1]
    said: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
    for line in directions.to_dict("records"):
        basis = said.setdefault((str(line[left.name]), str(line[top.name])), {}).setdefault(str(line["basis"]), {})
        basis[str(line["direction"])] = basis.get(str(line["direction"]), 0) + 1
    cells = {grid.columns[0]: grid[grid.columns[0]].astype(object)}
    for name in grid.columns[1:-1]:
        cells[name] = pd.Series(
            [
                _cell_text(count, said.get((str(place), str(name)), {}))
                for place, count in zip(grid[grid.columns[0]], grid[name], strict=True)
            ],
            dtype=object,
        )
        cells[name].iloc[-1:] = int(grid[name].iloc[-1])
    cells[total] = grid[total].astype(object)
    footnotes = [
        f"First line of a cell: number of studies. Below it what they say: {_LEGEND}.",
        "Kinds of evidence: C comparative (against a comparator), U uncontrolled (before and after, single cases), "
        "other. A study with findings of several kinds stands under each of them and counts once in the first line.",
        f"{EMPTY} no study. Totals count each study once and are not sums of the cells.",
    ]
    columns = [
        Column(left.name, left.header, width=24, labels=left.labels),
        *(Column(name, top.labels.get(name, name), width=12.5, centred=True) for name in grid.columns[1:-1]),
        Column(total, "Total", "whole", width=7, centred=True),
    ]
    about = f"{cross}: how many studies, and what they say. An empty cell is a gap in the evidence charted."
    return Sheet(cross, about, pd.DataFrame(cells), columns, footnotes, matrix=True, filtered=False)


def _cell_text(count: int, by_basis: Mapping[str, Mapping[str, int]]) -> str:
    if not count:
        return EMPTY
    lines = [str(int(count))]
    for basis in sorted(
        by_basis, key=lambda basis: (list(BASIS_SIGNS).index(basis) if basis in BASIS_SIGNS else 9, basis)
    ):
        said = by_basis[basis]
        directions = " ".join(f"{sign}{said[name]}" for name, sign in DIRECTION_SIGNS.items() if name in said)
        lines.append(f"{BASIS_SIGNS.get(basis, basis)} {directions}")
    return "\n".join(lines)


def _tally_sheet(tally: pd.DataFrame, axes: Sequence[Column], cross: str, participants: str) -> Sheet:
    bases = [
        name.removesuffix("_studies") for name in tally.columns if name.endswith("_studies") and name != "n_studies"
    ]
    columns = [
        *axes,
        Column("n_participants", "Participants", "whole", width=11),
        Column("n_controlled", "Controlled studies", "count", width=10),
        *_direction_columns("n_studies", "", "All evidence, one direction a study"),
    ]
    for basis in bases:
        if tally[f"{basis}_studies"].sum():
            columns += _direction_columns(f"{basis}_studies", f"{basis}_", f"{basis.capitalize()} findings")
    columns.append(Column("study_ids", "Which studies", width=50))
    footnotes = [_LEGEND_ALONE]
    if participants:
        footnotes.append(f"Participants: {participants}")
    unknown = int((tally["n_studies"] > tally["n_participants_known"]).sum())
    if unknown:
        footnotes.append(
            f"In {unknown} of {len(tally)} rows at least one study does not give its number of participants."
        )
    footnotes.append(
        "A study with comparative and uncontrolled findings counts under both kinds, and once under all evidence."
    )
    footnotes.append("The members of each number stand in condition_by_domain.csv and in the sheet Directions.")
    about = f"{cross} as a list: one row per cell that has evidence."
    return Sheet("Tally", about, tally, columns, footnotes, bands=[axes[0].name], frozen_columns=2)


def _direction_columns(studies: str, prefix: str, group: str) -> list[Column]:
    signs = [Column(f"{prefix}{name}", sign, "count", group, width=4.5) for name, sign in DIRECTION_SIGNS.items()]
    return [Column(studies, "Studies", "count", group, width=8), *signs]


def _directions_sheet(directions: pd.DataFrame, axes: Sequence[Column], cross: str) -> Sheet:
    columns = [
        Column("study_id", "Study", width=26),
        *axes,
        Column("basis", "Kind of evidence", width=14),
        Column("direction", "Direction", labels=DIRECTION_LABELS, width=14),
        Column("n_findings", "Findings", "whole"),
        Column("share", "Share agreeing", "percent"),
        *(Column(name, sign, "count", "Findings that say", width=5) for name, sign in DIRECTION_SIGNS.items()),
        Column("finding_ids", "Which findings", width=40),
    ]
    footnotes = [
        "Share agreeing: of the findings that are not unclear, those on the side (benefit, no difference or harm) "
        "that has most.",
        _LEGEND_ALONE,
    ]
    about = f"What each study says in each cell of {cross}, and the findings it rests on."
    return Sheet("Directions", about, directions, columns, footnotes)


def _totals_sheet(totals: pd.DataFrame, axes: Sequence[Column], cross: str, participants: str) -> Sheet:
    columns = [
        *axes,
        Column("n_studies", "Studies", "count"),
        Column("n_controlled", "Controlled studies", "count", width=11),
        Column("n_participants", "Participants", "whole", width=12),
        Column("n_participants_known", "Studies that give their number", "count", width=14),
        Column("study_ids", "Which studies", width=70),
    ]
    footnotes = [f"Participants: {participants}"] if participants else []
    footnotes.append(
        f"{EMPTY} no study. Directions have no totals: a study may say different things in different cells."
    )
    about = f"Totals of {cross}: each study counts once, so a total is not the sum of its cells."
    return Sheet("Tally totals", about, totals, columns, footnotes, frozen_columns=2)


def _strata_sheet(strata: pd.DataFrame, axes: Sequence[Column], cross: str, participants: str) -> Sheet:
    columns = [
        Column("stratum_label", "Stratum", width=18),
        Column("category_label", "Its value", width=28),
        Column("n_in_stratum", "Studies with this value", "whole", width=12),
        *axes,
        Column("n_participants", "Participants", "whole", width=11),
        Column("n_controlled", "Controlled studies", "count", width=10),
        *_direction_columns("n_studies", "", "All evidence, one direction a study"),
        Column("study_ids", "Which studies", width=50),
    ]
    footnotes = [
        _LEGEND_ALONE,
        "A study with several values of a stratum counts under each of them. A study without a value stands under the "
        "words for why. Strata are told beside each other; no test compares them.",
    ]
    if participants:
        footnotes.append(f"Participants: {participants}")
    about = f"The tally of {cross} again, within the studies that share a value."
    bands = ["stratum_label", "category_label", "n_in_stratum", axes[0].name]
    return Sheet("Strata", about, strata, columns, footnotes, bands=bands, frozen_columns=2)


def _sensitivity_sheet(summary: pd.DataFrame) -> Sheet:
    columns = [
        Column("label", "Analysis", width=34),
        Column("n_studies", "Studies", "whole"),
        Column("n_left_out", "Studies left out", "whole", width=9),
        Column("n_cells", "with a study", "whole", "Cells", width=8),
        Column("n_cells_emptied", "emptied", "whole", "Cells", width=9),
        Column("n_cells_changed", "with another count", "whole", "Cells", width=9),
        Column("n_leading_changed", "with another leading direction", "whole", "Cells", width=11),
        Column("note", "Remark", width=44),
        Column("left_out_ids", "Which studies are left out", width=80),
    ]
    footnotes = [
        "An analysis only leaves out. The cells that it changes stand in the sheet Sensitivity cells, where there are "
        "any. Leading direction: the one that most studies of a cell have, or a tie.",
        "A line without numbers is an analysis that the data do not allow; its remark says what is missing.",
    ]
    about = "The same counts with part of the studies or findings left out, and how many cells that changes."
    return Sheet("Sensitivity", about, summary, columns, footnotes, filtered=False)


def _changed_cells_sheets(cells: pd.DataFrame, axes: Sequence[Column]) -> list[Sheet]:
    """The cells that an analysis changes, beside what they say with all studies; nothing where none changes."""
    keys = [axis.name for axis in axes]
    counts = ["n_studies", *DIRECTION_SIGNS, "leading"]
    before = cells.loc[cells["analysis"] == ALL, [*keys, *counts]]
    changed = cells[(cells["changed"] == "yes").fillna(False).to_numpy(bool)]
    if changed.empty:
        return []
    frame = changed.merge(before.rename(columns={name: f"all_{name}" for name in counts}), on=keys, how="left")
    leading = {**DIRECTION_LABELS, "tie": "tie", "": "no study"}
    columns = [
        Column("label", "Analysis", width=30),
        *axes,
        *_direction_columns("all_n_studies", "all_", "All studies"),
        *_direction_columns("n_studies", "", "In this analysis"),
        Column("all_leading", "all studies", group="Leading direction", labels=leading, width=15),
        Column("leading", "this analysis", group="Leading direction", labels=leading, width=15),
        Column("left_out_ids", "Studies left out", width=40),
        Column("turned_ids", "Studies whose direction is another now", width=40),
    ]
    about = (
        "The cells in which an analysis of the sheet Sensitivity counts otherwise, beside the counts of all studies."
    )
    return [Sheet("Sensitivity cells", about, frame, columns, [_LEGEND_ALONE], bands=["label"], frozen_columns=3)]


def _vote_count_sheet(counted: pd.DataFrame, axes: Sequence[Column]) -> Sheet:
    said = "Studies with a direction"
    columns = [
        *axes,
        Column("basis", "Kind of evidence", labels={"all": "all evidence"}, width=14),
        Column("n_studies", "Studies", "whole"),
        *(Column(name, DIRECTION_SIGNS[name], "count", said, width=5) for name in ("benefit", "harm")),
        Column("n_with_direction", "together", "count", said, width=9),
        *(
            Column(name, DIRECTION_SIGNS[name], "count", "Without a direction", width=5)
            for name in ("none", "mixed", "unclear")
        ),
        Column("n_without_direction", "together", "count", "Without a direction", width=9),
        Column("share", "share", "percent_fine", "Benefit among those with a direction", width=9),
        Column("wilson_low", "from", "percent_fine", "Benefit among those with a direction", width=9),
        Column("wilson_high", "to", "percent_fine", "Benefit among those with a direction", width=9),
        Column("p_two_sided", "p, two-sided", "p", "Sign test", width=9),
        Column("smallest_p", "smallest possible", "p", "Sign test", width=9),
        Column("note", "Remark", width=44),
        Column("benefit_ids", "Studies of benefit", width=36),
        Column("harm_ids", "Studies of harm", width=30),
        Column("without_direction_ids", "Studies without a direction", width=40),
    ]
    footnotes = [
        _LEGEND_ALONE,
        "From, to: Wilson 95 % interval. Sign test: exact binomial test against one half; the smallest p-value "
        "possible is what as many studies would give if all agreed.",
        "All evidence: one direction a study. A study with findings of several kinds counts under each kind.",
    ]
    bands = [axis.name for axis in axes]
    return Sheet("Vote count", CAVEAT, counted, columns, footnotes, bands=bands, frozen_columns=3)


def _p_values_sheet(combined: pd.DataFrame, axes: Sequence[Column]) -> Sheet:
    columns = [
        *axes,
        Column("basis", "Kind of evidence", width=14),
        Column("towards", "Towards", labels=DIRECTION_LABELS, width=9),
        Column("n_studies", "in the cell", "whole", "Studies", width=8),
        Column("n_entered", "entered", "count", "Studies", width=9),
        Column("n_bounded", "of these as a bound", "count", "Studies", width=9),
        Column("n_not_entered", "could not enter", "count", "Studies", width=9),
        Column("fisher_chi2", "χ²", "number", "Fisher", width=9),
        Column("fisher_df", "df", "whole", "Fisher", width=6),
        Column("fisher_p", "p", "p", "Fisher", width=9),
        Column("stouffer_z", "z", "coefficient", "Stouffer", width=8),
        Column("stouffer_p", "p", "p", "Stouffer", width=9),
        Column("note", "Remark", width=34),
        Column("entered_ids", "Studies that entered", width=40),
        Column("not_entered_ids", "Studies that could not", width=40),
    ]
    footnotes = [f"Both p-values are one-sided in the direction named. {EMPTY} none."]
    bands = [axis.name for axis in axes]
    return Sheet("P-values", P_CAVEAT, combined, columns, footnotes, bands=bands, frozen_columns=2)


def _p_entered_sheet(entered: pd.DataFrame, axes: Sequence[Column]) -> Sheet:
    said = [
        "; ".join(DIRECTION_LABELS.get(word, word) for word in words.split("; "))
        for words in entered["direction"].fillna("")
    ]
    columns = [
        *axes,
        Column("basis", "Kind of evidence", width=14),
        Column("study_id", "Study", width=26),
        Column("entered", "Entered", width=9),
        Column("one_sided", "One-sided p", "p", width=13),
        Column("bounded", "As a bound", width=9),
        Column("as_printed", "As printed", width=14),
        Column("direction", "Direction", width=13),
        Column("finding_id", "Finding", width=18),
        Column("why", "Why", width=44),
    ]
    footnotes = [
        "A study that could not enter stands with all its findings of the cell. The caveat of the sheet P-values holds."
    ]
    about = "What each study gave to the combination of p-values, or why nothing of it could enter."
    bands = [axis.name for axis in axes]
    return Sheet(
        "P-values by study", about, entered.assign(direction=said), columns, footnotes, bands=bands, frozen_columns=2
    )
