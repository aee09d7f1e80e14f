"""A review that screened full texts alone: nothing waits for votes on titles, and the flow says what was done."""

from pathlib import Path

import pytest
from scopeline import codebook, flow, settings
from small_review import SmallReview, told


@pytest.fixture
def small(tmp_path):
    """The small review with votes on full texts alone; R4 is excluded there."""
    review = SmallReview(tmp_path)
    header, *votes = review.tables["votes"]
    mice = [["R4", "full_text", who, "exclude", "wrong people"] for who in "AB"]
    review.tables["votes"] = [header, *(line for line in votes if line[1] == "full_text"), *mice]
    review.tables["reports"].append(["P4", "R4", None, "yes"])
    return review


def counted(review):
    """The flow of a review, and what is told of its cells."""
    review.write()
    found = review.judge(review.folder / "raw")
    config = Path(review.folder / "config")
    chosen = settings.load(config / "config.yaml", codebook.load(config / "codebook.yaml"))
    return flow.of_review(found.review, found.screening, chosen), told(found)


def test_every_record_goes_to_its_report(small):
    """All three records are sought, none is excluded on its title, and F3 names why that is right."""
    small.config += "screening: {stages: full_text}\n"
    found, said = counted(small)
    sizes = {name: len(box.members) for name, box in found.boxes.items()}
    assert found.proved and said == []
    assert (sizes["screened"], sizes["excluded"], sizes["sought"], sizes["reports_excluded"]) == (3, 0, 3, 1)
    assert {each.id: each.exception for each in found.identities}["F3"] == "single_stage"


def test_without_the_setting_titles_are_waited_for(small):
    """The same votes in a review of two stages are votes that lack their first stage."""
    found, said = counted(small)
    assert said or not found.proved or len(found.boxes["sought"].members) < 3


def test_votes_on_titles_are_told_where_titles_were_not_screened(small):
    """What is set and what was voted contradict each other; the votes count nowhere and this is told."""
    small.config += "screening: {stages: full_text}\n"
    small.tables["votes"].append(["R1", "title_abstract", "A", "exclude", "wrong people"])
    _, said = counted(small)
    assert [rule for _, rule in said] == ["stage_not_screened"]
