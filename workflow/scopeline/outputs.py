"""What people and their programs read is written alike everywhere: UTF-8, line ends as on Linux, folders made."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def text(path: str | Path, content: str) -> None:
    """Write a text, ended with one line break where it has none."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(content if content.endswith("\n") else content + "\n", encoding="utf-8", newline="\n")


def plain(path: str | Path, content: object) -> None:
    """Write plain data (dictionaries, lists, texts, numbers) as json."""
    text(path, json.dumps(content, ensure_ascii=False, indent=1))


def table(path: str | Path, frame: "pd.DataFrame") -> None:
    """Write a frame as csv without its index; missing values are empty cells."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
