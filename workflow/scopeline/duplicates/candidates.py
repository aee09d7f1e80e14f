"""Which pairs of records are compared at all: those that share a key, so that work grows with the records."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from .normalising import signature
from .prepared import Ints, Prepared, coded

#: All pairs of a block up to this size are compared; in a larger one each record with so many neighbours by title.
_BLOCK = 30
_NEIGHBOURS = 8


def candidate_pairs(prepared: Prepared, among: Ints) -> tuple[Ints, Ints]:
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


def _within(members: Ints, key: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of members with one key: all of a small block, neighbours of a large one. `key` is sorted."""
    sizes = np.bincount(key, minlength=1)[key] if len(key) else key
    for step in range(1, _BLOCK):
        same = key[step:] == key[:-step]
        if step > _NEIGHBOURS:
            same &= sizes[step:] <= _BLOCK
        if not same.any():
            return
        yield members[:-step][same], members[step:][same]


def _keys(prepared: Prepared) -> Iterator[Ints]:
    codes = prepared.codes
    yield from (codes["doi"], codes["stem"], codes["pmid"], codes["title"])
    closed = [title.replace(" ", "") for title in prepared.title]
    yield coded([title[:20] if len(title) > 20 else "" for title in closed])
    yield coded([title[-20:] if len(title) > 20 else "" for title in closed])
    yield coded([signature(title) for title in prepared.title])
    yield _joined(prepared.year, codes["page"], codes["volume"])
    yield _joined(prepared.year, codes["page"], codes["lead"])
    yield coded([text[:60] if len(text) > 60 else "" for text in prepared.abstract])


def _joined(year: Ints, *parts: Ints) -> Ints:
    """One key of several; -1 where any of them is missing."""
    key, known = year.copy(), year > 0
    for part in parts:
        known &= part >= 0
        key = np.asarray(pd.factorize(key * (int(part.max(initial=0)) + 2) + part)[0], dtype=np.int64)
    return np.where(known, key, -1)
