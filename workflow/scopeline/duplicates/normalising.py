"""A record's texts without what databases write differently: case, accents, markup, abbreviations, order of names."""

import html
import re
import unicodedata

_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>")
_SIGNS = str.maketrans(dict.fromkeys("®™©℠\u00ad\u200b\u200c\u200d\ufeff", ""))
#: Among Latin letters a Greek one names a substance or a receptor, which another database writes out.
_GREEK = {ord(letter): f" {unicodedata.name(letter).split()[-1].lower()} " for letter in "αβγδεζθικλμνξπρστφχψω"}
_EAST_ASIAN = re.compile("([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff])")
_NO_WORD = re.compile(r"[\W_]+")
_ENDING = re.compile(
    r"[\[(]\s*(?:(?:meeting |conference |poster )?abstracts?|(?:article )?in [a-z]+|letter|review|reprint|"
    r"arabic|chinese|czech|danish|dutch|english|french|german|hungarian|italian|japanese|korean|norwegian|persian|polish|"
    r"portuguese|russian|spanish|swedish|turkish)\s*[\])][\s.]*$"
)
_BEGINNING = re.compile(r"^(?:retracted(?: article)?|abstract(?: no)?(?: [a-z]*\d+)?) (?=\w+ \w+)|^(?:the|an?) (?=\w)")
_SERIES = r"(part|phase|volume|vol|chapter|section|study|type|stage|grade|class|paper|report|trial|experiment)"
_COUNTED = re.compile(rf"\b{_SERIES} (i|v|x|one|two|three|four|five|six|seven|eight|nine|ten)\b")
_ROMAN = re.compile(r"\b(ii|iii|iv|vi|vii|viii|ix)\b")
_ROMANS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_SPELT = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMERALS = {word: str(number) for words in (_ROMANS, _SPELT) for number, word in enumerate(words, start=1)}
_NUMBER = re.compile(r"[0-9]+")
#: Words that, in one title only, tell that it is another kind of record.
_KINDS = re.compile(
    r"\b(erratum|errata|corrigendum|corrigenda|correction|addendum|retraction|withdrawn|expression of concern|protocol|"
    r"reply|replies|response|comments?|commentary|letter|editorial|updated?|rebuttal|discussion|interim|follow up|"
    r"followup)\b"
)
_VERSION = re.compile(r"(?:[./]?v\d{1,2}|\.pub\d{1,2})$")
_INITIALS = re.compile(r"\b[A-Z]{1,3}\b")
_NO_NAMES = {"et", "al", "and", "und", "jr", "sr", "md", "phd", "dr", "prof", "anonymous", "unknown"}
_NO_JOURNAL_WORDS = frozenset(
    ("of", "the", "and", "in", "for", "on", "de", "der", "des", "du", "und", "et", "la", "le", "les", "fur")
)
#: So many letters of an abstract are compared.
_ABSTRACT = 300
_MONTH_FIRST = re.compile(r"^\s*(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\W*\d")


def plain(text: str) -> str:
    """Lower case without accents, markup, signs; East Asian characters stand apart, for each is a word."""
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub("", text)
    if text.isascii():
        return text.lower()
    text = text.translate(_SIGNS).casefold()
    if any("a" <= letter <= "z" for letter in text):
        text = text.translate(_GREEK)
    text = _EAST_ASIAN.sub(r" \1 ", unicodedata.normalize("NFKC", text))
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def words(text: str) -> str:
    """What is neither letter nor digit as single blanks."""
    return _NO_WORD.sub(" ", text).strip()


def title(text: str) -> str:
    """A title in words, without what databases put before and after it; small numbers as digits."""
    told = words(_ENDING.sub("", plain(text)))
    told = _BEGINNING.sub("", told) or told
    told = _COUNTED.sub(lambda found: f"{found[1]} {_NUMERALS[found[2]]}", told)
    return _ROMAN.sub(lambda found: _NUMERALS[found[1]], told)


def letters(title: str) -> int:
    """The length of a title in letters; an East Asian character says as much as some three."""
    return len(title) if title.isascii() else len(title) + 2 * len(_EAST_ASIAN.findall(title))


def signature(title: str) -> str:
    """The four longest words of a title by letters: the same though words change places or small ones differ."""
    longest = sorted(set(title.split()), key=lambda word: (-len(word), word))[:4]
    return " ".join(sorted(longest)) if len(longest) > 2 else ""


def authors(text: str) -> str:
    """The names without initials; "Adeli K.Lewis G. F." and "Adeli, K.; Lewis, G.F." come to the same."""
    if not text.isupper():
        text = _INITIALS.sub(" ", text)
    names = words(plain(text)).split()
    return " ".join(name for name in names if (len(name) > 1 or not name.isascii()) and name not in _NO_NAMES)


def journal(text: str) -> str:
    """A journal's name without its place, its series and small words."""
    name = re.sub(r"\([^()]*\)|[\[:;=].*$|\bconference\b.*$", " ", plain(text))
    return " ".join(word for word in words(name).split() if word not in _NO_JOURNAL_WORDS)


def abstract(text: str) -> str:
    """The beginning of an abstract, in words."""
    return words(plain(text[: 2 * _ABSTRACT]))[:_ABSTRACT]


def numbers(title: str) -> str:
    """The numbers of a title in order, for the parts of a series differ in nothing else."""
    return " ".join(sorted(_NUMBER.findall(title)))


def kinds(title: str) -> str:
    """The words of a title that tell of another kind of record: erratum, protocol, reply."""
    return " ".join(sorted(set(_KINDS.findall(title))))


def stem(doi: str) -> str:
    """A DOI without the number of its version."""
    return _VERSION.sub("", doi)


def first_number(text: str) -> str:
    """The first number of pages, a volume or an issue: "S354-6" is 354, "59 (Suppl 1)" is 59; "" where it is torn."""
    small = text.lower()
    if (")" in small and "(" not in small) or _MONTH_FIRST.match(small):
        return ""
    found = _NUMBER.search(small)
    return found[0].lstrip("0") if found else ""
