"""`results/tables/synthesis.xlsx`: the synthesis as a workbook that can go to a co-author as it is.

`sheets_of` says what the workbook holds, `write` sets it in xlsx. The same frames give the same bytes.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from ..agreement_words import MAYBE_AS, readable
from ..appraisal import matrix
from ..charting import MISSING_LABELS
from ..report.sentences import on_directions
from .harms_sheets import Labels, harms_sheets
from .sheet import CONCERN, EMPTY, Column, Sheet, fill, read_me, tab
from .stable import without_clock
from .synthesis_sheets import swim_sheets, synthesis_sheets

#: How the numbers were counted; printed on the first sheet.
COUNTING: Sequence[str] = (
    "The unit is the study. Records, reports and findings are never counted in place of studies.",
    "Findings of one study in one cell are first folded to one direction: of the findings that are not unclear, if at "
    "least {majority} say the same (benefit, no difference or harm) that is the study's direction, otherwise it is "
    "mixed; all unclear gives unclear. A mixed finding counts in the whole and for no side.",
    "Findings against a comparator and findings without one are folded apart. Where a study has both, the comparative "
    "findings speak for it; columns headed with a kind of evidence count it under each kind that it has.",
    "A study with several values on an axis stands in several cells, so a total is not the sum of its cells: "
    "totals count each study once.",
    "Participants are the studies' own numbers, each study once, added only to show how much was studied. "
    "Studies may share participants.",
    "{directions}",
    "Harms are not pooled. A study that does not report harms has not shown their absence.",
    "Not reported, not applicable, unclear and not charted yet are four different things and are counted apart.",
)


def write(path: Path, sheets: Sequence[Sheet], *, title: str, notes: Sequence[str] = ()) -> None:
    """Write the workbook to `path`: a sheet "Read me" with `title`, the list of sheets and `notes`, then the sheets.

    Two calls with the same arguments give the same bytes. Raises ValueError where two sheets have one name.
    """
    names = [tab(sheet.name) for sheet in sheets]
    if len({name.casefold() for name in ("Read me", *names)}) <= len(names):
        raise ValueError(f"Two sheets of the workbook have the same name: {', '.join(names)}.")
    book = Workbook()
    book.properties.creator = "scopeline"
    book.properties.title = ILLEGAL_CHARACTERS_RE.sub("", title)
    read_me(book.worksheets[0], title, list(zip(names, sheets, strict=True)), notes)
    for name, sheet in zip(names, sheets, strict=True):
        fill(book.create_sheet(name), sheet, title)
    buffer = io.BytesIO()
    book.save(buffer)
    path.write_bytes(without_clock(buffer.getvalue()))


def sheets_of(
    *,
    charted: Mapping[str, pd.DataFrame],
    synthesised: Mapping[str, pd.DataFrame],
    harmed: Mapping[str, pd.DataFrame],
    appraised: Mapping[str, pd.DataFrame] | None = None,
    agreement: pd.DataFrame | None = None,
    row: tuple[str, str] = ("condition", "Condition"),
    column: tuple[str, str] = ("outcome_domain", "Outcome domain"),
    labels: Labels | None = None,
    losses: Mapping[str, str] | None = None,
    participants: str = "",
) -> list[Sheet]:
    """The sheets of the workbook, in their order.

    `charted`, `synthesised`, `harmed`, `appraised` are the frames that the functions of `evidence` return under these
    names; of synthesis, the sheet Directions shows `folded`. `agreement` is `agreement.full_panel`. A sheet beyond the
    first eight (characteristics, studies, map, tally, directions, and of harms silence, summary and rows) is there
    only where its frame is there and has lines.

    `row` and `column` are the axes, each with its label; `labels` maps a field to its values' labels, in the
    codebook's order; `losses` is `quarantine.by_part`: each sheet's first footnote says what it lost; `participants`
    is the sentence on how people were counted.
    """
    words = labels or {}
    axes = (
        Column(row[0], row[1], labels=words.get(row[0], {}), width=30),
        Column(column[0], column[1], labels=words.get(column[0], {}), width=23),
    )
    parts = (
        ("agreement", [] if agreement is None or agreement.empty else [_agreement_sheet(agreement)]),
        ("characteristics", [_characteristics_sheet(charted["characteristics"]), *_cross_sheets(charted)]),
        ("studies", [_studies_sheet(charted["studies"])]),
        ("appraisal", _appraisal_sheets(appraised or {}, words)),
        ("synthesis", synthesis_sheets({**synthesised, "directions": synthesised["folded"]}, axes, participants)),
        ("", swim_sheets(synthesised)),
        ("harms", harms_sheets(harmed, words)),
    )
    told = losses or {}
    return [
        replace(sheet, footnotes=[told[part], *sheet.footnotes]) if told.get(part) else sheet
        for part, made in parts
        for sheet in made
    ]


def counting_notes(majority: float = 0.7, *, counted: bool = False, combined: bool = False) -> list[str]:
    """The sentences on how studies were counted, with the share that the review uses.

    `counted` and `combined` say whether the review asked for vote counting and for combined p-values.
    """
    directions = on_directions(counted=counted, combined=combined)
    return [note.format(majority=f"{100 * majority:.4g} %", directions=directions) for note in COUNTING]


def _characteristics_sheet(frame: pd.DataFrame) -> Sheet:
    shown = frame.assign(share=frame["percent"] / 100, field_label=_with_units(frame))
    footnotes = _counted_several_times(frame)
    footnotes.append("IQR: interquartile range. Percentages are of all studies, those without a value included.")
    columns = [
        Column("field_label", "Characteristic", width=24),
        Column("category_label", "Value", width=34),
        Column("n", "Studies", "whole"),
        Column("denominator", "Of", "whole"),
        Column("share", "%", "percent"),
        Column("summary", "Summary", width=44),
        Column("study_ids", "Which studies", width=70),
    ]
    about = "Characteristics of the sources of evidence: each charted value with the studies that have it."
    return Sheet(
        "Characteristics", about, shown, columns, footnotes, bands=["field_label"], filtered=False, frozen_columns=2
    )


def _agreement_sheet(lines: pd.DataFrame) -> Sheet:
    told = readable(lines)
    frame = lines.assign(stage_label=told["Stage"].to_numpy(), who=told["Reviewers"].to_numpy())
    interval = f"({100 * float(lines['level'].iloc[0]):g} % interval)"
    columns = [
        Column("stage_label", "Stage", width=18),
        Column("who", "Reviewers", width=22),
        Column("n_joint", "both", "whole", "Judged by", width=8),
        Column("n_stage", "anybody", "whole", "Judged by", width=9),
        Column("coverage", "share", "percent_fine", "Judged by", width=9),
        Column("percent_agreement", "Agreement", "percent_fine", width=11),
        *_estimate("kappa", "kappa", f"Cohen's kappa {interval}"),
        Column("pabak", "PABAK", "coefficient", width=8, if_any=True),
        *_estimate("ac1", "ac1", f"Gwet's AC1 {interval}"),
        *_estimate("fleiss_kappa", "fleiss", f"Fleiss' kappa {interval}"),
        *_estimate("alpha", "alpha", f"Krippendorff's alpha {interval}"),
        Column("prevalence_index", "Prevalence index", "coefficient", width=11, if_any=True),
        Column("bias_index", "Bias index", "coefficient", width=8, if_any=True),
        Column("counts", "Votes (first reviewer/second)", width=34),
        Column("note", "Remark", width=52),
    ]
    footnotes = [
        "The votes alone count: how a disagreement was settled changes no figure, and a missing vote is no category. "
        + " ".join(MAYBE_AS[str(how)] for how in sorted(set(lines["maybe_as"].dropna()))),
        "A coefficient that is not there cannot be estimated, or is not asked of this line; the remark says why.",
    ]
    about = "How far the reviewers agreed when they screened, by stage and pair, and all of a stage together."
    return Sheet("Agreement", about, frame, columns, footnotes, filtered=False, frozen_columns=2)


def _estimate(name: str, interval: str, group: str) -> list[Column]:
    """A coefficient and its interval under one heading."""
    parts = ((name, "estimate"), (f"{interval}_low", "from"), (f"{interval}_high", "to"))
    return [Column(each, word, "coefficient", group, 9, if_any=True) for each, word in parts]


def _cross_sheets(charted: Mapping[str, pd.DataFrame]) -> list[Sheet]:
    """Characteristics within the values of another field, where the review asks for them."""
    if "cross" not in charted or charted["cross"].empty:
        return []
    frame = charted["cross"]
    shown = frame.assign(share=frame["percent"] / 100, field_label=_with_units(frame))
    columns = [
        Column("by_label", "Within", width=18),
        Column("by_category_label", "Its value", width=26),
        Column("field_label", "Characteristic", width=24),
        Column("category_label", "Value", width=34),
        Column("n", "Studies", "count"),
        Column("denominator", "Of", "whole"),
        Column("share", "%", "percent"),
        Column("summary", "Summary", width=40, if_any=True),
        Column("study_ids", "Which studies", width=60),
    ]
    footnotes = [
        *_counted_several_times(frame),
        "Percentages are of the studies with the value in the second column, those without a value of the "
        f"characteristic included. {EMPTY} no study.",
    ]
    about = "Characteristics of the studies that share a value of another characteristic."
    bands = ["by_label", "by_category_label", "field_label"]
    return [Sheet("Cross", about, shown, columns, footnotes, bands=bands, frozen_columns=4)]


def _studies_sheet(frame: pd.DataFrame) -> Sheet:
    about = "One row per study as charted. Where there is no value, the cell says why."
    return Sheet("Studies", about, frame)


def _appraisal_sheets(appraised: Mapping[str, pd.DataFrame], words: Labels) -> list[Sheet]:
    """The traffic light of each instrument, and how many studies have each judgement."""
    lights, made = appraised.get("lights"), []
    if lights is not None and not lights.empty:
        instruments = list(dict.fromkeys(lights["instrument"].astype(str)))
        names = [f"Appraisal {name}" for name in instruments] if len(instruments) > 1 else ["Appraisal"]
        if len({tab(name).casefold() for name in (*names, "Appraisal summary")}) <= len(names):
            names = [f"Appraisal {place}" for place in range(1, len(names) + 1)]
        made = [_light_sheet(name, lights, tool, words) for name, tool in zip(names, instruments, strict=True)]
    summary = appraised.get("summary")
    if summary is not None and not summary.empty:
        made.append(_appraisal_summary_sheet(summary, words))
    return made


def _light_sheet(name: str, lights: pd.DataFrame, instrument: str, words: Labels) -> Sheet:
    domains, judgements = words.get("domain", {}), words.get("judgement", {})
    frame = matrix(lights, instrument)
    columns = [
        Column("study_id", "Study", width=26),
        *(
            Column(each, domains.get(each, each), width=16, labels=judgements, centred=True)
            for each in frame.columns[1:]
        ),
    ]
    own = lights[lights["instrument"] == instrument]
    apart = own[(own["differ"] == "yes").fillna(False).to_numpy(bool)]
    differing = [
        f"{study}, {domains.get(domain, domain)} ({said})"
        for study, domain, said in zip(apart["study_id"], apart["domain"], apart["judgements"], strict=True)
    ]
    footnotes = ["Each cell is the reviewers' judgement; there is no score. A cell without a colour has none."]
    if differing:
        footnotes.append(
            "Judgements that differ within one study and domain (that of most concern is shown): "
            f"{'; '.join(differing)}."
        )
    about = (
        f"Critical appraisal{f' with {instrument}' if instrument else ''}: the judgement of each study in each domain."
    )
    return Sheet(name, about, frame, columns, footnotes, fills=_colours(judgements))


def _colours(judgements: Mapping[str, str]) -> dict[str, str]:
    """Label of a judgement → its fill, from least to most concern; those that judge nothing have none."""
    real = [label for value, label in judgements.items() if value not in MISSING_LABELS.values()]
    steps = max(len(real) - 1, 1)
    return {label: CONCERN[round(place * (len(CONCERN) - 1) / steps)] for place, label in enumerate(real)}


def _appraisal_summary_sheet(frame: pd.DataFrame, words: Labels) -> Sheet:
    shown = frame.assign(share=frame["percent"] / 100)
    tools = [Column("instrument", "Instrument", width=16)] if (frame["instrument"] != "").any() else []
    columns = [
        *tools,
        Column("domain", "Domain", labels=words.get("domain", {}), width=30),
        Column("judgement", "Judgement", labels=words.get("judgement", {}), width=22),
        Column("n_studies", "Studies", "count"),
        Column("denominator", "Of", "whole"),
        Column("share", "%", "percent"),
        Column("study_ids", "Which studies", width=80),
    ]
    about = "How many studies have each judgement in each domain, of all studies of the review."
    bands = ["instrument", "domain"]
    footnotes = [f"{EMPTY} no study. Judgements are counted, never added up to a score."]
    return Sheet("Appraisal summary", about, shown, columns, footnotes, bands=bands, frozen_columns=len(tools) + 2)


def _with_units(frame: pd.DataFrame) -> list[str]:
    """Each characteristic's label, with its unit where it has one."""
    return [
        f"{label} ({unit})" if unit else label for label, unit in zip(frame["field_label"], frame["unit"], strict=True)
    ]


def _counted_several_times(frame: pd.DataFrame) -> list[str]:
    """A sentence for each characteristic of which a study can have several values."""
    several = sorted(set(frame.loc[frame["multi"].fillna(False).astype(bool), "field_label"]))
    return [
        f"{label}: a study counts once for each of its values, so the rows add up to more than all studies."
        for label in several
    ]
