"""Every change of a codebook is told once, in words, with what it means; and the cells that it touches are found."""

import argparse
import csv
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline import cells, recharting
from scopeline.codebook import Codebook
from scopeline.codebook_changes import COLUMNS, KINDS, Change, Effect, diff, frame
from scopeline.recharting import CHART, LOOK, to_chart_again
from scopeline.review import Review
from scopeline.settings import Settings
from scopeline.validation import validate
from small_review import CODEBOOK, CONFIG, SmallReview

Raw = dict[str, Any]

BASE = """\
name: base
version: 1.0.0
title: A base
resources:
  - name: studies
    title: Studies
    description: One study.
    aliases: [characteristics]
    schema:
      primaryKey: [study_id]
      fields:
        - {name: study_id, constraints: {required: true}}
        - {name: site, aliases: [clinic]}
        - {name: n, title: People, type: integer, unit: people, description: All arms., example: '12',
           constraints: {minimum: 1, maximum: 900}}
        - {name: code, constraints: {pattern: 'A.*', minLength: 1, maxLength: 9, unique: true}}
        - {name: places, separator: ';', values: [home, ward]}
        - name: design
          title: Design
          axis: true
          constraints: {required: true}
          missing: [NR]
          values:
            - {value: trial, label: Trial, help: With groups., synonyms: [RCT, crossover]}
            - {value: arthritis cohort, synonyms: [cohort]}
            - {value: case series}
            - {value: case report}
    rules:
      - {id: small, when: {design: case report}, check: n <= 2, message: Too many.}
  - name: findings
    schema:
      primaryKey: [finding_id]
      foreignKeys: [{fields: [study_id], reference: {resource: studies, fields: [study_id]}}]
      fields:
        - {name: finding_id}
        - {name: study_id}
  - name: harms
    optional: true
    schema: {fields: [{name: event}]}
"""


def raw() -> Raw:
    return yaml.safe_load(BASE)


def book(given_: Raw) -> Codebook:
    return Codebook.model_validate(given_)


def table(of: Raw, name: str = "studies") -> Raw:
    return next(entry for entry in of["resources"] if entry["name"] == name)


def field(of: Raw, name: str, within: str = "studies") -> Raw:
    return next(entry for entry in table(of, within)["schema"]["fields"] if entry["name"] == name)


def fields(of: Raw, within: str = "studies") -> list[Raw]:
    return table(of, within)["schema"]["fields"]


def design(of: Raw) -> list[Raw]:
    return field(of, "design")["values"]


def _without(listed: list[Raw], name: str, key: str = "name") -> None:
    listed[:] = [entry for entry in listed if entry[key] != name]


def _split(of: Raw) -> None:
    _without(design(of), "arthritis cohort", "value")
    design(of).extend([{"value": "rheumatoid arthritis cohort"}, {"value": "other arthritis cohort"}])


def _merge(of: Raw) -> None:
    design(of)[2:] = [{"value": "case study", "synonyms": ["case series", "case report"]}]
    table(of)["rules"] = [dict(table(of)["rules"][0], when={"design": "case report"})]


#: What is done to the codebook, the changes that must be told and no others, and their effects.
CASES: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "version": (lambda b: b.update(version="1.1.0"), [("version_changed", "harmless")]),
    "title": (lambda b: b.update(title="Another"), [("about_changed", "harmless")]),
    "missing word more": (
        lambda b: b.update(missing={"NR": ["not reported", "n.r."], "NA": ["N/A", "not applicable"], "UNCLEAR": []}),
        [("missing_word_added", "widening")],
    ),
    "missing word less": (
        lambda b: b.update(missing={"NR": ["not reported"], "NA": ["not applicable"], "UNCLEAR": []}),
        [("missing_word_removed", "narrowing")],
    ),
    "new table": (
        lambda b: b["resources"].append({"name": "appraisal", "schema": {"fields": []}}),
        [("table_added", "narrowing")],
    ),
    "new optional table": (
        lambda b: b["resources"].append({"name": "appraisal", "optional": True, "schema": {"fields": []}}),
        [("table_added", "widening")],
    ),
    "table gone": (lambda b: _without(b["resources"], "harms"), [("table_removed", "narrowing")]),
    "table required": (lambda b: table(b, "harms").pop("optional"), [("table_required", "narrowing")]),
    "table optional": (lambda b: table(b, "findings").update(optional=True), [("table_optional", "widening")]),
    "table label": (lambda b: table(b).update(title="Sources"), [("table_label_changed", "harmless")]),
    "table meaning": (lambda b: table(b).update(description="One arm."), [("table_meaning_changed", "meaning")]),
    "table alias": (
        lambda b: table(b).update(aliases=["included"]),
        [("table_alias_added", "widening"), ("table_alias_removed", "narrowing")],
    ),
    "key": (
        lambda b: table(b)["schema"].update(primaryKey=["study_id", "site"]),
        [("key_changed", "narrowing"), ("code_removed", "narrowing")],
    ),
    "reference gone": (
        lambda b: table(b, "findings")["schema"].update(foreignKeys=[]),
        [("reference_removed", "widening"), ("code_added", "widening")],
    ),
    "reference new": (
        lambda b: table(b, "harms")["schema"].update(
            foreignKeys=[{"fields": "event", "reference": {"resource": "studies", "fields": "site"}}]
        ),
        [("reference_added", "narrowing"), ("code_removed", "narrowing")],
    ),
    "field new": (lambda b: fields(b).append({"name": "city"}), [("field_added", "narrowing")]),
    "field new, may be absent": (
        lambda b: fields(b).append({"name": "city", "optional": True}),
        [("field_added", "widening")],
    ),
    "field gone": (lambda b: _without(fields(b), "site"), [("field_removed", "narrowing")]),
    "field renamed, old name known": (
        lambda b: field(b, "site").update(name="hospital", aliases=["site", "clinic"]),
        [("field_renamed", "harmless")],
    ),
    "field renamed, old name unknown": (
        lambda b: field(b, "site").update(name="sites"),
        [("field_renamed", "narrowing")],
    ),
    "column may be absent": (lambda b: field(b, "site").update(optional=True), [("column_optional", "widening")]),
    "kind, narrower": (lambda b: field(b, "site").update(type="date"), [("kind_changed", "narrowing")]),
    "kind, wider": (lambda b: field(b, "n").update(type="number"), [("kind_changed", "widening")]),
    "separator": (lambda b: field(b, "places").update(separator="|"), [("separator_changed", "narrowing")]),
    "unit": (lambda b: field(b, "n").update(unit="arms"), [("unit_changed", "meaning")]),
    "label": (lambda b: field(b, "n").update(title="Persons"), [("label_changed", "harmless")]),
    "description": (lambda b: field(b, "n").update(description="One arm."), [("meaning_changed", "meaning")]),
    "example": (lambda b: field(b, "n").update(example="9"), [("example_changed", "harmless")]),
    "axis": (lambda b: field(b, "design").update(axis=False), [("axis_changed", "harmless")]),
    "alias": (
        lambda b: field(b, "site").update(aliases=["hospital"]),
        [("alias_added", "widening"), ("alias_removed", "narrowing")],
    ),
    "required": (
        lambda b: field(b, "site").update(constraints={"required": True}, missing=["NR", "NA", "UNCLEAR"]),
        [("required_added", "narrowing")],
    ),
    "not required": (lambda b: field(b, "design").update(constraints={}), [("required_dropped", "widening")]),
    "codes": (
        lambda b: field(b, "design").update(missing=["NA"]),
        [("code_added", "widening"), ("code_removed", "narrowing")],
    ),
    "value new": (lambda b: design(b).append({"value": "survey"}), [("value_added", "widening")]),
    "value gone": (lambda b: _without(design(b), "case series", "value"), [("value_removed", "narrowing")]),
    "value renamed, still read": (
        lambda b: design(b)[1].update(value="longitudinal", synonyms=["arthritis cohort", "cohort"]),
        [("value_renamed", "harmless")],
    ),
    "value renamed, not read": (
        lambda b: design(b)[2].update(value="case-series study"),
        [("value_renamed", "narrowing")],
    ),
    "values merged": (_merge, [("value_merged", "widening")] * 2),
    "value put into another": (
        lambda b: (_without(design(b), "case series", "value"), design(b)[2].update(synonyms=["case series"])),
        [("value_merged", "widening")],
    ),
    "value split": (_split, [("value_split", "narrowing")]),
    "value split off": (
        lambda b: (design(b)[0].update(synonyms=["RCT"]), design(b).append({"value": "crossover"})),
        [("value_split", "meaning")],
    ),
    "value label": (lambda b: design(b)[0].update(label="A trial"), [("value_label_changed", "harmless")]),
    "value help": (lambda b: design(b)[0].update(help="By lot."), [("value_meaning_changed", "meaning")]),
    "order": (lambda b: design(b).reverse(), [("values_reordered", "harmless")]),
    "synonyms": (
        lambda b: design(b)[0].update(synonyms=["RCT", "random"]),
        [("synonym_added", "widening"), ("synonym_removed", "narrowing")],
    ),
    "rule new": (
        lambda b: table(b)["rules"].append({"id": "more", "require": ["site"]}),
        [("rule_added", "narrowing")],
    ),
    "rule gone": (lambda b: table(b).update(rules=[]), [("rule_removed", "widening")]),
    "rule stricter": (lambda b: table(b)["rules"][0].update(check="n <= 1"), [("rule_changed", "narrowing")]),
    "rule a warning": (lambda b: table(b)["rules"][0].update(severity="warning"), [("rule_changed", "widening")]),
    "rule's message": (lambda b: table(b)["rules"][0].update(message="Why?"), [("rule_message_changed", "harmless")]),
}
for key_, tighter, looser in (
    ("minimum", 2, 0),
    ("maximum", 800, 1000),
):
    CASES[f"{key_} tighter"] = (
        lambda b, k=key_, v=tighter: field(b, "n")["constraints"].update({k: v}),
        [("constraint_tightened", "narrowing")],
    )
    CASES[f"{key_} looser"] = (
        lambda b, k=key_, v=looser: field(b, "n")["constraints"].update({k: v}),
        [("constraint_loosened", "widening")],
    )
for key_, tighter in (("minLength", 2), ("maxLength", 8), ("pattern", "AB.*")):
    CASES[f"{key_} tighter"] = (
        lambda b, k=key_, v=tighter: field(b, "code")["constraints"].update({k: v}),
        [("constraint_tightened", "narrowing")],
    )
    CASES[f"{key_} gone"] = (
        lambda b, k=key_: field(b, "code")["constraints"].pop(k),
        [("constraint_loosened", "widening")],
    )
CASES["unique gone"] = (
    lambda b: field(b, "code")["constraints"].pop("unique"),
    [("constraint_loosened", "widening")],
)


def changed(name: str) -> list[Change]:
    after = raw()
    CASES[name][0](after)
    return diff(book(raw()), book(after))


@pytest.mark.parametrize("name", CASES)
def test_each_change_is_told_once_with_its_effect(name: str) -> None:
    """One change of the codebook gives its own lines and no others, each a sentence."""
    found = changed(name)
    told = {(change.kind, str(change.effect)) for change in found}
    wanted = CASES[name][1]
    assert told == set(wanted)
    if len(set(wanted)) == len(wanted) and not any(kind.startswith(("code", "missing")) for kind, _ in wanted):
        assert len(found) == len(wanted)
    for change in found:
        assert change.sentence.endswith(".")
        assert change.sentence[0].isupper() or change.sentence[0] == "'" or change.sentence.split()[0].islower()


def test_every_kind_of_change_is_among_the_cases() -> None:
    """The list of kinds is closed, and each is shown to be found; so is the way back of some."""
    seen = {change.kind for name in CASES for change in changed(name)}
    for name in ("column may be absent", "required", "kind, wider"):
        after = raw()
        CASES[name][0](after)
        seen |= {change.kind for change in diff(book(after), book(raw()))}
    assert seen == set(KINDS)


def test_effects_agree_with_the_closed_list() -> None:
    """A kind whose effect is fixed has that effect wherever it is told."""
    for name in CASES:
        for change in changed(name):
            assert KINDS[change.kind] in (None, change.effect)


def test_a_codebook_does_not_differ_from_itself(repository: Path) -> None:
    """No change is told between equal codebooks."""
    from scopeline import codebook

    one = codebook.load(repository / "config" / "codebook.yaml")
    assert diff(one, one.model_copy(deep=True)) == []
    assert diff(book(yaml.safe_load(CODEBOOK)), book(yaml.safe_load(CODEBOOK))) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(sorted(CASES)), unique=True, max_size=4))
def test_several_changes_do_not_hide_each_other_or_crash(names: list[str]) -> None:
    """Any changes together give some lines; done to both sides they give none."""
    after = raw()
    for name in names:
        try:
            CASES[name][0](after)
            now = book(after)
        except (KeyError, IndexError, StopIteration, ValueError):
            return  # the second change needs what the first has taken away
    now = book(after)
    assert bool(diff(book(raw()), now)) == (now != book(raw()))
    assert diff(now, book(after)) == []
    assert list(frame(diff(book(raw()), now)).columns) == list(COLUMNS)


# ---- cells to chart again


class Changed:
    """The small review, read with its codebook, and that codebook as raw data to change."""

    def __init__(self, folder: Path):
        self.review = SmallReview(folder)
        self.old = book(yaml.safe_load(CODEBOOK))
        self.new = yaml.safe_load(CODEBOOK)

    def read(self) -> Review:
        files = sorted(self.review.write().iterdir())
        chosen = Settings.model_validate(yaml.safe_load(CONFIG))
        return validate([cells.read(path, f"raw/{path.name}") for path in files], self.old, chosen).review

    def again(self) -> list[tuple[str, str, str, str]]:
        """What, cell, key and value of each cell to chart again."""
        found = to_chart_again(self.old, book(self.new), self.read())
        return [(cell.what, f"{cell.sheet}!{cell.cell}", cell.key, cell.value) for cell in found]


@pytest.fixture
def changing(tmp_path: Path) -> Changed:
    return Changed(tmp_path)


def test_no_change_asks_for_nothing(changing: Changed) -> None:
    """Equal codebooks touch no cell, even where the data have faults."""
    changing.review.put("studies", "C2", "about 40")
    changing.review.put("studies", "C3", 0)
    changing.review.put("votes", "E6", None)
    assert changing.again() == []


def test_values_that_are_gone(changing: Changed) -> None:
    """A value that may no longer stand is charted again wherever it stands, among several values too."""
    field(changing.new, "condition")["values"] = ["fibromyalgia"]
    assert changing.again() == [(CHART, "studies!B3", "Bell2002", "fibromyalgia; low back pain")]


def test_values_that_are_renamed_and_still_read(changing: Changed) -> None:
    """A new name that knows the old one costs no charting."""
    field(changing.new, "condition")["values"][1] = {"value": "back pain", "synonyms": ["low back pain"]}
    assert changing.again() == []


def test_a_split_value_says_into_what(changing: Changed) -> None:
    """The reason names the values to choose from."""
    old = field(changing.new, "condition")["values"]
    old[1:] = [{"value": "acute low back pain"}, {"value": "chronic low back pain"}]
    found = to_chart_again(changing.old, book(changing.new), changing.read())
    assert [cell.why for cell in found] == [
        "'low back pain' was split into 'acute low back pain' and 'chronic low back pain': choose one of them."
    ]


def test_a_new_required_field_touches_every_row(changing: Changed) -> None:
    """Each row is named by its number and key, since the column is not there yet."""
    fields(changing.new).append({"name": "country", "constraints": {"required": True}})
    assert changing.again() == [(CHART, "studies!2", "Ames2001", ""), (CHART, "studies!3", "Bell2002", "")]


def test_a_new_field_that_may_be_blank_touches_nothing(changing: Changed) -> None:
    """Only what every row needs has to be charted again."""
    fields(changing.new).append({"name": "country"})
    assert changing.again() == []


def test_a_field_that_becomes_required_touches_its_blanks(changing: Changed) -> None:
    """A blank must be filled, a value or a code that may stand is left."""
    field(changing.new, "age").update(constraints={"required": True}, missing=["NR"])
    changing.review.put("studies", "E2", None)
    assert changing.again() == [(CHART, "studies!E2", "Ames2001", "")]


def test_a_code_that_may_no_longer_stand(changing: Changed) -> None:
    """Cells that hold the code are charted again."""
    field(changing.new, "n")["missing"] = ["UNCLEAR"]
    assert changing.again() == [(CHART, "studies!C3", "Bell2002", "NR")]


def test_bounds_and_kinds_that_narrow(changing: Changed) -> None:
    """Numbers beyond a new bound, and texts that are not of a new kind."""
    field(changing.new, "dose_mg")["constraints"]["maximum"] = 4.2
    field(changing.new, "age")["type"] = "integer"
    assert changing.again() == [
        (CHART, "studies!D2", "Ames2001", "3-4.5"),
        (CHART, "studies!E2", "Ames2001", "41.5"),
        (CHART, "studies!D3", "Bell2002", "4.5"),
    ]


def test_bounds_that_were_broken_before_are_not_news(changing: Changed) -> None:
    """A cell that was wrong under the old codebook is the validator's affair."""
    changing.review.put("studies", "D2", "3-60")
    field(changing.new, "dose_mg")["constraints"]["maximum"] = 40
    assert changing.again() == []


def test_a_new_rule_touches_the_rows_that_break_it(changing: Changed) -> None:
    """The rule's message is the reason."""
    table(changing.new, "findings")["rules"] = [
        {"id": "p_when_benefit", "when": {"direction": "none"}, "forbid": ["p_value"], "message": "No p here."}
    ]
    assert changing.again() == [(CHART, "findings!F3", "F2", "0.4")]


def test_a_changed_meaning_is_looked_at(changing: Changed) -> None:
    """Nothing is wrong with the cells, and they were charted by other words."""
    domains = field(changing.new, "outcome_domain", "findings")
    domains["values"] = [{"value": "pain", "help": "Intensity only."}, "sleep"]
    field(changing.new, "age")["unit"] = "months"
    assert changing.again() == [
        (LOOK, "studies!E2", "Ames2001", "41.5"),
        (LOOK, "findings!D2", "F1", "pain"),
    ]


def test_a_renamed_field_keeps_its_cells(changing: Changed) -> None:
    """Cells of a renamed field are judged under its new name, at the place where they stand."""
    field(changing.new, "n").update(name="people", aliases=["n"], constraints={"minimum": 31})
    found = to_chart_again(changing.old, book(changing.new), changing.read())
    assert [(cell.field, cell.cell, cell.value) for cell in found] == [("people", "C2", "30")]


def test_another_separator_touches_cells_with_several_values(changing: Changed) -> None:
    """One value in a cell needs no separator."""
    field(changing.new, "condition")["separator"] = "|"
    assert changing.again() == [(CHART, "studies!B3", "Bell2002", "fibromyalgia; low back pain")]


def test_a_table_that_is_gone_or_new_touches_no_cell(changing: Changed) -> None:
    """There is nothing to chart again in a table that is not read, or not there."""
    _without(changing.new["resources"], "harms")
    changing.new["resources"].append({"name": "appraisal", "schema": {"fields": [{"name": "study_id"}]}})
    assert changing.again() == []


@pytest.fixture(scope="module")
def charted(tmp_path_factory: pytest.TempPathFactory) -> Review:
    """The small review, read once."""
    return Changed(tmp_path_factory.mktemp("small")).read()


@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_no_change_to_the_small_review_crashes(charted: Review, data: st.DataObject) -> None:
    """Fields retyped or made required in any combination: cells have an address, and each is told once."""
    old, new = yaml.safe_load(CODEBOOK), yaml.safe_load(CODEBOOK)
    for entry in new["resources"]:
        for spec in entry["schema"]["fields"]:
            kinds = ["same", "same", "same", "required", "text"]
            if not spec["name"].endswith(("_id", "_of")):
                kinds += ["integer", "date", "range"]
            kind = data.draw(st.sampled_from(kinds))
            if kind == "required":
                spec.setdefault("constraints", {})["required"] = True
            elif kind != "same":
                for key in ("values", "separator", "kind", "type", "constraints"):
                    spec.pop(key, None)
                spec.update({"kind": "range"} if kind == "range" else {} if kind == "text" else {"type": kind})
        entry.pop("rules", None)
    found = to_chart_again(book(old), book(new), charted)
    places = [(cell.file, cell.sheet, cell.cell) for cell in found]
    assert len(places) == len(set(places))
    assert all(cell.why and cell.cell[-1].isdigit() for cell in found)


def test_an_empty_review_asks_for_nothing() -> None:
    """A review that has not begun has no cell to chart again."""
    after = raw()
    fields(after).append({"name": "country", "constraints": {"required": True}})
    assert to_chart_again(book(raw()), book(after), Review({}, [])) == []


# ---- the command


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    recharting.add_commands(parser.add_subparsers())
    chosen = parser.parse_args(["codebook", "diff", *arguments])
    return chosen.run(chosen)


def test_the_command_tells_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The terminal has the gravest first; both csv files stand in the review's results."""
    review = SmallReview(tmp_path)
    review.write()
    new = yaml.safe_load(CODEBOOK)
    new["version"] = "2.0.0"
    field(new, "condition")["values"] = ["fibromyalgia"]
    path = tmp_path / "new.yaml"
    path.write_text(yaml.safe_dump(new), encoding="utf-8")
    here = Path.cwd()
    assert run(str(tmp_path / "config" / "codebook.yaml"), str(path), "--review", str(tmp_path)) == 0
    assert Path.cwd() == here
    told = capsys.readouterr().out
    assert told.index("'low back pain' may no longer stand") < told.index("The version was '1.0.0'")
    assert "1 cell to chart again, in 1 study" in told
    assert "raw/charting.xlsx › studies!B3" in told
    with (tmp_path / "results" / "to_chart_again.csv").open(encoding="utf-8", newline="") as lines:
        (line,) = csv.DictReader(lines)
    assert (line["study_id"], line["cell"], line["what"]) == ("Bell2002", "B3", "chart again")
    with (tmp_path / "results" / "codebook_changes.csv").open(encoding="utf-8", newline="") as lines:
        assert {line["effect"] for line in csv.DictReader(lines)} == {str(Effect.NARROWING), str(Effect.HARMLESS)}


def test_without_a_review_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two codebooks can be compared by themselves."""
    SmallReview(tmp_path).write()
    path = str(tmp_path / "config" / "codebook.yaml")
    before = sorted(tmp_path.rglob("*"))
    assert run(path, path) == 0
    assert "The codebooks are the same." in capsys.readouterr().out
    assert sorted(tmp_path.rglob("*")) == before
