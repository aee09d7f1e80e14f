"""Two reviewers' rows for one study become one: what is equal passes, what differs is told, and nothing is lost."""

import itertools

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scopeline.charting_agreement import ALL
from scopeline.codebook import TableSpec
from scopeline.double_charting import CONFLICT, Folded, fold

STUDIES = TableSpec.model_validate(
    {
        "name": "studies",
        "schema": {
            "primaryKey": ["study_id"],
            "fields": [
                {"name": "study_id", "constraints": {"required": True}},
                {"name": "reviewer"},
                {"name": "n", "type": "integer"},
                {"name": "dose_mg", "kind": "range"},
                {"name": "p_value", "kind": "bounded"},
                {"name": "age", "type": "number"},
                {"name": "condition", "separator": ";", "values": ["pain", "sleep", "mood"]},
                {"name": "controlled", "values": ["yes", "no"]},
                {"name": "aim"},
            ],
        },
    }
)
FINDINGS = TableSpec.model_validate(
    {
        "name": "findings",
        "schema": {
            "primaryKey": ["finding_id"],
            "foreignKeys": [{"fields": ["study_id"], "reference": {"resource": "studies", "fields": ["study_id"]}}],
            "fields": [
                {"name": "finding_id"},
                {"name": "study_id"},
                {"name": "reviewer"},
                {"name": "outcome_domain", "values": ["pain", "sleep"]},
                {"name": "timepoint"},
                {"name": "direction", "values": ["benefit", "none", "harm"]},
            ],
        },
    }
)
TYPES = {"integer": "Int64", "number": "Float64"}
CODES = ("NR", "NA", "UNCLEAR", "fault")


def frame_of(table, rows):
    """A typed frame of rows given as dictionaries; a field that a row lacks is blank."""
    columns = {}
    for spec in table.fields:
        given = [row.get(spec.name) for row in rows]
        values = [None if value in CODES else value for value in given]
        missing = [value if value in CODES else "blank" if value is None else None for value in given]
        columns[f"{spec.name}__missing"] = pd.Series(missing, dtype="str")
        if spec.what == "range":
            bounds = [(None, None) if value is None else str(value).split("-") for value in values]
            columns[f"{spec.name}_low"] = pd.Series([b[0] and float(b[0]) for b in bounds], dtype="Float64")
            columns[f"{spec.name}_high"] = pd.Series([b[-1] and float(b[-1]) for b in bounds], dtype="Float64")
        if spec.what == "bounded":
            plain = [None if value is None else str(value) for value in values]
            columns[f"{spec.name}_number"] = pd.Series([p and float(p.lstrip("<")) for p in plain], dtype="Float64")
            columns[f"{spec.name}_bound"] = pd.Series([p and ("<" if p[0] == "<" else "=") for p in plain], dtype="str")
        columns[spec.name] = pd.Series(values, dtype=TYPES.get(spec.what, "str"))
    frame = pd.DataFrame(columns)
    frame["_source"] = pd.Series([row.get("_source", 0) for row in rows], dtype="int32")
    frame["_row"] = pd.Series([row.get("_row", at + 2) for at, row in enumerate(rows)], dtype="int32")
    return frame


def studies(*rows, **how) -> Folded:
    return fold(frame_of(STUDIES, rows), STUDIES, **how)


def findings(*rows, **how) -> Folded:
    return fold(frame_of(FINDINGS, rows), FINDINGS, **how)


def row(who, **values):
    return {"study_id": "Ames2001", "reviewer": who, **values}


def kinds(folded):
    return list(zip(folded.conflicts["field"], folded.conflicts["kind"], folded.conflicts["settled"], strict=True))


def test_equal_values_pass():
    """Values are compared as they were read: numbers as numbers, sets as sets, wording without case and blanks."""
    folded = studies(
        row("Ann", n=30, dose_mg="4.50", age=41.5, condition="pain; sleep", p_value="<0.050", aim="To see  pain"),
        row("Bob", n=30, dose_mg="4.5", age=41.50, condition="sleep; pain", p_value="<0.05", aim="to see pain"),
    )
    assert kinds(folded) == []
    assert len(folded.frame) == 1
    line = folded.frame.iloc[0]
    assert (line["n"], line["condition"], line["reviewer"]) == (30, "pain; sleep", "Ann; Bob")


@pytest.mark.parametrize(
    ("field", "ann", "bob"),
    [
        ("n", 30, 31),
        ("n", 30, "NR"),
        ("n", "NA", "NR"),
        ("dose_mg", "1-4.5", "4.5"),
        ("p_value", "<0.05", "0.05"),
        ("condition", "pain", "pain; sleep"),
        ("controlled", "yes", "no"),
    ],
)
def test_unequal_values_are_a_conflict(field, ann, bob):
    """The field has no value until it is settled; the study's other fields stay usable; both cells are named."""
    folded = studies(row("Ann", **{field: ann}, age=40), row("Bob", **{field: bob}, age=40))
    line = folded.frame.iloc[0]
    assert kinds(folded) == [(field, "value", False)]
    assert pd.isna(line[field])
    assert line[f"{field}__missing"] == CONFLICT
    assert all(pd.isna(line[name]) for name in folded.frame if name.startswith(f"{field}_") and "__" not in name)
    assert line["age"] == 40
    conflict = folded.conflicts.iloc[0]
    assert (conflict["reviewer_a"], conflict["value_a"], conflict["position_a"]) == ("Ann", str(ann), 0)
    assert (conflict["reviewer_b"], conflict["value_b"], conflict["position_b"]) == ("Bob", str(bob), 1)


def test_a_blank_is_no_judgement():
    """A value against a blank stands, is listed as one-sided, and is left out of agreement."""
    folded = studies(row("Ann", n=30), row("Bob"))
    assert kinds(folded) == [("n", "one_sided", True)]
    assert folded.frame["n"].tolist() == [30]
    line = folded.agreement.query("field == 'n'").iloc[0]
    assert (line["n"], line["one_sided"]) == (0, 1)
    assert pd.isna(line["percent_agreement"])


def test_a_consensus_row_wins_where_it_is_filled():
    """A blank in it falls back to the reviewers' equal value; where they differ it leaves the conflict open."""
    folded = studies(
        row("Ann", n=30, age=40, controlled="yes"),
        row("Bob", n=31, age=40, controlled="no"),
        row("consensus", n=32),
    )
    line = folded.frame.iloc[0]
    assert (line["n"], line["age"]) == (32, 40)
    assert line["controlled__missing"] == CONFLICT
    assert kinds(folded) == [("n", "value", True), ("controlled", "value", False)]
    assert folded.conflicts["consensus"].tolist() == ["32", ""]
    assert folded.conflicts["position_consensus"].tolist() == [2, -1]


def test_a_missing_code_may_be_the_consensus():
    """Not reported is a judgement like any other."""
    folded = studies(row("Ann", n=30), row("Bob", n=31), row("Consensus", n="NR"))
    assert pd.isna(folded.frame["n"].iloc[0])
    assert folded.frame["n__missing"].tolist() == ["NR"]


def test_a_consensus_against_both_reviewers_is_told():
    """It holds, but may be a slip."""
    folded = studies(row("Ann", n=30), row("Bob", n=30), row("Consensus", n=3))
    assert folded.frame["n"].tolist() == [3]
    assert kinds(folded) == [("n", "overridden", True)]


def test_two_consensus_rows_may_share_the_fields_but_not_differ():
    """Each may settle some fields; two that settle one field differently are a conflict of their own."""
    reviewers = [row("Ann", n=30, age=1), row("Bob", n=31, age=2)]
    folded = studies(*reviewers, row("Consensus", n=30), row("Consensus", age=2))
    assert folded.frame[["n", "age"]].iloc[0].tolist() == [30, 2]
    folded = studies(*reviewers, row("Consensus", n=30), row("Consensus", n=31))
    assert folded.frame["n__missing"].tolist() == [CONFLICT]
    assert ("n", "consensus", False) in kinds(folded)


def test_other_words_are_no_conflict_unless_asked():
    """Free text always differs; the first stands and both are listed. A team may ask for a consensus instead."""
    rows = [row("Ann", aim="to study pain"), row("Bob", aim="the study of pain")]
    folded = studies(*rows)
    assert kinds(folded) == [("aim", "wording", True)]
    assert folded.frame["aim"].tolist() == ["to study pain"]
    assert kinds(studies(*rows, free_text="conflict")) == [("aim", "value", False)]


def test_a_cell_that_cannot_be_used_is_not_passed_over():
    """The other reviewer's value does not stand in for it, and there is no conflict beside the fault."""
    folded = studies(row("Ann", n="fault"), row("Bob", n=31))
    assert kinds(folded) == []
    assert folded.frame["n__missing"].tolist() == ["fault"]
    assert studies(row("Ann", n="fault"), row("Bob", n=31), row("Consensus", n=31)).frame["n"].tolist() == [31]


def test_each_value_keeps_its_cell():
    """The row of a value is the row's own, or stands beside the field."""
    folded = studies(
        row("Ann", age=40, _source=0, _row=2),
        row("Bob", n=30, age=40, _source=1, _row=7),
        row("Consensus", controlled="yes", _source=2, _row=9),
    )
    line = folded.frame.iloc[0]
    assert (line["_source"], line["_row"]) == (0, 2)
    assert (line["n__source"], line["n__row"]) == (1, 7)
    assert (line["controlled__source"], line["controlled__row"]) == (2, 9)
    assert "age__row" not in folded.frame


def test_rows_of_one_reviewer_are_not_folded():
    """A key that one reviewer has twice is another fault, told elsewhere; nothing is hidden here."""
    assert len(studies(row("Ann", n=30), row("Ann", n=31)).frame) == 2
    assert len(studies(row(None, n=30), row(None, n=31)).frame) == 2
    assert len(studies(row("Ann", n=30), row("Ann", n=31), row("Bob", n=30)).frame) == 3


def test_three_reviewers_are_compared_in_pairs():
    """Every differing pair is a line; the field is one conflict."""
    folded = studies(row("Ann", n=1), row("Bob", n=2), row("Cy", n=1))
    pairs = list(zip(folded.conflicts["reviewer_a"], folded.conflicts["reviewer_b"], strict=True))
    assert pairs == [("Ann", "Bob"), ("Bob", "Cy")]
    agreement = folded.agreement.query("field == 'n'").set_index(["reviewer_a", "reviewer_b"])
    assert agreement["agree"].to_dict() == {("Ann", "Bob"): 0, ("Ann", "Cy"): 1, ("Bob", "Cy"): 0, (ALL, ALL): 1}


def finding(id_, who, domain, direction, *, study="Ames2001", **more):
    return {
        "finding_id": id_,
        "reviewer": who,
        "study_id": study,
        "outcome_domain": domain,
        "direction": direction,
        **more,
    }


def test_findings_with_other_ids_are_matched_by_what_they_are_about():
    """IDs of the reviewers' own do not keep one finding apart."""
    folded = findings(finding("A1", "Ann", "pain", "benefit"), finding("B7", "Bob", "pain", "none"))
    assert folded.frame["finding_id"].tolist() == ["A1"]
    assert kinds(folded) == [("direction", "value", False)]
    assert folded.agreement["field"].unique().tolist() == ["direction"]


def test_what_only_one_reviewer_has_is_listed():
    """A finding that another reviewer of the same study did not chart stays, and is told."""
    folded = findings(
        finding("A1", "Ann", "pain", "benefit"),
        finding("A2", "Ann", "sleep", "none"),
        finding("B1", "Bob", "pain", "benefit"),
        finding("A3", "Ann", "sleep", "none", study="Bell2002"),
    )
    assert folded.frame["finding_id"].tolist() == ["A1", "A2", "A3"]
    assert folded.alone[["key", "reviewer", "others", "position"]].to_numpy().tolist() == [["A2", "Ann", "Bob", 1]]


def test_what_cannot_be_matched_surely_is_not_matched():
    """Where one reviewer has two rows that would fit, no row is guessed."""
    folded = findings(
        finding("A1", "Ann", "pain", "benefit"),
        finding("A2", "Ann", "pain", "none"),
        finding("B1", "Bob", "pain", "benefit"),
    )
    assert len(folded.frame) == 3
    assert len(folded.alone) == 3


def test_one_id_for_findings_of_two_studies_is_not_one_finding():
    """Two reviewers may both count from F1."""
    folded = findings(finding("F1", "Ann", "pain", "benefit"), finding("F1", "Bob", "pain", "none", study="Bell2002"))
    assert len(folded.frame) == 2
    assert kinds(folded) == []


def test_a_row_that_leaves_the_study_blank_goes_with_its_key():
    """It joins the only rows that it does not contradict; between two studies it is not guessed."""
    ann, bob = finding("F1", "Ann", "pain", "benefit"), finding("F1", "Bob", "pain", "none")
    agreed = finding("F1", "Consensus", None, "none", study=None)
    assert findings(ann, bob, agreed).frame["direction"].tolist() == ["none"]
    assert len(findings(ann, {**bob, "study_id": "Bell2002"}, agreed).frame) == 3


def test_matching_fields_go_before_ids_where_they_are_named():
    """With `match` the same ID for two domains is two findings."""
    rows = [
        finding("F1", "Ann", "pain", "benefit"),
        finding("F2", "Ann", "sleep", "benefit"),
        finding("F1", "Bob", "sleep", "benefit"),
        finding("F2", "Bob", "pain", "benefit"),
    ]
    folded = findings(*rows, match=("study_id", "outcome_domain"))
    assert folded.frame["outcome_domain"].tolist() == ["pain", "sleep"]
    assert kinds(folded) == []
    assert len(findings(*rows).conflicts) == 2


def test_agreement_is_of_the_reviewers_own_rows():
    """A consensus changes no figure; kappa of a table that is reckoned by hand."""
    answers = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    rows = []
    for number, (ann, bob) in enumerate(answers):
        rows += [
            {"study_id": f"S{number}", "reviewer": "Ann", "controlled": ann},
            {"study_id": f"S{number}", "reviewer": "Bob", "controlled": bob},
            {"study_id": f"S{number}", "reviewer": "Consensus", "controlled": "no"},
        ]
    line = studies(*rows).agreement.query("field == 'controlled' and reviewer_a == 'Ann'").iloc[0]
    assert (line["n"], line["agree"], line["percent_agreement"]) == (50, 35, 0.7)
    assert line["kappa"] == pytest.approx(0.4)
    assert line["kappa_low"] < 0.4 < line["kappa_high"]


def test_multi_valued_fields_have_a_jaccard_index():
    """Half of the values shared is half an agreement, though the sets differ."""
    folded = studies(row("Ann", condition="pain"), row("Bob", condition="pain; sleep"))
    line = folded.agreement.query("field == 'condition'").iloc[0]
    assert (line["agree"], line["jaccard"]) == (0, 0.5)


def test_another_unit_is_pointed_out():
    """All values of a field times one number is a pattern of the reviewer, not of the studies."""
    rows = [
        {"study_id": f"S{number}", "reviewer": who, "age": value * factor, "n": 7}
        for number, value in enumerate((1.5, 3, 4.5))
        for who, factor in (("Ann", 1), ("Bob", 1000))
    ]
    factors = studies(*rows).factors
    assert factors[["field", "reviewer_b", "factor", "n"]].to_numpy().tolist() == [["age", "Bob", 1000.0, 3]]
    rows[-1]["age"] = 4.5
    assert studies(*rows).factors.empty


@pytest.mark.parametrize("table", [STUDIES, FINDINGS], ids=lambda table: table.name)
def test_empty_and_single_tables_pass(table):
    """Without rows, and without the field of reviewers, nothing is folded."""
    empty = fold(frame_of(table, []), table)
    assert len(empty.frame) == 0
    bare = frame_of(table, [{"study_id": "A"}, {"study_id": "A"}]).drop(columns=["reviewer", "reviewer__missing"])
    assert len(fold(bare, table).frame) == 2
    assert fold(bare, table).conflicts.empty


# ---- invariants

#: Enough for every call; the marked run below has many more.
MANY = 15
MATCHES = [None, ("study_id", "outcome_domain", "timepoint")]

VALUES = {
    "n": [None, 30, 31, "NR", "fault"],
    "dose_mg": [None, "4.5", "4.50", "1-4", "NA"],
    "condition": [None, "pain", "pain; sleep", "sleep; pain"],
    "controlled": [None, "yes", "no", "UNCLEAR"],
    "aim": [None, "To see", "to see", "other"],
}


@st.composite
def charted(draw):
    """Studies charted by up to three reviewers and the consensus, each at most once."""
    rows = []
    for study, who in itertools.product(("S1", "S2", "S3"), ("Ann", "Bob", "Cy", "Consensus")):
        if draw(st.booleans()):
            values = {name: draw(st.sampled_from(choices)) for name, choices in VALUES.items()}
            rows.append({"study_id": study, "reviewer": who, "_row": len(rows) + 2, **values})
    return rows


@st.composite
def found(draw):
    """Findings with IDs that may or may not be shared."""
    ids, domains, times = st.sampled_from(["F1", "F2", "F3"]), st.sampled_from(["pain", "sleep"]), ["w4", "w8", None]
    rows = []
    for at in range(draw(st.integers(0, 7))):
        rows.append(
            finding(
                draw(ids),
                draw(st.sampled_from(["Ann", "Bob", "Cy", "Consensus"])),
                draw(domains),
                draw(st.sampled_from(["benefit", "none", None])),
                study=draw(st.sampled_from(["S1", "S2"])),
                timepoint=draw(st.sampled_from(times)),
                _row=at + 2,
            )
        )
    return rows


def same(left, right):
    pd.testing.assert_frame_equal(left, right, check_dtype=False)


@settings(max_examples=MANY, deadline=None)
@given(charted(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, random):
    """Shuffled rows give the same frame and the same lines, up to the positions."""
    shuffled = random.sample(rows, len(rows))
    one, other = studies(*rows), studies(*shuffled)
    same(one.frame, other.frame)
    same(one.agreement, other.agreement)
    plain = [name for name in one.conflicts if not name.startswith("position")]
    same(one.conflicts[plain], other.conflicts[plain])
    where = [
        [rows[at]["_row"] for at in one.conflicts["position_a"]],
        [shuffled[at]["_row"] for at in other.conflicts["position_a"]],
    ]
    assert where[0] == where[1]


@settings(max_examples=MANY, deadline=None)
@given(charted())
def test_the_names_of_reviewers_change_no_value(rows):
    """Ann and Cy with their names exchanged come to the same study."""
    exchanged = {"Ann": "Cy", "Cy": "Ann"}
    other = studies(*({**line, "reviewer": exchanged.get(line["reviewer"], line["reviewer"])} for line in rows))
    one = studies(*rows)
    same(one.frame.drop(columns="reviewer"), other.frame.drop(columns="reviewer"))
    assert sorted(zip(one.conflicts["key"], kinds(one), strict=True)) == sorted(
        zip(other.conflicts["key"], kinds(other), strict=True)
    )


@settings(max_examples=MANY, deadline=None)
@given(charted())
def test_folding_studies_twice_is_folding_once(rows):
    """A folded frame has nothing left to fold."""
    once = studies(*rows)
    twice = fold(once.frame, STUDIES)
    same(once.frame, twice.frame)
    assert twice.conflicts.empty


@settings(max_examples=MANY, deadline=None)
@given(found(), st.sampled_from(MATCHES), st.randoms(use_true_random=False))
def test_folding_findings_twice_is_folding_once_in_any_order(rows, match, random):
    """Matching by content leaves nothing that would match later, whatever the order of rows; no row is lost."""
    once = findings(*rows, match=match)
    same(once.frame, fold(once.frame, FINDINGS, match=match).frame)
    same(once.frame, findings(*random.sample(rows, len(rows)), match=match).frame)
    pairs = {(line["study_id"], line["outcome_domain"]) for line in rows}
    kept = once.frame
    if rows and not (kept["outcome_domain__missing"] == CONFLICT).any():
        settled = {line["study_id"] for line in rows if line["reviewer"] == "Consensus"}
        lost = pairs - set(zip(kept["study_id"], kept["outcome_domain"], strict=True))
        assert all(study in settled for study, _ in lost)


def test_an_id_that_a_reviewer_gave_twice_joins_nothing():
    """What F1 names cannot be known, so its rows stay apart, also from a finding of another ID that is alike."""
    rows = [
        finding("F2", "Bob", "sleep", "benefit", study="S1", timepoint="w4", _row=2),
        finding("F1", "Ann", "sleep", "benefit", study="S1", timepoint="w4", _row=3),
        finding("F1", "Ann", "sleep", "benefit", study="S1", timepoint="w8", _row=4),
        finding("F1", "Bob", "sleep", "benefit", study="S1", timepoint=None, _row=5),
    ]
    once = findings(*rows, match=MATCHES[1])
    assert len(once.frame) == 4
    same(once.frame, fold(once.frame, FINDINGS, match=MATCHES[1]).frame)


@settings(max_examples=MANY, deadline=None)
@given(charted())
def test_a_second_reviewer_who_charts_the_same_changes_nothing(rows):
    """Identical rows fold to the row itself, and agree in every field that holds a judgement."""
    alone = [line for line in rows if line["reviewer"] == "Ann"]
    double = [*alone, *({**line, "reviewer": "Zoe", "_row": line["_row"] + 100} for line in alone)]
    one, two = studies(*alone), studies(*double)
    same(one.frame.drop(columns="reviewer"), two.frame.drop(columns="reviewer"))
    assert two.conflicts.empty
    assert (two.agreement["n"] == two.agreement["agree"]).all()


def plain(name, value):
    """A value as it is compared, reckoned without the library."""
    if value is None or value in CODES:
        return value
    if name == "condition":
        return frozenset(value.split("; "))
    return {"4.50": "4.5", "To see": "to see"}.get(value, value)


@settings(max_examples=MANY, deadline=None)
@given(charted())
def test_conflicts_are_those_that_plain_counting_finds(rows):
    """Every differing pair once and no other; the consensus always wins; a value stands where nobody contradicts it."""
    folded = studies(*rows)
    frame = folded.frame.set_index("study_id")
    expected = set()
    for study in {line["study_id"] for line in rows}:
        charts = {line["reviewer"]: line for line in rows if line["study_id"] == study}
        agreed = charts.pop("Consensus", {})
        for name in VALUES:
            given_ = {who: plain(name, line[name]) for who, line in charts.items()}
            for (a, one), (b, two) in itertools.combinations(sorted(given_.items()), 2):
                if one != two and "fault" not in (one, two):
                    kind = "one_sided" if None in (one, two) else "wording" if name == "aim" else "value"
                    expected.add((study, name, kind, a, b))
            said = set(given_.values()) - {None}
            missing = frame.at[study, f"{name}__missing"]
            if agreed.get(name) is not None:
                assert (
                    missing == agreed[name]
                    if agreed[name] in CODES
                    else plain(name, frame.at[study, name])
                    == plain(name, str(agreed[name]) if name != "n" else agreed[name])
                )
            elif "fault" in said:
                assert missing == "fault"
            else:
                assert (missing == CONFLICT) == (len(said) > 1 and name != "aim")
                assert (missing == "blank") == (not said)
    told = folded.conflicts[folded.conflicts["kind"] != "overridden"]
    lines = list(told[["key", "field", "kind", "reviewer_a", "reviewer_b"]].itertuples(index=False, name=None))
    assert set(lines) == expected
    assert len(lines) == len(expected)


@pytest.mark.properties
@settings(max_examples=1500, deadline=None)
@given(charted())
def test_conflicts_are_those_that_plain_counting_finds_at_length(rows):
    """As above, with many more reviews."""
    test_conflicts_are_those_that_plain_counting_finds.hypothesis.inner_test(rows)


@pytest.mark.properties
@settings(max_examples=1500, deadline=None)
@given(found(), st.sampled_from(MATCHES), st.randoms(use_true_random=False))
def test_folding_findings_twice_at_length(rows, match, random):
    """As above, with many more reviews."""
    test_folding_findings_twice_is_folding_once_in_any_order.hypothesis.inner_test(rows, match, random)
