"""The sums of a flow judged on sets: what each box holds against what it must hold (identities F1 to F15)."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from scopeline.flow_rows import Arm, Rows, Source, extra_reports
from scopeline.identities import FlowException, Identity, compare
from scopeline.terms import Stage, State

_BEFORE = {
    "excluded": "screened",
    "not_retrieved": "sought",
    "assessed": "sought",
    "reports_excluded": "assessed",
    "included_reports": "assessed",
}


class Sums:
    """Judges the identities one after the other. In each, left is the box and right is its reckoning.

    `numbers` are the numbers of the boxes as they are shown, by name.
    """

    def __init__(self, rows: Rows, numbers: Mapping[str, int], exceptions: Sequence[FlowException]) -> None:
        self.rows, self.numbers, self.exceptions = rows, numbers, list(exceptions)
        self.identities: list[Identity] = []
        named = rows.reports[["report_id", "record_id"]].dropna()
        self.aliases = dict(zip(named["report_id"].to_list(), named["record_id"].to_list(), strict=True))

    def n(self, name: str) -> str:
        return f"{name} {self.numbers.get(name, 0)}"

    def judge(
        self, name: str, left: str, right: str, only_left: Iterable[str], only_right: Iterable[str], without: str = ""
    ) -> Identity:
        exceptions = [each for each in self.exceptions if each.name != without]
        identity = compare(name, left, right, only_left, only_right, exceptions=exceptions, aliases=self.aliases)
        self.identities.append(identity)
        return identity

    def explain(self, exception: FlowException) -> None:
        """Print an exception of the list beside the sum judged last."""
        self.identities[-1] = self.identities[-1].explained(exception)

    def named(self, name: str) -> FlowException | None:
        return next((each for each in self.exceptions if each.name == name), None)

    def sources(self, name: str, box: str, here: np.ndarray, sources: Mapping[str, Source]) -> None:
        """F1, F7: every record identified was found at one kind of source."""
        if sources:
            sums = " + ".join(f"{kind} {source.n}" for kind, source in sources.items())
            missing: set[str] = set()
            if sum(len(source.members) for source in sources.values()) != int(here.sum()):
                missing = set(self.rows.ids[here]).difference(*(source.members for source in sources.values()))
            self.judge(name, self.n(box), sums, missing, ())

    def f2(self, arm: Arm) -> None:
        """Records screened are those identified less those removed before."""
        masks = arm.records
        reckoned = masks["identified"] & ~masks["duplicates"] & ~masks["automation"] & ~masks["removed_other"]
        left = masks["screened"]
        right = f"{self.n('identified')} − {self.n('duplicates')} − {self.n('automation')} − " + (
            f"other {self.numbers['removed_other']}"
        )
        self.judge("F2", self.n("screened"), right, self.rows.ids[left & ~reckoned], self.rows.ids[reckoned & ~left])

    def f3(self, arm: Arm, stages: Sequence[str]) -> None:
        """Reports are sought for the records screened and not excluded, one for each."""
        reckoned = arm.records["screened"] & ~arm.records["excluded"]
        added, lacking = self._sought(arm, reckoned)
        identity = self.judge("F3", self.n("sought"), f"{self.n('screened')} − {self.n('excluded')}", added, lacking)
        single = self.named("single_stage")
        if Stage.TITLE_ABSTRACT not in stages and identity.holds and single is not None:
            self.explain(single)

    def _sought(self, arm: Arm, reckoned: np.ndarray) -> tuple[list[str], np.ndarray]:
        """Reports sought beyond one for each reckoned record, and reckoned records without one."""
        sought = arm.reports["sought"]
        of_record = self.rows.of_record[sought]
        has_report = np.zeros(len(self.rows.ids), dtype=bool)
        has_report[of_record[of_record >= 0]] = True
        ids = self.rows.report_ids[sought]
        further = set(extra_reports(self.rows)).intersection(ids.tolist())
        added = [*self.rows.ids[has_report & ~reckoned], *ids[of_record < 0], *further]
        return added, self.rows.ids[reckoned & ~has_report]

    def reports(self, arm: Arm) -> None:
        """F4 to F6, F8: assessed are those retrieved; excluded those with a reason; included those assessed and not
        excluded. In a flow with two arms the included reports of both are in one box.
        """
        ids, masks, p = self.rows.report_ids, arm.reports, arm.prefix
        names = ("F8", "F8", "F8") if p else ("F4", "F5", "F6")
        reached = masks["sought"] & ~masks["not_retrieved"]
        right = f"{self.n(p + 'sought')} − {self.n(p + 'not_retrieved')}"
        only = ids[masks["assessed"] & ~reached], ids[reached & ~masks["assessed"]]
        self.judge(names[0], self.n(p + "assessed"), right, *only)
        reason, excluded = self.rows.reports["reason"], masks["reports_excluded"]
        sizes = reason[excluded].value_counts().sort_values(ascending=False, kind="stable").tolist()
        without = excluded & reason.isna().to_numpy(dtype=bool)
        sums = f"reasons {' + '.join(str(size) for size in sizes) or '0'}"
        self.judge(names[1], self.n(p + "reports_excluded"), sums, ids[without], ())
        kept = masks["assessed"] & ~excluded
        left = self.n(p + "included_reports")
        if not p and "other_included_reports" in self.numbers:
            left = f"{left} − other {self.numbers['other_included_reports']}"
        included = masks["included_reports"]
        right = f"{self.n(p + 'assessed')} − {self.n(p + 'reports_excluded')}"
        self.judge(names[2], left, right, ids[included & ~kept], ids[kept & ~included])

    def f7(self, arm: Arm) -> None:
        """Reports of other methods are sought for each record that no database had and no title ruled out."""
        masks = arm.records
        ruled_out = masks["automation"] | masks["removed_other"] | masks["excluded"]
        reckoned = masks["identified"] & ~ruled_out
        added, lacking = self._sought(arm, reckoned)
        right = self.n("other_identified")
        for name in ("other_automation", "other_removed_other", "other_records_excluded"):
            right += f" − {self.n(name)}" if self.numbers.get(name) else ""
        self.judge("F7", self.n("other_sought"), right, added, lacking)

    def f9(self, included: np.ndarray, from_other: np.ndarray) -> None:
        """Reports included came from databases and registers or from other sources; `from_other` is of the records."""
        of_record = self.rows.of_record
        known = included & (of_record >= 0)
        other = int(from_other[of_record[known]].sum())
        right = f"databases and registers {int(known.sum()) - other} + other sources {other}"
        self.judge("F9", self.n("included_reports"), right, self.rows.report_ids[included & ~known], ())

    def f10(self, studies: pd.DataFrame, included: Sequence[str], n_studies: int) -> None:
        """Studies included are the distinct studies of the included reports; more studies than reports need a name."""
        unassigned = set(included) - set(studies["report_id"])
        per_report = studies["study_id"][studies["report_id"].duplicated()]
        further = per_report if n_studies > len(included) else ()
        right = f"distinct studies of {len(included)} included reports {n_studies}"
        fewer = self.named("studies_fewer_than_reports")
        left = f"included_studies {n_studies}"
        identity = self.judge("F10", left, right, further, unassigned, without="studies_fewer_than_reports")
        if identity.holds and fewer is not None and n_studies < len(included) - len(unassigned):
            self.explain(fewer)

    def f12(self, arms: Sequence[Arm]) -> None:
        """No box has what the box before it in the same unit has not."""
        ids = self.rows.report_ids
        beyond: set[str] = set()
        for arm in arms:
            for smaller, larger in _BEFORE.items():
                if smaller in arm.reports:
                    beyond.update(ids[arm.reports[smaller] & ~arm.reports[larger]])
                elif not arm.prefix:
                    beyond.update(self.rows.ids[arm.records[smaller] & ~arm.records[larger]])
        left = f"{self.n('identified')} ≥ {self.n('screened')} ≥ {self.n('excluded')}"
        right = f"{self.n('sought')} ≥ {self.n('assessed')} ≥ {self.n('included_reports')}"
        self.judge("F12", left, right, beyond, ())

    def f13(self, arms: Sequence[Arm], unknown: Iterable[str], typed: int) -> None:
        """Every record identified ends in exactly one terminal box; `typed` records are known as a number only."""
        ids = self.rows.ids
        ends = np.zeros(len(ids), dtype=np.int8)
        through_reports = np.zeros(len(ids), dtype=np.int8)
        for arm in arms:
            for name in ("duplicates", "automation", "removed_other", "excluded"):
                ends += arm.records[name]
            reports = arm.reports
            terminal = reports["not_retrieved"] | reports["reports_excluded"] | reports["included_reports"]
            of_record = self.rows.of_record[terminal | reports["awaiting"] | reports["ongoing"]]
            through_reports[of_record[of_record >= 0]] = 1
        ends += through_reports
        beside = f" + {typed} known by number" if typed else ""
        left = f"in one terminal box {int((ends == 1).sum())}{beside}"
        right = " + ".join(self.n(f"{arm.prefix}identified") for arm in arms)
        self.judge("F13", left, right, ids[ends > 1], [*ids[ends == 0], *unknown])

    def f14(self, charted: set[str], included: set[str], allowed: set[str]) -> None:
        """Every included study is charted, and none is charted that is not included, awaited or of before."""
        left, right = f"charted studies {len(charted)}", f"studies of included reports {len(included)}"
        if waiting := (charted & allowed) - included:
            right += f" + studies that wait or were included before {len(waiting)}"
        self.judge("F14", left, right, charted - included - allowed, included - charted)

    def f15(self, ends: np.ndarray, removed: np.ndarray, n_duplicates: int) -> None:
        """Every duplicate leads to a record that was kept. `removed` is of the numbers in `ends`."""
        duplicate = self.rows.standing(State.DUPLICATE)
        astray = duplicate & ((ends < 0) | removed[ends])
        left = f"duplicates {n_duplicates}"
        right = f"duplicates that lead to a record kept {n_duplicates - int(astray.sum())}"
        self.judge("F15", left, right, self.rows.ids[astray], ())
