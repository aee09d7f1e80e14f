"""Rayyan's log of decisions, and where it meets the votes that the notes of the articles hold.

The notes pool the reasons of all reviewers; the log says whose they are. Where both are there, the log speaks for the
reviewers and articles that it holds, and what the notes say of these is compared with it and not counted again.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from ..cells import Book, Sheet
from ..codebook import Codebook, fold
from . import ids
from .adapter import TOOL, Adapter, Context, Fit, header_with
from .rayyan_articles import (
    PREFIX,
    Articles,
    article_id,
    beside,
    decisions_of,
    fit_articles,
    headers_of,
    joined,
    prefix_of,
    read_articles,
    stage_of,
    tell_stage,
)
from .taken import Draft, Given, Taken

LOG = ("rayyan_log", "Rayyan: log of decisions")
_REASON = "__EXR__"
_VALUES = {"1": "include", "0": "maybe", "-1": "exclude"}
_UNDONE = ("deleted", "")
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?")


def fit_log(_book: Book, sheet: Sheet) -> Fit | None:
    """Known by the headers of its events and of who caused them."""
    row = header_with(sheet, "article_id", "key", "value", "created_at")
    if row is None or not {"user email", "user id"} & set(map(fold, headers_of(sheet, row))):
        return None
    return Fit(row, TOOL)


@dataclass
class Log:
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


def _read_log(draft: Draft) -> Log:
    article, email, user = (draft.find(name) for name in ("article_id", "user_email", "user_id"))
    articles = [article_id(text) for text in draft.cells(article)]
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
    return Log(dict(votes), at, dict(reasons), articles, users, keys, values, set(last.values()), in_order)


def _time(text: str) -> tuple[str, str]:
    """A time as it is put in order: its kind, and a text that sorts; ("", "") where it cannot be told."""
    if text.replace(".", "", 1).isdigit():
        return "number", text.split(".", maxsplit=1)[0].zfill(20)
    found = _ISO.match(text)
    return ("date", found[0].replace("T", " ")) if found else ("", "")


def read_logs(logs: list[tuple[Book, Sheet, Fit]], codebook: Codebook) -> Log:
    """The votes of several logs together; where two hold one user's word on one article, the later file's stands."""
    whole = Log({}, {}, {}, [], [], [], [], set(), True)
    for book, sheet, fit in logs:
        one = _read_log(Draft(book, sheet, fit.header_row, codebook, source=LOG[0], title=LOG[1]))
        for article, said in one.votes.items():
            whole.votes.setdefault(article, {}).update(said)
    return whole


def _take_log(book: Book, sheet: Sheet, fit: Fit, ctx: Context) -> Taken:
    draft = Draft(book, sheet, fit.header_row, ctx.codebook, source=LOG[0], title=LOG[1])
    log = _read_log(draft)
    others = beside(book, ctx, fit_articles, fit_log)
    sheets = [read_articles(other, its, found, ctx.codebook, PREFIX) for other, its, found in others]
    by_notes = {article: said for one in sheets for article, said in one.votes.items()}
    known = {article for one in sheets for article in one.native} if sheets else set(log.articles)
    told = {fold(word) for name in ("reviewer", "votes.reviewer") for word in ctx.setting.values.get(name, {})}
    names = {user: name for user, name in names_of(log.votes, by_notes).items() if fold(user) not in told}
    voting = [
        (place, article, user)
        for (article, user), place in log.at.items()
        if article in known and log.votes[article][user]
    ]
    voting.sort(key=lambda vote: vote[0])
    if voting:
        decisions = [log.votes[article][user] for _, article, user in voting]
        reasons = [
            joined(log.reasons.get((article, user), []), ctx) if decision == "exclude" else ""
            for (_, article, user), decision in zip(voting, decisions, strict=True)
        ]
        record_ids = [f"{prefix_of(ctx)}{article}" if article else "" for _, article, _ in voting]
        person = draft.find("user_email") if any(draft.cells(draft.find("user_email"))) else draft.find("user_id")
        draft.add(
            "votes",
            {
                "record_id": Given(record_ids, draft.find("article_id")),
                "stage": Given([stage_of(ctx)] * len(voting)),
                "reviewer": Given([names.get(user, user) for _, _, user in voting], person),
                "decision": Given(decisions, draft.find("value")),
                "reason": Given(reasons),
            },
            [draft.rows[place] for place, _, _ in voting],
        )
        tell_stage(draft, ctx)
    draft.use(draft.find("key"), "votes.reason")
    draft.use(draft.find("created_at"), "the order of words")
    draft.use(draft.find("user_id"), "who voted")
    used = {place for place, _, _ in voting}
    for why, places in _left_out(log, used, known, others):
        draft.leave_out(why, [draft.rows[place] for place in places])
    nameless = sorted({user for _, _, user in voting} - set(names) - {user for user in log.users if fold(user) in told})
    if nameless:
        message = (
            f"The log does not hold the names of {len(nameless)} reviewers: they are called {', '.join(nameless[:4])}."
        )
        suggestion = f"Give them names: `values: {{reviewer: {{{nameless[0]}: …}}}}` for this file under `sources:`."
        draft.assumed(message, suggestion, table="votes", field="reviewer")
    _tell_log(draft, log, names, by_notes, known)
    return draft.taken()


def _left_out(
    log: Log, used: set[int], known: set[str], others: list[tuple[Book, Sheet, Fit]]
) -> Iterable[tuple[str, list[int]]]:
    """Every event of a log that yields no vote, by why; `others` are the sheets of articles that it belongs to."""

    def why(place: int) -> str:
        article, user, key = log.articles[place], log.users[place], log.keys[place]
        if article not in known:
            return f"the article is not in {', '.join(sorted({book.file for book, _, _ in others}))}"
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
    draft: Draft, log: Log, names: Mapping[str, str], by_notes: Mapping[str, Mapping[str, str]], known: set[str]
) -> None:
    if not log.in_order:
        message = "Not every time in created_at can be read, so the events are taken in the order of the file."
        draft.assumed(message, "Export the log again and leave its dates as they are.", table="votes")
    for user, name in sorted(names.items()):
        same, shared = _agreement(log.votes, by_notes, user, name)
        draft.told(
            f"{user} is taken for '{name}' of the notes: their votes are the same on {same} of {shared} records.",
            f"If this is wrong: `values: {{reviewer: {{{user}: …}}}}` for this file under `sources:`.",
            table="votes",
            field="reviewer",
        )
    strangers = sorted(set(log.votes) - known)
    if strangers:
        draft.assumed(
            f"{len(strangers)} articles of the log are not among the articles (first: {strangers[0]}), so their votes "
            "are left out.",
            "Export the articles and the log together. Articles whose keys are not Rayyan's own numbers cannot be "
            "found in the log.",
            table="votes",
        )


def names_of(log: Mapping[str, Mapping[str, str]], notes: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
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


def without_log(articles: Articles, log: Log, names: Mapping[str, str], file: str) -> list[dict[str, str]]:
    """By row, the votes of the notes without those of which the log speaks; a difference is told at its cell."""
    user_of = {name: user for user, name in names.items()}
    kept: list[dict[str, str]] = []
    counts: Counter[str] = Counter()
    for place, article in enumerate(articles.native):
        said, logged = decisions_of(articles.notes[place]), log.votes.get(article, {})
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
            articles.draft.say(
                "votes_differ",
                f"The notes and {file} differ ({'; '.join(differing)}). The log's last word counts.",
                at=place,
                column=articles.column,
                table="votes",
                key=articles.record_ids[place],
            )
    if counts["left"]:
        agree = "they agree" if not counts["differ"] else f"they differ on {counts['differ']} records"
        message = f"{counts['left']} votes of the notes stand in {file} too and are read from there; {agree}."
        suggestion = "Nothing is counted twice." if not counts["differ"] else "Each difference is told at its cell."
        articles.draft.told(message, suggestion, table="votes")
    return kept


ADAPTERS = (Adapter(*LOG, fit_log, _take_log),)
