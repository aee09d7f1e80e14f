"""Screening tables for tests: built by hand, drawn at random, and the example review's."""

import csv
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import strategies as st

REASONS = ("wrong population", "wrong design", "no outcome")


def table(columns, *rows):
    """A frame of strings; None is missing."""
    return pd.DataFrame([list(row) for row in rows], columns=columns.split(), dtype="string")


def records(*rows):
    return table("record_id duplicate_of removed_before_screening", *[(*row, None, None)[:3] for row in rows])


def votes(*rows):
    """Rows of record, stage (ta or ft), reviewer, decision, reason."""
    stages = {"ta": "title_abstract", "ft": "full_text"}
    return table(
        "record_id stage reviewer decision reason",
        *[(row[0], stages[row[1]], *row[2:], *[None] * (5 - len(row))) for row in rows],
    )


def decisions(*rows):
    stages = {"ta": "title_abstract", "ft": "full_text"}
    return table(
        "record_id stage decision reason adjudicator",
        *[(row[0], stages[row[1]], *row[2:], *[None] * (4 - len(row)), "C") for row in rows],
    )


def reports(*rows):
    return table("report_id record_id study_id retrieved", *rows)


def both(record, stage, decision, reason=None):
    """The same vote of both reviewers."""
    return [(record, stage, who, decision, reason) for who in "AB"]


def example(repository: Path):
    """The example's records, votes, decisions and reports, and its reasons in order; skips where it is not there."""
    found, log = repository / "raw" / "records.csv", repository / "raw" / "screening.xlsx"
    if not found.exists() or not log.exists():
        pytest.skip("the example review is not here")
    with found.open(encoding="utf-8-sig", newline="") as file:
        tables = [pd.DataFrame(csv.DictReader(file), dtype="string").replace("", pd.NA)]
    book = openpyxl.load_workbook(log, read_only=True, data_only=True)
    for name in ("votes", "decisions", "reports"):
        header, *rows = book[name].iter_rows(values_only=True)
        tables.append(pd.DataFrame(rows, columns=list(header), dtype="string"))
    reasons = [row[0] for row in book["lists"].iter_rows(min_row=2, values_only=True)]
    return (*tables, reasons)


IDS = st.sampled_from([f"R{number}" for number in range(1, 8)])
SOME_REASON = st.sampled_from([*REASONS, "unlisted", None])


def frames(columns, *cells, size=20):
    return st.lists(st.tuples(*cells), max_size=size).map(lambda rows: table(columns, *rows))


ANY_REVIEW = st.tuples(
    st.lists(
        st.tuples(IDS, st.none() | IDS | st.just("R99"), st.sampled_from([None, None, "automation", "other"])),
        max_size=7,
        unique_by=lambda row: row[0],
    ).map(lambda rows: table("record_id duplicate_of removed_before_screening", *rows)),
    frames(
        "record_id stage reviewer decision reason",
        IDS | st.just("R99"),
        st.sampled_from(["title_abstract", "full_text", "title_abstract", None, "odd"]),
        st.sampled_from("ABC"),
        st.sampled_from(["include", "exclude", "maybe", None]),
        SOME_REASON,
        size=40,
    ),
    frames(
        "record_id stage decision reason",
        IDS,
        st.sampled_from(["title_abstract", "full_text"]),
        st.sampled_from(["include", "exclude", None]),
        SOME_REASON,
    ),
    frames(
        "report_id record_id study_id retrieved",
        st.sampled_from([f"P{number}" for number in range(6)]),
        IDS | st.none() | st.just("R99"),
        st.sampled_from(["S1", "S2", "S1; S3", None]),
        st.sampled_from(["yes", "no", None]),
    ),
)
