"""The sheets of harms: who is silent, what was seen in each arm, the arms beside each other, and what became of it.

Nothing is pooled, and beside every number stands how many studies are silent. The sheets beyond silence, summary and
harms are there only where their frames have lines.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from .sheet import EMPTY, Column, Sheet

#: Field → value → label.
Labels = Mapping[str, Mapping[str, str]]

#: Heads the bounds of a proportion that is 0.
_AT_MOST = "At most, where nobody had it"

_STATUS = {
    "events": "events",
    "zero_stated": "none, as stated",
    "not_reported": "not reported",
    "not_assessed": "not assessed",
}


def harms_sheets(frames: Mapping[str, pd.DataFrame], words: Labels) -> list[Sheet]:
    """The sheets of the frames of `evidence.harmed`; `words` are the labels of values.

    The sheets by group are there only where the codebook puts some event into a group.
    """
    made = [
        _silence_sheet(frames["silence"]),
        _harms_summary_sheet(frames["summary"], frames["silence"], words),
        _harms_sheet(frames["harms"], words),
    ]
    grouped = _filled(frames, "by_group") and bool(
        (frames["by_group"]["event_group"] != frames["by_group"]["events"]).any()
    )
    if grouped:
        made.append(_by_group_sheet(frames["by_group"], words))
    if _filled(frames, "compared_across") and "compared" in frames:
        made.append(_compared_summary_sheet(frames["compared_across"], _silent(frames["compared"]), words))
    if _filled(frames, "compared"):
        made.append(_compared_sheet("Harms compared", frames["compared"], words))
    if grouped and _filled(frames, "compared_by_group"):
        made.append(_compared_sheet("Harms compared by group", frames["compared_by_group"], words, grouped=True))
    if _filled(frames, "discontinuations"):
        made.append(_stopped_sheet(frames["discontinuations"], words))
    if _filled(frames, "resolution"):
        made.append(_resolved_sheet(frames["resolution"]))
    return made


def _filled(frames: Mapping[str, pd.DataFrame], name: str) -> bool:
    return name in frames and len(frames[name]) > 0


def _silence_sheet(frame: pd.DataFrame) -> Sheet:
    shown = frame.assign(share=frame["percent"] / 100)
    columns = [
        Column("label", "What the study says of harms", width=36),
        Column("n_studies", "Studies", "whole"),
        Column("denominator", "Of", "whole"),
        Column("share", "%", "percent"),
        Column("study_ids", "Which studies", width=80),
    ]
    footnotes = ["Absence of information is not absence of harm: read every number on harms beside these."]
    about = "How many studies report harms, and how many are silent on them."
    return Sheet("Silence on harms", about, shown, columns, footnotes, filtered=False)


def _harms_summary_sheet(frame: pd.DataFrame, silence: pd.DataFrame, words: Labels) -> Sheet:
    columns = [
        Column("event", "Event", labels=words.get("event", {}), width=28),
        Column("arm_group", "Arms", width=14),
        Column("n_studies", "naming it", "count", "Studies", width=9),
        Column("n_events_stated", "it occurred", "count", "Studies", width=10),
        Column("n_zero_stated", "stated as none", "count", "Studies", width=10),
        Column("n_with_proportion", "with x/n", "count", "Studies", width=9),
        Column("lowest", "lowest", "percent_fine", "Proportion"),
        Column("lowest_x_n", "x/n", group="Proportion", width=12),
        Column("highest", "highest", "percent_fine", "Proportion"),
        Column("highest_x_n", "x/n", group="Proportion", width=12),
        Column("study_ids", "Which studies", width=60),
    ]
    counts = {str(state): int(n) for state, n in zip(silence["state"], silence["n_studies"], strict=True)}
    silent = ", ".join(f"{counts[state]} {words}" for state, words in _SILENT.items() if counts.get(state))
    footnotes = [f"Beside these numbers: {silent} (of {int(silence['denominator'].max())} studies)."] if silent else []
    footnotes.append(
        "Lowest and highest are single studies; nothing is pooled. Definitions and follow-up differ between studies."
    )
    about = "Per event and group of arms: how many studies name it, and the lowest and highest proportion among them."
    return Sheet("Harms summary", about, frame, columns, footnotes, bands=["event"], filtered=False, frozen_columns=2)


_SILENT = {
    "not_reported": "do not report harms",
    "not_assessed": "did not assess them",
    "not_charted": "are not charted for them yet",
}


def _harms_sheet(frame: pd.DataFrame, words: Labels) -> Sheet:
    columns = [
        Column("study_id", "Study", width=26),
        Column("arm", "Arm", labels=words.get("arm", {}), width=12),
        Column("event", "Event", labels=words.get("event", {}), width=26),
        Column("harms_status", "Status", labels=_STATUS, width=15),
        Column("x_n", "x/n", width=9),
        Column("n_events", "Events", "whole"),
        Column("n_exposed", "Exposed", "whole"),
        Column("proportion", "Proportion", "percent_fine", width=11),
        Column("wilson_low", "from", "percent_fine", "Wilson 95 %", width=10),
        Column("wilson_high", "to", "percent_fine", "Wilson 95 %", width=10),
        Column("clopper_pearson_low", "from", "percent_fine", "Clopper–Pearson 95 %", width=10),
        Column("clopper_pearson_high", "to", "percent_fine", "Clopper–Pearson 95 %", width=10),
        Column("rule_of_three", "rule of three", "percent_fine", _AT_MOST, width=11, if_any=True),
        Column("exact_upper", "exact", "percent_fine", _AT_MOST, width=11, if_any=True),
        Column("as_reported", "As reported", width=36),
        Column("resolved", "Resolved", width=10),
        Column("note", "Why no proportion", width=30),
        Column("charted_note", "Reviewers' note", width=36),
    ]
    footnotes = [
        "x/n: participants with the event of those exposed. A proportion stands only where both numbers are given.",
        *_bounded(frame),
    ]
    about = "One row per study, arm and event as charted, with the proportion wherever both numbers are there."
    return Sheet("Harms", about, frame, columns, footnotes)


def _silent(frame: pd.DataFrame) -> list[str]:
    """How many studies are silent on harms, as the columns at the end of a frame say; nothing where they do not."""
    if not {"n_silent", "denominator"} <= set(frame.columns) or frame["n_silent"].isna().all():
        return []
    silent, everybody = int(frame["n_silent"].max()), int(frame["denominator"].max())
    return [
        f"Beside these numbers: {silent} of {everybody} studies are silent on harms (not reported, not assessed or not "
        "charted yet). Absence of information is not absence of harm."
    ]


def _bounded(frame: pd.DataFrame) -> list[str]:
    """What the bounds of a proportion that is 0 are, where there are any."""
    there = "exact_upper" in frame and frame["exact_upper"].notna().any()
    return [f"{_AT_MOST}: one-sided 95 % upper bounds of the proportion."] if there else []


def _by_group_sheet(frame: pd.DataFrame, words: Labels) -> Sheet:
    labels = words.get("event", {})
    columns = [
        Column("event_group", "Group of events", labels=labels, width=30),
        Column("arm_group", "Arms", width=13),
        Column("study_id", "Study", width=26),
        Column("arm", "Arm", labels=words.get("arm", {}), width=20),
        Column("events", "Events named", width=36),
        Column("harms_status", "Status", labels=_STATUS, width=15),
        Column("at_least", "at least", "whole", "People with any of them", width=8),
        Column("at_most", "at most", "whole", "People with any of them", width=8),
        Column("n_exposed", "Exposed", "whole"),
        Column("x_n", "x/n", width=12),
        Column("proportion", "Proportion", "percent_fine", width=11),
        Column("wilson_low", "from", "percent_fine", "Wilson 95 %", width=10),
        Column("wilson_high", "to", "percent_fine", "Wilson 95 %", width=10),
        Column("note", "Remark", width=44),
    ]
    footnotes = [
        *_silent(frame),
        "Where a study names several events of a group the same people may stand in more than one of them: between the "
        "largest number and the sum of them had any, and no proportion is made up. Nothing is pooled across studies.",
    ]
    about = "Events that belong together, by study and arm: each study once in a group of events."
    return Sheet(
        "Harms by group", about, frame, columns, footnotes, bands=["event_group", "arm_group"], frozen_columns=2
    )


def _compared_summary_sheet(frame: pd.DataFrame, silent: Sequence[str], words: Labels) -> Sheet:
    among = "Of these"
    columns = [
        Column("event", "Event", labels=words.get("event", {}), width=36),
        Column("n_studies", "naming it in either arm", "whole", "Studies", width=12),
        Column("n_compared", "with numbers in both arms", "count", "Studies", width=14),
        Column("higher", "more with the intervention", "count", among, width=14),
        Column("equal", "equal", "count", among, width=8),
        Column("lower", "fewer with the intervention", "count", among, width=14),
        Column("both_ways", "both, in several comparisons", "count", among, width=16),
        Column("lowest", "lowest", "points", "Difference, percentage points", width=14),
        Column("highest", "highest", "points", "Difference, percentage points", width=14),
        Column("compared_ids", "Studies with numbers", width=50),
        Column("study_ids", "Studies naming it", width=60),
    ]
    footnotes = [
        *silent,
        "Lowest and highest are single comparisons; nothing is pooled, and no test is made. A difference says nothing "
        f"of its precision: the intervals stand in the sheet Harms compared. {EMPTY} none.",
    ]
    about = "Per event: how many studies have it in both arms, which way they differ, and the range of the differences."
    return Sheet("Harms compared summary", about, frame, columns, footnotes, filtered=False)


def _compared_sheet(name: str, frame: pd.DataFrame, words: Labels, *, grouped: bool = False) -> Sheet:
    arms = words.get("arm", {})
    what = "any event of the group" if grouped else "the event"
    difference = "Risk difference, percentage points (Newcombe 95 %)"
    columns = [
        Column("event", "Group of events" if grouped else "Event", labels=words.get("event", {}), width=28),
        Column("study_id", "Study", width=26),
        *([Column("events", "Events named", width=36)] if grouped else []),
        Column("intervention_arm", "arm", group="Intervention", labels=arms, width=20),
        Column("intervention_x_n", "x/n", group="Intervention", width=10),
        Column("comparator_arm", "arm", group="Comparator", labels=arms, width=20),
        Column("comparator_x_n", "x/n", group="Comparator", width=10),
        Column("risk_difference", "difference", "points", difference, width=12),
        Column("newcombe_low", "from", "points", difference, width=10),
        Column("newcombe_high", "to", "points", difference, width=10),
        Column("compared", "Compared", width=11),
        Column("note", "Why not, or why no interval", width=50),
    ]
    footnotes = [
        *_silent(frame),
        "Risk difference: intervention minus comparator, within one study. Nothing is pooled across studies.",
        "An event that only one arm names is not a zero in the other.",
    ]
    about = f"Each study's arms beside each other: people with {what} with the intervention and the comparator."
    return Sheet(name, about, frame, columns, footnotes, bands=["event"], frozen_columns=2)


def _stopped_sheet(frame: pd.DataFrame, words: Labels) -> Sheet:
    columns = [
        Column("study_id", "Study", width=26),
        Column("arm", "Arm", labels=words.get("arm", {}), width=20),
        Column("event", "Stopped for", labels=words.get("event", {}), width=26, if_any=True),
        Column("harms_status", "Status", labels=_STATUS, width=15),
        Column("x_n", "x/n", width=9),
        Column("n_events", "Stopped", "whole"),
        Column("n_exposed", "Exposed", "whole"),
        Column("proportion", "Proportion", "percent_fine", width=11),
        Column("wilson_low", "from", "percent_fine", "Wilson 95 %", width=10),
        Column("wilson_high", "to", "percent_fine", "Wilson 95 %", width=10),
        Column("clopper_pearson_low", "from", "percent_fine", "Clopper–Pearson 95 %", width=10),
        Column("clopper_pearson_high", "to", "percent_fine", "Clopper–Pearson 95 %", width=10),
        Column("rule_of_three", "rule of three", "percent_fine", _AT_MOST, width=11, if_any=True),
        Column("exact_upper", "exact", "percent_fine", _AT_MOST, width=11, if_any=True),
        Column("as_reported", "As reported", width=36),
        Column("note", "Why no proportion", width=30, if_any=True),
    ]
    footnotes = [
        *_silent(frame),
        "Rows of the same study and arm may speak of the same people; they are not added up. Without an event the row "
        "is of stopping because of any harm.",
        *_bounded(frame),
    ]
    about = "Who stopped because of harm, by study and arm."
    return Sheet("Stopped", about, frame, columns, footnotes)


def _resolved_sheet(frame: pd.DataFrame) -> Sheet:
    columns = [
        Column("arm_group", "Arms", width=16),
        Column("resolved", "Did it pass", width=20),
        Column("n_events_rows", "Event rows", "count", width=9),
        Column("denominator_rows", "Of", "whole"),
        Column("n_studies", "Studies", "count"),
        Column("events", "Which events", width=60),
        Column("study_ids", "Which studies", width=60),
    ]
    footnotes = [
        *_silent(frame),
        f"An event row is one event in one arm of one study, where the event occurred; not a person. {EMPTY} none.",
    ]
    about = "Whether the events that occurred passed, by group of arms, and how often the studies do not say."
    return Sheet("Resolved", about, frame, columns, footnotes, bands=["arm_group"], filtered=False, frozen_columns=2)
