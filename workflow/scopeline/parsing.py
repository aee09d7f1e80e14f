"""What a cell means: text and kind → a value of the codebook's type, a kind of missing, or what is wrong with it.

Each distinct content of a column is read once, so a million rows of two words cost two readings. One bad cell costs
its own value and nothing else.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from .cells import Kind
from .codebook import FieldSpec, Value, fold
from .terms import Missing


class Flaw(NamedTuple):
    """Something to say about a cell: the rule, and what fills its sentence."""

    rule: str
    value: str
    expected: str = ""
    message: str = ""
    suggestion: str = ""


class Cell(NamedTuple):
    """The reading of one cell. `first` and `second` are the numbers of a range (low, high) or of a bounded number."""

    value: str | None = None
    first: float | None = None
    second: float | None = None
    sign: str | None = None
    missing: str | None = None
    flaws: tuple[Flaw, ...] = ()


#: What may stand around a value without being part of it: blanks of all kinds.
_BLANKS = " \t\r\n\u00a0\u2007\u202f\u200b\ufeff"
#: Numbers that other programs write for a missing value.
_SENTINELS = frozenset({"-99", "-999", "-9999", "-99999"})
#: Signs that are typed for a missing value.
_PLACEHOLDERS = frozenset(
    {
        ".",
        "..",
        "...",
        "*",
        "/",
        "-",
        "--",
        "\u2013",
        "\u2014",
        "?",
        "x",
        "n/r",
        "nan",
        "null",
        "none",
        "missing",
        "n.r.",
        "n.a.",
    }
)

#: What a cell counts as that has a value which cannot be used.
FAULT = "fault"


@dataclass
class Column:
    """A parsed column: typed arrays by suffix ('' is the field itself) and the flaws by position."""

    arrays: dict[str, pd.Series]
    missing: pd.Series
    flaws: list[tuple[int, Flaw]] = field(default_factory=list)


@dataclass(frozen=True)
class Reading:
    """How cells are to be read: the field, which missing codes may stand in it, and habits of the file."""

    field: FieldSpec
    codes: frozenset[str]
    words: dict[str, Missing]
    decimal: str = "."
    typed: bool = True  # the file tells numbers from text (a workbook, not a csv)
    numbers_as_text: str = "error"


def parse(texts: pa.ChunkedArray, kinds: pa.ChunkedArray | None, how: Reading) -> Column:
    """Read a column. `texts` holds null where the cell is blank; `kinds` is None where all cells are text."""
    if not how.typed and kinds is None:
        kinds = _errors_as_text(texts)
    if how.field.what == "text":
        return _parse_text(texts, kinds, how)
    encoded = (
        texts.combine_chunks().dictionary_encode()
        if texts.num_chunks
        else pa.array([], pa.string()).dictionary_encode()
    )
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    words = encoded.dictionary.to_pylist()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    marks = kinds.to_numpy().astype(np.int64) if kinds is not None else np.zeros(len(codes), np.int64)
    distinct, inverse = np.unique(np.where(codes < 0, -8, codes * 8 + marks), return_inverse=True)
    read = _reader(how)
    blank = Cell(missing=Missing.BLANK)
    results = [blank if code < 0 else read(words[code >> 3], Kind(code & 7)) for code in distinct.tolist()]
    return _column(results, inverse, how)


#: What error cells become in a csv; the numbered ones are LibreOffice's.
_ERRORS = pa.array(
    [
        *("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!"),
        *(f"Err:{number}" for number in range(501, 541)),
    ],
    pa.string(),
)


def _errors_as_text(texts: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Kinds that mark the spreadsheet errors in a column of texts; None where there are none."""
    errors = pc.is_in(texts, value_set=_ERRORS, skip_nulls=True)
    if not pc.any(errors).as_py():
        return None
    return pc.if_else(errors, pa.scalar(int(Kind.ERROR), pa.int8()), pa.scalar(int(Kind.TEXT), pa.int8()))


def _column(results: list[Cell], inverse: np.ndarray, how: Reading) -> Column:
    index = pa.array(inverse)

    def text(name: str) -> pd.Series:
        return _strings(pa.array([getattr(cell, name) for cell in results], pa.string()).take(index))

    def number(name: str) -> pd.Series:
        values = np.array([np.nan if getattr(cell, name) is None else getattr(cell, name) for cell in results], float)
        return pd.Series(pd.array(values[inverse] if len(results) else np.array([], float), dtype="Float64"))

    what = how.field.what
    arrays: dict[str, pd.Series] = {}
    if what == "integer":
        arrays[""] = number("first").astype("Int64")
    elif what == "number":
        arrays[""] = number("first")
    else:
        arrays[""] = text("value")
        if what == "range":
            arrays["_low"], arrays["_high"] = number("first"), number("second")
        elif what == "bounded":
            arrays["_number"], arrays["_bound"] = number("first"), text("sign")
    flawed = {code: cell.flaws for code, cell in enumerate(results) if cell.flaws}
    flaws: list[tuple[int, Flaw]] = []
    if flawed:
        positions = np.flatnonzero(np.isin(inverse, list(flawed)))
        for position, code in zip(positions.tolist(), inverse[positions].tolist(), strict=True):
            flaws += [(position, flaw) for flaw in flawed[code]]
    return Column(arrays, text("missing"), flaws)


def _strings(array: pa.Array | pa.ChunkedArray) -> pd.Series:
    return pd.Series(array.to_pandas(), dtype="str")


def _parse_text(texts: pa.ChunkedArray, kinds: pa.ChunkedArray | None, how: Reading) -> Column:
    """Free text and identifiers, read as whole columns."""
    array = texts.combine_chunks() if texts.num_chunks else pa.array([], pa.string())
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    trimmed = pc.utf8_trim(array, _BLANKS)
    trimmed = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    missing = pc.if_else(pc.is_null(trimmed), pa.scalar(str(Missing.BLANK)), pa.scalar(None, pa.string()))
    flaws: list[tuple[int, Flaw]] = []
    special: dict[int, tuple[str | None, str | None]] = {}
    candidates = _perhaps_missing(trimmed, how.words)
    if len(candidates):
        near = trimmed.take(pa.array(candidates)).dictionary_encode()
        codes = {
            place: how.words[fold(word)]
            for place, word in enumerate(near.dictionary.to_pylist())
            if fold(word) in how.words
        }
        if codes:
            for position, place in zip(candidates.tolist(), near.indices.to_pylist(), strict=True):
                if place in codes:
                    code = codes[place]
                    if code in how.codes:
                        special[position] = (None, str(code))
                    elif not _may_be_text(how.field):
                        special[position] = (None, FAULT)
                        flaws.append((position, _not_missing(near.dictionary[place].as_py(), how)))
    if kinds is not None:
        marks = kinds.to_numpy()
        for position in np.flatnonzero(marks >= Kind.DATE).tolist():
            cell = _unusable(array[position].as_py() or "", Kind(int(marks[position])), how)
            if cell is not None:
                special[position] = (cell.value, cell.missing)
                flaws += [(position, flaw) for flaw in cell.flaws]
    flaws += _trimmed(array, trimmed)
    if special:
        places = np.array(sorted(special))
        mask = np.zeros(len(array), bool)
        mask[places] = True
        trimmed = pc.replace_with_mask(
            trimmed, pa.array(mask), pa.array([special[p][0] for p in places.tolist()], pa.string())
        )
        missing = pc.replace_with_mask(
            missing, pa.array(mask), pa.array([special[p][1] for p in places.tolist()], pa.string())
        )
    return Column({"": _strings(trimmed)}, _strings(missing), sorted(flaws, key=lambda pair: pair[0]))


def _trimmed(array: pa.Array, trimmed: pa.Array) -> list[tuple[int, Flaw]]:
    """A note for each text that had blanks around it."""
    differs = pc.indices_nonzero(pc.fill_null(pc.not_equal(array, trimmed), False)).to_numpy()
    return [(position, Flaw("blanks_trimmed", trimmed[position].as_py())) for position in differs.tolist()]


def _perhaps_missing(texts: pa.Array, words: dict[str, Missing]) -> np.ndarray:
    """Positions of the texts that may be a word for a missing value: they begin like one and are no longer."""
    if not words:
        return np.array([], int)
    first = pa.array(sorted({word[0] for word in words} | {word[0].upper() for word in words}), pa.string())
    alike = pc.and_(
        pc.is_in(pc.utf8_slice_codeunits(texts, 0, 1), value_set=first),
        pc.less_equal(pc.binary_length(texts), 4 * max(map(len, words))),
    )
    return np.asarray(pc.indices_nonzero(pc.fill_null(alike, False)).to_numpy())


def _may_be_text(spec: FieldSpec) -> bool:
    """A free text that is no key and has no form of its own may be any word."""
    return spec.missing == [] and not _strict(spec)


def _strict(spec: FieldSpec) -> bool:
    """Whether a text has a form or a task of its own, such as an ID."""
    return bool(spec.constraints.required or spec.constraints.unique or spec.constraints.pattern)


def _not_missing(word: str, how: Reading) -> Flaw:
    allowed = ", ".join(sorted(how.codes))
    return Flaw(
        "missing_not_allowed",
        word,
        message=(f"Only {allowed} may stand for a missing value here." if allowed else "Give a value."),
    )


def _reader(how: Reading) -> Callable[[str, Kind], Cell]:
    what = how.field.what
    listed = what in ("category", "multi")
    choices = _Choices(how.field.allowed if listed else [])
    inner: dict[str, Callable[..., Cell]] = {
        "category": partial(_category, choices=choices),
        "multi": partial(_multi, choices=choices),
        "integer": _integer,
        "number": _number,
        "range": _range,
        "bounded": _bounded,
        "date": _date,
    }
    read = inner[what]

    def cell(text: str, kind: Kind) -> Cell:
        word = text.strip(_BLANKS)
        if not word:
            return Cell(missing=Missing.BLANK)
        if word != text:
            inner_cell = cell(word, kind)
            return inner_cell._replace(flaws=(Flaw("blanks_trimmed", word), *inner_cell.flaws))
        if kind >= Kind.DATE and not (what == "date" and kind == Kind.DATE):
            unusable = _unusable(word, kind, how)
            if unusable is not None:
                return unusable
        if kind == Kind.TEXT and (not listed or choices.find(word) is None):
            code = how.words.get(fold(word))
            if code is not None:
                return (
                    Cell(missing=code) if code in how.codes else Cell(missing=FAULT, flaws=(_not_missing(word, how),))
                )
        return read(word, kind, how)

    return cell


def _unusable(text: str, kind: Kind, how: Reading) -> Cell | None:
    """Error cells, formulas without a value, and dates where no date may stand."""
    if kind == Kind.ERROR:
        return Cell(missing=FAULT, flaws=(Flaw("error_cell", text),))
    if kind == Kind.FORMULA:
        return Cell(missing=FAULT, flaws=(Flaw("formula_without_value", text),))
    if kind == Kind.PERCENT and how.field.what in ("integer", "number", "range", "bounded"):
        return Cell(missing=FAULT, flaws=(Flaw("percentage", text),))
    if kind == Kind.DATE and how.field.what == "text" and not _strict(how.field):
        return Cell(value=text, flaws=(Flaw("date_in_text", text),))
    if kind == Kind.DATE:
        return Cell(missing=FAULT, flaws=(Flaw("turned_into_date", text, suggestion=_before_date(text, how)),))
    return None


def _before_date(text: str, how: Reading) -> str:
    """What was probably typed before a spreadsheet program made a date of it."""
    try:
        day = dt.date.fromisoformat(text[:10])
    except ValueError:
        return ""
    tail = " Format the cell as text and type it again."
    if how.field.what in ("number", "integer"):
        limits = how.field.constraints
        if how.field.type == "year" or 1000 <= (limits.minimum or 0) <= day.year <= (limits.maximum or 9999):
            return f"Probably the year {day.year} is meant. Format the cell as a number and type it again."
        if day.year < 1910:  # a number whose cell is formatted as a date: days since the end of 1899
            return "Probably a number is meant whose cell is formatted as a date. Format the cell as a number."
    if how.field.what in ("range", "number", "integer", "bounded"):
        if day.day == 1 and day.year % 100 > 31:  # 1-36 becomes January 1936
            return f"Probably {day.month}-{day.year % 100} was typed.{tail}"
        low, high = sorted((day.day, day.month))
        return f"Probably {low}-{high} was typed.{tail}"
    return f"Probably {day.day}-{day:%b} or {day:%b}-{day:%y} was typed.{tail}"


# ---- numbers

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
#: A count with its share behind it: 3 (20 %).
_WITH_SHARE = re.compile(r"(\d+)\s*[(\[]\s*\d+(?:[.,]\d+)?\s*%\s*[)\]]")
#: Words for no event at all, where a number is asked for.
_NOUGHT = frozenset({"none", "no", "nil", "zero"})
_INSIDE = re.compile(r"[-+]?\d+(?:[.,]\d+)?")


def _plain(text: str, how: Reading) -> str:
    """A number's text with a point as decimal sign, where the file writes a comma."""
    text = text.replace("\u2212", "-")
    return text.replace(",", ".") if how.decimal == "," else text


def _as_number(text: str, kind: Kind, how: Reading) -> tuple[float | None, tuple[Flaw, ...]]:
    plain = _plain(text, how)
    if kind in (Kind.NUMBER, Kind.TEXT) and plain in _SENTINELS:
        return None, (Flaw("missing_number", text),)
    if kind == Kind.NUMBER:
        return float(text), ()
    if kind == Kind.TEXT and _NUMBER.fullmatch(plain):
        value = float(plain)
        if how.typed and how.numbers_as_text == "error":
            return None, (Flaw("number_as_text", text),)
        return value, ()
    return None, (
        Flaw(
            "not_number",
            text,
            suggestion=_placeholder(text, how) or f"Type the number alone.{_near_number(text, kind)}",
        ),
    )


#: Words for a p-value that the report tells in words only.
_NOT_SIGNIFICANT = frozenset(
    {"ns", "n.s.", "n.s", "not significant", "nonsignificant", "non-significant", "sig", "sig.", "significant"}
)
_SAID = {"NR": "NR (not reported)", "NA": "NA (not applicable)", "UNCLEAR": "UNCLEAR"}


def _placeholder(text: str, how: Reading) -> str:
    """What to write in place of a sign that stands for a missing value, where the field takes a code for one."""
    codes = [said for code, said in _SAID.items() if code in how.codes]
    zero = how.field.what in ("number", "integer") and (how.field.constraints.minimum or 0) <= 0
    nought = f"If '{text}' means that there were none, write 0. " if zero and text.casefold() in _NOUGHT else ""
    if (text.casefold() in _PLACEHOLDERS or nought) and codes:
        listed = " or ".join(part for part in (", ".join(codes[:-1]), codes[-1]) if part)
        word = "it" if nought else f"'{text}'"
        return f"{nought}If {word} stands for a missing value, write {listed}."
    return nought.strip()


def _near_number(text: str, kind: Kind) -> str:
    """The number that was probably meant: the only one in the cell, or the one before its share in brackets."""
    if (counted := _WITH_SHARE.fullmatch(text)) is not None:
        return f" Did you mean {counted[1]}?"
    if "%" in text:
        return " A share cannot stand here."
    inside = _INSIDE.findall(text)
    alone = len(inside) == 1 and kind == Kind.TEXT and not re.search(r"[<>\u2264\u2265]", text)
    return f" Did you mean {inside[0].replace(',', '.')}?" if alone else ""


def _number(text: str, kind: Kind, how: Reading) -> Cell:
    value, flaws = _as_number(text, kind, how)
    return Cell(missing=FAULT, flaws=flaws) if value is None else Cell(value=text, first=value, flaws=flaws)


def _integer(text: str, kind: Kind, how: Reading) -> Cell:
    value, flaws = _as_number(text, kind, how)
    if value is None:
        return Cell(missing=FAULT, flaws=flaws)
    if not value.is_integer():
        return Cell(missing=FAULT, flaws=(Flaw("not_whole", text),))
    return Cell(value=text, first=value, flaws=flaws)


_DASH = r"\s*(?:-|\u2013|\u2014|\u2012|\u2011|to)\s*"
_RANGE = re.compile(rf"(\d+(?:\.\d+)?)(?:{_DASH}(\d+(?:\.\d+)?))?")


def _range(text: str, kind: Kind, how: Reading) -> Cell:
    if _plain(text, how) in _SENTINELS:
        return Cell(missing=FAULT, flaws=(Flaw("missing_number", text),))
    match = _RANGE.fullmatch(_plain(text, how)) if kind in (Kind.TEXT, Kind.NUMBER) else None
    if match is None:
        inside = _INSIDE.findall(text.replace(",", ".").replace("-", " "))
        near = {1: "{0}", 2: "{0}-{1}"}.get(len(inside), "")
        hint = f"Did you mean {near.format(*inside)}?" if near and kind == Kind.TEXT else ""
        hint = _placeholder(text, how) or _from_month(text) or hint
        return Cell(missing=FAULT, flaws=(Flaw("not_range", text, suggestion=hint),))
    low = float(match[1])
    high = float(match[2]) if match[2] else low
    if high < low:
        return Cell(
            missing=FAULT, flaws=(Flaw("range_reversed", text, suggestion=f"Did you mean {match[2]}-{match[1]}?"),)
        )
    shown = f"{low:g}" if low == high and not match[2] else f"{low:g}-{high:g}"
    return Cell(value=shown, first=low, second=high)


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_MONTH = re.compile(r"(?:(\d{1,2})-([A-Za-z]{3})|([A-Za-z]{3})-(\d{1,2}))")


def _from_month(text: str) -> str:
    """What 5-Jul and May-19 were before a spreadsheet program made dates of them and wrote those to a csv."""
    match = _DAY_MONTH.fullmatch(text)
    name = (match[2] or match[3]).lower() if match else ""
    if match is None or name not in _MONTHS:
        return ""
    low, high = sorted((int(match[1] or match[4]), _MONTHS.index(name) + 1))
    return f"A spreadsheet program has made a date of it; probably {low}-{high} was typed."


def _in_words(text: str, how: Reading) -> str:
    """What to write where a report says only whether a result was significant, or writes a p before its number."""
    bare = re.sub(r"^p\s*(?:-?\s*value)?\s*[:=]?\s*", "", text.strip(), flags=re.IGNORECASE).replace(",", ".")
    if bare != text.strip() and _BOUNDED.fullmatch(bare):
        return f"Did you mean {bare}?"
    if text.casefold() in _NOT_SIGNIFICANT:
        bound = ">0.05" if text.casefold().startswith("n") else "<0.05"
        or_ = f", or {_SAID['NR']}" if "NR" in how.codes else ""
        return f"Write the bound that the report gives, such as {bound}{or_}."
    return ""


_BOUNDED = re.compile(r"(<=|>=|<|>|=|\u2264|\u2265)?\s*(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)")
_SIGNS = {"\u2264": "<=", "\u2265": ">=", "": "=", None: "="}


def _bounded(text: str, kind: Kind, how: Reading) -> Cell:
    if _plain(text, how) in _SENTINELS:
        return Cell(missing=FAULT, flaws=(Flaw("missing_number", text),))
    match = _BOUNDED.fullmatch(_plain(text, how)) if kind in (Kind.TEXT, Kind.NUMBER) else None
    if match is None:
        inside = _INSIDE.findall(text)
        hint = f"Did you mean {inside[0].replace(',', '.')}?" if len(inside) == 1 else ""
        hint = _placeholder(text, how) or _in_words(text, how) or hint
        return Cell(missing=FAULT, flaws=(Flaw("not_bounded", text, suggestion=hint),))
    sign = _SIGNS.get(match[1], match[1])
    return Cell(value=("" if sign == "=" else sign) + match[2], first=float(match[2]), sign=sign)


_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_CLOCK = re.compile(r"(?<=\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$", re.ASCII)


def _date(text: str, kind: Kind, _how: Reading) -> Cell:
    day = _CLOCK.sub("", text) if kind in (Kind.DATE, Kind.TEXT) else text
    match = _ISO.fullmatch(day)
    if match and kind in (Kind.DATE, Kind.TEXT, Kind.NUMBER):
        try:
            dt.date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
            return Cell(value=match[0])
        except ValueError:
            pass
    numbers = re.findall(r"\d+", text)
    hint = "Write year, month, day with hyphens."
    if len(numbers) == 3 and len(numbers[2]) == 4:
        first, second = int(numbers[0]), int(numbers[1])
        if first > 12 >= second:
            hint = f"Did you mean {numbers[2]}-{second:02d}-{first:02d}?"
        elif second > 12 >= first:
            hint = f"Did you mean {numbers[2]}-{first:02d}-{second:02d}?"
        elif first <= 12 and second <= 12:
            either = f"{numbers[2]}-{first:02d}-{second:02d} or {numbers[2]}-{second:02d}-{first:02d}"
            hint = f"It may be {either}; write the one that is meant."
    return Cell(missing=FAULT, flaws=(Flaw("not_date", text, suggestion=hint),))


# ---- categories


class _Choices:
    """The allowed values of a field, found by any of their spellings."""

    def __init__(self, values: list[Value]):
        self.values = [value.value for value in values]
        self.exact = set(self.values)
        self.folded = {
            fold(word): value.value for value in values for word in (value.value, value.label, *value.synonyms) if word
        }
        self.folded |= {fold(value): value for value in self.values}

    def find(self, word: str) -> str | None:
        return word if word in self.exact else self.folded.get(fold(word))

    def nearest(self, word: str) -> str:
        """The value that was probably meant; empty where nothing is near."""
        from rapidfuzz import distance, fuzz, process

        given = fold(word)
        best = process.extractOne(given, list(self.folded), scorer=fuzz.ratio, score_cutoff=72)
        if best is None and len(given) >= 4:
            longer = [spelling for spelling in self.folded if len(spelling) >= 3]
            starts = [spelling for spelling in longer if spelling.startswith(given) or given.startswith(spelling)]
            best = (starts[0], 0, 0) if len({self.folded[s] for s in starts}) == 1 else None
        if best is None and len(given) <= 4:
            close = [spelling for spelling in self.folded if distance.OSA.distance(given, spelling) == 1]
            best = (close[0], 0, 0) if len({self.folded[s] for s in close}) == 1 else None
        return self.folded[best[0]] if best else ""

    def listed(self) -> str:
        shown = ", ".join(self.values[:12])
        return shown if len(self.values) <= 12 else f"{shown} and {len(self.values) - 12} more (see the codebook)"


_BOOLEANS = {"TRUE": ("yes", "true", "1"), "FALSE": ("no", "false", "0")}


def _one(word: str, kind: Kind, choices: _Choices, how: Reading) -> tuple[str | None, tuple[Flaw, ...]]:
    if kind == Kind.BOOLEAN:
        found = next((choices.find(form) for form in _BOOLEANS[word] if choices.find(form)), None)
        if found:
            return found, (Flaw("spelling_normalised", word, found),)
    found = choices.find(word)
    if found is None:
        near = choices.nearest(word)
        hint = _several(word, how, choices) or _placeholder(word, how) or (f"Did you mean '{near}'?" if near else "")
        return None, (Flaw("not_allowed", word, choices.listed(), suggestion=hint),)
    return found, () if found == word else (Flaw("spelling_normalised", word, found),)


def _several(text: str, how: Reading, choices: _Choices) -> str:
    """Where several values stand with another sign between them than the field's: the same with that sign."""
    separator = how.field.separator
    if not separator:
        return ""
    for sign in (",", ";", "/", "|", "+", "&", " and "):
        found = [choices.find(part.strip()) for part in text.split(sign)]
        if len(found) > 1 and all(found):
            return f"Did you mean '{f'{separator.strip()} '.join(str(value) for value in found)}'?"
    return ""


def _category(text: str, kind: Kind, how: Reading, choices: _Choices) -> Cell:
    value, flaws = _one(text, kind, choices, how)
    return Cell(value=value, missing=None if value is not None else FAULT, flaws=flaws)


def _multi(text: str, kind: Kind, how: Reading, choices: _Choices) -> Cell:
    separator = how.field.separator or ";"
    parts = [part.strip() for part in re.split(rf"{re.escape(separator.strip())}|\n", text) if part.strip()]
    found: list[str] = []
    flaws: list[Flaw] = []
    for part in parts:
        if choices.values:
            value, said = _one(part, kind, choices, how)
            if value is None and fold(part) in how.words:
                said = (
                    Flaw(
                        "not_allowed",
                        part,
                        choices.listed(),
                        suggestion="A code for a missing value stands alone in its cell.",
                    ),
                )
            flaws += said
        else:
            value = part
        if value is None:
            continue
        if value in found:
            flaws.append(Flaw("value_twice", value))
        else:
            found.append(value)
    broken = any(flaw.rule == "not_allowed" for flaw in flaws)
    return Cell(value=None if broken else "; ".join(found), missing=FAULT if broken else None, flaws=tuple(flaws))
