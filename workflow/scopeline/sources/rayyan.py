"""Rayyan: the articles with the votes in their notes, the log of who decided what, and the export of extracted data.

Seen in real files, by their description: the headers of `articles.csv` of 2020 (17 columns), 2022 and now (21), keys
such as `rayyan-437813830` and keys of BibTeX. From scripts that read real exports: the notes (`rayyan_notes`), and the
log `customizations_log.csv` (article_id, user_email, user_id, key, value, created_at; `included` is 1, 0, -1 or
`deleted`; a reason is a key of its own, `__EXR__wrong population`, sometimes in quotes). From Rayyan's help: the two
files of every export, and the export of extracted data (`14-population`). Not seen: a log or an extraction itself.

The notes pool the reasons of all reviewers; the log says whose they are. Where both are there, the log speaks for the
reviewers and articles that it holds, and what the notes say of these is compared with it and not counted again.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath

import pyarrow.compute as pc

from ..cells import Book, Sheet
from ..citations.table import bare_doi, year_of
from ..codebook import Codebook, fold
from ..issues import Issue, issue
from ..terms import Severity, Stage
from . import ids
from .adapter import HEADER_ROWS, SEARCH, TOOL, Adapter, Context, Fit, header_with
from .rayyan_notes import INCLUSION, Notes, read, split
from .taken import Draft, Given, Taken

#: Name and title of each kind of export.
_ARTICLES = ("rayyan", "Rayyan: articles and votes")
_LOG = ("rayyan_log", "Rayyan: log of decisions")
_EXTRACTION = ("rayyan_extraction", "Rayyan: extracted data")

_PREFIX = "rayyan-"
_BIBLIOGRAPHIC = {"month", "day", "issn", "volume", "issue", "pages", "language", "publisher", "location"}
_QUESTION = re.compile(r"(\d+)\s*-\s*(\S.*)", re.S)
_REASON = "__EXR__"
_WORDS = {"included": "include", "excluded": "exclude", "maybe": "maybe", "true": "include", "false": "exclude"}
_VALUES = {"1": "include", "0": "maybe", "-1": "exclude"}
_UNDONE = ("deleted", "")

#: Field of records → headers, in spreadsheets and in files of citations.
_FIELDS = {
    "source_name": ("database",),
    "title": ("title", "primary_title"),
    "authors": ("authors", "author"),
    "year": ("year", "publication_year"),
    "journal": ("journal", "secondary_title"),
    "doi": ("doi",),
    "pmid": ("pubmed_id", "pmid"),
    "pmcid": ("pmc_id", "pmcid"),
    "url": ("url",),
    "abstract": ("abstract",),
}


# The articles


def _fit_articles(_book: Book, sheet: Sheet) -> Fit | None:
    row = _article_row(sheet)
    if row is not None:
        headers = _headers(sheet, row)
        if any(_QUESTION.fullmatch(header) for header in headers):
            return None
        if "notes" in map(fold, headers):
            return Fit(row, TOOL)
    column = _column_with_votes(sheet)
    if column is None:
        return None
    for row in range(1, min(HEADER_ROWS, sheet.n_rows) + 1):
        header = fold(sheet.columns[column][row - 1].as_py() or "")
        if ("note" in header or header in ("n1", "comments", "comment")) and INCLUSION not in header.upper():
            sure = bool(sheet.lines) or "key" in map(fold, _headers(sheet, row))
            return Fit(row, TOOL if sure else SEARCH, column)
    return None


def _article_row(sheet: Sheet) -> int | None:
    """The row of headers of Rayyan's own table."""
    row = header_with(sheet, "key", "title", "authors")
    if row is None or len(_BIBLIOGRAPHIC & set(map(fold, _headers(sheet, row)))) < 4:
        return None
    return row


def _headers(sheet: Sheet, row: int) -> list[str]:
    return [(text or "").strip() for text in sheet.row(row)]


def _column_with_votes(sheet: Sheet) -> int | None:
    for number, column in enumerate(sheet.columns):
        if pc.any(pc.match_substring(column, f"{INCLUSION}:")).as_py():
            return number
    return None


def _take_articles(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    articles = _articles(book, sheet, fit, ctx.codebook, _prefix(ctx), _ARTICLES)
    _add_records(articles, ctx)
    kept = [_decisions(notes) for notes in articles.notes]
    logs = _beside(book, ctx, _fit_log, _fit_articles)
    if logs:
        log = _log(logs, ctx.codebook)
        kept = _without_log(articles, log, _names(log.votes, articles.votes), logs[0][0].file)
    votes: list[_Vote] = []
    pooled: list[int] = []
    known = _known_reasons(ctx)
    for place, notes in enumerate(articles.notes):
        mine = kept[place]
        reason = _joined(split(notes.reasons, known), ctx)
        for name, word in notes.votes:
            if name in mine:
                decision = _WORDS.get(fold(word), word)
                votes.append(_Vote(place, name, decision, reason if decision == "exclude" else ""))
        if reason and "exclude" in mine.values() and list(_decisions(notes).values()).count("exclude") > 1:
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


@dataclass
class _Articles:
    """A sheet of articles as it is read: its draft, the column of notes, and for each row its IDs and its notes."""

    draft: Draft
    key: int | None
    column: int | None
    native: list[str]
    record_ids: list[str]
    notes: list[Notes]

    @property
    def votes(self) -> dict[str, dict[str, str]]:
        """Article → reviewer → decision."""
        return {name: _decisions(notes) for name, notes in zip(self.native, self.notes, strict=True) if notes.votes}


def _articles(
    book: Book, sheet: Sheet, fit: Fit, codebook: Codebook, prefix: str, adapter: tuple[str, str] = _ARTICLES
) -> _Articles:
    """`adapter` is the name and the title of who takes the sheet."""
    draft = Draft(book, sheet, fit.header_row, codebook, source=adapter[0], title=adapter[1])
    key = draft.find("key", "id")
    column = fit.about if fit.about is not None else draft.find("notes")
    bibliographic = [draft.cells(draft.find(*_FIELDS[name])) for name in ("title", "year", "authors", "doi")]
    native, record_ids = [], []
    seen: Counter[str] = Counter()
    for own, title, year, authors, doi in zip(draft.cells(key), *bibliographic, strict=True):
        article = _article(own)
        first = re.split(r";| and ", authors)[0]
        made = "" if article else ids.made(prefix, title, year_of(year), first, bare_doi(doi))
        if made:
            seen[made] += 1
            made = made if seen[made] == 1 else f"{made}-{seen[made]}"
        native.append(article or made)
        record_ids.append(made or f"{prefix}{article}")
    return _Articles(draft, key, column, native, record_ids, [read(cell) for cell in draft.cells(column)])


def _prefix(ctx: Context) -> str:
    return _PREFIX if ctx.setting.prefix is None else ctx.setting.prefix


def _article(text: str) -> str:
    """An article's ID without the word before it: `rayyan-437813830`, `437813830` and `437813830.0` are one."""
    return ids.plain(text.strip().removeprefix(_PREFIX))


def _decisions(notes: Notes) -> dict[str, str]:
    return {name: _WORDS.get(fold(word), word) for name, word in notes.votes}


def _add_records(articles: _Articles, ctx: Context) -> None:
    draft = articles.draft
    fields = {"record_id": Given(articles.record_ids, articles.key)}
    for name, headers in _FIELDS.items():
        column = draft.find(*headers)
        if column is None:
            continue
        texts = draft.cells(column)
        if name == "year":
            fields[name] = Given([year_of(text) or text for text in texts], column)
        elif name == "doi":
            fields[name] = Given([bare_doi(text) for text in texts], column)
        else:
            fields[name] = draft.given(column)
    draft.add("records", {**fields, "source_type": draft.constant("database")}, shared=True)
    if "source_type" not in ctx.setting.set_:
        message = "Rayyan does not say where a record was found: every record is counted as found in a database."
        draft.tell(_said(draft, message, table="records", field="source_type"))


def _said(
    draft: Draft,
    message: str,
    *,
    severity: Severity | None = None,
    table: str = "votes",
    field: str = "",
    place: int | None = None,
    column: int | None = None,
    key: str = "",
    suggestion: str = "",
) -> Issue:
    """What was assumed or noticed; `place` is that of a row among the draft's."""
    row = None if place is None else draft.address_row(draft.rows[place])
    where = {"sheet": draft.sheet.name, "table": table, "field": field, "key": key, "suggestion": suggestion}
    rule = "source_read" if severity == Severity.NOTE else "source_assumed"
    return issue(rule, draft.book.file, message=message, severity=severity, row=row, column=column, **where)


def _add_votes(articles: _Articles, votes: list[_Vote], ctx: Context) -> None:
    draft, column = articles.draft, articles.column
    if not votes:
        if column is not None:
            draft.use(column, "votes (none stands there)")
        return
    draft.add(
        "votes",
        {
            "record_id": Given([articles.record_ids[vote.place] for vote in votes], articles.key),
            "stage": Given([_stage(ctx)] * len(votes)),
            "reviewer": Given([vote.reviewer for vote in votes], column),
            "decision": Given([vote.decision for vote in votes], column),
            "reason": Given([vote.reason for vote in votes], column),
        },
        [draft.rows[vote.place] for vote in votes],
    )
    _tell_stage(draft, ctx)


def _stage(ctx: Context) -> str:
    return ctx.setting.stage or Stage.TITLE_ABSTRACT.value


def _tell_stage(draft: Draft, ctx: Context) -> None:
    if ctx.setting.stage is None and "stage" not in ctx.setting.set_:
        message = "Rayyan's export does not say at which stage the votes were cast: they are read as title_abstract."
        draft.tell(_said(draft, message, field="stage"))


def _known_reasons(ctx: Context) -> list[str]:
    """The words that a reason may be: the codebook's values, labels and synonyms, and what the configuration maps."""
    spec = ctx.codebook.field("votes", "reason")
    words = [word for value in (spec.allowed if spec else ()) for word in (value.value, value.label, *value.synonyms)]
    return [word for word in [*words, *_mapped_reasons(ctx)] if word]


def _mapped_reasons(ctx: Context) -> dict[str, str]:
    return {**ctx.setting.values.get("reason", {}), **ctx.setting.values.get("votes.reason", {})}


def _joined(reasons: Iterable[str], ctx: Context) -> str:
    """Several reasons in one cell; each is then mapped here, because the configuration maps whole cells."""
    reasons = list(dict.fromkeys(reasons))
    if len(reasons) > 1:
        meant = {fold(word): stands for word, stands in _mapped_reasons(ctx).items()}
        reasons = list(dict.fromkeys(meant.get(fold(reason), reason) for reason in reasons))
    return "; ".join(reasons)


def _tell_broken(articles: _Articles) -> None:
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


def _tell_open(articles: _Articles, pooled: list[int]) -> None:
    """What the notes leave open, each once with the number of records and the first cell."""

    def tell(places: list[int], severity: Severity, message: str, suggestion: str) -> None:
        if places:
            n = f"{len(places)} record{'s' if len(places) > 1 else ''}"
            where = {"place": places[0], "column": articles.column, "severity": severity, "suggestion": suggestion}
            articles.draft.tell(_said(articles.draft, message.format(n=n), **where))  # type: ignore[arg-type]

    every = list(enumerate(articles.notes))
    earlier = [place for place, notes in every if notes.earlier]
    others = [place for place, notes in every if notes.others]
    tell(
        pooled,
        Severity.NOTE,
        "Several reviewers excluded {n}, and Rayyan's notes do not say whose the reasons are: each of these votes "
        "carries all of them.",
        "Put customizations_log.csv of the same export beside it: it says who gave which reason.",
    )
    tell(
        earlier if any(notes.votes and not notes.earlier for _, notes in every) else [],
        Severity.WARNING,
        "The notes of {n} hold the votes of an earlier review in front, which are left alone. Where other records hold "
        "one list of votes, that list may be the earlier review's too.",
        "Compare the number of votes with Rayyan's own.",
    )
    tell(
        [place for place, notes in every if notes.reasons and "exclude" not in _decisions(notes).values()],
        Severity.NOTE,
        "The notes of {n} hold reasons for exclusion, but nobody excludes: the reasons are not used.",
        "Look at the record in Rayyan, and export again where a vote was forgotten.",
    )
    tell(
        others,
        Severity.NOTE,
        "The notes of {n} hold parts that nothing reads: "
        + ", ".join(sorted({name for place in others for name in articles.notes[place].others})),
        "If they hold votes or reasons, please report it.",
    )


# The log


def _fit_log(_book: Book, sheet: Sheet) -> Fit | None:
    row = header_with(sheet, "article_id", "key", "value", "created_at")
    if row is None or not {"user email", "user id"} & set(map(fold, _headers(sheet, row))):
        return None
    return Fit(row, TOOL)


@dataclass
class _Log:
    """The last words of a log: (article, user) → what was decided and where; and the reasons in force.

    votes: article → user → decision, "" where a vote was taken back. at: (article, user) → its event's place.
    reasons: (article, user) → reasons, in the order in which they were given. articles, users, keys, values: by place.
    """

    votes: dict[str, dict[str, str]]
    at: dict[tuple[str, str], int]
    reasons: dict[tuple[str, str], list[str]]
    articles: list[str]
    users: list[str]
    keys: list[str]
    values: list[str]
    last: set[int]
    in_order: bool


def _read_log(draft: Draft) -> _Log:
    article, email, user = (draft.find(name) for name in ("article_id", "user_email", "user_id"))
    articles = [_article(text) for text in draft.cells(article)]
    users = [
        mail or (f"user {ids.plain(number)}" if number else "")
        for mail, number in zip(draft.cells(email), draft.cells(user), strict=True)
    ]
    keys = [text.strip('"').strip() for text in draft.cells(draft.find("key"))]
    values = [ids.plain(text).casefold() for text in draft.cells(draft.find("value"))]
    times = [_time(text) for text in draft.cells(draft.find("created_at"))]
    kinds = {kind for kind, _ in times}
    in_order = len(kinds) <= 1 and "" not in kinds
    order = sorted(range(len(articles)), key=lambda place: times[place]) if in_order else range(len(articles))
    last: dict[tuple[str, str, str], int] = {}
    for place in order:
        last.pop((articles[place], users[place], keys[place]), None)
        last[articles[place], users[place], keys[place]] = place
    votes: dict[str, dict[str, str]] = defaultdict(dict)
    at: dict[tuple[str, str], int] = {}
    reasons: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (name, who, key), place in last.items():
        if key == "included":
            word = values[place]
            votes[name][who] = "" if word in _UNDONE else _VALUES.get(word, word)
            at[name, who] = place
        elif key.startswith(_REASON) and values[place] == "1":
            reasons[name, who].append(key.removeprefix(_REASON).strip())
    return _Log(dict(votes), at, dict(reasons), articles, users, keys, values, set(last.values()), in_order)


_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?")


def _time(text: str) -> tuple[str, str]:
    """A time as it is put in order: its kind, and a text that sorts; ("", "") where it cannot be told."""
    if text.replace(".", "", 1).isdigit():
        return "number", text.split(".", maxsplit=1)[0].zfill(20)
    found = _ISO.match(text)
    return ("date", found[0].replace("T", " ")) if found else ("", "")


def _log(logs: list[tuple[Book, Sheet, Fit]], codebook: Codebook) -> _Log:
    """The votes of several logs together; where two hold one user's word on one article, the later file's stands."""
    whole = _Log({}, {}, {}, [], [], [], [], set(), True)
    for book, sheet, fit in logs:
        one = _read_log(Draft(book, sheet, fit.header_row, codebook, source=_LOG[0], title=_LOG[1]))
        for article, said in one.votes.items():
            whole.votes.setdefault(article, {}).update(said)
    return whole


def _take_log(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    draft = Draft(book, sheet, fit.header_row, ctx.codebook, source=_LOG[0], title=_LOG[1])
    log = _read_log(draft)
    beside = _beside(book, ctx, _fit_articles, _fit_log)
    sheets = [_articles(other, its, found, ctx.codebook, _PREFIX) for other, its, found in beside]
    by_notes = {article: said for one in sheets for article, said in one.votes.items()}
    known = {article for one in sheets for article in one.native} if sheets else set(log.articles)
    told = {fold(word) for name in ("reviewer", "votes.reviewer") for word in ctx.setting.values.get(name, {})}
    names = {user: name for user, name in _names(log.votes, by_notes).items() if fold(user) not in told}
    voting = [
        (place, article, user)
        for (article, user), place in log.at.items()
        if article in known and log.votes[article][user]
    ]
    voting.sort(key=lambda vote: vote[0])
    if voting:
        decisions = [log.votes[article][user] for _, article, user in voting]
        reasons = [
            _joined(log.reasons.get((article, user), []), ctx) if decision == "exclude" else ""
            for (_, article, user), decision in zip(voting, decisions, strict=True)
        ]
        record_ids = [f"{_prefix(ctx)}{article}" if article else "" for _, article, _ in voting]
        person = draft.find("user_email") if any(draft.cells(draft.find("user_email"))) else draft.find("user_id")
        draft.add(
            "votes",
            {
                "record_id": Given(record_ids, draft.find("article_id")),
                "stage": Given([_stage(ctx)] * len(voting)),
                "reviewer": Given([names.get(user, user) for _, _, user in voting], person),
                "decision": Given(decisions, draft.find("value")),
                "reason": Given(reasons),
            },
            [draft.rows[place] for place, _, _ in voting],
        )
        _tell_stage(draft, ctx)
    draft.use(draft.find("key"), "votes.reason")
    draft.use(draft.find("created_at"), "the order of words")
    draft.use(draft.find("user_id"), "who voted")
    used = {place for place, _, _ in voting}
    for why, places in _left_out(log, used, known, beside):
        draft.leave_out(why, [draft.rows[place] for place in places])
    nameless = sorted({user for _, _, user in voting} - set(names) - {user for user in log.users if fold(user) in told})
    if nameless:
        message = (
            f"The log does not hold the names of {len(nameless)} reviewers: they are called {', '.join(nameless[:4])}."
        )
        suggestion = f"Give them names: `values: {{reviewer: {{{nameless[0]}: …}}}}` for this file under `sources:`."
        draft.tell(_said(draft, message, field="reviewer", suggestion=suggestion))
    _tell_log(draft, log, names, by_notes, known)
    return draft.taken()


def _left_out(
    log: _Log, used: set[int], known: set[str], beside: list[tuple[Book, Sheet, Fit]]
) -> Iterable[tuple[str, list[int]]]:
    """Every event of a log that yields no vote, by why."""

    def why(place: int) -> str:
        article, user, key = log.articles[place], log.users[place], log.keys[place]
        if article not in known:
            return f"the article is not in {', '.join(sorted({book.file for book, _, _ in beside}))}"
        if key != "included" and not key.startswith(_REASON):
            return "a label; labels are not used"
        if place not in log.last:
            return "the same reviewer's later word stands"
        if key == "included":
            return "the vote was taken back"
        if log.values[place] != "1":
            return "the reason was taken back"
        if log.votes.get(article, {}).get(user) == "exclude":
            return "a reason, which stands with the same reviewer's vote"
        return "a reason of a reviewer who does not exclude the article"

    places = sorted((why(place), place) for place in range(len(log.articles)) if place not in used)
    for said, group in groupby(places, key=lambda pair: pair[0]):
        yield said, [place for _, place in group]


def _tell_log(
    draft: Draft, log: _Log, names: Mapping[str, str], by_notes: Mapping[str, Mapping[str, str]], known: set[str]
) -> None:
    if not log.in_order:
        message = "Not every time in created_at can be read, so the events are taken in the order of the file."
        draft.tell(_said(draft, message, suggestion="Export the log again and leave its dates as they are."))
    for user, name in sorted(names.items()):
        same, shared = _agreement(log.votes, by_notes, user, name)
        draft.tell(
            _said(
                draft,
                f"{user} is taken for '{name}' of the notes: their votes are the same on {same} of {shared} records.",
                severity=Severity.NOTE,
                field="reviewer",
                suggestion=f"If this is wrong: `values: {{reviewer: {{{user}: …}}}}` for this file under `sources:`.",
            )
        )
    strangers = sorted(set(log.votes) - known)
    if strangers:
        draft.tell(
            _said(
                draft,
                f"{len(strangers)} articles of the log are not among the articles (first: {strangers[0]}), so their "
                "votes are left out.",
                suggestion="Export the articles and the log together. Articles whose keys are not Rayyan's own numbers "
                "cannot be found in the log.",
            )
        )


# Both together


def _beside(
    book: Book, ctx: Context, fit: Callable[[Book, Sheet], Fit | None], own: Callable[[Book, Sheet], Fit | None]
) -> list[tuple[Book, Sheet, Fit]]:
    """The other file of the same export: in the same folder, or else in folders without a file of our kind."""

    def folder(one: Book) -> PurePosixPath:
        return PurePosixPath(one.file).parent

    others = [other for other in ctx.books.values() if other.fault is None]
    found = [
        (other, sheet, fitting)
        for other in others
        for sheet in other.sheets
        if sheet.n_rows and (fitting := fit(other, sheet)) is not None
    ]
    same = [one for one in found if folder(one[0]) == folder(book)]
    if same or not found:
        return same
    taken = {folder(other) for other in others if any(sheet.n_rows and own(other, sheet) for sheet in other.sheets)}
    return [one for one in found if folder(one[0]) not in taken]


def _names(log: Mapping[str, Mapping[str, str]], notes: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """User of the log → name in the notes, where each is the other's one best match by their votes.

    Votes that are the same count for a pair, votes that differ or are lacking against it. Where two pairs are as good,
    a name that stands in the e-mail address decides; where that does not, nobody is matched.
    """
    users = sorted({user for said in log.values() for user in said})
    names = sorted({name for said in notes.values() for name in said})
    score: dict[tuple[str, str], float] = {}
    for user in users:
        for name in names:
            same, shared = _agreement(log, notes, user, name)
            if same:
                hint = any(len(word) > 1 and word in user.casefold().split("@")[0] for word in fold(name).split())
                score[user, name] = 2 * same - shared + (0.5 if hint else 0)

    def best(pairs: list[tuple[str, str]]) -> tuple[str, str] | None:
        ranked = sorted(pairs, key=lambda pair: -score[pair])
        return ranked[0] if len(ranked) == 1 or (ranked and score[ranked[0]] > score[ranked[1]]) else None

    by_user = {user: best([pair for pair in score if pair[0] == user]) for user in users}
    by_name = {name: best([pair for pair in score if pair[1] == name]) for name in names}
    return {user: pair[1] for user, pair in by_user.items() if pair and by_name[pair[1]] == pair}


def _agreement(
    log: Mapping[str, Mapping[str, str]], notes: Mapping[str, Mapping[str, str]], user: str, name: str
) -> tuple[int, int]:
    """On how many articles two say the same, of those (of the articles in both files) on which one of them votes."""
    pairs = [(log[article].get(user, ""), notes[article].get(name, "")) for article in log.keys() & notes.keys()]
    return sum(a == b != "" for a, b in pairs), sum(bool(a or b) for a, b in pairs)


def _without_log(articles: _Articles, log: _Log, names: Mapping[str, str], file: str) -> list[dict[str, str]]:
    """By row, the votes of the notes without those of which the log speaks; a difference is told at its cell."""
    user_of = {name: user for user, name in names.items()}
    kept: list[dict[str, str]] = []
    counts: Counter[str] = Counter()
    for place, article in enumerate(articles.native):
        said, logged = _decisions(articles.notes[place]), log.votes.get(article, {})
        nameless = {user: word for user, word in logged.items() if user not in names}
        own = {
            name: word
            for name, word in said.items()
            if (user_of[name] not in logged if name in user_of else not nameless)
        }
        kept.append(own)
        left = {name: word for name, word in said.items() if name not in own}
        differing = [
            f"{name}: {word} in the notes, {logged[user_of[name]] or 'taken back'} in the log"
            for name, word in left.items()
            if name in user_of and logged[user_of[name]] != word
        ]
        loose = sorted(word for name, word in left.items() if name not in user_of)
        if loose != sorted(word for word in nameless.values() if word) and left:
            in_log = ", ".join(f"{user} {word}" for user, word in sorted(nameless.items()) if word) or "no vote"
            differing.append(f"{', '.join(loose) or 'no vote'} in the notes, {in_log} in the log")
        counts["left"] += len(left)
        counts["differ"] += bool(differing)
        if differing:
            _tell_difference(articles, place, differing, file)
    if counts["left"]:
        agree = "they agree" if not counts["differ"] else f"they differ on {counts['differ']} records"
        message = f"{counts['left']} votes of the notes stand in {file} too and are read from there; {agree}."
        suggestion = "Nothing is counted twice." if not counts["differ"] else "Each difference is told at its cell."
        articles.draft.tell(_said(articles.draft, message, severity=Severity.NOTE, suggestion=suggestion))
    return kept


def _tell_difference(articles: _Articles, place: int, differing: list[str], file: str) -> None:
    draft = articles.draft
    draft.tell(
        _said(
            draft,
            f"The notes and {file} differ ({'; '.join(differing)}). The log's last word counts.",
            severity=Severity.WARNING,
            place=place,
            column=articles.column,
            key=articles.record_ids[place],
            suggestion="Export both files again on the same day.",
        )
    )


# Extracted data


def _fit_extraction(_book: Book, sheet: Sheet) -> Fit | None:
    row = _article_row(sheet)
    if row is None or not any(_QUESTION.fullmatch(header) for header in _headers(sheet, row)):
        return None
    return Fit(row, TOOL)


def _take_extraction(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    articles = _articles(book, sheet, fit, ctx.codebook, _prefix(ctx), _EXTRACTION)
    draft = articles.draft
    _add_records(articles, ctx)
    answers = _answers(draft, ctx.codebook)
    cells = [draft.cells(column) for column in answers.values()]
    answered = [place for place in range(len(draft.rows)) if any(texts[place] for texts in cells)]
    if answered:
        study = Given([articles.record_ids[place] for place in answered], articles.key)
        asked = {name: _picked(draft.given(column), answered) for name, column in answers.items()}
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
        asked = _QUESTION.fullmatch(header)
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


def _picked(given: Given, places: list[int]) -> Given:
    kinds = None if given.kinds is None else [given.kinds[place] for place in places]
    return Given([given.texts[place] for place in places], given.column, kinds)


ADAPTERS = (
    Adapter(*_ARTICLES, _fit_articles, _take_articles),
    Adapter(*_LOG, _fit_log, _take_log),
    Adapter(*_EXTRACTION, _fit_extraction, _take_extraction),
)
