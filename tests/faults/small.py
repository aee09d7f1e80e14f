"""Random small reviews without a fault, and single bad values with the rule that each must bring."""

import datetime as dt
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import yaml
from scopeline import cells, codebook, settings
from scopeline.judgement import Judgement, judge

from .example import Text, set_cell, write_csv, write_ods

Tables = dict[str, list[list[Any]]]

CODEBOOK = """\
name: small
version: 1.0.0
resources:
  - name: records
    schema:
      primaryKey: [record_id]
      foreignKeys: [{fields: [duplicate_of], reference: {resource: records, fields: [record_id]}}]
      fields:
        - {name: record_id, constraints: {required: true, pattern: 'R\\d+'}}
        - {name: source_type, values: [database, register], constraints: {required: true}}
        - {name: title}
        - {name: duplicate_of}
  - name: votes
    schema:
      primaryKey: [record_id, stage, reviewer]
      foreignKeys: [{fields: [record_id], reference: {resource: records, fields: [record_id]}}]
      fields:
        - {name: record_id, constraints: {required: true}}
        - {name: stage, constraints: {required: true}, values: [title_abstract, full_text]}
        - {name: reviewer, constraints: {required: true}}
        - {name: decision, constraints: {required: true}, values: [include, exclude, maybe]}
        - {name: reason, values: [not research, wrong people], missing: []}
    rules:
      - {id: reason_given, when: {decision: exclude}, require: [reason]}
      - {id: no_reason, when: {decision: [include, maybe]}, forbid: [reason]}
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
        - {name: condition, separator: ';', values: [fibromyalgia, low back pain]}
        - {name: n, type: integer, constraints: {minimum: 1}}
        - {name: dose_mg, kind: range, constraints: {minimum: 0, maximum: 50}}
        - {name: age, type: number}
        - {name: started, type: date}
        - {name: controlled, values: ['yes', 'no'], constraints: {required: true}, missing: [NR]}
  - name: findings
    schema:
      primaryKey: [finding_id]
      foreignKeys: [{fields: [study_id], reference: {resource: studies, fields: [study_id]}}]
      fields:
        - {name: finding_id, constraints: {required: true}}
        - {name: study_id, constraints: {required: true}}
        - {name: direction, values: [benefit, none, harm], constraints: {required: true}}
        - {name: p_value, kind: bounded, constraints: {minimum: 0, maximum: 1}}
        - {name: note}
  - name: harms
    schema:
      primaryKey: [study_id, arm, event]
      fields:
        - {name: study_id, constraints: {required: true}}
        - {name: arm, constraints: {required: true}}
        - {name: event}
        - {name: n_events, type: integer}
        - {name: n_exposed, type: integer}
    rules:
      - {id: events_at_most_exposed, check: n_events <= n_exposed}
"""

#: Values that cannot stand where they are put, and the rule that says so; none of them touches another cell.
BAD: list[tuple[str, str, Any, str]] = [
    ("records", "source_type", "databse", "not_allowed"),
    ("records", "source_type", None, "required"),
    ("records", "source_type", "NR", "missing_not_allowed"),
    ("records", "duplicate_of", "R999", "reference_unknown"),
    ("votes", "decision", "inclde", "not_allowed"),
    ("votes", "decision", None, "required"),
    ("votes", "stage", "later", "not_allowed"),
    ("votes", "reviewer", None, "key_blank"),
    ("votes", "reason", "because", "not_allowed"),
    ("reports", "retrieved", "perhaps", "not_allowed"),
    ("reports", "record_id", "R998", "reference_unknown"),
    ("studies", "n", "about 40", "not_number"),
    ("studies", "n", 12.5, "not_whole"),
    ("studies", "n", 0, "below_minimum"),
    ("studies", "dose_mg", "12-1", "range_reversed"),
    ("studies", "dose_mg", "a little", "not_range"),
    ("studies", "dose_mg", "3-60", "above_maximum"),
    ("studies", "age", "41,5", "not_number"),
    ("studies", "started", "31/05/2001", "not_date"),
    ("studies", "condition", "fibromialgia", "not_allowed"),
    ("studies", "condition", "fibromyalgia; sore", "not_allowed"),
    ("studies", "condition", "fibromyalgia; fibromyalgia", "value_twice"),
    ("studies", "controlled", None, "required"),
    ("studies", "controlled", "NA", "missing_not_allowed"),
    ("findings", "study_id", "Nobody1999", "reference_unknown"),
    ("findings", "direction", "up", "not_allowed"),
    ("findings", "p_value", "n.s.", "not_bounded"),
    ("findings", "p_value", 1.4, "above_maximum"),
    ("findings", "finding_id", None, "key_blank"),
    ("harms", "arm", None, "key_blank"),
    ("harms", "n_events", "few", "not_number"),
    ("harms", "n_events", 900, "rule_broken"),
]


def good(random: Random, *, size: int) -> Tables:
    """A review without a fault: up to `size` studies, with the records, votes and findings that belong to them."""
    n = random.randint(1, size)
    records: list[list[Any]] = [["record_id", "source_type", "title", "duplicate_of"]]
    votes: list[list[Any]] = [["record_id", "stage", "reviewer", "decision", "reason"]]
    reports: list[list[Any]] = [["report_id", "record_id", "study_id", "retrieved"]]
    studies: list[list[Any]] = [["study_id", "condition", "n", "dose_mg", "age", "started", "controlled"]]
    findings: list[list[Any]] = [["finding_id", "study_id", "direction", "p_value", "note"]]
    harms: list[list[Any]] = [["study_id", "arm", "event", "n_events", "n_exposed"]]
    for number in range(1, n + 1):
        record, study = f"R{number}", f"Study{1990 + number}"
        records.append([record, random.choice(["database", "register"]), random.choice(["Pain", None, "NR"]), None])
        votes += [[record, stage, who, "include", None] for stage in ("title_abstract", "full_text") for who in "AB"]
        reports.append([f"P{number}", record, study, "yes"])
        studies.append(
            [
                study,
                random.choice(["fibromyalgia", "low back pain; fibromyalgia", None, "NR"]),
                random.choice([1, 40, "NR", None]),
                random.choice(["3-4.5", 4.5, "NR", None]),
                random.choice([41.5, 60, None]),
                random.choice(["2001", "2001-05", None]),
                random.choice(["yes", "no", "NR"]),
            ]
        )
        findings += [
            [
                f"F{number}{k}",
                study,
                random.choice(["benefit", "none", "harm"]),
                random.choice(["<0.001", 0.4, None]),
                None,
            ]
            for k in range(random.randint(1, 2))
        ]
        harms += [[study, arm, "nausea", random.choice([0, 3, "NR"]), 15] for arm in ("LDN", "placebo")]
    for number in range(n + 1, n + 1 + random.randint(0, 3)):
        records.append([f"R{number}", "database", None, random.choice([f"R{k}" for k in range(1, n + 1)])])
    for number in range(n + 11, n + 11 + random.randint(0, 3)):
        records.append([f"R{number}", "database", "Mice", None])
        votes += [[f"R{number}", "title_abstract", who, "exclude", "wrong people"] for who in "AB"]
    return {
        "records": records,
        "votes": votes,
        "reports": reports,
        "studies": studies,
        "findings": findings,
        "harms": harms,
    }


@cache
def _judged_by() -> tuple[codebook.Codebook, settings.Settings]:
    book = codebook.Codebook.model_validate(yaml.safe_load(CODEBOOK))
    return book, settings.Settings.model_validate({"review": {"title": "A small review"}})


def judged(books: Iterable[cells.Book]) -> Judgement:
    return judge(list(books), *_judged_by())


def write(tables: Tables, folder: Path, form: str, order: Iterable[str] = ()) -> list[cells.Book]:
    """Write tables as files of one form and read them again; `order` is the order of the sheets or files."""
    names = [*order] or [*tables]
    folder.mkdir(parents=True, exist_ok=True)
    if form == "csv":
        for name in names:
            write_csv(folder / f"{name}.csv", tables[name])
        return [cells.read(folder / f"{name}.csv", f"raw/{name}.csv") for name in names]
    path = folder / f"review.{form}"
    if form == "ods":
        write_ods(path, {name: tables[name] for name in names})
    else:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for name in names:
            sheet = book.create_sheet(name)
            for row, line in enumerate(tables[name], start=1):
                for column, value in enumerate(line, start=1):
                    if value is not None:
                        set_cell(sheet.cell(row, column), value)
        book.save(path)
    return [cells.read(path, f"raw/review.{form}")]


def text(value: Any) -> Any:
    """A value as a typed cell holds it: texts stay texts."""
    return Text(value) if isinstance(value, str) else value


def a_date() -> dt.datetime:
    """The first of December, which was 1-12."""
    return dt.datetime(2026, 12, 1)
