"""The verdict as files for other programs: SARIF, JUnit, and the Markdown of a job summary."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..issues import Issue
from .github import summary
from .junit import junit
from .sarif import sarif

#: The names that `machine_files` gives, for whoever must know them before.
NAMES = ("issues.sarif", "issues.junit.xml", "summary.md")


def machine_files(issues: Sequence[Issue], files: Sequence[Mapping[str, Any]], *, title: str) -> dict[str, str]:
    """File name → text, for results/validation/: the same issues give the same bytes."""
    return {
        "issues.sarif": sarif(issues),
        "issues.junit.xml": junit(issues, files),
        "summary.md": summary(issues, title=title),
    }
