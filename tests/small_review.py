"""A review small enough to read in one look: a codebook, good tables, and ways to write them with faults in them."""

import copy
import csv
import datetime as dt
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl
from scopeline import cells, codebook, settings
from scopeline.judgement import Judgement, judge

CODEBOOK = """\
name: small
version: 1.0.0
resources:
  - name: records
    schema:
      primaryKey: [record_id]
      foreignKeys:
        - {fields: [duplicate_of], reference: {resource: records, fields: [record_id]}}
      fields:
        - {name: record_id, constraints: {required: true, pattern: 'R\\d+'}}
        - {name: source_type, values: [database, register], constraints: {required: true}}
        - {name: source_name}
        - {name: title, aliases: [article title]}
        - {name: duplicate_of, title: Duplicate of}
  - name: votes
    schema:
      primaryKey: [record_id, stage, reviewer]
      foreignKeys:
        - {fields: [record_id], reference: {resource: records, fields: [record_id]}}
      fields:
        - {name: record_id, constraints: {required: true}}
        - {name: stage, constraints: {required: true}, values: [title_abstract, full_text]}
        - {name: reviewer, constraints: {required: true}}
        - {name: decision, constraints: {required: true}, values: [{value: include, synonyms: [in]}, exclude, maybe]}
        - {name: reason, values: [not research, wrong people], missing: []}
    rules:
      - {id: reason_given, when: {decision: exclude}, require: [reason], message: A vote to exclude needs its reason.}
      - {id: no_reason, when: {decision: [include, maybe]}, forbid: [reason]}
  - name: decisions
    optional: true
    schema:
      primaryKey: [record_id, stage]
      fields:
        - {name: record_id, constraints: {required: true}}
        - {name: stage, values: [title_abstract, full_text]}
        - {name: decision, values: [include, exclude]}
        - {name: reason}
        - {name: adjudicator}
  - name: reports
    schema:
      primaryKey: [report_id]
      foreignKeys:
        - {fields: [record_id], reference: {resource: records, fields: [record_id]}}
        - {fields: [study_id], reference: {resource: studies, fields: [study_id]}}
      fields:
        - {name: report_id, constraints: {required: true}}
        - {name: record_id, constraints: {required: true}}
        - {name: study_id}
        - {name: retrieved, values: ['yes', 'no'], constraints: {required: true}}
  - name: studies
    schema:
      primaryKey: [study_id]
      fields:
        - {name: study_id, constraints: {required: true}}
        - {name: condition, separator: ';', axis: true, values: [fibromyalgia, {value: low back pain, synonyms: [LBP]}]}
        - {name: n, type: integer, constraints: {minimum: 1}}
        - {name: dose_mg, kind: range, unit: mg, constraints: {minimum: 0, maximum: 50}}
        - {name: age, type: number}
        - {name: started, type: date}
        - {name: controlled, values: ['yes', 'no'], constraints: {required: true}, missing: [NR]}
  - name: findings
    schema:
      primaryKey: [finding_id]
      foreignKeys:
        - {fields: [study_id], reference: {resource: studies, fields: [study_id]}}
      fields:
        - {name: finding_id, constraints: {required: true}}
        - {name: study_id, constraints: {required: true}}
        - {name: condition, values: [fibromyalgia, low back pain]}
        - {name: outcome_domain, values: [pain, sleep]}
        - {name: direction, values: [benefit, none, harm, mixed, unclear], constraints: {required: true}}
        - {name: p_value, kind: bounded, constraints: {minimum: 0, maximum: 1}}
        - {name: note}
  - name: harms
    optional: true
    schema:
      primaryKey: [study_id, arm, event]
      fields:
        - {name: study_id, constraints: {required: true}}
        - {name: arm, constraints: {required: true}}
        - {name: event}
        - {name: n_events, type: integer}
        - {name: n_exposed, type: integer}
        - {name: harms_status, optional: true}
    rules:
      - {id: events_at_most_exposed, check: n_events <= n_exposed, message: More events than people exposed.}
"""

CONFIG = "review:\n  title: A small review\n"

TABLES: dict[str, list[list[Any]]] = {
    "records": [
        ["record_id", "source_type", "source_name", "title", "duplicate_of"],
        ["R1", "database", "PubMed", "Pain in people", None],
        ["R2", "database", "PubMed", "Sleep in people", None],
        ["R3", "register", "CT.gov", "Pain in people", "R1"],
        ["R4", "database", "Embase", "Pain in mice", None],
    ],
    "votes": [
        ["record_id", "stage", "reviewer", "decision", "reason"],
        ["R1", "title_abstract", "A", "include", None],
        ["R1", "title_abstract", "B", "maybe", None],
        ["R2", "title_abstract", "A", "include", None],
        ["R2", "title_abstract", "B", "include", None],
        ["R4", "title_abstract", "A", "exclude", "wrong people"],
        ["R4", "title_abstract", "B", "exclude", "wrong people"],
        ["R1", "full_text", "A", "include", None],
        ["R1", "full_text", "B", "include", None],
        ["R2", "full_text", "A", "include", None],
        ["R2", "full_text", "B", "include", None],
    ],
    "reports": [
        ["report_id", "record_id", "study_id", "retrieved"],
        ["P1", "R1", "Ames2001", "yes"],
        ["P2", "R2", "Bell2002", "yes"],
    ],
    "studies": [
        ["study_id", "condition", "n", "dose_mg", "age", "started", "controlled"],
        ["Ames2001", "fibromyalgia", 30, "3-4.5", 41.5, "2001-05", "yes"],
        ["Bell2002", "fibromyalgia; low back pain", "NR", 4.5, "NR", "2002", "no"],
    ],
    "findings": [
        ["finding_id", "study_id", "condition", "outcome_domain", "direction", "p_value", "note"],
        ["F1", "Ames2001", "fibromyalgia", "pain", "benefit", "<0.001", None],
        ["F2", "Bell2002", "low back pain", "sleep", "none", 0.4, "NA"],
    ],
    "harms": [
        ["study_id", "arm", "event", "n_events", "n_exposed"],
        ["Ames2001", "LDN", "nausea", 3, 15],
        ["Bell2002", "LDN", None, None, None],
    ],
}

WORKBOOKS = {"screening.xlsx": ("votes", "reports"), "charting.xlsx": ("studies", "findings", "harms")}

#: Values that cannot be used, each alone among good ones: table, cell, value, the rule that tells it, and a word that
#: the sentence has to say.
WRONG_VALUES: list[tuple[str, str, Any, str, str]] = [
    ("studies", "C2", "about 40", "not_number", "40"),
    ("studies", "C2", "30", "number_as_text", "Convert"),
    ("studies", "C2", 12.5, "not_whole", ""),
    ("studies", "C2", 0, "below_minimum", ""),
    ("studies", "D2", dt.datetime(2026, 12, 1), "turned_into_date", "1-12"),
    ("studies", "D2", "12-1", "range_reversed", "1-12"),
    ("studies", "D2", "a little", "not_range", ""),
    ("studies", "D2", "3-60", "above_maximum", ""),
    ("studies", "E2", "41,5", "not_number", "41.5"),
    ("studies", "F2", "31/05/2001", "not_date", "2001-05-31"),
    ("studies", "B2", "fibromialgia", "not_allowed", "fibromyalgia"),
    ("studies", "G2", "NA", "missing_not_allowed", "NR"),
    ("findings", "E2", "benefits", "not_allowed", "benefit"),
    ("findings", "F2", "n.s.", "not_bounded", ""),
    ("findings", "F2", 1.4, "above_maximum", ""),
    ("findings", "B2", "Ames201", "reference_unknown", "Ames2001"),
    ("votes", "D2", "inclde", "not_allowed", "include"),
    ("votes", "E2", "not research", "rule_broken", ""),
    ("harms", "D2", 16, "rule_broken", ""),
]


class SmallReview:
    """Good tables in memory; change them, then write and judge them."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.tables = copy.deepcopy(TABLES)
        self.codebook = CODEBOOK
        self.config = CONFIG

    def put(self, table: str, address: str, value: Any) -> None:
        """Set one cell, named as in the spreadsheet; `put('studies', 'C2', 'about 40')` spoils a number."""
        letters = address.rstrip("0123456789")
        row = self.tables[table][int(address[len(letters) :]) - 1]
        column = cells.number(letters)
        row += [None] * (column + 1 - len(row))
        row[column] = value

    def write(self) -> Path:
        """Write config/ and raw/ below the folder."""
        raw, config = self.folder / "raw", self.folder / "config"
        raw.mkdir(parents=True, exist_ok=True)
        config.mkdir(exist_ok=True)
        (config / "codebook.yaml").write_text(self.codebook, encoding="utf-8")
        (config / "config.yaml").write_text(self.config, encoding="utf-8")
        with (raw / "records.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [["" if cell is None else cell for cell in row] for row in self.tables["records"]]
            )
        for name, tables in WORKBOOKS.items():
            book = openpyxl.Workbook()
            book.remove(book.worksheets[0])
            for table in tables:
                if table in self.tables:
                    sheet = book.create_sheet(table)
                    for row in self.tables[table]:
                        sheet.append(row)
            book.save(raw / name)
        return raw

    def judge(self, raw: Path | None = None, previous: Iterable[str] = ()) -> Judgement:
        """Read and judge what is written."""
        raw = raw or self.write()
        config = self.folder / "config"
        book = codebook.load(config / "codebook.yaml")
        files = [path for path in sorted(raw.iterdir()) if path.suffix in cells.SPREADSHEETS]
        return judge(
            [cells.read(path, f"raw/{path.name}") for path in files],
            book,
            settings.load(config / "config.yaml", book),
            previous=previous,
        )


def told(judgement: Judgement, *, notes: bool = False) -> list[tuple[str, str]]:
    """The issues as (place, rule), without the notes."""
    return [(item.place, item.rule) for item in judgement.issues if notes or item.severity != "note"]


def dedent(text: str) -> str:
    return textwrap.dedent(text).lstrip()
