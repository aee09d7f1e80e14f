"""The pages and schemas that are made from the library say what the library says now."""

import runpy

import pytest
import yaml
from scopeline.issue_rules import RULES, Rule
from scopeline.report.rules import markdown
from scopeline.terms import Severity

MADE = ["docs/rules.md", "workflow/schemas/config.schema.yaml", "workflow/schemas/codebook.schema.yaml"]


@pytest.fixture(scope="module")
def made(request):
    """The texts that docs/make.py would write."""
    return runpy.run_path(str(request.config.rootpath / "docs" / "make.py"))["made"]()


def test_nothing_else_is_made(made):
    """The list of made files is the one tested here."""
    assert list(made) == MADE


@pytest.mark.parametrize("name", MADE)
def test_what_is_made_is_up_to_date(repository, made, name):
    """Each made file is as docs/make.py would write it (mended by `python docs/make.py`)."""
    assert made[name] == (repository / name).read_text(encoding="utf-8")


def test_every_rule_stands_on_the_page_once():
    """Each rule of the closed list has its line."""
    lines = markdown().splitlines()
    assert dict.fromkeys(RULES, 1) == {rule: sum(line.startswith(f"| `{rule}` |") for line in lines) for rule in RULES}


def test_places_are_shown_and_the_table_stays_whole():
    """Places in a sentence are in italics, a place for a whole sentence is described, and | does not end a cell."""
    page = markdown({"a": Rule("a", Severity.NOTE, "A", "'{value}' is x|y ({message}).", "Fill it in{message}.")})
    assert "| `a` | A | '*value*' is x\\|y (*what was found*). | Fill it in. |" in page
    assert "## Errors" not in page
    assert "{" not in markdown()


@pytest.mark.parametrize(("schema", "file"), [("config", "config.yaml"), ("codebook", "codebook.yaml")])
def test_the_schemas_accept_the_example(repository, schema, file):
    """An editor that checks against the schema finds nothing to mend in the example's files."""
    jsonschema = pytest.importorskip("jsonschema")
    from scopeline import yamlfile

    rules = yaml.safe_load((repository / "workflow" / "schemas" / f"{schema}.schema.yaml").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(rules)
    wrong = list(jsonschema.Draft202012Validator(rules).iter_errors(yamlfile.read(repository / "config" / file).data))
    assert [f"{list(error.path)}: {error.message}"[:200] for error in wrong] == []


@pytest.mark.parametrize(
    ("schema", "file", "key"), [("config", "config.yaml", "review"), ("codebook", "codebook.yaml", "resources")]
)
def test_the_schemas_refuse_what_the_loaders_refuse(repository, schema, file, key):
    """A misspelt key and a missing one are wrong in an editor too."""
    jsonschema = pytest.importorskip("jsonschema")
    from scopeline import yamlfile

    rules = yaml.safe_load((repository / "workflow" / "schemas" / f"{schema}.schema.yaml").read_text(encoding="utf-8"))
    data = dict(yamlfile.read(repository / "config" / file).data)
    data[f"{key}x"] = data.pop(key)
    kinds = {error.validator for error in jsonschema.Draft202012Validator(rules).iter_errors(data)}
    assert {"additionalProperties", "required"} <= kinds


def test_the_codebooks_schema_knows_the_short_ways_to_write(repository, tmp_path):
    """A word for a value and a name for a list of one are right in an editor, as they are for the loader."""
    jsonschema = pytest.importorskip("jsonschema")
    from scopeline import yamlfile
    from small_review import CODEBOOK

    rules = yaml.safe_load((repository / "workflow" / "schemas" / "codebook.schema.yaml").read_text(encoding="utf-8"))
    (tmp_path / "codebook.yaml").write_text(CODEBOOK.replace("[study_id]", "study_id"), encoding="utf-8")
    data = yamlfile.read(tmp_path / "codebook.yaml").data
    assert [error.message for error in jsonschema.Draft202012Validator(rules).iter_errors(data)] == []
