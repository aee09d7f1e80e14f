"""A review's tables after every cell has been read, and where each of their values stands."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from . import store
from .cells import letter
from .issues import address
from .terms import CHARTED

if TYPE_CHECKING:
    import pandas as pd


#: What the frame of lost values is kept under; no table can have this name.
_LOST = "(lost)"


@dataclass(frozen=True)
class Place:
    """A sheet that holds a table: its file, and in which column each field stands (0 = A)."""

    file: str
    sheet: str
    table: str
    header_row: int
    columns: dict[str, int] = field(default_factory=dict)


@dataclass
class Review:
    """Typed frames by table name (docs/architecture.md, Frames), and the places their rows come from."""

    tables: dict[str, "pd.DataFrame"]
    places: list[Place]
    #: The values that were left out (`quarantine.quarantine`); None where that was not asked.
    lost: "pd.DataFrame | None" = None
    #: Pairs of records that a person has judged not to be duplicates of each other.
    apart: list[tuple[str, str]] = field(default_factory=list)
    #: Charted studies that are not among the included studies of the flow (`consistency.uncounted`).
    uncounted: list[str] = field(default_factory=list)

    def table(self, name: str) -> "pd.DataFrame":
        """One table's frame; an empty one where the review does not have it."""
        import pandas as pd

        return self.tables.get(name, pd.DataFrame())

    def counted(self) -> "Review":
        """The review as its tables and figures count it: the charted rows without the `uncounted` studies."""
        if not self.uncounted:
            return self
        tables = dict(self.tables)
        for name in CHARTED:
            if name in tables and "study_id" in tables[name].columns:
                tables[name] = tables[name][~tables[name]["study_id"].isin(self.uncounted)].reset_index(drop=True)
        return replace(self, tables=tables)

    def address(self, table: str, position: int, name: str) -> str:
        """Where the value of a field of a row stands: `raw/charting.xlsx › findings!F12`. `position` counts from 0."""
        import pandas as pd

        row = self.tables[table].iloc[position]
        apart = not pd.isna(row.get(f"{name}__row"))  # the value comes from another row (double_charting)
        source, number = (row[f"{name}__source"], row[f"{name}__row"]) if apart else (row["_source"], row["_row"])
        place = self.places[int(source)]
        column = place.columns.get(name)
        return address(place.file, place.sheet, f"{letter(column) if column is not None else ''}{int(number)}")

    def addresses(self, table: str, name: str) -> list[str]:
        """Where the value of a field stands in every row of a table, in the order of its rows."""
        frame = self.tables[table]
        sources, rows = frame["_source"], frame["_row"]
        if f"{name}__row" in frame.columns:  # values that come from other rows (double_charting)
            sources = frame[f"{name}__source"].fillna(sources)
            rows = frame[f"{name}__row"].fillna(rows)
        letters = [letter(place.columns[name]) if name in place.columns else "" for place in self.places]
        return [
            address(self.places[int(source)].file, self.places[int(source)].sheet, f"{letters[int(source)]}{int(row)}")
            for source, row in zip(sources.tolist(), rows.tolist(), strict=True)
        ]

    def save(self, path: Path) -> None:
        """Keep the review for the later steps."""
        places = [[p.file, p.sheet, p.table, p.header_row, p.columns] for p in self.places]
        about = {"places": places, "apart": self.apart, "uncounted": self.uncounted}
        lost = {} if self.lost is None else {_LOST: self.lost}
        store.save_frames(path, self.tables | lost, about)

    @classmethod
    def load(cls, path: Path, only: Collection[str] | None = None) -> "Review":
        """Read what `save` kept; with `only`, these tables alone."""
        frames, about = store.load_frames(path, None if only is None else {*only, _LOST})
        lost = frames.pop(_LOST, None)
        apart = [(one, other) for one, other in about["apart"]]
        return cls(frames, [Place(*given) for given in about["places"]], lost, apart, about["uncounted"])
