"""A whole review with its doubly charted tables folded: what is to be said of it, and the lists for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from .charting_agreement import AGREEMENT_COLUMNS, empty, frame_of
from .codebook import Codebook
from .consensus import is_list
from .double_charting import CONFLICT_COLUMNS, Folded, fold
from .integrity import Desk
from .issues import Issue
from .review import Review
from .terms import CHARTED, Severity


@dataclass(frozen=True)
class DoubleCharting:
    """A review with its tables folded, what is to be said of them, and the frames of every table together.

    `conflicts` holds the columns of charting_conflicts.csv, `agreement` those of charting_agreement.csv;
    `to_settle` one line a field of a row to be settled, or settled in a list before: table, key, field, charted,
    consensus.
    """

    review: Review
    issues: list[Issue]
    agreement: pd.DataFrame
    conflicts: pd.DataFrame
    to_settle: pd.DataFrame


def fold_review(
    review: Review,
    codebook: Codebook,
    *,
    reviewer: str = "reviewer",
    consensus: Sequence[str] = ("Consensus",),
    match: Mapping[str, Sequence[str]] | None = None,
    free_text: Literal["wording", "conflict"] = "wording",
    leave_out: bool = False,
) -> DoubleCharting:
    """Fold every charted table that has the field `reviewer`, as `fold` does; the given review stays as it is.

    `match` maps a table to its matching fields. Unsettled conflicts are errors, or warnings where `leave_out` says to
    go on without these values.
    """
    folded = Review(dict(review.tables), review.places, review.lost, review.apart)
    folds: dict[str, Folded] = {}
    issues: list[Issue] = []
    studies = review.tables.get("studies")
    for table in codebook.resources:
        if table.name not in CHARTED or reviewer not in table.by_name or table.name not in review.tables:
            continue
        done = fold(
            review.tables[table.name],
            table,
            reviewer=reviewer,
            consensus=consensus,
            match=(match or {}).get(table.name),
            free_text=free_text,
            studies=studies,
        )
        folds[table.name] = done
        folded.tables[table.name] = done.frame
        issues += _issues(review, Desk(review, table), done, Severity.WARNING if leave_out else None)
    conflicts = _joined([done.conflicts for done in folds.values()], CONFLICT_COLUMNS)
    return DoubleCharting(
        folded,
        issues,
        _joined([done.agreement for done in folds.values()], AGREEMENT_COLUMNS),
        _with_cells(conflicts, review),
        _to_settle(conflicts, review),
    )


def _joined(frames: Sequence[pd.DataFrame], columns: Mapping[str, str]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else empty(columns)


def _with_cells(conflicts: pd.DataFrame, review: Review) -> pd.DataFrame:
    """Conflicts with the address of each cell in place of its position."""
    told = conflicts.copy()
    for side in ("a", "b", "consensus"):
        cells = [
            review.address(table, at, name) if at >= 0 else ""
            for table, at, name in zip(told["table"], told[f"position_{side}"], told["field"], strict=True)
        ]
        told[f"position_{side}"] = pd.Series(cells, index=told.index, dtype="str")
    told["settled"] = told["settled"].map({True: "yes", False: "no"}).astype("str")
    named = {"position_a": "cell_a", "position_b": "cell_b", "position_consensus": "cell_consensus"}
    return told.rename(columns=named)


def _to_settle(conflicts: pd.DataFrame, review: Review) -> pd.DataFrame:
    lines = []
    chosen = conflicts[conflicts["kind"].isin(["value", "consensus"])]
    for (table, key, name), several in chosen.groupby(["table", "key", "field"], sort=False):
        at = max(several["position_consensus"].tolist())
        if several["settled"].all():
            place = review.places[review.tables[str(table)]["_source"].tolist()[at]]
            if not is_list(place):
                continue
        cells = {
            (who, value, review.address(str(table), position, str(name)))
            for side in ("a", "b")
            for who, value, position in zip(
                several[f"reviewer_{side}"], several[f"value_{side}"], several[f"position_{side}"], strict=True
            )
        }
        charted = "\n".join(f"{who}: {value} ({cell})" for who, value, cell in sorted(cells))
        settled = several["consensus"].iloc[0] if several["settled"].all() else ""
        lines.append({"table": table, "key": key, "field": name, "charted": charted, "consensus": settled})
    return frame_of(lines, dict.fromkeys(("table", "key", "field", "charted", "consensus"), "str"))


def _issues(review: Review, desk: Desk, done: Folded, severity: Severity | None) -> list[Issue]:
    found = []
    grouped = done.conflicts.groupby(["kind", "key", "field"], sort=False)
    notes: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for (kind, _, name), several in grouped:
        if kind in ("wording", "one_sided", "overridden"):
            at = several["position_consensus" if kind == "overridden" else "position_a"].tolist()[0]
            notes.setdefault((str(kind), str(name)), []).append((at, _said(review, desk.spec.name, several)))
        elif not several["settled"].all():
            rule = "consensus_differs" if kind == "consensus" else "charting_conflict"
            at, value = several["position_a"].tolist()[0], str(several["value_a"].iloc[0])
            found.append(
                desk.say(
                    rule, at, str(name), value=value, message=_said(review, desk.spec.name, several), severity=severity
                )
            )
    rules = {"wording": "charting_wording", "one_sided": "charting_one_sided", "overridden": "consensus_overrides"}
    for (kind, name), places in notes.items():
        more = f"So in {len(places) - 1} more rows; charting_conflicts.csv lists them." if len(places) > 1 else ""
        found.append(desk.say(rules[kind], places[0][0], name, message=places[0][1], suggestion=more))
    for line in done.alone.to_dict("records"):
        name = desk.spec.primary_key[0]
        who, others = line["reviewer"], line["others"]
        found.append(desk.say("charted_by_one", line["position"], name, value=who, expected=others))
    for line in done.factors.to_dict("records"):
        said = f"{line['factor']:g} times {line['reviewer_a']}'s, in all {line['n']} rows that both charted"
        found.append(
            desk.say("charting_factor", line["position_b"], line["field"], value=line["reviewer_b"], message=said)
        )
    return found


def _said(review: Review, table: str, several: pd.DataFrame) -> str:
    """Who charted what, and where; the file is named where the cells stand in several."""
    cells: dict[int, tuple[str, str]] = {}
    for line in several.to_dict("records"):
        name = line["field"]
        said = [(line[f"position_{side}"], f"{line[f'reviewer_{side}']} has", line[f"value_{side}"]) for side in "ab"]
        for at, who, value in [*said, (line["position_consensus"], "the consensus is", line["consensus"])]:
            if at >= 0:
                cells.setdefault(at, (f"{who} {value or 'nothing'}", review.address(table, at, name)))
    files = {address.partition(" › ")[0] for _, address in cells.values()}
    return ", ".join(
        f"{told} ({address if len(files) > 1 else address.partition(' › ')[2]})" for told, address in cells.values()
    )
