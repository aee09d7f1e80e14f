"""Every call is right by itself: what changed is made again, what did not is left alone."""

import json
import os
import shutil
from datetime import UTC, datetime

import pytest

NOTHING = "Nothing has changed since the last run: results/report.html is up to date.\n"
READY = "The report is ready: results/report.html"


def files_read(checkout):
    return json.loads((checkout.folder / "results/validation/summary.json").read_text(encoding="utf-8"))["files"]


def age(path, years=5):
    """Give a file a date of long ago, as unpacking an archive does."""
    then = datetime.now(UTC).timestamp() - years * 365 * 86400
    os.utime(path, (then, then))


def test_an_unchanged_review_is_up_to_date_in_a_copied_folder_too(checkout):
    """The second call does nothing and says so, although copying changed every inode's time."""
    before = checkout.results()
    said = checkout.run()
    assert (said.status, said.err) == (0, NOTHING)
    assert checkout.results() == before


def test_results_stay_up_to_date_when_snakemake_has_lost_its_memory(checkout):
    """A folder received without .snakemake/ is not made again, and a deleted raw file is noticed even there."""
    shutil.rmtree(checkout.folder / ".snakemake")
    assert checkout.run().err == NOTHING
    shutil.rmtree(checkout.folder / ".snakemake")
    (checkout.folder / "raw/harms.csv").unlink()
    assert READY in checkout.run().err
    assert files_read(checkout) == ["raw/charting.csv", "raw/records.csv"]


def test_a_raw_file_replaced_by_one_with_an_older_date_is_read(checkout):
    """Contents decide, not dates; and only that file is read again."""
    age(checkout.write("raw/records.csv", "records,2\n"))
    before = checkout.results()
    said = checkout.run()
    assert READY in said.err
    assert "read raw/records.csv" in said.err
    assert "read raw/harms.csv" not in said.err
    assert checkout.results()["results/report.html"] != before["results/report.html"]


def test_an_edit_in_one_of_twenty_workbooks_reads_one(checkout):
    """Nineteen files that did not change are not read again."""
    for number in range(20):
        checkout.write(f"raw/book{number:02d}.csv", f"{number}\n")
    assert checkout.run().err.count("read raw/book") == 20
    checkout.write("raw/book07.csv", "changed\n")
    said = [line for line in checkout.run().err.splitlines() if line.startswith("read ")]
    assert said == ["read raw/book07.csv"]


def test_a_raw_file_with_a_new_date_alone_changes_nothing(checkout):
    """Opening and closing a workbook costs no run; a date in the future stops nothing."""
    future = datetime.now(UTC).timestamp() + 3 * 86400
    os.utime(checkout.folder / "raw/records.csv", (future, future))
    os.utime(checkout.folder / "config/config.yaml", (future, future))
    assert checkout.run().err == NOTHING
    checkout.write("raw/harms.csv", "harms,2\n")
    assert checkout.run().status == 0


def test_raw_files_that_come_and_go_are_noticed(checkout):
    """The results are those of the files that are there; nothing of a deleted file stays in results/interim/cells."""
    (checkout.folder / "raw/harms.csv").rename(checkout.folder / "raw/effects.csv")
    (checkout.folder / "raw/charting.csv").unlink()
    checkout.write("raw/more/records.csv", "more,1\n")
    assert checkout.run().status == 0
    assert files_read(checkout) == ["raw/effects.csv", "raw/more/records.csv", "raw/records.csv"]
    assert len(list((checkout.folder / "results/interim/cells").iterdir())) == 3


@pytest.mark.parametrize(
    "path", ["config/codebook.yaml", pytest.param("config/config.yaml", marks=pytest.mark.resilience)]
)
def test_a_changed_configuration_makes_everything_again(checkout, path):
    """Configuration enters every step, but the raw files are not read again."""
    age(checkout.write(path, "title: another review\n"))
    said = checkout.run()
    assert READY in said.err
    assert "read raw/" not in said.err


def test_a_changed_library_module_makes_everything_again(checkout):
    """Snakemake does not look into modules; the digest in the settings' name does."""
    module = checkout.folder / "workflow/scopeline/terms.py"
    module.write_text(module.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    age(module)
    said = checkout.run()
    assert READY in said.err
    assert "read raw/" not in said.err


def test_a_changed_reader_reads_the_raw_files_again(checkout):
    """What turns a file into cells is part of the cells' name."""
    module = checkout.folder / "workflow/scopeline/cells.py"
    module.write_text(module.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert "read raw/records.csv" in checkout.run().err


def test_a_published_file_edited_by_hand_is_kept_aside_and_made_again(checkout):
    """The person's version is not lost, the published one is right again, and the next call has nothing to do."""
    before = checkout.published()
    page = checkout.folder / "results/report.html"
    page.write_text("my own words\n", encoding="utf-8")
    said = checkout.run()
    assert said.status == 0
    (kept,) = (checkout.folder / "results/kept").iterdir()
    assert kept.read_text(encoding="utf-8") == "my own words\n"
    assert f"results/report.html had been edited by hand. That version is now results/kept/{kept.name}." in said.out
    assert checkout.published() == before
    assert checkout.run().err == NOTHING


@pytest.mark.parametrize(
    "path",
    ["results/interim/review.arrow", "results/validation/issues.csv"],
)
def test_an_intermediate_file_edited_by_hand_is_made_again(checkout, path):
    """Nothing downstream is ever made from an edited intermediate file."""
    before = checkout.results()
    target = checkout.folder / path
    original = target.read_bytes()
    target.write_bytes(b"edited")
    assert checkout.run().status == 0
    assert target.read_bytes() == original
    assert checkout.results() == before


def sample_of_outputs():
    return [
        "results/interim/passed.json",
        "results/interim/build/tables/synthesis.xlsx",
        "results/prisma/boxes/screened.csv",
    ]


@pytest.mark.parametrize("path", sample_of_outputs())
def test_a_deleted_output_comes_back(checkout, path):
    """A missing file is always a reason to work, an intermediate one too."""
    before = checkout.results()
    (checkout.folder / path).unlink()
    assert READY in checkout.run().err or path.startswith("results/interim/")
    assert (checkout.folder / path).is_file()
    assert checkout.results() == before


@pytest.mark.resilience
def test_each_output_deleted_in_turn_is_missed(checkout):
    """There is no file below results/, but for notes and logs, without which a call says that nothing is to be done."""
    notes = ("results/interim/published.json", "results/interim/build/manifest.json", "results/interim/logs/")
    paths = [path for path in (checkout.folder / "results").rglob("*") if path.is_file()]
    assert len(paths) > 80
    for path in paths:
        if path.relative_to(checkout.folder).as_posix().startswith(notes):
            continue
        away = path.rename(checkout.folder / "away")
        said = checkout.run("--dry-run")
        assert "Nothing to be done" not in said.err + said.out, path
        away.rename(path)
        checkout.run()


def test_a_published_file_asked_for_by_name_is_made_again(checkout):
    """`snakemake results/report.html` is not taken in by a file that is there but old."""
    checkout.write("raw/records.csv", "records,3\n")
    before = checkout.results()["results/report.html"]
    assert checkout.run("results/report.html").status == 0
    assert checkout.results()["results/report.html"] != before


def test_the_same_inputs_give_the_same_bytes_in_another_folder(checkout, tmp_path):
    """`--directory` runs any review; there is no clock and no path of the machine in the results."""
    review = tmp_path / "another place"
    for name in ("raw", "config"):
        shutil.copytree(checkout.folder / name, review / name)
    said = checkout.run("--directory", str(review))
    assert said.status == 0
    assert f"The report is ready: {review.as_posix()}/results/report.html" in said.err
    assert checkout.results(review) == checkout.results()
