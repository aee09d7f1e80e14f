"""Rayyan: the articles with the votes in their notes, the log of who decided what, and the export of extracted data.

Seen in real files, by their description: the headers of `articles.csv` of 2020 (17 columns), 2022 and now (21), keys
such as `rayyan-437813830` and keys of BibTeX. From scripts that read real exports: the notes (`rayyan_notes`), and the
log `customizations_log.csv` (article_id, user_email, user_id, key, value, created_at; `included` is 1, 0, -1 or
`deleted`; a reason is a key of its own, `__EXR__wrong population`, sometimes in quotes). From Rayyan's help: the two
files of every export, and the export of extracted data (`14-population`). Not seen: a log or an extraction itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ..cells import Book, Sheet
from ..codebook import Codebook, fold
from ..issues import issue
from ..terms import Severity
from . import rayyan_log
from .adapter import TOOL, Adapter, Context, Fit
from .rayyan_articles import (
    ARTICLES,
    QUESTION,
    WORDS,
    Articles,
    add_records,
    article_row,
    beside,
    decisions_of,
    fit_articles,
    headers_of,
    joined,
    mapped_reasons,
    prefix_of,
    read_articles,
    stage_of,
    tell_stage,
)
from .rayyan_log import fit_log, names_of, read_logs, without_log
from .rayyan_notes import INCLUSION, split
from .taken import Draft, Given, Taken

_EXTRACTION = ("rayyan_extraction", "Rayyan: extracted data")


def _take_articles(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    articles = read_articles(book, sheet, fit, ctx.codebook, prefix_of(ctx), ARTICLES)
    add_records(articles, ctx)
    kept = [decisions_of(notes) for notes in articles.notes]
    logs = beside(book, ctx, fit_log, fit_articles)
    if logs:
        log = read_logs(logs, ctx.codebook)
        kept = without_log(articles, log, names_of(log.votes, articles.votes), logs[0][0].file)
    votes: list[_Vote] = []
    pooled: list[int] = []
    known = _known_reasons(ctx)
    for place, notes in enumerate(articles.notes):
        mine = kept[place]
        reason = joined(split(notes.reasons, known), ctx)
        for name, word in notes.votes:
            if name in mine:
                decision = WORDS.get(fold(word), word)
                votes.append(_Vote(place, name, decision, reason if decision == "exclude" else ""))
        if reason and "exclude" in mine.values() and list(decisions_of(notes).values()).count("exclude") > 1:
            pooled.append(place)
    _add_votes(articles, votes, ctx)
    _tell_broken(articles)
    _tell_open(articles, pooled)
    return articles.draft.taken()


@dataclass(frozen=True)
class _Vote:
    """A vote of the notes: at which place of the sheet's rows, whose, and what."""

    place: int
    reviewer: str
    decision: str
    reason: str


def _add_votes(articles: Articles, votes: list[_Vote], ctx: Context) -> None:
    draft, column = articles.draft, articles.column
    if not votes:
        if column is not None:
            draft.use(column, "votes (none stands there)")
        return
    draft.add(
        "votes",
        {
            "record_id": Given([articles.record_ids[vote.place] for vote in votes], articles.key),
            "stage": Given([stage_of(ctx)] * len(votes)),
            "reviewer": Given([vote.reviewer for vote in votes], column),
            "decision": Given([vote.decision for vote in votes], column),
            "reason": Given([vote.reason for vote in votes], column),
        },
        [draft.rows[vote.place] for vote in votes],
    )
    tell_stage(draft, ctx)


def _known_reasons(ctx: Context) -> list[str]:
    """The words that a reason may be: the codebook's values, labels and synonyms, and what the configuration maps."""
    spec = ctx.codebook.field("votes", "reason")
    words = [word for value in (spec.allowed if spec else ()) for word in (value.value, value.label, *value.synonyms)]
    return [word for word in [*words, *mapped_reasons(ctx)] if word]


def _tell_broken(articles: Articles) -> None:
    """Every part of the notes that cannot be read, at its cell; what is broken yields no vote."""
    draft = articles.draft
    for place, notes in enumerate(articles.notes):
        for broken in notes.broken:
            draft.tell(
                issue(
                    "wrong_form",
                    draft.book.file,
                    sheet=draft.sheet.name,
                    row=draft.address_row(draft.rows[place]),
                    column=articles.column,
                    table="votes",
                    key=articles.record_ids[place],
                    field="decision",
                    label=broken.part,
                    value=draft.cells(articles.column)[place],
                    message=f": {broken.why}",
                    suggestion="Export the articles again; a spreadsheet program or an editor may have cut the cell.",
                    severity=Severity.ERROR if broken.part == INCLUSION else Severity.NOTE,
                )
            )


def _tell_open(articles: Articles, pooled: list[int]) -> None:
    """What the notes leave open, each once with the number of records and the first cell."""

    def tell(say: Callable[..., None], places: list[int], message: str, suggestion: str) -> None:
        if places:
            n = f"{len(places)} record{'s' if len(places) > 1 else ''}"
            say(message.format(n=n), suggestion, table="votes", at=places[0], column=articles.column)

    told, assumed = articles.draft.told, articles.draft.assumed
    every = list(enumerate(articles.notes))
    earlier = [place for place, notes in every if notes.earlier]
    others = [place for place, notes in every if notes.others]
    tell(
        told,
        pooled,
        "Several reviewers excluded {n}, and Rayyan's notes do not say whose the reasons are: each of these votes "
        "carries all of them.",
        "Put customizations_log.csv of the same export beside it: it says who gave which reason.",
    )
    tell(
        assumed,
        earlier if any(notes.votes and not notes.earlier for _, notes in every) else [],
        "The notes of {n} hold the votes of an earlier review in front, which are left alone. Where other records hold "
        "one list of votes, that list may be the earlier review's too.",
        "Compare the number of votes with Rayyan's own.",
    )
    tell(
        told,
        [place for place, notes in every if notes.reasons and "exclude" not in decisions_of(notes).values()],
        "The notes of {n} hold reasons for exclusion, but nobody excludes: the reasons are not used.",
        "Look at the record in Rayyan, and export again where a vote was forgotten.",
    )
    tell(
        told,
        others,
        "The notes of {n} hold parts that nothing reads: "
        + ", ".join(sorted({name for place in others for name in articles.notes[place].others})),
        "If they hold votes or reasons, please report it.",
    )


def _fit_extraction(_book: Book, sheet: Sheet) -> Fit | None:
    row = article_row(sheet)
    if row is None or not any(QUESTION.fullmatch(header) for header in headers_of(sheet, row)):
        return None
    return Fit(row, TOOL)


def _take_extraction(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    articles = read_articles(book, sheet, fit, ctx.codebook, prefix_of(ctx), _EXTRACTION)
    draft = articles.draft
    add_records(articles, ctx)
    answers = _answers(draft, ctx.codebook)
    cells = [draft.cells(column) for column in answers.values()]
    answered = [place for place in range(len(draft.rows)) if any(texts[place] for texts in cells)]
    if answered:
        study = Given([articles.record_ids[place] for place in answered], articles.key)
        asked = {name: draft.given(column, answered) for name, column in answers.items()}
        draft.add("studies", {"study_id": study, **asked}, [draft.rows[place] for place in answered])
    draft.unused(articles.column, "votes are read from the articles that were exported at screening")
    return draft.taken()


def _answers(draft: Draft, codebook: Codebook) -> dict[str, int]:
    """Field of studies → the column of the question with its name, title or alias."""
    studies = codebook.tables.get("studies")
    fields = {
        fold(word): spec.name
        for spec in (studies.fields if studies else ())
        for word in (*spec.aliases, spec.title, spec.name)
        if word
    }
    answers: dict[str, int] = {}
    for column, header in enumerate(draft.headers):
        asked = QUESTION.fullmatch(header)
        if asked is None:
            continue
        name = fields.get(fold(asked[2]))
        if name is None:
            draft.unused(column, f"the codebook has no field '{asked[2]}' in 'studies'")
        elif name in answers:
            draft.unused(column, f"an earlier column holds '{name}'")
        else:
            answers[name] = column
    return answers


ADAPTERS = (
    Adapter(*ARTICLES, fit_articles, _take_articles),
    *rayyan_log.ADAPTERS,
    Adapter(*_EXTRACTION, _fit_extraction, _take_extraction),
)
