"""Keeps several named tables in one file: Arrow streams, one after another, read back without copying.

Used between the steps of the pipeline only; what reviewers read is csv, xlsx and html. The same tables give the same
bytes.
"""

import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    import pandas as pd


def save(path: Path, tables: dict[str, pa.Table], about: dict[str, Any] | None = None) -> None:
    """Write tables and a small dictionary beside them to `path`, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    head = pa.schema(
        [], metadata={"about": json.dumps(about or {}, sort_keys=True, ensure_ascii=False), "n": str(len(tables))}
    )
    with pa.OSFile(str(partial), "wb") as sink:
        with pa.ipc.new_stream(sink, head):
            pass
        for name, table in tables.items():
            schema = table.schema.with_metadata({**(table.schema.metadata or {}), b"table": name.encode()})
            with pa.ipc.new_stream(sink, schema, options=options) as writer:
                writer.write_table(table.replace_schema_metadata(schema.metadata))
    os.replace(partial, path)


def load(path: Path) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """Read what `save` wrote: the tables by name, and the dictionary."""
    tables: dict[str, pa.Table] = {}
    with pa.memory_map(str(path)) as source:
        with pa.ipc.open_stream(source) as reader:
            metadata = reader.schema.metadata
            reader.read_all()
        for _ in range(int(metadata[b"n"])):
            with pa.ipc.open_stream(source) as reader:
                table = reader.read_all()
                tables[table.schema.metadata[b"table"].decode()] = table
    return tables, json.loads(metadata[b"about"])


def save_frames(path: Path, frames: "dict[str, pd.DataFrame]", about: dict[str, Any] | None = None) -> None:
    """As `save`, for pandas frames; their index is not kept. A column of numbers and texts comes back as it was."""
    save(path, {name: _table(frame) for name, frame in frames.items()}, about)


def load_frames(path: Path, only: Collection[str] | None = None) -> "tuple[dict[str, pd.DataFrame], dict[str, Any]]":
    """Read what `save_frames` wrote; with `only`, these frames alone."""
    tables, about = load(path)
    return {name: _frame(table) for name, table in tables.items() if only is None or name in only}, about


def _table(frame: "pd.DataFrame") -> pa.Table:
    mixed = [name for name, dtype in frame.dtypes.items() if dtype.kind == "O" and dtype.name == "object"]
    coded = frame.assign(**{str(name): frame[name].map(_coded).astype("str") for name in mixed})
    table = pa.Table.from_pandas(coded, preserve_index=False)
    return table.replace_schema_metadata({**(table.schema.metadata or {}), b"mixed": json.dumps(mixed).encode()})


def _frame(table: pa.Table) -> "pd.DataFrame":
    frame = table.to_pandas()
    for name in json.loads((table.schema.metadata or {}).get(b"mixed", b"[]")):
        frame[name] = frame[name].map(json.loads).astype(object)
    return frame


def _coded(value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124  (NaN)
        return "null"
    return json.dumps(value.item() if hasattr(value, "item") else value, ensure_ascii=False)
