"""The grammar of Rayyan's notes column."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scopeline.sources.rayyan_notes import PARTS, Broken, Notes, read, split


def ruby(text: str) -> str:
    """A string as Ruby's `inspect` shows it."""
    shown = text.translate({ord("\\"): "\\\\", ord('"'): '\\"', 10: "\\n", 9: "\\t", 13: "\\r"})
    return '"' + re.sub(r"#(?=[{$@])", r"\\#", shown) + '"'


def written(notes: Notes) -> str:
    """A cell as Rayyan writes it."""
    parts = [notes.original]
    if notes.votes:
        parts.append("RAYYAN-INCLUSION: {" + ", ".join(f"{ruby(n)}=>{ruby(w)}" for n, w in notes.votes) + "}")
    parts += [f"RAYYAN-LABELS: {notes.labels}"] if notes.labels else []
    parts += [f"RAYYAN-EXCLUSION-REASONS: {notes.reasons}"] if notes.reasons else []
    if notes.remarks:
        names = dict.fromkeys(name for name, _ in notes.remarks)
        texts = {name: [text for other, text in notes.remarks if other == name] for name in names}
        shown = ", ".join(f"{ruby(n)}=>[{', '.join(map(ruby, of))}]" for n, of in texts.items())
        parts.append(f"USER-NOTES: {{{shown}}}")
    return " | ".join(part for part in parts if part)


def test_every_part_is_read():
    """A cell with all parts gives votes, labels, reasons, remarks and the record's own notes."""
    cell = (
        'Cited by: 3 | RAYYAN-INCLUSION: {"Kofi"=>"Excluded", "Ama O. Mensah"=>"Maybe"} | RAYYAN-LABELS: ML,Hospital'
        ' | RAYYAN-EXCLUSION-REASONS: wrong population,foreign language | USER-NOTES: {"Kofi"=>["check", "later"]}'
    )
    assert read(cell) == Notes(
        original="Cited by: 3",
        votes=(("Kofi", "Excluded"), ("Ama O. Mensah", "Maybe")),
        labels="ML,Hospital",
        reasons="wrong population,foreign language",
        remarks=(("Kofi", "check"), ("Kofi", "later")),
    )


@pytest.mark.parametrize(
    ("cell", "votes"),
    [
        ("", ()),
        ("   ", ()),
        ("A comment on another paper", ()),
        ("RAYYAN-INCLUSION: {}", ()),
        (' RAYYAN-INCLUSION: {"Max"=>true, "Eva"=>false}', (("Max", "true"), ("Eva", "false"))),
        (' RAYYAN-INCLUSION: {"Max"=>"true"}', (("Max", "true"),)),
        ('RAYYAN-INCLUSION: {"俊"=>"Included", "Fei"=>"Maybe"}', (("俊", "Included"), ("Fei", "Maybe"))),
        ('RAYYAN-INCLUSION: {"Ann" => "Included"}', (("Ann", "Included"),)),
        ('RAYYAN-INCLUSION: {"Ann"=>"Included","Bo"=>"Excluded"}', (("Ann", "Included"), ("Bo", "Excluded"))),
        (r'RAYYAN-INCLUSION: {"Ann \"Annie\" Lee"=>"Included"}', (('Ann "Annie" Lee', "Included"),)),
        ('RAYYAN-INCLUSION: {"Ann "Annie" Lee"=>"Included"}', (('Ann "Annie" Lee', "Included"),)),
        (r'RAYYAN-INCLUSION: {"J\u00fcrg"=>"Excluded"}', (("Jürg", "Excluded"),)),
        ('RAYYAN-INCLUSION: {"A } | => {"=>"Included"}', (("A } | => {", "Included"),)),
        ('RAYYAN-INCLUSION: {"Ann"=>"Inlcuded"}', (("Ann", "Inlcuded"),)),
        ('One\ntwo\nRAYYAN-INCLUSION: {"Ann"=>"Included"}', (("Ann", "Included"),)),
        ('RAYYAN-INCLUSION: {"Ann"=>"Included"} | a note of the RIS file', (("Ann", "Included"),)),
        ("RAYYAN-LABELS: seen", ()),
    ],
)
def test_votes_of_every_age_are_read(cell, votes):
    """Names and words are read as they stand, in exports of every age; without votes a cell is undecided."""
    assert (read(cell).votes, read(cell).broken) == (votes, ())


def test_signs_inside_of_a_remark_mean_nothing():
    """A remark that quotes the grammar itself adds no vote and ends no part."""
    cell = r'RAYYAN-INCLUSION: {"A"=>"Included"} | USER-NOTES: {"A"=>["} | RAYYAN-INCLUSION: {\"B\"=>\"Excluded\"}"]}'
    assert read(cell).votes == (("A", "Included"),)
    assert read(cell).remarks == (("A", '} | RAYYAN-INCLUSION: {"B"=>"Excluded"}'),)


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ('RAYYAN-INCLUSION: {"Ann"=>"Included', "a quote is not closed"),
        ('RAYYAN-INCLUSION: {"Ann"=>"Included"', 'a comma or the closing brace is missing after "Ann"'),
        ('RAYYAN-INCLUSION: "Ann"=>"Included"}', "the opening brace is missing"),
        ("RAYYAN-INCLUSION: Included", "the opening brace is missing"),
        ('RAYYAN-INCLUSION: {Ann=>"Included"}', "an opening quote is missing"),
        ('RAYYAN-INCLUSION: {"Ann", "Bo"=>"Included"}', "'=>' is missing after \"Ann\""),
        ('RAYYAN-INCLUSION: {"Ann"=>"Included, "Bo"=>"Excluded"}', 'the closing brace is missing after "Ann"'),
        ('RAYYAN-INCLUSION: {"Ann"=>"Included"} x', "'x' follows the closing brace"),
        ("RAYYAN-INCLUSION:", "the opening brace is missing"),
        ('RAYYAN-INCLUSION: {"Ann"=>"Included" "B"=>"Maybe"} | RAYYAN-LABELS: a', 'brace is missing after "Ann"'),
    ],
)
def test_broken_votes_are_told_and_never_guessed(cell, why):
    """A part that is cut off or damaged yields no vote, and says what is wrong with it."""
    notes = read(cell)
    assert notes.votes == ()
    assert [broken.part for broken in notes.broken] == ["RAYYAN-INCLUSION"]
    assert why in notes.broken[0].why


def test_a_broken_remark_costs_no_vote():
    """What is wrong with one part is that part's own."""
    notes = read('RAYYAN-INCLUSION: {"A"=>"Included"} | USER-NOTES: {"A"=>["cut off')
    assert notes.votes == (("A", "Included"),)
    assert notes.broken == (Broken("USER-NOTES", "a quote is not closed"),)


def test_votes_of_an_earlier_review_are_the_records_own_notes():
    """A record that was exported and imported again carries old votes in front: they do not count here."""
    cell = 'RAYYAN-INCLUSION: {"A"=>"Included"} | RAYYAN-LABELS: x | RAYYAN-INCLUSION: {"A"=>"Excluded"}'
    notes = read(cell)
    assert (notes.votes, notes.labels, notes.earlier) == ((("A", "Excluded"),), "", True)
    assert notes.original == 'RAYYAN-INCLUSION: {"A"=>"Included"} | RAYYAN-LABELS: x'


def test_a_part_that_is_not_known_is_named():
    """A part that Rayyan adds one day is told by its name and disturbs no other."""
    notes = read('RAYYAN-INCLUSION: {"A"=>"Included"} | RAYYAN-PRIORITY: high | USER-NOTES: {"A"=>["x"]}')
    assert (notes.votes, notes.others, notes.remarks) == ((("A", "Included"),), ("RAYYAN-PRIORITY",), (("A", "x"),))


@pytest.mark.parametrize(
    ("text", "known", "reasons"),
    [
        ("", ["a"], ()),
        ("wrong population", [], ("wrong population",)),
        ("wrong population,foreign language", ["Wrong population", "foreign-language"],
         ("wrong population", "foreign language")),
        ("no control, no data,other", ["no control, no data", "other"], ("no control, no data", "other")),
        ("a,b", ["a", "b", "a,b"], ("a,b",)),
        ("wrong population,background article", ["wrong population"], ("wrong population,background article",)),
        ("a,b", [], ("a,b",)),
    ],
)  # fmt: skip
def test_reasons_are_split_where_the_codebook_says(text, known, reasons):
    """A comma parts two reasons only where both sides are known; else the text stays as it stands."""
    assert split(text, known) == reasons


_NAME = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")) | st.just(" "), min_size=1)
_NAMES = _NAME.map(str.strip).filter(bool)
_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from('"{}|=>[],\\#\n\t;'), max_size=30)
_PLAIN = st.text(st.characters(categories=("L", "N", "Po", "Ps", "Pe", "Sm")) | st.just(" "), max_size=30)
_BARE = _PLAIN.map(lambda text: text.strip(" |;")).filter(lambda text: not any(name in text for name in PARTS))
_VOTES = st.lists(
    st.tuples(_NAMES, st.sampled_from(["Included", "Excluded", "Maybe"])), max_size=4, unique_by=lambda vote: vote[0]
)
_REMARKS = st.dictionaries(_NAMES, st.lists(_TEXT, min_size=1, max_size=3), max_size=3)


@given(_BARE, _VOTES, _BARE, _BARE, _REMARKS)
@example("", [('a\\"=>"', "Maybe")], "", "", {'"': ['"]}', "\\"]})
@settings(max_examples=150, deadline=None)
def test_what_rayyan_writes_is_read_back_the_same(original, votes, labels, reasons, remarks):
    """Whatever names, labels, reasons and remarks hold, the grammar that wrote them reads them back."""
    notes = Notes(
        original=original,
        votes=tuple(votes),
        labels=labels,
        reasons=reasons,
        remarks=tuple((name, text) for name, texts in remarks.items() for text in texts),
    )
    assert read(written(notes)) == notes


_SCRAPS = st.sampled_from([*'"{}|=>[],\\ \n;:', *PARTS, "Included", "a"])


@given(st.lists(_SCRAPS, max_size=25).map("".join))
@settings(max_examples=150, deadline=None)
def test_no_cell_is_beyond_reading(cell):
    """Whatever stands in a cell is read or told, and read twice it is the same."""
    assert read(cell) == read(cell)
