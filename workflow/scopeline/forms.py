"""The charting form: a workbook made from the codebook, with drop-downs, messages, and one example row a sheet.

The same codebook gives the same bytes. Every header is the name of a field, so a form that is filled in is read without
any setting.
"""

import argparse
import io
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from . import codebook_words, form_marks
from .codebook import COMPARISON, Codebook, FieldSpec, TableSpec, fold
from .errors import ConfigurationError
from .form_marks import stamped_version
from .tables.stable import without_clock

__all__ = ["add_commands", "example_row", "form", "stamped_version", "write"]

#: Rows of each sheet that have drop-downs and checks.
ROWS = 2000
LISTS, VALUES = "lists", "Values"

#: What a spreadsheet program accepts: a list written into a rule, a message, a message's title, all in characters.
_INLINE, _MESSAGE, _TITLE = 255, 255, 32
_FORMULA = 255

_INK, _PALE, _RULE, _GREY = "1F3A4D", "DCE5EB", "B8C4CC", "6B7780"
_FONT = "Calibri"


@dataclass
class _Lists:
    """The long lists of values, each once, as columns of the hidden sheet."""

    columns: dict[tuple[str, ...], tuple[str, int]] = field(default_factory=dict)

    def formula(self, name: str, values: Sequence[str]) -> str:
        """The range that holds the values; they are added where they are new."""
        _, place = self.columns.setdefault(tuple(values), (name, len(self.columns) + 1))
        letters = get_column_letter(place)
        return f"{LISTS}!${letters}$2:${letters}${len(values) + 1}"


def form(codebook: Codebook, tables: Sequence[str] | None = None, *, examples: bool = True) -> bytes:
    """The charting form as the bytes of an xlsx workbook.

    `tables` names the tables that get a sheet, in the codebook's order; all of them where it is None. Raises
    ConfigurationError for a table that the codebook does not have. Without `examples` the sheets have headers only.
    """
    chosen = _chosen(codebook, tables)
    book = Workbook()
    notes = book.worksheets[0]
    lists = _Lists()
    for table in chosen:
        _table_sheet(book.create_sheet(table.name), codebook, table, lists, examples=examples)
    _notes(notes, codebook, chosen, examples=examples)
    _values(book, chosen)
    _list_sheet(book, lists)
    _properties(book, codebook)
    packed = io.BytesIO()
    book.save(packed)
    return without_clock(packed.getvalue())


def write(path: Path, codebook: Codebook, tables: Sequence[str] | None = None) -> None:
    """Write the form to a new file, or over a form of the same tables in which nobody has written yet.

    Raises ConfigurationError where any other file is there already: it may hold data. A form that had no example rows
    has none again.
    """
    blank = _untouched(path, codebook, _chosen(codebook, tables))
    content = form(codebook, tables, examples=blank != "headers")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb" if blank is None else "wb") as file:
            file.write(content)
    except FileExistsError:
        raise ConfigurationError(
            f"{path} is there already and was left as it is, because it may hold data. "
            "Name another file with --out, or move the old one away."
        ) from None


def _untouched(path: Path, codebook: Codebook, tables: Sequence[TableSpec]) -> str | None:
    """What the form of these tables at `path` holds in which nobody has written, "examples" or "headers"; else None."""
    from . import cells, validation

    if not path.is_file() or stamped_version(path) is None:
        return None
    book = cells.read(path)
    held = {sheet.name for sheet in book.sheets} & set(codebook.tables)
    if held != {table.name for table in tables} or not validation.empty_form(book):
        return None
    notes = next(sheet for sheet in book.sheets if sheet.name == form_marks.NOTES)
    return "examples" if "Example rows" in notes.columns[0].to_pylist() else "headers"


def _chosen(codebook: Codebook, tables: Sequence[str] | None) -> list[TableSpec]:
    unknown = [name for name in tables or () if name not in codebook.tables]
    if unknown:
        raise ConfigurationError(
            f"'{unknown[0]}' is not a table of the codebook. Its tables are {', '.join(codebook.tables)}."
        )
    return [table for table in codebook.resources if tables is None or table.name in tables]


# ---- example rows


def example_row(codebook: Codebook, table: TableSpec) -> dict[str, Any]:
    """The example row of a table: field → a cell's value, None where it stays blank.

    A field's own `example` goes first; the rest is made from its kind. The marked field begins with EXAMPLE, so that no
    row is taken for data. What the table's rules forbid beside the other values is left blank.
    """
    row = {spec.name: _example(spec) for spec in table.fields}
    for key in table.foreign_keys:
        target = codebook.tables[key.reference.resource or table.name]
        for name, other in zip(key.fields, key.reference.fields, strict=True):
            within = target.name == table.name and name not in table.primary_key
            row[name] = None if within and not row[name] else (_example(target.by_name[other]) or row[name])
    _keep_rules(table, row)
    marked = form_marks.marked_field(table)
    given = row[marked]
    row[marked] = form_marks.EXAMPLE if given is None else f"{form_marks.EXAMPLE}: {given}"
    return row


def _example(spec: FieldSpec) -> Any:
    limits, what = spec.constraints, spec.what
    if spec.example:
        return _number(spec.example) if what in ("integer", "number") else spec.example
    if what == "multi":
        joint = (spec.separator or ";").strip() or ";"
        return f"{joint} ".join(value.value for value in spec.allowed[:2]) or None
    if what == "category":
        return spec.allowed[0].value
    if what in ("integer", "number"):
        return _within(12, spec)
    if what == "range":
        low, high = _within(1, spec), _within(12, spec)
        return f"{low}-{high}" if low < high else f"{low}"
    if what == "bounded":
        return "<0.001" if (limits.minimum or 0) <= 0.001 else f"{_within(1, spec)}"
    return "2024-05" if what == "date" else None


def _number(text: str) -> int | float | str:
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value.is_integer() else value


def _within(value: float, spec: FieldSpec) -> int | float:
    low, high = spec.constraints.minimum, spec.constraints.maximum
    if low is not None and low > value:
        value = low if high is None else (low + high) // 2
    if high is not None:
        value = min(value, high)
    return int(value) if float(value).is_integer() else value


def _keep_rules(table: TableSpec, row: dict[str, Any]) -> None:
    """Blank what the rules forbid in this row, and the left side of a comparison that does not hold."""
    for rule in table.rules:
        if not all(_is(row[name], words) for name, words in rule.when.items()):
            continue
        for name in rule.forbid:
            spec = table.by_name[name]
            row[name] = _other(spec, row[name]) if name in rule.when else None
        if rule.check and not _holds(rule.check, row):
            row[rule.check.split()[0]] = None


def _is(value: Any, words: str | list[str]) -> bool:
    wanted = [words] if isinstance(words, str) else words
    return ("present" in wanted and value is not None) or ("absent" in wanted and value is None) or str(value) in wanted


def _other(spec: FieldSpec, value: Any) -> str | None:
    return next((other.value for other in spec.allowed if other.value != value), None)


def _holds(check: str, row: dict[str, Any]) -> bool:
    match = COMPARISON.match(check)
    if match is None:
        return True
    left, sign, right = match.groups()
    a, b = row.get(left), row.get(right) if right[0].isalpha() else float(right)
    if not isinstance(a, int | float) or not isinstance(b, int | float):
        return True
    return {"<=": a <= b, ">=": a >= b, "<": a < b, ">": a > b, "==": a == b, "!=": a != b}[sign]


# ---- the sheet of a table


def _table_sheet(sheet: Worksheet, codebook: Codebook, table: TableSpec, lists: _Lists, *, examples: bool) -> None:
    required = set(table.primary_key) if len(table.primary_key) == 1 else set()
    row = example_row(codebook, table) if examples else {}
    for number, spec in enumerate(table.fields, 1):
        must = spec.constraints.required or spec.name in required
        head = sheet.cell(1, number)
        _put(head, spec.name, font=Font(_FONT, 11, bold=True, color="FFFFFF" if must else _INK))
        head.fill = PatternFill("solid", fgColor=_INK if must else _PALE)
        head.alignment = Alignment(vertical="center", wrap_text=True)
        head.border = Border(left=Side("thin", color="FFFFFF"), right=Side("thin", color="FFFFFF"))
        head.comment = _comment(codebook, table, spec)
        letters = get_column_letter(number)
        dimension = sheet.column_dimensions[letters]
        dimension.width = _width(spec, row.get(spec.name))
        dimension.font = Font(_FONT, 11)
        dimension.alignment = Alignment(vertical="top", wrap_text=spec.what in ("text", "multi"))
        dimension.number_format = "General" if spec.what in ("integer", "number") else "@"
        _validate(sheet, table, spec, letters, lists)
    if examples:
        for number, spec in enumerate(table.fields, 1):
            cell = sheet.cell(2, number)
            _put(cell, row[spec.name], font=Font(_FONT, 11, italic=True, color=_GREY))
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            cell.number_format = sheet.column_dimensions[get_column_letter(number)].number_format
    sheet.row_dimensions[1].height = 24
    keys = [number for number, spec in enumerate(table.fields, 1) if spec.name in required]
    sheet.freeze_panes = sheet.cell(2, 2 if 1 in keys else 1)
    _page(sheet)
    sheet.print_title_rows = "1:1"


def _comment(codebook: Codebook, table: TableSpec, spec: FieldSpec) -> Comment:
    """What a header says when the pointer rests on it."""
    lines = [spec.label, *([spec.description] if spec.description else [])]
    must = spec.constraints.required or table.primary_key == [spec.name]
    lines.append(f"{'Required' if must else 'Optional'}: {codebook_words.may_stand(spec).replace('`', '')}.")
    if spec.allowed:
        shown = [
            value.value + (f" ({value.label})" if fold(value.label) not in ("", fold(value.value)) else "")
            for value in spec.allowed[:25]
        ]
        more = len(spec.allowed) - len(shown)
        lines.append("Values: " + "; ".join(shown) + (f"; and {more} more" if more else "") + ".")
        if any(value.help for value in spec.allowed):
            lines.append(f"What each means: sheet {VALUES}.")
    codes = codebook_words.missing(table, spec)
    lines.append(f"If there is no value: {codes}." if codes else "No code for a missing value may stand here.")
    for key in table.foreign_keys:
        if spec.name in key.fields:
            lines.append(f"Refers to {codebook_words.reference(table, key).replace('`', '')}.")
    if spec.example:
        lines.append(f"Example: {spec.example}")
    text = "\n".join(lines)
    high = sum(max(1, len(textwrap.wrap(line, 52))) for line in lines)
    comment = Comment(text, codebook.name)
    comment.width, comment.height = 340, min(480, 18 * high + 14)
    return comment


def _width(spec: FieldSpec, example: Any) -> float:
    by_kind = {"text": 24, "multi": 34, "integer": 9, "number": 9, "range": 11, "bounded": 11, "date": 13}
    longest = max((len(value.value) for value in spec.allowed), default=0)
    base = by_kind.get(spec.what, min(34, longest + 4))
    shown = min(30, len(str(example)) + 2) if example is not None and spec.what != "multi" else 0
    return float(max(base, len(spec.name) + 3, shown))


def _validate(sheet: Worksheet, table: TableSpec, spec: FieldSpec, letters: str, lists: _Lists) -> None:
    """The drop-down, the check or the message of a column."""
    codes = table.missing_codes(spec)
    what = spec.what
    if what == "category":
        values = [value.value for value in spec.allowed] + codes
        rule = DataValidation("list", formula1=_inline(values) or lists.formula(f"{table.name}.{spec.name}", values))
        rule.errorStyle = "stop"
        _message(rule, error=f"{spec.label}: choose a value from the list. What each means: sheet {VALUES}.")
    elif what in ("integer", "number"):
        rule = DataValidation("custom", formula1=_number_check(spec, codes, f"{letters}2"))
        rule.errorStyle = "stop"
        said = codebook_words.may_stand(spec).replace("`", "")
        _message(rule, error=f"{spec.label}: {said}" + (f", or {' or '.join(codes)}" if codes else "") + ".")
    else:
        rule = DataValidation()
    _message(rule, title=spec.label, prompt=_prompt(table, spec, codes))
    rule.allow_blank = True
    rule.showInputMessage = rule.showErrorMessage = True
    rule.add(f"{letters}2:{letters}{ROWS}")
    sheet.add_data_validation(rule)


def _prompt(table: TableSpec, spec: FieldSpec, codes: Sequence[str]) -> str:
    parts = []
    if spec.what == "multi":
        listed = "; ".join(value.value for value in spec.allowed)
        said = f"Values, with {spec.separator} between them: {listed}." if listed else ""
        room = _MESSAGE - 40
        parts.append(
            said
            if len(said) <= room
            else f"Several values may stand here, with {spec.separator} between "
            f"them. The list is on the sheet {VALUES}."
        )
    elif spec.what != "text" or spec.constraints.pattern:
        parts.append(codebook_words.may_stand(spec).replace("`", "").capitalize() + ".")
    if spec.description and spec.what != "multi":
        parts.insert(0, spec.description)
    if codes:
        parts.append(f"If there is no value: {', '.join(codes)}.")
    for key in table.foreign_keys:
        if spec.name in key.fields:
            parts.append(f"As on the sheet {key.reference.resource or table.name}.")
    return " ".join(parts)


def _message(rule: DataValidation, *, title: str = "", prompt: str = "", error: str = "") -> None:
    if prompt:
        rule.promptTitle, rule.prompt = _cut(title, _TITLE), _cut(prompt, _MESSAGE)
    if error:
        rule.errorTitle, rule.error = "Not a value of this column", _cut(error, 220)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _inline(values: Sequence[str]) -> str | None:
    """The list as it is written into a rule; None where it does not fit there.

    A comma would end a value and a blank at an end would be lost.
    """
    joined = ",".join(values)
    fits = len(joined) <= _INLINE and not any(
        "," in value or '"' in value or value != value.strip() for value in values
    )
    return f'"{joined}"' if fits else None


def _number_check(spec: FieldSpec, codes: Sequence[str], cell: str) -> str:
    """A formula that is true for a number within its bounds and for each code of a missing value."""
    limits = spec.constraints
    tests = [f"{cell}=INT({cell})"] if spec.what == "integer" else []
    tests += [f"{cell}>={codebook_words.plain(limits.minimum)}"] if limits.minimum is not None else []
    tests += [f"{cell}<={codebook_words.plain(limits.maximum)}"] if limits.maximum is not None else []
    good = f"AND({','.join(tests)})" if tests else "TRUE"
    words = [f'{cell}="{code}"' for code in codes]
    other = f"OR({','.join(words)})" if words else "FALSE"
    formula = f"IF(ISNUMBER({cell}),{good},{other})"
    assert len(formula) <= _FORMULA  # noqa: S101 - two bounds and three codes cannot be longer
    return formula


# ---- the other sheets


def _notes(sheet: Worksheet, codebook: Codebook, tables: Sequence[TableSpec], *, examples: bool) -> None:
    sheet.title = form_marks.NOTES
    sheet.sheet_view.showGridLines = False
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 92
    title = codebook.title or codebook.name
    _put(sheet.cell(1, 1), f"Charting form: {title}", font=Font(_FONT, 15, bold=True, color=_INK))
    line = 3
    for label, text in _said(codebook, tables, examples=examples):
        if label or text:
            _put(sheet.cell(line, 1), label, font=Font(_FONT, 11, bold=True, color=_INK))
            _put(sheet.cell(line, 2), text, font=Font(_FONT, 11))
            for number in (1, 2):
                sheet.cell(line, number).alignment = Alignment(vertical="top", wrap_text=True)
                sheet.cell(line, number).border = Border(bottom=Side("hair", color=_RULE))
            sheet.row_dimensions[line].height = 15.0 * max(1, len(textwrap.wrap(text, 96))) + 3
        line += 1
    required, optional = sheet.cell(line, 1), sheet.cell(line, 2)
    _put(required, "dark header", font=Font(_FONT, 11, bold=True, color="FFFFFF"))
    required.fill = PatternFill("solid", fgColor=_INK)
    _put(optional, "The column needs a value in every row.", font=Font(_FONT, 11))
    _put(sheet.cell(line + 1, 1), "pale header", font=Font(_FONT, 11, bold=True, color=_INK))
    sheet.cell(line + 1, 1).fill = PatternFill("solid", fgColor=_PALE)
    _put(
        sheet.cell(line + 1, 2),
        "A cell of the column may stay blank: it then counts as not charted yet.",
        font=Font(_FONT, 11),
    )
    _page(sheet)


def _said(codebook: Codebook, tables: Sequence[TableSpec], *, examples: bool) -> Iterator[tuple[str, str]]:
    yield form_marks.CODEBOOK, codebook.name
    yield form_marks.VERSION, codebook.version
    yield "", ""
    for table in tables:
        yield f"Sheet {table.name}", f"{table.label}. {table.description}".strip()
    yield f"Sheet {VALUES}", "Every value of the drop-downs with what it means."
    yield "", ""
    codes = list(dict.fromkeys(code for table in tables for spec in table.fields for code in table.missing_codes(spec)))
    if codes:
        told = "; ".join(f"{code}: {codebook_words.CODES[code]}" for code in codes)
        yield (
            "No value",
            (
                f"Blank: not charted yet. {told}. Type the code itself; the note on each header says which "
                "codes may stand in its column."
            ),
        )
    else:
        yield "No value", "Blank: not charted yet."
    if any(spec.what in ("range", "bounded", "date") for table in tables for spec in table.fields):
        yield (
            "Ranges, bounds, dates",
            ("are formatted as text, so that 1-12 stays 1-12. Paste values only, so that the format is kept."),
        )
    separators = sorted({spec.separator.strip() for table in tables for spec in table.fields if spec.separator})
    if separators:
        signs = " or ".join(f"'{sign}'" for sign in separators)
        yield "Several values", f"in one cell stand with {signs} between them."
    if examples:
        yield (
            "Example rows",
            (
                f"The grey row below each header begins with {form_marks.EXAMPLE}. It shows what a row "
                "looks like and is never read as data; delete it or leave it."
            ),
        )
    yield "Headers", "Leave them as they are. The note on each says what its column holds."


def _values(book: Workbook, tables: Sequence[TableSpec]) -> None:
    """Every allowed value with its meaning. A sheet to read, with headers that no table has."""
    sheet = book.create_sheet(VALUES)
    _put(sheet.cell(1, 1), "What the values mean", font=Font(_FONT, 14, bold=True, color=_INK))
    heads = ("On the sheet", "In the column", "Type this", "Label in tables", "What it means")
    for number, (head, width) in enumerate(zip(heads, (14, 20, 38, 38, 70), strict=True), 1):
        cell = sheet.cell(3, number)
        _put(cell, head, font=Font(_FONT, 11, bold=True, color="FFFFFF"))
        cell.fill = PatternFill("solid", fgColor=_INK)
        sheet.column_dimensions[get_column_letter(number)].width = width
    line = 3
    for table in tables:
        for spec in table.fields:
            for value in spec.allowed:
                line += 1
                label = value.title if value.title != value.value else ""
                for number, text in enumerate((table.name, spec.name, value.value, label, value.help), 1):
                    cell = sheet.cell(line, number)
                    _put(cell, text or None, font=Font(_FONT, 11))
                    cell.number_format = "@"
                    cell.alignment = Alignment(vertical="top", wrap_text=True)
                    cell.border = Border(bottom=Side("hair", color=_RULE))
                wraps = ((value.value, 38), (label, 38), (value.help, 70))
                sheet.row_dimensions[line].height = 15.0 * max(len(textwrap.wrap(t, w)) or 1 for t, w in wraps) + 2
    sheet.freeze_panes = "A4"
    _page(sheet)
    if line > 3:
        sheet.auto_filter.ref = f"A3:E{line}"


def _list_sheet(book: Workbook, lists: _Lists) -> None:
    if not lists.columns:
        return
    sheet = book.create_sheet(LISTS)
    sheet.sheet_state = "hidden"
    for values, (name, number) in lists.columns.items():
        _put(sheet.cell(1, number), f"allowed: {name}", font=Font(_FONT, 11, bold=True))
        sheet.column_dimensions[get_column_letter(number)].width = 40
        for line, value in enumerate(values, 2):
            _put(sheet.cell(line, number), value, font=Font(_FONT, 11))
            sheet.cell(line, number).number_format = "@"


def _properties(book: Workbook, codebook: Codebook) -> None:
    about = book.properties
    about.title = f"Charting form: {codebook.title or codebook.name}"
    about.subject = f"codebook {codebook.name} {codebook.version}"
    about.version = codebook.version
    about.creator = about.lastModifiedBy = "scopeline"
    book.custom_doc_props.append(StringProperty(name=form_marks.PROPERTY_CODEBOOK, value=codebook.name))
    book.custom_doc_props.append(StringProperty(name=form_marks.PROPERTY_VERSION, value=codebook.version))


def _page(sheet: Worksheet) -> None:
    """A4 landscape, as wide as one page."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _put(cell: Any, value: Any, *, font: Font) -> None:
    """Give a cell a plain value: a text is stored as a text, whatever it begins with."""
    cell.font = font
    if value is None or value == "":
        return
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        if value[0] in "=+-@":
            cell.quotePrefix = True


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `scopeline template`; the parsed call carries its function as `run`."""
    template = commands.add_parser("template", help="write the charting form (xlsx) that the codebook describes")
    template.add_argument("review", nargs="?", default=".", help="the review's folder, with config/ (default: here)")
    template.add_argument("--out", metavar="FILE", help="the file to write (default: charting_form.xlsx in the review)")
    template.add_argument("--tables", metavar="NAME,…", help="the tables that get a sheet (default: all)")
    template.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    from . import codebook as codebooks

    review = Path(chosen.review)
    book = codebooks.load(review / "config" / "codebook.yaml")
    path = Path(chosen.out) if chosen.out else review / "charting_form.xlsx"
    if path.suffix.lower() != ".xlsx":
        raise ConfigurationError(f"The form is a workbook: name a file that ends in .xlsx, not '{path.name}'.")
    write(path, book, _names(chosen.tables))
    print(f"{path}: the charting form of codebook {book.name} {book.version}.")
    return 0


def _names(given: str | None) -> list[str] | None:
    parts: Iterable[str] = (given or "").split(",")
    return [name.strip() for name in parts if name.strip()] if given is not None else None
