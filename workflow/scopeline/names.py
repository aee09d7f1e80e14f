"""What the members of a number are called: one line a person knows a record, report, study or finding by."""

from typing import TYPE_CHECKING

from .review import Review

if TYPE_CHECKING:
    import pandas as pd

_LONGEST = 140


def names(review: Review) -> dict[str, str]:
    """ID → title, year, identifier; a finding's line tells what was found and in which cell it stands."""
    found: dict[str, str] = {}
    titles: dict[str, str] = {}
    for line in _rows(review.table("records"), "record_id", ("title", "year", "doi")):
        titles[line[0]] = found[line[0]] = _joined(line[1], line[2], line[3])
    for report, record in _rows(review.table("reports"), "report_id", ("record_id",)):
        found[report] = _joined(titles.get(record, ""), record if record != report else "")
    for study, title, authors, year in _rows(review.table("studies"), "study_id", ("title", "authors_short", "year")):
        found[study] = _joined(authors, year, title)
    findings = review.table("findings")
    for position, line in enumerate(_rows(findings, "finding_id", ("study_id", "outcome_measure", "effect_text"))):
        found[line[0]] = _joined(line[1], line[2], line[3], review.address("findings", position, "direction"))
    return found


def _rows(frame: "pd.DataFrame", key: str, fields: tuple[str, ...]) -> list[tuple[str, ...]]:
    if key not in frame:
        return []
    blank = [""] * len(frame)
    columns = [frame[name].astype("string").fillna("").tolist() if name in frame else blank for name in (key, *fields)]
    return list(zip(*columns, strict=True))


def _joined(*parts: str) -> str:
    return "; ".join(part if len(part) <= _LONGEST else part[: _LONGEST - 1] + "…" for part in parts if part)
