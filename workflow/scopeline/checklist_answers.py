"""What can be said of the items of a checklist: each answer is reckoned from the data or read in the configuration."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from . import text
from .charting import MISSING_LABELS
from .codebook import Codebook
from .report import evidence_map, sentences
from .report.page import Evidence
from .report.places import Published
from .report.words import Cell, Pen
from .settings import Settings

#: How many sources of one kind are named; the list of what each brought has all.
_MOST_SOURCES = 12


@dataclass(frozen=True)
class Facts:
    """What answers are made from: the evidence of the report, settings, codebook, and the files of the results.

    `files` are paths below results/, `published` reads them, so that answers name their rows. `team` is checklist →
    item → the team's own answer. `appraisal` is the table of that name, `excluded` the list
    `flow_lists.excluded_at_full_text`.
    """

    evidence: Evidence
    settings: Settings
    codebook: Codebook
    files: Collection[str]
    team: Mapping[Any, Mapping[str, str]] = field(default_factory=dict)
    appraisal: pd.DataFrame | None = None
    excluded: pd.DataFrame | None = None
    published: Published = field(default_factory=Published)


class Answers:
    """The sentences that items name under `said`: each method gives some, none where there is nothing to say."""

    def __init__(self, facts: Facts, pen: Pen) -> None:
        self.facts, self.pen, self.text = facts, pen, pen.text

    def said(self, name: str) -> list[str]:
        """The sentences of one name; raises AttributeError where there is no such."""
        return [sentence for sentence in getattr(self, name)() if sentence]

    def at(self, file: str, column: str) -> None:
        """Say that an answer rests on a column of a whole table."""
        self.pen.placed.append(Cell(file, column, how="rows"))

    def titled(self) -> bool:
        """Whether the title, or the line below it, says that this is a scoping review."""
        about = self.facts.settings.review
        return "scoping" in f"{about.title} {about.subtitle}".lower()

    def title(self) -> list[str]:
        about = self.facts.settings.review
        whole = ": ".join(self.text(part) for part in (about.title, about.subtitle) if part)
        named = "" if self.titled() else " It does not say that this is a scoping review."
        return [f'The title is "{whole}".{named}']

    def question(self) -> list[str]:
        return [self.text(self.facts.settings.review.question)] if self.facts.settings.review.question else []

    def reasons_allowed(self) -> list[str]:
        reason = self.facts.codebook.field("votes", "reason")
        listed = [self.text(value.label or value.value) for value in reason.allowed] if reason else []
        return [f"Sources could be excluded for these reasons: {'; '.join(listed)}."] if listed else []

    def source_names(self) -> list[str]:
        told = []
        for arm in ("sources", "other_sources"):
            for source in (self.facts.evidence.flow.get(arm) or {}).values():
                names = [f"{self.text(name)} ({text.number(n)})" for name, n in source.get("names", {}).items()]
                self.at("prisma/lists/source_yield.csv", "found")
                shown = [
                    *names[:_MOST_SOURCES],
                    *([f"{len(names) - _MOST_SOURCES} more"] * (len(names) > _MOST_SOURCES)),
                ]
                told += [f"{self.text(source['label'])}: {'; '.join(shown)}."] if names else []
        return told

    def votes(self) -> list[str]:
        how = self.facts.settings.screening
        maybe = {
            "include": 'as "include"',
            "exclude": 'as "exclude"',
            "category": 'as "include" for the decision, and as a category of its own for agreement',
        }
        who = "someone other than those who voted" if how.adjudicator == "other" else "any member of the team"
        told = [f"Each record needed {text.counted(how.reviewers, 'vote')} at each stage."]
        if not self.facts.evidence.flow.get("boxes"):
            return []
        told.append(f'A vote of "maybe" counted {maybe[how.maybe_as]}.')
        if how.reviewers > 1:
            told.append(f"Disagreements could be settled by {who}.")
        if "excluded_automation" in self.facts.evidence.flow["boxes"]:
            told.append(f"Tools that voted: {self.text(text.names(how.automation))}.")
        return told

    def agreement(self) -> list[str]:
        lines = self.facts.evidence.agreement.to_dict("records")
        return [sentences.of_agreement({str(name): value for name, value in line.items()}, self.pen) for line in lines]

    def form(self) -> list[str]:
        book = self.facts.codebook
        return [
            f"The charting form is made from the codebook {self.text(book.name)}, version {self.text(book.version)}."
        ]

    def double_charting(self) -> list[str]:
        found = self.facts.evidence.charting_agreement
        if found is None or found.empty:
            return ["No study was charted by two reviewers in these spreadsheets; agreement in charting is not known."]
        fields = found[["table", "field"]].drop_duplicates()
        who = sorted({self.text(name) for column in ("reviewer_a", "reviewer_b") for name in found[column].dropna()})
        return [
            f"Studies were charted independently by {text.names(who)}.",
            f"Agreement in charting was reckoned for {text.counted(len(fields), 'data item')}.",
        ]

    def items(self) -> list[str]:
        names = [name for name in ("studies", "findings", "harms", "appraisal") if name in self.facts.codebook.tables]
        sizes = [text.number(len(self.facts.codebook.tables[name].fields)) for name in names]
        parts = [
            f"{n} {'data items ' * (not place)}of {name}"
            for place, (n, name) in enumerate(zip(sizes, names, strict=True))
        ]
        return [f"The codebook defines {text.names(parts)}."] if parts else []

    def appraisal(self) -> list[str]:
        table = self.facts.appraisal
        if table is None or table.empty or "study_id" not in table.columns:
            return []
        tools = sorted(set(table["instrument"].dropna().astype(str))) if "instrument" in table.columns else []
        by = f" with {self.text(text.names(tools))}" if tools else ""
        studies = int(table["study_id"].nunique())
        return [f"{text.counted(studies, 'study')} {text.plural(studies, 'was')} appraised{by}."]

    def counting(self) -> list[str]:
        wanted = ("Unit", "One direction per study", "Comparative and uncontrolled", "Totals", "Missing values")
        rules = dict(sentences.how_numbers_were_made(self.facts.settings.synthesis.majority, ()))
        return [rules[name] for name in wanted if name in rules]

    def no_test(self) -> list[str]:
        asked = self.facts.settings.synthesis.vote_counting
        if asked.directions or asked.p_values:
            return ["Effects were not pooled."]
        return ["Effects were not pooled, and no test was made across studies."]

    def vote_counting(self) -> list[str]:
        asked = self.facts.settings.synthesis.vote_counting
        told = []
        if asked.directions:
            told.append(
                "As the team asked, votes were counted by direction, with an exact sign test. Studies without a "
                "direction are not in its denominator and are printed beside it."
            )
        if asked.p_values:
            told.append("As the team asked, p-values were combined by the methods of Fisher and Stouffer.")
        return told

    def flow(self) -> list[str]:
        return sentences.of_flow(self.facts.evidence.flow, self.pen)

    def characteristics(self) -> list[str]:
        studies, columns = self.facts.evidence.studies.shape
        if not studies:
            return ["No study is charted."]
        said = self.pen.counted(studies, "study", Cell("tables/studies.csv", "Study", how="rows"))
        are, items = text.plural(studies, "is"), text.counted(columns - 1, "data item")
        return [f"{said} {are} described, one in each row, by {items}."]

    def individual(self) -> list[str]:
        folds, harms, pen = self.facts.evidence.directions, self.facts.evidence.harms, self.pen
        told = []
        if len(folds):
            studies = int(folds["study_id"].nunique())
            file = "tables/directions.csv"
            told.append(
                f"{pen.counted(studies, 'study', Cell(file, 'study_id', how='distinct'))} "
                f"{text.plural(studies, 'has')} findings, folded to "
                f"{pen.counted(len(folds), 'direction', Cell(file, 'study_id', how='rows'))}: one for each study, "
                "cell of the map and kind of evidence. Each names the cells of its findings."
            )
        if len(harms):
            named = int(harms["event"].notna().sum())
            file = "tables/harms.csv"
            are = text.plural(named, "is")
            told.append(
                f"Of harms, {text.counted(named, 'result')} by study, arm and event {are} listed, with proportions "
                "where both numbers are given; studies that are silent on harms are listed too."
            )
            self.at(file, "study_id")
        return told

    def evidence(self) -> list[str]:
        tally = self.facts.evidence.tally
        return (
            sentences.of_evidence(tally, evidence_map.axes(tally), self.facts.evidence.labels, self.pen)
            if len(tally)
            else []
        )

    def caveats(self) -> list[str]:
        return [self.text(caveat) for caveat in self.facts.settings.review.caveats]

    def lost(self) -> list[str]:
        return [self.text(told) for told in dict.fromkeys(self.facts.evidence.losses.values()) if told]

    def funding(self) -> list[str]:
        known = self.facts.codebook.field("studies", "funding")
        table = self.facts.evidence.studies
        if known is None or known.label not in table.columns or table.empty:
            return []
        missing = set(MISSING_LABELS.values())
        named = sum(text.clean(value) not in missing and text.clean(value) != "" for value in table[known.label])
        self.at("tables/studies.csv", known.label)
        return [f"A funder is charted for {text.of(named, len(table))} included studies."]

    def grouping(self) -> list[str]:
        evidence, how = self.facts.evidence, self.facts.settings.synthesis
        axes = [self.text(label).lower() for label in (evidence.rows_label, evidence.columns_label)]
        told = [f"Studies were grouped by {axes[0]} and {axes[1]}."]
        told.append("Evidence against a comparator and evidence without one were grouped apart.")
        strata = [*how.strata, *(name for name in how.bands if name not in how.strata)]
        if strata:
            labels = [self.facts.evidence.field_labels.get(("studies", name), name) for name in strata]
            told.append(f"The same counts were made within {self.text(text.names(labels))}.")
        return told

    def metric(self) -> list[str]:
        words = text.names(list(text.DIRECTION_LABELS.values()))
        return [
            f"The metric is the direction of effect of each finding: {words}.",
            "Effects were not transformed to a common size.",
        ]

    def priority(self) -> list[str]:
        return [
            dict(sentences.how_numbers_were_made(self.facts.settings.synthesis.majority, ()))[
                "Comparative and uncontrolled"
            ]
        ]

    def heterogeneity(self) -> list[str]:
        how, told = self.facts.settings.synthesis, []
        if how.strata or how.bands:
            told.append("Counts were made again within strata of studies, without a test between strata.")
        if how.sensitivity and "tables/further/sensitivity_summary.csv" in self.facts.files:
            told.append(
                "Counts were made again with parts of the studies left out, such as those without a comparator; the "
                "table says what was left out and what changed."
            )
        return told

    def presentation(self) -> list[str]:
        return [
            "Tables list studies by their ID, and the rows and columns of the map in the order of the codebook.",
            "Comparative and uncontrolled evidence stand in columns of their own and have signs of their own: filled "
            "and hollow.",
        ]

    def sources(self) -> list[str]:
        return [sentences.of_sources(self.facts.evidence.flow, self.pen)]

    def reasons(self) -> list[str]:
        told = sentences.of_reasons(self.facts.evidence.flow, self.pen)
        excluded = self.facts.evidence.flow.get("boxes", {}).get("reports_excluded", {}).get("n")
        return told or (["No report was excluded at full text."] if excluded == 0 else [])

    def sums(self) -> list[str]:
        return [sentences.of_sums(self.facts.evidence.flow, self.pen)]

    def silence(self) -> list[str]:
        if not self.facts.evidence.has("harms"):
            return []
        return [sentences.of_silence(self.facts.evidence.harms_silence, self.pen)]

    def not_a_test(self) -> list[str]:
        asked = self.facts.settings.synthesis.vote_counting
        return [sentences.on_directions(counted=asked.directions, combined=asked.p_values)]

    def certainty(self) -> list[str]:
        appraised = self.appraisal()
        more = "That is a judgement of single studies and not of the certainty of a finding across them."
        return [*appraised, more] if appraised else []

    def screening_reasons(self) -> list[str]:
        return [sentences.of_screening_reasons(self.facts.evidence.flow, self.pen)]
