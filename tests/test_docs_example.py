"""Every number of docs/example.md is what a run of the example gives.

Each function below stands for one part of the page and says, in the page's order, the words that hold its numbers, with
the numbers taken from the tables that the run publishes (or, where the page says so, from the charting workbook). The
page stays written by hand: words between these may change freely, a number may not, and none may stand outside them.
"""

import csv
import re
from collections import Counter

import pytest
from example_review import rows
from example_run import ROOT, table, tables
from openpyxl import load_workbook

PAGE = ROOT / "docs" / "example.md"

#: What the press text (record R0255) says, and when it appeared. It is not in the spreadsheets.
PRESS = {"months": "1 to 12 months", "conditions": "six conditions", "side_effects": "0 to 33 %", "year": 2022}

#: Studies whose charted year is not that of their first appearance; the page says why.
ONLINE_BEFORE = {"Paula2023", "Sangalli2023"}
PAGES_AFTER = {"RodriguezFreire_INNOVA"}

WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]

#: A number: digits (also within an ID), or a word for two to twelve. "One" also counts nothing: "the one that".
NUMBER = re.compile(rf"[A-Za-z_]*\d(?:[\w_]|[.,](?=\d))*|\b(?:{'|'.join(WORDS[2:])})\b", re.IGNORECASE)


def members(cell):
    return set(cell.split("; ")) - {""}


def studies():
    return {line["study_id"]: line for line in rows("studies")}


def folds(domain, basis):
    """Study → direction, of the published folds of one domain and basis; each study once."""
    lines = [line for line in table("directions") if (line["outcome_domain"], line["basis"]) == (domain, basis)]
    found = {line["study_id"]: line["direction"] for line in lines}
    assert len({(line["study_id"], line["direction"]) for line in lines}) == len(found), "a study with two directions"
    return found


def tallied(domain, basis, *names):
    """The cells of one line of a table of directions: studies, then each direction named."""
    counted = Counter(folds(domain, basis).values())
    assert sum(counted[name] for name in names) == counted.total(), "a direction that the page's table does not show"
    return " | ".join(str(number) for number in (counted.total(), *(counted[name] for name in names)))


def found(domain, basis, study):
    """The findings behind one study's direction: `F084, F085`."""
    ids = [
        name
        for line in table("directions")
        if (line["outcome_domain"], line["basis"], line["study_id"]) == (domain, basis, study)
        for name in line["finding_ids"].split("; ")
    ]
    assert ids, (domain, basis, study)
    return ", ".join(sorted(set(ids)))


def saying(domain, basis, direction):
    """The studies with a direction, in the order of their findings."""
    named = [study for study, said in folds(domain, basis).items() if said == direction]
    return sorted(named, key=lambda study: found(domain, basis, study))


def cited(domain, basis, direction):
    """Each study with a direction and its findings, as the page cites them: `Cree2010 (F013`."""
    return [f"{study} ({found(domain, basis, study)}" for study in saying(domain, basis, direction)]


def before(study):
    """Whether a study appeared before the press text, by the rule of the page; None where it cannot be dated."""
    if study in ONLINE_BEFORE or study in PAGES_AFTER:
        return study in ONLINE_BEFORE
    year = studies()[study]["year"]
    return int(year) <= PRESS["year"] if year.isdigit() else None


def finding(name):
    return next(line for line in rows("findings") if line["finding_id"] == name)


def characteristic(field, category):
    return next(line for line in table("characteristics") if (line["field"], line["category"]) == (field, category))


def counted(field, category):
    return int(characteristic(field, category)["n"])


def percent(share, digits=0):
    return f"{100 * float(share):.{digits}f} %"


def harm(study, event, arm="LDN"):
    lines = [line for line in table("harms") if (line["study_id"], line["event"], line["arm"]) == (study, event, arm)]
    return lines[0] if lines else None


def shown(study, event, arm):
    """A cell of a harms table: x/n, with the share where it is not zero; blank where there is no such arm."""
    line = harm(study, event, arm)
    if line is None:
        return " "
    return f" {line['x_n']} " if line["n_events"] == "0" else f" {line['x_n']} ({percent(line['proportion'])}) "


def row(study, event):
    """The line of a harms table: the study, its people on the drug, and on placebo."""
    return f"| {study} |{shown(study, event, 'LDN')}|{shown(study, event, 'placebo')}|"


def minus(number):
    return f"{float(number):.2f}".replace("-", "−")


def opening():
    study_lines, finding_lines, harm_lines = rows("studies"), rows("findings"), rows("harms")
    sought = load_workbook(ROOT / "raw" / "screening.xlsx", read_only=True)["reports"].iter_rows(values_only=True)
    n_reports = sum(1 for line in sought if any(line)) - 1
    with open(ROOT / "raw" / "records.csv", encoding="utf-8-sig", newline="") as lines:
        records = {line["record_id"]: line for line in csv.DictReader(lines)}
    assert records["R0255"]["source_type"] == "other"
    return [
        f"{len(records)} records, {n_reports} reports sought, {len(study_lines)} studies, "
        f"{len(finding_lines)} findings, {len(harm_lines)} lines on harms",
        f"November {PRESS['year']}",
        "record R0255, excluded as not primary research",
    ]


def before_you_read():
    return ["list of 47 studies"]  # what that review says of itself: raw/README.md


def how_counted():
    lines = [line for line in table("directions") if line["basis"] != "other"]
    assert all("at least 70 %" in line["why"] for line in lines if line["direction"] in ("benefit", "none", "harm"))
    changed = [line for line in table("directions") if line["share"] and 0.7 <= float(line["share"]) < 1]
    assert [(line["study_id"], line["outcome_domain"], line["direction"]) for line in changed] == [
        ("Raknes2019", "medication use", "benefit")
    ]
    line = changed[0]
    return [
        "at least 70 % of its findings with a clear direction",
        f"one direction elsewhere, Raknes2019 on medication use (benefit in {line['benefit']} of {line['n_findings']} ",
        "IDs such as F009",
    ]


def pain():
    names = ("benefit", "none", "mixed")
    benefit, none, mixed = (saying("pain", "comparative", name) for name in names)
    assert mixed == ["Bruun2024"]
    early = Counter(name for name in names for study in saying("pain", "comparative", name) if before(study))
    late = Counter(name for name in names for study in saying("pain", "comparative", name) if before(study) is False)
    assert early["mixed"] == late["benefit"] == 0 and late["mixed"] == 1
    assert early + late == Counter(folds("pain", "comparative").values())
    others = folds("pain", "other")
    assert set(others) == {"Martin2022", "BruunPlesner2020", "McKenzieBrown2023"} and others["Martin2022"] == "benefit"
    assert finding("F084")["direction"] == "none"
    apart = {study: found("pain", "other", study) for study in others}
    return [
        f"| comparative | {tallied('pain', 'comparative', *names)} |",
        f"| uncontrolled | {tallied('pain', 'uncontrolled', *names)} |",
        f"The {WORDS[len(benefit)]} comparative studies with a benefit are",
        *cited("pain", "comparative", "benefit"),
        f"{WORDS[len(none)].capitalize()} found no difference:",
        *cited("pain", "comparative", "none"),
        f"Bruun2024 is mixed over its pain findings ({found('pain', 'comparative', 'Bruun2024')})",
        "its primary outcome, F084, is no difference",
        f"{WORDS[early['benefit']]} found a benefit and {WORDS[early['none']]} no difference; "
        f"the {WORDS[late['none']]} others without a difference and the mixed one came after it",
        f"one matched cohort with a benefit (Martin2022, {apart['Martin2022'].replace(', ', ' and ')})",
        f"a dose-finding study (BruunPlesner2020, {apart['BruunPlesner2020'].replace(', ', ' and ')})",
        f"McKenzieBrown2023 ({apart['McKenzieBrown2023']})",
    ]


def function():
    names = ("benefit", "none", "mixed")
    assert [before(study) for study in folds("function", "comparative")] == [False] * 3
    return [
        f"| comparative | {tallied('function', 'comparative', *names)} |",
        f"| uncontrolled | {tallied('function', 'uncontrolled', *names)} |",
        *cited("function", "comparative", "none"),
        f"All {WORDS[len(folds('function', 'comparative'))]} appeared after the press text",
    ]


def symptoms():
    names = ("benefit", "none", "mixed", "unclear")
    domains = {"symptom severity": "symptom severity", "sleep": "sleep", "mood": "mood", "fatigue": "fatigue"}
    lines = []
    for domain, label in domains.items():
        lines.append(f"| {label} | comparative | {tallied(domain, 'comparative', *names)} |")
        lines.append(f"| | uncontrolled | {tallied(domain, 'uncontrolled', *names)} |")
    work = {line["study_id"] for line in table("directions") if "work" in line["outcome_domain"]}
    mood = Counter(folds("mood", "comparative").values())
    younger, younger_later, smith = saying("symptom severity", "comparative", "benefit")
    by_id = {study: found("symptom severity", "comparative", study) for study in (younger, younger_later, smith)}
    assert finding(by_id["Younger2013"])["p_value"] == "0.05"
    assert finding(by_id["Smith2011"])["condition"] == "Crohn's disease"
    assert saying("fatigue", "comparative", "benefit") == ["Younger2009"]
    assert saying("sleep", "comparative", "none") == ["Younger2013"]
    return [
        *lines,
        f"| work capacity | any | {len(work)} |",
        f"Mood: {WORDS[mood['benefit']]} against {WORDS[mood['none']]}",
        f"Younger2009 ({by_id['Younger2009']})",
        f"Younger2013 ({by_id['Younger2013']}, p printed as 0.05)",
        f"Smith2011 ({by_id['Smith2011']})",
        *(f"{study} ({found('symptom severity', 'comparative', study)})" for study in
          saying("symptom severity", "comparative", "none")),
        f"(Younger2013, {found('sleep', 'comparative', 'Younger2013')})",
        f"(Younger2009, {found('fatigue', 'comparative', 'Younger2009')})",
    ]  # fmt: skip


def bowel():
    domain = "endoscopic appearance"
    trial, cases, series = (
        found(domain, "comparative", "Smith2011").split(", ")[0],
        found(domain, "uncontrolled", "CrohnCasePair"),
        found(domain, "uncontrolled", "IBDseries2014"),
    )
    assert "5 points or more" in finding(trial)["outcome_measure"]
    drug, placebo = re.fullmatch(r"(\d+)% vs (\d+)%", finding(trial)["effect_text"]).groups()
    seen, of = re.search(r"data for (\d+) of (\d+)", finding(series)["note"]).groups()
    assert of == studies()["IBDseries2014"]["n"]
    return [
        f"| comparative | {tallied(domain, 'comparative', 'benefit')} |",
        f"| uncontrolled | {tallied(domain, 'uncontrolled', 'benefit')} |",
        "Smith2011: the endoscopic score fell by 5 points or more in "
        f"{drug} % on LDN and {placebo} % on placebo, p = {finding(trial)['p_value']} ({trial})",
        f"(CrohnCasePair, {cases})",
        f"endoscopic data for {seen} of its {of} people (IBDseries2014, {series})",
    ]


def length():
    compared = folds("pain", "comparative")
    months = {study: [float(end) for end in studies()[study]["duration_months"].split("-")] for study in compared}
    lowest, highest = min(min(ends) for ends in months.values()), max(max(ends) for ends in months.values())
    ran = {study: f"{months[study][-1]:g}" for study in saying("pain", "comparative", "benefit")}
    assert ran["Younger2009"] == ran["Cree2010"] and len(ran) == 3
    innova = [line["finding_id"] for line in rows("findings") if line["study_id"] == "RodriguezFreire_INNOVA"]
    assert {finding(name)["direction"] for name in innova} == {"none"}
    assert max(months["RodriguezFreire_INNOVA"]) == highest and innova == sorted(innova)
    alone = {
        study: max(float(end) for end in studies()[study]["duration_months"].split("-"))
        for line in rows("findings")
        if (study := line["study_id"]) and line["contrast"] in ("before-after", "single case")
        and studies()[study]["duration_months"]
    }  # fmt: skip
    longest = sorted(study for study, ran_for in alone.items() if ran_for == max(alone.values()))
    return [
        PRESS["months"],
        f"gave the drug for {lowest:g} to {highest:g} months",
        f"of the {WORDS[len(compared)]} studies above",
        f"The {WORDS[len(ran)]} with a benefit ran {ran['Younger2009']} (Younger2009, Cree2010) and "
        f"{ran['Younger2013']} months (Younger2013)",
        f"The trial of {highest:g} months found no difference (RodriguezFreire_INNOVA, {innova[0]} to {innova[-1]})",
        f"that at {finding('F093')['timepoint']}",
        f"go up to {max(alone.values()):g} months ({', '.join(longest)})",
    ]


def conditions():
    crohn = "Crohn's disease"
    both = members(characteristic("condition", "low back pain")["study_ids"])
    assert both == {"Ghai2014", "Deshpande2021"} and studies()["Ghai2014"]["n"] == "1"
    assert "Deshpande2021" in members(characteristic("condition", "fibromyalgia")["study_ids"])
    assert studies()["Chopra2013"]["n"] == "2"
    few = ["diabetic neuropathy", "low back pain", "rheumatoid arthritis", "complex regional pain syndrome"]
    assert {counted("condition", name) for name in few} == {1, 2}
    placebo = {line["condition"] for line in rows("findings") if line["contrast"] == "vs placebo"}
    assert not any(name in condition for name in few for condition in placebo)
    assert members(characteristic("condition", "diabetic neuropathy")["study_ids"]) == {"Srinivasan2021"}
    assert members(characteristic("condition", "rheumatoid arthritis")["study_ids"]) == {"Raknes2019"}
    assert members(characteristic("condition", "complex regional pain syndrome")["study_ids"]) == {"Chopra2013"}
    return [
        PRESS["conditions"],
        f"| fibromyalgia | {counted('condition', 'fibromyalgia')} | one of them with low back pain (Deshpande2021)",
        f"| Crohn's disease | {counted('condition', crohn)} | and "
        f"{counted('condition', 'inflammatory bowel disease')} of Crohn's disease and ulcerative colitis together, "
        f"{counted('condition', 'ulcerative colitis')} of ulcerative colitis |",
        f"| diabetic neuropathy | {counted('condition', few[0])} | Srinivasan2021,",
        f"| low back pain | {counted('condition', few[1])} | one man (Ghai2014), and a chart review with fibromyalgia "
        "(Deshpande2021)",
        f"| rheumatoid arthritis | {counted('condition', few[2])} | Raknes2019,",
        f"| complex regional pain syndrome | {counted('condition', few[3])} | Chopra2013, two patients |",
        f"behind each of the other {WORDS[len(few)]} stand one or two studies",
        f"for any of the {WORDS[len(few)]}",
    ]


ANY, STOPPED = "any adverse event", "discontinued because of adverse event"
NOT_SINGLE = {ANY, "serious adverse event", STOPPED}


def side_effects():
    on_drug = [line for line in table("harms") if line["arm"] == "LDN" and line["event"] == ANY]
    with_people = [line for line in on_drug if line["x_n"]]
    order = sorted(with_people, key=lambda line: (-float(line["proportion"]), -int(line["n_exposed"])))
    trials = [line["study_id"] for line in with_people if harm(line["study_id"], ANY, "placebo")]
    assert [before(study) for study in trials] == [False, False]
    assert all(float(line["proportion"]) > 0.5 for line in with_people if line["study_id"] in trials)
    driver = harm("Driver2023", ANY)
    share = re.search(r"\((\d+)%\)", driver["as_reported"])[1]
    silent_on_people = [
        line["study_id"] for line in on_drug if not line["n_events"] and line["harms_status"] == "events"
    ]
    assert set(silent_on_people) == {"Gironi2008", "BruunPlesner2020", "Isman2024"}
    assert harm("Srinivasan2021", ANY)["x_n"] == ""
    single = [
        line
        for line in table("harms")
        if line["arm"] == "LDN" and line["event"] not in NOT_SINGLE and line["harms_status"] == "events"
        and line["x_n"] and line["study_id"] != "Zashin2020"
    ]  # fmt: skip
    low = min(single, key=lambda line: float(line["proportion"]))
    high = max(single, key=lambda line: float(line["proportion"]))
    states = {line["state"]: int(line["n_studies"]) for line in table("harms_silence")}
    table_lines = [row(line["study_id"], ANY) for line in order]
    place = next(at for at, line in enumerate(order) if line["n_events"] == "0")
    table_lines.insert(place, f"| Driver2023 | {driver['n_events']} people, given as {share} % | |")
    return [
        PRESS["side_effects"],
        *table_lines,
        f"In the {WORDS[len(trials)]} trials that count it most people had some event",
        f"{WORDS[len(silent_on_people)].capitalize()} more studies say",
        "(Gironi2008, BruunPlesner2020, Isman2024)",
        "counts events instead of people (Srinivasan2021)",
        f"from {percent(low['proportion'])} ({low['event']}, {low['study_id']}, {low['x_n']}) to "
        f"{percent(high['proportion'])} ({high['event']}, {high['study_id']}, {high['x_n']})",
        "one of a pair of cases (Zashin2020)",
        f"{states['events']} studies report at least one event in some arm, {states['zero_stated']} only say that "
        f"events did not occur, {states['not_reported']} report nothing on harms in the text read, and "
        f"{states['not_assessed']} could not have seen any",
    ]


def which_side_effects():
    named = {
        "vivid dreams": ["vivid dreams"],
        "insomnia or sleep disturbance": ["insomnia", "sleep disturbance"],
        **{name: [name] for name in ("nausea", "diarrhoea", "headache", "fatigue")},
    }
    summary = [line for line in table("harms_summary") if line["arm_group"] == "intervention"]
    lines, said = [], []
    for label, events in named.items():
        ids = set().union(*(members(line["n_events_stated_ids"]) for line in summary if line["event"] in events))
        said.append(f"{label} {len(ids)}")
        lines += [
            line
            for line in table("harms")
            if line["arm"] == "LDN" and line["event"] in events and line["harms_status"] == "events"
        ]
    without = [line for line in lines if not line["x_n"]]
    return [
        ", ".join(said),
        f"{WORDS[len(without)].capitalize()} of these {len(lines)} lines give no number of people",
    ]


def resolved():
    lines = [line for line in table("harms") if line["arm"] == "LDN" and line["harms_status"] == "events"]
    course = Counter(line["resolved"] for line in lines)
    went = [line for line in lines if line["resolved"] == "yes"]
    inferred = [line for line in went if line["study_id"] == "Polo2019"]
    assert any(line["study_id"] == "Dieckmann2021" and line["event"] == "abdominal pain" for line in went)
    assert any(line["study_id"] == "Isman2024" and line["event"] == "skin irritation" for line in went)
    assert all("no long-term adverse symptoms" in line["charted_note"] for line in inferred)
    assert course["no"] == 0 and set(course) == {"yes", "partly", ""}
    return [
        f"Of {len(lines)} lines with events on LDN",
        f"is yes in {course['yes']}, partly in {course['partly']} and blank in {course['']}; none says no",
        f"Of the {WORDS[course['yes']]}, one resolved on a lower dose (Dieckmann2021, abdominal pain)",
        "(Isman2024)",
        f'{WORDS[len(inferred)]} are inferred from "no long-term adverse symptoms" (Polo2019)',
    ]


def stopped():
    lines = [line for line in table("harms") if line["event"] == STOPPED and line["arm"] == "LDN"]
    order = sorted(
        lines, key=lambda line: (harm(line["study_id"], STOPPED, "placebo") is None, -float(line["proportion"]))
    )
    table_lines = [row(line["study_id"], STOPPED) for line in order]
    driver = re.search(r"(\d+)% stopped for any reason", harm("Driver2023", ANY)["charted_note"])[1]
    irwin = harm("Irwin2024", STOPPED)
    every, without, lost = re.search(r"(\d+) \(\d+%\) .*: (\d+) no benefit, (\d+) lost", irwin["charted_note"]).groups()
    assert harm("Cree2010", STOPPED, "all")["n_events"] == "1" and harm("Cree2010", STOPPED) is None
    return [
        *table_lines,
        f"{driver} % in Driver2023 (harms › Driver2023, LDN",
        f"{every} of {irwin['n_exposed']} in Irwin2024, of whom {int(without) + int(lost)} had no benefit or lost it "
        "(harms › Irwin2024, LDN",
        "In Cree2010 one person stopped and the arm is not stated",
    ]


def controlled():
    designs = ("randomised controlled trial", "randomised crossover trial")
    trials = {name: counted("design", name) for name in designs}
    group = members(characteristic("controlled", "yes")["study_ids"])
    randomised = set().union(*(members(characteristic("design", name)["study_ids"]) for name in designs))
    assert group - randomised == {"Younger2009", "Martin2022"} and randomised < group
    people = [int(line["n"]) for line in rows("studies")]
    doses = [float(end) for line in rows("studies") if line["dose_mg"] for end in line["dose_mg"].split("-")]
    blank = next(line for line in table("characteristics") if line["field"] == "dose_mg" and line["missing"] == "True")
    assert blank["category"] == "not charted yet"
    return [
        f"{len(group)} of {characteristic('controlled', 'yes')['denominator']} studies are controlled, "
        f"{sum(trials.values())} of them randomised",
        f"{trials[designs[0]]} randomised controlled and {trials[designs[1]]} randomised crossover trials",
        f"The other {WORDS[len(group - randomised)]} are a fixed-order crossover (Younger2009) and a matched cohort "
        "(Martin2022)",
        f"from {min(people)} to {max(people)} (characteristics.csv › n)",
        f"from {min(doses):g} to {max(doses):g} mg where given (› dose_mg; {blank['n']} blank)",
    ]


def in_short():
    def with_group(domain):
        said = folds(domain, "comparative")
        return f"{list(said.values()).count('benefit')} of {len(said)}"

    def share(study):
        return percent(harm(study, ANY)["proportion"])

    benefits = [float(studies()[study]["duration_months"]) for study in saying("pain", "comparative", "benefit")]
    stops = sorted(
        float(line["proportion"]) for line in table("harms") if line["event"] == STOPPED and line["arm"] == "LDN"
    )
    group = characteristic("controlled", "yes")
    return [
        f"| pain improved | without a control group; with one, {with_group('pain')} |",
        f"| function improved | without a control group; with one, {with_group('function')} |",
        f"overall {with_group('symptom severity')} with a control group; sleep {with_group('sleep')}, "
        f"mood {with_group('mood')}, fatigue {with_group('fatigue')}, work no row |",
        f"| for {PRESS['months']} | benefits with a control group up to {max(benefits):g} months |",
        f"| {PRESS['conditions']} | two studied, four with one or two studies each |",
        f"| side effects {PRESS['side_effects']} | {share('RodriguezFreire_INNOVA')} and {share('Bruun2024')} in two "
        "later trials",
        f"| few stopped for side effects | {100 * stops[0]:.0f} to {percent(stops[-1])} |",
        f"| few controlled, variable | {group['n']} of {group['denominator']} |",
    ]


def left_out():
    lines = {line["analysis"]: line for line in table("further/sensitivity_summary")}
    whole = lines.pop("all")
    labels = {"controlled": "controlled studies", "comparative": "comparative findings",
              "clear": "studies without a mixed direction"}  # fmt: skip
    impossible = [name for name, line in lines.items() if not line["n_studies"]]
    assert set(impossible) == set(lines) - set(labels)
    events = {ANY: "any", "serious adverse event": "serious", STOPPED: "stopped because of it"}
    compared = [line for line in table("further/harms_compared") if line["compared"] == "yes"]
    assert {line["event"] for line in compared} == set(events)
    assert len({(line["study_id"], line["event"]) for line in compared}) == len(compared)
    silence = {line["state"]: line for line in table("harms_silence")}
    silent = sum(int(silence[state]["n_studies"]) for state in ("not_reported", "not_assessed"))
    sleep = [line for line in table("further/harms_by_group")
             if line["event_group"] == "Trouble sleeping" and line["arm_group"] == "intervention"]  # fmt: skip
    numbers = [harm(line["study_id"], line["events"]) for line in sleep]
    told = [line["x_n"].replace("/", " of ") for line in numbers if line["x_n"]]
    return [
        f"Of the {whole['n_studies']} studies and the {whole['n_cells']} cells",
        *(
            f"| {label} | {lines[name]['n_studies']} | {lines[name]['n_cells']} | {lines[name]['n_cells_emptied']} |"
            for name, label in labels.items()
        ),
        f"{WORDS[len(impossible)].capitalize()} analyses cannot be made and say so",
        "95 % Newcombe interval",
        *(
            f"| {line['study_id']} | {events[line['event']]} | {line['intervention_x_n']} | {line['comparator_x_n']} | "
            f"{minus(line['risk_difference'])} ({minus(line['newcombe_low'])} to {minus(line['newcombe_high'])}) |"
            for line in compared
        ),
        f"{silent} of the {silence['events']['denominator']} studies say nothing on harms or did not assess them",
        f"{WORDS[len(sleep)]} studies, with numbers in {WORDS[len(told)]} ({'; '.join(told)})",
    ]


def dated():
    when = Counter(before(study) for study in studies())
    undated = sorted(study for study in studies() if before(study) is None)
    assert all(studies()[study]["year"] == "2023" for study in ONLINE_BEFORE)
    assert all(not studies()[study]["year"] for study in PAGES_AFTER)
    return [
        f"{when[True]} of the {when.total()} appeared before it, {when[False]} after, and {when[None]} cannot be dated "
        f"({', '.join(undated)})",
        f"{' and '.join(sorted(ONLINE_BEFORE))} were online in {PRESS['year']} and count as before",
    ]


def agreement():
    lines = {line["stage"]: line for line in table("agreement")}
    cells = ("n_joint", "both_include", "a_only", "b_only", "both_exclude")
    full = lines["full_text"]
    return [
        f"Agreement of the {WORDS[2]} passes",
        *(
            f"| {label} | {' | '.join(lines[stage][name] for name in cells)} | "
            f"{float(lines[stage]['percent_agreement']):.3f} | {float(lines[stage]['kappa']):.2f} |"
            for stage, label in (("title_abstract", "title and abstract"), ("full_text", "full text"))
        ),
        f"agree in {int(full['both_include']) + int(full['both_exclude'])} of {full['n_joint']}",
        "agreement of two automated passes, not of two people",
    ]


#: The parts of the page, by heading, and what each must say, in this order.
PARTS = {
    "": opening,
    "Before you read the table": before_you_read,
    "How the counts are made": how_counted,
    "Pain improved": pain,
    "Function improved": function,
    "Symptoms became less severe: sleep, mood, fatigue, ability to work": symptoms,
    "In Crohn's disease the bowel looked better": bowel,
    f"For as long as the studies ran, {PRESS['months']}": length,
    f"In {PRESS['conditions']}": conditions,
    f"Side effects in {PRESS['side_effects']}": side_effects,
    "Most often trouble sleeping, vivid dreams, headache and nausea": which_side_effects,
    "Most resolved while the drug was continued": resolved,
    "Very few stopped because of side effects": stopped,
    "Few studies were controlled, and they differ a great deal": controlled,
    "In short": in_short,
    "What stands when parts are left out": left_out,
    "Which came before the press text": dated,
    "Agreement of the two passes": agreement,
}


def parts(text):
    """The page by heading; the heading's own words stand in its part too, and all space is one blank."""
    found = {}
    for piece in re.split(r"^(?=#{2,3} )", text, flags=re.MULTILINE):
        heading = re.match(r"#+ (.*)", piece)[1] if piece.startswith("##") else ""
        found[heading] = " ".join(re.sub(r"\]\([^)]*\)", "]", piece).split())
    return found


def unheld(text, expected):
    """What a page says otherwise than the results, and its numbers that nothing holds."""
    told = []
    page = parts(text)
    told += [f"no part is headed '{heading}'" for heading in expected if heading not in page]
    for heading, said in page.items():
        rest, at = [], 0
        for words in expected.get(heading, []):
            wanted = " ".join(words.split())
            place = said.find(wanted, at)
            if place < 0:
                told.append(f"{heading}: the results say '{wanted}'")
                continue
            rest.append(said[at:place])
            at = place + len(wanted)
        rest.append(said[at:])
        told += [f"{heading}: nothing holds '{number}'" for piece in rest for number in NUMBER.findall(piece)]
    return told


@pytest.fixture(scope="module")
def expected():
    """What the results say, part by part."""
    return {heading: says() for heading, says in PARTS.items()}


def test_every_number_of_the_page_is_that_of_the_results(expected):
    """No number of docs/example.md differs from the published tables, and none stands there unheld."""
    assert unheld(PAGE.read_text(encoding="utf-8"), expected) == []


def test_no_number_of_the_page_can_change_unnoticed(expected):
    """Each number is changed for itself, in a copy of the page, and each time the copy is refused."""
    text = PAGE.read_text(encoding="utf-8")
    as_it_is = unheld(text, expected)
    links = [match.span() for match in re.finditer(r"\]\([^)]*\)", text)]
    numbers = [match for match in NUMBER.finditer(text) if not any(low <= match.start() < high for low, high in links)]
    assert len(numbers) > 300
    unnoticed = [
        (number.group(), text[max(0, number.start() - 30) : number.end() + 20])
        for number in numbers
        if unheld(text[: number.start()] + changed(number.group()) + text[number.end() :], expected) == as_it_is
    ]
    assert unnoticed == []


def test_every_table_that_the_page_names_is_published():
    """`further/harms_compared.csv` and the others are files of `results/tables/`."""
    named = set(re.findall(r"[\w/]+\.csv", PAGE.read_text(encoding="utf-8")))
    assert len(named) > 7
    assert [name for name in sorted(named) if not (tables() / name).exists()] == []


def changed(number):
    """Another number in its place: the last digit one higher, or another word."""
    if digits := list(re.finditer(r"\d", number)):
        at = digits[-1].start()
        return f"{number[:at]}{(int(number[at]) + 1) % 10}{number[at + 1 :]}"
    return "seven" if number.lower() != "seven" else "eight"
