"""Every number of the summary has a token, and every token leads back to its table, its members and its cells."""

import json
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as effort
from random_reviews import review, tables, told
from report_evidence import evidence, hostile
from scopeline import lineage, text
from scopeline.report import sentences
from scopeline.report.summary import summary
from scopeline.report.words import Cell, Markdown, Pen, Token, Unsaid, name_of, of_json, value_of, written
from scopeline.settings import Settings

SETTINGS = Settings.model_validate(
    {"review": {"title": "A review"}, "harms": {"intervention": ["LDN"], "comparator": ["placebo", "comparator"]}}
)
LINK = re.compile(r"\[((?:\\.|[^\]\\])*)\]\[([^\]]+)\]")
BANNED = re.compile(r"\bsignifican|\bpapers?\b|\barticles?\b|\breject|data extraction", re.IGNORECASE)
#: Numbers of the method and of names, which no table holds.
CONSTANT = ("PRISMA 2020",)


def linked(about):
    pen = Markdown()
    return summary(about, pen), pen


def body(said):
    """The text without its definitions and without the links of files."""
    lines = [line for line in said.splitlines() if not re.match(r"^\[[^\]]+\]: ", line)]
    return re.sub(r"\]\([^)]*\)", "]", "\n".join(lines))


def sentences_of(said):
    """Each sentence, each item of a list and each row of a table, as it reads."""
    plain = LINK.sub(r"\1", body(said))
    return [part.strip() for line in plain.splitlines() for part in re.split(r"(?<=[.!?])\s+", line) if part.strip()]


def check_numbers(about, cells=None):
    """Every number has a token, and sentence, table and the count of the members say the same."""
    said, pen = linked(about)
    rest = LINK.sub("", body(said))
    for constant in CONSTANT:
        rest = rest.replace(constant, "")
    assert not re.search(r"\d", rest), re.search(r".{0,30}\d.{0,30}", rest)
    assert {name for _, name in LINK.findall(said)} == set(pen.tokens)
    known = lineage.tables_of(about)
    for shown, name in LINK.findall(body(said)):
        token = pen.tokens[name]
        found = lineage.resolve(token, known, cells)
        assert found.agrees, (name, found)
        assert written(found.in_table, token.form) == token.shown
        assert re.sub(r"\\(.)", r"\1", shown).replace("&lt;", "<") == token.shown
        if cells is not None and found.ids and token.cell.how != "rows":
            assert found.cells, name
            assert {member for member, _ in found.cells} <= {*found.ids, *cells.review.table("records")["record_id"]}
        assert all(re.fullmatch(r"raw/\w+\.csv › [A-Z]+\d+", address) for _, address in found.cells)


def check_words(about):
    """No banned word, no sentence with directions of several kinds of evidence; counts are said to be no test."""
    said, _ = linked(about)
    for sentence in sentences_of(said):
        assert not BANNED.search(sentence), sentence
        if sentence.startswith(("|", "Studies by direction")):
            continue
        kinds = [kind for kind in sentences.BASES.values() if kind in sentence.lower()]
        assert len(kinds) <= 1 or "stand in columns of their own" in sentence, sentence
        if re.search(r"\d (?:benefit|harm|no difference|mixed|unclear)\b", sentence):
            assert kinds, sentence
        if re.search(r"\bcomparative\b.*\buncontrolled\b", sentence):
            assert "together" in sentence or "apart" in sentence, sentence
    if "▲" in said:
        assert "they are no test" in said


def test_every_number_has_a_token_that_leads_back():
    """No number of the summary stands without a token; each leads to its table, its members and cells."""
    check_numbers(evidence(version="none"))
    check_words(evidence(version="none"))


@pytest.mark.properties
@effort(max_examples=80, deadline=None)
@given(tables())
def test_every_number_of_any_review_leads_back(frames):
    """As above, for small reviews at random, with their cells; and the words of the field are kept."""
    about = told(frames)
    check_numbers(about, lineage.Cells(review(frames), SETTINGS, about.directions))
    check_words(about)


@pytest.mark.properties
@effort(max_examples=20, deadline=None)
@given(tables())
def test_the_order_of_rows_changes_nothing(frames):
    """Shuffled tables give the same words and the same tokens."""
    shuffled = {name: frame.sample(frac=1, random_state=3) for name, frame in frames.items()}
    one, other = linked(told(frames)), linked(told(shuffled))
    assert one[0] == other[0]
    assert one[1].tokens == other[1].tokens


def test_tokens_are_told_apart_and_keep_their_names():
    """A name tells its place, is the same in each run, and two places with like names get two names."""
    cell = Cell("tables/condition_by_domain.csv", "benefit", {"condition": "low back pain", "outcome_domain": "pain"})
    assert name_of(cell) == "map.low-back-pain.pain.benefit"
    pen = Markdown()
    like = Cell("tables/condition_by_domain.csv", "benefit", {"condition": "low-back pain", "outcome_domain": "pain"})
    said = [pen.number(n, each) for n, each in ((1, cell), (2, like), (1, cell))]
    assert said[0] == said[2] == "[1][map.low-back-pain.pain.benefit]"
    assert said[1] == "[2][map.low-back-pain.pain.benefit.2]"


def test_a_token_is_the_same_after_it_was_written():
    """What summary.tokens.json says of a token makes the same token again."""
    about = evidence()
    _, pen = linked(about)
    known = lineage.tables_of(about)
    for name, token in pen.tokens.items():
        again = of_json(name, json.loads(json.dumps(token.as_json())))
        table = known[lineage.place_of(token.cell)]
        assert (again.shown, again.form) == (token.shown, token.form)
        assert value_of(again.cell, table) == value_of(token.cell, table)


def test_a_sentence_without_its_number_is_listed_and_not_said():
    """A missing number silences its own sentence, and no other."""
    flow = json.loads(json.dumps(evidence().flow))
    flow["boxes"]["sought"]["n"] = None
    pen = Markdown()
    said = summary(evidence(flow=flow), pen)
    assert "were sought" not in said and "5][flow.screened] records were screened" in said
    assert "Not said, because a number is missing: reports sought (no n)." in said
    assert all("sought" not in told for told in sentences.of_flow(flow))


def with_an_empty_cell():
    about = evidence(version="none")
    empty = about.tally.iloc[:1].assign(outcome_domain="fatigue")
    counts = [name for name in empty.columns if name not in ("condition", "outcome_domain")]
    for name in counts:
        empty[name] = 0 if pd.api.types.is_numeric_dtype(empty[name]) else pd.NA
    return evidence(version="none", tally=pd.concat([about.tally, empty], ignore_index=True))


def test_empty_cells_are_counted_and_not_listed():
    """Where a review has its empty cells in the table, the summary says how many there are, with a token."""
    about = with_an_empty_cell()
    said, pen = linked(about)
    assert "fatigue" not in said.lower()
    (name,) = [name for name, token in pen.tokens.items() if token.cell.key == {"n_studies": "0"}]
    assert f"[1][{name}] further cell of the map holds no study" in said
    check_numbers(about)
    check_words(about)


def test_a_test_that_was_asked_for_is_named_and_not_denied():
    """Beside vote counting or combined p-values the summary does not deny a test; it says where they are."""
    frame = pd.DataFrame({"n_studies": [1]})
    plain, _ = linked(evidence())
    assert sentences.NOT_A_TEST in plain and "As the team asked" not in plain
    for name, file in (("vote_count", "vote_count.csv"), ("p_combined", "p_values.csv")):
        said, _ = linked(evidence(further={name: frame, "swim": frame}))
        assert "no test" not in said and "is a test of its own" in said
        assert f"(tables/further/{file})" in said and "(tables/further/swim.csv)" in said


def test_a_number_that_was_not_said_has_no_place():
    """The places of a sentence that is left out for want of a number are left out too."""
    pen = Pen()
    pen.say("two", lambda: pen.number(1, Cell("a.csv", "n")) + pen.number(None, Cell("b.csv", "n")))
    pen.say("one", lambda: pen.number(2, Cell("c.csv", "n")))
    assert [cell.file for cell in pen.placed] == ["c.csv"]


def test_missing_people_are_listed():
    """Where no study gives a number of people, no sentence counts them."""
    tally = evidence().tally.assign(n_participants=pd.array([pd.NA] * len(evidence().tally), dtype="Int64"))
    pen = Pen()
    told_ = sentences.of_evidence(tally, ("condition", "outcome_domain"), {}, pen)
    assert "people" not in " ".join(told_)
    assert pen.unsaid == ["people in migraine × pain (no n participants)"]


def test_a_pen_refuses_a_missing_number():
    """A number that is missing, not a number or without end is never written."""
    for value in (None, pd.NA, float("nan"), float("inf")):
        with pytest.raises(Unsaid):
            Pen().number(value, Cell("a.csv", "n"))


def test_hostile_texts_make_no_link_and_no_definition():
    """Whatever the cells hold, a link leads to a token or a file of ours, and nothing is HTML."""
    said, pen = linked(hostile())
    assert "<" not in said
    ends = said.rstrip().split("\n\n")[-1].splitlines()
    assert len(ends) == len(pen.tokens)
    for line in ends:
        assert re.fullmatch(r"\[[\w.-]+\]: (?:tables|prisma|validation)/[\w/]+\.\w+", line), line
    for table in (block for block in said.split("\n\n") if block.startswith("|")):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_plain_sentences_are_the_linked_ones_without_links():
    """The page and the summary say the same in the same words."""
    pen = Markdown()
    flow = evidence().flow
    for say in (sentences.of_flow, sentences.of_reasons):
        assert [LINK.sub(r"\1", line) for line in say(flow, pen)] == say(flow)
    silence = evidence().harms_silence
    assert LINK.sub(r"\1", sentences.of_silence(silence, pen)) == sentences.of_silence(silence)


def test_each_way_of_reading_a_table():
    """One cell, a sum, a percentage, rows, rows with some, different members; nothing where nothing is found."""
    frame = pd.DataFrame(
        {"state": ["a", "b", "c"], "n": [1, 2, 0], "whole": [4, 4, 4], "ids": ["X", "X; Y", None]}
    ).convert_dtypes()

    def read(how, column="n", key=None):
        return value_of(Cell("t.csv", column, key or {}, how=how, of="whole", ids="ids"), frame)

    assert read("cell", key={"state": "b"}) == 2
    assert read("cell") is None and read("cell", key={"state": "z"}) is None and read("cell", "gone") is None
    assert read("sum", key={"state": ("a", "b")}) == 3
    assert read("percent", key={"state": ("a", "b")}) == 75
    assert read("rows") == 3 and read("given") == 2 and read("distinct", "ids") == 2


def test_a_number_that_was_typed_has_no_recount():
    """A box without members is not counted again as none."""
    flow = {"boxes": {"sought": {"n": 9, "unit": "reports", "label": "Reports"}}}
    known = lineage.flow_tables(flow, {})
    token = Token("flow.sought", "9", 9, "number", Cell("prisma/flow.json", "n", {"box": "sought"}, "boxes"))
    found = lineage.resolve(token, known)
    assert (found.in_table, found.recount, found.agrees) == (9, None, True)


def test_a_number_that_differs_is_seen():
    """A sentence that says another number than its table, or a table other members, does not agree."""
    about = evidence()
    known = lineage.tables_of(about)
    _, pen = linked(about)
    token = pen.tokens["flow.screened"]
    assert lineage.resolve(token, known).agrees
    assert not lineage.resolve(Token(token.name, "6", 6, "number", token.cell), known).agrees
    boxes = known["prisma/flow.json#boxes"]
    short = boxes.assign(ids=boxes["ids"].where(boxes["box"] != "screened", "R1; R2"))
    assert not lineage.resolve(token, {**known, "prisma/flow.json#boxes": short}).agrees


def test_shares_are_written_as_everywhere():
    """A token writes a number as the other sentences of the report do."""
    assert written(0.5, "share") == text.percent(1, 2) == written(50, "percent")
    assert written("3/9; 1/2; 4/5", "first") == "3/9 and 2 more"
    assert written(0.256, "two") == "0.26" and written(1204, "number") == "1,204" and written("", "text") == ""
