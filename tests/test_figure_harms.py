"""The harms plot: the events of those exposed, arm beside arm, and the silence beside them."""

import math

import pytest
from figure_evidence import example, ids, made, marks, twin
from scopeline.figures import harms_plot


def wilson(x, n):
    """The 95 % interval in plain Python."""
    z = 1.959963984540054
    centre = (x + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(x * (n - x) / n + z * z / 4)
    return max(centre - half, 0), min(centre + half, 1)


@pytest.mark.parametrize("n", [5, 51, 300])
def test_marks_twin_and_sheet_agree(n):
    """Every counted line of the sheet is a mark with its numbers and its Wilson interval."""
    review = made(n)
    drawing = review.draw()["harms"]
    sheet = review.harms.dropna(subset=["event", "n_events", "n_exposed"])
    columns = (sheet[name] for name in ("study_id", "arm", "event", "n_events", "n_exposed"))
    expected = sorted(tuple(map(str, line)) for line in zip(*columns, strict=True))
    drawn = marks(drawing, event=True)
    assert sorted((m["ids"], m["arm"], m["event"], m["n-events"], m["n-exposed"]) for m in drawn) == expected
    for mark in drawn:
        low, high = wilson(int(mark["n-events"]), int(mark["n-exposed"]))
        assert float(mark["low"]) == pytest.approx(low, abs=2e-6)
        assert float(mark["high"]) == pytest.approx(high, abs=2e-6)
    table = twin(drawing)
    with_share = table[table["proportion"].notna()] if len(table) else table
    names = ("study_id", "arm", "event", "n_events", "n_exposed")
    assert sorted(tuple(map(str, line)) for line in zip(*(with_share[name] for name in names), strict=True)) == expected


def test_events_named_without_numbers_are_named():
    """They are in the twin with the reason, and their studies stand below the event."""
    review = made(51)
    drawing = review.draw()["harms"]
    table = twin(drawing)
    bare = table[table["proportion"].isna()]
    named = review.harms[review.harms["event"].notna()]
    assert len(bare) == (named["n_events"].isna() | named["n_exposed"].isna()).sum()
    assert bare["note"].notna().all()
    told = [mark for mark in marks(drawing) if mark["title"] == "Named without numbers"]
    assert {study for mark in told for study in ids(mark)} == set(bare["study_id"])


def test_silence_is_in_the_caption():
    """The four states are counted in words under the figure and in its alternative text."""
    figure = example().draw()["harms"].pages[0]
    said = (
        "19 report at least one event, 6 only say that events did not occur, 22 report nothing on harms and 4 did not"
    )
    assert said in figure.caption and said in figure.alt


def test_arms_stand_side_by_side():
    """In the example the trials that count any adverse event show both arms, on the same line of the twin's study."""
    table = twin(example().draw()["harms"])
    here = table[(table["event"] == "any adverse event") & (table["study_id"] == "Bruun2024")]
    assert sorted(zip(here["arm_group"], here["n_events"], here["n_exposed"], strict=True)) == [
        ("comparator", 43, 50),
        ("intervention", 41, 49),
    ]


def test_events_can_be_grouped():
    """Events of one group stand together, in the order of the groups, those without a group last."""
    review = made(51)
    groups = {"vivid dreams": "Nervous system", "nausea": "Gut"}
    table = twin(harms_plot.draw(review.proportions, review.silence, groups=groups))
    assert list(dict.fromkeys(table["event"])) == ["vivid dreams", "nausea", "any adverse event"]
    assert set(zip(table["event_group"], table["event"], strict=True)) == {
        ("Nervous system", "vivid dreams"), ("Gut", "nausea"), ("", "any adverse event")
    }  # fmt: skip
