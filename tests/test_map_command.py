"""`scopeline map` proposes a mapping that can be pasted as it is: it loads, it fits, and it says its guesses."""

import argparse
import csv
import io
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from scopeline import cells, codebook, mapping, settings
from scopeline.commands import map as command
from scopeline.errors import ConfigurationError, DataError
from scopeline.sources import mapped
from scopeline.sources.adapter import Context
from scopeline.sources.proposing import propose, quoted
from scopeline.sources.taken import Taken

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "workflow/scopeline/starter/config/codebook.yaml"
STARTER = codebook.load(CONFIG)


def book_of(folder: Path, *lines: list[str]) -> cells.Book:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    (folder / "a.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    return cells.read(folder / "a.csv", "raw/a.csv")


def pasted(folder: Path, proposal: str, book: cells.Book) -> list[Taken]:
    """What the file is taken for when the proposal stands in the configuration."""
    config = folder / "config.yaml"
    config.write_text(f"review: {{title: A review}}\n{proposal}", encoding="utf-8")
    setting = settings.load(config, STARTER).source(book.file)
    assert list(mapping.against(setting.tables, STARTER)) == []
    return mapped.take(book, setting, Context(STARTER, setting, {book.file: book}))[0]


def text_of(taken: list[Taken], table: str, field: str) -> list[str | None]:
    return [
        text
        for one in taken
        for rows in one.rows
        if rows.place.table == table
        for text in rows.texts[field].to_pylist()
    ]


def test_headers_are_matched_and_the_reason_is_said(tmp_path):
    """A name, a title, an alias or a likeness of the codebook: the remark says which."""
    book = book_of(
        tmp_path,
        ["Refid", "Article title", "Published year", "DOI", "Extra"],
        ["1", "One", "2001 (May)", "https://doi.org/10.1000/x", "e"],
        ["2", "Two", "2002", "", ""],
    )
    told = propose(book, STARTER)
    assert "# an alias of the field" in told
    assert "# not used: Extra" in told
    taken = pasted(tmp_path, told, book)
    assert text_of(taken, "records", "record_id") == ["1", "2"]
    assert text_of(taken, "records", "year") == ["2001", "2002"]
    assert text_of(taken, "records", "doi") == ["10.1000/x", None]


def test_columns_of_votes_become_rows_and_a_decision_is_mapped(tmp_path):
    """Screener 1 and 2 are votes, each with its words; the word of the final column stands for the codebook's."""
    book = book_of(
        tmp_path,
        ["Record ID", "Screener 1", "Screener 2", "Final decision"],
        ["R1", "1", "0", "Keep"],
        ["R2", "0", "0", "Drop"],
    )
    told = propose(book, STARTER)
    assert "not used" not in told
    taken = pasted(tmp_path, told, book)
    assert text_of(taken, "votes", "decision") == ["include", "exclude", "exclude", "exclude"]
    assert text_of(taken, "decisions", "decision") == ["include", "exclude"]


def test_votes_in_one_cell_and_words_that_nobody_knows(tmp_path):
    """Two votes of a cell are exploded; a word that is no vote is left open on a line with a question mark."""
    book = book_of(
        tmp_path, ["Refid", "Votes"], *([str(n), "Included;Excluded"] for n in range(8)), ["9", "Excluded;Hm;Included"]
    )
    told = propose(book, STARTER)
    assert "#   ? Hm: …" in told
    assert "up to 3 votes in a cell" in told
    assert len(text_of(pasted(tmp_path, told, book), "votes", "decision")) == 18


def test_check_boxes_and_pairs_of_columns_are_seen(tmp_path):
    """`question -> answer` columns are one field; death_e and death_n are the harms of one event."""
    book = book_of(
        tmp_path,
        ["Study ID", "Arm", "death_e", "death_n", "pain_e", "pain_n", "condition -> first condition", "condition -> x"],
        ["A1", "placebo", "1", "10", "", "", "first condition", ""],
    )
    told = propose(book, STARTER)
    assert "check boxes: 2 columns 'condition -> …'" in told
    taken = pasted(tmp_path, told, book)
    assert text_of(taken, "harms", "event") == ["death"]
    assert text_of(taken, "harms", "n_exposed") == ["10"]
    taken = pasted(tmp_path, propose(book, STARTER, "studies"), book)
    assert text_of(taken, "studies", "condition") == ["first condition"]


def test_the_command_says_what_the_file_would_be_without_a_mapping(tmp_path, capsys):
    """It uses the review's codebook where there is one, names the file as the configuration does, and ends with 0."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config/codebook.yaml").write_bytes(CONFIG.read_bytes())
    (tmp_path / "raw/old").mkdir(parents=True)
    book_of(tmp_path / "raw/old", ["Nr", "Screening decision"], ["1", "Keep"])
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    assert command.run(parser.parse_args(["map", str(tmp_path / "raw/old/a.csv")])) == 0
    told = capsys.readouterr().out
    assert "Without a mapping" in told
    assert list(yaml.safe_load(told)["sources"]) == ["old/a.csv"]
    with pytest.raises(ConfigurationError, match="did you mean 'votes'"):
        command.run(parser.parse_args(["map", str(tmp_path / "raw/old/a.csv"), "--table", "vote"]))
    with pytest.raises(DataError):
        command.run(parser.parse_args(["map", str(tmp_path / "none.csv")]))


CELLS = st.one_of(
    st.sampled_from(["", "Keep", "Drop", "1", "0", "yes; no", "/a/", "{x}", "# no", "a: b", "*", "null", "2001"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6),
)
HEADERS = st.one_of(
    st.sampled_from(
        ["Refid", "title", "Vote 1", "Vote 2", "a_e", "a_n", "b_e", "b_n", "q -> x", "q -> y", "$A", "{k}", "Study"]
    ),
    CELLS,
)


@pytest.mark.properties
@how(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    table=st.integers(1, 6).flatmap(
        lambda width: st.tuples(
            st.lists(HEADERS, min_size=width, max_size=width),
            st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=6),
        )
    ),
    name=st.sampled_from([None, *STARTER.tables]),
)
def test_a_proposal_for_any_file_loads_and_fits_it(tmp_path_factory, table, name):
    """Whatever stands in headers and cells, what is proposed can be pasted: it is YAML, valid, and fits the sheet."""
    folder = tmp_path_factory.mktemp("proposed")
    book = book_of(folder, table[0], *table[1])
    if book.fault is None:
        pasted(folder, propose(book, STARTER, name), book)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12))
def test_a_quoted_word_is_read_back(word):
    """Inside brackets and as a key."""
    assert yaml.safe_load(f"{{{quoted(word)}: [{quoted(word)}]}}") == {word: [word]}
