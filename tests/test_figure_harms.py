"""The harms plot: the events of those exposed, arm beside arm, and the silence beside them."""

import math
import re

import pytest
from figure_evidence import SVG, example, harms_of, ids, made, marks, tree, twin
from scopeline import harms
from scopeline.figures import harms_plot


def wilson(x, n):
    """The 95 % interval in plain Python."""
    z = 1.959963984540054
    centre = (x + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(x * (n - x) / n + z * z / 4)
    return max(centre - half, 0), min(centre + half, 1)


def clopper_pearson(x, n):
    """The exact 95 % interval in plain Python: each end by halving, from the sums of the binomial distribution."""

    def end(low, high, too_high):
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (low, middle) if too_high(middle) else (middle, high)
        return (low + high) / 2

    def below(most, p):
        return sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(most + 1))

    lower = 0.0 if x == 0 else end(0, 1, lambda p: 1 - below(x - 1, p) > 0.025)
    upper = 1.0 if x == n else end(0, 1, lambda p: below(x, p) < 0.025)
    return lower, upper


def test_both_intervals_are_drawn_and_written():
    """The thick line is Wilson's interval, the thin one with ends is Clopper and Pearson's; both are in the twin."""
    drawing = example().draw()["harms"]
    lines = twin(drawing).dropna(subset=["proportion"])
    assert len(lines) > 20
    for line in lines.to_dict("records"):
        x, n = int(line["n_events"]), int(line["n_exposed"])
        assert (line["wilson_low"], line["wilson_high"]) == pytest.approx(wilson(x, n), abs=1e-9)
        exact = clopper_pearson(x, n)
        assert (line["clopper_pearson_low"], line["clopper_pearson_high"]) == pytest.approx(exact, abs=1e-6)
    for figure in drawing.pages:
        ticks = {}
        for each in tree(figure).iter(f"{SVG}text"):
            if re.fullmatch(r"\d+ %", each.text) and each.get("text-anchor") == "middle":
                ticks[int(each.text.split()[0])] = float(each.get("x"))
        share = {place: (ticks[0] + (ticks[100] - ticks[0]) * place) for place in (0, 1)}
        for each in tree(figure).iter(f"{SVG}g"):
            if each.get("data-n-events"):
                x, n = int(each.get("data-n-events")), int(each.get("data-n-exposed"))
                level = [part for part in each.iter(f"{SVG}line") if part.get("y1") == part.get("y2")]
                drawn = {
                    part.get("stroke-width"): [
                        (float(part.get(end)) - share[0]) / (share[1] - share[0]) for end in ("x1", "x2")
                    ]
                    for part in level
                }
                assert drawn["2.6"] == pytest.approx(wilson(x, n), abs=0.001)
                assert drawn["0.8"] == pytest.approx(clopper_pearson(x, n), abs=0.001)


def test_the_figures_stand_beside_the_line():
    """Arm, events of exposed, share and interval: 0 of 6 is 0 % with an upper limit of 39 %."""
    texts = [each.text for figure in example().draw()["harms"].pages for each in tree(figure).iter(f"{SVG}text")]
    assert {"0/6", "0 (0–39)", "41/49", "84 (71–91)", "Placebo", "People with the event, % of exposed"} <= set(texts)


def test_studies_stand_as_people_count():
    """With the same share S9 stands before S10."""
    lines = [(f"S{number}", "LDN", "nausea", "events", 1, 10) for number in (10, 9, 100, 1)]
    review = harms_of(lines)
    proportions = harms.proportions(review)
    drawing = harms_plot.draw(proportions, harms.silence(review, review[["study_id"]]))
    assert list(twin(drawing)["study_id"]) == ["S1", "S9", "S10", "S100"]


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
    names = ["study_id", "arm", "event", "n_events", "n_exposed"]
    shared = table.dropna(subset=["proportion"])[names].to_numpy().tolist() if drawing.pages else []
    assert sorted(tuple(map(str, line)) for line in shared) == expected


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
