"""Small reviews at random, as the report takes them, with every frame reckoned from the same rows."""

from typing import Any

import pandas as pd
from hypothesis import strategies as st
from report_evidence import evidence
from scopeline import charting, flow, flow_data, harms, synthesis
from scopeline.agreement import panel
from scopeline.charting import FieldSpec
from scopeline.report.page import Evidence
from scopeline.review import Place, Review
from scopeline.screening import screen
from scopeline.terms import Direction

STUDIES = ["Able", "Baker", "Cole", "Dunn", "Eaton"]
CONTRASTS = {"comparative": ["vs placebo"], "uncontrolled": ["before-after"]}
FIELDS = {
    "records": ["record_id", "source_type", "source_name", "duplicate_of"],
    "votes": ["record_id", "stage", "reviewer", "decision", "reason"],
    "reports": ["report_id", "record_id", "study_id", "retrieved"],
    "studies": ["study_id", "design", "controlled", "n"],
    "findings": ["finding_id", "study_id", "condition", "outcome_domain", "contrast", "direction"],
    "harms": ["study_id", "arm", "event", "harms_status", "n_events", "n_exposed"],
}


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, pd.DataFrame]:
    """The tables of a small review, as typed frames."""
    studies = draw(st.lists(st.sampled_from(STUDIES), unique=True))
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in FIELDS}
    choose = st.sampled_from
    for study in studies:
        rows["studies"].append(
            (
                study,
                draw(_maybe(choose(["trial", "series"]))),
                draw(choose(["yes", "no"])),
                draw(_maybe(choose([1, 40]))),
            )
        )
        for _ in range(draw(st.integers(0, 3))):
            rows["findings"].append(
                (
                    f"F{len(rows['findings'])}",
                    study,
                    draw(choose(["migraine", "gout"])),
                    draw(choose(["pain", "sleep"])),
                    draw(choose(["vs placebo", "before-after", "subgroup"])),
                    draw(choose([str(each) for each in Direction])),
                )
            )
        if draw(st.booleans()):
            status = draw(choose(["events", "zero_stated", "not_reported", "not_assessed"]))
            named = status in ("events", "zero_stated")
            n = draw(_maybe(choose([0, 3]))) if named else None
            rows["harms"].append((study, "LDN", "nausea" if named else None, status, n, draw(_maybe(choose([3, 700])))))
    for place, study in enumerate(studies):
        kind = draw(_maybe(choose(["database", "website"])))
        rows["records"].append((f"R{place}", kind, draw(_maybe(choose(["PubMed"]))), None))
        rows["reports"].append((f"P{place}", f"R{place}", study, draw(choose(["yes", "yes", "no"]))))
        for stage in ("title_abstract", "full_text"):
            for reviewer in "AB":
                out = draw(st.integers(0, 5)) == 0
                rows["votes"].append(
                    (f"R{place}", stage, reviewer, "exclude" if out else "include", "wrong" if out else None)
                )
    for place in range(draw(st.integers(0, 2)) if studies else 0):
        rows["records"].append((f"D{place}", "database", "PubMed", "R0"))
    return {name: _typed(name, lines) for name, lines in rows.items()}


def _typed(name: str, lines: list[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(lines, columns=FIELDS[name])
    whole = {"n", "n_events", "n_exposed"}
    frame = frame.astype({field: "Int64" if field in whole else "string" for field in FIELDS[name]})
    return frame.assign(_source=list(FIELDS).index(name), _row=range(2, len(frame) + 2))


def review(frames: dict[str, pd.DataFrame]) -> Review:
    """The tables with a sheet for each, so that every value has an address."""
    places = [
        Place(f"raw/{name}.csv", "", name, 1, {each: at for at, each in enumerate(FIELDS[name])}) for name in FIELDS
    ]
    return Review(frames, places)


def told(frames: dict[str, pd.DataFrame]) -> Evidence:
    """The evidence that the report would tell of these tables."""
    found = review(frames)
    state = screen(frames["records"], frames["votes"], pd.DataFrame(), frames["reports"])
    counted = flow.count(frames["records"], state, frames["reports"])
    findings = frames["findings"].assign(**{synthesis.CELL: found.addresses("findings", "direction")})
    folded = synthesis.fold(findings, bases=CONTRASTS)
    directions = synthesis.directions(folded)
    studies = frames["studies"]
    fields = [FieldSpec("design", "Design", "category"), FieldSpec("n", "Participants", "integer")]
    return evidence(
        caveats=[],
        flow=flow_data.as_json(counted),
        box_members={name: list(box.members) for name, box in counted.boxes.items()},
        agreement=panel(frames["votes"]),
        characteristics=charting.characteristics(studies, fields),
        studies=charting.by_study(studies, fields),
        tally=synthesis.tally(directions, studies, folded),
        directions=folded,
        harms=harms.proportions(frames["harms"], studies),
        harms_summary=harms.summary(frames["harms"], studies),
        harms_silence=harms.silence(frames["harms"], studies),
        reason_members={box: {why: list(ids) for why, ids in each.items()} for box, each in counted.reasons.items()},
        source_members={name: list(each.members) for name, each in counted.sources.items()},
        version="none",
    )
