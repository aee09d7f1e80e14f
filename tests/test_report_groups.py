"""What the report tells within groups of studies, of tests that a review asked for, and of harms by group."""

import pandas as pd
from report_evidence import FINDINGS, HARMS, STUDIES, evidence
from scopeline import appraisal, charting, harms_compared, harms_groups, strata, synthesis, vote_counting
from scopeline.charting import FieldSpec
from scopeline.report.page import page
from test_report import Reader

ARMS = {"intervention": ["LDN"], "comparator": ["placebo"]}


def sections(**further):
    """The sections of a page with these frames, each as a text on one line."""
    read = Reader(page(evidence(further=further)))
    return {each["attrs"]["id"]: " ".join(each["text"].split()) for each in read.all("section")}


def stratified(spec, studies=STUDIES):
    folded = synthesis.fold(FINDINGS)
    return strata.stratified(synthesis.directions(folded), studies, folded, [spec])


def test_strata_have_a_section_with_the_map_of_each_group():
    """Each value of a stratum stands with all its studies, and below it its rows of the map with their directions."""
    design = FieldSpec("design", "Design", "category", ["series", "trial"], {"series": "Case series", "trial": "Trial"})
    read = Reader(page(evidence(further={"strata": stratified(design)})))
    (section,) = read.all("section", id="strata")
    told = " ".join(section["text"].split())
    assert "Case series 1 study" in told and "Trial 2 studies" in told
    assert told.index("Case series") < told.index("Trial 2 studies")
    assert read.all("button", **{"aria-label": "Uncontrolled, Case series, Migraine, pain: 1 harm"})
    assert read.all("a", href="tables/further/strata.csv") and read.all("a", href="#strata")
    assert "strata" not in sections()


def test_numbers_of_a_group_list_their_own_members():
    """A number within a group of studies opens the studies of that group, not all of the cell."""
    design = FieldSpec("design", "Design", "category", ["series", "trial"])
    read = Reader(page(evidence(further={"strata": stratified(design)})))
    sets = [each for each in read.data["sets"] if each["title"] == "Design, series: Migraine × pain"]
    assert [[member[0] for member in each["members"]] for each in sets] == [["Baker2021"]]
    assert sets[0]["csv"] == "tables/further/strata.csv"


def test_evidence_of_one_kind_has_one_line_in_the_vote_count():
    """Where all studies of a cell are of one kind, the line of all evidence is not told a second time."""
    folded = synthesis.fold(FINDINGS)
    told = Reader(
        page(evidence(further={"vote_count": vote_counting.vote_count(synthesis.directions(folded), folded)}))
    )
    notes = ("has a direction", "the p-value cannot")
    rows = [each["text"].lower() for each in told.all("tr") if any(note in each["text"] for note in notes)]
    of_cell = {cell: [row for row in rows if row.strip().startswith(cell)] for cell in ("goutpain", "migrainepain")}
    assert len(of_cell["goutpain"]) == 1 and "comparative only" in of_cell["goutpain"][0]
    assert ["and all" in row for row in of_cell["migrainepain"]] == [False, True]


def test_combined_p_values_are_told_on_the_page():
    """Both methods stand with the studies that entered and those that could not, and with what the test asks."""
    findings = FINDINGS.assign(p_value=["0.0001", None, None, None, None, None])
    findings["p_value_number"], findings["p_value_bound"] = [0.0001] + [None] * 5, ["="] + [None] * 5
    combined = vote_counting.combine_p_values(findings)
    told = sections(p_combined=combined.cells, p_entered=combined.entered)["tests"]
    assert told.startswith("Combined p-values")
    assert "<0.001" in told and "Fisher, p" in told and "Stouffer, p" in told
    assert "Both p-values are one-sided, towards benefit." in told
    assert "Vote counting by direction" not in told and "significant" not in told


def test_arms_are_compared_with_unit_and_interval():
    """The difference of two shares stands in percentage points with its sign and its interval, study by study."""
    arms = harms_compared.compared(HARMS, STUDIES, arms=ARMS)
    told = sections(compared=arms, compared_across=harms_compared.across(arms))["harms"]
    line = arms.iloc[0]
    assert line["risk_difference"] == 0.005
    low, high = (100 * line[end] for end in ("newcombe_low", "newcombe_high"))
    interval = f"{low:+.1f} to {high:+.1f}".replace("-", "\N{MINUS SIGN}")
    assert f"+0.5{interval}" in told.replace(" +0.5 ", "+0.5").replace("+0.5 ", "+0.5")
    assert "interval (points)" in told and "in percentage points" in told


def test_harms_are_told_by_group_of_events_where_events_have_groups():
    """A sentence a group of events, with the lowest and highest share, and how many studies are silent beside it."""
    grouped = harms_groups.by_group(HARMS, {"nausea": "stomach"}, STUDIES, arms=ARMS)
    told = sections(by_group=grouped)["harms"]
    assert "Stomach, intervention: named by 1 study, in <1 % (3/600) of people" in told
    assert "2 of 3 studies are silent on harms." in told
    alone = harms_groups.by_group(HARMS, {}, STUDIES, arms=ARMS)
    assert "By group of events" not in sections(by_group=alone)["harms"]


def test_what_studies_say_of_harms_is_told_by_the_rows_of_the_map():
    """Of each condition: its studies, those that report an event, those that state none, and the silent ones."""
    studies = STUDIES.assign(condition=["migraine", "migraine", "gout"])
    frame = charting.characteristics(studies, [FieldSpec("condition", "Condition", "category", ["migraine", "gout"])])
    read = Reader(page(evidence(characteristics=frame, axes=("condition", "outcome_domain"))))
    table = next(each["text"] for each in read.all("table") if "Silent on harms" in each["text"])
    assert "Migraine2101" in "".join(table.split())
    assert "Gout1001" in "".join(table.split())


def test_studies_without_an_appraisal_are_named():
    """Beside the figure stands how many studies were appraised, of all, and who was not."""
    judged = pd.DataFrame({"study_id": ["Cole2022"], "domain": ["selection"], "judgement": ["low"]}, dtype="string")
    lights = appraisal.traffic_light(judged, STUDIES)
    read = Reader(page(evidence(further={"lights": lights}, **FIGURE)))
    (section,) = read.all("section", id="appraisal")
    assert "1 of 3 studies were appraised. Not appraised (2): Able2020 and Baker2021." in " ".join(
        section["text"].split()
    )


FIGURE = {
    "figures": {"appraisal": {"pages": [], "why_not": "nothing to draw"}},
}
