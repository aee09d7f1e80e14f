"""The checklists and the summary of the example review, as a run of the whole pipeline writes them."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

pytestmark = [
    pytest.mark.resilience,  # a whole run: about twelve seconds
    pytest.mark.skipif(not (ROOT / "raw" / "charting.xlsx").exists(), reason="raw/charting.xlsx is not here"),
]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example")
    for part in ("raw", "config"):
        shutil.copytree(ROOT / part, folder / part)
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", "--directory", str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "results"


def test_every_link_leads_to_a_file_of_the_results(results):
    """A checklist, or the summary, names no file that the run did not make."""
    pages = [results / "summary.md", *(results / "checklists").iterdir()]
    assert len(pages) == 5
    for page in pages:
        said = page.read_text(encoding="utf-8")
        links = re.findall(r'(?<!\\)\]\(([^)]+)\)|href="([^"#]+)"', said) + [
            (link, "") for link in re.findall(r"^\[[^\]]+\]: (\S+)", said, re.MULTILINE)
        ]
        assert len(links) > 5
        for link in (one or other for one, other in links):
            target, _, anchor = link.partition("#")
            assert (page.parent / target).exists(), (page.name, link)
            if anchor:
                assert f'id="{anchor}"' in (page.parent / target).read_text(encoding="utf-8"), (page.name, link)


def test_every_answer_says_where_the_results_say_it(results):
    """Where a checklist answers an item itself, it names a file; only what was not done stands nowhere."""
    answered = 0
    for page in (results / "checklists").glob("*.md"):
        for line in page.read_text(encoding="utf-8").splitlines():
            if not line.startswith("| **"):
                continue
            _, item, _, said, where, write, _ = re.split(r"(?<!\\)\|", line)
            assert write.strip() != "–" or said.strip() != "–" or where.strip() != "–", item
            if said.strip() != "–" and not said.strip().startswith("Not done"):
                assert "](" in where, (page.name, item)
                answered += 1
    assert answered > 20


def rows_of(path):
    """The rows of a csv as a spreadsheet numbers them: the header is row 1."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return dict(enumerate(csv.reader(lines), start=1))


def column(rows, name, numbers):
    place = rows[1].index(name)
    return [rows[number][place] for number in numbers]


def traced(results, tokens):
    done = subprocess.run(
        [sys.executable, "-m", "scopeline", "trace", *tokens, "--review", str(results.parent), "--format", "json"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout), done.returncode


def printed(value, form):
    """A number of a table as a sentence prints it, written again here."""
    if form == "text":
        return value
    if form == "first":
        first, *others = value.split("; ")
        return f"{first} and {others[0] if len(others) == 1 else f'{len(others)} more'}" if others else first
    number = float(value) * (100 if form == "share" else 1)
    if form in ("share", "percent"):
        return f"{round(number)}\u00a0%"
    return f"{number:.2f}".replace("-", "\u2212") if form == "two" else f"{number:,.0f}"


def reckoned(token, rows):
    """The number of a token, read off the rows that trace names, by its own rule."""
    where, numbers = token["published"], token["published"]["rows"]
    if token["how"] == "rows":
        return str(len(numbers))
    found = column(rows, where["column"], numbers)
    if token["how"] == "distinct":
        return str(len({member for cell in found for member in cell.split("; ") if member}))
    if token["how"] == "given":
        assert all(float(each) > 0 for each in found)
        return str(len(found))
    if token["how"] == "percent":
        return str(100 * sum(map(float, found)) / float(column(rows, token["of"], numbers)[0]))
    if token["how"] == "sum" or where["file"] == "prisma/flow.csv":
        return str(sum(total(each) for each in found))
    (only,) = found
    return only


def total(cell):
    """The number in a cell; of a list of reasons, each with its number, their sum."""
    parts = cell.split(";") if "," in cell else [cell]
    return sum(float(part.rpartition(",")[2]) for part in parts)


def test_every_number_is_what_stands_in_the_row_that_trace_names(results):
    """Each number of the summary is read again, with the csv module alone, in the row that `scopeline trace` names."""
    tokens = json.loads((results / "summary.tokens.json").read_text(encoding="utf-8"))["tokens"]
    told, status = traced(results, tokens)
    assert status == 0 and len(told["numbers"]) == len(tokens) > 300
    flow = json.loads((results / "prisma/flow.json").read_text(encoding="utf-8"))
    state = json.loads((results / "validation/summary.json").read_text(encoding="utf-8"))
    files, read = {}, 0
    for token in told["numbers"]:
        where = token["published"]
        if where["file"] == "validation/summary.json":
            expected = len(state["files"]) if token["table"] == "files" else state[token["column"]]
            assert token["shown"] == str(expected), token["token"]
        elif where["file"] == "prisma/flow.json" and token["table"] == "identities":
            exceptions = token["key"].get("holds") == "by exception"
            assert token["shown"] == str(sum(bool(one["exception"]) or not exceptions for one in flow["identities"]))
        elif where["file"] == "prisma/flow.json" and token["table"] == "reasons":
            listed = {each["reason"]: each["n"] for each in flow["reasons"][token["key"]["box"]]}
            assert token["shown"] == str(listed[token["key"]["reason"]])
        elif where["file"] == "prisma/flow.json":
            assert (token["table"], token["shown"]) == ("exceptions", flow["exceptions"][0]["why"])
        elif token["table"] == "reasons":
            check_reason(token, flow, files.setdefault(where["file"], rows_of(results / where["file"])))
        else:
            rows = files.setdefault(where["file"], rows_of(results / where["file"]))
            assert where["rows"], token["token"]
            assert printed(reckoned(token, rows), token["form"]) == token["shown"], token["token"]
            read += 1
    assert read > 300


def check_reason(token, flow, rows):
    """A reason stands in a list within one cell of the csv, or, for records, in flow.json alone."""
    (reason,) = [each for each in flow["reasons"][token["key"]["box"]] if each["reason"] == token["key"]["reason"]]
    assert token["shown"] == str(reason["n"])
    (listed,) = column(rows, "n", token["published"]["rows"])
    plain = token["key"]["reason"].replace(",", " /")
    assert f"{plain}, {token['shown']}" in [each.strip() for each in listed.split(";")]


def test_every_row_of_the_checklists_is_there_and_is_the_one_that_is_meant(results):
    """Rows that an answer names exist; all rows are all; rows of single cells hold the numbers of the answer."""
    named = re.compile(r"\[([\w/\\.-]+\.csv)\]\([^)]*\), (all rows \(([^)]*)\)|rows? (\d+(?:(?:, | to | and )\d+)*))")
    seen = 0
    for page in sorted((results / "checklists").glob("*.md")):
        for file, how, whole, some in named.findall(page.read_text(encoding="utf-8")):
            rows = rows_of(results / file.replace("\\", ""))
            numbers = spread(whole or some)
            assert set(numbers) <= set(rows) - {1}, (page.name, file, how)
            if whole:
                assert numbers == sorted(rows)[1:], (page.name, file, how)
            seen += 1
    assert seen > 30
    lines = (results / "checklists/prisma_scr.md").read_text(encoding="utf-8").splitlines()
    answer = next(line for line in lines if "**18**" in line)
    rows = rows_of(results / "tables/condition_by_domain.csv")
    (some,) = re.findall(r"condition_by_domain\.csv\), rows ([\d, and]+\d)", answer)
    for number in spread(some):
        (condition,), (domain,), (n,) = (
            column(rows, name, [number]) for name in ("condition", "outcome_domain", "n_studies")
        )
        assert f"{condition} × {domain}: {n} studies".lower() in answer.lower()


def spread(told):
    """Numbers in words, such as 2, 4 to 6 and 9, as a list."""
    numbers = []
    for part in re.split(r", | and ", told.strip()):
        first, _, last = part.partition(" to ")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def test_rows_of_the_workbook_are_those_of_the_csv(results):
    """Each sheet that an answer names has its table in the rows that are named, in the csv's order."""
    from openpyxl import load_workbook
    from scopeline.report.places import SHEETS

    book = load_workbook(results / "tables/synthesis.xlsx")
    said = "".join(page.read_text(encoding="utf-8") for page in (results / "checklists").glob("*.md"))
    found = set(re.findall(r"sheet ([\w ]+), all rows \((\d+) to (\d+)\)", said))
    assert {sheet for sheet, _, _ in found} >= {"Tally", "Directions", "Studies", "Characteristics", "Harms"}
    by_sheet = {sheet: file for file, sheet in SHEETS.items()}
    members = {"Tally": "study_ids", "Directions": "study_id", "Studies": "Study", "Harms": "study_id"}
    members |= {"Characteristics": "study_ids", "Harms summary": "study_ids"}
    for sheet, first, last in found:
        rows = rows_of(results / by_sheet[sheet])
        expected = column(rows, members[sheet], sorted(rows)[1:])
        shown = [list(line) for line in book[sheet].iter_rows(int(first), int(last), values_only=True)]
        places = [place for place in range(len(shown[0])) if [line[place] or "" for line in shown] == expected]
        assert places, sheet


def test_nothing_printed_says_significant(results):
    """The word is nowhere in what this software writes; a quotation from a source keeps its own words."""
    texts = [results / "summary.md", *(results / "checklists").iterdir(), results / "prisma/flow.html"]
    for page in texts:
        assert "significan" not in page.read_text(encoding="utf-8").lower(), page.name
    quoted = set()
    for file in ("tables/harms.csv", "tables/directions.csv"):
        cells = [cell for row in rows_of(results / file).values() for cell in row]
        quoted |= {cell for cell in cells if "significan" in cell.lower()}
    plain = re.sub(r"<script.*?</script>", "", (results / "report.html").read_text(encoding="utf-8"), flags=re.DOTALL)
    for text in quoted:
        plain = plain.replace(text, "")
    assert "significan" not in plain.lower()


def test_kinds_of_evidence_share_no_sentence_without_a_word(results):
    """A sentence that names comparative and uncontrolled evidence says that they are together, or kept apart."""
    several = re.compile(r"against a comparator.*without (?:one|a comparator)|comparative.*uncontrolled", re.IGNORECASE)
    said = 0
    for page in [results / "summary.md", *(results / "checklists").glob("*.md")]:
        plain = re.sub(r"\]\[[^\]]*\]", "]", page.read_text(encoding="utf-8"))
        lines = [line for line in plain.splitlines() if not re.match(r"\[[^\]]+\]: |\| Condition \|", line)]
        for sentence in (each for line in lines for each in re.split(r"(?<=[.:!?])\s+|\|", line)):
            if several.search(sentence):
                assert re.search(r"together|apart|of their own|speak for", sentence), (page.name, sentence)
                said += 1
    assert said > 5


def test_every_token_of_the_example_is_what_the_spreadsheets_give(results):
    """`scopeline trace` finds each number of the summary again, and each count has its cells."""
    tokens = json.loads((results / "summary.tokens.json").read_text(encoding="utf-8"))["tokens"]
    assert tokens["flow.duplicates"]["value"] == 77 and tokens["flow.duplicates"]["n_cells"] == 77
    told, status = traced(results, tokens)
    assert told["unknown"] == []
    assert [each["token"] for each in told["numbers"] if not each["agrees"]] == []
    assert [each["token"] for each in told["numbers"] if each["ids"] and not each["cells"]] == []
    assert status == 0
