"""The codebook in words: what may stand in a field, what a rule asks, where a reference points. No files, no frames."""

from .codebook import COMPARISON, Constraints, FieldSpec, ForeignKey, Rule, TableSpec

#: What may stand in a cell of each kind of field.
KINDS = {
    "text": "text",
    "category": "one of the listed values",
    "multi": "one or more of the listed values",
    "integer": "a whole number",
    "number": "a number",
    "range": "a number or a range, such as 4.5 or 3-4.5",
    "bounded": "a number, or a bound such as <0.001",
    "date": "a date: 2024, 2024-05 or 2024-05-31",
}

#: What each code for a missing value stands for.
CODES = {"NR": "not reported", "NA": "not applicable", "UNCLEAR": "unclear"}

_SIGNS = {"<=": "at most", ">=": "at least", "<": "less than", ">": "more than", "==": "equal to", "!=": "other than"}


def kind(spec: FieldSpec) -> str:
    """The kind of a field in words, without its bounds: "a whole number", "one of the listed values"."""
    if spec.what == "multi" and not spec.allowed:
        return "one or more texts"
    return "a year" if spec.type == "year" else KINDS[spec.what]


def may_stand(spec: FieldSpec, *, unit: bool = True) -> str:
    """What may stand in a cell of the field: its kind, separator, unit (if wanted), bounds and form, as one phrase."""
    parts = [kind(spec)]
    if spec.separator:
        parts.append(f"with `{spec.separator.strip() or spec.separator}` between them")
    if spec.unit and unit:
        parts.append(f"in {spec.unit}")
    parts += bounds(spec.constraints)
    return ", ".join(parts)


def bounds(limits: Constraints) -> list[str]:
    """The bounds of a field as phrases; empty where there are none."""
    found = []
    low, high = limits.minimum, limits.maximum
    if low is not None and high is not None:
        found.append(f"from {plain(low)} to {plain(high)}")
    elif low is not None:
        found.append(f"at least {plain(low)}")
    elif high is not None:
        found.append(f"at most {plain(high)}")
    if limits.minLength is not None:
        found.append(f"at least {limits.minLength} characters")
    if limits.maxLength is not None:
        found.append(f"at most {limits.maxLength} characters")
    if limits.pattern:
        found.append(f"of the form `{limits.pattern}`")
    if limits.unique:
        found.append("each value once only")
    return found


def plain(number: float) -> str:
    """A number as one would type it: 12 rather than 12.0 or 1.2e+01."""
    return f"{int(number)}" if number == int(number) else f"{number!r}"


def missing(table: TableSpec, spec: FieldSpec) -> str:
    """Which codes may stand for a missing value: "NR (not reported), UNCLEAR"; empty where none may."""
    codes = table.missing_codes(spec)
    return ", ".join(code if code == "UNCLEAR" else f"{code} ({CODES[code]})" for code in codes)


def reference(table: TableSpec, key: ForeignKey) -> str:
    """Where a reference points: "`study_id` of `studies`"; a reference within the table names the table too."""
    names = " and ".join(f"`{name}`" for name in key.reference.fields)
    return f"{names} of `{key.reference.resource or table.name}`"


def rule(said: Rule) -> str:
    """A rule as a sentence: "Where `decision` is exclude, `reason` must be filled in."."""
    where = _where(said)
    if said.check:
        what = _comparison(said.check)
    elif said.require:
        what = f"{_listed(said.require)} must be filled in"
    else:
        odd = [name for name in said.forbid if name in said.when]
        if odd:
            # a rule that forbids what it asks for says that these values may not stand together
            return f"It may not be that {_conditions(said)}."
        what = f"{_listed(said.forbid)} must be blank"
    return f"{where}{what}." if where else f"{what[:1].upper()}{what[1:]}."


def _where(said: Rule) -> str:
    return f"Where {_conditions(said)}, " if said.when else ""


def _conditions(said: Rule) -> str:
    return " and ".join(f"`{name}` is {_wanted(words)}" for name, words in said.when.items())


def _wanted(words: str | list[str]) -> str:
    told = {"present": "filled in", "absent": "blank"}
    return " or ".join(told.get(word, word) for word in ([words] if isinstance(words, str) else words))


def _comparison(check: str) -> str:
    match = COMPARISON.match(check)
    if match is None:  # the codebook was checked when it was read
        return f"`{check}` must hold"
    left, sign, right = match.groups()
    return f"`{left}` must be {_SIGNS[sign]} {f'`{right}`' if right[0].isalpha() else right}"


def _listed(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]
