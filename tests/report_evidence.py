"""A small review as the report takes it: three studies, every kind of evidence, a hostile text wherever one fits."""

import pandas as pd
from scopeline import charting, harms, synthesis
from scopeline.agreement import full_panel, panel
from scopeline.charting import FieldSpec
from scopeline.figures import agreement_figure, evidence_map, harms_plot, trend
from scopeline.figures.look import Drawing
from scopeline.report.page import Evidence

HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} \u2028 \u202e "
    "<!-- ]]> | `x` [a](javascript:alert(3))"
)

FLOW = {
    "boxes": {
        "identified": {"n": 6, "unit": "records", "label": "Records identified"},
        "duplicates": {"n": 1, "unit": "records", "label": "Duplicate records removed"},
        "automation": {"n": 0, "unit": "records", "label": "Records marked as ineligible by automation tools"},
        "screened": {"n": 5, "unit": "records", "label": "Records screened"},
        "excluded": {"n": 1, "unit": "records", "label": "Records excluded"},
        "sought": {"n": 4, "unit": "reports", "label": "Reports sought for retrieval"},
        "not_retrieved": {"n": 0, "unit": "reports", "label": "Reports not retrieved"},
        "assessed": {"n": 4, "unit": "reports", "label": "Reports assessed for eligibility"},
        "reports_excluded": {"n": 0, "unit": "reports", "label": "Reports excluded"},
        "included_reports": {"n": 4, "unit": "reports", "label": "Reports of included studies"},
        "included_studies": {"n": 3, "unit": "studies", "label": "Studies included in review"},
    },
    "reasons": {"excluded": [{"reason": "not research", "n": 1}], "reports_excluded": []},
    "sources": {"database": {"n": 6, "label": "Databases", "names": {"PubMed": 6}}},
    "identities": [
        {
            "id": "F2",
            "left": "screened 5",
            "right": "identified 6 − duplicates 1",
            "holds": True,
            "exception": None,
            "only_left": [],
            "only_right": [],
        },
        {
            "id": "F10",
            "left": "included_studies 3",
            "right": "included_reports 4",
            "holds": True,
            "exception": "studies_fewer_than_reports",
            "only_left": [],
            "only_right": [],
        },
    ],
    "exceptions": [
        {"name": "studies_fewer_than_reports", "why": "two reports describe one study", "n": None, "ids": []},
    ],
    "pending": 0,
}

MEMBERS = {
    "identified": ["R1", "R2", "R3", "R4", "R5", "R6"],
    "duplicates": ["R6"],
    "screened": ["R1", "R2", "R3", "R4", "R5"],
    "excluded": ["R5"],
    "sought": ["P1", "P2", "P3", "P4"],
    "assessed": ["P1", "P2", "P3", "P4"],
    "included_reports": ["P1", "P2", "P3", "P4"],
    "included_studies": ["Able2020", "Baker2021", "Cole2022"],
}

STUDIES = pd.DataFrame(
    {
        "study_id": ["Able2020", "Baker2021", "Cole2022"],
        "year": pd.array([2020, 2021, None], dtype="Int64"),
        "design": ["trial", "series", "trial"],
        "controlled": ["yes", "no", "yes"],
        "n": pd.array([1200, 8, 30], dtype="Int64"),
        "note": ["plain", HOSTILE, None],
    }
)

FINDINGS = pd.DataFrame(
    [
        ("F1", "Able2020", "migraine", "pain", "vs placebo", "benefit"),
        ("F2", "Able2020", "migraine", "pain", "before-after", "benefit"),
        ("F3", "Baker2021", "migraine", "pain", "before-after", "harm"),
        ("F4", "Cole2022", "gout", "pain", "vs placebo", "none"),
        ("F5", "Cole2022", "gout", "sleep", "subgroup", "mixed"),
        ("F6", "Cole2022", "migraine", "sleep", "vs placebo", "unclear"),
    ],
    columns=["finding_id", "study_id", "condition", "outcome_domain", "contrast", "direction"],
).astype("string")

HARMS = pd.DataFrame(
    {
        "study_id": ["Able2020", "Able2020", "Baker2021"],
        "arm": ["LDN", "placebo", "LDN"],
        "event": ["nausea", "nausea", None],
        "harms_status": ["events", "zero_stated", "not_reported"],
        "n_events": pd.array([3, 0, None], dtype="Int64"),
        "n_exposed": pd.array([600, 600, None], dtype="Int64"),
        "as_reported": ["three had nausea", "none", None],
        "resolved": ["yes", None, None],
        "note": [None, None, HOSTILE],
    }
)

VOTES = pd.DataFrame(
    [
        (f"R{i}", "title_abstract", reviewer, "exclude" if i == 5 else "include")
        for i in range(1, 6)
        for reviewer in "AB"
    ],
    columns=["record_id", "stage", "reviewer", "decision"],
).astype("string")

SVG = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" width="800" height="90" viewBox="0 0 800 90" role="img"><title>Flow</title>
<g data-box="screened"><rect width="300" height="40" fill="#eee"/><text x="9" y="25">n = 5</text></g></svg>
"""

NAMES = {
    "R1": "First record; 2019",
    "R5": HOSTILE,
    "Able2020": "Able et al.; 2020",
    "F1": "pain at 12 weeks; raw/charting.xlsx › findings!F2",
}

COLUMNS = [["study", "study_id", ""], ["colour", "", ""]]

VALIDATION = {
    "errors": 0,
    "warnings": 1,
    "notes": 2,
    "files": [
        {
            "file": "raw/charting.xlsx",
            "sha256": "ab" * 32,
            "sheets": [
                {"sheet": "studies", "table": "studies", "rows": 3, "header_row": 1, "columns": COLUMNS},
                {"sheet": "Notes", "table": "", "rows": 0, "columns": []},
            ],
        }
    ],
}


def evidence(**changes) -> Evidence:
    """The small review; `changes` replace fields."""
    folded = synthesis.fold(FINDINGS)
    directions = synthesis.directions(folded)
    orders = {"rows_order": ["migraine", "gout", "lupus"], "columns_order": ["pain", "sleep", "work"]}
    fields = [
        FieldSpec("year", "Year", "integer"),
        FieldSpec("design", "Design", "category"),
        FieldSpec("n", "Participants", "integer"),
    ]
    parts = {
        "title": "A small review",
        "subtitle": "with every kind of evidence",
        "question": "What has been studied?",
        "caveats": ["Read from abstracts."],
        "flow": FLOW,
        "flow_svg": SVG,
        "box_members": MEMBERS,
        "agreement": panel(VOTES),
        "characteristics": charting.characteristics(STUDIES, fields),
        "studies": charting.by_study(STUDIES, [*fields, FieldSpec("note", "Note")]),
        "tally": synthesis.tally(directions, STUDIES, folded, **orders),
        "directions": directions,
        "harms": harms.proportions(HARMS, STUDIES),
        "harms_summary": harms.summary(HARMS, STUDIES),
        "harms_silence": harms.silence(HARMS, STUDIES),
        "validation": VALIDATION,
        "names": NAMES,
        "rows_label": "Condition",
        "columns_label": "Outcome domain",
        **orders,
        "labels": {"condition": {"migraine": "Migraine", "gout": "Gout"}, "outcome_domain": {}},
        "version": "0.0",
        "reason_members": {"excluded": {"not research": ["R5"]}},
        "source_members": {"database": MEMBERS["identified"]},
    }
    return Evidence(**{**parts, **changes})


def drawn() -> Evidence:
    """The small review with figures: one of two pages, some of one page, one that could not be drawn."""
    folded = synthesis.fold(FINDINGS)
    axes = {"row": "condition", "column": "outcome_domain"}
    by_design = evidence_map.draw(folded, STUDIES, series="design", name="evidence_map_design", **axes)
    drawings = {
        "evidence_map": evidence_map.draw(folded, STUDIES, **axes),
        "evidence_map_design": Drawing((*by_design.pages, *evidence_map.draw(folded, STUDIES, name="second").pages)),
        "albatross": Drawing((), "No finding has a p-value."),
        "harms": harms_plot.draw(harms.proportions(HARMS, STUDIES), harms.silence(HARMS, STUDIES)),
        "trend": trend.draw(STUDIES),
    }
    pages = [page for drawing in drawings.values() for page in drawing.pages]
    lines = full_panel(VOTES)
    return evidence(
        figures={
            name: {
                "pages": [
                    {"name": page.name, "title": page.title, "alt": page.alt, "caption": page.caption}
                    for page in drawing.pages
                ],
                "why_not": drawing.why_not,
            }
            for name, drawing in drawings.items()
        },
        pictures={page.name: page.svg for page in pages},
        agreement_lines=lines,
        agreement_svg=agreement_figure.svg(lines),
    )


def hostile() -> Evidence:
    """The small review with a hostile text in every place that takes one."""
    plain = evidence()
    studies = plain.studies.rename(columns={"Note": HOSTILE})
    rule = {**FLOW["identities"][0], "left": HOSTILE}
    source = {"database": {"n": 6, "label": HOSTILE, "names": {HOSTILE: 6}}}
    reasons = {"excluded": [{"reason": HOSTILE, "n": 1}]}
    exceptions = [{"name": "late_addition", "why": HOSTILE, "n": 1, "ids": [HOSTILE]}]
    files = [
        {
            "file": HOSTILE,
            "sha256": "00",
            "sheets": [{"sheet": HOSTILE, "table": HOSTILE, "rows": 1, "columns": [[HOSTILE, "a", HOSTILE]]}],
        }
    ]
    replaced = FINDINGS.replace({"Able2020": HOSTILE, "pain": HOSTILE, "gout": HOSTILE})
    folded = synthesis.fold(replaced)
    directions = synthesis.directions(folded)
    events = HARMS.replace({"nausea": HOSTILE, "Able2020": HOSTILE, "LDN": HOSTILE})
    return evidence(
        title=HOSTILE,
        subtitle=HOSTILE,
        question=HOSTILE,
        caveats=[HOSTILE],
        flow={**FLOW, "identities": [rule], "sources": source, "reasons": reasons, "exceptions": exceptions},
        box_members={**MEMBERS, "identified": [HOSTILE]},
        studies=studies.replace({"Able2020": HOSTILE}),
        tally=synthesis.tally(directions, STUDIES, folded),
        directions=directions,
        harms=harms.proportions(events),
        harms_summary=harms.summary(events),
        validation={**VALIDATION, "files": files},
        names={HOSTILE: HOSTILE, "F1": HOSTILE},
        rows_label=HOSTILE,
        columns_label=HOSTILE,
        labels={"condition": {"migraine": HOSTILE}},
        version=HOSTILE,
    )


def empty() -> Evidence:
    """A review in which nothing has been found, screened or charted yet."""
    nothing = pd.DataFrame()
    folded = synthesis.fold(FINDINGS.iloc[:0])
    directions = synthesis.directions(folded)
    return evidence(
        subtitle="",
        question="",
        caveats=[],
        flow={"boxes": {}, "identities": [], "pending": 0},
        flow_svg="",
        box_members={},
        agreement=panel(nothing),
        characteristics=charting.characteristics(nothing, []),
        studies=charting.by_study(nothing, []),
        tally=synthesis.tally(directions, nothing, folded),
        directions=directions,
        harms=harms.proportions(nothing),
        harms_summary=harms.summary(nothing),
        harms_silence=harms.silence(nothing, nothing),
        validation={"errors": 0, "warnings": 0, "notes": 0, "files": []},
        names={},
        rows_order=[],
        columns_order=[],
        labels={},
        reason_members={},
        source_members={},
    )
