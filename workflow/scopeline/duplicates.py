"""Likely duplicates among the records of a review: proposed for a person to judge, never removed.

Records are first compared field by field after what databases write differently (case, accents, markup, abbreviated
journals, order of names) is taken away. Only pairs that share a key (an identifier, the title or a part of it, volume
and page, the beginning of the abstract) are compared, so that work grows with the records and not with their pairs.
Each field then speaks for or against, as in Fellegi and Sunter's theory of record linkage (1969, J Am Stat Assoc
64:1183), with weights set by hand: an identifier most, then the title, then year, authors, journal and pages. What a
duplicate is follows Rathbone 2015 (Syst Rev 4:6): the same bibliographic record, however it is cited. A conference
abstract and the paper of the same title are two records, and so are an erratum, a protocol, a reply and the two parts
of a series.
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COLUMNS = ("group", "record_id", "duplicate_of", "same", "likeness", "why")
#: What is compared, and what counts as filled when the record to keep is chosen.
FIELDS = ("title", "authors", "year", "journal", "volume", "issue", "pages", "doi", "pmid", "abstract")
#: Pairs less alike than this are not proposed: a title of a line, the same in both, is just enough where nothing else
#: is known. On half of a labelled search any cut from 0.4 to 0.95 does as well (benchmarks/duplicates.py).
CUT = 0.7

#: What each finding about a pair adds to the log-odds that it is one record.
WEIGHTS = {
    "nothing known": -3.0,
    "same pmid": 6.0,
    "other pmid": -4.0,
    "same doi": 5.0,
    "other doi": -3.5,
    "doi of a supplement": -3.5,
    "title unlike": -6.0,
    "other numbers": -5.0,
    "number missing": -1.5,
    "other kind": -5.0,
    "word swapped": -2.5,
    "same year": 1.5,
    "next year": -0.5,
    "other year": -3.0,
    "authors alike": 1.5,
    "authors near": 0.5,
    "authors unlike": -3.0,
    "same journal": 1.0,
    "other journal": -4.0,
    "same page": 1.5,
    "other page": -1.5,
    "same volume": 0.5,
    "other volume": -0.5,
    "next volume": -1.5,
    "same abstract": 1.5,
    "other abstract": -2.0,
}
#: Log-odds by likeness of the titles, straight between these points.
_TITLE_LIKENESS = (0.0, 0.8, 0.88, 0.95, 1.0)
_TITLE_WEIGHT = (WEIGHTS["title unlike"], -3.0, 0.5, 2.0, 3.0)
#: By how much a title of so many letters speaks: "Reply" hardly, one of a line and more by itself for a proposal.
_TITLE_LETTERS = (12.0, 24.0, 40.0, 60.0)
_TITLE_FACTOR = (0.1, 0.3, 1.0, 1.35)
#: A title that begins as the other, which goes on (a subtitle left out), counts as this much alike.
_BEGINS = 0.92

#: All pairs of a block up to this size are compared; in a larger one each record with so many neighbours by title.
_BLOCK = 30
_NEIGHBOURS = 8
_CHUNK = 250_000
#: What is not the same in every field is never told as wholly alike.
_NEVER_ALL = 0.9999
#: A record stays in the group of one it is alike to, though it is less alike to the one kept, down to this much.
_LINKED = 0.4
_ABSTRACT = 300

_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>")
_SIGNS = str.maketrans(dict.fromkeys("®™©℠\u00ad\u200b\u200c\u200d\ufeff", ""))
#: Among Latin letters a Greek one names a substance or a receptor, which another database writes out.
_GREEK = {ord(letter): f" {unicodedata.name(letter).split()[-1].lower()} " for letter in "αβγδεζθικλμνξπρστφχψω"}
_EAST_ASIAN = re.compile("([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff])")
_NO_WORD = re.compile(r"[\W_]+")
_ENDING = re.compile(
    r"[\[(]\s*(?:(?:meeting |conference |poster )?abstracts?|(?:article )?in [a-z]+|letter|review|reprint|"
    r"arabic|chinese|czech|danish|dutch|english|french|german|hungarian|italian|japanese|korean|norwegian|persian|polish|"
    r"portuguese|russian|spanish|swedish|turkish)\s*[\])][\s.]*$"
)
_BEGINNING = re.compile(r"^(?:retracted(?: article)?|abstract(?: no)?(?: [a-z]*\d+)?) (?=\w+ \w+)|^(?:the|an?) (?=\w)")
_SERIES = r"(part|phase|volume|vol|chapter|section|study|type|stage|grade|class|paper|report|trial|experiment)"
_COUNTED = re.compile(rf"\b{_SERIES} (i|v|x|one|two|three|four|five|six|seven|eight|nine|ten)\b")
_ROMAN = re.compile(r"\b(ii|iii|iv|vi|vii|viii|ix)\b")
_NUMERALS = {
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "v": "5",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
    "x": "10",
}
_NUMERALS |= {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8"}
_NUMERALS |= {"nine": "9", "ten": "10"}
_NUMBER = re.compile(r"[0-9]+")
#: Words that, in one title only, tell that it is another kind of record.
_KINDS = re.compile(
    r"\b(erratum|errata|corrigendum|corrigenda|correction|addendum|retraction|withdrawn|expression of concern|protocol|"
    r"reply|replies|response|comments?|commentary|letter|editorial|updated?|rebuttal|discussion|interim|follow up|"
    r"followup)\b"
)
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_VERSION = re.compile(r"(?:[./]?v\d{1,2}|\.pub\d{1,2})$")
_PMID = re.compile(r"^\D*?0*(\d{1,9})(?:\.0+)?\D*$")
_INITIALS = re.compile(r"\b[A-Z]{1,3}\b")
_NO_NAMES = {"et", "al", "and", "und", "jr", "sr", "md", "phd", "dr", "prof", "anonymous", "unknown"}
_NO_JOURNAL_WORDS = {
    "of",
    "the",
    "and",
    "in",
    "for",
    "on",
    "de",
    "der",
    "des",
    "du",
    "und",
    "et",
    "la",
    "le",
    "les",
    "fur",
}
_MONTH_FIRST = re.compile(r"^\s*(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\W*\d")

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]


def propose(
    records: pd.DataFrame, *, judged_apart: Collection[tuple[str, str]] = (), cut: float | None = None
) -> pd.DataFrame:
    """Which records are likely duplicates, and of which record, for a person to judge.

    records: one row a record, with record_id and any of `FIELDS`, duplicate_of and removed_before_screening (strings or
    numbers, NA where missing; columns may be missing). Rows that are marked as duplicates already or were removed
    before screening are left out, and so are rows without an ID or with neither title, DOI nor PubMed ID.
    judged_apart: pairs of IDs, in either order, that a person found not to be the same. They never stand in one group.
    cut: the least likeness that is proposed, 0 to 1; `CUT` without it.

    Returns one row a proposed duplicate, the surest groups first, with `COLUMNS`: group (Int64, from 1), record_id,
    duplicate_of (the record of the group that would be kept: most fields filled, then first by ID, numbers in IDs
    counted as numbers), same (blank, to fill with yes or no), likeness (Float64, 0 to 1, of the record to the one
    kept), why (words). Every record of a group is alike to the one kept, or nearly so and alike to another that is:
    chains do not join what is not alike. A record stands in one group at most. The order of the rows given does not
    matter.
    """
    least = CUT if cut is None else cut
    given = _to_compare(records)
    apart = {(one, other) for pair in judged_apart for one, other in (pair, pair[::-1])}
    if len(given) < 2:
        return _frame([])
    prepared = _Prepared(given)
    first = prepared.first_alike({name for pair in apart for name in pair})
    kept = np.flatnonzero(first == np.arange(len(first)))
    left, right = _candidates(prepared, kept)
    likeness = prepared.likeness(left, right)
    alike = likeness >= least
    stars = _stars(left[alike], right[alike], likeness[alike], prepared, apart, least)
    return _frame(_lines(stars, first, prepared))


def _to_compare(records: pd.DataFrame) -> pd.DataFrame:
    """The records that may be proposed, each ID once, in the order of IDs; blanks are ""."""
    names = ("record_id", *FIELDS, "duplicate_of", "removed_before_screening")
    found = {name: _texts(records[name]) if name in records else [""] * len(records) for name in names}
    frame = pd.DataFrame(found, dtype=object)
    settled = (frame["duplicate_of"] != "") | (frame["removed_before_screening"] != "")
    known = (frame["title"] != "") | (frame["doi"] != "") | (frame["pmid"] != "")
    frame = frame[(frame["record_id"] != "") & ~settled & known].drop(
        columns=["duplicate_of", "removed_before_screening"]
    )
    if frame["record_id"].duplicated().any():
        frame = frame.sort_values(list(frame.columns)).drop_duplicates("record_id")
    ids = frame["record_id"].tolist()
    return frame.iloc[sorted(range(len(ids)), key=lambda at: _natural(ids[at]))].reset_index(drop=True)


def _texts(column: pd.Series) -> list[str]:
    return [text.strip() for text in column.astype("string").fillna("").tolist()]


def _natural(name: str) -> tuple[tuple[str, ...], list[tuple[int, str] | str], str]:
    """A key by which R2 comes before R10; equal only for equal names."""
    parts = re.split("([0-9]+)", name)
    numbers = [part.lstrip("0") for part in parts[1::2]]
    return (parts[0],), _braided([(len(number), number) for number in numbers], parts[2::2]), name


def _braided(numbers: list[tuple[int, str]], words: list[str]) -> list[tuple[int, str] | str]:
    return [part for pair in zip(numbers, words, strict=True) for part in pair]


# What databases write differently


def _plain(text: str) -> str:
    """Lower case without accents, markup, signs; East Asian characters stand apart, for each is a word."""
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub("", text)
    if text.isascii():
        return text.lower()
    text = text.translate(_SIGNS).casefold()
    if any("a" <= letter <= "z" for letter in text):
        text = text.translate(_GREEK)
    text = _EAST_ASIAN.sub(r" \1 ", unicodedata.normalize("NFKC", text))
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def _words(text: str) -> str:
    return _NO_WORD.sub(" ", text).strip()


def _title(text: str) -> str:
    words = _words(_ENDING.sub("", _plain(text)))
    words = _BEGINNING.sub("", words) or words
    words = _COUNTED.sub(lambda found: f"{found[1]} {_NUMERALS[found[2]]}", words)
    return _ROMAN.sub(lambda found: _NUMERALS[found[1]], words)


def _signature(title: str) -> str:
    """The four longest words of a title by letters: the same though words change places or small ones differ."""
    longest = sorted(set(title.split()), key=lambda word: (-len(word), word))[:4]
    return " ".join(sorted(longest)) if len(longest) > 2 else ""


def _authors(text: str) -> str:
    """The names without initials; "Adeli K.Lewis G. F." and "Adeli, K.; Lewis, G.F." come to the same."""
    if not text.isupper():
        text = _INITIALS.sub(" ", text)
    names = _words(_plain(text)).split()
    return " ".join(name for name in names if (len(name) > 1 or not name.isascii()) and name not in _NO_NAMES)


def _journal(text: str) -> str:
    plain = re.sub(r"\([^()]*\)|[\[:;=].*$|\bconference\b.*$", " ", _plain(text))
    return " ".join(word for word in _words(plain).split() if word not in _NO_JOURNAL_WORDS)


def _doi(text: str) -> str:
    found = _DOI.search(unquote(text).lower() if "%" in text else text.lower())
    if not found:
        return ""
    name = found[0].rstrip(".,;:'\"")
    while name.endswith((")", "]", ">")) and name.count("([<"[")]>".index(name[-1])]) < name.count(name[-1]):
        name = name[:-1].rstrip(".,;:'\"")
    return name


def _pmid(text: str) -> str:
    found = _PMID.match(text) if "pmc" not in text.lower() else None
    return found[1] if found else ""


def _first_number(text: str) -> str:
    """The first number of pages, a volume or an issue: "S354-6" is 354, "59 (Suppl 1)" is 59; "" where it is torn."""
    plain = text.lower()
    if (")" in plain and "(" not in plain) or _MONTH_FIRST.match(plain):
        return ""
    found = _NUMBER.search(plain)
    return found[0].lstrip("0") if found else ""


def _year(text: str) -> int:
    found = re.search(r"(?<!\d)(?:1[5-9]|20|21)\d\d(?!\d)", text)
    return int(found[0]) if found else 0


def _each(column: pd.Series, change: Callable[[str], str]) -> NDArray[np.object_]:
    """Change each text once, however many records have it."""
    codes, distinct = pd.factorize(column.to_numpy(dtype=object))
    changed = np.empty(len(distinct), dtype=object)
    changed[:] = [change(text) for text in distinct]
    return changed[codes]


def _coded(values: Sequence[str] | NDArray[np.object_]) -> _Ints:
    """A number for each distinct text, -1 for a blank one; the order of texts is the order of numbers."""
    codes, distinct = pd.factorize(np.asarray(values, dtype=object), sort=True)
    if len(distinct) and distinct[0] == "":
        codes = codes - 1
    return np.asarray(codes, dtype=np.int64)


class _Prepared:
    """The records with each field made comparable; positions are those of the records in the order of their IDs."""

    def __init__(self, given: pd.DataFrame) -> None:
        self.ids: list[str] = given["record_id"].tolist()
        self.filled: _Ints = (given[list(FIELDS)] != "").sum(axis=1).to_numpy(dtype=np.int64)
        self.title = _each(given["title"], _title)
        self.authors = _each(given["authors"], _authors)
        self.abstract = _each(given["abstract"], lambda text: _words(_plain(text[: 2 * _ABSTRACT]))[:_ABSTRACT])
        self.journal = _each(given["journal"], _journal)
        doi = _each(given["doi"], _doi)
        stem = _each(pd.Series(doi, dtype=object), lambda name: _VERSION.sub("", name))
        self.year: _Ints = np.array([_year(text) for text in given["year"]], dtype=np.int64)
        numbers = _each(pd.Series(self.title, dtype=object), lambda title: " ".join(sorted(_NUMBER.findall(title))))
        kinds = _each(pd.Series(self.title, dtype=object), lambda title: " ".join(sorted(set(_KINDS.findall(title)))))
        leads = [name.split(" ", 2) for name in self.authors]
        both = _coded([lead[0] for lead in leads] + [lead[1] if len(lead) > 1 else "" for lead in leads])
        self.codes = {
            "title": _coded(self.title),
            "numbers": _coded(numbers),
            "kinds": _coded(kinds),
            "authors": _coded(self.authors),
            "lead": both[: len(self.ids)],
            "second": both[len(self.ids) :],
            "journal": _coded(self.journal),
            "page": _coded(_each(given["pages"], _first_number)),
            "volume": _coded(_each(given["volume"], _first_number)),
            "issue": _coded(_each(given["issue"], _first_number)),
            "doi": _coded(doi),
            "stem": _coded(stem),
            "pmid": _coded(_each(given["pmid"], _pmid)),
            "abstract": _coded(self.abstract),
        }
        self._numbers = numbers

    def rank(self, at: int) -> tuple[int, int]:
        """The lower, the rather it is kept."""
        return -int(self.filled[at]), at

    def first_alike(self, alone: Collection[str]) -> _Ints:
        """For each record the one that stands for all with the same content: the one that is rather kept.

        Records in `alone` stand for themselves.
        """
        same = self.year.copy()
        for name in ("title", "authors", "journal", "page", "volume", "issue", "doi", "pmid", "abstract"):
            codes = self.codes[name]
            same = np.asarray(pd.factorize(same * (int(codes.max(initial=0)) + 2) + codes)[0], dtype=np.int64)
        nothing = (self.codes["title"] < 0) & (self.codes["doi"] < 0) & (self.codes["pmid"] < 0)
        single = np.array([name in alone for name in self.ids], dtype=bool) | nothing
        positions = np.arange(len(same), dtype=np.int64)
        same[single] = len(same) + positions[single]
        order = np.lexsort((positions, -self.filled))
        firsts = pd.Series(order).groupby(same[order], sort=False).transform("first").to_numpy(dtype=np.int64)
        first = np.empty(len(same), dtype=np.int64)
        first[order] = firsts
        return first

    def likeness(self, left: _Ints, right: _Ints) -> _Floats:
        """How likely each pair is one record, 0 to 1."""
        found = np.empty(len(left))
        for start in range(0, len(left), _CHUNK):
            part = slice(start, start + _CHUNK)
            found[part] = self.compare(left[part], right[part]).likeness
        return found

    def compare(self, left: _Ints, right: _Ints) -> "_Compared":
        return _Compared(self, left, right)

    def numbers_part(self, left: _Ints, right: _Ints) -> _Bools:
        """Whether the numbers in one title of each pair are all in the other."""
        told = zip(self._numbers[left], self._numbers[right], strict=True)
        return np.array([_part(one, other) for one, other in told], dtype=bool)


def _part(one: str, other: str) -> bool:
    few, many = sorted((Counter(one.split()), Counter(other.split())), key=Counter.total)
    return few <= many


# Which pairs are compared at all


def _candidates(prepared: _Prepared, among: _Ints) -> tuple[_Ints, _Ints]:
    """The pairs of positions that share a key, each once, the lower position at the left."""
    size = len(prepared.ids)
    codes = prepared.codes
    order = np.empty(size, dtype=np.int64)
    order[np.lexsort((np.arange(size), codes["authors"], prepared.year, codes["title"]))] = np.arange(size)
    found = np.empty(0, dtype=np.int64)
    for key in _keys(prepared):
        shared = among[key[among] >= 0]
        shared = shared[np.lexsort((order[shared], key[shared]))]
        pairs = [np.minimum(one, other) * size + np.maximum(one, other) for one, other in _within(shared, key[shared])]
        if pairs:
            found = np.unique(np.concatenate([found, *pairs]))
    return found // size, found % size


def _within(members: _Ints, key: _Ints) -> Iterator[tuple[_Ints, _Ints]]:
    """Pairs of members with one key: all of a small block, neighbours of a large one. `key` is sorted."""
    sizes = np.bincount(key, minlength=1)[key] if len(key) else key
    for step in range(1, _BLOCK):
        same = key[step:] == key[:-step]
        if step > _NEIGHBOURS:
            same &= sizes[step:] <= _BLOCK
        if not same.any():
            return
        yield members[:-step][same], members[step:][same]


def _keys(prepared: _Prepared) -> Iterator[_Ints]:
    codes = prepared.codes
    yield from (codes["doi"], codes["stem"], codes["pmid"], codes["title"])
    closed = [title.replace(" ", "") for title in prepared.title]
    yield _coded([title[:20] if len(title) > 20 else "" for title in closed])
    yield _coded([title[-20:] if len(title) > 20 else "" for title in closed])
    yield _coded([_signature(title) for title in prepared.title])
    yield _joined(prepared.year, codes["page"], codes["volume"])
    yield _joined(prepared.year, codes["page"], codes["lead"])
    yield _coded([text[:60] if len(text) > 60 else "" for text in prepared.abstract])


def _joined(year: _Ints, *parts: _Ints) -> _Ints:
    """One key of several; -1 where any of them is missing."""
    key, known = year.copy(), year > 0
    for part in parts:
        known &= part >= 0
        key = np.asarray(pd.factorize(key * (int(part.max(initial=0)) + 2) + part)[0], dtype=np.int64)
    return np.where(known, key, -1)


# How alike a pair is


class _Compared:
    """What is found about pairs of records; every array has one place a pair."""

    def __init__(self, prepared: _Prepared, left: _Ints, right: _Ints) -> None:
        self._prepared, self._left, self._right = prepared, left, right
        codes, year = prepared.codes, prepared.year
        both_years = (year[left] > 0) & (year[right] > 0)
        years_apart = np.abs(year[left] - year[right])
        self.years_apart = np.where(both_years, years_apart, -1)
        self.same = {name: self._equal(name) for name in codes}
        self.other = {name: self._given(name) & ~self.same[name] for name in codes}
        self.title = self._titles()
        self.authors = self._authors()
        self.abstract = self._abstracts()
        self.journal_same = self._journals()
        self.same["lead"] |= _crossed(codes["lead"], codes["second"], left, right)
        exact = [
            self.same[name] | self._neither(name) for name in ("title", "authors", "journal", "page", "volume", "issue")
        ]
        exact += [self.same[name] | self._neither(name) for name in ("doi", "pmid", "abstract")]
        self.identical: _Bools = np.logical_and.reduce([*exact, year[left] == year[right]])
        self.findings = self._findings()
        odds = WEIGHTS["nothing known"] + self._title_weight()
        for name, holds in self.findings.items():
            odds = odds + WEIGHTS[name] * holds
        self.likeness: _Floats = np.where(self.identical, 1.0, np.minimum(1 / (1 + np.exp(-odds)), _NEVER_ALL))

    def _equal(self, name: str) -> _Bools:
        codes = self._prepared.codes[name]
        return np.asarray((codes[self._left] == codes[self._right]) & (codes[self._left] >= 0), dtype=bool)

    def _given(self, name: str) -> _Bools:
        codes = self._prepared.codes[name]
        return np.asarray((codes[self._left] >= 0) & (codes[self._right] >= 0), dtype=bool)

    def _neither(self, name: str) -> _Bools:
        codes = self._prepared.codes[name]
        return np.asarray((codes[self._left] < 0) & (codes[self._right] < 0), dtype=bool)

    def _alike(self, texts: NDArray[np.object_], name: str, *scorers: str) -> _Floats:
        """The highest of some likenesses of two texts, 0 to 1; 1 where they are equal, NaN where one is missing."""
        from rapidfuzz import fuzz, process

        alike = np.where(self.same[name], 1.0, np.nan)
        at = np.flatnonzero(self.other[name])
        if len(at):
            one, other = texts[self._left[at]].tolist(), texts[self._right[at]].tolist()
            scores = [process.cpdist(one, other, scorer=getattr(fuzz, scorer), dtype=np.float64) for scorer in scorers]
            alike[at] = np.maximum.reduce(scores) / 100
        return alike

    def _titles(self) -> _Floats:
        titles = self._prepared.title
        alike = self._alike(titles, "title", "ratio", "token_sort_ratio")
        for at in np.flatnonzero(alike < _BEGINS):
            short, long = sorted((titles[self._left[at]], titles[self._right[at]]), key=len)
            if len(short) > 30 and long.startswith(short):
                alike[at] = _BEGINS
        return alike

    def _authors(self) -> _Floats:
        return self._alike(self._prepared.authors, "authors", "token_set_ratio")

    def _abstracts(self) -> _Floats:
        return self._alike(self._prepared.abstract, "abstract", "ratio")

    def _journals(self) -> _Bools:
        """Whether both name one journal, in full or abbreviated."""
        codes, journals = self._prepared.codes["journal"], self._prepared.journal
        same = self.same["journal"].copy()
        at = np.flatnonzero(self.other["journal"])
        low, high = np.sort([codes[self._left[at]], codes[self._right[at]]], axis=0)
        _, first, place = np.unique(
            low * (int(codes.max(initial=0)) + 1) + high, return_index=True, return_inverse=True
        )
        told = zip(journals[self._left[at[first]]], journals[self._right[at[first]]], strict=True)
        same[at] = np.array([_one_journal(one, other) for one, other in told], dtype=bool)[place]
        return same

    def _title_weight(self) -> _Floats:
        weight = np.where(
            np.isnan(self.title), 0.0, np.interp(np.nan_to_num(self.title), _TITLE_LIKENESS, _TITLE_WEIGHT)
        )
        shorter = [
            min(_letters(one), _letters(other))
            for one, other in zip(self._prepared.title[self._left], self._prepared.title[self._right], strict=True)
        ]
        factor = np.interp(np.array(shorter, dtype=np.float64), _TITLE_LETTERS, _TITLE_FACTOR)
        return np.where(weight > 0, weight * factor, weight)

    def _findings(self) -> dict[str, _Bools]:
        same, other = self.same, self.other
        titles, far = self.title >= _TITLE_LIKENESS[1], self.title < _TITLE_LIKENESS[1]
        abstracts_differ = self.abstract < 0.6
        numbers = titles & (self._prepared.codes["numbers"][self._left] != self._prepared.codes["numbers"][self._right])
        part = numbers.copy()
        at = np.flatnonzero(numbers)
        part[at] = self._prepared.numbers_part(self._left[at], self._right[at])
        kinds = titles & (self._prepared.codes["kinds"][self._left] != self._prepared.codes["kinds"][self._right])
        journals = self._given("journal")
        return {
            "same pmid": same["pmid"],
            "other pmid": other["pmid"],
            "same doi": same["doi"],
            "other doi": other["doi"] & ~same["stem"],
            "doi of a supplement": same["doi"] & far & (other["page"] | abstracts_differ),
            "other numbers": numbers & ~part,
            "number missing": part,
            "other kind": kinds,
            "word swapped": self._swapped(),
            "same year": self.years_apart == 0,
            "next year": self.years_apart == 1,
            "other year": self.years_apart > 1,
            "authors alike": self.authors >= 0.9,
            "authors near": (self.authors >= 0.7) & (self.authors < 0.9),
            "authors unlike": self.authors < 0.55,
            "same journal": self.journal_same,
            "other journal": journals & ~self.journal_same,
            "same page": same["page"],
            "other page": other["page"],
            "same volume": same["volume"],
            "other volume": other["volume"],
            "next volume": other["volume"] & (self.years_apart > 0),
            "same abstract": self.abstract >= 0.9,
            "other abstract": abstracts_differ,
        }

    def _swapped(self) -> _Bools:
        swapped = np.zeros(len(self._left), dtype=bool)
        titles = self._prepared.title
        for at in np.flatnonzero((self.title < 1) & (self.title >= _TITLE_LIKENESS[1])):
            swapped[at] = _word_swapped(titles[self._left[at]], titles[self._right[at]])
        return swapped

    def why(self, at: int) -> str:
        """What speaks for a pair and, after a semicolon, what speaks against it."""
        if self.identical[at]:
            return "every field the same"
        told = [name for name, holds in self._for(at) if holds]
        against = [name for name, holds in self._against(at) if holds]
        return "; ".join([*([", ".join(told)] if told else []), *([f"but {', '.join(against)}"] if against else [])])

    def _for(self, at: int) -> list[tuple[str, bool]]:
        holds = {name: bool(found[at]) for name, found in self.findings.items()}
        title, authors = self.title[at], self.authors[at]
        return [
            ("same PubMed ID", holds["same pmid"]),
            ("same DOI", holds["same doi"]),
            ("versions of one DOI", bool(self.other["doi"][at] and self.same["stem"][at])),
            ("same title", title == 1),
            (f"title {_hundredths(title)} alike", 0.8 <= title < 1),
            ("same year", holds["same year"]),
            ("same first author", bool(self.same["lead"][at])),
            (f"authors {_hundredths(authors)} alike", bool(authors >= 0.7 and not self.same["lead"][at])),
            ("same journal", holds["same journal"]),
            ("same first page", holds["same page"]),
            ("same abstract", holds["same abstract"]),
        ]

    def _against(self, at: int) -> list[tuple[str, bool]]:
        holds = {name: bool(found[at]) for name, found in self.findings.items()}
        apart = int(self.years_apart[at])
        return [
            ("another PubMed ID", holds["other pmid"]),
            ("another DOI", holds["other doi"]),
            ("another title", bool(self.title[at] < 0.8)),
            ("other numbers in the title", holds["other numbers"] or holds["number missing"]),
            ("another kind of record by its title", holds["other kind"]),
            ("another word in the title", holds["word swapped"]),
            (f"{apart} {'year' if apart == 1 else 'years'} apart", apart > 0),
            ("other authors", holds["authors unlike"]),
            ("another journal", holds["other journal"]),
            ("another first page", holds["other page"]),
            ("another abstract", holds["other abstract"]),
        ]


def _hundredths(likeness: float) -> str:
    """Cut, not rounded: what is not the same is never told as 1.00."""
    return f"{np.floor(likeness * 100) / 100:.2f}" if not np.isnan(likeness) else ""


def _crossed(first: _Ints, second: _Ints, left: _Ints, right: _Ints) -> _Bools:
    """Whether the first name of one is the second of the other: "Khosrow Adeli" and "Adeli K"."""
    one = (first[left] == second[right]) & (first[left] >= 0)
    other = (first[right] == second[left]) & (first[right] >= 0)
    return np.asarray(one | other, dtype=bool)


def _letters(title: str) -> int:
    """The length of a title in letters; an East Asian character says as much as some three."""
    return len(title) if title.isascii() else len(title) + 2 * len(_EAST_ASIAN.findall(title))


def _one_journal(one: str, other: str) -> bool:
    from rapidfuzz import fuzz

    short, long = sorted((one.split(), other.split()), key=len)
    if len(short) == len(long):
        return all(_abbreviates(*pair) for pair in zip(short, long, strict=True)) or fuzz.ratio(one, other) >= 90
    if len(short) == 1 and short[0] == "".join(word[0] for word in long):
        return True
    return fuzz.ratio(one, other) >= 90


def _abbreviates(one: str, other: str) -> bool:
    """Whether the letters of the shorter word stand in the longer in their order, from the first on."""
    short, long = sorted((one, other), key=len)
    rest = iter(long)
    return short[0] == long[0] and all(letter in rest for letter in short)


def _word_swapped(one: str, other: str) -> bool:
    """Whether a word of one title is replaced with another in the other: not misspelt, divided or left out."""
    from rapidfuzz import fuzz

    words, others = one.split(), other.split()
    here, there = set(words) - set(others), set(others) - set(words)
    here_text = "".join(word for word in words if word in here and not word.isdigit())
    there_text = "".join(word for word in others if word in there and not word.isdigit())
    if not here_text or not there_text:
        return False
    if max(len(here_text), len(there_text)) <= 4:
        return True
    return fuzz.ratio(here_text, there_text) < 80 and here_text not in there_text and there_text not in here_text


# From pairs to groups


@dataclass(frozen=True)
class _Star:
    """The record that would be kept and the others of its group, by position."""

    kept: int
    others: tuple[int, ...]


def _stars(
    left: _Ints,
    right: _Ints,
    likeness: _Floats,
    prepared: _Prepared,
    apart: Collection[tuple[str, str]],
    least: float,
) -> list[_Star]:
    """Groups in which every record is alike to the one kept.

    Of each connected component the record that is rather kept takes those alike to it, but not those that are more
    alike to a record it cannot take; what remains is connected anew. Edges have their likeness.
    """
    stars: list[_Star] = []
    judged = {name for pair in apart for name in pair}
    edges = list(zip(left.tolist(), right.tolist(), likeness.tolist(), strict=True))
    while edges:
        components = _components(edges)
        heads = [min(members, key=prepared.rank) for members in components]
        near = _near(heads, components, edges, prepared, least)
        head_of = {member: head for head, members in near.items() for member in (head, *members)}
        elsewhere: dict[int, float] = {}
        for one, other, alike in edges:
            if head_of.get(one) != head_of.get(other) or one not in head_of:
                for at in (one, other):
                    elsewhere[at] = max(alike, elsewhere.get(at, 0.0))
        taken = set(heads)
        for head in heads:
            others: list[int] = []
            for member, alike in near[head].items():
                if alike < elsewhere.get(member, 0.0):
                    continue
                name = prepared.ids[member]
                if name not in judged or all((name, prepared.ids[told]) not in apart for told in (head, *others)):
                    others.append(member)
            taken.update(others)
            if others:
                stars.append(_Star(head, tuple(others)))
        edges = [edge for edge in edges if edge[0] not in taken and edge[1] not in taken]
    return stars


def _near(
    heads: Sequence[int],
    components: Sequence[Sequence[int]],
    edges: Sequence[tuple[int, int, float]],
    prepared: _Prepared,
    least: float,
) -> dict[int, dict[int, float]]:
    """For each head those of its component that are alike to it with their likeness, the most alike first.

    One that is a little less alike to the head follows where it is alike to one of them: no further, so no chains.
    """
    pairs = [(head, at) for head, members in zip(heads, components, strict=True) for at in members if at != head]
    one, other = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    alike = {pair[1]: likeness for pair, likeness in zip(pairs, prepared.likeness(one, other).tolist(), strict=True)}
    close = {at for at, likeness in alike.items() if likeness >= least} | set(heads)
    linked = {at for edge in edges for at, to in (edge[:2], edge[1::-1]) if to in close and alike.get(at, 0) >= _LINKED}
    found: dict[int, list[tuple[float, int]]] = {head: [] for head in heads}
    for head, member in pairs:
        if member in close or member in linked:
            found[head].append((-alike[member], member))
    return {head: {member: -negative for negative, member in sorted(members)} for head, members in found.items()}


def _components(edges: Sequence[tuple[int, int, float]]) -> list[list[int]]:
    """What is connected by edges, each component in ascending order."""
    above: dict[int, int] = {}

    def root(at: int) -> int:
        while (up := above.setdefault(at, at)) != at:
            above[at] = above[up]
            at = up
        return at

    for one, other, _ in edges:
        low, high = sorted((root(one), root(other)))
        above[high] = low
    members: dict[int, list[int]] = {}
    for at in sorted(above):
        members.setdefault(root(at), []).append(at)
    return list(members.values())


def _lines(stars: Sequence[_Star], first: _Ints, prepared: _Prepared) -> list[list[tuple[str, str, float, str]]]:
    """The groups with their lines (record, the one kept, likeness, why); identical records stand with their first."""
    identical: dict[int, list[int]] = {}
    for at in np.flatnonzero(first != np.arange(len(first))).tolist():
        identical.setdefault(int(first[at]), []).append(at)
    grouped = {at for star in stars for at in (star.kept, *star.others)}
    whole = [*stars, *(_Star(at, ()) for at in identical if at not in grouped)]
    pairs = [
        (star.kept, at)
        for star in whole
        for of in (star.kept, *star.others)
        for at in (of, *identical.get(of, []))
        if at != star.kept
    ]
    lines: dict[int, list[tuple[str, str, float, str]]] = {}
    for start in range(0, len(pairs), _CHUNK):
        part = pairs[start : start + _CHUNK]
        kept, record = (np.array(side, dtype=np.int64) for side in zip(*part, strict=True))
        compared = prepared.compare(kept, record)
        for at, (head, member) in enumerate(part):
            line = (prepared.ids[member], prepared.ids[head], float(compared.likeness[at]), compared.why(at))
            lines.setdefault(head, []).append(line)
    order = sorted(lines, key=lambda head: (-min(round(line[2], 4) for line in lines[head]), head))
    return [lines[head] for head in order]


def _frame(groups: Sequence[Sequence[tuple[str, str, float, str]]]) -> pd.DataFrame:
    rows = [(number, *line) for number, group in enumerate(groups, start=1) for line in group]
    columns = {
        "group": pd.array([row[0] for row in rows], dtype="Int64"),
        "record_id": pd.array([row[1] for row in rows], dtype="string"),
        "duplicate_of": pd.array([row[2] for row in rows], dtype="string"),
        "same": pd.array([""] * len(rows), dtype="string"),
        "likeness": pd.array([round(row[3], 4) for row in rows], dtype="Float64"),
        "why": pd.array([row[4] for row in rows], dtype="string"),
    }
    return pd.DataFrame(columns, columns=list(COLUMNS))
