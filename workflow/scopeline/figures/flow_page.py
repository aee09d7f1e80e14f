"""The flow diagram as a page of its own, one file that needs no network: each box leads to the list of its members."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from scopeline import text
from scopeline.figures import flow_diagram, flow_text
from scopeline.figures.flow_content import PRISMA_BOXES, by_origin, exception_title
from scopeline.report import sentences
from scopeline.report.rendering import render

#: The page lists so many members of a box; its csv has all of them.
MOST_LISTED = 5000

_HEADS = {
    "record_id": "Record", "report_id": "Report", "study_id": "Study", "report_ids": "Reports", "reason": "Reason",
}  # fmt: skip
_KEYS = {"records": "record_id", "reports": "report_id", "studies": "study_id"}


def page(
    flow_json: Mapping[str, Any],
    members: Mapping[str, pd.DataFrame],
    *,
    title: str = "PRISMA 2020 flow diagram",
    names: Mapping[str, str] | None = None,
    folder: str = "boxes",
    wording: str = "studies",
    detail_sources: bool = True,
    screening_reasons: bool = False,
    most: int = MOST_LISTED,
) -> str:
    """The page of a flow (`flow_data.as_json`) as HTML; the same flow gives the same text.

    `members` has the frame of `flow_data.members` for each box; `names` maps an id to one line that tells a person what
    it is (`names.names`); `folder` is where the csv files of the boxes stand, seen from the page. A box with more than
    `most` members lists the first ones and leads to its csv. The other choices are those of `flow_diagram.svg`.
    """
    choices: dict[str, Any] = {
        "wording": wording, "detail_sources": detail_sources, "screening_reasons": screening_reasons,
    }  # fmt: skip
    known = names or {}
    boxes = flow_json.get("boxes") or {}
    listed = {name: _box(name, box, members.get(name), folder, most) for name, box in boxes.items()}
    used = dict.fromkeys(str(row[0]) for box in listed.values() for row in box["rows"])
    picture = flow_diagram.svg(flow_json, title=title, links=lambda name: f"#members-{name}", **choices)
    identities = flow_json.get("identities") or ()
    return render(
        "flow.html.j2",
        styles=("base.css", "flow.css"),
        scripts=("base.js", "flow.js"),
        data={"boxes": listed, "names": {each: known[each] for each in used if known.get(each)}},
        title=title,
        svg=Markup(picture[picture.find("<svg") :].strip()),  # noqa: S704 - drawn and escaped by this package
        sentences=sentences.of_flow(flow_json),
        sums=sentences.of_sums(flow_json),
        holds=all(each["holds"] for each in identities),
        pending=int(flow_json.get("pending") or 0),
        boxes=listed,
        prisma=PRISMA_BOXES,
        exceptions={title: [_exception(each) for each in listed] for title, listed in by_origin(flow_json).items()},
        plain=flow_text.text(flow_json, title=title, **choices),
    )


def _box(name: str, box: Mapping[str, Any], frame: pd.DataFrame | None, folder: str, most: int) -> dict[str, Any]:
    """One box as the page's script takes it: a row is the key, then the other columns."""
    key = _KEYS[box["unit"]]
    shown = pd.DataFrame() if frame is None else frame
    columns = [key, *(each for each in _HEADS if each != key and each in shown.columns)] if key in shown.columns else []
    rows = [
        [text.clean(value) for value in row] for row in shown[columns].head(most).itertuples(index=False, name=None)
    ] if columns else []  # fmt: skip
    return {
        "label": text.clean(box["label"]),
        "n": int(box["n"]),
        "unit": box["unit"],
        "typed": int(box.get("typed") or 0),
        "cells": [text.clean(cell) for cell in box.get("cells") or ()],
        "csv": f"{folder}/{flow_diagram.member_file(name)}",
        "columns": [_HEADS[each] for each in columns],
        "whole": len(shown) if columns else 0,
        "rows": rows,
    }


def _exception(each: Mapping[str, Any]) -> dict[str, Any]:
    ids: Sequence[Any] = each.get("ids") or ()
    return {
        "title": exception_title(each["name"]),
        "n": each.get("n"),
        "why": text.clean(each["why"]).rstrip("."),
        "ids": [text.clean(one) for one in ids],
    }
