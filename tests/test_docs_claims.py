"""What the documents say of files, keys, commands and figures is so: README, docs/, config/, raw/, CONTRIBUTING."""

import csv
import re
import shlex
import shutil
import textwrap
from functools import cache
from pathlib import Path

import pytest
import yaml
from openpyxl import load_workbook
from pydantic import BaseModel
from scopeline import cli, codebook, evidence, mapping, settings, terms
from scopeline.figures import evidence_figures

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "config/*.md", "raw/*.md", "examples/*/*.md", "tests/data/*.md")
    for path in ROOT.glob(pattern)
)


@cache
def text(page):
    return (ROOT / page).read_text(encoding="utf-8")


def prose(page):
    """A page without its fenced blocks."""
    return re.sub(r"```.*?```", "", text(page), flags=re.DOTALL)


def blocks(page, *languages):
    return [body for name, body in re.findall(r"```(\w*)\n(.*?)```", text(page), re.DOTALL) if name in languages]


def spans(page):
    """What stands in backticks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", prose(page))


def anchors(page):
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    """A link to a file of the repository has the file, and one to a heading has the heading."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"\w+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (ROOT / page).parent / file if file else ROOT / page
        if not there.exists() or (anchor and anchor not in anchors(there.resolve().relative_to(ROOT).as_posix())):
            broken.append(target)
    assert broken == []


SNIPPETS = [(page, number, body) for page in PAGES for number, body in enumerate(blocks(page, "yaml", "yml"), 1)]


@pytest.mark.parametrize(("page", "body"), [(p, b) for p, _, b in SNIPPETS], ids=[f"{p}-{n}" for p, n, _ in SNIPPETS])
def test_every_piece_of_configuration_is_valid(page, body, tmp_path):
    """Each YAML block of a document is taken by the models that read config.yaml and codebook.yaml."""
    body = textwrap.dedent(body)
    data = yaml.safe_load(body)
    path = tmp_path / "snippet.yaml"

    def written(head, indent=0):
        path.write_text(head + textwrap.indent(body, " " * indent), encoding="utf-8")
        return path

    if isinstance(data, dict) and data.keys() <= settings.Settings.model_fields.keys():
        book = codebook.load(ROOT / "config" / "codebook.yaml") if page == "docs/synthesis.md" else None
        settings.load(written("review: {title: A}\n"), book)
    elif isinstance(data, list) and all("table" in entry for entry in data):
        settings.load(written("review: {title: A}\nsources:\n  a.xlsx:\n    tables:\n", 6))
    elif isinstance(data, list) and all("schema" in entry for entry in data):
        studies = "  - {name: studies, schema: {primaryKey: study_id, fields: [{name: study_id}]}}\n"
        codebook.load(written(f"name: a\nresources:\n{studies}", 2))
    elif set(data) == {"values"}:
        codebook.FieldSpec.model_validate({"name": "a", **data})
    elif set(data) == {"rules"}:
        known = {
            field for table in codebook.load(ROOT / "config" / "codebook.yaml").resources for field in table.by_name
        }
        assert set().union(*(codebook.Rule.model_validate(rule).fields() for rule in data["rules"])) <= known
    else:
        pytest.fail("nothing that a review's configuration holds")


def test_there_are_pieces_of_configuration():
    """The test above has something to look at, in both documents that explain the configuration."""
    assert {page for page, _, _ in SNIPPETS} >= {"config/README.md", "docs/synthesis.md"}
    assert len(SNIPPETS) > 10


def commands(page):
    """The lines of commands in a page's sh blocks, and those that stand in backticks."""
    lines = []
    for block in blocks(page, "sh"):
        lines += [part for line in block.replace("\\\n", " ").splitlines() for part in re.split(r"&&|;|\|", line)]
    lines += [span for span in spans(page) if span.split()[0] in ("scopeline", "snakemake") and " " in span]
    said = [shlex.split(line, comments=True) for line in lines if line.strip()]
    return [words for words in said if words]


def of_tool(tool):
    return [(page, words[1:]) for page in PAGES for words in commands(page) if words[0] == tool]


@pytest.mark.parametrize(("page", "words"), of_tool("scopeline"), ids=str)
def test_every_scopeline_command_is_known(page, words, capsys):
    """The command exists, and its help names every option that the document gives it."""
    named = [word for word in words if re.fullmatch(r"[a-z]+", word)]
    depth = 2 if named[0] == "codebook" else 1
    if named[0] == "COMMAND":
        return
    assert cli.main([*named[:depth], "--help"]) == 0, page
    helped = capsys.readouterr().out
    assert [word for word in words if word.startswith("--") and word.split("=")[0] not in helped] == []


def test_every_command_of_scopeline_is_in_the_readme():
    """Nobody has to find a command by chance."""
    told = {words[0] for page in ("README.md", "config/README.md") for words in
            [words for tool, words in of_tool("scopeline") if tool == page]}  # fmt: skip
    assert {command.name for command in cli.COMMANDS} <= told | set(re.findall(r"`scopeline (\w+)`", text("README.md")))


def test_every_snakemake_command_parses():
    """Snakemake's own parser takes each call of it that a document gives."""
    from snakemake.cli import get_argument_parser

    calls = of_tool("snakemake")
    assert len(calls) > 4
    parser = get_argument_parser()
    for page, words in calls:
        _, unknown = parser.parse_known_args(words)
        assert unknown == [], (page, words)


def test_every_file_that_a_command_names_is_there():
    """`python benchmarks/run.py`, `pytest -m real tests/real/test_4dsw.py`: file and marker exist."""
    markers = re.findall(r'^  "(\w+): ', text_of("pyproject.toml"), re.MULTILINE)
    missing = []
    for page in ("README.md", "CONTRIBUTING.md", *(page for page in PAGES if page.startswith(("docs/", "examples/")))):
        for span in [*spans(page), *(" ".join(words) for words in commands(page))]:
            if not re.match(r"(python|pytest|bash) ", span):
                continue
            for word in span.split()[1:]:
                if re.fullmatch(r"[.\w]+(/[.\w]+)+", word) and not word.startswith(".venv"):
                    missing += [(page, word)] if not (ROOT / word).exists() else []
            for marker in re.findall(r"pytest -m (\w+)", span):
                missing += [(page, marker)] if marker not in markers else []
    assert missing == []


def text_of(file):
    return (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/architecture.md"])
def test_every_file_of_the_repository_that_a_page_names_is_there(page):
    """A path in backticks that begins with a folder of the repository is a file or folder of it."""
    folders = ("workflow/", "tests/", "docs/", "config/", "raw/", "benchmarks/", "profiles/", "examples/", ".ci/")
    of_a_review = {"config/waivers.csv"}
    named = {span for span in spans(page) if span.startswith(folders) and re.fullmatch(r"[\w./-]+", span)}
    assert [name for name in sorted(named - of_a_review) if "NAME" not in name and not (ROOT / name).exists()] == []


def keys_of(model, before=""):
    """Every key of a part of the settings, with its way: `synthesis.participants.fields`."""
    for name, field in model.model_fields.items():
        key = before + (field.alias or name)
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from keys_of(inner, f"{key}.")
        else:
            yield key, field


def settings_table():
    """Key → what its line of the table in config/README.md gives as default."""
    section = text("config/README.md").split("## config.yaml")[1].split("###")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    told = {}
    for names, default, *_ in (line if len(line) > 2 else [line[0].rstrip(" |"), "", *line[1:]] for line in lines):
        keys = re.findall(r"`([^`]+)`", names)
        values = re.findall(r"`([^`]+)`", default)
        for place, key in enumerate(keys):
            told[key] = values[place] if len(values) == len(keys) else values[0] if len(values) == 1 else None
    return told


def test_every_setting_is_explained_and_every_explained_setting_exists():
    """The table of config/README.md lists the keys of the settings, all of them and no other."""
    assert set(settings_table()) == {key for key, _ in keys_of(settings.Settings)}


def test_the_defaults_that_are_told_are_the_defaults():
    """Each default in the table is what the settings take where the key is left out."""
    fields, told = dict(keys_of(settings.Settings)), settings_table()
    given = {key: yaml.safe_load(value) for key, value in told.items() if value is not None}
    assert len(given) > 40
    assert {key: fields[key].get_default(call_default_factory=True) for key in given} == given


#: The parts of the configuration whose keys are not in the table of settings, and the section that explains each.
EXPLAINED = {
    settings.FlowExceptionSpec: "Naming an exception of the flow",
    settings.SheetSetting: "Telling where a table stands",
    mapping.TableMap: "An entry of `tables`",
    mapping.FieldMap: "A field",
    mapping.Lookup: "A field",
    mapping.Condition: "A condition",
    mapping.Elsewhere: "A condition",
    mapping.Each: "Columns and cells that become rows",
    mapping.Explode: "Columns and cells that become rows",
    mapping.Links: "Reports that belong together",
    codebook.Codebook: "codebook.yaml",
    codebook.TableSpec: "Tables",
    codebook.Schema: "Tables",
    codebook.FieldSpec: "Fields",
    codebook.Constraints: "Fields",
    codebook.Value: "Allowed values",
    codebook.Rule: "Rules",
}


def section(page, heading):
    """What stands under a heading, up to the next heading of any level."""
    return re.split(rf"^#+ {re.escape(heading)}$", text(page), flags=re.MULTILINE)[1].split("\n#")[0]


@pytest.mark.parametrize("model", EXPLAINED, ids=lambda model: model.__name__)
def test_every_key_of_the_configuration_is_explained_in_its_section(model):
    """Each key that a part of the configuration may hold is a word of code in the section on that part."""
    said = section("config/README.md", EXPLAINED[model])
    code = " ".join([*re.findall(r"`([^`\n]+)`", said), *re.findall(r"```yaml\n(.*?)```", said, re.DOTALL)])
    keys = {field.alias or name for name, field in model.model_fields.items()}
    assert keys - set(re.findall(r"[A-Za-z_]+", code)) == set()


def test_every_key_of_a_source_is_explained():
    """What `sources` may say of a file: its keys stand in the sections on exports, mapping and where a table stands."""
    headings = ("Telling where a table stands", "Exports of other tools", "Mapping a spreadsheet")
    said = " ".join(section("config/README.md", heading) for heading in headings)
    keys = {field.alias or name for name, field in settings.SourceSetting.model_fields.items()}
    assert keys - set(terms.TABLES) - set(re.findall(r"[A-Za-z_]+", said)) == set()


def test_settings_that_a_page_names_exist():
    """A key such as `synthesis.majority` in any document is one of the settings, or a group of them."""
    keys = {key for key, _ in keys_of(settings.Settings)}
    groups = {key.rsplit(".", depth)[0] for key in keys for depth in range(1, key.count(".") + 1)} | keys
    sections = tuple(f"{name}." for name in settings.Settings.model_fields)
    files = re.compile(r"\.(csv|md|py|svg|json|yaml|xlsx|arrow|png|html)$")
    wrong = [
        (page, span)
        for page in PAGES
        if page != "CHANGELOG.md" and not page.startswith("docs/architecture")
        for span in spans(page)
        if span.startswith(sections)
        and re.fullmatch(r"[a-z_.]+", span)
        and not files.search(span)
        and span not in groups
    ]
    assert wrong == []


def test_every_table_and_figure_of_the_synthesis_is_explained():
    """docs/synthesis.md has a line for each table and figure that a run may publish, and for no other."""
    rules = text_of("workflow/rules/evidence.smk") + text_of("workflow/rules/selection.smk")
    published = set(re.findall(r"build/tables/([\w]+\.csv)", rules))
    published |= {f"further/{name}" for name in evidence.FURTHER.values()}
    told = {span for span in spans("docs/synthesis.md") if span.endswith(".csv")}
    assert told == published
    figures = text("docs/synthesis.md").split("## Figures")[1].split("## ")[0]
    assert re.findall(r"^\| `(\w+)`", figures, re.MULTILINE) == list(evidence_figures.NAMES)


def test_every_result_of_the_readme_is_made():
    """Each file in the README's table of results is an output of a rule, or named where the library writes it."""
    made = "\n".join(
        text_of(path.relative_to(ROOT)) for path in (ROOT / "workflow").rglob("*") if path.suffix in (".smk", ".py")
    )
    section = text("README.md").split("## What you get")[1].split("\n## ")[0]
    first_cells = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    names = [name for cell in first_cells for name in re.findall(r"`([^`]+)`", cell)]
    assert len(names) > 15
    missing = [
        name
        for name in names
        if (stem := re.sub(r"\*.*", "", name.rstrip("/").rsplit("/", 1)[-1])) and stem.lstrip(".") not in made
    ]
    assert missing == []


def test_what_the_readme_says_of_published_reviews_is_what_their_lists_say():
    """The README counts the figures of each expected.yaml, and those of them without a cause of difference."""
    told = re.findall(r"\[(\w+)\]\(examples/\w+/README.md\) (\d+) of (\d+)", text("README.md"))
    assert len(told) == len(list(ROOT.glob("examples/*/expected.yaml")))
    for name, same, all_of_them in told:
        figures = yaml.safe_load(text_of(f"examples/{name}/expected.yaml"))["figures"]
        differ = sum("cause" in figure for figure in figures)
        assert (int(same), int(all_of_them)) == (len(figures) - differ, len(figures)), name


def test_the_mistakes_that_the_readme_shows_are_told_so(tmp_path, capsys, monkeypatch):
    """The two misspelt cells of the README, in a copy of the example, give the words that stand there."""
    shown = re.search(r"checked the spreadsheets\n(.*?)```", text("README.md"), re.DOTALL)[1]
    cells = dict(re.findall(r"^  (\w+![A-Z]+\d+) \(\w+\): '(\w[^']*)'", shown, re.MULTILINE))
    assert len(cells) == 2
    for folder in ("config", "raw"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    charting = tmp_path / "raw" / "charting.xlsx"
    if not charting.exists():
        pytest.skip("raw/charting.xlsx is not here")
    book = load_workbook(charting)
    for place, typed in cells.items():
        sheet, cell = place.split("!")
        book[sheet][cell] = typed
    book.save(charting)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["validate"]) == 1
    said = capsys.readouterr()
    assert (said.out + said.err).strip() == shown.strip()


def test_the_rows_of_the_example_are_those_told():
    """raw/README.md gives each sheet's number of rows."""
    if not (ROOT / "raw" / "charting.xlsx").exists():
        pytest.skip("raw/charting.xlsx is not here")
    told = dict(re.findall(r"`(\w+)(?:\.csv)?` \|(?: \|)? one [^|]* \| (\d+) \|", text("raw/README.md")))
    with open(ROOT / "raw" / "records.csv", encoding="utf-8-sig", newline="") as lines:
        found = {"records": sum(1 for _ in csv.DictReader(lines))}
    for workbook in ("screening", "charting"):
        for sheet in load_workbook(ROOT / "raw" / f"{workbook}.xlsx", read_only=True).worksheets:
            if sheet.title in told:
                found[sheet.title] = sum(1 for row in sheet.iter_rows(values_only=True) if any(row)) - 1
    assert {name: int(n) for name, n in told.items()} == found
    assert len(found) == 7
