"""LaTeX as reference managers write it into BibTeX → plain text.

Only what is LaTeX beyond doubt goes through pylatexenc: accents, escaped signs, short formulas, macros that it knows.
The rest stays letter for letter, because exports are full of what LaTeX would swallow: "50% of patients" is a comment
to it, "$5 to $10" a formula.
"""

import re
from functools import lru_cache

_ACCENT = re.compile(
    r"""\\[`'"^~=.]\s*(?:\{\s*\\?[A-Za-z]*\s*\}|\\[ij](?![A-Za-z])|[A-Za-z])"""
    r"""|\\[Hckbdruvt](?:\s*\{[^{}\\]*\}|\s+[A-Za-z](?![A-Za-z]))"""
)
_SIGN = re.compile(r"\\([&%$#_ ,;:!/])")
_FORMULA = re.compile(r"(?<!\\)\$([^$\n]{1,200}[^$\n\\]|[^$\n\\])\$")
_MACRO = re.compile(r"\\[A-Za-z]+\*?(?:\s*\{[^{}]*\}|\{\}|[ \t]*)")
_BRACE_OPEN, _BRACE_CLOSE, _DOLLAR = "\ue000", "\ue001", "\ue002"


def plain(text: str) -> str:
    r"""The text without LaTeX: `{\'e}` as é, `{DNA}` as DNA, `\&` as &. A macro that is not known stays as it is."""
    if "\\" not in text and "$" not in text:
        return _unbraced(text)
    text = text.replace("\\{", _BRACE_OPEN).replace("\\}", _BRACE_CLOSE).replace("\\$", _DOLLAR)
    text = _ACCENT.sub(lambda found: _decoded(found[0]), text)
    text = _FORMULA.sub(_formula, text)
    text = _SIGN.sub(lambda found: "" if found[1] in "!/" else " " if found[1] in ",;:" else found[1], text)
    for _ in range(5):  # a macro may stand within another's braces
        before, text = text, _MACRO.sub(_macro, text)
        if text == before:
            break
    return _unbraced(text).replace(_BRACE_OPEN, "{").replace(_BRACE_CLOSE, "}").replace(_DOLLAR, "$")


def _unbraced(text: str) -> str:
    if "{" in text or "}" in text:
        text = text.replace("{", "").replace("}", "")
    if "~" in text:
        text = re.sub(r"(?<=\S)~(?=\S)", " ", text)
    return text


def _formula(found: re.Match[str]) -> str:
    inside = found[1]
    if re.fullmatch(r"[\s<>=+±.,0-9-]*[<>=][\s<>=+±.,0-9-]*", inside):
        return inside.strip()
    if "\\" in inside or "^" in inside or "_" in inside:
        return _decoded(found[0])
    return found[0]


def _macro(found: re.Match[str]) -> str:
    text = found[0]
    after = " " if text[-1] in " \t" and "{" not in text else ""
    return _decoded(text.rstrip()) + after


@lru_cache(maxsize=20_000)
def _decoded(piece: str) -> str:
    from pylatexenc.latex2text import LatexNodes2Text, get_default_latex_context_db
    from pylatexenc.latexwalker import LatexWalkerError

    macros = re.findall(r"\\([A-Za-z]+)", piece)
    known = get_default_latex_context_db()
    if any(not _known(known, macro) for macro in macros):
        return piece.replace("{", _BRACE_OPEN).replace("}", _BRACE_CLOSE)
    try:
        return str(LatexNodes2Text(math_mode="text", keep_comments=True).latex_to_text(piece))
    except (LatexWalkerError, ValueError, IndexError, KeyError, TypeError, AttributeError):
        return piece


def _known(context: object, macro: str) -> bool:
    found = context.get_macro_spec(macro)  # type: ignore[attr-defined]
    return bool(found and found.macroname)
