"""What tables and figures count are the included studies of the flow; what is charted before is told at its cell."""

import pandas as pd
import pytest
from scopeline import codebook, evidence, flow, settings
from scopeline.figures import evidence_figures
from scopeline.review import Review
from small_review import SmallReview, told

WAITS = ("raw/charting.xlsx › studies!A3", "charted_before_included")


@pytest.fixture
def small(tmp_path):
    """The small review, with a state of harms and a year for the figures."""
    review = SmallReview(tmp_path)
    review.codebook = review.codebook.replace(
        "{name: harms_status, optional: true}", "{name: harms_status, values: [events, not_reported], missing: []}"
    )
    review.tables["harms"] = [
        ["study_id", "arm", "event", "harms_status", "n_events", "n_exposed"],
        ["Ames2001", "LDN", "nausea", "events", 3, 15],
        ["Bell2002", "LDN", None, "not_reported", None, None],
    ]
    return review


def counted(small, judgement):
    """The studies of the flow's box, and those in each table and figure of a run."""
    book = codebook.load(small.folder / "config" / "codebook.yaml")
    chosen = settings.load(small.folder / "config" / "config.yaml", book)
    found = evidence.synthesised(judgement.review, book, chosen)
    harmed = evidence.harmed(judgement.review, book, chosen)
    charted = evidence.charted(judgement.review, book, chosen)
    drawn = evidence_figures.draw(judgement.review, book, chosen, synthesised=found, harmed=harmed)
    assert set(charted["characteristics"]["denominator"]) == {len(charted["studies"])}
    assert set(harmed["silence"]["denominator"]) == {len(charted["studies"])}
    boxes = flow.of_review(judgement.review, judgement.screening, chosen)
    assert boxes.proved
    return set(boxes.boxes["included_studies"].members), {
        "studies": set(charted["studies"]["Study"]),
        "findings": set(found["folded"]["study_id"]),
        "harms": set(harmed["harms"]["study_id"]),
        "ranges": {study for page in drawn["ranges"].pages for study in page.data["study_id"]},
    }


def differing(small):
    """The votes on the second report differ at full text."""
    small.tables["votes"][-1][3:] = ["exclude", "wrong people"]


def missing(small):
    """One of the votes on the second report is missing."""
    del small.tables["votes"][-1]


def unread(small):
    """Nobody has voted on the second report at full text."""
    del small.tables["votes"][-2:]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (differing, "P2: the votes at full text differ"),
        (missing, "P2: votes at full text are missing"),
        (unread, "P2: votes at full text are missing"),
    ],
)
def test_a_study_that_is_not_included_yet_counts_nowhere(small, change, said):
    """A charted study whose only report waits is in no table and no figure, and its cell says where the report is."""
    change(small)
    judgement = small.judge()
    assert told(judgement) == [WAITS]
    assert said in next(item.message for item in judgement.issues if item.rule == WAITS[1])
    box, tables = counted(small, judgement)
    assert box == {"Ames2001"}
    assert list(tables.values()) == [{"Ames2001"}] * len(tables)


def test_one_included_report_is_enough(small):
    """A study with one included report counts, though another of its reports waits."""
    small.tables["reports"].append(["P3", "R4", "Ames2001", "yes"])
    for vote in small.tables["votes"]:
        if vote[0] == "R4":
            vote[3:] = ["include", None]
    judgement = small.judge()
    assert told(judgement) == []
    box, tables = counted(small, judgement)
    assert list(tables.values()) == [box] * len(tables)
    assert box == {"Ames2001", "Bell2002"}


def test_without_a_screening_all_that_is_charted_counts(small):
    """Where there are no records, or no table says which report is of which study, charting alone is counted."""
    small.tables["reports"] = small.tables["reports"][:1]
    assert small.judge().review.uncounted == []


def test_errors_are_told_before_what_waits(small):
    """Where errors stop the tables nothing is said of what they would count: an error may be why a report waits."""
    small.put("votes", "D10", "perhaps")
    assert [rule for _, rule in told(small.judge())] == ["not_allowed"]


def test_the_warning_can_be_waived(small):
    """A team that knows of it waives the warning with a reason; the study counts nowhere all the same."""
    differing(small)
    raw = small.write()
    waiver = "table,key,field,rule,who,why\nstudies,Bell2002,study_id,charted_before_included,Ann,charted as a pilot\n"
    (raw / "waivers.csv").write_text(waiver, encoding="utf-8")
    judgement = small.judge(raw)
    assert told(judgement) == []
    assert judgement.review.uncounted == ["Bell2002"]


def test_what_counts_is_kept_for_the_later_steps(small, tmp_path):
    """The later steps read from the kept review which studies count, whatever tables they read."""
    differing(small)
    judgement = small.judge()
    judgement.review.save(tmp_path / "kept.arrow")
    kept = Review.load(tmp_path / "kept.arrow", ["studies"])
    assert kept.uncounted == ["Bell2002"]
    assert kept.counted().table("studies")["study_id"].tolist() == ["Ames2001"]
    assert kept.table("studies")["study_id"].tolist() == ["Ames2001", "Bell2002"]
    assert kept.counted().address("studies", 0, "n") == "raw/charting.xlsx › studies!C2"


def test_a_review_in_which_all_counts_is_left_as_it_is():
    """Nothing is copied where there is nothing to leave out, and a table without studies passes."""
    review = Review({"studies": pd.DataFrame({"study_id": ["A"]}), "harms": pd.DataFrame()}, [])
    assert review.counted() is review
    review.uncounted = ["A"]
    assert review.counted().table("studies").empty
