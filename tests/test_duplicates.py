"""Likely duplicates: what is one record is proposed however it is written, what only looks alike is not."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from scopeline.duplicate_list import HEADERS, SHEET
from scopeline.duplicates import COLUMNS, propose
from scopeline.tables import duplicates as table

TITLE = "Low-dose naltrexone for the treatment of fibromyalgia: a randomised controlled trial"
PAPER = {
    "title": TITLE,
    "authors": "Younger J; Noor N; McCue R; Mackey S",
    "year": "2013",
    "journal": "Arthritis and Rheumatism",
    "volume": "65",
    "pages": "529-538",
}


def records(*rows):
    """Records with IDs R1, R2, … and the fields given; what a row lacks is missing."""
    return pd.DataFrame([{"record_id": f"R{at}", **row} for at, row in enumerate(rows, start=1)]).convert_dtypes()


def pairs(proposed):
    return set(zip(proposed["record_id"], proposed["duplicate_of"], strict=True))


def is_proposed(one, other, **more):
    """Whether two records, and nothing else of a review, are proposed as one."""
    return len(propose(records(one, other), **more)) == 1


# What is one record


@pytest.mark.parametrize(
    "other",
    [
        {"title": TITLE.upper() + "."},
        {"title": "The " + TITLE.replace("-", " ")},
        {"title": TITLE.replace("randomised", "randomized")},
        {"title": TITLE + " [abstract]"},
        {"title": f"[{TITLE}]."},
        {"title": TITLE.replace("naltrexone", "naltrexone®").replace("dose", "<i>dose</i>")},
        {"title": TITLE.replace("naltrexone", "naltrexnoe")},
        {"title": TITLE.split(":", maxsplit=1)[0]},
        {"title": f"RETRACTED: {TITLE}"},
        {"authors": "Younger J.Noor N.McCue R.Mackey S."},
        {"authors": "Jarred Younger, Noorulain Noor, Rebecca McCue, Sean Mackey"},
        {"authors": "Younger, J. et al."},
        {"authors": "Mackey S; McCue R; Noor N; Younger J"},
        {"journal": "Arthritis Rheum"},
        {"pages": "529-38"},
        {"year": "2014", "volume": None},
        {"authors": None, "journal": None, "volume": None, "pages": None},
    ],
)
def test_what_databases_write_differently_is_no_difference(other):
    """Case, marks, markup, order of names, abbreviated journals and left out fields do not make another record."""
    assert is_proposed(PAPER, {**PAPER, **other})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"doi": "10.1002/art.37734"}, {"doi": "https://doi.org/10.1002/ART.37734"}),
        ({"doi": "10.1016/S0140-6736(03)12345-6"}, {"doi": "doi: 10.1016/s0140-6736%2803%2912345-6."}),
        ({"pmid": "23359310"}, {"pmid": "PMID: 23359310"}),
        ({"pmid": 23359310}, {"pmid": 23359310}),
    ],
)
def test_an_identifier_finds_a_record_whose_title_is_missing(one, other):
    """The same DOI or PubMed ID is enough where nothing speaks against it, however it is written."""
    found = propose(records({**PAPER, **one}, {"year": "2013", **other}))
    assert len(found) == 1
    assert found["why"][0].startswith(("same DOI", "same PubMed ID"))


def test_a_title_in_another_language_is_found_by_its_doi():
    """A translated title is no supplement: authors and pages agree."""
    translated = {**PAPER, "title": "Низкие дозы налтрексона в лечении фибромиалгии", "doi": "10.1002/art.37734"}
    assert is_proposed({**PAPER, "doi": "10.1002/art.37734"}, translated)


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("低剂量纳曲酮治疗纤维肌痛的随机对照试验研究", "低剂量纳曲酮治疗纤维肌痛的随机对照试验研究。"),
        ("Низкие дозы налтрексона при болезни Крона", "НИЗКИЕ ДОЗЫ НАЛТРЕКСОНА ПРИ БОЛЕЗНИ КРОНА"),
        ("Effets de la naltrexone à faible dose: étude", "Effets de la naltrexone a faible dose : etude"),
    ],
)
def test_titles_of_other_scripts_are_compared_as_well(title, other):
    """Letters that are not Latin count as letters."""
    assert is_proposed({"title": title, "year": 2020}, {"title": other, "year": 2020})


def test_versions_of_one_preprint_are_proposed_and_told():
    """The number of a version makes no other DOI."""
    one = {"title": TITLE, "authors": "Younger J", "year": 2020, "doi": "10.1101/2020.01.02.123456v1"}
    found = propose(records(one, {**one, "doi": "10.1101/2020.01.02.123456v2"}))
    assert "versions of one DOI" in found["why"][0]


# What only looks alike


@pytest.mark.parametrize(
    "other",
    [
        {"title": f"Erratum: {TITLE}"},
        {"title": TITLE + ": study protocol"},
        {"title": f"Reply to: {TITLE}"},
        {"title": TITLE.replace("fibromyalgia", "endometriosis"), "volume": None, "pages": None},
        {"year": "2011", "journal": "Journal of Pain", "volume": "12", "pages": "P50"},
        {"journal": "European Journal of Pain", "volume": "17", "pages": "S12", "doi": "10.1016/j.pain.2013.01"},
        {"authors": "Parkitny L; Bested A; Metyas S", "pages": "12-19"},
    ],
)
def test_another_record_about_the_same_is_not_proposed(other):
    """An erratum, a protocol, a reply, another condition, an abstract of another meeting are records of their own."""
    assert not is_proposed({**PAPER, "doi": "10.1002/art.37734"}, {**PAPER, "doi": None, **other})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Part 1", "Part 2"),
        ("Part I", "Part II"),
        ("2017 update", "2018 update"),
        ("Phase two", "Phase three"),
    ],
)
def test_another_number_in_the_title_is_another_record(one, other):
    """The parts of a series have one title, one journal, one year."""
    same = {**PAPER, "pages": None}
    assert not is_proposed({**same, "title": f"{TITLE}. {one}"}, {**same, "title": f"{TITLE}. {other}"})


def test_roman_and_arabic_numbers_are_the_same():
    """Type II is type 2."""
    one = "Naltrexone in patients with type II diabetes: a cohort study of neuropathy"
    assert is_proposed({**PAPER, "title": one}, {**PAPER, "title": one.replace("II", "2")})


@pytest.mark.parametrize("title", ["Reply", "Correspondence", "Editorial", "In this issue"])
def test_a_heading_is_no_title(title):
    """Letters under one heading, in one journal and year, are not one record."""
    one = {"title": title, "year": 2013, "journal": "Pain", "authors": "Younger J", "pages": "12"}
    assert not is_proposed(one, {**one, "authors": "Mackey S", "pages": "99"})


def test_abstracts_that_share_the_doi_of_a_supplement_are_apart():
    """One DOI for a book of abstracts does not make them one."""
    shared = {"year": 2015, "journal": "Diabetes", "doi": "10.2337/db15386741"}
    abstracts = [
        {
            **shared,
            "title": "Liraglutide and the regression of atherosclerosis in mice",
            "authors": "Bruen R",
            "pages": "12",
        },
        {**shared, "title": "Kidney function after transplantation of islets", "authors": "Hirano T", "pages": "134"},
        {**shared, "title": "A survey of insulin pumps in rural districts", "authors": "Kohashi K", "pages": "250"},
    ]
    assert propose(records(*abstracts)).empty


def test_yearly_reports_are_apart():
    """The same title and authors a year later, in the next volume, are the next report."""
    report = {"title": "Annual report of the national registry of naltrexone prescriptions", "authors": "Raknes G"}
    one = {**report, "journal": "Drug Safety", "year": 2014, "volume": "37", "pages": "1-20"}
    assert not is_proposed(one, {**one, "year": 2015, "volume": "38", "pages": "3-25"})


def test_a_chain_does_not_join_what_is_not_alike():
    """A is alike to B and B to C, but A and C are of different years: no group holds A and C."""
    first = {"title": TITLE, "authors": "Younger J", "year": 2009, "journal": "Pain Medicine", "pages": "663"}
    last = {**first, "year": 2013, "journal": "Arthritis and Rheumatism", "pages": "529"}
    between = {"title": TITLE, "authors": "Younger J"}
    found = propose(records(first, between, last))
    assert {("R3", "R1"), ("R1", "R3")}.isdisjoint(pairs(found))
    assert len(found) == 1


# What is told, and what is left out


def test_the_record_with_most_fields_is_kept_then_the_first_by_id():
    """R2 comes before R10, and a fuller record before both."""
    frame = pd.DataFrame([{"record_id": name, **PAPER} for name in ("R10", "R2", "R30")])
    assert pairs(propose(frame)) == {("R10", "R2"), ("R30", "R2")}
    frame["doi"] = [None, None, "10.1002/art.37734"]
    assert pairs(propose(frame)) == {("R10", "R30"), ("R2", "R30")}


def test_why_is_told_in_words():
    """A reviewer reads what speaks for a pair and what against."""
    one = {**PAPER, "doi": "10.1002/art.37734", "pmid": "23359310"}
    other = {**one, "title": TITLE.replace("naltrexone", "naltrexnoe"), "year": "2014", "pmid": None}
    assert propose(records(one, other))["why"][0] == (
        "same DOI, title 0.98 alike, same first author, same journal, same first page; but 1 year apart"
    )


def test_marked_and_removed_records_are_left_out():
    """What is marked already is not proposed, and nobody is asked about a record that was removed."""
    frame = records(PAPER, PAPER, {**PAPER, "duplicate_of": "R1"}, {**PAPER, "removed_before_screening": "automation"})
    assert pairs(propose(frame)) == {("R2", "R1")}


def test_a_pair_judged_apart_is_never_in_one_group():
    """A no holds in either order, and for the company as well: two that are apart cannot both be the third."""
    frame = records(PAPER, PAPER, PAPER)
    assert pairs(propose(frame, judged_apart=[("R1", "R2")])) == {("R3", "R1")}
    assert pairs(propose(frame, judged_apart=[("R3", "R2")])) == {("R2", "R1")}
    assert propose(frame, judged_apart=[("R1", "R2"), ("R3", "R1"), ("R2", "R3")]).empty


def test_the_cut_says_what_is_proposed():
    """Nothing less alike than the cut is proposed."""
    frame = records(PAPER, {**PAPER, "authors": None, "year": None, "volume": None})
    assert len(propose(frame, cut=0.9)) == 1
    assert propose(frame, cut=0.9999).empty


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame({"record_id": pd.Series(dtype="string")}),
        pd.DataFrame({"title": [TITLE, TITLE]}),
        pd.DataFrame({"record_id": ["R1"], "title": [TITLE]}),
        pd.DataFrame({"record_id": ["R1", "R2"], "title": [None, ""], "authors": ["Younger", "Younger"]}),
        pd.DataFrame({"record_id": ["R1", "R1"], "title": [TITLE, TITLE]}),
        pd.DataFrame({"record_id": ["R1", None, "R3"], "title": [TITLE, TITLE, None]}),
    ],
)
def test_nothing_to_compare_gives_no_line(frame):
    """Empty frames, missing columns, IDs given twice or not at all are no failure."""
    found = propose(frame)
    assert tuple(found.columns) == COLUMNS
    assert found.empty


def test_many_records_under_one_heading_stay_apart_and_quick():
    """A heading that thousands share does not make millions of pairs."""
    rows = [
        {"title": "Editorial", "authors": f"Author{chr(97 + at % 26) * 5} B", "pages": str(at)} for at in range(3000)
    ]
    assert propose(records(*rows)).empty


# Truths for whatever records

WORDS = st.sampled_from(
    ["naltrexone", "low", "dose", "pain", "trial", "cohort", "part", "one", "1", "2", "ii", "men", "women", "痛"]
)
ROW = st.fixed_dictionaries(
    {
        "title": st.one_of(st.none(), st.lists(WORDS, min_size=1, max_size=9).map(" ".join)),
        "authors": st.sampled_from([None, "Younger J; Mackey S", "Mackey S", "Toljan K", "et al."]),
        "year": st.sampled_from([None, "2013", "2014", "n.d."]),
        "journal": st.sampled_from([None, "Pain", "Arthritis Rheum", "Arthritis and Rheumatism"]),
        "doi": st.sampled_from([None, None, "10.1000/a", "10.1000/b.v2", "none"]),
        "pmid": st.sampled_from([None, None, "1", "PMC12"]),
        "pages": st.sampled_from([None, "12-19", "S12", "Dec-25", "1)"]),
    }
)
REVIEW = st.lists(ROW, min_size=2, max_size=12).flatmap(
    lambda rows: st.lists(st.integers(0, len(rows) - 1), max_size=6).map(
        lambda again: [*rows, *(rows[at] for at in again)]
    )
)


@pytest.mark.properties
@settings(max_examples=150, deadline=None)
@given(rows=REVIEW, data=st.data())
def test_proposals_hold_for_whatever_records(rows, data):
    """The order of rows does not matter; a record is proposed once and in one group; judged pairs stay apart;
    identical records are always proposed.
    """
    frame = records(*rows)
    names = frame["record_id"].tolist()
    name = st.sampled_from(names)
    apart = data.draw(st.lists(st.tuples(name, name), max_size=4))
    cut = data.draw(st.sampled_from([None, 0.3, 0.95]))
    found = propose(frame, judged_apart=apart, cut=cut)
    shuffled = frame.iloc[data.draw(st.permutations(range(len(frame))))]
    pd.testing.assert_frame_equal(found, propose(shuffled, judged_apart=apart, cut=cut))

    assert found["record_id"].is_unique
    assert not set(found["record_id"]) & set(found["duplicate_of"])
    assert found.groupby("group")["duplicate_of"].nunique().eq(1).all()
    assert found["duplicate_of"].nunique() == found["group"].nunique()
    assert found["likeness"].between(0, 1).all()
    assert (found["why"] != "").all()
    group = dict(zip(found["record_id"], found["group"], strict=True))
    group |= dict(zip(found["duplicate_of"], found["group"], strict=True))
    assert all(one == other or one not in group or group[one] != group.get(other) for one, other in apart)

    judged = {one for pair in apart for one in pair}
    content = {name: tuple(row.items()) for name, row in zip(names, rows, strict=True)}
    known = [name for name in names if name not in judged and has_title_or_identifier(dict(content[name]))]
    for at, one in enumerate(known):
        for other in known[at + 1 :]:
            assert content[one] != content[other] or group[one] == group[other]


def has_title_or_identifier(row):
    return bool(row["title"] or row["doi"] in ("10.1000/a", "10.1000/b.v2") or row["pmid"] == "1")


# The list to fill in


def review():
    one = {**PAPER, "doi": "10.1002/art.37734", "title": "=" + TITLE}
    return records(one, {**one, "journal": "Arthritis Rheum"}, {"title": "Another record of a review that is alone"})


def test_the_list_shows_both_records_side_by_side():
    """A reviewer judges in the sheet: what both records say, and in which cells they stand."""
    frame = review()
    lines = table.listed(propose(frame), frame, lambda name: f"raw/records.xlsx › records!A{name[1:]}")
    line = lines.iloc[0]
    assert (line["record_id"], line["duplicate_of"], line["same"]) == ("R2", "R1", "")
    assert (line["journal"], line["journal kept"]) == ("Arthritis Rheum", "Arthritis and Rheumatism")
    assert (line["cell"], line["cell kept"]) == ("raw/records.xlsx › records!A2", "raw/records.xlsx › records!A1")
    assert "pmid" not in lines


def test_the_workbook_is_known_by_its_headers_and_gives_a_choice(tmp_path):
    """The sheet and headers by which it is found again, a choice of yes and no, texts that stay texts, equal bytes."""
    frame = review()
    lines = table.listed(propose(frame), frame)
    path, again = tmp_path / "duplicates_to_review.xlsx", tmp_path / "again.xlsx"
    table.write(path, lines)
    table.write(again, lines)
    assert path.read_bytes() == again.read_bytes()
    sheet = load_workbook(path)[SHEET]
    headers = [cell.value for cell in sheet[3]]
    assert set(HEADERS) <= set(headers)
    choice = sheet.data_validations.dataValidation[0]
    assert choice.formula1 == '"yes,no"'
    assert str(choice.sqref) == "D4"
    assert headers[3] == "same"
    title = sheet.cell(4, headers.index("title") + 1)
    assert title.data_type == "s" and title.value.startswith("=")


def test_the_csv_holds_every_line(tmp_path):
    """The csv has the same columns; likeness is cut to two decimals, so 1.00 is the same throughout."""
    frame = review()
    lines = table.listed(propose(frame), frame)
    table.write_csv(tmp_path / "duplicates_to_review.csv", lines)
    read = pd.read_csv(tmp_path / "duplicates_to_review.csv", dtype=str, keep_default_na=False)
    assert list(read.columns) == list(lines.columns)
    assert read["likeness"].tolist() == ["0.99"]


def test_nothing_likely_is_told(tmp_path):
    """A list without lines says so."""
    lines = table.listed(propose(pd.DataFrame()), pd.DataFrame())
    table.write(tmp_path / "none.xlsx", lines)
    assert load_workbook(tmp_path / "none.xlsx")[SHEET]["A1"].value == "No likely duplicates were found."


def test_a_long_list_is_cut_in_the_workbook_only(tmp_path, monkeypatch):
    """The workbook tells how many lines stand in the csv alone."""
    monkeypatch.setattr(table, "MOST_LINES", 2)
    frame = records(*[PAPER] * 5)
    table.write(tmp_path / "long.xlsx", table.listed(propose(frame), frame))
    sheet = load_workbook(tmp_path / "long.xlsx")[SHEET]
    assert sheet.max_row == 5
    assert sheet["A1"].value.endswith("The csv beside this workbook has 2 lines more.")
