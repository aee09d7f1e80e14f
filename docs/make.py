"""Writes what is made from the library: docs/rules.md and workflow/schemas. Call: python docs/make.py"""

from pathlib import Path

from scopeline import checked
from scopeline.codebook import Codebook
from scopeline.report import rules
from scopeline.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


def made() -> dict[str, str]:
    """The text of each file that is made, by its path in the repository."""
    return {
        "docs/rules.md": rules.markdown(),
        "workflow/schemas/config.schema.yaml": checked.schema(Settings, "config/config.yaml: the settings of a review"),
        "workflow/schemas/codebook.schema.yaml": checked.schema(
            Codebook, "config/codebook.yaml: what may stand in each column"
        ),
    }


if __name__ == "__main__":
    for name, text in made().items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(text, encoding="utf-8", newline="\n")
