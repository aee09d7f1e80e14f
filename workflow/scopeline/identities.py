"""The sums that a PRISMA 2020 flow must obey, the exceptions it may name, and the proof of a flow known by totals.

The identities F1 to F15 restate how the boxes of the PRISMA 2020 flow diagram (Page 2021, BMJ 372:n71) follow from each
other. A box that differs from its reckoning fails, unless an exception of a closed list is named and explains the
difference.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from numbers import Real

from scopeline.errors import ConfigurationError

ADDED, LOST = "added", "lost"
_BOTH = (ADDED, LOST)

#: Each exception with the identities it may explain: a box may have more than its reckoning (added) or fewer (lost).
EXCEPTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "studies_fewer_than_reports": {"F10": (LOST,)},
    "studies_more_than_reports": {"F10": (ADDED,)},
    "record_to_many_reports": {"F3": (ADDED,), "F7": (ADDED,)},
    "linked_report_not_screened": {
        "F2": (LOST,), "F3": (LOST,), "F6": (ADDED,), "F7": (LOST,), "F8": (ADDED,), "F9": (ADDED,), "F12": (ADDED,),
    },
    "ongoing_or_awaiting": {
        "F2": (LOST,), "F3": (LOST,), "F4": (LOST,), "F6": (LOST,), "F7": (LOST,), "F8": (LOST,), "F13": (LOST,),
    },
    "other_dedup": {"F7": (LOST,)},
    "other_no_screening": {"F2": (LOST,), "F3": (ADDED,), "F7": _BOTH, "F9": (ADDED,)},
    "late_addition": {
        "F2": _BOTH, "F3": _BOTH, "F4": (ADDED,), "F6": (ADDED,), "F7": _BOTH, "F8": (ADDED,), "F9": (ADDED,),
        "F12": (ADDED,),
    },
    "single_stage": {"F2": _BOTH, "F3": _BOTH},
    "update_dropped_previous": {"F11": (LOST,)},
    "combined_dedup": {"F2": _BOTH, "F7": (LOST,)},
    "pending": {
        "F2": (LOST,), "F3": (LOST,), "F4": (LOST,), "F6": (LOST,), "F7": (LOST,), "F8": (LOST,), "F10": (LOST,),
        "F13": (LOST,),
    },
    "removed_before_import": {"F1": _BOTH, "F2": _BOTH},
    "multi_unit_box": dict.fromkeys(("F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12"), _BOTH),
}  # fmt: skip


@dataclass(frozen=True)
class FlowException:
    """Why a sum holds though its sides differ: a name of the closed list, why, and, where known, how many, which ids.

    A rule broken on purpose by the team; `derived` where the counts themselves show it and nobody needs to name it.
    Raises ConfigurationError for a name outside the list, for a missing reason, and where n and ids disagree.
    """

    name: str
    why: str
    n: int | None = None
    ids: tuple[str, ...] = ()
    derived: bool = False

    def __post_init__(self) -> None:
        if self.name not in EXCEPTIONS:
            near = difflib.get_close_matches(str(self.name), EXCEPTIONS, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Choose one of: {', '.join(EXCEPTIONS)}."
            raise ConfigurationError(f"flow exceptions: {self.name!r} is not in the list of exceptions. {hint}")
        if not str(self.why).strip():
            raise ConfigurationError(f"flow exceptions: {self.name} has no why. Write a sentence for the readers.")
        object.__setattr__(self, "ids", tuple(sorted({str(identifier) for identifier in self.ids})))
        if self.n is not None and (isinstance(self.n, bool) or not isinstance(self.n, int) or self.n < 0):
            raise ConfigurationError(f"flow exceptions: {self.name} has n {self.n!r}. Write a whole number, 0 or more.")
        if self.n is not None and self.ids and self.n != len(self.ids):
            raise ConfigurationError(
                f"flow exceptions: {self.name} says n {self.n} but lists {len(self.ids)} ids. Make them agree."
            )


@dataclass(frozen=True)
class Identity:
    """One sum of the flow: the box on the left, what it must come to on the right.

    holds is true where both agree, and where a named exception explains the whole difference; `exception` then names it
    (joined with "; "), and `by` holds these exceptions. only_left and only_right are the ids that differ; difference is
    left minus right. Where a typed number is held against rows, `ids` are the rows and `cells` where the number stands.
    `weight` is "I", or "W" where totals alone cannot prove the sum (F7 with other_dedup, F10): it is then taken on
    trust, and rows would prove it.
    """

    id: str
    left: str
    right: str
    holds: bool
    exception: str | None = None
    only_left: tuple[str, ...] = ()
    only_right: tuple[str, ...] = ()
    difference: int = 0
    weight: str = "I"
    ids: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    by: tuple[FlowException, ...] = ()

    def explained(self, *exceptions: FlowException) -> "Identity":
        """The same sum with further exceptions printed beside it."""
        names = [*(self.exception or "").split("; "), *(each.name for each in exceptions)]
        text = "; ".join(dict.fromkeys(name for name in names if name))
        return replace(self, exception=text or None, by=(*self.by, *exceptions))


def compare(
    name: str,
    left: str,
    right: str,
    only_left: Iterable[str],
    only_right: Iterable[str],
    *,
    exceptions: Sequence[FlowException],
    aliases: Mapping[str, str] | None = None,
) -> Identity:
    """Judge one identity from the ids that only one side has.

    An exception with ids explains those ids, and by `aliases` (report to record) a record by its report and a report
    by its record; one with n alone explains exactly n left over; one with neither explains all that is left over. Each
    only on the sides it is meant for.
    """
    records = aliases or {}
    extra, lacking = set(only_left), set(only_right)
    left_over: dict[str, set[str]] = {ADDED: set(extra), LOST: set(lacking)}
    used: list[FlowException] = []
    for exception in sorted(exceptions, key=lambda each: not each.ids):
        sides = EXCEPTIONS[exception.name].get(name, ())
        open_ids = set().union(*(left_over[side] for side in sides))
        if exception.ids:
            named = set(exception.ids)
            named |= {records[each] for each in exception.ids if each in records}
            explained = {each for each in open_ids if each in named or records.get(each) in named}
        elif exception.n is None or exception.n == len(open_ids):
            explained = open_ids
        else:
            explained = set()
        if explained:
            used.append(exception)
            for side in sides:
                left_over[side] -= explained
    holds = not left_over[ADDED] and not left_over[LOST]
    return Identity(
        id=name,
        left=left,
        right=right,
        holds=holds,
        exception="; ".join(dict.fromkeys(each.name for each in used)) or None if holds else None,
        by=tuple(used) if holds else (),
        only_left=tuple(sorted(extra)),
        only_right=tuple(sorted(lacking)),
        difference=len(extra) - len(lacking),
    )


def check_totals(totals: Mapping[str, object], *, exceptions: Sequence[FlowException] = ()) -> list[Identity]:
    """Prove a flow that is known by its printed totals only.

    `totals` maps box names to whole numbers. `identified` may be a mapping of sources to numbers; `reasons` (a mapping
    or a list of numbers) belongs to reports_excluded; `other` is a mapping with the boxes of a separate arm of other
    methods (identified, duplicates, sought, not_retrieved, assessed, excluded, reasons, included_reports), and
    `total_reports` then the sum of both arms. Where `included_reports` holds the reports of both arms (PRISMA's box
    10), `other_included_reports` says how many of them came by other methods. `places` maps a source of `identified` to
    the numbers of its databases. `previous_studies`, `previous_reports`, `total_studies` and `total_reports` are of an
    updated review, `studies_in_both` and `reports_in_both` what the previous version and this one share.
    `at_full_text_stage` stands for sought where a figure has no other. Boxes that are not given are not judged;
    duplicates, automation, removed_other, not_retrieved, awaiting and ongoing then count 0.

    Raises ConfigurationError where a total is not a number.
    """
    flow = _Totals(totals)
    other = totals.get("other")
    arm = _Totals(other if isinstance(other, Mapping) else {}, "other ")
    judged: list[Identity | None] = []

    def judge(name: str, left: tuple[str, float | None], right: str, reckoned: float | None) -> None:
        judged.append(_judge_total(name, left, right, reckoned, exceptions))

    if isinstance(totals.get("identified"), Mapping) and "identified_total" in totals:
        judge("F1", flow.pair("identified_total"), flow.sources(), flow.get("identified"))
    judged += _places(flow, arm, exceptions)
    judge("F2", flow.pair("screened"), *flow.minus("identified", "duplicates", "automation", "removed_other"))
    sought = "sought" if "sought" in totals else "at_full_text_stage"
    judge("F3", flow.pair(sought), *flow.minus("screened", "excluded"))
    judge("F4", flow.pair("assessed"), *flow.minus(sought, "not_retrieved"))
    judge("F5", flow.pair("reports_excluded"), *flow.reasons())
    reached, elsewhere = flow.get("included_reports"), flow.get("other_included_reports")
    if reached is not None and elsewhere is not None:
        own: tuple[str, float | None] = (f"included_reports {reached:g} − other {elsewhere:g}", reached - elsewhere)
    else:
        own = flow.pair("included_reports")
    kept = flow.minus("assessed", "reports_excluded", *flow.given("awaiting", "ongoing"))
    judge("F6", own, *kept)
    if arm.totals:
        if "identified_total" in arm.totals:
            judge("F7", arm.pair("identified_total"), arm.sources(), arm.get("identified"))
        before = arm.given("duplicates", "automation", "removed_other", "records_excluded")
        judge("F7", arm.pair("sought"), *arm.minus("identified", *before))
        judge("F8", arm.pair("assessed"), *arm.minus("sought", "not_retrieved"))
        judge("F8", arm.pair("excluded"), *arm.reasons())
        left = arm.pair("included_reports") if elsewhere is None else (f"other included {elsewhere:g}", elsewhere)
        judge("F8", left, *arm.minus("assessed", "excluded", *arm.given("awaiting", "ongoing")))
    in_arm = arm.get("included_reports")
    if elsewhere is not None:
        both = None if kept[1] is None else kept[1] + elsewhere
        right = f"through screening {_figure(kept[1])} + other {elsewhere:.0f}"
        judge("F9", flow.pair("included_reports"), right, both)
    elif in_arm is not None and flow.get("previous_reports") is None:
        both = None if reached is None else reached + in_arm
        judge("F9", flow.pair("total_reports"), f"included_reports {_figure(reached)} + other {_figure(in_arm)}", both)
    judged.append(_studies_and_reports(flow, exceptions))
    judged += _totals_of_update(flow, in_arm if elsewhere is None else None, exceptions)
    judged.append(_monotone(flow, arm, sought, exceptions))
    return [identity for identity in judged if identity is not None]


def _places(flow: "_Totals", arm: "_Totals", exceptions: Sequence[FlowException]) -> list[Identity | None]:
    """The databases of one kind sum to that kind's own number (F1; F7 for other methods)."""
    judged: list[Identity | None] = []
    places = flow.totals.get("places")
    for kind, names in (places if isinstance(places, Mapping) else {}).items():
        for name, totals in (("F1", flow), ("F7", arm)):
            own = totals.totals.get("identified")
            if isinstance(own, Mapping) and kind in own:
                numbers = _Totals({"identified": names})
                left = (f"{totals.prefix}{kind} {own[kind]}", _Totals(own).get(kind))
                judged.append(_judge_total(name, left, numbers.sources(), numbers.get("identified"), exceptions))
    return judged


def _totals_of_update(
    flow: "_Totals", in_arm: float | None, exceptions: Sequence[FlowException]
) -> list[Identity | None]:
    """Totals of an updated review: previous and new, those in both once (F11)."""
    judged: list[Identity | None] = []
    for unit in ("reports", "studies"):
        before, new = flow.get(f"previous_{unit}"), flow.get(f"included_{unit}")
        total, both = flow.get(f"total_{unit}"), flow.get(f"{unit}_in_both")
        if before is None or new is None or total is None:
            continue
        new += (in_arm or 0) if unit == "reports" else 0
        right = f"previous_{unit} {_figure(before)} + new {_figure(new)}"
        if both is None and unit == "studies" and max(before, new) <= total < before + new:
            both = before + new - total
            right += f" − in both {_figure(both)} (not given, so taken as what remains)"
            weight = "W"
        else:
            right += f" − in both {_figure(both)}" if both else ""
            weight = "I"
        identity = _judge_total("F11", flow.pair(f"total_{unit}"), right, before + new - (both or 0), exceptions)
        judged.append(None if identity is None else replace(identity, weight=weight))
    return judged


class _Totals:
    """Typed numbers by box name, with the text that shows them."""

    def __init__(self, totals: Mapping[str, object], prefix: str = "") -> None:
        self.totals, self.prefix = totals, prefix

    def get(self, name: str) -> float | None:
        value = self.totals.get(name)
        if isinstance(value, Mapping):
            return sum(self._number(f"{name} {source}", each) for source, each in value.items())
        return None if value is None else self._number(name, value)

    def given(self, *names: str) -> list[str]:
        """Those of the boxes that have a number."""
        return [name for name in names if self.get(name) is not None]

    def pair(self, name: str) -> tuple[str, float | None]:
        value = self.get(name)
        return f"{self.prefix}{name} {_figure(value)}", value

    def minus(self, first: str, *rest: str) -> tuple[str, float | None]:
        """`first` less the rest, as text and number; a removal that is not given is 0."""
        start = self.get(first)
        if first in ("screened", "assessed") and any(self.get(name) is None for name in rest):
            start = None
        values = [self.get(name) or 0 for name in rest]
        removed = [f"{name} {_figure(value)}" for name, value in zip(rest, values, strict=True)]
        text = " − ".join([f"{self.prefix}{first} {_figure(start)}", *removed])
        return text, None if start is None else start - sum(values)

    def sources(self) -> str:
        value = self.totals["identified"]
        return " + ".join(f"{name} {each}" for name, each in value.items()) if isinstance(value, Mapping) else ""

    def reasons(self) -> tuple[str, float | None]:
        value = self.totals.get("reasons")
        if isinstance(value, Mapping):
            value = list(value.values())
        if not isinstance(value, Sequence) or isinstance(value, str):
            return "reasons", None
        numbers = [self._number("reasons", each) for each in value]
        return f"reasons {' + '.join(_figure(each) for each in numbers) or '0'}", sum(numbers)

    def _number(self, name: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, Real):
            raise ConfigurationError(f"flow totals: {self.prefix}{name} is {value!r}. Write a whole number.")
        return float(value)


def _figure(value: float | None) -> str:
    return "not given" if value is None else f"{value:.0f}" if value == round(value) else f"{value:g}"


def _judge_total(
    name: str,
    left: tuple[str, float | None],
    right: str,
    reckoned: float | None,
    exceptions: Sequence[FlowException],
) -> Identity | None:
    text, value = left
    if value is None or reckoned is None:
        return None
    difference = round(value - reckoned)
    side = ADDED if difference > 0 else LOST
    used: list[FlowException] = []
    open_number = abs(difference)
    for exception in exceptions:
        size = exception.n if exception.n is not None else len(exception.ids) or open_number
        if open_number and side in EXCEPTIONS[exception.name].get(name, ()) and size <= open_number:
            used.append(exception)
            open_number -= size
    holds = value == reckoned or (bool(used) and open_number == 0)
    on_trust = name == "F7" and any(each.name == "other_dedup" for each in used)
    return Identity(
        name,
        text,
        right,
        holds,
        "; ".join(dict.fromkeys(each.name for each in used)) or None if holds else None,
        difference=difference,
        weight="W" if on_trust else "I",
        by=tuple(used) if holds else (),
    )


def _studies_and_reports(flow: _Totals, exceptions: Sequence[FlowException]) -> Identity | None:
    """Totals cannot tell which report belongs to which study; more studies than reports need a name all the same."""
    update = flow.get("previous_reports") is not None
    pairs = (("included_studies", "included_reports"),) if update else (
        ("total_studies", "total_reports"), ("included_studies", "included_reports"),
    )  # fmt: skip
    for studies, reports in pairs:
        identity = _judge_total("F10", flow.pair(studies), flow.pair(reports)[0], flow.get(reports), [
            *exceptions,
            FlowException("studies_fewer_than_reports", "several reports describe one study", derived=True),
        ])  # fmt: skip
        if identity is not None:
            return replace(identity, weight="W") if identity.holds else identity
    return None


def _monotone(flow: _Totals, arm: _Totals, sought: str, exceptions: Sequence[FlowException]) -> Identity | None:

    def total(unit: str) -> str:
        return f"total_{unit}" if flow.get(f"total_{unit}") is not None else f"included_{unit}"

    chains = (
        (flow, ("identified", "screened", "excluded")),
        (flow, (sought, "assessed", "reports_excluded")),
        (flow, (sought, "assessed", "included_reports")),
        (flow, (total("reports"), "total_reports_ma")),
        (flow, (total("studies"), "total_studies_ma")),
        (flow, ("previous_reports",)),
        (flow, ("previous_studies",)),
        (arm, ("identified",)),
        (arm, ("sought", "assessed", "excluded")),
        (arm, ("sought", "assessed", "included_reports")),
    )
    wrong, above = [], 0.0
    for totals, names in chains:
        given = [(name, value) for name in names if (value := totals.get(name)) is not None]
        wrong += [f"{totals.prefix}{n} {v:g} is not a whole number of 0 or more" for n, v in given if v < 0 or v % 1]
        for (larger, n), (smaller, m) in pairwise(given):
            if m > n:
                wrong.append(f"{totals.prefix}{smaller} {m:g} is more than {larger} {n:g}")
                above += m - n
    for name in ("duplicates", "automation", "removed_other", "not_retrieved", "awaiting", "ongoing"):
        value = flow.get(name)
        if value is not None and (value < 0 or value % 1):
            wrong.append(f"{name} {value:g} is not a whole number of 0 or more")
    main = ("identified", "screened", sought, "assessed", "included_reports")
    if all(flow.get(name) is None for name in main):
        return None
    named = [each for each in exceptions if ADDED in EXCEPTIONS[each.name].get("F12", ())]
    only_sizes = all("is more than" in each for each in wrong)
    holds = not wrong or (only_sizes and bool(named))
    return Identity(
        "F12",
        "; ".join(dict.fromkeys(wrong)) or "no box is larger than the one before it",
        "each box is at most the one before it, whole and 0 or more",
        holds,
        named[0].name if wrong and holds else None,
        difference=round(above),
        by=(named[0],) if wrong and holds else (),
    )
