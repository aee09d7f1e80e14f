"""A review whose spreadsheets look like no known tool is mapped in configuration alone."""

import textwrap
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scopeline import cells, codebook, mapping, settings
from scopeline.checked import schema
from scopeline.errors import ConfigurationError
from scopeline.judgement import judge
from scopeline.settings import Settings
from scopeline.sources import mapped
from scopeline.sources.adapter import Context
from scopeline.sources.taken import Taken

ROOT = Path(__file__).parents[1]
STARTER = codebook.load(ROOT / "workflow/scopeline/starter/config/codebook.yaml")
REVIEW = "review: {title: A review}\n"


class Mapped:
    """A folder with a configuration and csv files, and what the mapping makes of a file."""

    def __init__(self, folder: Path, config: str, **files: str) -> None:
        self.config = folder / "config.yaml"
        self.config.write_text(REVIEW + textwrap.dedent(config), encoding="utf-8")
        self.settings = settings.load(self.config, STARTER)
        self.books = {}
        for name, text in files.items():
            path = folder / f"{name}.csv"
            path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
            self.books[f"raw/{name}.csv"] = cells.read(path, f"raw/{name}.csv")

    def take(self, name: str = "a", fields: codebook.Codebook = STARTER) -> Taken:
        book = self.books[f"raw/{name}.csv"]
        setting = self.settings.source(book.file)
        taken, _ = mapped.take(book, setting, Context(fields, setting, self.books))
        return taken[0]


def rows(taken: Taken, table: str) -> list[dict[str, str]]:
    """The rows of a table in the sheet's order: what is blank is left out."""
    found = []
    for block in taken.rows:
        if block.place.table == table:
            texts = {name: texts.to_pylist() for name, texts in block.texts.items()}
            for at, number in enumerate(block.numbers.tolist()):
                held = {name: words[at] for name, words in texts.items() if words[at]}
                found.append((number, len(found), held))
    return [held for *_, held in sorted(found, key=lambda one: one[:2])]


def column(taken: Taken, table: str, field: str) -> list[str]:
    return [row.get(field, "") for row in rows(taken, table)]


def left_out(taken: Taken) -> dict[str, list[int]]:
    return {one.why: list(one.numbers) for one in taken.left_out}


def one_table(table: str, lines: str) -> str:
    """A configuration with one entry for a.csv."""
    body = textwrap.indent(textwrap.dedent(lines).strip("\n"), " " * 8)
    return f"sources:\n  a.csv:\n    tables:\n      - table: {table}\n{body}\n"


def with_separator(folder: Path, table: str, field: str) -> codebook.Codebook:
    """The starter's codebook, in which a field may hold several values."""
    told = yaml.safe_load((ROOT / "workflow/scopeline/starter/config/codebook.yaml").read_text(encoding="utf-8"))
    schema_of = {resource["name"]: resource["schema"] for resource in told["resources"]}
    next(one for one in schema_of[table]["fields"] if one["name"] == field)["separator"] = ";"
    path = folder / "codebook.yaml"
    path.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    return codebook.load(path)


RECORD = "record_id: {column: Refid, id: true}\n  source_type: {value: database}"


def test_a_sheet_is_mapped_with_the_rows_that_count_and_the_others_are_told_in_words(tmp_path):
    """Each row yields something or is left out with the condition that it fails; columns nobody names are told."""
    review = Mapped(
        tmp_path,
        one_table(
            "decisions",
            """
            where: {column: study screening decision, filled: true}
            prefix: d-
            fields:
              record_id: {column: Refid, id: true}
              stage: {value: title_abstract}
              decision: {column: study_screening_decision, values: {Keep: include, Drop: exclude}}
            """,
        ),
        a="Refid,study_screening_decision,User\n#1,Keep,x\n2.0,drop,y\n3,,z\n,,\n",
    )
    taken = review.take()
    assert rows(taken, "decisions") == [
        {"record_id": "d-1", "stage": "title_abstract", "decision": "include"},
        {"record_id": "d-2", "stage": "title_abstract", "decision": "exclude"},
    ]
    assert left_out(taken) == {"study_screening_decision is blank".replace("_", " "): [4]}
    assert taken.rows_in == [2, 3, 4]
    assert taken.rows[0].place.columns == {"record_id": 0, "decision": 1}
    assert [(use.header, use.why) for use in taken.uses if not use.fields] == [("User", "the mapping does not name it")]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("'Year of study'", "2001"),
        ("year  OF_study", "2001"),
        ("3", "2001"),
        ("$C", "2001"),
        ("'/^Year.*/'", "2001"),
        ("Year*", "2001"),
        ("Notes#2", "second"),
        ("{column: Notes#1, extract: 'n (\\d+)'}", "12"),
        ("{first: [Empty, Notes#2]}", "second"),
        ("{columns: [Empty, Notes#1, Notes#2], join: ' / '}", "n 12 / second"),
        ("{template: '{Year of study}: {Notes#2}'}", "2001: second"),
        ("{template: '{Empty}'}", ""),
        ("{column: Empty, blank: NR}", "NR"),
        ("{value: 3}", "3"),
        ("{column: Notes#1, only_if: {column: Empty, filled: true}, closed: NA}", "NA"),
        ("{column: Notes#1, values: {'/n (\\d+)/': 'no. \\1'}}", "no. 12"),
        ("{column: Notes#2, values: {third: x}, otherwise: blank}", ""),
        ("{column: Notes#2, values: {third: x}, otherwise: other}", "other"),
        ("{column: Notes#2, values: {third: x}}", "second"),
        ("{group: file}", "a"),
        ("{template: 'R{row}'}", "R2"),
    ],
)
def test_the_ways_to_say_what_a_field_holds(tmp_path, said, expected):
    """A field is a column by header, number, letter or pattern, a part of a cell, several columns, a constant …"""
    config = one_table("studies", f"fields:\n  study_id: Id\n  condition: {{value: other condition}}\n  note: {said}")
    config = config.replace(
        "  condition:", "  design: {value: cohort}\n          controlled: {value: 'no'}\n          condition:"
    )
    review = Mapped(tmp_path, config, a="Id,Empty,Year of study,Notes,Notes\nA1,,2001,n 12,second\n")
    assert column(review.take(), "studies", "note") == [expected]


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("{column: n, is: 1}", [2]),
        ("{column: n, not: 1}", [3, 4, 5]),
        ("{column: n, in: [1, -1]}", [2, 3]),
        ("{column: n, not_in: [1, -1]}", [4, 5]),
        ("{column: w, matches: '^x'}", [2, 3]),
        ("{column: w, blank: true}", [5]),
        ("{column: n, above: 1}", [4]),
        ("{column: n, at_most: 1}", [2, 3]),
        ("{any: [{column: n, is: 1}, {column: w, is: yz}]}", [2, 4]),
        ("[{column: w, filled: true}, {column: n, at_least: 1}]", [2, 4]),
        ("{column: n, present_in: {in: b.csv, key: Id}}", [4]),
        ("{column: n, absent_from: {in: b.csv, key: Id}}", [2, 3, 5]),
    ],
)
def test_the_conditions_of_rows_that_count(tmp_path, condition, kept):
    """A row counts by equality, lists, patterns, blanks, numbers, another source; -1 is not 1."""
    review = Mapped(
        tmp_path,
        one_table("records", f"where: {condition}\nfields:\n  {RECORD}"),
        a="Refid,n,w\nA,1,xa\nB,-1,xb\nC,2.5,YZ\nD,,\n",
        b="Id\n#2.5\n2.5\n",
    )
    taken = review.take()
    assert sorted(number for block in taken.rows for number in block.numbers.tolist()) == kept
    assert sorted([*kept, *(number for numbers in left_out(taken).values() for number in numbers)]) == [2, 3, 4, 5]


def test_columns_become_rows_and_each_value_keeps_its_cell(tmp_path):
    """Pairs such as death_e and death_n yield one row for each event, from the columns of that event; blanks none."""
    review = Mapped(
        tmp_path,
        one_table(
            "harms",
            """
            each: {columns: '{event}_e', but: size_e}
            fields:
              study_id: Study
              arm: {value: all}
              event: {group: event}
              harms_status: {column: '{event}_e', values: {0: zero_stated, '/[0-9]+/': events}}
              n_events: '{event}_e'
              n_exposed: '{event}_n'
            """,
        ),
        a="Study,size_e,death_n,death_e,nausea_e\nA1,9,10,0,\nB1,9,20,3,4\nC1,9,,,\n",
    )
    taken = review.take()
    assert [(row["study_id"], row["event"], row["n_events"], row.get("n_exposed")) for row in rows(taken, "harms")] == [
        ("A1", "death", "0", "10"),
        ("B1", "death", "3", "20"),
        ("B1", "nausea", "4", None),
    ]
    places = {block.texts["event"].to_pylist()[0]: block.place.columns for block in taken.rows}
    assert (places["death"]["n_events"], places["death"]["n_exposed"], places["nausea"]["n_events"]) == (3, 2, 4)
    assert left_out(taken) == {"nothing stands in {event}_e": [4]}


def test_reviewers_in_columns_of_their_own_and_groups_in_words(tmp_path):
    """Columns may be listed, or each group be written out."""
    config = one_table(
        "votes",
        """
        each: [{who: Ann, vote: First}, {who: Ben, vote: Second}]
        fields:
          record_id: Id
          stage: {value: title_abstract}
          reviewer: {group: who}
          decision: {column: '{vote}', values: {include: [y, '1'], exclude: [n, '0']}}
        """,
    )
    review = Mapped(tmp_path, config, a="Id,First,Second\nA,y,0\nB,,1\n")
    assert [(row["record_id"], row["reviewer"], row["decision"]) for row in rows(review.take(), "votes")] == [
        ("A", "Ann", "include"),
        ("A", "Ben", "exclude"),
        ("B", "Ben", "include"),
    ]


def test_votes_in_one_cell_become_rows_and_the_third_is_the_adjudication(tmp_path):
    """Names and votes go in step; the positions that count are chosen; the row number stays."""
    config = """
    sources:
      a.csv:
        tables:
          - table: votes
            explode: {columns: [Names, Votes], split: ';', take: 1-2}
            fields: {record_id: Id, stage: {value: title_abstract}, reviewer: Names,
                     decision: {column: Votes, values: {include: [Included], exclude: [Excluded, Exluded]}}}
          - table: decisions
            explode: {columns: [Names, Votes], split: ';', take: 3}
            fields: {record_id: Id, stage: {value: title_abstract}, adjudicator: Names, decision: Votes}
    """
    review = Mapped(tmp_path, config, a="Id,Names,Votes\nA,Ann;Ben,Included;Exluded\nB,Ann;Ben;Cy,Excluded;;Included\n")
    taken = review.take()
    assert [(row["record_id"], row["reviewer"], row.get("decision")) for row in rows(taken, "votes")] == [
        ("A", "Ann", "include"),
        ("A", "Ben", "exclude"),
        ("B", "Ann", "exclude"),
        ("B", "Ben", None),
    ]
    assert [(row["record_id"], row["adjudicator"], row["decision"]) for row in rows(taken, "decisions")] == [
        ("B", "Cy", "Included")
    ]
    assert [block.numbers.tolist() for block in taken.rows] == [[2, 2, 3, 3], [3]]


def test_check_boxes_and_cells_of_several_values_use_the_codebooks_separator(tmp_path):
    """`question -> answer` columns, one column a choice, and any separator end as one multi-valued field."""
    config = """
    sources:
      a.csv:
        tables:
          - table: studies
            fields: &rest
              study_id: Id
              design: {value: cohort}
              controlled: {value: 'no'}
              condition: {checked: 'cond -> *', values: {one: first condition, two: second condition}}
              note: {checked: {Rural: r, Urban: u}}
              country: {column: c, split: ['|', ' and '], values: {UK: Britain}}
    """
    review = Mapped(
        tmp_path,
        config,
        a="Id,cond -> one,cond -> two,r,u,c\nA1,one,two,1,0,UK|France and UK\nB1,,TRUE,x,no,\nC1,,,,,\n",
    )
    taken = review.take()
    assert column(taken, "studies", "condition") == ["first condition; second condition", "second condition", ""]
    assert column(taken, "studies", "note") == ["Rural", "Rural", ""]
    assert column(taken, "studies", "country") == ["Britain; France", "", ""]


#: A list of reports, of which a list of links says which belong to one study, and another which were charted.
LINKED = """
sources:
  a.csv:
    tables:
      - table: reports
        links: {in: links.csv, columns: [Refid, Linked Refid], main: {in: charted.csv, key: Id}}
        fields:
          report_id: {column: Refid, id: true}
          record_id: {column: Refid, id: true}
          retrieved: {value: 'yes'}
          study_id: {column: Refid, id: true, linked: true, prefix: S}
          companion_of: {column: Refid, id: true, linked: companion}
"""


def test_linked_reports_are_one_study_whatever_the_direction_of_the_links(tmp_path):
    """Links chain; the main report is the one that was charted, else the lowest that counts."""
    review = Mapped(
        tmp_path,
        LINKED,
        a="Refid\n1\n2\n3\n8\n9\n10\n",
        links="Refid, Linked Refid\n1,#2\n3,2.0\n9,10\n10,7\n",
        charted="Id\n3\n",
    )
    taken = review.take()
    assert column(taken, "reports", "study_id") == ["S3", "S3", "S3", "S8", "S9", "S9"]
    assert column(taken, "reports", "companion_of") == ["3", "3", "", "", "", "9"]
    assert mapped.looked_into(review.settings) == {"raw/links.csv", "raw/charted.csv"}


@pytest.mark.parametrize("order", [1, -1])
def test_a_report_linked_to_several_main_reports_does_not_make_them_one_study(tmp_path, order):
    """Each main report was charted as a study and stays one; a field of one value takes the lowest and tells it."""
    links = ["9,5", "7,5", "12,5", "5,1", "7,2"]
    review = Mapped(
        tmp_path,
        LINKED,
        a="Refid\n1\n2\n5\n7\n9\n12\n",
        links="\n".join(["Refid,Linked Refid", *links[::order], ""]),
        charted="Id\n7\n9\n12\n",
    )
    taken = review.take()
    assert column(taken, "reports", "study_id") == ["S7", "S7", "S7", "S7", "S9", "S12"]
    assert column(taken, "reports", "companion_of") == ["7", "7", "7", "", "", ""]
    told = [(item.rule, item.field, item.value) for item in taken.issues]
    assert ("source_assumed", "study_id", "5") in told

    taken = review.take(fields=with_separator(tmp_path, "reports", "study_id"))
    assert column(taken, "reports", "study_id") == ["S7; S9; S12", "S7", "S7; S9; S12", "S7", "S9", "S12"]


def test_a_value_is_looked_up_in_another_source_and_a_part_of_it_taken(tmp_path):
    """`duplicate of 3054` in a list of duplicates gives the record that is kept."""
    config = one_table(
        "records",
        f"fields:\n  {RECORD}\n"
        "  duplicate_of: {column: Refid, lookup: {in: b.csv, key: RefID, take: Reason}, "
        "extract: 'duplicate of (\\d+)', id: true}",
    )
    review = Mapped(tmp_path, config, a="Refid\n1\n2\n", b="RefID,Reason\n#2,[mass] Duplicate of 3054\n5,x\n")
    assert column(review.take(), "records", "duplicate_of") == ["", "3054"]


def test_every_value_beside_a_key_is_gathered(tmp_path):
    """What a study has in many rows of another source becomes several values of one cell, each once."""
    config = one_table(
        "studies",
        """
        fields:
          study_id: Id
          design: {value: cohort}
          controlled: {value: 'no'}
          condition: {column: Id, lookup: {in: b.csv, key: Id, take: 'c_*', every: true}, split: ';',
                      values: {x: first condition, y: second condition, z: other condition}}
        """,
    )
    review = Mapped(tmp_path, config, a="Id\n1\n2\n3\n", b="Id,c_1,c_2\n1,z,\n2,x,\n1,x,y\n1,z,\n")
    assert column(review.take(), "studies", "condition") == [
        "other condition; first condition; second condition",
        "first condition",
        "",
    ]


def test_a_duplicate_of_a_duplicate_leads_to_the_record_that_is_kept(tmp_path):
    """The end of the chain counts; a circle stays as it is typed."""
    config = one_table(
        "records",
        f"fields:\n  {RECORD}\n  duplicate_of: {{column: Of, extract: '\\d+', follow: Refid, id: true}}",
    )
    review = Mapped(tmp_path, config, a="Refid,Of\n1,\n2,of 3\n3,of #4\n4,of 1\n5,of 6\n6,of 5\n")
    assert column(review.take(), "records", "duplicate_of") == ["", "1", "1", "1", "6", "5"]


def test_rows_of_one_key_are_folded_to_the_first_and_the_others_told(tmp_path):
    """The unit's ID tells which rows are the same; a row that says something else is told so."""
    config = one_table(
        "studies",
        """
        unit: study
        distinct: true
        fields: {study_id: Id, year: Year, condition: {value: other condition}, design: {value: cohort},
                 controlled: {value: 'no'}}
        """,
    )
    taken = Mapped(tmp_path, config, a="Id,Year\nA1,2001\nB1,2002\nA1,2001\nA1,2009\n").take()
    assert column(taken, "studies", "study_id") == ["A1", "B1"]
    assert left_out(taken) == {
        "an earlier row has the same study_id": [4],
        "an earlier row has the same study_id, with another year": [5],
    }


def test_headers_of_several_rows_are_joined_and_banners_go_on_to_the_right(tmp_path):
    """A merged banner stands above the columns that it spans."""
    config = one_table(
        "votes",
        """
        header_row: [2, 3]
        each: ['{who} vote']
        fields: {record_id: Id, stage: {value: title_abstract}, reviewer: {group: who}, decision: '{who} vote'}
        """,
    )
    taken = Mapped(tmp_path, config, a="A list,,\n,Ann,Ben\nId,vote,vote\nR1,include,exclude\n").take()
    assert column(taken, "votes", "reviewer") == ["Ann", "Ben"]
    assert taken.header_row == 3


def test_the_header_row_and_the_sheet_are_found_by_the_columns(tmp_path):
    """Without `sheet` and `header_row` the rows above the headers do no harm."""
    taken = Mapped(
        tmp_path, one_table("records", f"fields:\n  {RECORD}\n  title: Name"), a="Made by us,,\n,,\nRefid,Name,\n1,T,\n"
    ).take()
    assert (taken.header_row, column(taken, "records", "title")) == (3, ["T"])


def test_one_sheet_a_reviewer_and_the_kinds_of_its_cells(tmp_path):
    """A pattern of sheets reads each of them; a cell that is read as it stands keeps what the workbook says it is."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for who in ("Ann", "Ben"):
        sheet = book.create_sheet(f"Votes {who}")
        sheet.append(["Id", "Vote"])
        sheet.append([7, True])
    sheet.append(["=1/0", "x"])
    book.create_sheet("Notes").append(["Id", "Vote"])
    book.save(tmp_path / "a.xlsx")
    config = one_table(
        "votes",
        """
        sheet: 'Votes *'
        fields: {record_id: {column: Id, id: true, prefix: ''}, stage: {value: title_abstract},
                 reviewer: {group: sheet}, decision: Vote}
        """,
    ).replace("a.csv", "a.xlsx")
    review = Mapped(tmp_path, config)
    review.books["raw/a.xlsx"] = read = cells.read(tmp_path / "a.xlsx", "raw/a.xlsx")
    setting = review.settings.source(read.file)
    taken, names = mapped.take(read, setting, Context(STARTER, setting, review.books))
    assert names == {"Votes Ann", "Votes Ben"}
    assert [column(one, "votes", "reviewer") for one in taken] == [["Votes Ann"], ["Votes Ben"] * 2]
    assert taken[0].rows[0].kinds["decision"].to_pylist() == [cells.Kind.BOOLEAN]
    assert taken[0].rows[0].kinds["record_id"].to_pylist() == [cells.Kind.NUMBER]
    assert taken[1].rows[0].kinds["record_id"].to_pylist() == [cells.Kind.NUMBER, cells.Kind.FORMULA]


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        (f"fields:\n  {RECORD}\n  title: Titel", 9, "no column 'Titel'; did you mean 'Title'"),
        (f"fields:\n  {RECORD}\n  title: {{column: '*'}}", 9, "fits several columns"),
        (f"where: {{column: Tite, filled: true}}\nfields:\n  {RECORD}", 6, "did you mean 'Title'"),
        (f"sheet: Other\nfields:\n  {RECORD}", 6, "there is no sheet 'Other'"),
        (f"header_row: 9\nfields:\n  {RECORD}", 6, "2 rows"),
        (
            f"fields:\n  {RECORD}\n  title: {{column: Title, lookup: {{in: x.csv, key: a, take: b}}}}",
            9,
            "no file 'x.csv'",
        ),
        (f"each: '{{x}}_e'\nfields:\n  {RECORD}", 6, "no column of the sheet is headed like '{x}_e'"),
        (f"each: 'Ti{{x}}'\nfields:\n  {RECORD}\n  title: '{{x}} n'", 10, "no group of columns has a column '{x} n'"),
    ],
)
def test_what_the_sheet_does_not_have_is_told_at_its_line(tmp_path, lines, line, said):
    """A column, sheet, row or file that is not there names the line of the configuration, and what was meant."""
    review = Mapped(tmp_path, one_table("records", lines), a="Refid,Title\n1,T\n")
    with pytest.raises(mapping.MappingError) as fault:
        review.take()
    told = str(fault.value.at(review.config))
    assert said in told
    assert f"line {line}:" in told
    assert isinstance(fault.value, ConfigurationError)


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        (f"fields:\n  {RECORD}\n  title: {{column: T, value: x}}", 9, "`column` and `value` contradict each other"),
        (f"fields:\n  {RECORD}\n  title: {{column: T, extract: '('}}", 9, "not a regular expression"),
        (f"fields:\n  {RECORD}\n  title: {{colum: T}}", 9, "did you mean 'column'"),
        (f"fields:\n  {RECORD}\n  title: {{column: T, values: {{a: x, A: y}}}}", 9, "stands for both"),
        (f"fields:\n  {RECORD}\n  title: {{column: T, linked: true}}", 9, "needs `links`"),
        (f"fields:\n  {RECORD}\n  title: {{group: who}}", 9, "names no part 'who'"),
        (f"where: {{column: T}}\nfields:\n  {RECORD}", 6, "says nothing of its column"),
        (f"explode: {{columns: T, take: x}}\nfields:\n  {RECORD}", 6, "no position"),
        (f"distinct: [doi]\nfields:\n  {RECORD}", 6, "cannot be folded by 'doi'"),
        (f"fields:\n  {RECORD}\n  title: {{column: T, closed: NA}}", 9, "goes with `only_if`"),
    ],
)
def test_a_contradiction_is_told_at_its_line_before_any_file_is_read(tmp_path, lines, line, said):
    """What cannot hold in any sheet is a mistake of the configuration."""
    with pytest.raises(ConfigurationError) as fault:
        Mapped(tmp_path, one_table("records", lines))
    assert said in str(fault.value)
    assert f"line {line}:" in str(fault.value)


def test_the_codebook_is_asked_for_every_field_and_word():
    """A field it lacks, a word it does not allow, and a field that it needs are mistakes of the mapping."""
    entry = mapping.TableMap.model_validate(
        {
            "table": "decisions",
            "fields": {
                "record_id": "Id",
                "reson": "R",
                "decision": {"column": "D", "values": {"Keep": "includ"}},
            },
        }
    )
    told = list(mapping.against([entry], STARTER))
    assert [(way, text.partition(";")[0]) for way, text in told] == [
        ((0, "fields", "reson"), "'reson' is not a field of 'decisions' in the codebook"),
        ((0, "fields", "decision", "values", "Keep"), "'includ' is not a value of decisions.decision"),
        ((0, "fields"), "'decisions' needs stage, which the mapping does not give"),
    ]
    assert not [text for _, text in mapping.against([entry], STARTER, ["stage"]) if "needs" in text]


def test_settings_that_were_kept_read_the_same(tmp_path):
    """The workflow keeps the settings as JSON; the mapping comes back as it was. Its schema can be written."""
    review = Mapped(
        tmp_path,
        one_table(
            "records", f"where: {{any: [{{column: a, in: [1, x]}}]}}\neach: '{{k}}_e'\nfields:\n  {RECORD}\n  title: 3"
        ),
    )
    again = Settings.model_validate(review.settings.model_dump(mode="json"))
    assert again.sources == review.settings.sources
    assert "choice: column" in schema(Settings, "settings")


def test_a_mapped_review_is_judged_and_a_fault_is_told_at_its_cell(tmp_path):
    """From the file to the issue: an unknown word of a melted column stands at the cell of that column."""
    config = """
    sources:
      a.csv:
        tables:
          - table: records
            fields: {record_id: Id, source_type: {value: database}, title: T}
          - table: votes
            each: 'Screener {who}'
            fields: {record_id: Id, stage: {value: title_abstract}, reviewer: {group: who},
                     decision: {column: 'Screener {who}', values: {1: include, 0: exclude}}}
    """
    review = Mapped(tmp_path, config, a="Id,T,Screener A,Screener B\nR1,One,1,0\nR2,Two,0,perhaps\n")
    found = judge(list(review.books.values()), STARTER, review.settings)
    assert [(item.rule, item.cell) for item in found.issues if item.table == "votes" and item.severity == "error"] == [
        ("not_allowed", "D3")
    ]
    assert len(found.review.table("votes")) == 4


WORDS = st.sampled_from(["", "Keep", "Drop", "x;y", "1", "0"])


@pytest.mark.properties
@given(table=st.lists(st.tuples(WORDS, WORDS, WORDS, WORDS), max_size=12), turned=st.permutations(range(4)))
def test_no_row_is_lost_and_the_order_of_the_columns_does_not_matter(tmp_path_factory, table, turned):
    """Rows in = rows that yield something + rows left out, each once, whatever stands in the cells."""
    folder = tmp_path_factory.mktemp("mapped")
    config = """
    sources:
      a.csv:
        tables:
          - table: votes
            where: {column: A, not: Drop}
            each: '{who}_v'
            explode: {columns: '{who}_v', split: ';'}
            distinct: true
            fields: {record_id: A, stage: {value: title_abstract}, reviewer: {template: '{who} {position}'},
                     decision: '{who}_v'}
          - table: records
            where: {column: Z, filled: true}
            fields: {record_id: A, source_type: {value: database}, title: Z}
    """
    names = ["A", "b_v", "c_v", "Z"]
    outcomes = []
    for order in (range(4), turned):
        lines = [",".join(names[at] for at in order), *(",".join(row[at] for at in order) for row in table)]
        taken = Mapped(folder, config, a="\n".join(lines) + "\n").take()
        used = {number for block in taken.rows for number in block.numbers.tolist()}
        out = [number for one in taken.left_out for number in one.numbers]
        assert len(out) == len(set(out))
        assert used | set(out) == set(taken.rows_in or [])
        assert not used & set(out)
        key = lambda row: sorted(row.items())  # noqa: E731 - a name for one expression
        outcomes.append(
            (sorted(map(key, rows(taken, "votes"))), sorted(map(key, rows(taken, "records"))), left_out(taken))
        )
    if len({tuple(sorted(outcome[2])) for outcome in outcomes}) == 1:
        assert outcomes[0] == outcomes[1]
