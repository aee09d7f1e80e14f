"""Where everything of a flow diagram stands: boxes grow with what they say, and nothing overlaps.

A unit is a quarter of a millimetre of a page 170 mm wide, as in every figure (`look`). Text is measured with the widest
face that is named, so no line is wider than it was reckoned. A list too long for its box (many reasons, many databases)
stands below the figure in as many columns as make it shortest, and its box says so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from scopeline import text
from scopeline.figures import look
from scopeline.figures.flow_content import IDENTIFICATION, INCLUDED, Arm, Cell, Content, Line, Listing, Row

MARGIN, BAR, ROW_GAP, PAD = 12.0, 20.0, 22.0, 8.0

#: A box with more lines than this gives its long list to the foot of the figure: in a figure of one arm, and of two.
MOST_LINES = {"place": (26, 14), "reason": (26, 22)}

#: The least width of a page, and that of one with five columns.
NARROWEST = (560.0, 680.0)

#: Columns narrower than this are set smaller and closer, so that (n = 1,234,567) stands on one line in each of five.
_NARROW = 125.0

_INDENT, _HANG = 9.0, 6.0
_NUMBER = re.compile(r"\(n = [\d,]+\)\S*")
_FIXED = "\u00a0"


@dataclass(frozen=True)
class Said:
    """One line of content as it is set: its rows of text, each with the place of its baseline."""

    line: Line
    rows: tuple[tuple[float, float, str], ...]
    bold: bool = False


@dataclass(frozen=True)
class Block:
    """A rectangle with text. kind is banner, heading, cell, listing (framed), notes (not framed) or refusal."""

    kind: str
    id: str
    x: float
    y: float
    width: float
    height: float
    said: tuple[Said, ...]
    name: str = ""
    grey: bool = False
    size: float = look.SIZE
    centred: bool = False


@dataclass
class Picture:
    """A laid-out figure: blocks in the order of reading, arrows as the points they pass, and the bars of the stages."""

    width: float
    height: float = 0
    blocks: list[Block] = field(default_factory=list)
    arrows: list[tuple[tuple[float, float], ...]] = field(default_factory=list)
    bars: list[tuple[str, float, float]] = field(default_factory=list)


def lay_out(content: Content, width: float = look.WIDTH) -> Picture:
    """Give everything its place on a page `width` units wide, or as wide as its columns need (`NARROWEST`)."""
    five = content.previous is not None and len(content.arms) > 1
    picture = Picture(max(float(width), NARROWEST[five]))
    if content.refusal:
        inner = picture.width - 2 * MARGIN
        said, height = _set(content.refusal, MARGIN + PAD, MARGIN + PAD, inner - 2 * PAD, look.SIZE)
        picture.blocks.append(Block("refusal", "flow-refused", MARGIN, MARGIN, inner, height + 2 * PAD, tuple(said)))
        picture.height = height + 2 * PAD + 2 * MARGIN
        return picture
    _Page(content, picture).lay()
    return picture


class _Page:
    def __init__(self, content: Content, picture: Picture) -> None:
        self.content, self.picture = content, picture
        self.left, self.right = MARGIN + BAR + 8, picture.width - MARGIN
        weights = ([("previous", 1.0)] if content.previous else []) + [
            ((arm.name, side), weight)
            for arm in content.arms
            for side, weight in (("main", 1.0), ("side", 1.12 if len(content.arms) > 1 else 1.3))
        ]
        weights = weights or [(("databases", "main"), 1.0)]
        whole = sum(weight for _, weight in weights)
        self.gap = 20.0
        share = (self.right - self.left - self.gap * (len(weights) - 1)) / whole
        self.narrow = share < _NARROW
        if self.narrow:
            self.gap = 16.0
            share = (self.right - self.left - self.gap * (len(weights) - 1)) / whole
        self.size: float = look.SMALL if self.narrow else look.SIZE
        self.pad = 6.0 if self.narrow else PAD
        self.columns: dict[object, tuple[float, float]] = {}
        x = self.left
        for key, weight in weights:
            self.columns[key] = (x, weight * share)
            x += weight * share + self.gap
        self.moved: list[Listing] = []
        self.y = MARGIN
        self.apart = self._apart()

    def _apart(self) -> set[str]:
        """The boxes whose long list stands below; if the names of one arm's sources do, then those of both."""
        found = set()
        for arm in self.content.arms:
            for row in arm.rows:
                for cell, place in ((row.main, "main"), *((each, "side") for each in row.side)):
                    if cell is None or not cell.movable:
                        continue
                    width = self.columns[arm.name, place][1] - 2 * self.pad
                    said, _ = _set(cell.lines, 0, 0, width, self.size, narrow=self.narrow)
                    if (
                        sum(len(each.rows) for each in said)
                        > MOST_LINES[cell.movable[0].kind][len(self.content.arms) > 1]
                    ):
                        found.add(cell.name)
        return found | ({"identified", "other_identified"} if found & {"identified", "other_identified"} else set())

    def lay(self) -> None:
        self._banner()
        self._headings()
        mains, previous = self._rows()
        self._ends(mains, previous)
        below = (*self.moved, *self.content.listings)
        if not below:
            self.y -= ROW_GAP
        for listing in below:
            self._listing(listing, framed=listing in self.moved)
        self.picture.height = self.y + MARGIN

    def _banner(self) -> None:
        if not self.content.banner:
            return
        line = Line(self.content.banner, kind="pending", key=str(self.content.pending))
        inner = self.right - self.left
        said, height = _set([line], self.left + PAD, self.y + PAD, inner - 2 * PAD, look.SIZE, bold=True)
        self.picture.blocks.append(
            Block("banner", "flow-pending", self.left, self.y, inner, height + 2 * PAD, tuple(said))
        )
        self.y += height + 2 * PAD + 10

    def _headings(self) -> None:
        told: list[tuple[str, str, bool, float, float]] = []
        if self.content.previous:
            told.append(("previous", self.content.previous_heading, True, *self.columns["previous"]))
        for arm in self.content.arms:
            x, width = self.columns[arm.name, "main"]
            far, wide = self.columns[arm.name, "side"]
            told.append((arm.name, arm.heading, arm.grey, x, far + wide - x if width else wide))
        rows = [_wrapped(heading, width - 2 * PAD, self.size, bold=True) for _, heading, _, _, width in told]
        leading = _leading(self.size)
        height = max((len(each) for each in rows), default=0) * leading + 2 * PAD - 2
        for (name, heading, grey, x, width), lines in zip(told, rows, strict=True):
            top = self.y + (height - len(lines) * leading) / 2 + self.size * 0.92
            placed = tuple((x + width / 2, top + number * leading, each) for number, each in enumerate(lines))
            said = (Said(Line(heading), placed, bold=True),)
            self.picture.blocks.append(
                Block("heading", f"flow-heading-{name}", x, self.y, width, height, said, grey=grey, size=self.size,
                      centred=True)
            )  # fmt: skip
        self.y += height + 14 if told else 0

    def _rows(self) -> tuple[dict[str, Block], Block | None]:
        """Set the rows of all arms level with each other; gives the last main box of each arm, and the previous one."""
        arms = self.content.arms
        stages: dict[str, float] = {}
        before: Block | None = None
        last: dict[str, Block] = {}
        by_arm: dict[str, list[Block]] = {arm.name: [] for arm in arms}
        number = max((len(arm.rows) for arm in arms), default=0)
        if self.content.previous and not number:
            number = 1
        for place in range(number):
            rows = [(arm, arm.rows[place]) for arm in arms]
            stage = rows[0][1].stage if rows else IDENTIFICATION
            if not any(row.main or row.side for _, row in rows) and not (place == 0 and self.content.previous):
                continue
            top, bottom = self.y, self.y
            if place == 0 and self.content.previous:
                before = self._cell(self.content.previous, *self.columns["previous"], top)
                bottom = max(bottom, before.y + before.height)
            for arm, row in rows:
                bottom = max(bottom, self._row(arm, row, top, last, by_arm[arm.name]))
            start = stages.setdefault(stage, top)
            if not any(self._has(arm, stage, place) for arm in arms):
                bottom = max(bottom, start + _bar_needs(stage))
                self.picture.bars.append((stage, start, bottom))
            self.y = bottom + ROW_GAP
        if before:
            self.picture.blocks.append(before)
        for arm in arms:
            self.picture.blocks += by_arm[arm.name]
        return last, before

    @staticmethod
    def _has(arm: Arm, stage: str, place: int) -> bool:
        """Whether a later row of the arm stands in the same stage and says anything."""
        return any(row.stage == stage and (row.main or row.side) for row in arm.rows[place + 1 :])

    def _row(
        self,
        arm: Arm,
        row: Row,
        top: float,
        last: dict[str, Block],
        blocks: list[Block],
    ) -> float:
        x, width = self.columns[arm.name, "main"]
        side_x, side_width = self.columns[arm.name, "side"]
        middle, bottom = x + width / 2, top
        main = self._cell(row.main, x, width, top) if row.main else None
        if main:
            above = last.get(arm.name)
            if above:
                self.picture.arrows.append(((middle, above.y + above.height), (middle, top)))
            last[arm.name] = main
            blocks.append(main)
            bottom = top + main.height
        elbow, start, level = side_x - self.gap / 2, None, top
        y = top
        for each in row.side:
            side = self._cell(each, side_x, side_width, y)
            blocks.append(side)
            if start is None:
                tall = min(main.height, side.height) if main else side.height
                level = y + tall / 2
                start = (x + width, level) if main else (middle, level)
                self.picture.arrows.append((start, (side_x, level)))
            else:
                there = y + side.height / 2
                self.picture.arrows.append(((elbow, level), (elbow, there), (side_x, there)))
            y += side.height + 10
            bottom = max(bottom, side.y + side.height)
        return bottom

    def _ends(self, mains: dict[str, Block], previous: Block | None) -> None:
        """The boxes of what is included, below each other, and the ways that lead to them."""
        column = self.columns.get(("databases", "main")) or next(
            self.columns[key] for key in self.columns if key != "previous"
        )
        x, width = column
        middle, above = x + width / 2, mains.get("databases")
        start, blocks = self.y, []
        for cell in self.content.ends:
            least = _bar_needs(INCLUDED) if len(self.content.ends) == 1 else 0
            block = self._cell(cell, x, width, self.y, least)
            blocks.append(block)
            if above:
                self.picture.arrows.append(((middle, above.y + above.height), (middle, self.y)))
            above = block
            self.y += block.height + ROW_GAP
        if not blocks:
            return
        self.picture.blocks += blocks
        self.picture.bars.append((INCLUDED, start, self.y - ROW_GAP))
        first = blocks[0]
        other = mains.get("other")
        if other and "databases" in mains:
            level, from_x = first.y + first.height / 2, other.x + other.width / 2
            self.picture.arrows.append(((from_x, other.y + other.height), (from_x, level), (x + width, level)))
        elif other:
            self.picture.arrows.append(((middle, other.y + other.height), (middle, first.y)))
        if previous:
            total = next((block for block in blocks if block.id == "box-total"), first)
            level, from_x = total.y + total.height / 2, previous.x + previous.width / 2
            self.picture.arrows.append(((from_x, previous.y + previous.height), (from_x, level), (x, level)))

    def _cell(self, cell: Cell, x: float, width: float, y: float, least: float = 0) -> Block:
        if cell.name in self.apart and cell.movable:
            self.moved.append(_listing_of(cell))
            cell = cell.shortened()
        hang = sum(line.level == 0 for line in cell.lines) > 1
        pad, inner = self.pad, width - 2 * self.pad
        said, height = _set(cell.lines, x + pad, y + pad, inner, self.size, hang=hang, narrow=self.narrow)
        if height + 2 * pad < least:
            top = y + (least - height) / 2
            said, _ = _set(cell.lines, x + pad, top, inner, self.size, hang=hang, narrow=self.narrow)
            height = least - 2 * pad
        return Block("cell", cell.id, x, y, width, height + 2 * pad, tuple(said), cell.name, cell.grey, self.size)

    def _listing(self, listing: Listing, *, framed: bool) -> None:
        left = MARGIN
        inner = self.picture.width - 2 * MARGIN
        pad = PAD if framed else 0
        y = self.y if self.picture.blocks else MARGIN
        said: list[Said] = []
        top = y + pad
        if listing.title:
            title, height = _set([Line(listing.title)], left + pad, top, inner - 2 * pad, look.SMALL, bold=True)
            said += title
            top += height + 2
        columns = _columns(listing.items, inner - 2 * pad, look.SMALL, most=4 if listing.columns else 1)
        wide = (inner - 2 * pad - 14 * (len(columns) - 1)) / len(columns)
        bottom = top
        for number, items in enumerate(columns):
            plain = [replace(item, level=int(item.kind == "place")) for item in items]
            placed, height = _set(plain, left + pad + number * (wide + 14), top, wide, look.SMALL, hang=True)
            said += placed
            bottom = max(bottom, top + height)
        self.picture.blocks.append(
            Block("listing" if framed else "notes", listing.id, left, y, inner, bottom - y + pad, tuple(said),
                  listing.of, size=look.SMALL)
        )  # fmt: skip
        self.y = bottom + pad + 10


def _listing_of(cell: Cell) -> Listing:
    """The long list of a box as a list below the figure; names of sources stand below their kind."""
    where = ", other methods" if cell.grey else ""
    if cell.movable[0].kind == "reason":
        return Listing(f"list-{cell.name}", f"{cell.listing}{where}, by reason", cell.movable, cell.name, columns=True)
    items: list[Line] = []
    for line, after in zip(cell.lines, (*cell.lines[1:], None), strict=True):
        if line.kind == "place":
            items.append(line)
        elif line.kind == "source" and after is not None and after.kind == "place":
            items.append(Line(f"{line.label}:"))
    return Listing(f"list-{cell.name}", f"{cell.listing}{where}, by source", tuple(items), cell.name, columns=True)


def _columns(items: Sequence[Line], width: float, size: float, *, most: int) -> list[list[Line]]:
    """The items in as many columns as make the list lowest, filled one after the other."""
    best: tuple[int, list[list[Line]]] | None = None
    for number in range(1, most + 1):
        wide = (width - 14 * (number - 1)) / number
        if number > 1 and wide < 120:
            break
        tall = [len(_wrapped(item.text, wide - _INDENT * (item.kind == "place"), size, _HANG)) for item in items]
        needs = [
            lines + (after if item.kind == "words" else 0)
            for item, lines, after in zip(items, tall, [*tall[1:], 0], strict=True)
        ]
        height = max([-(-sum(tall) // number), *needs], default=0)
        while len(filled := _filled(items, tall, needs, height)) > number:
            height += 1
        if best is None or height < best[0]:
            best = (height, filled)
    return best[1] if best and best[1] else [[]]


def _filled(items: Sequence[Line], tall: Sequence[int], needs: Sequence[int], height: int) -> list[list[Line]]:
    """Fill columns of one height one after the other; a heading stays with what it heads."""
    columns: list[list[Line]] = []
    used = height
    for item, lines, need in zip(items, tall, needs, strict=True):
        if used + need > height:
            columns.append([])
            used = 0
        columns[-1].append(item)
        used += lines
    return columns


def _set(
    lines: Sequence[Line],
    x: float,
    y: float,
    width: float,
    size: float,
    *,
    bold: bool = False,
    hang: bool = False,
    narrow: bool = False,
) -> tuple[list[Said], float]:
    """Set lines below each other from the top `y`: what is said, and how high it is."""
    leading, said, rows = _leading(size), [], 0
    step, further = (6.0, 4.0) if narrow else (_INDENT, _HANG)
    for line in lines:
        indent = step * line.level
        deep = further if line.level or hang else 0.0
        wrapped = _wrapped(line.text, width - indent, size, deep, bold=bold)
        placed = [
            (x + indent + (deep if number else 0), y + size * 0.92 + (rows + number) * leading, each)
            for number, each in enumerate(wrapped)
        ]
        said.append(Said(line, tuple(placed), bold))
        rows += len(wrapped)
    return said, rows * leading - (leading - size)


def _leading(size: float) -> float:
    return round(size * 1.27, 2)


def _bar_needs(stage: str) -> float:
    return look.width_of(stage, look.SIZE, bold=True) + 10


def _measure(said: str, size: float, bold: bool) -> float:
    return look.width_of(said.replace(_FIXED, " "), size, bold=bold)


def _wrapped(said: str, width: float, size: float, hang: float = 0, *, bold: bool = False) -> list[str]:
    """Break at spaces so that each line fits, those after the first with `hang` less; a longer word is broken too.

    A number stays with its "n =" on one line, and the address of a cell on one where it fits.
    """
    line, lines = "", []
    plain = " ".join(text.clean(said).split()).replace(" › ", f"{_FIXED}›{_FIXED}")
    words = _NUMBER.sub(lambda found: found[0].replace(" ", _FIXED), plain).split(" ")
    for word in words:
        grown = f"{line} {word}" if line else word
        if _measure(grown, size, bold) <= width:
            line = grown
            continue
        if line:
            lines.append(line)
            width, hang = width - hang, 0
        line = word
        while _measure(line, size, bold) > width and len(line) > 1:
            cut = next(place for place in range(1, len(line) + 1) if _measure(line[:place], size, bold) > width)
            cut = _break(line, max(cut - 1, 1))
            lines.append(line[:cut])
            line = line[cut:]
            width, hang = width - hang, 0
    lines = [*lines, line] if line or not lines else lines
    return [each.replace(_FIXED, " ") for each in lines]


def _break(word: str, most: int) -> int:
    """Where a word too long for a line is broken: after a hyphen, a slash or before a dot, else where the line ends."""
    places = [found.start() + (found[0] != ".") for found in re.finditer(r"[-/_.]", word[:most])]
    good = [place for place in places if place >= most // 3 and place < len(word)]
    return good[-1] if good else most
