"""Evidence for tests of figures: the example, made-up reviews of any size, and what can be read back from an svg."""

import random
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from scopeline import cells, codebook, evidence, harms, settings, synthesis
from scopeline.charting import FieldSpec
from scopeline.figures import (
    albatross,
    appraisal_figure,
    effect_direction,
    evidence_map,
    harms_plot,
    harvest,
    look,
    ranges,
    trend,
)
from scopeline.judgement import judge

ROOT = Path(__file__).resolve().parents[1]
SVG = "{http://www.w3.org/2000/svg}"

CONDITIONS = [
    "fibromyalgia",
    "long and very long name of a rare <condition> & its kin",
    "Crohn's disease",
    "low back pain",
]
DOMAINS = ["pain", "function", "sleep", "endoscopic appearance", "quality of life", "mood"]
DESIGNS = ["randomised controlled trial", "cohort", "case series"]
EVENTS = ["any adverse event", "nausea", "vivid dreams"]
JUDGEMENTS = ["low", "some concerns", "high"]
RANGES = (
    FieldSpec("dose_mg", "Dose", "range", unit="mg"),
    FieldSpec("duration_months", "Duration", "range", unit="months"),
)


@dataclass
class Evidence:
    """The frames that figures are made of, and the orders of the codebook."""

    studies: pd.DataFrame
    findings: pd.DataFrame
    harms: pd.DataFrame
    appraisal: pd.DataFrame
    conditions: list
    domains: list
    designs: list
    events: list
    labels: dict

    @cached_property
    def folded(self):
        return synthesis.fold(self.findings)

    @cached_property
    def proportions(self):
        return harms.proportions(self.harms, self.studies)

    @cached_property
    def silence(self):
        return harms.silence(self.harms, self.studies)

    def draw(self):
        """Name → drawing of every figure, each drawn once."""
        return self._drawn

    @cached_property
    def _drawn(self):
        common = {"labels": self.labels}
        axes = {"rows_order": self.conditions, "columns_order": self.domains}
        overall = {
            study: said
            for study, domain, said in zip(
                *(self.appraisal[name] for name in ("study_id", "domain", "judgement")), strict=True
            )
            if domain == "selection"
        }
        return {
            "evidence_map": evidence_map.draw(self.folded, self.studies, **axes, **common),
            "evidence_map_design": evidence_map.draw(
                self.folded, self.studies, series="design", series_order=self.designs, name="evidence_map_design",
                **axes, **common,
            ),
            "effect_direction": effect_direction.draw(
                self.folded, self.studies, groups_order=self.conditions, columns_order=self.domains,
                appraisal=overall, appraisal_order=JUDGEMENTS, **common,
            ),
            "harvest": harvest.draw(
                self.folded, self.studies, columns_order=self.domains, height_order=self.designs, **common
            ),
            "harms": harms_plot.draw(self.proportions, self.silence, events_order=self.events, **common),
            "trend": trend.draw(self.studies, values_order=self.designs, **common),
            "dose_duration": ranges.draw(self.studies, RANGES, groups_order=self.conditions, **common),
            "appraisal": appraisal_figure.draw(self.appraisal, judgements_order=JUDGEMENTS, **common),
            "albatross": albatross.draw(self.findings, self.studies, columns_order=self.domains, **common),
        }  # fmt: skip


@cache
def example():
    """The example review through the library's own reading and judging; skips the test where it is not there."""
    raw = ROOT / "raw"
    if not (raw / "charting.xlsx").exists():
        pytest.skip("raw/charting.xlsx is not here")
    book = codebook.load(ROOT / "config" / "codebook.yaml")
    chosen = settings.load(ROOT / "config" / "config.yaml", book)
    files = [path for path in sorted(raw.iterdir()) if path.suffix in cells.SPREADSHEETS]
    review = judge([cells.read(path, f"raw/{path.name}") for path in files], book, chosen).review
    return Evidence(
        review.table("studies"),
        review.table("findings"),
        review.table("harms"),
        review.table("appraisal") if "appraisal" in review.tables else empty().appraisal,
        evidence.order(book, "condition"),
        evidence.order(book, "outcome_domain"),
        evidence.order(book, "design"),
        [value.value for value in book.field("harms", "event").allowed],
        evidence.labels(book),
    )


@cache
def made(n, seed=1):
    """A review of `n` studies, always the same: every direction, basis, kind of missing and state of harms."""
    dice = random.Random(seed)  # noqa: S311 - a made-up review needs no secret
    studies, findings, charted, appraised = [], [], [], []
    for number in range(n):
        study = f"Author{number:03d}" + dice.choice(["", "", "_WithAVeryLongNameOfItsTrial", " & <Co>"])
        low = dice.choice([None, 0.5, 1, 3, 4.5])
        long = dice.choice([None, 0.7, 3, 12, 60])
        conditions = "; ".join(dice.sample(CONDITIONS, dice.choice([1, 1, 1, 2])))
        controlled = dice.choice(["yes", "no", None])
        studies.append(
            (study, conditions, dice.choice([2019, 2020, 2021, 2024, None]), dice.choice(DESIGNS), controlled,
             dice.choice([None, 1, 30, 120, 4000]), low, low and low + dice.choice([0, 0, 3]), long, long)
        )  # fmt: skip
        for _ in range(dice.choice([0, 1, 2, 5])):
            p = dice.choice([None, 0.001, 0.03, 0.04, 0.5])
            findings.append(
                (f"F{len(findings):04d}", study, conditions, dice.choice(DOMAINS), "a measure",
                 dice.choice(["vs placebo", "before-after", "other", None]),
                 dice.choice(["benefit", "benefit", "none", "harm", "mixed", "unclear"]),
                 None if p is None else str(p), p, None if p is None else dice.choice(["=", "<"]))
            )  # fmt: skip
        state = dice.choice(["events", "events", "zero_stated", "not_reported", "not_assessed"])
        if state in ("events", "zero_stated"):
            for event in dice.sample(EVENTS, 2):
                for arm in ("LDN", "placebo") if controlled == "yes" else ("LDN",):
                    exposed = dice.choice([None, 10, 40])
                    n_events = 0 if state == "zero_stated" else dice.choice([None, 1, 10])
                    charted.append((study, arm, event, state, n_events, exposed))
        else:
            charted.append((study, "LDN", None, state, None, None))
        if dice.random() < 0.7:
            appraised += [
                (study, "a tool", domain, dice.choice(JUDGEMENTS)) for domain in ("selection", "outcome data")
            ]
    return Evidence(
        _studies(studies),
        _findings(findings),
        harms_of(charted),
        _appraisal(appraised),
        CONDITIONS,
        DOMAINS,
        DESIGNS,
        EVENTS,
        {},
    )


@cache
def empty():
    """A review in which nothing is charted yet."""
    return Evidence(_studies([]), _findings([]), harms_of([]), _appraisal([]), CONDITIONS, DOMAINS, DESIGNS, EVENTS, {})


def shuffled(review, seed=0):
    """The same review with its rows in another order."""
    frames = [
        frame.sample(frac=1, random_state=seed)
        for frame in (review.studies, review.findings, review.harms, review.appraisal)
    ]
    return Evidence(*frames, review.conditions, review.domains, review.designs, review.events, review.labels)


def _frame(lines, columns, **kinds):
    frame = pd.DataFrame(lines, columns=columns)
    return frame.astype({name: kinds.get(name, "string") for name in columns})


def _studies(lines):
    columns = ["study_id", "condition", "year", "design", "controlled", "n"]
    ends = ["dose_mg_low", "dose_mg_high", "duration_months_low", "duration_months_high"]
    frame = _frame(lines, [*columns, *ends], year="Int64", n="Int64", **dict.fromkeys(ends, "Float64"))
    return frame.assign(
        dose_mg=frame["dose_mg_low"].astype("string"), duration_months=frame["duration_months_low"].astype("string")
    )


def _findings(lines):
    columns = [
        "finding_id",
        "study_id",
        "condition",
        "outcome_domain",
        "outcome_measure",
        "contrast",
        "direction",
        "p_value",
    ]
    return _frame(lines, [*columns, "p_value_number", "p_value_bound"], p_value_number="Float64")


def harms_of(lines):
    """The typed frame of harms of such lines: study, arm, event, status, events, exposed."""
    columns = ["study_id", "arm", "event", "harms_status", "n_events", "n_exposed"]
    return _frame(lines, columns, n_events="Int64", n_exposed="Int64")


def _appraisal(lines):
    return _frame(lines, ["study_id", "instrument", "domain", "judgement"])


def tree(figure):
    """The svg of a figure as a tree; our own text, so the parser needs no guard."""
    return ElementTree.fromstring(figure.svg)


def marks(drawing, **wanted):
    """The data- attributes of the marks of all pages that have those `wanted` (True for any value)."""
    found = []
    for figure in drawing.pages:
        for each in tree(figure).iter(f"{SVG}g"):
            if each.get("class") == "mark":
                about = {
                    name.removeprefix("data-"): value for name, value in each.attrib.items() if name.startswith("data-")
                }
                about["title"] = each.find(f"{SVG}title").text
                if all(name in about and value in (True, about[name]) for name, value in wanted.items()):
                    found.append(about)
    return found


def twin(drawing):
    """The csv twins of all pages as one frame; without pages one without columns."""
    frames = [figure.data for figure in drawing.pages]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def ids(mark):
    """The studies of a mark."""
    return [part for part in mark["ids"].split("; ") if part]


def boxes(figure):
    """Left, top, right, bottom and words of each text of a figure, with letters as wide as the widest face."""
    found = []
    for each in tree(figure).iter(f"{SVG}text"):
        size = float(each.get("font-size", look.SIZE))
        wide = look.width_of(each.text or "", size, bold=each.get("font-weight") == "bold") * 0.98
        before = {"start": 0, "middle": 0.5, "end": 1}[each.get("text-anchor", "start")] * wide
        turned = re.match(r"translate\(([-\d.]+) ([-\d.]+)\) rotate\(-90\)", each.get("transform", ""))
        if turned:
            x, y = float(turned[1]), float(turned[2])
            found.append((x - 0.72 * size, y - wide + before, x + 0.1 * size, y + before, each.text))
        else:
            x, y = float(each.get("x")), float(each.get("y"))
            found.append((x - before, y - 0.72 * size, x - before + wide, y + 0.1 * size, each.text))
    return found


def overlaps(figure):
    """Pairs of texts that lie upon one another, and texts that leave the page."""
    page = tree(figure)
    right, bottom = float(page.get("width")), float(page.get("height"))
    found = sorted(boxes(figure), key=lambda box: box[1])
    over = [(box[4], "off the page") for box in found if box[0] < 0 or box[1] < 0 or box[2] > right or box[3] > bottom]
    for place, a in enumerate(found):
        for b in found[place + 1 :]:
            if b[1] >= a[3]:
                break
            if a[0] < b[2] and b[0] < a[2]:
                over.append((a[4], b[4]))
    return over


def grey(svg):
    """The picture as a printer without colour shows it."""

    def lightness(found):
        red, green, blue = (int(found[1][place : place + 2], 16) for place in (0, 2, 4))
        level = round(0.2126 * red + 0.7152 * green + 0.0722 * blue)
        return f"#{level:02x}{level:02x}{level:02x}"

    return re.sub(r"#([0-9a-f]{6})", lightness, svg)
