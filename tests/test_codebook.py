"""The codebook's loader: what is understood, and that each mistake is told with file, line and what was expected."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scopeline import codebook
from scopeline.codebook import Codebook
from scopeline.errors import ConfigurationError
from scopeline.terms import Missing
from spoilt_configuration import mistakes_in, refusal, with_piece

GOOD = """\
name: small
version: 1.0.0
missing: {NR: [not given]}
resources:
  - name: studies
    title: Studies
    schema:
      primaryKey: [study_id]
      foreignKeys:
        - {fields: companion_of, reference: {fields: study_id}}
      fields:
        - {name: study_id, constraints: {required: true}}
        - {name: companion_of}
        - name: design
          values: [trial, {value: series, synonyms: [case series]}]
          aliases: [study design]
        - {name: n, type: integer, constraints: {minimum: 1, maximum: 9}}
        - {name: tidy, type: boolean}
    rules:
      - {id: small_series, when: {design: series}, check: n <= 5, message: That is many.}
"""


@pytest.fixture
def load(tmp_path: Path):
    """Loads a text as a codebook."""

    def loaded(text: str | bytes) -> Codebook:
        path = tmp_path / "codebook.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return codebook.load(path)

    return loaded


@pytest.fixture
def mistakes(load):
    """The lines and sentences of what is wrong with a text; each must name the file."""
    return lambda text: mistakes_in(load, text, "codebook.yaml")


def changed(old: str, new: str) -> str:
    """The good codebook with one piece in another way."""
    return with_piece(GOOD, old, new)


def test_a_good_codebook_is_read_as_it_stands(load):
    """Tables, fields, values and rules come out under their names, in their order."""
    book = load(GOOD)
    studies = book.tables["studies"]
    assert list(studies.by_name) == ["study_id", "companion_of", "design", "n", "tidy"]
    assert studies.primary_key == ["study_id"]
    assert studies.foreign_keys[0].fields == ["companion_of"]
    assert studies.by_name["design"].labels() == {"trial": "trial", "series": "series"}
    assert {"n", "design"} == studies.rules[0].fields()
    assert book.missing_words[codebook.fold("Not  Given")] == Missing.NR
    assert book.missing_words[codebook.fold("nr")] == Missing.NR


def test_kinds_follow_from_type_values_and_separator(load):
    """A field with values is a category, with a separator multi-valued; a boolean has the values yes and no."""
    studies = load(GOOD.replace("aliases: [study design]", "separator: ';'")).tables["studies"]
    assert {name: field.what for name, field in studies.by_name.items()} == {
        "study_id": "text",
        "companion_of": "text",
        "design": "multi",
        "n": "integer",
        "tidy": "category",
    }
    assert [value.value for value in studies.by_name["tidy"].allowed] == ["yes", "no"]


@pytest.mark.parametrize(
    "word", ["yes", "no", "on", "off", "y", "n", "Yes", "NO", "1:30", "1_000", "0x1f", "2024-05-01"]
)
def test_words_that_older_yaml_turns_into_something_else_stay_words(load, word):
    """A list of values may hold yes and no, and what only YAML 1.1 takes for a boolean, a time, a number or a date."""
    values = load(changed("[trial, {value: series, synonyms: [case series]}]", f"[{word}, series]"))
    assert word == values.tables["studies"].by_name["design"].values[0].value


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + GOOD.encode(), id="byte order mark"),
        pytest.param(GOOD.replace("\n", "\r\n").encode(), id="line ends of Windows"),
        pytest.param(b"---\n" + GOOD.encode(), id="mark of a document"),
        pytest.param(GOOD.replace("title: Studies", "title:\tStudies").encode(), id="tab before a value"),
        pytest.param(GOOD.replace("name: small", "name: small  # M\u00fcller").encode(), id="accents in a remark"),
    ],
)
def test_ways_to_write_the_same(load, content):
    """A byte order mark, line ends of Windows and a leading --- change nothing."""
    assert load(GOOD).model_dump(exclude={"resources"}) == load(content).model_dump(exclude={"resources"})


def test_a_list_may_be_named_and_used_twice(load):
    """An anchor's list of values is the same list where it is used again."""
    text = changed("values: [trial, {value: series, synonyms: [case series]}]", "values: &v [trial, series]")
    fields = load(text.replace("{name: companion_of}", "{name: companion_of}\n        - {name: again, values: [x]}"))
    assert [v.value for v in fields.tables["studies"].by_name["again"].values] == ["x"]
    fields = load(text.replace("- {name: n, type", "- {name: again, values: *v}\n        - {name: n, type"))
    assert fields.tables["studies"].by_name["design"].values == fields.tables["studies"].by_name["again"].values


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        pytest.param(b"", 1, "empty", id="empty"),
        pytest.param(b"# only a remark\n", 1, "empty", id="only a remark"),
        pytest.param(b"- a\n- b\n", 1, "`key: value`", id="a list"),
        pytest.param(b"hello\n", 1, "`key: value`", id="one word"),
        pytest.param(GOOD.encode() + b"title: M\xfcller\n", 21, "UTF-8", id="Latin-1"),
        pytest.param(GOOD.encode("utf-16"), 1, "UTF-8", id="UTF-16"),
        pytest.param(GOOD.encode("utf-16-le"), 1, "UTF-8", id="UTF-16 without a mark"),
        pytest.param(GOOD.encode() + b"title: a\x00b\n", 21, "U+0000", id="a NUL"),
        pytest.param(GOOD.encode() + b"title: a\x07b\n", 21, "U+0007", id="a bell"),
        pytest.param(changed("    schema:", "\tschema:").encode(), 7, "not with tabs", id="a tab"),
        pytest.param(GOOD.encode() + b"---\nname: b\n", 21, "second document", id="two documents"),
        pytest.param(b"name: a: b\n", 1, "quotes", id="a colon"),
        pytest.param(b"name: small\ntitle: 'open\n\n", 4, "begins in line 2", id="a quote never closed"),
        pytest.param(b"name: [a, b\n", 2, "begins in line 1", id="a bracket never closed"),
        pytest.param(b"name: *nowhere\n", 1, "undefined alias", id="an alias of nothing"),
        pytest.param(b"name: &a [*a]\n", 1, "without end", id="an alias of itself"),
        pytest.param(b"name: " + b"[" * 5000 + b"]" * 5000, 1, "levels", id="brackets without end"),
        pytest.param(b"? [a, b]\n: c\n", 1, "A key is one word", id="a list as a key"),
        pytest.param(b"name: !!int abc\n", 1, "not a number", id="a word marked as a number"),
        pytest.param(b"name: !ours abc\n", 1, "Leave it out", id="a tag of its own"),
        pytest.param(b"name: " + b"9" * 5000, 1, "not a number", id="a number of 5,000 digits"),
        pytest.param(GOOD.encode() + b"name: again\n", 21, "'name' stands twice", id="a key twice"),
        pytest.param(
            changed("type: integer", "type: integer, type: number").encode(),
            17,
            "'type' stands twice",
            id="a key twice in a field",
        ),
    ],
)
def test_what_is_no_yaml_of_ours_is_told_at_its_line(mistakes, content, line, said):
    """A file that cannot be understood as `key: value` lines is told with the line at which that shows."""
    ((where, sentence),) = mistakes(content)
    assert line == where
    assert said in sentence


def test_entries_that_multiply_do_not_fill_the_memory(mistakes):
    """Aliases of aliases that would grow to a billion entries are refused."""
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    text += "".join(f"a{n}: &a{n} [{', '.join(f'*a{n - 1}' for _ in range(10))}]\n" for n in range(1, 10))
    assert "without end" in mistakes(text)[0][1]


def test_a_tag_never_runs_anything(mistakes, tmp_path):
    """A tag that asks for a Python call is no call."""
    mistakes(f"name: !!python/object/apply:os.mkdir ['{tmp_path / 'made'}']\n")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [("nowhere.yaml", "missing"), ("", "cannot be read"), ("file/codebook.yaml", "cannot be read")],
)
def test_a_file_that_is_not_there_is_told_by_name(tmp_path, name, said):
    """A missing file and a folder in its place are told, and which."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigurationError) as fault:
        codebook.load(tmp_path / name)
    assert str(tmp_path / name) in str(fault.value)
    assert said in str(fault.value)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("name: small", "nam: small", 1, "'nam' is not a key that may stand here; did you mean 'name'?"),
        ("name: small", "name: small\nresourses: []", 2, "did you mean 'resources'?"),
        ("title: Studies", "titel: Studies", 6, "did you mean 'title'?"),
        ("required: true", "requird: true", 12, "did you mean 'required'?"),
        ("synonyms: [case", "synonym: [case", 15, "did you mean 'synonyms'?"),
        ("check: n", "chek: n", 20, "did you mean 'check'?"),
        ("type: integer", "zzz: integer", 17, "The keys here are name, type, title"),
        ("primaryKey: [study_id]", "title: x", 8, "The keys here are fields, primaryKey"),
        ("name: small", "name: A Small Review", 1, "name is 'A Small Review', but a name of lower-case letters"),
        ("name: small", "title: x", 1, "'name' is missing"),
        ("name: small", "name: 7", 1, "name is '7', but a text (in quotes"),
        ("name: small", "name:", 1, "name is empty, but a text"),
        ("version: 1.0.0", "version: [1, 0]", 2, "version is a list, but a text"),
        (
            "{NR: [not given]}",
            "{NX: [not given]}",
            3,
            "'NX' is not a key that may stand here; the keys are 'NR', 'NA' or 'UNCLEAR'",
        ),
        ("{NR: [not given]}", "{NR: not given}", 3, "missing.NR is 'not given', but a list"),
        ("name: studies", "name: study", 5, "the tables are records, votes"),
        ("[study_id]", "7", 8, "primaryKey is '7', but a list"),
        ("name: n,", "name: N total,", 17, "'N total', but a name of lower-case letters, digits and `_`"),
        ("type: integer", "type: int", 17, "fields.n.type is 'int', but one of 'string', 'integer'"),
        ("type: boolean", "type: yes", 18, "fields.tidy.type is 'yes', but one of"),
        ("required: true", "required: perhaps", 12, "required is 'perhaps', but true or false"),
        ("minimum: 1", "minimum: low", 17, "minimum is 'low', but a number"),
        ("minimum: 1", "minLength: 1.5", 17, "minLength is '1.5', but a whole number"),
        ("minimum: 1", "pattern: '('", 17, "not a regular expression"),
        ("[trial, {value: series, synonyms: [case series]}]", "trial", 15, "values is 'trial', but a list"),
        ("[trial, {value: series, synonyms: [case series]}]", "[{label: x}]", 15, "'value' is missing"),
        ("[study design]", "[study design, 3]", 16, "aliases.2 is '3', but a text"),
        ("[study design]", "study design", 16, "aliases is 'study design', but a list"),
        ("type: integer", "missing: [NX]", 17, "missing.1 is 'NX', but one of 'NR', 'NA' or 'UNCLEAR'"),
        ("type: integer", "kind: span", 17, "kind is 'span', but one of 'range' or 'bounded'"),
        (
            "{design: series}",
            "{design: true}",
            20,
            "when.design is true, but a text (in quotes if it looks like a number, true or false)",
        ),
        ("{design: series}", "series", 20, "when is 'series', but a group"),
        ("check: n <= 5", "check: n + 5", 20, "`n + 5` is not a comparison"),
        ("check: n <= 5", "check: n <= 5, require: [n]", 20, "exactly one of `check`, `require`, `forbid`"),
        ("check: n <= 5, ", "", 20, "exactly one of `check`, `require`, `forbid`"),
        ("id: small_series", "id: Small series", 20, "'Small series', but a name of lower-case"),
        ("message: That is many.", "severity: fatal", 20, "severity is 'fatal', but one of 'error' or 'warning'"),
        ("        - {name: companion_of}", "        - ", 13, "fields.2 is empty, but a group"),
    ],
)
def test_each_mistake_is_told_at_its_line_with_what_may_stand_there(mistakes, old, new, line, said):
    """One mistake: one sentence, at the line where it stands, that says what was expected or meant."""
    told = [
        (where, sentence)
        for where, sentence in mistakes(changed(old, new))
        if "is missing" not in sentence or "missing" in said
    ]
    assert [line] == [where for where, _ in told]
    assert said in told[0][1]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("type: integer", "kind: range, values: [a]", 17, "cannot have both `values` and `kind: range`"),
        ("type: integer", "type: integer, values: [a]", 17, "its type must be string, not integer"),
    ],
)
def test_what_two_keys_say_together_is_told_at_their_field(mistakes, old, new, line, said):
    """Keys that contradict each other are told at the field they stand in."""
    ((where, sentence),) = mistakes(changed(old, new))
    assert line == where
    assert said in sentence


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("version: 1.0.0", "version: 1.10", 2, "'1.10'"),
        ("version: 1.0.0", "version: true", 2, "version is true, but a text"),
        ("{NR: [not given]}", "{NR: [x], NA: [X]}", 3, "'X' stands for both NR and NA"),
        ("[trial, ", "[trial, 2, ", 15, "'2', but a text (in quotes"),
        ("[trial, ", "[trial, true, ", 15, "true, but a text (in quotes"),
        ("[trial, ", "[trial, '', ", 15, "may not be blank"),
        ("[trial, ", "[trial, trial, ", 15, "'trial' of 'design' stands twice"),
        ("[trial, ", "[trial, Trial, ", 15, "'Trial' of 'design' stands twice"),
        ("[trial, ", "[trial, not given, ", 15, "also the code NR for a missing value"),
        ("[case series]", "[Trial]", 15, "stands for both 'trial' and 'series'"),
        ("[study design]", "[study id]", 16, "a header of both 'study_id' and 'design'"),
        ("minimum: 1", "minimum: 10", 17, "'n' has a minimum of 10, above its maximum of 9"),
        ("name: n,", "name: design,", 17, "the field 'design' stands twice in 'studies'"),
        ("primaryKey: [study_id]", "primaryKey: [study]", 8, "names 'study', which is not one of its fields"),
        ("fields: companion_of", "fields: companion", 10, "names 'companion', which is not one of its fields"),
        (
            "reference: {fields: study_id}",
            "reference: {fields: study}",
            10,
            "points at 'studies.study', which is not a field",
        ),
        ("{fields: study_id}", "{resource: records, fields: study_id}", 10, "'records', which is not a table here"),
        ("{fields: study_id}", "{fields: [study_id, n]}", 10, "pairs 1 with 2 fields"),
        ("check: n <= 5", "check: m <= 5", 20, "names 'm', which is not a field of 'studies'"),
        ("{design: series}", "{desing: series}", 20, "names 'desing', which is not a field of 'studies'"),
    ],
)
def test_what_contradicts_another_line_is_told_at_its_own(mistakes, old, new, line, said):
    """A value, field, key or rule that does not fit the rest is told where it stands, not where its table begins."""
    found = mistakes(changed(old, new))
    assert any(line == where and said in sentence for where, sentence in found), found


def test_no_table_stands_twice(mistakes):
    """The second of two tables of one name is a mistake."""
    assert any("'studies' stands twice" in said for _, said in mistakes(GOOD + GOOD.split("resources:\n")[1]))


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines(mistakes):
    """Three mistakes of three kinds are three sentences."""
    text = (
        GOOD.replace("type: integer", "type: int")
        .replace("name: small", "nam: small")
        .replace("required: true", "required: 2")
    )
    told = mistakes(text)
    assert sorted(told) == told
    assert [line for line, _ in told] == [1, 1, 12, 17]


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    start=st.integers(0, len(GOOD)),
    length=st.integers(0, 40),
    put=st.one_of(
        st.text(max_size=12),
        st.sampled_from(["{", "]", ": ", "- ", "&a", "*a", "\t", "\n", "'", "~", "!!set ", "<<: "]),
    ),
)
@example(start=0, length=0, put="\x85")
def test_a_codebook_spoilt_anywhere_is_read_or_told(load, start, length, put):
    """Whatever is put in place of a piece of a codebook, it is read, or told at a line; nothing else is raised."""
    said = refusal(load, (GOOD[:start] + put + GOOD[start + length :]).encode("utf-8", "surrogatepass"))
    assert not said or re.search(r"codebook\.yaml, line \d+: .{10}", said, re.DOTALL)


def test_the_examples_codebook_is_good(repository):
    """The example's own codebook passes its own definition."""
    assert {"records", "votes", "reports", "studies", "findings"} <= set(
        codebook.load(repository / "config" / "codebook.yaml").tables
    )
