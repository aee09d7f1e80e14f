"""The lives of a review: what became of any record, report or study, and why.

`Lives` holds a review beside what was reckoned from it and tells the life of any ID in its tables. What cannot be
known, because a table is missing or a cell is wrong, is said as such.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from .codebook import Codebook
from .flow import Flow
from .issues import Issue
from .life import RECORD, REPORT, STUDY, Charted, Fault, Finding, Folded, Found, Harm, Life, Placed, ReportOf
from .life_reasons import Reasons
from .life_ties import Ties, parts, text_of
from .review import Review
from .screening import Screening
from .settings import Settings
from .terms import CHARTED, Severity, Stage


class Lives:
    """Tells the life of every ID of a review.

    review: folded, as `judgement.judge` gives it. screening: what it came to. flow: None where it cannot be counted.
    folded: the frame `folded` of `evidence.synthesised`; None where there is none. issues: of the judgement; errors are
    told with the lives whose rows they stand in. unknown: why flow or synthesis are missing, a sentence each.
    The order of rows changes nothing.
    """

    def __init__(
        self,
        review: Review,
        screening: Screening,
        codebook: Codebook,
        settings: Settings,
        *,
        flow: Flow | None = None,
        folded: pd.DataFrame | None = None,
        issues: Sequence[Issue] = (),
        unknown: Sequence[str] = (),
    ) -> None:
        self.codebook, self.settings, self.screening, self.folded = codebook, settings, screening, folded
        self.ties = Ties(review, screening, flow)
        self.reasons = Reasons(self.ties, settings.screening.reviewers)
        self.unknown = [*unknown]
        self._errors: dict[tuple[str, str, int], list[Issue]] = {}
        for item in issues:
            if item.severity == Severity.ERROR and item.row is not None:
                self._errors.setdefault((item.file, item.sheet, item.row), []).append(item)
        self._boxes: dict[tuple[str, str], list[Placed]] = {}
        if flow is not None:
            unit_of = {"records": RECORD, "reports": REPORT, "studies": STUDY}
            for name, box in flow.boxes.items():
                for member in box.members:
                    placed = Placed(name, box.label, box.unit, member)
                    self._boxes.setdefault((unit_of[box.unit], member), []).append(placed)
            if not flow.proved:
                broken = ", ".join(dict.fromkeys(each.id for each in flow.identities if not each.holds))
                self.unknown.append(f"The PRISMA flow does not add up yet ({broken}), so its boxes may still change.")
        for name in ("records", "votes"):
            if name not in review.tables:
                self.unknown.append(f"No table '{name}' could be read.")
        self._ids = self.ties.ids()

    def ids(self) -> dict[str, tuple[str, ...]]:
        """Every ID that the tables name → what it is: record, report, study, or several of these. Sorted."""
        return self._ids

    def find(self, name: str) -> str:
        """The ID that is meant: as it stands, or, where only one ID fits, whatever its case. "" where there is none."""
        given = name.strip()
        if given in self._ids:
            return given
        near = [each for each in self._ids if each.casefold() == given.casefold()]
        return near[0] if len(near) == 1 else ""

    def near(self, name: str, most: int = 5) -> list[str]:
        """The IDs most like a name that is none, the likest first."""
        from rapidfuzz import fuzz, process

        found = process.extract(
            name, list(self._ids), scorer=fuzz.ratio, processor=str.casefold, limit=most * 4, score_cutoff=60
        )
        return [each for each, *_ in sorted(found, key=lambda told: (-told[1], told[0]))][:most]

    def of(self, name: str) -> tuple[Life, ...]:
        """The lives of an ID, one for each thing that it is: record, report, study. None for an ID there is not."""
        return tuple(self.life(name, kind) for kind in self._ids.get(name, ()))

    def life(self, name: str, kind: str) -> Life:
        """The life of an ID as one kind of thing."""
        records, reports, studies = self._around(name, kind)
        state = self.ties.state(name, kind)
        why, cells = self.reasons.why(name, kind, state)
        rows = self._rows(records, reports, studies)
        chain = self.ties.chain(name) if kind == RECORD else []
        survivor = chain[-1].duplicate_of if chain else ""
        boxes = [
            placed
            for of_kind, members in ((RECORD, records), (REPORT, reports), (STUDY, studies))
            for member in members
            for placed in self._boxes.get((of_kind, member), [])
        ]
        return Life(
            name,
            kind,
            self._title(records, studies, kind),
            state,
            why,
            tuple(dict.fromkeys(cells)),
            found=tuple(self._found(at) for at in rows["records"]),
            duplicate_of=tuple(chain),
            survivor=survivor,
            survivor_state=self.ties.state(survivor, RECORD) if survivor else "",
            duplicates=tuple(one for record in records for one in self.ties.duplicates(record)),
            votes=tuple(self.ties.vote(at) for at in rows["votes"]),
            decisions=tuple(self.ties.decided(at) for at in rows["decisions"]),
            outcomes=tuple(
                self.ties.outcomes[each, stage]
                for stage in Stage
                for each in dict.fromkeys([*records, *reports])
                if (each, stage) in self.ties.outcomes
            ),
            reports=tuple(self._report(each) for each in reports if self.ties.is_listed(each)),
            studies=tuple(studies),
            charted=tuple(self._charted(table, at) for table in CHARTED for at in rows[table]),
            boxes=tuple(dict.fromkeys(boxes)),
            directions=tuple(one for study in studies for one in self._directions(study)),
            harms=tuple(self._harm(at) for at in rows["harms"]),
            faults=tuple(self._faults(rows)),
            unknown=tuple(self.unknown),
        )

    def _around(self, name: str, kind: str) -> tuple[list[str], list[str], list[str]]:
        """The records, reports and studies that a life is told with."""
        if kind == STUDY:
            reports = self.ties.reports_of_study(name)
            return sorted({each for report in reports for each in self.ties.records_of(report)}), reports, [name]
        reports = [name] if kind == REPORT else self.ties.reports_of_record(name)
        records = [name] if kind == RECORD else self.ties.records_of(name)
        studies = sorted({study for report in reports for study in self.ties.studies_of(report)})
        return records, reports, studies

    def _rows(self, records: list[str], reports: list[str], studies: list[str]) -> dict[str, list[int]]:
        """Table → the positions of the rows that belong to a life, in the order of the files."""
        cast_on = list(dict.fromkeys([*records, *(each for each in reports if each not in self.ties.states)]))
        ids = {
            "records": ("record_id", records),
            "votes": ("record_id", cast_on),
            "decisions": ("record_id", cast_on),
            "reports": ("report_id", reports),
            **dict.fromkeys(CHARTED, ("study_id", studies)),
        }
        return {
            name: self.ties.tables[name].order(at for each in wanted for at in self.ties.tables[name].rows(field, each))
            for name, (field, wanted) in ids.items()
        }

    def _found(self, at: int) -> Found:
        table = self.ties.tables["records"]
        kind, name = table.texts("source_type")[at], table.texts("source_name")[at]
        return Found(table.texts("record_id")[at], kind, name, table.cell(at, "source_type" if kind else "record_id"))

    def _report(self, report: str) -> ReportOf:
        table, at = self.ties.tables["reports"], self.ties.report_rows(report)[0]
        state = self.ties.state(report, REPORT)
        return ReportOf(
            report,
            table.texts("record_id")[at],
            tuple(parts(table.texts("study_id")[at])),
            table.texts("retrieved")[at],
            table.texts("status")[at],
            state,
            self.ties.report_states.get(report, ("", ""))[1],
            table.cell(at, "report_id"),
            table.cell(at, "retrieved"),
        )

    def _charted(self, name: str, at: int) -> Charted:
        table, spec = self.ties.tables[name], self.codebook.tables.get(name)
        keys = [key for key in (spec.primary_key if spec else ()) if key != "study_id"]
        said = " · ".join(table.texts(key)[at] for key in keys if table.texts(key)[at])
        who = table.texts(self.settings.charting.reviewer)[at]
        return Charted(name, table.texts("study_id")[at], said, who, table.cell(at, keys[0] if keys else "study_id"))

    def _directions(self, study: str) -> list[Folded]:
        if self.folded is None:
            return []
        how = self.settings.synthesis
        chosen = self.folded[(self.folded["study_id"] == study).fillna(False)]
        found = []
        for line in chosen.to_dict("records"):
            share: Any = line["share"]
            found.append(
                Folded(
                    study,
                    text_of(line[how.rows]),
                    text_of(line[how.columns]),
                    text_of(line["basis"]),
                    text_of(line["direction"]),
                    None if pd.isna(share) else float(share),
                    how.majority,
                    line.get("speaks", "yes") == "yes",
                    tuple(self._finding(study, each) for each in parts(text_of(line["finding_ids"]))),
                )
            )
        return found

    def _finding(self, study: str, name: str) -> Finding:
        table, field = self.ties.tables["findings"], self.settings.synthesis.direction
        rows = [at for at in table.rows("finding_id", name) if table.texts("study_id")[at] == study]
        if not rows:
            return Finding(name, "", "")
        at = table.order(rows)[0]
        return Finding(name, table.texts(field)[at], table.cell(at, field))

    def _harm(self, at: int) -> Harm:
        fields = ("study_id", "arm", "event", "harms_status", "n_events", "n_exposed")
        study, arm, event, status, n_events, n_exposed = self.ties.said("harms", at, *fields)
        cell = self.ties.tables["harms"].cell(at, "event" if event else "study_id")
        return Harm(study, arm, event, status, n_events, n_exposed, cell)

    def _faults(self, rows: Mapping[str, list[int]]) -> list[Fault]:
        places = {self.ties.tables[name].where(at): None for name, listed in rows.items() for at in listed}
        items = [item for place in places for item in self._errors.get(place, [])]
        return list(dict.fromkeys(Fault(item.rule, item.message, item.place) for item in items))

    def _title(self, records: list[str], studies: list[str], kind: str) -> str:
        order = [("studies", "study_id", studies), ("records", "record_id", records)]
        for name, field, ids in order if kind == STUDY else order[::-1]:
            table = self.ties.tables[name]
            titles = [table.texts("title")[at] for each in ids for at in table.order(table.rows(field, each))]
            if any(titles):
                return next(title for title in titles if title)
        return ""
