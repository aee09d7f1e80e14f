"""The further sheets of the workbook: their numbers are the frames' numbers, and each is there only with lines."""

import pandas as pd
import pytest
from openpyxl import load_workbook
from scopeline import (
    agreement,
    appraisal,
    charting,
    harms,
    harms_compared,
    harms_course,
    harms_groups,
    sensitivity,
    strata,
    synthesis,
    vote_counting,
)
from scopeline.charting import FieldSpec
from scopeline.tables import workbook

GROUPS = {"insomnia": "trouble sleeping", "sleep disturbance": "trouble sleeping"}
JUDGEMENTS = ["low", "some", "high"]
LABELS = {"judgement": {"low": "Low risk", "some": "Some concerns", "high": "High risk"}}
ALWAYS = [
    *("Characteristics", "Studies", "Condition × outcome domain", "Tally", "Directions"),
    *("Silence on harms", "Harms summary", "Harms"),
]
FURTHER = [
    *("Agreement", "Cross", "Appraisal", "Appraisal summary", "Tally totals", "Strata", "Sensitivity"),
    *("Sensitivity cells", "Vote count", "P-values", "P-values by study", "SWiM", "Harms by group"),
    *("Harms compared summary", "Harms compared", "Harms compared by group", "Stopped", "Resolved"),
]


def texts(**columns):
    return pd.DataFrame({name: pd.array(values, dtype="string") for name, values in columns.items()})


def a_review():
    """Five studies of one condition: what each of the frames is reckoned from."""
    ids = ["A2001", "B2002", "C2003", "D2004", "E2005"]
    studies = texts(
        study_id=ids,
        design=["trial", "trial", "trial", "cohort", None],
        country=["Spain", "Spain", "Italy", "Italy", "Italy"],
        controlled=["yes", "yes", "yes", "no", "no"],
    ).assign(n=pd.array([40, 60, 20, 100, None], dtype="Int64"))
    findings = texts(
        finding_id=[f"F{place}" for place in range(6)],
        study_id=[*ids, "A2001"],
        condition=["fibromyalgia"] * 6,
        outcome_domain=["pain"] * 5 + ["sleep"],
        contrast=["vs placebo"] * 3 + ["before-after"] * 2 + ["vs placebo"],
        direction=["benefit", "benefit", "harm", "benefit", "unclear", "none"],
        p_value=["0.03", "<0.001", "0.2", None, None, "0.7"],
    ).assign(
        p_value_number=pd.array([0.03, 0.001, 0.2, None, None, 0.7], dtype="Float64"),
        p_value_bound=pd.array(["=", "<", "=", None, None, "="], dtype="string"),
    )
    lines = [
        ("A2001", "LDN", "insomnia", "events", 3, 20, "yes"),
        ("A2001", "LDN", "sleep disturbance", "events", 2, 20, None),
        ("A2001", "placebo", "insomnia", "events", 1, 20, "no"),
        ("B2002", "LDN", "discontinued because of adverse event", "zero_stated", 0, 30, None),
        ("B2002", "placebo", "discontinued because of adverse event", "events", 2, 30, None),
    ]
    names = ("study_id", "arm", "event", "harms_status", "n_events", "n_exposed", "resolved")
    charted = pd.DataFrame(lines, columns=names)
    charted = charted.astype({name: "Int64" if name in ("n_events", "n_exposed") else "string" for name in names})
    judged = texts(
        study_id=["A2001", "A2001", "A2001", "B2002", "B2002"],
        domain=["selection", "selection", "overall", "selection", "overall"],
        judgement=["low", "some", "some", "high", "high"],
    )
    votes = texts(
        record_id=[f"R{place // 2}" for place in range(16)],
        stage=["title_abstract"] * 16,
        reviewer=["A", "B"] * 8,
        decision=["include"] * 6 + ["include", "exclude"] + ["exclude"] * 8,
    )
    return studies, findings, charted, judged, votes


@pytest.fixture(scope="module")
def frames():
    """Every frame, under the name of the function of `evidence` that gives it."""
    studies, findings, charted, judged, votes = a_review()
    fields = [FieldSpec("design", "Design", "category"), FieldSpec("n", "Participants", "integer", unit="people")]
    folded = synthesis.fold(findings)
    spoken = synthesis.directions(folded)
    analyses = sensitivity.usual(studies, findings, overall={"B2002": "critical"})
    done = sensitivity.sensitivity(findings, studies, analyses)
    combined = vote_counting.combine_p_values(findings)
    compared = harms_compared.compared(charted, studies)
    lights = appraisal.traffic_light(judged, studies, judgements_order=JUDGEMENTS)
    country = FieldSpec("country", "Country", "category")
    return {
        "charted": {
            "characteristics": charting.characteristics(studies, fields),
            "studies": charting.by_study(studies, fields),
            "cross": charting.cross(studies, fields, country),
        },
        "synthesised": {
            "folded": folded,
            "directions": spoken,
            "tally": synthesis.tally(spoken, studies, folded),
            "grid": synthesis.grid(spoken),
            "totals": synthesis.totals(spoken, studies),
            "strata": strata.stratified(spoken, studies, folded, [country]),
            "sensitivity": done.cells,
            "sensitivity_summary": done.summary,
            "vote_count": vote_counting.vote_count(spoken, folded),
            "p_combined": combined.cells,
            "p_entered": combined.entered,
            "swim": vote_counting.swim(combined=True),
        },
        "harmed": {
            "harms": harms.proportions(charted, studies),
            "summary": harms.summary(charted, studies),
            "silence": harms.silence(charted, studies),
            "compared": compared,
            "compared_across": harms_compared.across(compared),
            "by_group": harms_groups.by_group(charted, GROUPS, studies),
            "compared_by_group": harms_compared.compared(charted, studies, groups=GROUPS),
            "discontinuations": harms_course.discontinuations(charted, studies),
            "resolution": harms_course.resolution(charted, studies),
        },
        "appraised": {"lights": lights, "summary": appraisal.summary(lights, judgements_order=JUDGEMENTS)},
        "agreement": agreement.full_panel(votes),
    }


def sheets_of(frames, **more):
    return workbook.sheets_of(**{"labels": LABELS, "participants": "Each person once.", **frames, **more})


@pytest.fixture(scope="module")
def book(frames, tmp_path_factory):
    """The sheets as they are asked for, and the workbook as it is read again."""
    path = tmp_path_factory.mktemp("book") / "a.xlsx"
    sheets = sheets_of(frames)
    workbook.write(path, sheets, title="A review", notes=["Count studies."])
    return {sheet.name: sheet for sheet in sheets}, load_workbook(path)


def written(book, name):
    """Column of the frame → its cells as they stand in the sheet `name`."""
    specs, read = book
    spec, sheet = specs[name], read[name]
    frame = spec.frame
    columns = [
        column
        for column in spec.columns
        if column.name in frame
        and not (column.if_any and (frame[column.name].isna() | (frame[column.name] == "")).all())
    ]
    last = next(row for row in range(1, 8) if [cell.value for cell in sheet[row]] == [each.header for each in columns])
    lines = sheet.iter_rows(min_row=last + 1, max_row=last + len(frame), values_only=True)
    return dict(zip((column.name for column in columns), map(list, zip(*lines, strict=True)), strict=True))


def plain(values):
    return [None if pd.isna(value) else value for value in values]


NUMBERS = {
    "Agreement": ("agreement", None, ["n_joint", "n_stage", "coverage", "percent_agreement", "kappa", "kappa_low"]),
    "Cross": ("charted", "cross", ["n", "denominator"]),
    "Tally totals": ("synthesised", "totals", ["n_studies", "n_controlled", "n_participants", "n_participants_known"]),
    "Strata": ("synthesised", "strata", ["n_in_stratum", "n_studies", "n_participants", "benefit", "none", "harm"]),
    "Sensitivity": (
        "synthesised",
        "sensitivity_summary",
        ["n_studies", "n_left_out", "n_cells", "n_cells_emptied", "n_cells_changed", "n_leading_changed"],
    ),
    "Vote count": (
        "synthesised",
        "vote_count",
        [
            *("n_studies", "benefit", "harm", "n_with_direction", "none", "mixed", "unclear", "n_without_direction"),
            *("share", "wilson_low", "wilson_high", "p_two_sided", "smallest_p"),
        ],
    ),
    "P-values": (
        "synthesised",
        "p_combined",
        ["n_studies", "n_entered", "n_bounded", "n_not_entered", "fisher_chi2", "fisher_df", "fisher_p", "stouffer_p"],
    ),
    "P-values by study": ("synthesised", "p_entered", ["one_sided"]),
    "SWiM": ("synthesised", "swim", ["item", "topic", "sentence"]),
    "Harms by group": ("harmed", "by_group", ["at_least", "at_most", "n_exposed", "proportion", "wilson_low"]),
    "Harms compared summary": ("harmed", "compared_across", ["n_studies", "n_compared", "higher", "lower", "lowest"]),
    "Harms compared": (
        "harmed",
        "compared",
        ["intervention_x_n", "comparator_x_n", "risk_difference", "newcombe_low", "newcombe_high"],
    ),
    "Harms compared by group": ("harmed", "compared_by_group", ["risk_difference", "newcombe_low", "newcombe_high"]),
    "Stopped": ("harmed", "discontinuations", ["n_events", "n_exposed", "proportion", "wilson_high", "exact_upper"]),
    "Resolved": ("harmed", "resolution", ["n_events_rows", "denominator_rows", "n_studies"]),
    "Appraisal summary": ("appraised", "summary", ["n_studies", "denominator"]),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_the_numbers_are_those_of_the_frame(book, frames, name):
    """Each number of a sheet is the frame's, row by row, held as a number and not rounded."""
    part, key, columns = NUMBERS[name]
    frame = frames[part] if key is None else frames[part][key]
    assert len(frame)
    cells = written(book, name)
    for column in columns:
        assert cells[column] == pytest.approx(plain(frame[column])), column


def test_percentages_are_held_as_shares(book, frames):
    """A percentage of the frames (0 to 100) stands as a share of 1 with a percentage's format."""
    for name, frame in (("Cross", frames["charted"]["cross"]), ("Appraisal summary", frames["appraised"]["summary"])):
        assert written(book, name)["share"] == pytest.approx([value / 100 for value in frame["percent"]])


def test_every_table_has_its_sheet_and_the_first_sheet_names_them_all(book):
    """Sheets stand in the order of the list on the first sheet, each name fits on a tab and links to its sheet."""
    specs, read = book
    assert sorted(specs) == sorted([*ALWAYS, *FURTHER])
    assert read.sheetnames == ["Read me", *specs]
    first = read["Read me"]
    listed = [first.cell(row, 1) for row in range(4, 4 + len(specs))]
    assert [cell.value for cell in listed] == list(specs)
    assert [cell.hyperlink.location for cell in listed] == [f"'{name}'!A1" for name in specs]
    assert [first.cell(cell.row, 2).value for cell in listed] == [sheet.about for sheet in specs.values()]
    assert all(len(name) <= 31 for name in read.sheetnames)


def some(frames, names):
    """The frames without those named, or with them empty."""
    return {part: {name: frame for name, frame in those.items() if name in names} for part, those in frames.items()}


OLD = {"characteristics", "studies", "folded", "tally", "grid", "harms", "summary", "silence"}


def test_a_missing_frame_gives_no_sheet(frames):
    """With only the first frames there are only the first eight sheets."""
    parts = {part: frames[part] for part in ("charted", "synthesised", "harmed")}
    assert [sheet.name for sheet in workbook.sheets_of(**some(parts, OLD))] == ALWAYS


def test_an_empty_frame_gives_no_sheet(frames):
    """A frame without lines gives no sheet, whatever its columns."""
    emptied = {
        part: {name: frame if part != "appraised" and name in OLD else frame[:0] for name, frame in those.items()}
        for part, those in frames.items()
        if part != "agreement"
    }
    assert [sheet.name for sheet in sheets_of(emptied, agreement=frames["agreement"][:0])] == ALWAYS


def test_the_workbook_does_not_depend_on_when_it_is_made(frames, tmp_path):
    """The same frames give the same bytes, with every sheet there."""
    for name in ("a.xlsx", "b.xlsx"):
        workbook.write(tmp_path / name, sheets_of(frames), title="T")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_caveats_stand_above_the_numbers(book):
    """The caveats of vote counting and of combined p-values stand under the sheet's title, whole."""
    _, read = book
    assert read["Vote count"]["A2"].value == vote_counting.CAVEAT
    assert read["P-values"]["A2"].value == vote_counting.P_CAVEAT


@pytest.mark.parametrize("name", ["Tally", "Tally totals", "Strata"])
def test_how_people_were_counted_stands_below_their_numbers(book, name):
    """Every sheet with a number of participants says by which rule they were counted."""
    assert "Participants: Each person once." in [cell.value for cell in book[1][name]["A"]]


@pytest.mark.parametrize(
    "name",
    ["Harms by group", "Harms compared summary", "Harms compared", "Harms compared by group", "Stopped", "Resolved"],
)
def test_silence_stands_beside_every_table_of_harms(book, name):
    """Three of the five studies say nothing of harms; each sheet of harms says so."""
    notes = " ".join(str(cell.value) for cell in book[1][name]["A"])
    assert "3 of 5 studies are silent on harms" in notes
    if "compared" in name:
        assert "othing is pooled" in notes


def test_the_cells_that_change_stand_beside_the_counts_of_all_studies(book, frames):
    """A line for each cell and analysis that changes, with the direction counts before and after."""
    cells = written(book, "Sensitivity cells")
    table = frames["synthesised"]["sensitivity"]
    changed = table[table["changed"] == "yes"]
    assert cells["label"] == changed["label"].tolist()
    for name in ("n_studies", "benefit", "none", "harm", "mixed", "unclear"):
        assert cells[name] == changed[name].tolist()
        whole = table[table["analysis"] == "all"].set_index(["condition", "outcome_domain"])[name]
        keys = zip(changed["condition"], changed["outcome_domain"], strict=True)
        assert cells[f"all_{name}"] == [whole[key] for key in keys]


def test_analyses_that_change_nothing_have_no_sheet_of_cells(frames):
    """Where no analysis changes a cell the summary alone stands there."""
    table = frames["synthesised"]["sensitivity"]
    same = {**frames["synthesised"], "sensitivity": table[table["changed"] == "no"]}
    names = [sheet.name for sheet in sheets_of({**frames, "synthesised": same})]
    assert "Sensitivity" in names
    assert "Sensitivity cells" not in names


def test_the_traffic_light_shows_each_judgement_in_words_and_colour(book):
    """A study a line, a domain a column; words from the codebook, a colour for each, none where nobody judged."""
    sheet = book[1]["Appraisal"]
    assert [cell.value for cell in sheet[3]] == ["Study", "selection", "overall"]
    lines = {row[0].value: row[1:] for row in sheet.iter_rows(min_row=4, max_row=8)}
    assert [cell.value for cell in lines["A2001"]] == ["Some concerns", "Some concerns"]
    assert [cell.value for cell in lines["B2002"]] == ["High risk", "High risk"]
    assert [cell.value for cell in lines["E2005"]] == ["not appraised"] * 2
    colours = [lines[study][1].fill.fgColor.rgb for study in ("A2001", "B2002")]
    assert len(set(colours)) == 2
    assert lines["E2005"][1].fill.fill_type is None
    assert any("A2001, selection (low; some)" in str(cell.value) for cell in sheet["A"])


def test_each_instrument_has_its_own_traffic_light(frames):
    """Several instruments have a sheet each, also where their names begin alike and are longer than a tab."""
    studies, _, _, judged, _ = a_review()
    for tools in (
        ["RoB 2", "ROBINS-I"],
        ["A long name of an instrument, first", "A long name of an instrument, second"],
    ):
        both = pd.concat([judged.assign(instrument=tool) for tool in tools], ignore_index=True)
        lights = appraisal.traffic_light(both.astype("string"), studies, judgements_order=JUDGEMENTS)
        made = [
            sheet for sheet in sheets_of(frames, appraised={"lights": lights}) if sheet.name.startswith("Appraisal")
        ]
        assert len({sheet.name[:31] for sheet in made}) == 2
        assert [tool in sheet.about for tool, sheet in zip(sorted(tools), made, strict=True)] == [True, True]


def test_events_in_no_group_have_no_sheet_by_group(frames):
    """Where the codebook groups no event, the sheets by group would say what Harms says, and are not there."""
    _, _, charted, _, _ = a_review()
    single = charted[charted["event"] != "sleep disturbance"]
    apart = {
        **frames["harmed"],
        "by_group": harms_groups.by_group(single, {}),
        "compared_by_group": frames["harmed"]["compared"],
    }
    names = [sheet.name for sheet in sheets_of({**frames, "harmed": apart})]
    assert "Harms compared" in names
    assert not [name for name in names if "by group" in name]


def test_each_sheet_says_first_what_it_lost(frames):
    """The sentence on values set aside is the first footnote of each sheet of its part, and of no other."""
    losses = {"agreement": "lost votes", "synthesis": "lost findings", "harms": "lost harms"}
    first = {sheet.name: next(iter(sheet.footnotes), "") for sheet in sheets_of(frames, losses=losses)}
    assert first["Agreement"] == "lost votes"
    assert first["Vote count"] == first["Tally totals"] == first["Strata"] == "lost findings"
    assert first["Stopped"] == first["Harms compared"] == "lost harms"
    assert [
        name for name, said in first.items() if name in ("SWiM", "Cross", "Appraisal") and said in losses.values()
    ] == []


def test_headers_say_which_end_of_an_interval_a_number_is(book):
    """Lower ends are headed "from" and upper ends "to"; a sign of a direction heads the count of that direction."""
    heads = {"low": "from", "high": "to"}
    signs = {"benefit": "▲", "none": "○", "harm": "▼", "mixed": "◆", "unclear": "?"}
    for sheet in book[0].values():
        for column in sheet.columns:
            end = column.name.rpartition("_")[2]
            if (
                column.name.startswith(("wilson", "clopper", "newcombe", "kappa", "ac1", "fleiss", "alpha"))
                and end in heads
            ):
                assert column.header == heads[end], (sheet.name, column.name)
            if column.name.removeprefix("all_") in signs:
                assert column.header == signs[column.name.removeprefix("all_")], (sheet.name, column.name)
