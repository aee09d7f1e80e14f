"""The data dictionary and the extraction instrument say all that the codebook says, in Markdown and as a page."""

import argparse
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from scopeline import codebook, codebook_words
from scopeline.codebook import Codebook, FieldSpec, Rule
from scopeline.report import dictionary
from small_review import CODEBOOK, SmallReview


def of_text(text: str, folder: Path) -> Codebook:
    path = folder / "codebook.yaml"
    path.write_text(text, encoding="utf-8")
    return codebook.load(path)


@pytest.fixture
def small(tmp_path: Path) -> Codebook:
    return of_text(CODEBOOK, tmp_path)


@pytest.fixture
def example(repository: Path) -> Codebook:
    return codebook.load(repository / "config" / "codebook.yaml")


def words(told: str) -> str:
    """Markdown or a page as words alone, so that one can look for a sentence."""
    plain = re.sub(r"<(script|style).*?</\1>", " ", told, flags=re.S)
    plain = re.sub(r"<[a-z/!][^>]*>", "", plain)
    for sign, meant in (("&lt;", "<"), ("&gt;", ">"), ("&#39;", "'"), ("&#34;", '"'), ("&amp;", "&"), ("\\|", "|")):
        plain = plain.replace(sign, meant)
    return " ".join(plain.replace("`", "").split())


def everything(book: Codebook) -> set[str]:
    """Every name, label, description, unit, value, label and help of a codebook."""
    found = {book.name, book.version}
    for table in book.resources:
        found |= {table.name, table.label, table.description}
        found |= {rule.message for rule in table.rules}
        for spec in table.fields:
            found |= {spec.name, spec.label, spec.description, spec.unit}
            found |= {
                part for value in spec.allowed for part in (value.value, value.label, value.help, *value.synonyms)
            }
    return {part for part in found if part}


@pytest.mark.parametrize("form", ["markdown", "page"])
def test_the_dictionary_says_all_that_the_codebook_says(form: str, example: Codebook) -> None:
    """No name, label, description, unit, value, synonym, help or message is left out."""
    told = words(getattr(dictionary, form)(example))
    assert [part for part in sorted(everything(example)) if " ".join(part.split()) not in told] == []


def test_each_field_has_one_line_in_its_table(small: Codebook) -> None:
    """A table of the dictionary has as many lines as the codebook's table has fields, in its order."""
    parts = dictionary.markdown(small).split("\n## ")[1:]
    assert len(parts) == len(small.resources)
    for part, table in zip(parts, small.resources, strict=True):
        grid = part.split("\n\n")[2].splitlines()
        assert [re.match(r"\| `(\w+)` ", line)[1] for line in grid[2:]] == [spec.name for spec in table.fields]


def test_lists_that_are_alike_are_told_once(example: Codebook) -> None:
    """The conditions of studies and findings are one list, headed with both fields."""
    told = dictionary.markdown(example)
    assert told.count("| `complex regional pain syndrome` |") == 1
    assert "Values of `studies.condition` and `findings.condition`:" in told


def test_the_dictionary_tells_references_codes_and_requirements(small: Codebook) -> None:
    """Where a reference points, which codes may stand, and which fields every row needs, stand in the field's line."""
    entry = {entry.name: entry for entry in dictionary.entries(small)}
    items = {item.name: item for item in entry["findings"].items}
    assert items["study_id"].refers_to == "`study_id` of `studies`"
    assert items["p_value"].may_stand == "A number, or a bound such as <0.001, from 0 to 1"
    assert {name for name, item in items.items() if item.required} == {"finding_id", "study_id", "direction"}
    assert {item.name: item.codes for item in entry["studies"].items}["controlled"] == ("NR",)
    assert entry["harms"].optional
    assert not entry["studies"].optional


RULES = [
    ({"check": "n_events <= n_exposed"}, "`n_events` must be at most `n_exposed`."),
    ({"check": "n > 0", "when": {"status": "events"}}, "Where `status` is events, `n` must be more than 0."),
    ({"require": ["a", "b"]}, "`a` and `b` must be filled in."),
    ({"require": ["a"], "when": {"b": "present"}}, "Where `b` is filled in, `a` must be filled in."),
    ({"forbid": ["a"], "when": {"b": ["x", "absent"]}}, "Where `b` is x or blank, `a` must be blank."),
    ({"forbid": ["b"], "when": {"a": "x", "b": "y"}}, "It may not be that `a` is x and `b` is y."),
]


@pytest.mark.parametrize(("given", "said"), RULES)
def test_rules_are_told_as_sentences(given: dict, said: str) -> None:
    """A rule reads as what a reviewer has to do, not as the codebook's keys."""
    assert codebook_words.rule(Rule(id="rule", **given)) == said


FIELDS = [
    ({}, "text"),
    ({"type": "integer", "constraints": {"minimum": 1, "maximum": 9}}, "a whole number, from 1 to 9"),
    ({"type": "number", "unit": "kg", "constraints": {"maximum": 2.5}}, "a number, in kg, at most 2.5"),
    ({"type": "year"}, "a year"),
    ({"type": "boolean"}, "one of the listed values"),
    ({"separator": "; ", "values": ["a"]}, "one or more of the listed values, with `;` between them"),
    ({"separator": "|"}, "one or more texts, with `|` between them"),
    ({"constraints": {"pattern": "R\\d", "unique": True}}, "text, of the form `R\\d`, each value once only"),
    ({"constraints": {"minimum": 1e-07}, "type": "number"}, "a number, at least 1e-07"),
]


@pytest.mark.parametrize(("given", "said"), FIELDS)
def test_what_may_stand_is_told_as_a_phrase(given: dict, said: str) -> None:
    """Kind, separator, unit and bounds in one phrase."""
    assert codebook_words.may_stand(FieldSpec(name="f", **given)) == said


def test_the_instrument_numbers_every_data_item(example: Codebook) -> None:
    """The appendix lists what is charted from the sources, numbered through, and nothing of the screening."""
    told = dictionary.instrument(example)
    numbers = [int(match) for match in re.findall(r"^\| (\d+) \|", told, flags=re.M)]
    charted = [spec for name in ("studies", "findings", "harms") for spec in example.tables[name].fields]
    assert numbers == list(range(1, len(charted) + 1))
    assert f"{len(charted)} data items on 3 sheets" in told
    assert "Screening votes" not in told
    assert "case report (One or two people)" in told
    assert "A number or a range, such as 4.5 or 3-4.5, from 0 to 20, in mg. Or NR (not reported)" in told


def test_a_codebook_without_charting_has_no_instrument(tmp_path: Path) -> None:
    """A review that only screens says so instead of showing an empty appendix."""
    book = of_text("name: x\nresources:\n  - name: records\n    schema: {fields: [{name: record_id}]}\n", tmp_path)
    assert "no table of charted data" in dictionary.instrument(book)
    assert "instrument" not in re.sub(r"<style>.*?</style>", "", dictionary.page(book), flags=re.S)


def test_words_of_a_codebook_cannot_become_markup(tmp_path: Path) -> None:
    """Pipes, tags and line breaks in a description stay text in both forms."""
    text = (
        "name: x\nresources:\n  - name: studies\n    schema:\n      fields:\n"
        '        - {name: study_id, description: "a | b <script>alert(1)</script>\\nnext `code | more`"}\n'
    )
    book = of_text(text, tmp_path)
    for told in (dictionary.markdown(book), dictionary.instrument(book)):
        assert "<script>" not in told
        line = next(line for line in told.splitlines() if "alert" in line)
        assert "a \\| b &lt;script>" in line and "next `code \\| more`" in line
    assert "<script>alert" not in dictionary.page(book)


class _Ids(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"][1:]] if given.get("href", "").startswith("#") else []


def test_every_link_of_the_page_leads_somewhere(example: Codebook) -> None:
    """Links to lists of values and sections have their target, and no two parts share a name."""
    page = _Ids()
    page.feed(dictionary.page(example))
    assert len(page.ids) == len(set(page.ids))
    assert set(page.links) <= set(page.ids)
    assert len(page.links) > 20


def test_the_command_writes_all_three_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`scopeline dictionary` writes into results/ and names what it wrote; the same codebook gives the same bytes."""
    SmallReview(tmp_path).write()
    parser = argparse.ArgumentParser()
    dictionary.add_commands(parser.add_subparsers())
    chosen = parser.parse_args(["dictionary", str(tmp_path)])
    seen = []
    for _ in range(2):
        assert chosen.run(chosen) == 0
        told = capsys.readouterr().out.split()
        assert [Path(path).name for path in told] == list(dictionary.FILES)
        seen.append([Path(path).read_bytes() for path in told])
    assert seen[0] == seen[1]
