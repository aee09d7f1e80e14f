"""Lists of a flow for people: what was excluded at full text and why, what was not retrieved, what waits, what is in.

Each function takes a counted flow and returns a frame of strings ready for csv, sorted, with the same columns whatever
the review holds. The list of sources excluded at full text is the appendix that JBI asks a scoping review for.
"""

import re
from collections.abc import Iterator

import pandas as pd

from scopeline.flow import Flow
from scopeline.flow_rows import studies_of, survivors
from scopeline.terms import State

_CITATION = ("authors", "year", "title", "journal", "doi")
_RIS = {"authors": "AU", "year": "PY", "title": "TI", "journal": "JO", "doi": "DO", "url": "UR"}


#: The files of `files`, by name.
FILES = (
    "excluded_at_full_text.csv",
    "not_retrieved.csv",
    "awaiting_or_ongoing.csv",
    "included.csv",
    "source_yield.csv",
    "decisions.ris",
)


def files(flow: Flow, reports: pd.DataFrame, records: pd.DataFrame) -> dict[str, pd.DataFrame | str]:
    """Every list of this module under the name of its file."""
    lists = (
        excluded_at_full_text(flow, records),
        not_retrieved(flow, records),
        awaiting_or_ongoing(flow, records),
        included(flow, reports, records),
        source_yield(flow, records),
        as_ris(flow, records),
    )
    return dict(zip(FILES, lists, strict=True))


def excluded_at_full_text(flow: Flow, records: pd.DataFrame) -> pd.DataFrame:
    """Reports excluded at full text: report_id, record_id, authors, year, title, journal, doi, reason."""
    return _with_citation(flow, records, (State.REPORTS_EXCLUDED,), ["reason"])


def not_retrieved(flow: Flow, records: pd.DataFrame) -> pd.DataFrame:
    """Reports that were sought and not retrieved: report_id, record_id, authors, year, title, journal, doi."""
    return _with_citation(flow, records, (State.NOT_RETRIEVED,), [])


def awaiting_or_ongoing(flow: Flow, records: pd.DataFrame) -> pd.DataFrame:
    """Reports awaiting classification and of ongoing studies: report_id, record_id, citation, study_id, state."""
    return _with_citation(flow, records, (State.AWAITING, State.ONGOING), ["study_id", "state"])


def included(flow: Flow, reports: pd.DataFrame | None, records: pd.DataFrame) -> pd.DataFrame:
    """Included studies with their reports: study_id, report_id, companion_of, role, record_id and the citation.

    role is main or companion: the main report is one that is companion of none, the first by id of several.
    """
    frame = _with_citation(flow, records, (State.INCLUDED,), [])
    pairs = studies_of(flow.reports[flow.reports["state"] == State.INCLUDED]).drop_duplicates()
    listed = pd.DataFrame() if reports is None else reports
    said = listed.reindex(columns=["report_id", "companion_of"]).astype("string").dropna().drop_duplicates("report_id")
    table = pairs.merge(said, how="left", on="report_id").sort_values(["study_id", "report_id"], ignore_index=True)
    table["first"] = table["companion_of"].isna().map({True: 0, False: 1})
    table = table.sort_values(["study_id", "first", "report_id"], ignore_index=True)
    table["role"] = table["study_id"].duplicated().map({True: "companion", False: "main"}).astype("string")
    table = table.merge(frame, how="left", on="report_id")
    return table[["study_id", "report_id", "companion_of", "role", "record_id", *_CITATION]]


def source_yield(flow: Flow, records: pd.DataFrame) -> pd.DataFrame:
    """What each source brought: source_type, source_name, found, unique, included, unique_included.

    found: records. unique: publications (a record with its duplicates) that no other source found. included: those of
    them of which a report is included; unique_included: of which no other source had found one.
    """
    columns = ["source_type", "source_name", "found", "unique", "included", "unique_included"]
    known = flow.records["record_id"]
    table = records.reindex(columns=["record_id", "source_type", "source_name", "duplicate_of"]).astype("string")
    table = table.dropna(subset=["record_id"]).drop_duplicates("record_id")
    ends = pd.Series(survivors(table, known), index=known.array)
    table = table[table["record_id"].isin(known)]
    work = table["record_id"].map(ends)
    lost = work < 0
    work = work.astype("string").mask(lost.to_numpy(dtype=bool), table["record_id"])
    reached = set(flow.reports.loc[flow.reports["state"] == State.INCLUDED, "record_id"].dropna())
    source = table[["source_type", "source_name"]].fillna("")
    data = source.assign(work=work, here=table["record_id"].isin(reached))
    data["included"] = data.groupby("work")["here"].transform("any")
    once = data.drop_duplicates(["source_type", "source_name", "work"])
    alone = ~once["work"].duplicated(keep=False)
    once = once.assign(unique=alone, unique_included=alone & once["included"])
    sums = once.groupby(["source_type", "source_name"])[["unique", "included", "unique_included"]].sum()
    found = data.groupby(["source_type", "source_name"]).size().rename("found")
    return sums.join(found).reset_index()[columns].astype(dict.fromkeys(columns[2:], "Int64"))


def as_ris(flow: Flow, records: pd.DataFrame) -> str:
    """Every record with what became of it, as RIS: ID is its record_id, and KW tags carry state and reason.

    Reference managers show the tags as keywords: `scopeline: excluded`, `scopeline reason: wrong design`. Read them
    back with `decisions_of_ris`. Line breaks within a value become spaces.
    """
    reasons = _reasons(flow)
    wanted = ["record_id", *_RIS]
    table = records.reindex(columns=wanted).astype("string").dropna(subset=["record_id"]).drop_duplicates("record_id")
    state = dict(zip(flow.records["record_id"], flow.records["state"], strict=True))
    lines: list[str] = []
    for values in table.sort_values("record_id").fillna("").itertuples(index=False, name=None):
        row = dict(zip(wanted, values, strict=True))
        if row["record_id"] not in state:
            continue
        lines += ["TY  - JOUR", f"ID  - {_line(row['record_id'])}"]
        for name, tag in _RIS.items():
            parts = row[name].split(";") if name == "authors" else [row[name]]
            lines += [f"{tag}  - {_line(part)}" for part in parts if part.strip()]
        lines.append(f"KW  - scopeline: {state[row['record_id']]}")
        lines += [f"KW  - scopeline reason: {_line(reason)}" for reason in reasons.get(row["record_id"], ())]
        lines += ["ER  - ", ""]
    return "\n".join(lines)


def decisions_of_ris(text: str) -> pd.DataFrame:
    """Read what `as_ris` wrote: record_id, state, reason (several joined with "; "; NA where there is none)."""
    found = []
    for entry in _entries(text):
        words = [value for tag, value in entry if tag == "KW"]
        states = [word.removeprefix("scopeline: ") for word in words if word.startswith("scopeline: ")]
        reasons = [word.removeprefix("scopeline reason: ") for word in words if word.startswith("scopeline reason: ")]
        names = [value for tag, value in entry if tag == "ID"]
        if names and states:
            found.append((names[0], states[0], "; ".join(reasons) or None))
    return pd.DataFrame(found, columns=["record_id", "state", "reason"], dtype="string")


def _entries(text: str) -> Iterator[list[tuple[str, str]]]:
    entry: list[tuple[str, str]] = []
    for line in text.splitlines():
        match = re.match(r"^([A-Z][A-Z0-9])  - ?(.*)$", line)
        if match and match[1] == "ER":
            yield entry
            entry = []
        elif match:
            entry.append((match[1], match[2].strip()))


def _reasons(flow: Flow) -> dict[str, list[str]]:
    """The reasons of each record: on its title, or of its reports."""
    found: dict[str, list[str]] = {}
    for reason, ids in flow.reasons.get("excluded", {}).items():
        for each in ids:
            found.setdefault(each, []).append(reason)
    out = flow.reports.loc[flow.reports["state"] == State.REPORTS_EXCLUDED, ["record_id", "reason"]].dropna()
    for record, reason in out.sort_values(["record_id", "reason"]).drop_duplicates().itertuples(index=False):
        found.setdefault(record, []).append(reason)
    return found


def _with_citation(flow: Flow, records: pd.DataFrame, states: tuple[State, ...], more: list[str]) -> pd.DataFrame:
    chosen = flow.reports[flow.reports["state"].isin([str(each) for each in states])]
    table = records.reindex(columns=["record_id", *_CITATION]).astype("string").drop_duplicates("record_id")
    table = table.dropna(subset=["record_id"])
    frame = chosen.reindex(columns=["report_id", "record_id", *more]).merge(table, how="left", on="record_id")
    return frame[["report_id", "record_id", *_CITATION, *more]].sort_values("report_id", ignore_index=True)


def _line(text: str) -> str:
    return " ".join(text.split())
