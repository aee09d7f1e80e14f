"""The harms plot: how many of those exposed had each event, arm beside arm, with both intervals; nothing is pooled.

The thick line is the Wilson interval, the thin one Clopper and Pearson's, which is exact and so never too short.

Studies that name an event without numbers stand below it by name, and the caption counts those that are silent on
harms: absence of information is not absence of harm (Cochrane Handbook, chapter 19).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from .. import text
from ..charting import column as column_of
from ..harms import ARMS, NAMING, OTHER
from ..natural_order import natural
from . import look
from .look import Canvas, Drawing, Part, Row, Sign

NAME = "harms"
COLUMNS = (
    *("event_group", "event", "study_id", "arm_group", "arm", "n_events", "n_exposed", "proportion"),
    *("wilson_low", "wilson_high", "clopper_pearson_low", "clopper_pearson_high", "note"),
)

_STUDY, _TOLD, _STEP = 128, 256, 15.0
_SHARE, _COUNT, _GAP = 72, 36, 8  # the columns of figures at the right: share with its interval, events of exposed
_SIGNS = {
    "intervention": Sign("circle", look.COLOURS[0]),
    "comparator": Sign("square", look.COLOURS[1], "hollow"),
    "all": Sign("diamond", look.COLOURS[4], "hollow"),
    OTHER: Sign("hexagon", look.COLOURS[4], "hollow"),
}
_ARM_LABELS = {
    "intervention": "intervention", "comparator": "comparator", "all": "arm not stated", OTHER: "other arm"
}  # fmt: skip


def draw(
    proportions: pd.DataFrame,
    silence: pd.DataFrame,
    *,
    arms: Mapping[str, Collection[str]] = ARMS,
    events_order: Sequence[str] = (),
    groups: Mapping[str, str] | None = None,
    labels: Mapping[str, Mapping[str, str]] | None = None,
    name: str = NAME,
) -> Drawing:
    """Draw `harms.proportions` (the table harms.csv) with `harms.silence` in the caption.

    `arms`: group → values of `arm`. `groups`: event → group of events, such as a system organ class, in the order in
    which groups shall stand; events without a group come last. The twin has one line for each arm of a study that names
    an event; where a line has no proportion, `note` says why.
    """
    words = labels or {}
    title = "Harms reported"
    caption = _silence(silence)
    lines = _lines(proportions, arms, groups or {})
    if not lines:
        return Drawing((), f"No study names an event. {caption}".strip())
    events, arm_words = words.get("event", {}), words.get("arm", {})
    by_event: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in lines:
        by_event.setdefault((line["event_group"], line["event"]), []).append(line)
    group_order = list(dict.fromkeys((groups or {}).values()))
    ranked = look.in_order({event for _, event in by_event}, events_order)
    ordered = sorted(
        by_event, key=lambda key: (group_order.index(key[0]) if key[0] else len(group_order), ranked.index(key[1]))
    )
    rows: list[Row] = []
    for key in ordered:
        section = events.get(key[1], key[1])
        if key[0]:
            section = f"{key[0]}: {section}"
        rows += _rows(by_event[key], section, list(arms))
    used = [group for group in (*arms, OTHER) if any(line["arm_group"] == group for line in lines)]
    part = Part(
        rows,
        lambda canvas: _head(canvas, used),
        lambda canvas, row: _row(canvas, row, arm_words),
        lambda drawn: _frame(_drawn(drawn)),
        lambda drawn: f"{_said(_drawn(drawn), events)} {caption}".strip(),
        [
            "People with the event of people exposed. Thick line and figures: 95 % interval of Wilson; thin line: that "
            "of Clopper and Pearson. Nothing is pooled. Studies differ in how they asked, so proportions of different "
            "studies do not compare the arms.",
            caption,
        ],
    )
    return look.bind(name, title, [part])


def _lines(
    proportions: pd.DataFrame, arms: Mapping[str, Collection[str]], groups: Mapping[str, str]
) -> list[dict[str, Any]]:
    group_of = {arm: group for group, members in arms.items() for arm in members}
    names = ("study_id", "arm", "event", "harms_status", *COLUMNS[5:])
    lines = []
    for cells in zip(*(column_of(proportions, each) for each in names), strict=True):
        line = {each: value if text.given(value) else None for each, value in zip(names, cells, strict=True)}
        if line["study_id"] is None or line["event"] is None or line["harms_status"] not in NAMING:
            continue
        line["arm_group"] = group_of.get(str(line["arm"]), OTHER)
        line["event_group"] = groups.get(line["event"], "")
        lines.append({each: line[each] for each in COLUMNS})
    return lines


def _rows(lines: Sequence[dict[str, Any]], section: str, groups: Sequence[str]) -> list[Row]:
    """One row a study with a proportion, the highest on the intervention first; then those without one, by name."""
    studies: dict[str, list[dict[str, Any]]] = {}
    without = []
    for line in sorted(lines, key=lambda line: (_place(line, groups), natural(str(line["arm"])))):
        if line["proportion"] is None:
            without.append(line)
        else:
            studies.setdefault(line["study_id"], []).append(line)
    ordered = sorted(
        studies, key=lambda study: (_place(studies[study][0], groups), -studies[study][0]["proportion"], natural(study))
    )
    rows = []
    for study in ordered:
        names = look.name_lines(study, _STUDY - 8)
        rows.append(Row(max(_STEP * len(studies[study]), 11.0 * len(names)) + 4, ("drawn", studies[study]), section))
    if without:
        said = _without(without)
        ids = sorted({line["study_id"] for line in without}, key=natural)
        told = look.wrapped(said, look.RIGHT - look.LEFT - 10, look.SMALL)
        for start in range(0, len(told), 4):  # a few lines of text a row, so that a long list may run over pages
            some = told[start : start + 4]
            gap = 4 if start + 4 >= len(told) else 0
            rows.append(Row(12.5 * len(some) + gap, ("told", without if start == 0 else [], some, ids), section))
    return rows


def _without(lines: Sequence[Mapping[str, Any]]) -> str:
    by_reason: dict[str, list[str]] = {}
    for line in sorted(lines, key=lambda line: (str(line["note"]), natural(line["study_id"]))):
        arm = (
            "" if line["arm_group"] == "intervention" else f" ({_ARM_LABELS.get(line['arm_group'], line['arm_group'])})"
        )
        by_reason.setdefault(text.clean(line["note"]) or "no number", []).append(f"{line['study_id']}{arm}")
    return "No proportion. " + ". ".join(
        f"{text.capital(why)}: {', '.join(dict.fromkeys(ids))}" for why, ids in by_reason.items()
    ) + "."  # fmt: skip


def _place(line: Mapping[str, Any], groups: Sequence[str]) -> int:
    return groups.index(line["arm_group"]) if line["arm_group"] in groups else len(groups)


#: Where the names of arms stand.
_ARM = look.RIGHT - _TOLD + 22


def _x(share: float) -> float:
    left, right = look.LEFT + _STUDY, look.RIGHT - _TOLD
    return left + share * (right - left)


def _head(canvas: Canvas, used: Sequence[str]) -> None:
    canvas.legend([(_sign(group), 4.0, _ARM_LABELS.get(group, group)) for group in used])
    middle, low = _x(0.5), canvas.y + 26
    canvas.text(middle, canvas.y + 11, "People with the event, % of exposed", size=look.SMALL, anchor="middle")
    canvas.text(look.LEFT, low, "Study", bold=True)
    for tick in range(0, 101, 20):
        canvas.text(_x(tick / 100), low, f"{tick} %", size=look.SMALL, anchor="middle", colour=look.FAINT)
    canvas.text(_ARM, low, "Arm", size=look.SMALL, bold=True)
    canvas.text(look.RIGHT - _SHARE - _GAP, low, "n/N", size=look.SMALL, anchor="end", bold=True)
    canvas.text(look.RIGHT, low, "% (95 % CI)", size=look.SMALL, anchor="end", bold=True)
    canvas.y += 31


def _sign(group: str) -> Sign:
    return _SIGNS.get(group, _SIGNS[OTHER])


def _row(canvas: Canvas, row: Row, arm_words: Mapping[str, str]) -> None:
    kind, lines, *told = row.data
    if kind == "told":
        shown, ids = told
        with canvas.mark(ids, "Named without numbers"):
            canvas.lines(look.LEFT + 8, canvas.y + 10, shown, leading=12.5, size=look.SMALL, colour=look.FAINT)
        return
    bottom = canvas.y + row.height
    for tick in range(0, 101, 20):
        canvas.line(_x(tick / 100), canvas.y, _x(tick / 100), bottom)
    canvas.name(look.LEFT, canvas.y + row.height / 2, lines[0]["study_id"], _STUDY - 8)
    first = canvas.y + (row.height - _STEP * len(lines)) / 2
    for place, line in enumerate(lines):
        y = first + (place + 0.5) * _STEP
        sign = _sign(line["arm_group"])
        x_n = f"{text.number(line['n_events'])}/{text.number(line['n_exposed'])}"
        arm = arm_words.get(str(line["arm"]), text.clean(line["arm"]))
        said = (
            f"{line['study_id']}, {arm}: {x_n} ({text.percent(line['proportion'])}), 95 % interval "
            f"{text.shares_between(line['wilson_low'], line['wilson_high'])} (Wilson)"
        )
        exact = [line["clopper_pearson_low"], line["clopper_pearson_high"]]
        if None not in exact:
            said += f", {text.shares_between(*exact)} (Clopper and Pearson)"
        with canvas.mark(
            [line["study_id"]], said, event=line["event"], arm=text.clean(line["arm"]), n_events=int(line["n_events"]),
            n_exposed=int(line["n_exposed"]), low=f"{line['wilson_low']:.6g}", high=f"{line['wilson_high']:.6g}",
        ):  # fmt: skip
            if None not in exact:
                canvas.line(_x(exact[0]), y, _x(exact[1]), y, colour=sign.colour, width=0.8)
                for end in exact:
                    canvas.line(_x(end), y - 2.5, _x(end), y + 2.5, colour=sign.colour, width=0.8)
            canvas.line(_x(line["wilson_low"]), y, _x(line["wilson_high"]), y, colour=sign.colour, width=2.6)
            canvas.sign(sign, _x(line["proportion"]), y, 3.6)
            canvas.sign(sign, _ARM - 8, y, 3.2)
            count = look.RIGHT - _SHARE - _GAP
            room = count - max(_COUNT, look.width_of(x_n, look.SMALL)) - _GAP - _ARM
            canvas.text(_ARM, y + 3.5, look.fitted(arm, room, look.SMALL), size=look.SMALL)
            canvas.text(count, y + 3.5, x_n, anchor="end", size=look.SMALL)
            canvas.text(look.RIGHT, y + 3.5, _share(line), anchor="end", size=look.SMALL)
    canvas.line(look.LEFT, bottom, look.RIGHT, bottom)


def _share(line: Mapping[str, Any]) -> str:
    """The share with its interval, in whole percent: 10 (2–40)."""
    share, low, high = (
        text.percent(line[name]).removesuffix(f"{text.HARD_SPACE}%")
        for name in ("proportion", "wilson_low", "wilson_high")
    )
    return f"{share} ({low}–{high})"


def _drawn(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [line for row in rows for line in row.data[1]]


def _frame(lines: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    numbers = {"n_events": "Int64", "n_exposed": "Int64", "proportion": "Float64"}
    frame = pd.DataFrame(list(lines), columns=list(COLUMNS))
    return frame.astype({**numbers, **dict.fromkeys(COLUMNS[8:12], "Float64")})


def _silence(silence: pd.DataFrame) -> str:
    """How many studies say what of harms, in one sentence."""
    if silence.empty:
        return ""
    n = {str(state): int(count) for state, count in zip(silence["state"], silence["n_studies"], strict=True)}
    parts = [
        f"{n.get('events', 0)} report at least one event",
        f"{n.get('zero_stated', 0)} only say that events did not occur",
        f"{n.get('not_reported', 0)} report nothing on harms",
        f"{n.get('not_assessed', 0)} did not assess harms",
    ]
    if n.get("not_charted"):
        parts.append(f"{n['not_charted']} have no harms charted yet")
    whole = text.counted(int(silence["denominator"].iloc[0]), "study")
    return f"Of {whole}, {text.names(parts)}. No word on harms is not the same as no harms."


def _said(lines: Sequence[Mapping[str, Any]], events: Mapping[str, str]) -> str:
    told = [f"Harms of {text.counted(len({line['study_id'] for line in lines}), 'study')}."]
    for event in dict.fromkeys(line["event"] for line in lines):
        here = [line for line in lines if line["event"] == event]
        parts = []
        for group in dict.fromkeys(line["arm_group"] for line in here):
            mine = [line for line in here if line["arm_group"] == group and line["proportion"] is not None]
            if mine:
                shown = [f"{int(line['n_events'])}/{int(line['n_exposed'])}" for line in mine]
                parts.append(f"{_ARM_LABELS.get(group, group)} {text.names(shown, most=6)}")
        bare = {line["study_id"] for line in here if line["proportion"] is None}
        if bare:
            parts.append(f"without a proportion in {text.counted(len(bare), 'study')}")
        told.append(f"{events.get(event, event)}: {'; '.join(parts)}.")
    return " ".join(told)
