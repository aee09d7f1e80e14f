"""The settings' loader: defaults, and that each mistake is told with file, line and what was expected."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scopeline import codebook, settings
from scopeline.settings import Settings
from spoilt_configuration import mistakes_in, refusal, with_piece

CODEBOOK = """\
name: small
resources:
  - name: studies
    schema: {fields: [{name: study_id}, {name: design, values: [trial, crossover trial]}, {name: country}]}
  - name: findings
    schema:
      fields:
        - {name: study_id}
        - {name: condition, axis: true}
        - {name: outcome_domain, axis: true}
        - {name: direction}
        - {name: contrast, values: [placebo, drug, before-after]}
  - name: harms
    schema:
      fields:
        - {name: study_id}
        - {name: arm, values: [LDN, placebo]}
        - {name: event, values: [nausea]}
        - {name: harms_status}
  - name: appraisal
    schema: {fields: [{name: study_id}, {name: domain, values: [D1, Overall]}, {name: judgement, values: [low, high]}]}
"""

GOOD = """\
review:
  title: A small review
  caveats: [Read from abstracts.]
screening: {reviewers: 2, maybe_as: include}
synthesis:
  rows: condition
  majority: 0.7
  comparative: [placebo, drug]
  uncontrolled: [before-after]
charting:
  fields: [design, country]
  by_study: [study_id]
harms:
  intervention: [LDN]
  comparator: [placebo]
flow:
  exceptions:
    - {name: late_addition, why: found by a peer reviewer, n: 1}
validation: {numbers_as_text: error}
sources:
  old.xlsx: ignore
  charting.xlsx:
    studies: {sheet: Studies 2024, header_row: 3}
"""


@pytest.fixture
def load(tmp_path: Path):
    """Loads a text as settings, against the small codebook."""
    (tmp_path / "codebook.yaml").write_text(CODEBOOK, encoding="utf-8")
    book = codebook.load(tmp_path / "codebook.yaml")

    def loaded(text: str) -> Settings:
        path = tmp_path / "config.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return settings.load(path, book)

    return loaded


@pytest.fixture
def mistakes(load):
    """The lines and sentences of what is wrong with a text."""
    return lambda text: mistakes_in(load, text, "config.yaml")


def changed(old: str, new: str) -> str:
    """The good settings with one piece in another way."""
    return with_piece(GOOD, old, new)


def test_good_settings_are_read_as_they_stand(load):
    """Every key that may stand in the file arrives under its name."""
    chosen = load(GOOD)
    assert chosen.review.title == "A small review"
    assert chosen.synthesis.comparative == ["placebo", "drug"]
    assert chosen.flow.exceptions[0].name == "late_addition"
    assert chosen.sources["old.xlsx"] == "ignore"
    assert chosen.sources["charting.xlsx"].studies.header_row == 3  # type: ignore[union-attr]


def test_only_the_title_must_stand(load):
    """What is left out has the default that config/README.md names."""
    chosen = load("review: {title: A}\n")
    assert chosen.screening.reviewers == 2
    assert chosen.screening.maybe_as == "include"
    assert chosen.synthesis.majority == 0.7
    assert (
        chosen.synthesis.rows,
        chosen.synthesis.columns,
        chosen.synthesis.direction,
        chosen.synthesis.contrast,
    ) == ("condition", "outcome_domain", "direction", "contrast")
    assert chosen.sources == {}


def test_sources_may_be_left_empty(load):
    """`sources:` with only remarks below it means no sources, as in the example's file."""
    assert load("review: {title: A}\nsources:\n  # old.xlsx: ignore\n").sources == {}


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("title: A small review", "titel: A small review", 2, "did you mean 'title'?"),
        ("review:\n", "reviews:\n", 1, "did you mean 'review'?"),
        ("majority: 0.7", "majorty: 0.7", 7, "did you mean 'majority'?"),
        ("maybe_as: include", "maybe: include", 4, "did you mean 'maybe_as'?"),
        ("title: A small review", "title: 2024", 2, "review.title is '2024', but a text (in quotes"),
        ("title: A small review", "title:", 2, "review.title is empty, but a text"),
        ("[Read from abstracts.]", "Read from abstracts.", 3, "review.caveats is 'Read from abstracts.', but a list"),
        ("reviewers: 2", "reviewers: 0", 4, "screening.reviewers is '0', but a number of at least 1"),
        ("reviewers: 2", "reviewers: two", 4, "screening.reviewers is 'two', but a whole number"),
        ("reviewers: 2", "reviewers: 1.5", 4, "screening.reviewers is '1.5', but a whole number"),
        ("maybe_as: include", "maybe_as: yes", 4, "'yes', but one of 'include', 'exclude' or 'category'"),
        ("majority: 0.7", "majority: 70", 7, "synthesis.majority is '70', but a number of at most 1"),
        ("majority: 0.7", "majority: 0.5", 7, "synthesis.majority is '0.5', but a number above 0.5"),
        ("majority: 0.7", "majority: 70 %", 7, "synthesis.majority is '70 %', but a number"),
        ("numbers_as_text: error", "numbers_as_text: warn", 19, "'warn', but one of 'error' or 'accept'"),
        ("numbers_as_text: error", "on_error: go on", 19, "'go on', but one of 'stop' or 'quarantine'"),
        ("why: found by a peer reviewer", "because: x", 18, "'because' is not a key that may stand here"),
        ("n: 1}", "n: one}", 18, "flow.exceptions.late_addition.n is 'one', but a whole number"),
        ("header_row: 3", "header_row: 0", 23, "header_row is '0', but a number of at least 1"),
        ("old.xlsx: ignore", "old.xlsx: skip", 21, "sources.old.xlsx is 'skip', but 'ignore' or a group"),
        ("header_row: 3", "header: 3", 23, "did you mean 'header_row'?"),
        ("rows: condition", "rows: conditions", 6, "did you mean 'condition'?"),
        ("rows: condition", "rows: zzz", 6, "'zzz' is not a field of"),
        ("rows: condition", "direction: way", 6, "'way' is not a field of 'findings'"),
        (
            "[placebo, drug]",
            "[placebo, plazebo]",
            8,
            "'plazebo' is not a value of findings.contrast; the codebook allows placebo, drug",
        ),
        ("majority: 0.7", "participants: {crossovers: left_out, design: kind}", 7, "'kind' is not a field of"),
        ("majority: 0.7", "participants: {crossover_designs: [crosover]}", 7, "is not a value of studies.design"),
        ("intervention: [LDN]", "stopped: [stoped]", 14, "'stoped' is not a value of harms.event"),
        ("[design, country]", "[design, contry]", 11, "did you mean 'country'?"),
        ("[study_id]", "[study]", 12, "'study' is not a field of 'studies'"),
        ("intervention: [LDN]", "intervention: [naltrexone]", 14, "'naltrexone' is not a value of harms.arm"),
        ("comparator: [placebo]", "comparator: [plc]", 15, "'plc' is not a value of harms.arm"),
    ],
)
def test_each_mistake_is_told_at_its_line_with_what_may_stand_there(mistakes, old, new, line, said):
    """One mistake, told at the line where it stands, with what was expected or meant."""
    found = mistakes(changed(old, new))
    assert any(line == where and said in sentence for where, sentence in found), found


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("[before-after]", "[before-after, drug]", 9, "drug cannot be both comparative and uncontrolled"),
        ("name: late_addition", "name: late_additions", 18, "did you mean 'late_addition'?"),
        ("    studies: {sheet", "    study: {sheet", 23, "did you mean 'studies'?"),
        ("why: found by a peer reviewer", "why: ''", 18, "why"),
    ],
)
def test_what_the_closed_lists_do_not_hold_is_told(mistakes, old, new, line, said):
    """The name of an exception of the flow and the table of a source are held against their lists."""
    found = mistakes(changed(old, new))
    assert any(line == where and said in sentence for where, sentence in found), found


def test_every_wrong_name_is_told_at_once(mistakes):
    """Names that the codebook does not know are all told in one go, in the order of their lines."""
    text = GOOD.replace("rows: condition", "rows: row").replace("[study_id]", "[id]").replace("[LDN]", "[x]")
    assert [line for line, _ in mistakes(text)] == [6, 12, 14]


def test_without_a_codebook_names_are_not_checked(tmp_path):
    """Settings can be read alone, as editors do."""
    path = tmp_path / "config.yaml"
    path.write_text("review: {title: A}\ncharting: {fields: [anything]}\n", encoding="utf-8")
    assert settings.load(path).charting.fields == ["anything"]


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    start=st.integers(0, len(GOOD)),
    length=st.integers(0, 30),
    put=st.one_of(
        st.text(max_size=12), st.sampled_from(["{", "]", ": ", "- ", "&a", "*a", "\t", "\n", "'", "~", "1e999", "<<: "])
    ),
)
def test_settings_spoilt_anywhere_are_read_or_told(load, start, length, put):
    """Whatever is put in place of a piece of the settings, they are read, or told at a line; nothing else is raised."""
    said = refusal(load, GOOD[:start] + put + GOOD[start + length :])
    assert not said or re.search(r"config\.yaml, line \d+: .{10}", said, re.DOTALL)


def test_the_examples_settings_are_good(repository):
    """The example's own settings fit its codebook."""
    book = codebook.load(repository / "config" / "codebook.yaml")
    assert settings.load(repository / "config" / "config.yaml", book).review.title


def test_what_is_said_of_a_sheet_leaves_what_is_said_of_its_file(load):
    """A key of the file holds for a sheet that says nothing of it, also after the settings were kept as a file."""
    said = "{prefix: pubmed-, sheets: {Votes: {stage: full_text}}}"
    given = load(GOOD.replace("  old.xlsx: ignore", f"  old.xlsx: {said}"))
    kept = Settings.model_validate(given.model_dump(mode="json", exclude_unset=True))
    for one in (given, kept):
        source = one.sources["old.xlsx"].of_sheet("Votes")
        assert (source.prefix, source.stage) == ("pubmed-", "full_text")
    assert kept == given


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("appraisal: {worst: [High risk]}", "'High risk' is not a value of appraisal.judgement"),
        ("appraisal: {overall: [total]}", "'total' is not a value of appraisal.domain"),
    ],
)
def test_judgements_that_the_codebook_lacks_are_told(mistakes, more, said):
    """A word under `appraisal` that no judgement or domain has would leave out no study and say nothing."""
    assert any(said in what for _, what in mistakes(f"{GOOD}{more}\n"))


def test_bands_of_a_field_without_numbers_are_told(mistakes):
    """Bands of words would count every study as not charted."""
    text = GOOD.replace("  majority: 0.7", "  majority: 0.7\n  bands: {design: [1, 2]}")
    assert any("'design' holds no numbers" in what for _, what in mistakes(text))
