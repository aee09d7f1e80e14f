"""The csv of PRISMA2020 as typed counts: every number under its key, lists read from the right, the template told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopeline import cells, codebook, judgement, prisma_template, settings
from scopeline.codebook import Codebook
from scopeline.sources import prisma_counts
from scopeline.sources.adapter import TOOL
from scopeline.sources.taken import Taken
from source_files import STARTER, nothing_lost, taken_by

FIELDS = ("box", "source_type", "source_name", "reason", "n", "note")
CODEBOOK = Codebook.model_validate(
    {
        "name": "counts",
        "resources": [{"name": "flow_counts", "schema": {"fields": [{"name": name} for name in FIELDS]}}],
    }
)


def filled(folder: Path, values: dict[str, str], sign: str = ",", drop: tuple[str, ...] = ()) -> cells.Book:
    """The package's template with these values of `n`."""
    table = prisma_template.fill(values)
    path = folder / "flow.csv"
    table[~table["data"].isin(drop)].to_csv(path, index=False, sep=sign)
    return cells.read(path, "raw/flow.csv")


def take(book: cells.Book) -> Taken:
    return taken_by(prisma_counts.ADAPTERS, book, rank=TOOL, book=CODEBOOK)


def counts(taken: Taken) -> list[tuple[str | None, ...]]:
    return [
        row for rows in taken.rows for row in zip(*(rows.texts[name].to_pylist() for name in FIELDS[:5]), strict=True)
    ]


@pytest.mark.parametrize(("sign", "drop"), [(",", ()), (";", ("total_studies_ma", "total_reports_ma"))])
def test_numbers_stand_under_the_packages_own_keys(tmp_path, sign, drop):
    """A number is one count, a list one an item; titles are left out; older templates do as well."""
    values = {
        "database_results": "100",
        "database_specific_results": "PubMed, 60; Embase, 40",
        "register_specific_results": "ICTRP, 1,212",
        "website_results": "3",
        "dbr_excluded": "Wrong people; adults, 26; Wrong dose, too high, 16",
    }
    one = take(filled(tmp_path, values, sign, drop))
    assert counts(one) == [
        ("database_results", "database", None, None, "100"),
        ("database_specific_results", "database", "PubMed", None, "60"),
        ("database_specific_results", "database", "Embase", None, "40"),
        ("register_specific_results", "register", "ICTRP", None, "1212"),
        ("website_results", "website", None, None, "3"),
        ("dbr_excluded", None, None, "Wrong people; adults", "26"),
        ("dbr_excluded", None, None, "Wrong dose, too high", "16"),
    ]
    assert nothing_lost(one)
    why = {part.why for part in one.left_out}
    assert "a title of the figure, no count" in why and "no number is given" in why


def test_a_full_stop_in_place_of_the_comma_is_read_and_noted(tmp_path):
    """`EMBASE. 1332` stands in a published review's file."""
    one = take(filled(tmp_path, {"database_specific_results": "CENTRAL, 78; EMBASE. 1332; IPA, 21"}))
    assert [row[4] for row in counts(one)] == ["78", "1332", "21"]
    assert one.rows[0].texts["note"].to_pylist() == [None, "a '.' stands before the number", None]


def test_what_the_template_leaves_open_is_told_and_counts_nothing(tmp_path):
    """`xxx` is the template's own; items beside it that are filled in count."""
    values = {
        "dbr_excluded": "Reason1, xxx; Reason2, xxx",
        "other_excluded": "Too old, 3; Reason2, xxx",
        "duplicates": "xxx",
    }
    one = take(filled(tmp_path, values))
    assert counts(one) == [("other_excluded", None, None, "Too old", "3")]
    assert sorted(issue.key for issue in one.issues) == ["dbr_excluded", "duplicates", "other_excluded"]
    assert all(issue.cell.startswith("H") for issue in one.issues)
    assert nothing_lost(one)


def test_what_is_no_number_is_passed_on_as_it_stands(tmp_path):
    """Nothing is guessed: the codebook tells the cell."""
    assert counts(take(filled(tmp_path, {"duplicates": "about ten"}))) == [
        ("duplicates", None, None, None, "about ten")
    ]


def test_the_review_reads_the_counts(tmp_path):
    """End to end: with the starter codebook the counts are judged without an error of their own."""
    values = {
        "database_results": "100",
        "database_specific_results": "PubMed, 60; Embase, 40",
        "dbr_excluded": "Old, 4",
    }
    judged = judgement.judge(
        [filled(tmp_path, values)], codebook.load(STARTER / "codebook.yaml"), settings.load(STARTER / "config.yaml")
    )
    table = judged.review.table("flow_counts")
    assert table["n"].tolist() == [100, 60, 40, 4]
    assert not [issue.message for issue in judged.issues if issue.table == "flow_counts" and issue.severity == "error"]


NAMES = st.text(st.sampled_from("abc ,;.0123456789"), min_size=1, max_size=12).map(lambda text: f"a{text}z")


@given(st.lists(st.tuples(NAMES, st.integers(0, 99999)), min_size=1, max_size=5))
def test_any_list_that_the_package_writes_is_read_back(pairs):
    """Names with commas, semicolons and digits come back, as long as they do not end like an item themselves."""
    text = "; ".join(f"{' '.join(name.split())}, {n}" for name, n in pairs)
    assert [(name, int(n)) for name, n, _ in prisma_counts.items(text) or []] == [
        (" ".join(name.split()), n) for name, n in pairs
    ] or any(_ends_like_an_item(name) for name, _ in pairs)


def _ends_like_an_item(name: str) -> bool:
    import re

    return re.search(r"[,.:=] ?\d[\d ,]* ?;", f"{name} ") is not None
