"""The flow from spreadsheets to files: typed counts, other methods, previous versions, lists and snapshots."""

import csv
import json
from pathlib import Path

import pytest
from scopeline import flow_lists, steps, terms
from scopeline.conservation import NAMES as ACCOUNTS
from scopeline.errors import DataError
from scopeline.report.machines import NAMES as MACHINES
from small_review import SmallReview


@pytest.fixture
def counted(tmp_path, monkeypatch):
    """Run the steps up to the flow on a small review, with further files for raw/ and a piece of configuration."""

    def run(files: dict[str, str] | None = None, config: str = "", review: SmallReview | None = None) -> Path:
        review = review or SmallReview(tmp_path)
        review.config += config
        raw = review.write()
        for name, text in (files or {}).items():
            (raw / name).write_text(text, encoding="utf-8")
        monkeypatch.chdir(review.folder)
        made = {"settings": "settings.json", "review": "review.arrow", "screening": "screening.arrow"}
        steps.settings(
            config="config/config.yaml",
            codebook="config/codebook.yaml",
            digest=steps.digests.of_files(["config/config.yaml", "config/codebook.yaml"]),
            settings=made["settings"],
        )
        cells = []
        for path in sorted(Path("raw").iterdir()):
            cells.append(f"cells/{path.name}.arrow")
            steps.ingest(raw=path.as_posix(), digest=steps.digests.sha256(path), cells=cells[-1])
        found = "results/validation"
        steps.validate(
            cells=cells,
            settings=made["settings"],
            issues=f"{found}/issues.csv",
            page=f"{found}/index.html",
            summary=f"{found}/summary.json",
            waivers=f"{found}/waivers.csv",
            quarantined=f"{found}/quarantine.csv",
            accounts=[f"{found}/{name}" for name in ACCOUNTS],
            machines=[f"{found}/{name}" for name in MACHINES],
            review=made["review"],
            conflicts=f"{found}/charting_conflicts.csv",
            to_settle=f"{found}/conflicts_to_settle.xlsx",
            charted="charted.arrow",
            screening=made["screening"],
        )
        steps.gate(
            summary=f"{found}/summary.json",
            issues=f"{found}/issues.csv",
            review=made["review"],
            settings=made["settings"],
            passed="passed.json",
        )
        steps.flow(
            **made,
            flow="prisma/flow.json",
            template="prisma/flow.csv",
            boxes=[f"prisma/boxes/{box}.csv" for box in (*terms.BOXES, "further")],
            snapshot="prisma/snapshot.csv",
        )
        forms = {form: f"prisma/flow.{form}" for form in ("svg", "png", "pdf", "html", "mmd", "txt")}
        steps.diagram(**made, flow="prisma/flow.json", **forms)
        steps.lists(**made, lists=[f"prisma/lists/{name}" for name in flow_lists.FILES])
        return Path("prisma")

    return run


def numbers(prisma: Path) -> dict[str, int]:
    told = json.loads((prisma / "flow.json").read_text(encoding="utf-8"))
    return {name: box["n"] for name, box in told["boxes"].items()}


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_review_gives_its_boxes_lists_and_snapshot(counted):
    """Each list holds the members of its box, and the snapshot every record and included report."""
    prisma = counted()
    assert numbers(prisma)["included_reports"] == 2
    assert [line["study_id"] for line in lines(prisma / "lists/included.csv")] == ["Ames2001", "Bell2002"]
    ris = (prisma / "lists/decisions.ris").read_text(encoding="utf-8")
    states = flow_lists.decisions_of_ris(ris).set_index("record_id")["state"].to_dict()
    assert states == {"R1": "included", "R2": "included", "R3": "duplicate", "R4": "excluded"}
    snapshot = lines(prisma / "snapshot.csv")
    assert [line["record_id"] for line in snapshot if line["kind"] == "record"] == ["R1", "R2", "R3", "R4"]
    assert [line["report_id"] for line in snapshot if line["kind"] == "report"] == ["P1", "P2"]


def test_numbers_that_were_typed_join_the_flow_with_their_cell(counted):
    """What another tool removed before import counts as identified and as removed, and is named under the figure."""
    typed = "box,source_name,n,note\nremoved_before_import,Embase,12,deduplicated in EndNote\n"
    before = numbers(counted())
    prisma = counted({"flow_counts.csv": typed})
    after = numbers(prisma)
    assert after["identified"] == before["identified"] + 12
    assert after["duplicates"] == before["duplicates"] + 12
    assert after["screened"] == before["screened"]
    told = json.loads((prisma / "flow.json").read_text(encoding="utf-8"))
    assert [line["name"] for line in told["exceptions"]] == ["removed_before_import"]
    assert "raw/flow_counts.csv › C2" in json.dumps(told, ensure_ascii=False)


def test_a_typed_number_that_the_rows_contradict_stops_the_flow(counted):
    """Both sides of the sum are told, and the cell of the typed one."""
    with pytest.raises(DataError) as fault:
        counted({"flow_counts.csv": "box,n\nrecords_screened,4\n"})
    assert "raw/flow_counts.csv › B2" in str(fault.value)
    assert "4" in str(fault.value) and "3" in str(fault.value)


def test_other_methods_have_an_arm_of_their_own_where_the_configuration_says_so(counted, tmp_path):
    """The same records in one screening or in two arms; included reports are those of both."""
    review = SmallReview(tmp_path)
    review.codebook = review.codebook.replace("[database, register]", "[database, register, website]")
    review.put("records", "B3", "website")
    prisma = counted(config="flow: {other_methods: apart}\n", review=review)
    told = numbers(prisma)
    assert (told["identified"], told["other_identified"]) == (3, 1)
    assert told["included_reports"] == 2
    boxes = {line["box"] for line in lines(prisma / "boxes/further.csv")}
    assert {"other_identified", "other_sought", "other_included_reports"} <= boxes


def test_an_update_counts_what_is_new_beside_the_previous_version(counted, tmp_path):
    """The last version's snapshot, dropped into raw/ and named, makes the flow that of an updated review."""
    snapshot = (counted() / "snapshot.csv").read_text(encoding="utf-8")
    review = SmallReview(tmp_path / "update")
    for table, rows in review.tables.items():
        if table in ("records", "votes", "reports"):
            rows[:] = [rows[0], *([["New" + str(c) if i == 0 else c for i, c in enumerate(row)] for row in rows[1:]])]
    for row in review.tables["reports"][1:]:
        row[1] = f"New{row[1]}"
    review.tables["records"][3][4] = "NewR1"
    review.codebook = review.codebook.replace(r"pattern: 'R\d+'", r"pattern: '(New)?R\d+'")
    for table in ("studies", "findings", "harms"):
        for row in review.tables[table][1:]:
            place = 1 if table == "findings" else 0
            row[place] = row[place].replace("Bell2002", "Burr2024")
    review.tables["reports"][2][2] = "Burr2024"
    prisma = counted({"last.csv": snapshot}, "previous: last.csv\n", review)
    told = numbers(prisma)
    assert (told["previous_studies"], told["previous_reports"]) == (2, 2)
    assert (told["identified"], told["included_studies"]) == (4, 2)
    assert (told["total_studies"], told["total_reports"]) == (3, 4)


def test_a_record_that_vanished_since_the_previous_version_is_told(counted, tmp_path):
    """Where the tables go on from the last version, a record of its snapshot that is gone is told at its cell there."""
    snapshot = (counted() / "snapshot.csv").read_text(encoding="utf-8")
    review = SmallReview(tmp_path / "update")
    review.tables["records"] = [row for row in review.tables["records"] if row[0] != "R4"]
    review.tables["votes"] = [row for row in review.tables["votes"] if row[0] != "R4"]
    with pytest.raises(DataError) as fault:
        counted({"last.csv": snapshot}, "previous: last.csv\n", review)
    assert "'R4'" in str(fault.value) or "R4" in str(fault.value)
    assert "last.csv" in str(fault.value)
