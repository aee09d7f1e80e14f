"""The members behind each number of a page, kept once for the script that shows them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .. import text
from ..natural_order import natural

#: A number with more members than this lists so many on the page and the rest in its csv.
MOST_LISTED = 2000

_ONE = {"records": "record", "reports": "report", "studies": "study", "members": "member"}


@dataclass(frozen=True)
class Count:
    """A number on the page. `place` is where its members stand among the sets; None where none are known."""

    shown: str
    title: str
    place: int | None = None


@dataclass(frozen=True)
class Member:
    """One member with what is said of it here, and the findings that say so."""

    id: str
    note: str = ""
    findings: tuple[str, ...] = ()


class Members:
    """Collects the sets of a page, each with its title and the csv that lists it in full."""

    def __init__(self) -> None:
        self._sets: list[dict[str, Any]] = []
        self._used: dict[str, None] = {}

    def count(
        self, title: str, members: Iterable[str | Member], csv: str, *, shown: str | None = None, unit: str = "studies"
    ) -> Count:
        """A number for the page: the size of the set unless `shown` says otherwise; `unit` is what its members are."""
        entries = [Member(member) if isinstance(member, str) else member for member in members]
        if len(entries) <= MOST_LISTED:
            entries.sort(key=lambda entry: natural(entry.id))
        told = text.number(len(entries)) if shown is None else shown
        if not entries:
            return Count(told, title)
        listed = entries[:MOST_LISTED]
        for entry in listed:
            self._used.update(dict.fromkeys([entry.id, *entry.findings]))
        self._sets.append(
            {
                "title": title,
                "csv": csv,
                "n": len(entries),
                "unit": unit if len(entries) != 1 else _ONE.get(unit, unit),
                "members": [_told(entry) for entry in listed],
            }
        )
        return Count(told, title, len(self._sets) - 1)

    def mention(self, ids: Iterable[str]) -> None:
        """Members that the page can list without a set of their own, such as those of a mark in a figure."""
        self._used.update(dict.fromkeys(ids))

    def data(self, names: Mapping[str, str], rows: Mapping[str, str]) -> dict[str, Any]:
        """What the script needs: the sets, the names of their members, and where each study's row is on the page."""
        return {
            "sets": self._sets,
            "names": {member: names[member] for member in self._used if member in names},
            "rows": dict(rows),
        }


def _told(entry: Member) -> str | list[Any]:
    return [entry.id, entry.note, list(entry.findings)] if entry.note or entry.findings else entry.id
