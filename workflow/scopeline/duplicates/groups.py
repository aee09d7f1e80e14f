"""From pairs to groups: which record of each would be kept, and the lines that a person judges."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .comparing import CHUNK, Compared, likeness
from .prepared import Floats, Ints, Prepared

COLUMNS = ("group", "record_id", "duplicate_of", "same", "likeness", "why")
#: A record stays in the group of one it is alike to, though it is less alike to the one kept, down to this much.
_LINKED = 0.4


@dataclass(frozen=True)
class Star:
    """The record that would be kept and the others of its group, by position."""

    kept: int
    others: tuple[int, ...]


def star_groups(
    left: Ints,
    right: Ints,
    how_alike: Floats,
    prepared: Prepared,
    apart: Collection[tuple[str, str]],
    least: float,
) -> list[Star]:
    """Groups in which every record is alike to the one kept.

    Of each connected component the record that is rather kept takes those alike to it, but not those that are more
    alike to a record it cannot take; what remains is connected anew. `left` and `right` are the pairs that are alike,
    `how_alike` their likeness, `apart` the IDs that never stand in one group.
    """
    found: list[Star] = []
    judged = {name for pair in apart for name in pair}
    edges = list(zip(left.tolist(), right.tolist(), how_alike.tolist(), strict=True))
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
                found.append(Star(head, tuple(others)))
        edges = [edge for edge in edges if edge[0] not in taken and edge[1] not in taken]
    return found


def _near(
    heads: Sequence[int],
    components: Sequence[Sequence[int]],
    edges: Sequence[tuple[int, int, float]],
    prepared: Prepared,
    least: float,
) -> dict[int, dict[int, float]]:
    """For each head those of its component that are alike to it with their likeness, the most alike first.

    One that is a little less alike to the head follows where it is alike to one of them: no further, so no chains.
    """
    pairs = [(head, at) for head, members in zip(heads, components, strict=True) for at in members if at != head]
    one, other = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    scores = likeness(prepared, one, other).tolist()
    alike = {member: score for (_, member), score in zip(pairs, scores, strict=True)}
    close = {at for at, score in alike.items() if score >= least} | set(heads)
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


def lines(stars: Sequence[Star], first: Ints, prepared: Prepared) -> list[list[tuple[str, str, float, str]]]:
    """The groups with their lines (record, the one kept, likeness, why); identical records stand with their first."""
    identical: dict[int, list[int]] = {}
    for at in np.flatnonzero(first != np.arange(len(first))).tolist():
        identical.setdefault(int(first[at]), []).append(at)
    grouped = {at for star in stars for at in (star.kept, *star.others)}
    whole = [*stars, *(Star(at, ()) for at in identical if at not in grouped)]
    pairs = [
        (star.kept, at)
        for star in whole
        for of in (star.kept, *star.others)
        for at in (of, *identical.get(of, []))
        if at != star.kept
    ]
    found: dict[int, list[tuple[str, str, float, str]]] = {}
    for start in range(0, len(pairs), CHUNK):
        part = pairs[start : start + CHUNK]
        kept, record = (np.array(side, dtype=np.int64) for side in zip(*part, strict=True))
        compared = Compared(prepared, kept, record)
        for at, (head, member) in enumerate(part):
            line = (prepared.ids[member], prepared.ids[head], float(compared.likeness[at]), compared.why(at))
            found.setdefault(head, []).append(line)
    order = sorted(found, key=lambda head: (-min(round(line[2], 4) for line in found[head]), head))
    return [found[head] for head in order]


def as_frame(groups: Sequence[Sequence[tuple[str, str, float, str]]]) -> pd.DataFrame:
    """The lines of all groups with `COLUMNS`, numbered in their order."""
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
