"""The records that may be proposed, with what is compared of each: texts, and numbers that stand for equal texts."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..citations.values import same_doi, same_pmid, year_of
from . import normalising

#: What is compared, and what counts as filled when the record to keep is chosen.
FIELDS = ("title", "authors", "year", "journal", "volume", "issue", "pages", "doi", "pmid", "abstract")

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def to_compare(records: pd.DataFrame) -> pd.DataFrame:
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
    """First a number, then the words after it, and so on."""
    return [part for pair in zip(numbers, words, strict=True) for part in pair]


class Prepared:
    """The records with each field made comparable; positions are those of the records in the order of their IDs."""

    def __init__(self, given: pd.DataFrame) -> None:
        self.ids: list[str] = given["record_id"].tolist()
        self.filled: Ints = (given[list(FIELDS)] != "").sum(axis=1).to_numpy(dtype=np.int64)
        self.title = _each(given["title"], normalising.title)
        self.authors = _each(given["authors"], normalising.authors)
        self.abstract = _each(given["abstract"], normalising.abstract)
        self.journal = _each(given["journal"], normalising.journal)
        self.year: Ints = np.array([int(year_of(text) or 0) for text in given["year"]], dtype=np.int64)
        doi = _each(given["doi"], same_doi)
        numbers = _each(self.title, normalising.numbers)
        leads = [name.split(" ", 2) for name in self.authors]
        both = coded([lead[0] for lead in leads] + [lead[1] if len(lead) > 1 else "" for lead in leads])
        self.codes = {
            "title": coded(self.title),
            "numbers": coded(numbers),
            "kinds": coded(_each(self.title, normalising.kinds)),
            "authors": coded(self.authors),
            "lead": both[: len(self.ids)],
            "second": both[len(self.ids) :],
            "journal": coded(self.journal),
            "page": coded(_each(given["pages"], normalising.first_number)),
            "volume": coded(_each(given["volume"], normalising.first_number)),
            "issue": coded(_each(given["issue"], normalising.first_number)),
            "doi": coded(doi),
            "stem": coded(_each(doi, normalising.stem)),
            "pmid": coded(_each(given["pmid"], same_pmid)),
            "abstract": coded(self.abstract),
        }
        self._numbers = numbers

    def rank(self, at: int) -> tuple[int, int]:
        """The lower, the rather it is kept."""
        return -int(self.filled[at]), at

    def first_alike(self, alone: Collection[str]) -> Ints:
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

    def numbers_part(self, left: Ints, right: Ints) -> Bools:
        """Whether the numbers in one title of each pair are all in the other."""
        told = zip(self._numbers[left], self._numbers[right], strict=True)
        return np.array([_part(one, other) for one, other in told], dtype=bool)


def _each(column: pd.Series | NDArray[np.object_], change: Callable[[str], str]) -> NDArray[np.object_]:
    """Change each text once, however many records have it."""
    codes, distinct = pd.factorize(np.asarray(column, dtype=object))
    changed = np.empty(len(distinct), dtype=object)
    changed[:] = [change(text) for text in distinct]
    return changed[codes]


def coded(values: Sequence[str] | NDArray[np.object_]) -> Ints:
    """A number for each distinct text, -1 for a blank one; the order of texts is the order of numbers."""
    codes, distinct = pd.factorize(np.asarray(values, dtype=object), sort=True)
    if len(distinct) and distinct[0] == "":
        codes = codes - 1
    return np.asarray(codes, dtype=np.int64)


def _part(one: str, other: str) -> bool:
    few, many = sorted((Counter(one.split()), Counter(other.split())), key=Counter.total)
    return few <= many
