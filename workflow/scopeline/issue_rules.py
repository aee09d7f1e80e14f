"""What can be wrong with a spreadsheet: the closed list of rules, from which docs/rules.md is made.

Each sentence is written for a reviewer: what stands there, what may stand there, what was probably meant.
"""

from dataclasses import dataclass

from .terms import Severity


@dataclass(frozen=True)
class Rule:
    """One thing that can be wrong: its default severity, a title, and a sentence with places for what was found."""

    id: str
    severity: Severity
    title: str
    template: str
    remedy: str = ""


def _rules(*rules: tuple[str, str, str, str, str]) -> dict[str, Rule]:
    return {
        id_: Rule(id_, Severity(severity), title, template, remedy) for id_, severity, title, template, remedy in rules
    }


E_, W_, N_ = "error", "warning", "note"

RULES: dict[str, Rule] = _rules(
    # files
    (
        "raw_empty",
        E_,
        "No spreadsheets",
        "There is no spreadsheet in raw/.",
        "Put the search export, the screening workbook and the charting workbook there (xlsx, xls, ods, csv or tsv).",
    ),
    ("file_unreadable", E_, "File cannot be opened", "{message}", ""),
    ("file_empty", E_, "Empty file", "{message}", ""),
    ("file_damaged", E_, "Damaged file", "{message}", ""),
    ("file_protected", E_, "Password-protected file", "{message}", ""),
    ("file_misnamed", E_, "File is not what its name says", "{message}", ""),
    ("file_passed_over", N_, "File passed over", "{message}", ""),
    (
        "workbook_empty",
        E_,
        "Empty workbook",
        "The file opens, but none of its sheets holds a value.",
        "Export it again, or take it out of raw/.",
    ),
    (
        "file_not_recognised",
        E_,
        "No table recognised",
        "None of the sheets has the columns of a table of the codebook. {message}",
        "Name the sheet and its header row under `sources:` in config/config.yaml, or write `ignore` for this file.",
    ),
    (
        "encoding_guessed",
        N_,
        "Encoding guessed",
        "The file is not UTF-8; it was read as {expected}.",
        "Check that names with accents look right, or save it as UTF-8.",
    ),
    # other tools' exports
    ("record_unreadable", E_, "Record cannot be read", "{message}", "Mend it there, or export the records again."),
    (
        "source_ambiguous",
        E_,
        "Could be several things",
        "The sheet could be {value}, and its headers and cells do not tell which.",
        "Say it under `sources:` in config/config.yaml: `{message}`.",
    ),
    (
        "source_unknown",
        E_,
        "Unknown kind of file",
        "The configuration takes the file for '{value}', which is no kind of file that is known.",
        "",
    ),
    (
        "source_unfit",
        E_,
        "Another kind of file",
        "The configuration takes the file for {value} ({expected}), but it does not have the columns of one.",
        "Correct `as:` under `sources:` in config/config.yaml, or leave it out.",
    ),
    (
        "source_lacks",
        E_,
        "Not told by the export",
        "'{table}' needs {field}, which is not told here ({expected}).",
        "Say it for the whole file under `sources:` in config/config.yaml: `{message}`.",
    ),
    (
        "source_assumed",
        W_,
        "Assumed of the export",
        "{message}",
        "Say otherwise under `sources:` in config/config.yaml.",
    ),
    (
        "charted_by_several",
        E_,
        "Several reviewers, no consensus",
        "{message}",
        "Add a field `reviewer` to '{table}' in config/codebook.yaml, or come to a consensus and export again.",
    ),
    ("source_read", N_, "How the export was read", "{message}", ""),
    ("votes_differ", W_, "Two files differ on a vote", "{message}", "Export both again on the same day."),
    (
        "mapping_word_unseen",
        N_,
        "Word of a mapping that does not occur",
        "The mapping of {field} names words that the sheet does not hold: {value}.",
        "See whether they are spelt otherwise here, or take them out of `values` in config/config.yaml.",
    ),
    (
        "value_not_counted",
        N_,
        "Value that does not count",
        "{value} values of {field} stand here and do not count ({message}); this row has the first.",
        "",
    ),
    (
        "rows_unaccounted",
        E_,
        "Rows not accounted for",
        "The rows {value} yield nothing, and {expected} does not say why.",
        "Look at these rows; if they are like the others, this is a fault of scopeline: please report it.",
    ),
    # sheets and columns
    ("table_missing", E_, "Table missing", "No sheet holds the table '{table}' ({message}).", ""),
    ("sheet_passed_over", N_, "Sheet passed over", "The sheet holds no table of the codebook and was passed over.", ""),
    ("table_empty", W_, "Table without rows", "The sheet has the headers of '{table}' but no rows.", ""),
    (
        "column_missing",
        E_,
        "Column missing",
        "The column '{field}' of '{table}' is missing.",
        "Add the column, or mark the field `optional: true` in config/codebook.yaml.",
    ),
    (
        "column_renamed",
        E_,
        "Column renamed?",
        "The column '{field}' of '{table}' is missing, and the header '{value}' is not known.",
        "Rename the header to '{field}', or add '{value}' to the aliases of '{field}' in config/codebook.yaml.",
    ),
    (
        "column_unknown",
        N_,
        "Column passed over",
        "The column '{value}' is not in the codebook and was passed over.",
        "",
    ),
    (
        "column_twice",
        E_,
        "Column twice",
        "Two columns are headed as '{field}': this one and {expected}.",
        "Keep one, or rename the other.",
    ),
    (
        "value_beside_table",
        W_,
        "Value beside the table",
        "'{value}' stands in a column without a header and was passed over{message}.",
        "Give the column a header, or delete the value.",
    ),
    (
        "row_too_long",
        E_,
        "Row too long",
        "The row has more cells than the header: '{value}' stands beyond the last column.",
        "A text with the separator sign in it must stand in double quotes.",
    ),
    (
        "rows_hidden",
        N_,
        "Hidden rows",
        "Rows that are hidden or filtered away hold data ({value}); they were read like all others.",
        "",
    ),
    (
        "columns_hidden",
        N_,
        "Hidden columns",
        "Columns that are hidden hold data ({value}); they were read like all others.",
        "",
    ),
    (
        "header_merged",
        E_,
        "Merged cells in the header",
        "The cells {value} of the header are merged, so {expected} no header of its own.",
        "Unmerge them and write a header into each.",
    ),
    (
        "cells_merged",
        E_,
        "Merged cells",
        "The cells {value} are merged, so only the first of them holds a value.",
        "Unmerge them and fill in every row.",
    ),
    (
        "cell_comment",
        N_,
        "Comment",
        "A comment stands at the cell: {value}",
        "",
    ),
    (
        "form_outdated",
        W_,
        "Form of another codebook version",
        "The form was made from codebook {value}; the codebook is {expected} now.",
        "`scopeline codebook diff` says what must be charted again. Then correct the cell.",
    ),
    (
        "form_empty",
        W_,
        "Empty form of another codebook version",
        "The form was made from codebook {value}, holds no rows yet, and the codebook is {expected} now.",
        "Make it again: in the review's folder `{message}` replaces an empty form.",
    ),
    (
        "example_row",
        N_,
        "Example row passed over",
        "The row is the form's example and is not read as data.",
        "",
    ),
    (
        "header_again",
        N_,
        "Header once more",
        "The row repeats the header and is not read as data.",
        "Where a second table begins here, look whether its rows are in the first.",
    ),
    # cells
    (
        "error_cell",
        E_,
        "Spreadsheet error",
        "The cell shows the spreadsheet error {value}.",
        "Mend the formula, or type the value.",
    ),
    (
        "formula_without_value",
        E_,
        "Formula without a value",
        "The cell holds the formula {value}, which was never calculated.",
        "Open the workbook in a spreadsheet program and save it, or type the value.",
    ),
    ("required", E_, "Value missing", "{field} is blank, but every row of '{table}' needs it.", "Fill it in{message}."),
    ("missing_not_allowed", E_, "Missing code not allowed", "{value} may not stand in {field}.", "{message}"),
    (
        "not_allowed",
        E_,
        "Not an allowed value",
        "'{value}' is not an allowed value of {field}. Allowed: {expected}.",
        "",
    ),
    ("spelling_normalised", N_, "Spelling normalised", "'{value}' was read as '{expected}'.", ""),
    ("value_twice", W_, "Value twice in one cell", "'{value}' stands twice in the cell; it counts once.", ""),
    ("not_whole", E_, "Not a whole number", "'{value}' is not a whole number; {field} needs one.", ""),
    ("not_number", E_, "Not a number", "'{value}' is not a number; {field} needs one{message}.", ""),
    (
        "percentage",
        E_,
        "Percentage",
        "The cell shows {value}, which the spreadsheet holds as a share of 1; {field} needs a plain number.",
        "Format the cell as a number and type the number that is meant.",
    ),
    (
        "missing_number",
        E_,
        "Number that stands for a missing value",
        "{value} looks like a number that stands for a missing value.",
        "Write NR (not reported), NA (not applicable) or UNCLEAR, or leave the cell blank.",
    ),
    (
        "date_in_text",
        W_,
        "Date in a text",
        "The cell holds the date {value}, not a text; it was read as {value}.",
        "Where something else was typed, format the cell as text and type it again.",
    ),
    (
        "blanks_trimmed",
        N_,
        "Blanks around the value",
        "Blanks before or after '{value}' were left out.",
        "",
    ),
    (
        "number_as_text",
        E_,
        "Number stored as text",
        "The number {value} is stored as text, so a spreadsheet will not count with it.",
        "Convert the cell to a number, or set `numbers_as_text: accept` under `validation` in config/config.yaml.",
    ),
    (
        "not_range",
        E_,
        "Not a number or range",
        "'{value}' is neither a number nor a range such as 1-12; {field} needs one.",
        "",
    ),
    ("range_reversed", E_, "Range the wrong way round", "The range {value} ends below its start.", ""),
    (
        "not_bounded",
        E_,
        "Not a number with a sign",
        "'{value}' is not a number such as 0.03 or <0.001; {field} needs one.",
        "",
    ),
    (
        "not_date",
        E_,
        "Not a date",
        "'{value}' is not a date; {field} needs one such as 2024, 2024-05 or 2024-05-31.",
        "",
    ),
    (
        "turned_into_date",
        E_,
        "Turned into a date",
        "The spreadsheet program has turned the entry into the date {value}; {field} is no date.",
        "Format the cell as text and type the value again.",
    ),
    ("below_minimum", E_, "Too small", "{value} is below {expected}, the least that {field} may be.", ""),
    ("above_maximum", E_, "Too large", "{value} is above {expected}, the most that {field} may be.", ""),
    ("too_short", E_, "Too short", "'{value}' has fewer than {expected} characters.", ""),
    ("too_long", E_, "Too long", "'{value}' has more than {expected} characters.", ""),
    ("wrong_form", E_, "Wrong form", "'{value}' does not have the form of {field}{message}.", ""),
    (
        "not_unique",
        E_,
        "Value twice",
        "'{value}' stands twice in {field}; first at {expected}.",
        "Every row needs its own.",
    ),
    # rows and tables
    ("key_blank", E_, "Key missing", "{field} is blank, so the row has no name.", "Fill it in."),
    (
        "key_twice",
        E_,
        "Key twice",
        "The key {value} stands twice in '{table}'; first at {expected}. {message}",
        "Delete one of the rows, or correct the key.",
    ),
    (
        "rows_in_two_places",
        E_,
        "The same rows in two files or sheets",
        "{value} rows stand here and in {expected} too: {message}",
        "Take one of the two out of raw/ where it is a copy. Where two people charted the same studies, add a field "
        "`reviewer` to the tables in config/codebook.yaml, and their rows stand side by side.",
    ),
    (
        "record_vanished",
        E_,
        "Record vanished",
        "The record {value} was in the review when it last passed, and is not in '{table}' any more.",
        "Put it back (a duplicate is marked in `duplicate_of`, not deleted), or waive this with the reason.",
    ),
    (
        "review_replaced",
        N_,
        "Another review",
        "{value} records of the last run that passed are gone; this is taken as another review.",
        "",
    ),
    ("reference_unknown", E_, "Unknown reference", "'{value}' is not in {expected}.", ""),
    (
        "duplicate_of_itself",
        E_,
        "Duplicate of itself",
        "The record is marked as a duplicate of itself.",
        "Name the record that is kept, or leave the cell blank.",
    ),
    (
        "survivor_removed",
        E_,
        "Survivor is a duplicate",
        "The record it duplicates, {value}, is itself marked as a duplicate (of {expected}).",
        "Name the record that is kept in the end.",
    ),
    (
        "survivor_ineligible",
        E_,
        "Survivor was removed",
        "The record it duplicates, {value}, was itself removed before screening.",
        "Name a record that is kept.",
    ),
    (
        "vote_on_removed",
        W_,
        "Vote on a removed record",
        "{value} was removed before screening, so this vote counts nowhere.",
        "Delete the vote, or clear the mark on the record.",
    ),
    (
        "stage_not_screened",
        W_,
        "A stage that was not screened",
        "The configuration says that titles and abstracts were not screened apart; this row is on these.",
        "It counts nowhere. Take `screening.stages` out of config/config.yaml, or the row out of the sheet.",
    ),
    (
        "adjudicator_voted",
        W_,
        "Adjudicator is a voter",
        "{value} adjudicates a record and has voted on it.",
        "A third person should settle a disagreement.",
    ),
    (
        "decision_without_disagreement",
        W_,
        "Decision where the votes agree",
        "The votes on {value} agree, and the decision says otherwise ({expected}).",
        "Check which of them holds.",
    ),
    (
        "full_text_vote_unsought",
        W_,
        "Full-text vote without a report",
        "{value} has full-text votes but did not pass title and abstract.",
        "Check the decision at title and abstract.",
    ),
    (
        "vote_on_unretrieved",
        W_,
        "Full-text vote on a report not retrieved",
        "{value} has full-text votes, but its report is marked as not retrieved.",
        "Correct `retrieved`, or delete the votes.",
    ),
    (
        "report_unsought",
        E_,
        "Report of a record that was not included at title and abstract",
        "The report's record {value} was not included at title and abstract.",
        "Check the votes on the record, or delete the report.",
    ),
    (
        "charted_not_included",
        E_,
        "Charted but not included",
        "The study {value} is charted, but no included report belongs to it.",
        "Name the study in `study_id` of its report, or take it out of the charting workbook.",
    ),
    (
        "reports_differ",
        W_,
        "Reports of a study differ",
        "The reports of {value} say different things of {field}: {expected}. {message}",
        "Chart what holds for the study in every row, or name the main report in `companion_of` of the others.",
    ),
    (
        "charted_before_included",
        W_,
        "Charted before it is included",
        "The study {value} is charted, but it is not among the included studies yet ({expected}). No table or figure "
        "counts it.",
        "Settle its report at full text; its rows then count.",
    ),
    (
        "included_not_charted",
        E_,
        "Included but not charted",
        "The report {value} is included, but no study is named for it.",
        "Fill in `study_id` and chart the study.",
    ),
    (
        "excluded_but_charted",
        E_,
        "Excluded but charted",
        "The report {value} is not included, but a study is named for it ({expected}).",
        "Check the full-text decision, or clear `study_id`.",
    ),
    (
        "companion_other_study",
        E_,
        "Companion of another study",
        "The report is a companion of {value}, but they belong to different studies.",
        "Give both reports the same `study_id`.",
    ),
    ("rule_broken", E_, "Rule of the codebook broken", "{message}", ""),
    # several reviewers' rows
    (
        "charting_conflict",
        E_,
        "Reviewers charted different values",
        "{field} was charted differently: {message}.",
        "Agree on one value: fill in results/validation/conflicts_to_settle.xlsx and put it into raw/, or give the row "
        "of the reviewer Consensus a value here.",
    ),
    (
        "consensus_differs",
        E_,
        "Consensus twice",
        "{field} was settled twice and differently: {message}.",
        "Keep one of the values, and clear the other cell.",
    ),
    (
        "consensus_overrides",
        N_,
        "Consensus against all reviewers",
        "All reviewers charted the same in {field}, and the consensus says otherwise: {message}.",
        "",
    ),
    (
        "charting_one_sided",
        N_,
        "Charted by one reviewer, blank at another",
        "In {field} {message}; the value stands.",
        "",
    ),
    ("charting_wording", N_, "Worded differently", "In {field} {message}; the first stands.", ""),
    (
        "charted_by_one",
        W_,
        "Row of one reviewer only",
        "Only {value} charted this row; the same study was also charted by {expected}.",
        "Check whether the other passed it over, or gave other values in the fields by which rows are matched "
        "(`charting.match` in config/config.yaml).",
    ),
    (
        "charting_factor",
        W_,
        "One reviewer's numbers are a multiple of the other's",
        "What {value} charted in {field} is {message}.",
        "Check that both used the field's unit.",
    ),
    ("settled_unknown", E_, "Unknown entry in a list of conflicts", "'{value}' is not {expected}.", ""),
    ("judged_unknown", E_, "Unknown entry in a list of likely duplicates", "'{value}' is not {expected}.", ""),
    # waivers
    ("waiver_columns", E_, "Columns of waivers", "{message}", ""),
    ("waiver_incomplete", E_, "Waiver says too little", "{message}", ""),
    ("waiver_unknown", E_, "Waiver names what is not there", "{message}", ""),
    ("waiver_refused", E_, "Cannot be waived", "{message}", ""),
    ("waiver_stale", W_, "Waiver waives nothing", "{message}", "Delete it, or correct where it points."),
)
