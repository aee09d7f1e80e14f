"""DOIs, PubMed IDs and years as citations write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopeline.citations import values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.1002/art.37734", "10.1002/art.37734"),
        ("see https://doi.org/10.1002/art.37734.", "10.1002/art.37734"),
        ("(10.1002/art.37734)", "10.1002/art.37734"),
        ("10.1016/0022-4804(81)", "10.1016/0022-4804(81)"),
        (
            "10.1002/1097-0258(19980815)17:15<1661::AID-SIM968>3.0.CO;2-2",
            "10.1002/1097-0258(19980815)17:15<1661::AID-SIM968>3.0.CO;2-2",
        ),
        ('<a href="https://doi.org/10.1000/x">10.1000/x</a>', "10.1000/x"),
        ("10.1000/a; 10.1000/b", "10.1000/a"),
        ("in press", ""),
    ],
)
def test_a_doi_is_found_in_a_text(text, found):
    """What stands around a DOI is taken away; brackets that it closes itself are its own."""
    assert values.doi_in(text) == found


@pytest.mark.parametrize("text", ["10.1000/A(1)", "doi: 10.1000/a(1).", "https://doi.org/10.1000/a%281%29"])
def test_one_doi_is_the_same_however_it_is_written(text):
    """Address, case and the codes of signs do not make another DOI."""
    assert values.same_doi(text) == "10.1000/a(1)"


@pytest.mark.parametrize(
    ("text", "bare"), [("https://dx.doi.org/10.1000/x", "10.1000/x"), ("doi:doi:10.1000/x", "10.1000/x"), ("x", "x")]
)
def test_the_address_is_taken_off(text, bare):
    """A text without an address stays as it stands, for its cell to be told."""
    assert values.bare_doi(text) == bare


@pytest.mark.parametrize(
    ("text", "found"), [("PMID: 0123", "123"), ("123.0", "123"), ("PMC123", ""), ("123; 456", ""), ("", "")]
)
def test_a_pubmed_id_is_one_number(text, found):
    """A number of PubMed Central is another number, and of two numbers neither is taken."""
    assert values.same_pmid(text) == found


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2018 Mar", "2018", "2018"),
        ("20180301", "2018", "2018"),
        ("03/02/2001", "2001", "2001"),
        ("1999; reprinted 2001", "1999", "2001"),
        ("pages 12345", "", ""),
    ],
)
def test_a_year_is_found_in_a_date(text, first, last):
    """The year of a date, however it is written; longer numbers hold none."""
    assert (values.year_of(text), values.last_year_of(text)) == (first, last)


@given(st.text())
def test_what_was_found_is_found_again(text):
    """What comes of a text once stays what it is."""
    assert values.doi_in(values.doi_in(text)) == values.doi_in(text)
    assert values.same_pmid(values.same_pmid(text)) == values.same_pmid(text)
    assert values.year_of(values.year_of(text)) == values.year_of(text)
