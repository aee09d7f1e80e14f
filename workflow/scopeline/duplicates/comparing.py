"""How likely a pair is one record, and why: what speaks for it and what against, weighed."""

import numpy as np
from numpy.typing import NDArray

from .normalising import letters
from .prepared import Bools, Floats, Ints, Prepared

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
#: What is not the same in every field is never told as wholly alike.
_NEVER_ALL = 0.9999
#: So many pairs are compared at once, which bounds the memory.
CHUNK = 250_000


def likeness(prepared: Prepared, left: Ints, right: Ints) -> Floats:
    """How likely each pair of positions is one record, 0 to 1."""
    found = np.empty(len(left))
    for start in range(0, len(left), CHUNK):
        part = slice(start, start + CHUNK)
        found[part] = Compared(prepared, left[part], right[part]).likeness
    return found


class Compared:
    """What is found about pairs of records; every array has one place a pair."""

    def __init__(self, prepared: Prepared, left: Ints, right: Ints) -> None:
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
        self.identical: Bools = np.logical_and.reduce([*exact, year[left] == year[right]])
        self.findings = self._findings()
        odds = WEIGHTS["nothing known"] + self._title_weight()
        for name, holds in self.findings.items():
            odds = odds + WEIGHTS[name] * holds
        self.likeness: Floats = np.where(self.identical, 1.0, np.minimum(1 / (1 + np.exp(-odds)), _NEVER_ALL))

    def _equal(self, name: str) -> Bools:
        codes = self._prepared.codes[name]
        return np.asarray((codes[self._left] == codes[self._right]) & (codes[self._left] >= 0), dtype=bool)

    def _given(self, name: str) -> Bools:
        codes = self._prepared.codes[name]
        return np.asarray((codes[self._left] >= 0) & (codes[self._right] >= 0), dtype=bool)

    def _neither(self, name: str) -> Bools:
        codes = self._prepared.codes[name]
        return np.asarray((codes[self._left] < 0) & (codes[self._right] < 0), dtype=bool)

    def _alike(self, texts: NDArray[np.object_], name: str, *scorers: str) -> Floats:
        """The highest of some likenesses of two texts, 0 to 1; 1 where they are equal, NaN where one is missing."""
        from rapidfuzz import fuzz, process

        alike = np.where(self.same[name], 1.0, np.nan)
        at = np.flatnonzero(self.other[name])
        if len(at):
            one, other = texts[self._left[at]].tolist(), texts[self._right[at]].tolist()
            scores = [process.cpdist(one, other, scorer=getattr(fuzz, scorer), dtype=np.float64) for scorer in scorers]
            alike[at] = np.maximum.reduce(scores) / 100
        return alike

    def _titles(self) -> Floats:
        titles = self._prepared.title
        alike = self._alike(titles, "title", "ratio", "token_sort_ratio")
        for at in np.flatnonzero(alike < _BEGINS):
            short, long = sorted((titles[self._left[at]], titles[self._right[at]]), key=len)
            if len(short) > 30 and long.startswith(short):
                alike[at] = _BEGINS
        return alike

    def _authors(self) -> Floats:
        return self._alike(self._prepared.authors, "authors", "token_set_ratio")

    def _abstracts(self) -> Floats:
        return self._alike(self._prepared.abstract, "abstract", "ratio")

    def _journals(self) -> Bools:
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

    def _title_weight(self) -> Floats:
        weight = np.where(
            np.isnan(self.title), 0.0, np.interp(np.nan_to_num(self.title), _TITLE_LIKENESS, _TITLE_WEIGHT)
        )
        shorter = [
            min(letters(one), letters(other))
            for one, other in zip(self._prepared.title[self._left], self._prepared.title[self._right], strict=True)
        ]
        factor = np.interp(np.array(shorter, dtype=np.float64), _TITLE_LETTERS, _TITLE_FACTOR)
        return np.where(weight > 0, weight * factor, weight)

    def _findings(self) -> dict[str, Bools]:
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

    def _swapped(self) -> Bools:
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


def _crossed(first: Ints, second: Ints, left: Ints, right: Ints) -> Bools:
    """Whether the first name of one is the second of the other: "Khosrow Adeli" and "Adeli K"."""
    one = (first[left] == second[right]) & (first[left] >= 0)
    other = (first[right] == second[left]) & (first[right] >= 0)
    return np.asarray(one | other, dtype=bool)


def _one_journal(one: str, other: str) -> bool:
    """Whether two names are one journal's: abbreviated word by word, by its first letters, or nearly the same."""
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
