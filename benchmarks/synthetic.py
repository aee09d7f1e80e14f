"""Makes a synthetic review of any size: records and two votes each, in xlsx, with its codebook and configuration."""

import random
from pathlib import Path

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
