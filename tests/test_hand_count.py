"""The example's published tables, counted again by other means: openpyxl, dictionaries and sets.

No module of the library is used to count. The tables come from `example_run`, which calls the steps; what they must say
is worked out here from the cells of raw/charting.xlsx and from the lists of values in config/codebook.yaml.
"""

from collections import defaultdict
from functools import cache
from math import sqrt

import pytest
import yaml
from example_run import ROOT, table, tables
from openpyxl import load_workbook

SAID = ("benefit", "none", "harm", "mixed", "unclear")
KINDS = {
    "comparative": {"vs placebo", "vs active comparator"},
    "uncontrolled": {"before-after", "single case"},
}
GROUPS = {"LDN": "intervention", "placebo": "comparator", "comparator": "comparator"}


@cache
def sheet(name):
    """The rows of one sheet of the charting workbook as texts."""
    if not (ROOT / "raw" / "charting.xlsx").exists():
        pytest.skip("raw/charting.xlsx is not here")
    header, *lines = load_workbook(ROOT / "raw" / "charting.xlsx", data_only=True)[name].iter_rows(values_only=True)
    return [
        {key: "" if cell is None else str(cell).strip() for key, cell in zip(header, line, strict=True)}
        for line in lines
        if any(cell is not None for cell in line)
    ]


@cache
def listed(field):
    """The codebook's values of a field of the findings, with their labels."""
    book = yaml.safe_load((ROOT / "config" / "codebook.yaml").read_text(encoding="utf-8"))
    findings = next(one for one in book["resources"] if one["name"] == "findings")
    values = next(one for one in findings["schema"]["fields"] if one["name"] == field)["values"]
    return {value["value"]: value["label"] for value in values}


def kind(contrast):
    return next((name for name, contrasts in KINDS.items() if contrast in contrasts), "other")


def side(said):
    """At least seven in ten of those that are not unclear say the same; otherwise mixed."""
    clear = [word for word in said if word != "unclear"]
    for word in ("benefit", "none", "harm"):
        if clear and 10 * clear.count(word) >= 7 * len(clear):
            return word
    return "mixed" if clear else "unclear"


@cache
def cells():
    """(condition, domain) → study → kind of evidence → what its findings say."""
    found = {(row, column): defaultdict(lambda: defaultdict(list)) for row in listed("condition")
             for column in listed("outcome_domain")}  # fmt: skip
    for line in sheet("findings"):
        for condition in line["condition"].split("; "):
            found[condition, line["outcome_domain"]][line["study_id"]][kind(line["contrast"])].append(line["direction"])
    return found


def spoken(by_kind):
    """The direction that stands for a study: of its comparative findings, else the uncontrolled, else the others."""
    return side(next(by_kind[name] for name in (*KINDS, "other") if name in by_kind))


def joined(ids):
    return "; ".join(sorted(ids))


def in_words(by_study):
    """Every number of one line of condition_by_domain.csv, and every list of members, as the csv writes them."""
    people = {line["study_id"]: int(line["n"]) for line in sheet("studies")}
    control = {line["study_id"] for line in sheet("studies") if line["controlled"] == "yes"}
    sets = {"study": set(by_study), "n_controlled": control & set(by_study), "n_participants_known": set(by_study)}
    for word in SAID:
        sets[word] = {study for study, by_kind in by_study.items() if spoken(by_kind) == word}
    for name in (*KINDS, "other"):
        sets[f"{name}_studies"] = {study for study, by_kind in by_study.items() if name in by_kind}
        for word in SAID:
            sets[f"{name}_{word}"] = {study for study in sets[f"{name}_studies"] if side(by_study[study][name]) == word}
    line = {name: str(len(ids)) for name, ids in sets.items() if name != "study"}
    line |= {f"{name}_ids": joined(ids) for name, ids in sets.items()}
    people_there = str(sum(people[study] for study in by_study))
    return line | {"n_studies": str(len(by_study)), "n_participants": people_there, "participants_rule": "people"}


def test_every_cell_of_condition_by_domain_is_the_hand_count():
    """All columns of all cells, each list of members included; a cell without a finding has no line."""
    found = {
        (line.pop("condition"), line.pop("outcome_domain")): line for line in map(dict, table("condition_by_domain"))
    }
    expected = {place: in_words(by_study) for place, by_study in cells().items() if by_study}
    assert found == expected
    assert len(found) == 77 and len(cells()) > 77


def test_the_workbook_shows_every_cell_and_the_empty_ones_as_such():
    """In the sheet of conditions by domains each pair of the codebook's values has the count by hand, a gap its dot."""
    book = load_workbook(tables() / "synthesis.xlsx", read_only=True)
    _, _, header, *lines = book["Condition × outcome domain"].iter_rows(values_only=True)
    conditions, domains = (
        {label: value for value, label in listed(name).items()} for name in ("condition", "outcome_domain")
    )
    rows = [line for line in lines if line[0] in conditions]
    assert [line[0] for line in rows] == list(conditions)
    assert list(header[1 : len(domains) + 1]) == list(domains)
    gaps = 0
    for line in rows:
        for label, shown in zip(header[1:], line[1:], strict=False):
            if label not in domains:
                continue
            by_study = cells()[conditions[line[0]], domains[label]]
            gaps += not by_study
            assert str(shown).split("\n")[0] == (str(len(by_study)) if by_study else "·"), (line[0], label)
    assert gaps == len(conditions) * len(domains) - 77


def test_the_totals_count_each_study_and_its_people_once():
    """Every row, every column and the whole, as unions of the sets of studies; without a study, 0 and no people."""
    people = {line["study_id"]: int(line["n"]) for line in sheet("studies")}
    control = {line["study_id"] for line in sheet("studies") if line["controlled"] == "yes"}
    members = defaultdict(set)
    for (row, column), by_study in cells().items():
        for place in ((row, "Total"), ("Total", column), ("Total", "Total")):
            members[place] |= set(by_study)
    found = {
        (line["condition"], line["outcome_domain"]): (
            line["n_studies"], line["n_controlled"], line["n_participants"], line["study_ids"],
        )
        for line in table("further/condition_by_domain_totals")
    }  # fmt: skip
    assert found == {
        place: (
            str(len(ids)),
            str(len(ids & control)),
            str(sum(people[study] for study in ids)) if ids else "",
            joined(ids),
        )
        for place, ids in members.items()
    }


def test_every_fold_is_the_hand_count():
    """Each study, condition, domain and kind of evidence: its findings by direction, and which fold speaks."""
    expected = {}
    for (row, column), by_study in cells().items():
        for study, by_kind in by_study.items():
            first = next(name for name in (*KINDS, "other") if name in by_kind)
            for name, said in by_kind.items():
                expected[study, row, column, name] = (
                    side(said), *(str(said.count(word)) for word in SAID), "yes" if name == first else "no",
                )  # fmt: skip
    found = {
        tuple(line[key] for key in ("study_id", "condition", "outcome_domain", "basis")): (
            line["direction"], *(line[word] for word in SAID), line["speaks"],
        )
        for line in table("directions")
    }  # fmt: skip
    assert found == expected


def test_what_the_analyses_leave_out_is_the_hand_count():
    """Studies and cells of the sensitivity analyses, by leaving lines out of the findings here."""
    control = {line["study_id"] for line in sheet("studies") if line["controlled"] == "yes"}
    compared = {line["study_id"] for line in sheet("findings") if kind(line["contrast"]) == "comparative"}
    kept = {
        "all": lambda study, by_kind: True,
        "controlled": lambda study, by_kind: study in control,
        "comparative": lambda study, by_kind: "comparative" in by_kind,
        "clear": lambda study, by_kind: spoken(by_kind) != "mixed",
    }
    found = {line["analysis"]: line for line in table("further/sensitivity_summary")}
    for analysis, keep in kept.items():
        left = {place: {study for study, by_kind in by_study.items() if keep(study, by_kind)}
                for place, by_study in cells().items()}  # fmt: skip
        told = found[analysis]
        assert told["n_studies"] == str(len(set().union(*left.values()))), analysis
        assert told["n_cells"] == str(sum(bool(ids) for ids in left.values())), analysis
        assert told["n_cells_emptied"] == str(77 - sum(bool(ids) for ids in left.values())), analysis
    assert found["comparative"]["n_studies"] == str(len(compared))


def wilson(events, people):
    """The 95 % score interval (Wilson 1927), written out."""
    z, share = 1.959963984540054, events / people
    middle = (share + z * z / (2 * people)) / (1 + z * z / people)
    half = z / (1 + z * z / people) * sqrt(share * (1 - share) / people + z * z / (4 * people * people))
    return max(0.0, middle - half), min(1.0, middle + half)


def test_every_line_of_the_harms_is_the_hand_count():
    """Each study, arm and event: its state, its people, its share and the interval; no line more, none less."""
    lines = {(line["study_id"], line["arm"], line["event"]): line for line in sheet("harms")}
    found = {(line["study_id"], line["arm"], line["event"]): line for line in table("harms")}
    assert found.keys() == lines.keys() and len(found) == len(table("harms")) == len(sheet("harms"))
    for key, line in lines.items():
        told = found[key]
        assert [told[name] for name in ("harms_status", "n_events", "n_exposed", "resolved")] == [
            line[name] for name in ("harms_status", "n_events", "n_exposed", "resolved")
        ], key
        if not (line["n_events"] and line["n_exposed"]):
            assert told["x_n"] == told["proportion"] == told["wilson_low"] == "", key
            continue
        events, people = int(line["n_events"]), int(line["n_exposed"])
        assert told["x_n"] == f"{events}/{people}"
        numbers = [float(told[name]) for name in ("proportion", "wilson_low", "wilson_high")]
        assert numbers == pytest.approx([events / people, *wilson(events, people)], abs=1e-9), key


def test_the_summary_of_harms_and_the_silence_are_the_hand_count():
    """Each event and group of arms, and beside each the studies silent on harms; states of all studies."""
    members = defaultdict(lambda: defaultdict(set))
    for line in sheet("harms"):
        if line["event"]:
            place = members[line["event"], GROUPS.get(line["arm"], line["arm"])]
            place["study_ids"].add(line["study_id"])
            place[line["harms_status"]].add(line["study_id"])
            if line["n_events"] and line["n_exposed"]:
                place["with"].add(line["study_id"])
    states = defaultdict(set)
    for line in sheet("harms"):
        states[line["study_id"]].add(line["harms_status"])
    # a study is what its most telling line says
    order = ("events", "zero_stated", "not_reported", "not_assessed")
    by_state = {state: {study for study, said in states.items() if next(s for s in order if s in said) == state}
                for state in order}  # fmt: skip
    silent = by_state["not_reported"] | by_state["not_assessed"]
    found = {
        (line["event"], line["arm_group"]): (
            line["study_ids"], line["n_events_stated_ids"], line["n_zero_stated_ids"], line["n_with_proportion_ids"],
            line["n_silent"], line["denominator"], line["silent_ids"],
        )
        for line in table("harms_summary")
    }  # fmt: skip
    assert found == {
        place: (
            *(joined(sets[name]) for name in ("study_ids", "events", "zero_stated", "with")),
            str(len(silent)), str(len(sheet("studies"))), joined(silent),
        )
        for place, sets in members.items()
    }  # fmt: skip
    told = {line["state"]: line["study_ids"] for line in table("harms_silence") if line["n_studies"] != "0"}
    assert told == {state: joined(ids) for state, ids in by_state.items()}


def test_this_file_counts_without_the_library():
    """Neither this module nor its count imports scopeline; only `example_run` does, which makes the tables."""
    source = (ROOT / "tests" / "test_hand_count.py").read_text(encoding="utf-8")
    imports = [line for line in source.splitlines() if line.startswith(("import ", "from "))]
    assert not any("scopeline" in line or "pandas" in line for line in imports)
