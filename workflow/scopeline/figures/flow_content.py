"""What a flow diagram says, box by box, in the words of PRISMA 2020: the same for every form in which it is told.

Wording, order and numbers of boxes follow the four templates of PRISMA 2020 (Page 2021, BMJ 372:n71, CC BY 4.0):
a new or an updated review, with databases and registers alone or with other methods as well. Its asterisks are
instructions to the authors and are followed instead of printed: each database and register is named, and exclusions are
split between a human and automation tools where a tool was used. Beyond the templates stand boxes that a review may
need: reports awaiting classification and of ongoing studies, and what the arm of other methods lost before its reports.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scopeline import text
from scopeline.errors import ConfigurationError

#: How included studies are called: PRISMA 2020, or PRISMA-ScR (item 14).
WORDINGS = ("studies", "sources of evidence")

IDENTIFICATION, SCREENING, INCLUDED = "Identification", "Screening", "Included"

#: The mark of a number that somebody typed.
TYPED = "†"

#: The number of each box in PRISMA 2020; 17 is of the R package PRISMA2020 and not in the statement.
PRISMA_BOXES = {
    "previous_studies": 1, "previous_reports": 1, "identified": 2, "duplicates": 3, "automation": 3,
    "removed_other": 3, "screened": 4, "excluded": 5, "excluded_human": 5, "excluded_automation": 5, "sought": 6,
    "not_retrieved": 7, "assessed": 8, "reports_excluded": 9, "included_studies": 10, "included_reports": 10,
    "other_identified": 11, "other_sought": 12, "other_not_retrieved": 13, "other_assessed": 14,
    "other_reports_excluded": 15, "total_studies": 16, "total_reports": 16, "total_studies_ma": 17,
    "total_reports_ma": 17,
}  # fmt: skip

#: What heads the exceptions that the team named, and those that nobody needs to name.
NAMED, DERIVED = "Named exceptions", "Remarks that follow from the counts"

#: The figure names so many IDs of an exception; flow.json and the page have them all.
MOST_IDS = 12

_REMOVED = ("duplicates", "automation", "removed_other")
_DATABASES_ONLY = {"database", "register"}


@dataclass(frozen=True)
class Line:
    """One line of a box: its words and its number.

    kind is "box" (`key` is the box), "source" (the kind of source), "place" (the name of a source), "reason", or
    "words" for what has no number of its own. `full` is the label in flow.json; `unit` what is counted.
    """

    label: str
    n: int | None = None
    kind: str = "words"
    key: str = ""
    level: int = 0
    ending: str = ""
    typed: bool = False
    full: str = ""
    unit: str = ""

    @property
    def text(self) -> str:
        number = "" if self.n is None else f" (n = {self.n:,})"
        return f"{self.label}{number}{TYPED if self.typed else ''}{self.ending}"


@dataclass(frozen=True)
class Cell:
    """One box of the figure. `name` is the box of flow.json that it is as a whole; "" where its lines are boxes.

    `listing` is what its places or reasons are called where they do not fit and stand in a list of their own below.
    """

    id: str
    lines: tuple[Line, ...]
    name: str = ""
    grey: bool = False
    listing: str = ""

    @property
    def movable(self) -> tuple[Line, ...]:
        """The lines that may stand in a list below the figure instead."""
        return tuple(line for line in self.lines if line.kind in ("place", "reason"))

    def shortened(self) -> "Cell":
        """The box without its long list, which is below."""
        kept = tuple(line for line in self.lines if line.kind not in ("place", "reason"))
        said = (
            "each source is named below"
            if any(line.kind == "place" for line in self.lines)
            else "reasons are listed below"
        )
        return replace(self, lines=(*kept, Line(said, level=1)))


@dataclass(frozen=True)
class Row:
    """A box and those beside it, in one stage."""

    stage: str
    main: Cell | None
    side: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Arm:
    """One way on which records are found: its heading and its rows, which stand level with those of the other arm."""

    name: str
    heading: str
    grey: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Listing:
    """A list below the figure: each item may be marked by the box that it belongs to."""

    id: str
    title: str
    items: tuple[Line, ...]
    of: str = ""
    columns: bool = False


@dataclass(frozen=True)
class Content:
    """The whole figure in words. `refusal` is set, and nothing else, where the sums do not hold."""

    pending: int = 0
    arms: tuple[Arm, ...] = ()
    previous: Cell | None = None
    previous_heading: str = ""
    ends: tuple[Cell, ...] = ()
    listings: tuple[Listing, ...] = ()
    refusal: tuple[Line, ...] = ()

    @property
    def banner(self) -> str:
        if not self.pending:
            return ""
        return f"In progress: {text.counted(self.pending, 'record')} pending. The numbers will change."

    def cells(self) -> Iterable[tuple[str, Cell]]:
        """Every box with its stage, in the order of reading."""
        if self.previous is not None:
            yield IDENTIFICATION, self.previous
        for arm in self.arms:
            for row in arm.rows:
                yield from ((row.stage, cell) for cell in (row.main, *row.side) if cell is not None)
        yield from ((INCLUDED, cell) for cell in self.ends)


REFUSED = "The flow diagram is not drawn: its numbers do not add up, and no named exception says why."


def content(
    flow_json: Mapping[str, Any],
    *,
    wording: str = "studies",
    detail_sources: bool = True,
    screening_reasons: bool = False,
) -> Content:
    """Put a flow (`flow_data.as_json`) into the words of its template.

    `wording` is one of `WORDINGS`. `detail_sources` names each database, register and other source below its kind;
    `screening_reasons` lists the reasons at title and abstract, which PRISMA does not ask for. Boxes that the flow
    lacks are left out; so are those beyond the templates that nothing is in. Raises ConfigurationError for another
    wording.
    """
    if wording not in WORDINGS:
        raise ConfigurationError(f"flow diagram: wording is {wording!r}. Write {' or '.join(map(repr, WORDINGS))}.")
    failed = [each for each in flow_json.get("identities") or () if not each["holds"]]
    if failed:
        lines = [Line(both_sides(each), kind="identity", key=str(each["id"]), level=1) for each in failed]
        return Content(refusal=(Line(REFUSED), *lines))
    return _Wording(flow_json, wording, detail_sources, screening_reasons).content()


def both_sides(identity: Mapping[str, Any]) -> str:
    """A sum that does not hold, with both its sides and the IDs that differ."""
    told = f"{identity['id']}: {identity['left']}, but {identity['right']}."
    ids = [*(identity.get("only_left") or ()), *(identity.get("only_right") or ())]
    if ids:
        told += f" Differs: {_listed(ids)}."
    return told.replace("_", " ")


class _Wording:
    def __init__(self, told: Mapping[str, Any], wording: str, detail: bool, screening_reasons: bool) -> None:
        self.told, self.wording, self.detail, self.screening = told, wording, detail, screening_reasons
        self.boxes: Mapping[str, Mapping[str, Any]] = told.get("boxes") or {}
        template = told.get("template") or {}
        self.updated = bool(template.get("previous")) or any(name.startswith("previous_") for name in self.boxes)
        self.other = bool(template.get("other")) or any(
            name in self.boxes for name in ("other_identified", "other_sought")
        )
        self.typed = list(told.get("typed") or ())

    def content(self) -> Content:
        arms = [self._arm("databases", "")] if any(not self._elsewhere(name) for name in self.boxes) else []
        if self.other:
            arms.append(self._arm("other", "other_"))
        previous = self._several("box-previous", ("previous_studies", "previous_reports"), grey=True)
        ends = [
            self._several("box-included", ("included_studies", "included_reports", "other_included_reports")),
            self._several("box-total", ("total_studies", "total_reports"), grey=True),
            self._several("box-total-ma", ("total_studies_ma", "total_reports_ma"), grey=True),
        ]
        return Content(
            pending=int(self.told.get("pending") or 0),
            arms=tuple(arms),
            previous=previous,
            previous_heading=self._say("Previous studies"),
            ends=tuple(each for each in ends if each is not None),
            listings=tuple(self._listings()),
        )

    @staticmethod
    def _elsewhere(name: str) -> bool:
        return name.startswith(("other_", "previous_", "total_", "included_"))

    def _say(self, label: str) -> str:
        """A label of ours in the chosen wording."""
        if self.wording == "studies" or "ongoing" in label:
            return label
        return label.replace("Studies", "Sources of evidence").replace("studies", "sources of evidence")

    def _line(self, name: str, level: int = 0, ending: str = "") -> Line:
        box = self.boxes[name]
        label = str(box["label"])
        if name.startswith("other_"):
            label = label.removesuffix(" (other methods)").removesuffix(" from other methods")
        label = {
            "excluded_human": "by a human",
            "excluded_automation": "by automation tools",
            "other_included_reports": "of these, from other methods",
        }.get(name, label)
        if self.updated and name == "included_studies":
            label = label.replace("Studies included", "New studies included")
        if self.updated and name == "included_reports":
            label = label.replace("Reports of included", "Reports of new included")
        return Line(
            self._say(label),
            int(box["n"]),
            "box",
            name,
            level,
            ending,
            bool(box.get("typed")),
            str(box["label"]),
            str(box["unit"]),
        )

    def _single(
        self, name: str, further: Sequence[Line] = (), ending: str = "", listing: str = "", always: bool = True
    ) -> Cell | None:
        if name not in self.boxes or not (always or self.boxes[name]["n"]):
            return None
        head = self._line(name, ending=ending if further else "")
        grey = name.startswith("other_")
        return Cell(f"box-{name}", (head, *further), name, grey, listing)

    def _several(self, identifier: str, names: Sequence[str], head: str = "", *, grey: bool = False) -> Cell | None:
        found = [name for name in names if name in self.boxes]
        if not found:
            return None
        lines = [self._line(name, 1 if head or name == "other_included_reports" else 0) for name in found]
        return Cell(identifier, (*([Line(head)] if head else []), *lines), grey=grey)

    def _arm(self, name: str, prefix: str) -> Arm:
        sources = self._sources(prefix)
        reasons = self._reasons(f"{prefix}reports_excluded")
        removed = [f"{prefix}{each}" for each in _REMOVED]
        if prefix and not any(self.boxes.get(each, {}).get("n") for each in removed):
            removed = []
        split = [
            self._line(each, 1)
            for each in ("excluded_human", "excluded_automation")
            if each in self.boxes and not prefix
        ]
        excluded = f"{prefix}records_excluded" if prefix else "excluded"
        why = self._reasons(excluded) if self.screening else []
        found = self._single(
            f"{prefix}identified",
            sources,
            " from:",
            "Records identified",
        )
        waiting = self._several(f"box-{prefix}waiting", (f"{prefix}awaiting", f"{prefix}ongoing"), grey=bool(prefix))
        rows = (
            (IDENTIFICATION, found, self._several(f"box-{prefix}removed", removed, "Records removed before screening:",
                                                 grey=bool(prefix))),
            (SCREENING, self._single(f"{prefix}screened"), self._single(
                excluded, [*split, *why], ":", "Records excluded", always=not prefix)),
            (SCREENING, self._single(f"{prefix}sought"), self._single(f"{prefix}not_retrieved")),
            (SCREENING, self._single(f"{prefix}assessed"), self._single(
                f"{prefix}reports_excluded", reasons, ":", "Reports excluded"), waiting),
        )  # fmt: skip
        told = [Row(stage, main, tuple(each for each in side if each is not None)) for stage, main, *side in rows]
        return Arm(name, self._heading(name), bool(prefix), tuple(told))

    def _heading(self, name: str) -> str:
        given = {each["name"]: each["heading"] for each in self.told.get("arms") or ()}
        kinds = {kind for kind, source in (self.told.get("sources") or {}).items() if source["n"]}
        alone = "databases and registers" if kinds <= _DATABASES_ONLY else "databases, registers and other sources"
        via = "other methods" if name == "other" else alone
        heading = given.get(name) or f"Identification of studies via {via}"
        if self.updated:
            heading = heading.replace("Identification of studies", "Identification of new studies")
        return self._say(heading)

    def _sources(self, prefix: str) -> list[Line]:
        by_kind = self.told.get("other_sources" if prefix else "sources") or {}
        typed_box = bool(self.boxes.get(f"{prefix}identified", {}).get("typed"))
        typed = {
            (each.get("source_type"), each.get("source_name"))
            for each in self.typed
            if typed_box and each["box"] in (f"{prefix}identified", "identified", "removed_before_import")
        }
        lines = []
        for kind, source in by_kind.items():
            label = str(source.get("label", kind))
            names = source.get("names") or {}
            below = [
                Line(str(place), int(n), "place", str(place), 2, typed=bool({(kind, place), ("", place)} & typed))
                for place, n in sorted(names.items(), key=lambda item: (-item[1], item[0]))
                if len(names) > 1 or str(place).casefold() != label.casefold()
            ]
            unnamed = int(source["n"]) - sum(line.n or 0 for line in below)
            if below and unnamed > 0:
                below.append(Line("not named", unnamed, "place", "", 2))
            marked = any(of == kind or (not of and place in names) for of, place in typed)
            lines.append(
                Line(label, int(source["n"]), "source", str(kind), 1, typed=marked, full=label, unit="records")
            )
            lines += below if self.detail else []
        return lines

    def _reasons(self, box: str) -> list[Line]:
        reasons = (self.told.get("reasons") or {}).get(box) or ()
        typed = {
            each.get("reason") for each in self.typed if each["box"] == box and self.boxes.get(box, {}).get("typed")
        }
        return [
            Line(
                str(each.get("label") or each["reason"]),
                int(each["n"]),
                "reason",
                str(each["reason"]),
                1,
                typed=each["reason"] in typed,
            )
            for each in reasons
        ]

    def _listings(self) -> Iterable[Listing]:
        """What stands below the figure: exceptions, remarks, the previous version, typed numbers, losses."""
        for title, exceptions in by_origin(self.told).items():
            lines = [Line(_exception(each), kind="exception", key=str(each["name"])) for each in exceptions
                     if each["name"] != "pending"]  # fmt: skip
            if lines:
                yield Listing("flow-exceptions" if title == NAMED else "flow-remarks", title, tuple(lines))
        if before := self._previous():
            yield Listing("flow-previous", "Previous version", tuple(before))
        if typed := self._typed_lines():
            title = f"{TYPED} Typed in whole or in part, and not counted from rows"
            yield Listing("flow-typed", title, tuple(typed), columns=True)
        if self.told.get("losses"):
            yield Listing("flow-losses", "", (Line(str(self.told["losses"])),))

    def _previous(self) -> Iterable[Line]:
        previous = self.told.get("previous") or {}
        lines = []
        for name, said in (
            ("studies_in_both", "Studies of the previous version that are in this one too"),
            ("reports_in_both", "Reports of the previous version that are in this one too"),
            ("dropped_studies", "Studies of the previous version that are not included any more"),
            ("dropped_reports", "Reports of the previous version that are not included any more"),
        ):
            ids = previous.get(name) or ()
            if ids:
                lines.append(Line(f"{self._say(said)} (n = {len(ids):,}): {_listed(ids)}.", kind="previous", key=name))
        if previous.get("set_aside"):
            said = f"Records of the previous version that are not counted again (n = {previous['set_aside']:,})."
            lines.append(Line(said, kind="previous", key="set_aside"))
        return lines

    def _typed_lines(self) -> list[Line]:
        """Each typed number that is part of the figure, with its cell; those that rows prove need no mark."""
        lines = []
        for each in self.typed:
            box, early = str(each["box"]), each["box"] == "removed_before_import"
            if not early and not self.boxes.get(box, {}).get("typed"):
                continue
            label = "Removed before import" if early else self._say(str(self.boxes[box]["label"]))
            of = ", ".join(text.clean(each[name]) for name in ("source_name", "reason") if text.clean(each.get(name)))
            kind = text.clean(each.get("source_type"))
            of = of or kind
            why = text.clean(each.get("why")).rstrip(".")
            where = text.clean(each.get("cell"))
            told = f"{label}{f', {of}' if of else ''} (n = {int(each['n']):,})"
            told += f": {where}" if where else ""
            lines.append(Line(f"{told}{f', {why}' if why else ''}", kind="typed", key=box))
        return lines


def by_origin(told: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """The exceptions of a flow under what heads them: those the team named, and those that the counts themselves show.

    A heading with nothing below it is not there.
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    for title, named in ((NAMED, True), (DERIVED, False)):
        if listed := [each for each in told.get("exceptions") or () if each.get("named", True) == named]:
            found[title] = listed
    return found


def _exception(each: Mapping[str, Any]) -> str:
    ids = list(each.get("ids") or ())
    n = each.get("n")
    number = "" if n is None else f" (n = {int(n):,})"
    told = f"{exception_title(each['name'])}{number}: {text.clean(each['why']).rstrip('.')}."
    return f"{told} IDs: {_listed(ids)}." if ids else told


def exception_title(name: Any) -> str:
    """The name of an exception as a person reads it."""
    return text.capital(text.clean(name).replace("_", " ").replace("dedup", "deduplication"))


def _listed(ids: Sequence[Any]) -> str:
    shown = ", ".join(text.clean(each) for each in ids[:MOST_IDS])
    return f"{shown} and more, all of them in flow.json" if len(ids) > MOST_IDS else shown
