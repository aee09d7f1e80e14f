"""Makes a synthetic review of any size: records and two votes each, in xlsx, with its codebook and configuration."""

import random
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl

CODEBOOK = """\
name: synthetic
version: 1.0.0
resources:
  - name: records
    schema:
      primaryKey: [record_id]
      foreignKeys: [{fields: [duplicate_of], reference: {resource: records, fields: [record_id]}}]
      fields:
        - {name: record_id, constraints: {required: true, pattern: 'R\\d{7}'}}
        - {name: source_type, constraints: {required: true}, values: [database, register]}
        - {name: source_name}
        - {name: title, constraints: {maxLength: 400}}
        - {name: authors}
        - {name: year, type: integer, constraints: {minimum: 1900, maximum: 2100}}
        - {name: journal}
        - {name: volume}
        - {name: pages}
        - {name: doi, constraints: {pattern: '10\\.\\d+/.+'}}
        - {name: language, values: [English, Other]}
        - {name: duplicate_of}
  - name: votes
    schema:
      primaryKey: [record_id, stage, reviewer]
      foreignKeys: [{fields: [record_id], reference: {resource: records, fields: [record_id]}}]
      fields:
        - {name: record_id, constraints: {required: true}}
        - {name: stage, constraints: {required: true}, values: [title_abstract, full_text]}
        - {name: reviewer, constraints: {required: true}, values: [A, B, C]}
        - {name: decision, constraints: {required: true}, values: [include, exclude, maybe]}
        - {name: reason, values: [wrong population, wrong concept, wrong context, not research]}
        - {name: note}
    rules:
      - {id: reason_given, when: {decision: exclude}, require: [reason]}
      - {id: no_reason, when: {decision: [include, maybe]}, forbid: [reason]}
  - name: decisions
    schema:
      primaryKey: [record_id, stage]
      foreignKeys: [{fields: [record_id], reference: {resource: records, fields: [record_id]}}]
      fields:
        - {name: record_id, constraints: {required: true}}
        - {name: stage, constraints: {required: true}, values: [title_abstract, full_text]}
        - {name: decision, constraints: {required: true}, values: [include, exclude]}
        - {name: reason, values: [wrong population, wrong concept, wrong context, not research]}
        - {name: adjudicator, values: [A, B, C]}
"""
CONFIG = "review:\n  title: A synthetic review\n"
REASONS = ("wrong population", "wrong concept", "wrong context", "not research")
WORDS = [
    "pain",
    "naltrexone",
    "low",
    "dose",
    "trial",
    "fibromyalgia",
    "chronic",
    "effect",
    "patients",
    "randomised",
    "study",
    "of",
    "in",
    "and",
    "with",
    "the",
    "for",
    "outcome",
    "sleep",
    "mood",
    "inflammation",
    "care",
    "adults",
    "controlled",
    "quality",
    "life",
    "treatment",
]


def write(folder: Path, votes: int, seed: int = 1) -> None:
    """Write a review with `votes` screening rows (two for each record that is no duplicate) below `folder`."""
    draw = random.Random(seed)
    raw, config = folder / "raw", folder / "config"
    raw.mkdir(parents=True)
    config.mkdir()
    (config / "codebook.yaml").write_text(CODEBOOK, encoding="utf-8")
    (config / "config.yaml").write_text(CONFIG, encoding="utf-8")
    records = openpyxl.Workbook(write_only=True)
    found = records.create_sheet("records")
    found.append(
        [
            "record_id",
            "source_type",
            "source_name",
            "title",
            "authors",
            "year",
            "journal",
            "volume",
            "pages",
            "doi",
            "language",
            "duplicate_of",
        ]
    )
    screening = openpyxl.Workbook(write_only=True)
    cast = screening.create_sheet("votes")
    cast.append(["record_id", "stage", "reviewer", "decision", "reason", "note"])
    settled = screening.create_sheet("decisions")
    settled.append(["record_id", "stage", "decision", "reason", "adjudicator"])
    for number in range(votes // 2):
        record = f"R{number:07d}"
        copy = f"R{votes // 2 + number:07d}" if number % 10 == 0 else None
        for name in filter(None, (record, copy)):
            found.append(
                [
                    name,
                    "database" if number % 7 else "register",
                    draw.choice(("PubMed", "Embase", "Scopus")),
                    " ".join(draw.choices(WORDS, k=13)).capitalize(),
                    "; ".join(draw.choices(("Smith J", "Lee K", "Roe T", "Ng P"), k=4)),
                    1990 + number % 35,
                    draw.choice(("Pain", "BMJ", "J Pain Res")),
                    str(number % 90),
                    f"{number % 900}-{number % 900 + 9}",
                    f"10.1000/{name.lower()}",
                    "English" if number % 20 else "Other",
                    record if name != record else None,
                ]
            )
        first = draw.random() < 0.08
        second = first if draw.random() < 0.96 else not first
        for reviewer, include in (("A", first), ("B", second)):
            cast.append(
                [
                    record,
                    "title_abstract",
                    reviewer,
                    "include" if include else "exclude",
                    None if include else draw.choice(REASONS),
                    None,
                ]
            )
        if first != second:
            settled.append([record, "title_abstract", "exclude", draw.choice(REASONS), "C"])
    records.save(raw / "records.xlsx")
    screening.save(raw / "screening.xlsx")


WIDE_CODEBOOK = """\
name: wide
version: 1.0.0
resources:
  - name: votes
    schema:
      primaryKey: [record_id, stage, reviewer]
      fields:
        - {name: record_id, constraints: {required: true, pattern: 'R\\d{7}'}}
        - {name: title, constraints: {required: true, maxLength: 400}}
        - {name: authors}
        - {name: year, type: integer, constraints: {minimum: 1900, maximum: 2100}}
        - {name: journal}
        - {name: doi, constraints: {pattern: '10\\.\\d+/.+'}}
        - {name: language, values: [English, Other]}
        - {name: stage, constraints: {required: true}, values: [title_abstract, full_text]}
        - {name: reviewer, constraints: {required: true}, values: [A, B, C]}
        - {name: decision, constraints: {required: true}, values: [include, exclude, maybe]}
        - {name: reason, values: [wrong population, wrong concept, wrong context, not research]}
        - {name: note}
    rules:
      - {id: reason_given, when: {decision: exclude}, require: [reason]}
      - {id: no_reason, when: {decision: [include, maybe]}, forbid: [reason]}
"""


def write_wide(folder: Path, rows: int, bad: float = 0.0, seed: int = 1) -> Path:
    """Write a review whose one workbook is a screening sheet of `rows` × 12 cells, a share `bad` of the cells wrong."""
    draw = random.Random(seed)
    raw, config = folder / "raw", folder / "config"
    raw.mkdir(parents=True)
    config.mkdir()
    (config / "codebook.yaml").write_text(WIDE_CODEBOOK, encoding="utf-8")
    (config / "config.yaml").write_text(CONFIG, encoding="utf-8")
    headers = "record_id title authors year journal doi language stage reviewer decision reason note".split()  # noqa: SIM905
    wrong = (
        "R1",
        "",
        "",
        "about 2000",
        "",
        "doi missing",
        "Englisch",
        "abstract",
        "Z",
        "inclde",
        "wrong poulation",
        "",
    )
    spoilt = [place for place, text in enumerate(wrong) if text]
    names = [" ; ".join(draw.choices(("Smith J", "Lee K", "Roe T", "Ng P", "Abe S"), k=3)) for _ in range(500)]

    def lines() -> Iterator[list[str | int]]:
        yield list(headers)
        for number in range(rows // 2):
            record, title = f"R{number:07d}", " ".join(draw.choices(WORDS, k=9))
            include = number % 12 == 0
            for reviewer in "AB":
                line: list[str | int] = [
                    record, title, names[number % 500], 1990 + number % 35, ("Pain", "BMJ", "J Pain Res")[number % 3],
                    f"10.1000/{number}", "English" if number % 20 else "Other", "title_abstract", reviewer,
                    "include" if include else "exclude", "" if include else REASONS[number % 4], "",
                ]  # fmt: skip
                if bad and draw.random() < bad * len(line):
                    place = draw.choice(spoilt)
                    line[place] = wrong[place]
                yield line

    path = raw / "screening.xlsx"
    _write_xlsx(path, "votes", lines())
    return path


def _write_xlsx(path: Path, sheet: str, lines: Iterable[list[str | int]]) -> None:
    """A workbook with shared strings, as spreadsheet programs write it, made as fast as text can be joined."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    strings: dict[str, int] = {}
    letters = "ABCDEFGHIJKL"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'{head}<Types xmlns="{package}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}worksheet+xml"/>'
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}sharedStrings+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'{head}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'{head}<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="{sheet}" sheetId="1" r:id="rId1"/>'
            "</sheets></workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'{head}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{office}/worksheet" '
            f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{office}/sharedStrings" '
            'Target="sharedStrings.xml"/></Relationships>',
        )
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            part.write(f'{head}<worksheet xmlns="{main}"><sheetData>'.encode())
            buffer: list[str] = []
            for row, line in enumerate(lines, start=1):
                cells = "".join(
                    f'<c r="{letter}{row}"><v>{value}</v></c>'
                    if isinstance(value, int)
                    else f'<c r="{letter}{row}" t="s"><v>{strings.setdefault(value, len(strings))}</v></c>'
                    for letter, value in zip(letters, line, strict=True)
                    if value != ""
                )
                buffer.append(f'<row r="{row}">{cells}</row>')
                if len(buffer) == 5000:
                    part.write("".join(buffer).encode())
                    buffer.clear()
            part.write("".join([*buffer, "</sheetData></worksheet>"]).encode())
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            part.write(f'{head}<sst xmlns="{main}" uniqueCount="{len(strings)}">'.encode())
            part.write("".join(f"<si><t>{escape(text)}</t></si>" for text in strings).encode())
            part.write(b"</sst>")
