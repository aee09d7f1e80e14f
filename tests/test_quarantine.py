"""By choice a wrong cell costs its own value and nothing else, and what was lost is told with its number."""

import dataclasses
import datetime as dt
import random
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scopeline import cells, codebook, quarantine, screening
from scopeline import settings as review_settings
from scopeline.issue_rules import RULES
from scopeline.parsing import FAULT
from scopeline.terms import Severity
from small_review import TABLES, WRONG_VALUES, SmallReview


@pytest.fixture
def review(tmp_path: Path) -> SmallReview:
    return SmallReview(tmp_path)


def done(review: SmallReview):
    """The judgement, the codebook, the review without the wrong values, and what was lost."""
    judged = review.judge()
    book = codebook.load(review.folder / "config" / "codebook.yaml")
    return judged, book, *quarantine.quarantine(judged.review, judged.issues, book)


VALUES = [
    *(line[:4] for line in WRONG_VALUES),
    ("votes", "B2", "abstract", "not_allowed"),
    ("records", "E4", "R3", "duplicate_of_itself"),
    ("records", "E4", "R9", "reference_unknown"),
]


def same(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    """Whether two frames hold the same, but for what a missing value is made of."""
    return left.equals(right)


@pytest.mark.parametrize(
    ("table", "cell", "value", "rule"), VALUES, ids=[f"{v[3]}-{v[0]}-{v[1]}-{n}" for n, v in enumerate(VALUES)]
)
def test_one_wrong_value_is_left_out_and_nothing_else(review, table, cell, value, rule):
    """The row stays with its other values; the cell has none, and its kind of missing says why."""
    field = TABLES[table][0][cells.number(cell.rstrip("0123456789"))]
    review.put(table, cell, value)
    judged, book, left, lost = done(review)
    assert quarantine.stopping(judged.issues, book) == []
    at = int("".join(c for c in cell if c.isdigit())) - 2
    frame, before = left.tables[table], judged.review.tables[table]
    assert len(frame) == len(before) == len(TABLES[table]) - 1
    assert frame[f"{field}__missing"].iloc[at] == "quarantined"
    own = [name for name in frame if name in {f"{field}{s}" for s in ("", "_low", "_high", "_number", "_bound")}]
    assert frame[own].iloc[at].isna().all()
    assert list(frame.columns) == list(before.columns)
    assert (frame.dtypes == before.dtypes).all()
    assert same(frame.drop(columns=[*own, f"{field}__missing"]), before.drop(columns=[*own, f"{field}__missing"]))
    others = [position for position in range(len(frame)) if position != at]
    assert same(frame.iloc[others], before.iloc[others])
    assert all(left.tables[name] is judged.review.tables[name] for name in left.tables if name != table)
    (line,) = lost.to_dict("records")
    assert (line["table"], line["field"], line["cell"], line["rule"]) == (table, field, cell, rule)
    assert line["kind"] == "set aside"
    assert str(value)[:6] in line["value"] or isinstance(value, dt.datetime)


def test_a_value_that_is_needed_and_blank_stays_blank(review):
    """There is nothing to leave out: the cell is not charted yet, and is told as such."""
    review.put("findings", "E2", None)
    review.put("votes", "E6", None)
    judged, book, left, lost = done(review)
    assert quarantine.stopping(judged.issues, book) == []
    assert list(lost["kind"]) == ["blank", "blank"]
    assert list(lost["rule"]) == ["required", "rule_broken"]
    for name in left.tables:
        assert same(left.tables[name], judged.review.tables[name])


STOP = [
    ("findings", "A3", "F1", "key_twice"),
    ("findings", "A3", None, "key_blank"),
    ("records", "A5", "4", "wrong_form"),
    ("reports", "B2", "R77", "reference_unknown"),
    ("reports", "C3", None, "included_not_charted"),
    ("findings", "E1", "direction of effect", "column_renamed"),
]


@pytest.mark.parametrize(("table", "cell", "value", "rule"), STOP, ids=[case[3] for case in STOP])
def test_what_is_not_about_the_value_of_one_cell_stops_even_so(review, table, cell, value, rule):
    """A row's name, a missing column and a contradiction of two rows cannot be left out."""
    review.put(table, cell, value)
    judged, book, _, _ = done(review)
    assert rule in {item.rule for item in quarantine.stopping(judged.issues, book)}
    assert all(quarantine.why_it_stops(item, book) for item in judged.issues if item.rule == rule)


def test_a_missing_table_and_a_damaged_file_stop(review):
    """What was not read cannot be left out cell by cell."""
    del review.tables["findings"]
    raw = review.write()
    (raw / "more.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    judged = review.judge(raw)
    book = codebook.load(review.folder / "config" / "codebook.yaml")
    assert {item.rule for item in quarantine.stopping(judged.issues, book)} == {"file_damaged"}
    (raw / "more.xlsx").unlink()
    assert {item.rule for item in quarantine.stopping(review.judge(raw).issues, book)} == {"table_missing"}


def test_every_error_either_costs_its_value_or_stops_for_a_reason():
    """The lists are closed: each rule that is an error stands in one of them, and in one only."""
    errors = {rule.id for rule in RULES.values() if rule.severity == Severity.ERROR}
    lists = (quarantine.UNREADABLE, quarantine.BROKEN, set(quarantine.STOPPING))
    assert errors - set().union(*lists) == set()
    assert sum(map(len, lists)) == len(set().union(*lists))
    assert all(quarantine.STOPPING.values())


def test_no_fault_is_left_where_nothing_stops(review):
    """After quarantine each cell has a value or one of the kinds of missing that the tables know."""
    for table, cell in (("studies", "C2"), ("studies", "D3"), ("findings", "F2"), ("votes", "D3")):
        review.put(table, cell, "x y")
    judged, book, left, lost = done(review)
    assert quarantine.stopping(judged.issues, book) == []
    assert len(lost) == 4
    for frame in left.tables.values():
        for name in frame:
            assert not str(name).endswith("__missing") or FAULT not in set(frame[name])
    assert any(FAULT in set(f[n]) for f in judged.review.tables.values() for n in f if str(n).endswith("__missing"))


def test_only_a_waived_value_that_could_not_be_read_is_left_out(review):
    """A waived value that was read stays; one that was not read is missing, and told."""
    review.put("studies", "C2", 0)
    review.put("studies", "D3", "a little")
    judged = review.judge()
    book = codebook.load(review.folder / "config" / "codebook.yaml")
    waived = [dataclasses.replace(item, severity=Severity.NOTE) for item in judged.issues]
    left, lost = quarantine.quarantine(judged.review, waived, book)
    assert left.tables["studies"]["n"].iloc[0] == 0
    assert left.tables["studies"]["dose_mg__missing"].to_list()[1] == "quarantined"
    assert list(lost["field"]) == ["dose_mg"]


def test_several_rules_at_one_cell_are_one_lost_value(review):
    """Values are counted, not rules; warnings cost nothing."""
    review.codebook += "      - {id: few, check: n_events < 10}\n"
    review.codebook += "      - {id: even, check: n_exposed < 9, severity: warning}\n"
    review.put("harms", "D2", 16)
    _, _, left, lost = done(review)
    assert list(lost["rule"]) == ["rule_broken"]
    assert left.tables["harms"]["n_exposed"].iloc[0] == 15


def test_a_good_review_loses_nothing(review):
    """Without errors the frames are the very same, and there is nothing to tell."""
    judged, book, left, lost = done(review)
    assert all(left.tables[name] is judged.review.tables[name] for name in judged.review.tables)
    assert list(lost.columns) == list(quarantine.COLUMNS)
    assert len(lost) == 0
    used = quarantine.uses(book, review_settings.load(review.folder / "config" / "config.yaml", book))
    assert [quarantine.losses(lost, part) for part in used.values()] == [""] * len(used)
    assert quarantine.losses(None, {"studies": ("n",)}) == ""
    assert quarantine.tally(lost) == quarantine.tally(None) == []


def test_an_error_whose_cell_was_not_left_out_stops(review):
    """Nothing passes on trust: an error counts as set aside only where its cell is among the lost."""
    review.put("studies", "C2", 0)
    review.put("studies", "D3", "a little")
    judged, book, _, lost = done(review)
    assert quarantine.stopping(judged.issues, book, lost) == []
    assert [item.cell for item in quarantine.stopping(judged.issues, book, lost[:1])] == ["D3"]
    said = [item.cell for item in quarantine.told(judged.issues, lost[:1]) if "made without it" in item.message]
    assert said == ["C2"]
    assert quarantine.together(lost, lost[:1]).equals(lost)


# ---- what is told


def test_each_part_of_the_results_tells_what_it_lost(review):
    """Values by field, and rows that count nowhere; a part that does not use a field says nothing of it."""
    review.put("studies", "C2", "about 40")
    review.put("studies", "C3", "many")
    review.put("findings", "E2", "benefits")
    review.put("findings", "G2", "x")
    review.put("votes", "D2", "inclde")
    review.put("votes", "B3", "abstract")
    _, book, _, lost = done(review)
    used = quarantine.uses(book, review_settings.load(review.folder / "config" / "config.yaml", book))
    told = {part: quarantine.losses(lost, fields) for part, fields in used.items()}
    n = "2 values were set aside because of errors in their cells: n of studies 2."
    assert told["characteristics"] == told["studies"] == n
    assert told["synthesis"] == (
        "3 values were set aside because of errors in their cells: direction of findings 1, n of studies 2."
    )
    votes = (
        "2 values were set aside because of errors in their cells: decision of votes 1, stage of votes 1. "
        "So 2 rows count nowhere: R1 · title_abstract · A (votes), R1 · ? · B (votes)."
    )
    assert told["flow"] == told["agreement"] == votes
    assert told["harms"] == ""
    assert {"table": "studies", "field": "n", "kind": "set aside", "n": 2} in quarantine.tally(lost)


def test_a_needed_value_that_is_blank_is_told_apart(review):
    """A blank is no value that was set aside."""
    review.put("findings", "E2", None)
    _, _, _, lost = done(review)
    assert quarantine.losses(lost, {"findings": ("direction",)}) == (
        "1 value was needed and not there: direction of findings 1."
    )


def test_a_vote_without_its_reviewer_counts_nowhere(review):
    """What is told of a row is so: screening has one vote fewer, and the record is pending."""
    anybody = "{name: reviewer, constraints: {required: true}}"
    review.codebook = review.codebook.replace(anybody, anybody.replace("reviewer,", "reviewer, values: [A, B],"))
    review.put("votes", "C2", "Q")
    _, _, left, lost = done(review)
    assert list(lost["counts"]) == ["no"]
    votes = quarantine.counted(left.tables["votes"], "votes")
    assert len(votes) == len(left.tables["votes"]) - 1
    states = screening.screen(left.tables["records"], votes, None, left.tables["reports"]).states
    assert dict(zip(states["record_id"], states["state"], strict=True))["R1"] == "pending_screening"


def test_counting_without_quarantine_keeps_every_row(review):
    """A table that lost nothing, a table that is absent and one without votes stay as they are."""
    frame = review.judge().review.tables["votes"]
    assert len(quarantine.counted(frame, "votes")) == len(frame)
    assert quarantine.counted(pd.DataFrame(), "votes").empty
    assert len(quarantine.counted(frame, "records")) == len(frame)


# ---- whatever is wrong

BAD = st.sampled_from(["", "x", "0", "-7", "99-1", "NA", "NR", "1.5", "#", "R1", "F1", "Ames2001", "include"])
CELLS = [
    (table, f"{cells.letter(column)}{row}")
    for table, rows in TABLES.items()
    for row in range(2, len(rows) + 1)
    for column in range(len(rows[0]))
]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(CELLS), BAD, max_size=6), st.randoms())
def test_quarantine_never_drops_a_row_and_never_changes_another_cell(tmp_path, faults, chance: random.Random):
    """Whatever stands in some cells, exactly the cells told as lost differ, and the order of issues does not matter."""
    review = SmallReview(tmp_path)
    for (table, cell), value in faults.items():
        review.put(table, cell, value or None)
    judged, book, left, lost = done(review)
    expected = {(line["table"], line["cell"]) for line in lost.to_dict("records") if line["kind"] == "set aside"}
    changed = set()
    for table, before in judged.review.tables.items():
        after = left.tables[table]
        assert len(after) == len(before)
        for spec in book.tables[table].fields:
            differs = after[f"{spec.name}__missing"].fillna("") != before[f"{spec.name}__missing"].fillna("")
            suffixes = {"range": ("_low", "_high"), "bounded": ("_number", "_bound")}.get(spec.what, ())
            for name in (spec.name, *(f"{spec.name}{suffix}" for suffix in suffixes)):
                assert same(after.loc[~differs, name], before.loc[~differs, name])
            for at in before.index[differs]:
                changed.add((table, left.address(table, at, spec.name).rpartition("!")[2].rpartition(" ")[2]))
                assert pd.isna(after[spec.name].iat[at])
                assert after[f"{spec.name}__missing"].iat[at] == "quarantined"
    assert changed == expected
    again, lost_again = quarantine.quarantine(judged.review, chance.sample(judged.issues, len(judged.issues)), book)
    assert lost_again.equals(lost)
    assert all(same(again.tables[name], left.tables[name]) for name in left.tables)
    if not quarantine.stopping(judged.issues, book):
        faulty = [f[n] for f in left.tables.values() for n in f if str(n).endswith("__missing")]
        assert not any(FAULT in set(column) for column in faulty)
