"""Keeps the cells of one raw file between the runs, so that a file is read once as long as it does not change."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from . import cells, store


def ingest(raw: Path, kept: Path, name: str | None = None) -> cells.Book:
    """Read the spreadsheet `raw` and keep its cells at `kept`. A file that cannot be read is kept as its fault."""
    book = cells.read(raw, name)
    save(kept, book)
    return book


def save(path: Path, book: cells.Book) -> None:
    """Write a book's cells to one file."""
    tables: dict[str, pa.Table] = {}
    sheets: list[dict[str, Any]] = []
    for index, sheet in enumerate(book.sheets):
        arrays: dict[str, pa.ChunkedArray] = {}
        for column, (texts, kinds) in enumerate(zip(sheet.columns, sheet.kinds, strict=True)):
            arrays[str(column)] = texts
            if kinds is not None:
                arrays[f"{column}k"] = kinds
        tables[str(index)] = pa.table(arrays)
        sheets.append(
            {
                "name": sheet.name,
                "n_rows": sheet.n_rows,
                "n_columns": sheet.n_columns,
                "visible": sheet.visible,
                "hidden_rows": sheet.hidden_rows,
                "hidden_columns": sheet.hidden_columns,
                "merged": sheet.merged,
                "comments": sheet.comments,
                "lines": sheet.lines,
            }
        )
    about = {
        "file": book.file,
        "form": book.form,
        "sha256": book.sha256,
        "encoding": book.encoding,
        "delimiter": book.delimiter,
        "decimal": book.decimal,
        "fault": asdict(book.fault) if book.fault else None,
        "unread": book.unread,
        "sheets": sheets,
    }
    store.save(path, tables, about)


def load(path: Path) -> cells.Book:
    """Read what `save` wrote."""
    tables, about = store.load(path)
    book = cells.Book(
        about["file"],
        about["form"],
        about["sha256"],
        encoding=about["encoding"],
        delimiter=about["delimiter"],
        decimal=about["decimal"],
        fault=cells.Fault(**about["fault"]) if about["fault"] else None,
        unread=[(line, said) for line, said in about["unread"]],
    )
    for index, sheet in enumerate(about["sheets"]):
        table = tables[str(index)]
        names = set(table.column_names)
        width = sheet.pop("n_columns")
        book.sheets.append(
            cells.Sheet(
                columns=[table[str(column)] for column in range(width)],
                kinds=[table[f"{column}k"] if f"{column}k" in names else None for column in range(width)],
                merged=[tuple(area) for area in sheet.pop("merged")],
                comments=[tuple(comment) for comment in sheet.pop("comments")],
                **sheet,
            )
        )
    return book


if __name__ == "__main__":  # a large file is read by a process of its own: python -m scopeline.ingest RAW CELLS
    import gc
    import sys

    gc.disable()  # millions of cells are made and none of them in a circle
    ingest(Path(sys.argv[1]), Path(sys.argv[2]))
