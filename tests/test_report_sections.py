"""What the report tells of a review that lacks a table, of agreement, of likely duplicates, and in which order."""

from dataclasses import replace

import pandas as pd
import pytest
from report_evidence import FINDINGS, FLOW, HARMS, STUDIES, VALIDATION, VOTES, evidence
from scopeline import charting, harms_compared, sensitivity, synthesis, vote_counting
from scopeline.agreement import full_panel
from scopeline.charting import FieldSpec, Gate
from scopeline.report.members import Members, natural
from scopeline.report.page import page
from test_report import Reader

TABLES = ("records", "votes", "reports", "studies", "findings", "harms")


def without(*tables, **changes):
    """The small review without some tables, read."""
    left = [table for table in TABLES if table not in tables]
    return Reader(page(evidence(tables=left, axes=("condition", "outcome_domain"), design="design", **changes)))


def shown(read):
    """What a reader reads: the text of the page without its data."""
    return " ".join(read.all("main")[0]["text"].split())


def test_without_harms_nothing_is_claimed_of_harms():
    """No section, no link to it, no silence, and no rule on harms."""
    read = without("harms")
    assert not read.all("section", id="harms")
    assert not read.all("a", href="#harms")
    for claim in ("silent", "Silence", "absence of harm", "Wilson"):
        assert claim not in shown(read)
    assert without().all("section", id="harms")


def test_without_findings_there_is_no_map_of_what_was_found():
    """Without findings no direction is spoken of; the heading of the map goes with it."""
    read = without("findings")
    assert not read.all("section", id="map")
    assert not read.all("a", href="#map")
    for claim in ("no test", "folded", "comparative evidence", "benefit"):
        assert claim not in shown(read).replace("comparative findings speak", "")


def test_without_findings_studies_are_mapped_by_what_is_charted_of_them():
    """An axis that the studies have, by their design: each cell has the studies with both values, totals each once."""
    fields = [FieldSpec("condition", "Condition", "multi"), FieldSpec("design", "Design", "category")]
    studies = STUDIES.assign(condition=["gout; migraine", "migraine", pd.NA])
    read = without("findings", characteristics=charting.characteristics(studies, fields))
    assert read.all("h2", id="map-title")[0]["text"] == "Condition × design"
    sets = {each["title"]: each["members"] for each in read.data["sets"]}
    assert sets["migraine × trial"] == ["Able2020"]
    assert sets["migraine × series"] == ["Baker2021"]
    assert "gout × series" not in sets
    assert sets["trial"] == ["Able2020", "Cole2022"]
    assert "What the studies found is not charted. 1 of 4 cells hold no study." in shown(read)
    assert read.all("section", id="map")
    assert not read.all("input", type="radio")


def test_without_studies_nothing_is_told_of_them():
    """Neither characteristics nor the table of studies is there."""
    read = without("studies")
    assert not read.all("section", id="characteristics") + read.all("section", id="studies")
    assert not read.all("table", id="studies-table")


@pytest.fixture(scope="module")
def agreed():
    third = VOTES[VOTES["reviewer"] == "A"].assign(reviewer="C").iloc[:3]
    votes = pd.concat([VOTES, third], ignore_index=True)
    lines = full_panel(votes)
    return lines, Reader(page(evidence(agreement_lines=lines)))


def test_every_line_of_agreement_is_told_in_a_table_and_in_a_sentence(agreed):
    """Pairs and all reviewers together, with Fleiss and alpha, and each as the sentence that the csv has too."""
    lines, read = agreed
    told = [each["text"] for each in read.all("table") if "agreement" in each["attrs"].get("class", "")]
    assert len(told) == 2
    assert all(f"{a} and {b}" in told[0] for a, b in (("A", "B"), ("A", "C"), ("B", "C")))
    assert "3: A, B, C" in told[1]
    assert "Krippendorff’s alpha" in told[1]
    items = [each["text"] for each in read.all("li")]
    assert set(lines["sentence"]) <= set(items)


def test_what_cannot_be_estimated_is_said(agreed):
    """Where a pair put all in one category the table says "not estimable" and a note says why; no NaN is shown."""
    lines, read = agreed
    assert lines["kappa"].isna().any()
    assert "not estimable" in shown(read)
    assert any("same category" in each["text"] for each in read.all("li"))
    assert "nan" not in shown(read).lower().split()


def test_the_kappa_paradox_is_marked():
    """Where the categories are used very unevenly kappa is marked, and a note tells how to read it."""
    kept = {(1, "A"), (2, "B"), (3, "A"), (3, "B")}
    cast = [
        (f"R{i}", "title_abstract", who, "include" if (i, who) in kept else "exclude")
        for i in range(60)
        for who in "AB"
    ]
    votes = pd.DataFrame(cast, columns=["record_id", "stage", "reviewer", "decision"])
    told = shown(Reader(page(evidence(agreement_lines=full_panel(votes)))))
    assert "kappa paradox" in told
    assert "Kappa paradox: with so uneven a use" in told


def test_reasons_stand_with_their_labels():
    """A reason has the codebook's label where the flow carries it, and its members are still those of the value."""
    labelled = {**FLOW, "reasons": {"excluded": [{"reason": "not research", "label": "Not research at all", "n": 1}]}}
    read = Reader(page(evidence(flow=labelled)))
    sets = {each["title"]: each["members"] for each in read.data["sets"]}
    assert sets["Records excluded: Not research at all"] == ["R5"]
    assert "not research" not in shown(read)


def test_a_reason_that_ends_with_a_full_stop_does_not_get_two():
    """The sentence that follows a name keeps one full stop."""
    told = [{**FLOW["exceptions"][0], "why": "two reports describe one study."}]
    blank = {"source_type": "", "source_name": "", "reason": "", "cell": ""}
    typed = [{**blank, "box": "screened", "n": 5, "why": "a log."}]
    text = shown(Reader(page(evidence(flow={**FLOW, "exceptions": told, "typed": typed}))))
    assert "two reports describe one study." in text
    assert ".." not in text


def test_ids_are_sorted_as_people_count():
    """S9 stands before S10 in lists of members and in the table of studies, whatever the order of the frames."""
    assert sorted(["S10", "S9", "s1", "S"], key=natural) == ["S", "s1", "S9", "S10"]
    assert sorted(["2", "10", "9" * 5000], key=natural)[:2] == ["2", "10"]
    members = Members()
    members.count("some", ["S10", "S9"], "tables/x.csv")
    assert members.data({}, {})["sets"][0]["members"] == ["S9", "S10"]
    frame = pd.DataFrame({"Study": ["S10", "S9"], "Design": ["trial", "series"]})
    read = Reader(page(evidence(studies=frame)))
    rows = [each["text"] for each in read.all("tr") if each["attrs"].get("id", "").startswith("study-")]
    assert [row[:3].strip() for row in rows] == ["S9s", "S10"]


def test_a_title_stands_once():
    """A column whose texts all stand in the names of the studies is not shown beside them; others are."""
    frame = pd.DataFrame({"Study": ["S1", "S2"], "Title": ["A tale", "not charted yet"], "Design": ["trial", "series"]})
    names = {"S1": "Able; 2020; A tale", "S2": "Baker; 2021"}
    read = Reader(page(evidence(studies=frame, names=names)))
    table = read.all("table", id="studies-table")[0]["text"]
    assert table.count("A tale") == 1
    assert "Below the ID: Title." in table
    heads = [each["text"] for each in read.all("th", scope="col")]
    assert "Title" not in heads
    assert "Design" in heads


def test_a_year_stands_once_in_the_table_of_studies():
    """A year that has a column of its own, by which the table is sorted, is not told below the ID as well."""
    frame = STUDIES[["study_id", "year"]].rename(columns={"study_id": "Study", "year": "Year"})
    frame = frame.astype({"Year": object}).where(frame["Year"].notna(), "not reported")
    names = {"Able2020": "Able; 2020; A tale", "Baker2021": "Baker; 2021; A song of 2021", "Cole2022": "Cole"}
    read = Reader(page(evidence(studies=frame, names=names)))
    table = read.all("table", id="studies-table")[0]["text"]
    assert "Able; A tale" in table and "Baker; A song of 2021" in table
    assert table.count("2020") == 2  # in the ID and in the column


def test_shares_of_a_gated_field_are_of_those_who_were_asked():
    """The page shows the frame's percentages, and says of how many studies they are."""
    gate = Gate({"design": ["series"]}, "Design is series")
    fields = [FieldSpec("controlled", "Controlled", "category", gates=[gate])]
    frame = charting.characteristics(STUDIES, fields)
    read = Reader(page(evidence(characteristics=frame)))
    assert "2 of 3 studies are asked this; the shares of its values are of those." in shown(read)
    field = next(each["text"] for each in read.all("table") if "not asked" in each["text"])
    assert "yes2100\u00a0%" in field
    assert "not asked: Design is series133\u00a0%" in field


def test_likely_duplicates_are_told_with_their_file():
    """One sentence with the number and the list; none where nothing is to be judged."""
    read = Reader(page(evidence(likely_duplicates=12)))
    assert "12 pairs of records look like duplicates; nobody has judged them yet." in shown(read)
    assert read.all("a", href="validation/duplicates_to_review.csv")
    assert "1 pair of records looks like duplicates; nobody has judged it yet." in shown(
        Reader(page(evidence(likely_duplicates=1)))
    )
    assert "look like duplicates" not in shown(Reader(page(evidence())))


def test_rows_left_out_are_counted_and_lead_to_why():
    """A sheet says what it was taken for and how many of its rows were left out, with a way to the reasons."""
    sheet = {"sheet": "A", "table": "reports, decisions", "rows": 7, "tables": {"decisions": 5, "reports": 2},
             "left_out": [["no row in the export", 3], ["blank", 1]], "columns": []}  # fmt: skip
    told = {**VALIDATION, "files": [{"file": "raw/a.csv", "sha256": "ab", "sheets": [sheet]}]}
    read = Reader(page(evidence(validation=told)))
    row = next(each["text"] for each in read.all("tr") if "raw/a.csv" in each["text"])
    assert "5 rows of decisions, 2 rows of reports4" in row
    assert read.all("a", href="validation/index.html#files")


def test_further_tables_are_told_where_they_belong():
    """Sensitivity, vote counting, SWiM and arms compared stand in the page; every further table has its file."""
    directions = synthesis.directions(synthesis.fold(FINDINGS))
    done = sensitivity.sensitivity(FINDINGS, STUDIES, sensitivity.usual(STUDIES, FINDINGS))
    arms = harms_compared.compared(HARMS, STUDIES, arms={"intervention": ["LDN"], "comparator": ["placebo"]})
    frames = {
        "sensitivity": done.cells,
        "sensitivity_summary": done.summary,
        "vote_count": vote_counting.vote_count(directions, synthesis.fold(FINDINGS)),
        "swim": vote_counting.swim(),
        "compared": arms,
        "compared_across": harms_compared.across(arms),
        "strata": pd.DataFrame(),
    }
    read = Reader(page(evidence(further=frames)))
    sections = {each["attrs"]["id"]: each["text"] for each in read.all("section")}
    assert "Sensitivity analyses" in sections["map"]
    for title in ("Vote counting by direction", "What SWiM asks to be reported"):
        assert title in sections["tests"] and title not in sections["map"]
    assert "Arms compared within studies" in sections["harms"]
    assert "strata" not in sections
    assert read.all("a", href="tables/further/sensitivity.csv")
    assert not read.all("a", href="tables/further/strata.csv")
    text = shown(read)
    assert "significant" not in text
    assert "Controlled studies only" in text
    assert "it ignores the size, the precision and the risk of bias" in text
    titles = {each["title"] for each in read.data["sets"]}
    assert any(title.startswith("Migraine × pain × comparative: benefit") for title in titles)
    for button in (each for each in read.all("button") if "data-set" in each["attrs"]):
        opened = read.data["sets"][int(button["attrs"]["data-set"])]
        assert len(opened["members"]) == opened["n"]


def test_order_of_rows_changes_nothing():
    """Frames in another order of rows give the same page where the order says nothing."""
    told = evidence()
    turned = replace(told, studies=told.studies.iloc[::-1], directions=told.directions.iloc[::-1])
    assert page(told) == page(turned)
