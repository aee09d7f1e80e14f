"""Flows for the tests of the diagram in its forms: of plain numbers in each template, and counted from rows."""

from typing import Any

from scopeline.flow import count
from scopeline.flow_data import as_json
from scopeline.screening import screen
from scopeline.terms import ALL_BOXES, BOXES, FURTHER_BOXES
from screening_frames import both, decisions, reports, table, votes

TEMPLATES = {
    "new": {"previous": False, "other": False},
    "new, other methods": {"previous": False, "other": True},
    "updated": {"previous": True, "other": False},
    "updated, other methods": {"previous": True, "other": True},
}
LONG = "a reason with many words that the review team wrote out in full for its readers, 10.1000/" + "x" * 60


def made(
    n_reasons: int = 3,
    label: str = "reason",
    *,
    previous: bool = False,
    other: bool = False,
    n: int = 5,
    places: int = 1,
) -> dict[str, Any]:
    """A flow of plain numbers: every box has `n`, with so many reasons and so many databases."""
    names = list(BOXES)
    if other:
        names += [name for name in FURTHER_BOXES if name.startswith("other_")]
    if previous:
        names += ["previous_studies", "previous_reports", "total_studies", "total_reports"]
    reasons = [{"reason": f"{label} {number}", "n": number + 1} for number in range(n_reasons)]
    found = {"database": {"n": n, "label": "Databases", "names": {f"Base {each}": n for each in range(places)}}}
    elsewhere = {
        "website": {"n": n, "label": "Websites", "names": {"a site": n}},
        "citation": {"n": n, "label": "Citation searching", "names": {}},
    }
    return {
        "boxes": {name: {"n": n, "unit": ALL_BOXES[name][0], "label": ALL_BOXES[name][1]} for name in names},
        "reasons": {"excluded": [], "reports_excluded": reasons}
        | ({"other_reports_excluded": reasons} if other else {}),
        "sources": found | {"register": {"n": n, "label": "Registers", "names": {}}},
        "other_sources": elsewhere if other else {},
        "identities": [],
        "exceptions": [],
        "pending": 0,
        "template": {"previous": previous, "other": other},
        "previous": None,
        "typed": [],
    }


def two_arms_updated() -> tuple[dict[str, Any], Any]:
    """An updated review of both arms, counted from rows: a tool excluded, one report waits for classification."""
    found = table(
        "record_id source_type source_name duplicate_of",
        ("R1", "database", "PubMed", None), ("R2", "database", "PubMed", None), ("R3", "register", "CTgov", None),
        ("R4", "database", "Embase", "R1"), ("W1", "website", "a <site> & more", None),
        ("W2", "website", "a <site> & more", "R1"), ("W3", "citation", None, None),
    )  # fmt: skip
    cast = votes(
        *both("R1", "ta", "include"), *both("R2", "ta", "exclude", "no outcome"), *both("R3", "ta", "include"),
        *both("R1", "ft", "include"), *both("W1", "ft", "include"), *both("W3", "ft", "exclude", "no <outcome>"),
    )  # fmt: skip
    listed = reports(
        ("P1", "R1", "S1", "yes"), ("P3", "R3", None, "yes"), ("Q1", "W1", "S1; S2", "yes"), ("Q3", "W3", None, "yes")
    )
    screening = screen(
        found, cast, decisions(("R3", "ft", "awaiting")), listed, other_methods="apart",
        reasons=("no outcome", "no <outcome>"),
    )  # fmt: skip
    before = table("report_id study_id", ("P0", "S1"), ("P9", "S9"))
    counted = count(found, screening, listed, other_methods="apart", previous=before)
    return as_json(counted), counted
