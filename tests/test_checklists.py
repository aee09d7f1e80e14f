"""Checklists: every item is answered with what the results show, or says what the authors have to write."""

import re
from importlib.resources import files

import pandas as pd
import pytest
import yaml
from report_evidence import evidence, hostile
from scopeline import checklists, codebook
from scopeline.checklist_answers import Answers
from scopeline.errors import ConfigurationError
from scopeline.report import checklist_page, sentences
from scopeline.report.places import Published
from scopeline.report.words import Markdown, Pen
from scopeline.settings import Settings
from test_report import Reader

BOOK = codebook.Codebook.model_validate(
    {
        "name": "small",
        "version": "2.1",
        "resources": [
            {
                "name": "studies",
                "schema": {"fields": [{"name": "study_id"}, {"name": "year", "title": "Year of publication"}]},
            },
            {"name": "votes", "schema": {"fields": [{"name": "reason", "values": ["not research", "wrong people"]}]}},
        ],
    }
)
FILES = {"report.html", "summary.md", "tables/harms_silence.csv", "tables/studies.csv", "dictionary/dictionary.md"}
EXCLUDED = pd.DataFrame(
    {
        "report_id": ["P9"],
        "record_id": ["R9"],
        "authors": ["Able A"],
        "year": ["2020"],
        "title": ["A | title"],
        "journal": [None],
        "doi": [None],
        "reason": ["wrong people"],
    }
)


def facts(about=None, **changes):
    chosen = Settings.model_validate({"review": {"title": "A scoping review", "question": "What is known?"}})
    parts = {"evidence": about or evidence(), "settings": chosen, "codebook": BOOK, "files": FILES}
    return checklists.Facts(**{**parts, **changes})


def answers(name, given=None, pen=None):
    (found,) = [each for each in checklists.answered(given or facts(), pen) if each.name == name]
    return {answer.id: answer for answer in found.answers}


@pytest.mark.parametrize(("name", "size"), [("prisma_scr", 22), ("swim", 9), ("jbi", 12)])
def test_every_item_is_there_and_answered(name, size):
    """PRISMA-ScR has 22 items, SWiM 9, JBI three appendices and nine charted items; none is left without a word."""
    found = answers(name)
    assert len(found) == size
    for answer in found.values():
        assert answer.said or answer.where or answer.write, answer
        assert answer.status in ("from the results", "in part", "authors to write")


@pytest.mark.parametrize("name", checklists.NAMES)
def test_the_items_name_only_sentences_that_there_are(name):
    """A slip of the pen in a list of items is found here and not by a reviewer."""
    path = files("scopeline") / "checklist_items" / f"{name}.yaml"
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert told["name"] == name and "doi:" in told["source"]
    for item in told["items"]:
        for said in item.get("said", ()):
            assert callable(getattr(Answers, said))
        assert len(item["asks"]) < 140


def test_only_files_that_there_are_are_named():
    """A file that this review's results lack is not linked, and a row is the one that is meant."""
    named = {each.file for one in checklists.answered(facts()) for answer in one.answers for each in answer.where}
    assert named <= FILES


def test_an_answer_names_the_rows_that_its_numbers_stand_in():
    """Each row is the one that a spreadsheet shows: its header is row 1."""
    about = evidence()
    tables = {
        "tables/harms_silence.csv": about.harms_silence.astype("string"),
        "tables/condition_by_domain.csv": about.tally.astype("string"),
        "tables/studies.csv": about.studies.astype("string"),
    }
    given = facts(about, files=set(tables), published=Published(tables=tables))
    places = answers("prisma_scr", given)["18"].where
    (silent,) = [each for each in places if each.file == "tables/harms_silence.csv"]
    states = [about.harms_silence["state"].iloc[row - 2] for row in silent.rows]
    assert states == ["events", "zero_stated", "not_reported", "not_assessed", "not_charted"]
    told, whole = [each for each in places if each.file == "tables/condition_by_domain.csv"]
    cells = [tuple(about.tally[["condition", "outcome_domain"]].iloc[row - 2]) for row in told.rows]
    assert cells == [("migraine", "pain")]
    assert (whole.whole, whole.rows) == (True, tuple(range(2, len(about.tally) + 2)))
    (studies,) = answers("prisma_scr", given)["15"].where
    assert str(studies) == "tables/studies.csv, all rows (2 to 4)"


def test_a_test_that_the_review_asked_for_is_not_denied():
    """Where votes are counted or p-values combined, no answer says that there is no test; otherwise one does."""
    for asked in ({"directions": True}, {"p_values": True}, {"directions": True, "p_values": True}):
        chosen = Settings.model_validate({"review": {"title": "A review"}, "synthesis": {"vote_counting": asked}})
        for one in checklists.answered(facts(settings=chosen)):
            said = checklist_page.markdown(one)
            assert "no test" not in said
            if one.name == "swim":
                assert "is a test of its own" in said
    assert sentences.NOT_A_TEST in answers("swim")["9"].said


def test_what_was_appraised_is_no_certainty():
    """A judgement of single studies is not passed off as the certainty of findings (SWiM item 6)."""
    table = pd.DataFrame({"study_id": ["S1"], "instrument": ["RoB 2"]})
    assert "not of the certainty" in answers("swim", facts(appraisal=table))["6"].said[1]
    assert answers("swim")["6"].status == "authors to write"


def test_reasons_are_told_at_each_stage():
    """PRISMA-ScR item 14 asks why records were excluded at each stage, title and abstract too."""
    assert "Why records were excluded on title and abstract: not research (1)." in answers("prisma_scr")["14"].said


def test_the_data_answer_where_they_can():
    """Votes, flow, data items, reasons and the codebook are told from what was reckoned."""
    found = answers("prisma_scr")
    assert "3 studies were included, from 4 reports." in found["14"].said
    assert "Each record needed 2 votes at each stage." in found["9"].said
    assert 'A vote of "maybe" counted as "include".' in found["9"].said
    assert found["10"].said[0] == "The charting form is made from the codebook small, version 2.1."
    assert "not research; wrong people" in found["6"].said[0]
    assert found["4"].said == ("What is known?",)
    assert found["8"].status == "authors to write" and found["14"].status == "from the results"


def test_what_was_not_appraised_is_not_claimed():
    """The optional items say that nothing was appraised; with the table they say with what."""
    assert "Not done" in answers("prisma_scr")["12"].said[0]
    table = pd.DataFrame({"study_id": ["S1", "S1", "S2"], "instrument": ["RoB 2"] * 3})
    assert answers("prisma_scr", facts(appraisal=table))["12"].said == ("2 studies were appraised with RoB 2.",)


def test_the_team_has_the_last_word():
    """An answer in the configuration stands first, and leaves nothing to write; unknown items are named."""
    team = {"prisma_scr": {"5": "Registered: osf.io/abc"}, "jbi": {"IV": "none"}}
    found = answers("prisma_scr", facts(team=team))["5"]
    assert (found.team, found.write, found.status) == ("Registered: osf.io/abc", "", "answered by the team")
    assert checklists.unknown_items(team) == [("jbi", "IV")]
    with pytest.raises(ConfigurationError, match="jbi has no item 'IV'"):
        checklists.require_known_items(team)


def test_charted_items_of_jbi_are_found_in_the_codebook():
    """A data item is named where the codebook has it, and missed where it has not."""
    found = answers("jbi")
    assert found["2"].said == ("Charted as Year of publication (studies.year).",)
    assert not found["4"].said and "No data item" in found["4"].write


def test_a_title_that_does_not_say_what_it_is_is_noticed():
    """PRISMA-ScR item 1 asks for the word."""
    plain = facts(settings=Settings.model_validate({"review": {"title": "Naltrexone"}}))
    assert "does not say" in answers("prisma_scr", plain)["1"].said[0]
    assert answers("prisma_scr", plain)["1"].write
    assert "does not say" not in answers("prisma_scr")["1"].said[0]
    assert answers("prisma_scr")["1"].status == "from the results"


def test_the_words_that_the_field_does_not_use_are_not_used():
    """Neither items nor answers nor what is left to write has a word that STANDARDS forbids."""
    banned = re.compile(r"\bsignifican|\bpapers?\b|\barticles?\b|\breject|data extraction", re.IGNORECASE)
    for one in checklists.answered(facts(excluded=EXCLUDED)):
        assert not banned.search(checklist_page.markdown(one))


@pytest.mark.parametrize("make", [evidence, hostile])
def test_markdown_is_plain(make):
    """Tables keep their columns, no text of a cell is HTML or a link, links lead up to the results."""
    for one in checklists.answered(facts(make(), excluded=EXCLUDED), Markdown(linked=False)):
        said = checklist_page.markdown(one)
        assert "<" not in said and "](javascript" not in said.replace("\\]", "")
        for table in (block for block in said.split("\n\n") if block.startswith("|")):
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
        assert all(link.startswith("../") for link in re.findall(r"(?<!\\)\]\(([^)]*)\)", said))


def test_the_sources_excluded_are_listed_for_jbi():
    """JBI's second appendix is the list itself."""
    (jbi,) = [one for one in checklists.answered(facts(excluded=EXCLUDED), Markdown(linked=False)) if one.name == "jbi"]
    assert r"| P9 | Able A. 2020. A \| title | wrong people |" in checklist_page.markdown(jbi)


def test_the_page_has_every_item_and_runs_no_text():
    """One page with the three lists; a hostile text stays text."""
    html = Reader(checklist_page.page(checklists.answered(facts(hostile()), Pen())))
    rows = [each["attrs"].get("id", "") for each in html.all("tr")]
    assert {"prisma_scr-22", "swim-9", "jbi-III"} <= set(rows)
    assert not html.all("img")


def test_an_empty_review_is_answered_too():
    """Where nothing is charted and nothing screened, the lists can be made all the same."""
    about = evidence()
    bare = evidence(
        flow={"boxes": {}},
        agreement=about.agreement[:0],
        characteristics=about.characteristics[:0],
        studies=about.studies[:0],
        tally=about.tally[:0],
        directions=about.directions[:0],
        harms=about.harms[:0],
        harms_summary=about.harms_summary[:0],
        harms_silence=about.harms_silence[:0],
    )
    for one in checklists.answered(facts(bare)):
        assert checklist_page.markdown(one)
