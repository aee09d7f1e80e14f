"""LaTeX as reference managers write it into BibTeX → plain text.

Only what is LaTeX beyond doubt goes through pylatexenc: accents, escaped signs, short formulas, macros that it knows.
The rest stays letter for letter, because exports are full of what LaTeX would swallow: "50% of patients" is a comment
to it, "$5 to $10" a formula.
"""

import logging
import re
from functools import lru_cache

_LINE_END = re.compile(r"\\\\(?:\[[^\]]*\])?")
_ACCENT = re.compile(
    r"""\\[`'"^~=.]\s*(?:\{\s*\\?[A-Za-z]*\s*\}|\\[ij](?![A-Za-z])|[A-Za-z])"""
    r"""|\\[Hckbdruvt](?:\s*\{[^{}\\]*\}|\s+[A-Za-z](?![A-Za-z]))"""
)
_SIGN = re.compile(r"\\([&%$#_ ,;:!/])")
_SIGNS = {"!": "", "/": "", ",": " ", ";": " ", ":": " "}
_FORMULA = re.compile(r"\$([^$\n]{1,200})\$")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_LAYOUT = re.compile(
    r"\\(?:em|bf|it|rm|sc|tt|sl|sf)(?![A-Za-z])\s*|\\(?:textsubscript|textsuperscript|mbox|text|url)(?=\s*\{)"
)
_MACRO = re.compile(r"\\[A-Za-z]+\*?(?:\s*\{[^{}]*\}|\s*)")
_OWN = {"\\textless": "<", "\\textgreater": ">", "\\textbar": "|", "\\textasciitilde": "\ue004"}

#: Stand for signs that are text already and no LaTeX, until all of it is done.
_KEPT = {"\\": "\ue000", "{": "\ue001", "}": "\ue002", "$": "\ue003", "~": "\ue004"}


def plain(text: str) -> str:
    r"""The text without LaTeX: `{\'e}` as é, `{DNA}` as DNA, `\&` as &. A macro that is not known stays as it is."""
    if "\\" not in text and "$" not in text:
        return _unbraced(text)
    text = _LINE_END.sub(" ", text)
    for sign in "{}$":
        text = text.replace(f"\\{sign}", _KEPT[sign])
    text = _ACCENT.sub(lambda found: _decoded(found[0]), text)
    text = _FORMULA.sub(_formula, text)
    text = _SIGN.sub(lambda found: _SIGNS.get(found[1], found[1]), text)
    for _ in range(5):  # a macro may stand within another's braces
        before = text
        text = _MACRO.sub(_macro, _LAYOUT.sub("", _FRACTION.sub(r"\1/\2", text)))
        if text == before:
            break
    text = _unbraced(text)
    for sign, kept in _KEPT.items():
        text = text.replace(kept, sign)
    return text


def _unbraced(text: str) -> str:
    if "{" in text or "}" in text:
        text = text.replace("{", "").replace("}", "")
    if "~" in text:
        text = re.sub(r"(?<=\S)~(?=\S)", " ", text)
    return text


def _formula(found: re.Match[str]) -> str:
    """A formula without its dollars; between two sums of money stands none."""
    inside = found[1]
    if "\\" in inside or "^" in inside or "_" in inside:
        return _decoded(found[0]).replace("^∘", "°")
    return inside.strip() if re.search("[<>=≤≥±]", inside) else found[0]


def _macro(found: re.Match[str]) -> str:
    """A macro's meaning; as in TeX, it swallows the white space after its name."""
    piece = found[0].rstrip()
    if piece in _OWN:
        return _OWN[piece]
    decoded = _decoded(piece)
    return decoded + found[0][len(piece) :] if _KEPT["\\"] in decoded else decoded


@lru_cache(maxsize=20_000)
def _decoded(piece: str) -> str:
    """What pylatexenc makes of a piece of LaTeX, or the piece itself where that would lose a word of it."""
    from pylatexenc.latex2text import LatexNodes2Text, get_default_latex_context_db
    from pylatexenc.latexwalker import LatexWalkerError

    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)
    kept = "".join(_KEPT.get(sign, sign) for sign in piece)
    known = get_default_latex_context_db()
    for macro in re.findall(r"\\([A-Za-z]+)", piece):
        found = known.get_macro_spec(macro)
        if not found or not found.macroname:
            return kept
    try:
        text = str(LatexNodes2Text(math_mode="text", keep_comments=True).latex_to_text(piece))
    except (LatexWalkerError, ValueError, IndexError, KeyError, TypeError, AttributeError):
        return kept
    words = re.findall(r"\w{2,}", re.sub(r"\\[A-Za-z]+", " ", piece))
    lost = "%s" in text or any(word not in text for word in words)  # a reference's key, a colour's name
    return kept if lost else text
