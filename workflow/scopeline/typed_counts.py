"""Numbers of a flow that were typed by the team or written by another tool (the table `flow_counts`).

One row is one number: box, source_type, source_name, reason, n, and why or note. A box is called by our name
(`terms.BOXES`, `terms.FURTHER_BOXES`, and `removed_before_import`) or by the variable of the PRISMA2020 template
(`dbr_assessed`), in which case a PRISMA.csv can be read as it is (its column `data` names the variable). n may be a
list as the template writes it: "Study design, 26; Intervention, 16".

`removed_before_import` counts records that another tool removed before the others were imported; its reason is
duplicates (if none is given), automation or other.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from scopeline import prisma_template
from scopeline.errors import DataError
from scopeline.flow_rows import SOURCE_LABELS, Source
from scopeline.identities import FlowException, Identity
from scopeline.terms import ALL_BOXES, OTHER_METHODS, SourceType

BEFORE_IMPORT = "removed_before_import"

#: The variables of the PRISMA2020 template and of ours beside them: box and source type.
TEMPLATE = {
    "database_results": ("identified", "database"),
    "database_specific_results": ("identified", "database"),
    "register_results": ("identified", "register"),
    "register_specific_results": ("identified", "register"),
    "not_stated_results": ("identified", "not_stated"),
    "website_results": ("other_identified", "website"),
    "organisation_results": ("other_identified", "organisation"),
    "citations_results": ("other_identified", "citation"),
    "other_results": ("other_identified", "other"),
    "excluded_automatic": ("automation", ""),
    "excluded_other": ("removed_other", ""),
    "records_screened": ("screened", ""),
    "records_excluded": ("excluded", ""),
    "dbr_sought_reports": ("sought", ""),
    "dbr_notretrieved_reports": ("not_retrieved", ""),
    "dbr_assessed": ("assessed", ""),
    "dbr_excluded": ("reports_excluded", ""),
    "other_sought_reports": ("other_sought", ""),
    "other_notretrieved_reports": ("other_not_retrieved", ""),
    "other_excluded": ("other_reports_excluded", ""),
    "new_studies": ("included_studies", ""),
    "new_reports": ("included_reports", ""),
    **{variable: (box, "") for box, variable in prisma_template.FURTHER.items()},
}
_DRAWING = ("NA", "identification", "screening", "included")
_ITEM = re.compile(r"^(?P<name>.*?\S)\s*(?:[,:=]|\.(?=\s))\s*(?P<n>[^\s,:=]+)$")


@dataclass(frozen=True)
class TypedCount:
    """One typed number: n of a box, or of one source or one reason in it ("" where it is of the whole box)."""

    box: str
    n: int
    source_type: str = ""
    source_name: str = ""
    reason: str = ""
    why: str = ""
    address: str = ""

    @property
    def told(self) -> str:
        """Which number it is, for people."""
        return " ".join([self.box, *(each for each in (self.source_type, self.source_name, self.reason) if each)])

    @property
    def where(self) -> str:
        return f" at {self.address}" if self.address else ""


def read(frame: pd.DataFrame | None, addresses: Sequence[str] | None = None) -> tuple[TypedCount, ...]:
    """Read the table; `addresses` are the cells of n, one a row. Rows without a number, and the template's placeholders
    ("xxx") and its rows that only draw, are passed over.

    Raises DataError naming every cell that cannot be used: an unknown box, a number that is none, one typed twice.
    """
    found, faults = _read(frame, addresses)
    if faults:
        raise DataError("Typed numbers of the flow (flow_counts) cannot be used:\n  " + "\n  ".join(faults))
    return found


def _read(frame: pd.DataFrame | None, addresses: Sequence[str] | None) -> tuple[tuple[TypedCount, ...], list[str]]:
    if frame is None or frame.empty:
        return (), []
    names = ["box", "source_type", "source_name", "reason", "n", "why", "note"]
    table = frame.assign(box=frame["data"]) if "data" in frame.columns else frame
    table = table.reindex(columns=names).astype(object)
    cells = list(addresses) if addresses is not None else [""] * len(table)
    found: list[TypedCount] = []
    faults: list[str] = []
    for values, cell in zip(table.itertuples(index=False, name=None), cells, strict=True):
        texts = dict(zip(names, map(_text, values), strict=True))
        key, n = texts.pop("box"), texts.pop("n")
        if key in _DRAWING or not (key or n) or n in ("", "NA"):
            continue
        at = f"{cell}: " if cell else f"{key}: "
        box, kind = TEMPLATE.get(key, (key, ""))
        if box not in ALL_BOXES and box != BEFORE_IMPORT:
            faults.append(f"{at}there is no box {key!r}. {_near(key, [*ALL_BOXES, BEFORE_IMPORT, *TEMPLATE])}")
            continue
        kind = texts["source_type"] or kind
        if kind and kind not in SOURCE_LABELS:
            faults.append(f"{at}there is no source type {kind!r}. {_near(kind, [str(each) for each in SOURCE_LABELS])}")
            continue
        why = "; ".join(each for each in (texts["why"], texts["note"]) if each)
        base = TypedCount(box, 0, kind, texts["source_name"], texts["reason"], why, cell)
        numbers, fault = _numbers(n)
        if fault:
            faults.append(f"{at}n of {key} is {fault}")
        for name, number in numbers:
            part = {} if not name else {"source_name": name} if box.endswith("identified") else {"reason": name}
            found.append(replace(base, n=number, **part))
    seen: dict[tuple[str, str, str, str], TypedCount] = {}
    for each in found:
        key_of = (each.box, each.source_type, each.source_name, each.reason)
        if key_of in seen:
            faults.append(f"{each.told} is typed twice{seen[key_of].where} and{each.where}. Keep one.")
        seen[key_of] = each
    return _used(found), faults


def _used(found: Sequence[TypedCount]) -> tuple[TypedCount, ...]:
    """Without the zeros that the template holds in boxes nobody used: of previous versions and of totals."""
    n = {each.box: each.n for each in found if not each.reason}
    updated = any(n.get(box) for box in ("previous_studies", "previous_reports"))

    def unused(each: TypedCount) -> bool:
        if each.box.endswith("_ma"):
            return each.n == 0
        if each.box.startswith("previous_"):
            return not updated
        if each.box.startswith("total_") and not updated:
            return each.n in (0, n.get(each.box.replace("total_", "included_")))
        return False

    return tuple(each for each in found if not unused(each))


def _text(value: Any) -> str:
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124  (NaN)
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else " ".join(str(value).split())


def _numbers(text: str) -> tuple[list[tuple[str, int]], str]:
    """The numbers of a cell with their names ("" for a number alone), and what is wrong with it."""
    if re.fullmatch(r"\d+(\.0+)?", text):
        return [("", int(float(text)))], ""
    found = []
    for item in (part.strip() for part in text.split(";")):
        match = _ITEM.match(item)
        if not item or (match and match["n"].lower().strip("x") == ""):
            continue
        if not match or not re.fullmatch(r"\d+", match["n"]):
            return [], f"{text!r}. Write a whole number of 0 or more, or a list such as: Reason, 12; Other reason, 3."
        found.append((match["name"], int(match["n"])))
    return found, ""


def _near(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean {near[0]}?" if near else f"Choose one of: {', '.join(known)}."


@dataclass(frozen=True)
class BeforeImport:
    """What was removed before the import, by box (duplicates, automation, removed_other) and by source type."""

    boxes: dict[str, int]
    sources: dict[str, tuple[int, dict[str, int]]]
    exception: FlowException | None
    cells: tuple[str, ...]

    @property
    def n(self) -> int:
        return sum(self.boxes.values())


def before_import(typed: Sequence[TypedCount]) -> BeforeImport:
    """Sum what was removed in another tool, with the exception that is printed under the figure."""
    boxes: dict[str, int] = {}
    sources: dict[str, tuple[int, dict[str, int]]] = {}
    told = []
    rows = [each for each in typed if each.box == BEFORE_IMPORT and each.n]
    for each in rows:
        reason = each.reason.lower()
        box = "duplicates" if not reason or "dup" in reason else "automation" if "auto" in reason else "removed_other"
        boxes[box] = boxes.get(box, 0) + each.n
        kind = each.source_type or "not_stated"
        n, names = sources.get(kind, (0, {}))
        if each.source_name:
            names = {**names, each.source_name: names.get(each.source_name, 0) + each.n}
        sources[kind] = (n + each.n, names)
        why = f": {each.why}" if each.why else ""
        told.append(f"{each.n} {each.reason or 'duplicates'} (typed{each.where}){why}")
    exception = None
    if rows:
        exception = FlowException(BEFORE_IMPORT, "; ".join(told), n=sum(boxes.values()))
    return BeforeImport(boxes, sources, exception, tuple(each.address for each in rows if each.address))


def with_sources(sources: Mapping[str, Source], more: Mapping[str, tuple[int, Mapping[str, int]]]) -> dict[str, Source]:
    """Sources with further records of which only the number is known."""
    merged = dict(sources)
    for kind, (n, names) in more.items():
        old = merged.get(kind, Source(SOURCE_LABELS[kind], {}, ()))
        both = {**old.names, **{name: old.names.get(name, 0) + size for name, size in names.items()}}
        ranked = dict(sorted(both.items(), key=lambda pair: (-pair[1], pair[0])))
        merged[kind] = replace(old, names=ranked, typed=old.typed + n)
    order = [str(each) for each in SOURCE_LABELS]
    return dict(sorted(merged.items(), key=lambda item: (order.index(item[0]) if item[0] in order else 99, item[0])))


def hold_against(typed: TypedCount, n: int, ids: Sequence[str]) -> Identity:
    """A typed number against the rows: they must be equal, and no exception makes them so."""
    return Identity(
        id="typed",
        left=f"{typed.told} {n}",
        right=f"{typed.n} typed{typed.where}",
        holds=n == typed.n,
        difference=n - typed.n,
        ids=() if n == typed.n else tuple(ids),
        cells=(typed.address,) if typed.address else (),
    )


def totals(typed: Sequence[TypedCount]) -> dict[str, Any]:
    """Typed numbers as `identities.check_totals` takes them."""
    whole: dict[str, Any] = {}
    reasons: dict[str, dict[str, int]] = {}
    summed: dict[str, int] = {}
    named: list[TypedCount] = []
    for each in typed:
        if each.box == BEFORE_IMPORT:
            continue
        if each.reason:
            reasons.setdefault(each.box, {})[each.reason] = each.n
        elif not (each.source_type or each.source_name):
            whole[each.box] = each.n
        elif each.box.endswith("identified"):
            named.append(each)
        else:
            summed[each.box] = summed.get(each.box, 0) + each.n
    for box, n in [*summed.items(), *((box, sum(group.values())) for box, group in reasons.items())]:
        whole.setdefault(box, n)
    whole["places"] = _add_sources(whole, named)
    _add_before_import(whole, before_import(typed))
    for box, key in (("reports_excluded", "reasons"), ("excluded", "excluded_reasons")):
        if box in reasons:
            whole[key] = reasons[box]
    _set_apart(whole, reasons.get("other_reports_excluded"))
    return whole


def _add_sources(whole: dict[str, Any], named: Sequence[TypedCount]) -> dict[str, dict[str, int]]:
    """Put the numbers by source type into `identified` and `other_identified`; returns those by name."""
    found: dict[str, dict[str, int]] = {"": {}, "other_": {}}
    places: dict[str, dict[str, int]] = {}
    for each in named:
        kind = each.source_type or str(SourceType.DATABASE)
        prefix = "other_" if kind in OTHER_METHODS and each.box == "other_identified" else ""
        if each.source_name:
            places.setdefault(kind, {})[each.source_name] = each.n
            found[prefix].setdefault(kind, -1)
        else:
            found[prefix][kind] = each.n
    for prefix, kinds in found.items():
        for kind, n in kinds.items():
            kinds[kind] = sum(places[kind].values()) if n < 0 else n
        box = f"{prefix}identified"
        if kinds and box in whole:
            whole[f"{box}_total"] = whole[box]
        if kinds:
            whole[box] = kinds
    return places


def _add_before_import(whole: dict[str, Any], removed: BeforeImport) -> None:
    if not removed.n:
        return
    more = {kind: n for kind, (n, _) in removed.sources.items()}
    own = whole.get("identified", {})
    if isinstance(own, Mapping):
        whole["identified"] = {kind: own.get(kind, 0) + more.get(kind, 0) for kind in {**own, **more}}
    else:
        whole["identified"] = own + removed.n
    if "identified_total" in whole:
        whole["identified_total"] += removed.n
    for kind, (_, names) in removed.sources.items():
        if kind in whole["places"]:
            own = whole["places"][kind]
            beside = {**names, "not stated": more[kind] - sum(names.values())}
            whole["places"][kind] = {name: own.get(name, 0) + beside.get(name, 0) for name in {**own, **beside}}
    for box, n in removed.boxes.items():
        whole[box] = whole.get(box, 0) + n


def _set_apart(whole: dict[str, Any], reasons: Mapping[str, int] | None) -> None:
    """Take the arm of other methods out of the whole; without any number in it there is none."""
    names = [name for name in whole if name.startswith("other_") and name != "other_included_reports"]
    other = {name.removeprefix("other_"): whole.pop(name) for name in names}
    if "reports_excluded" in other:
        other["excluded"] = other.pop("reports_excluded")
    if any(sum(n.values()) if isinstance(n, Mapping) else n for n in other.values()):
        whole["other"] = other | ({"reasons": reasons} if reasons else {})
        if "assessed" in other:
            left_out = sum(other.get(name, 0) for name in ("excluded", "awaiting", "ongoing"))
            whole.setdefault("other_included_reports", other["assessed"] - left_out)
