"""Which files of raw/ are read, and under what name."""

from hypothesis import given
from hypothesis import strategies as st
from scopeline.rawfiles import Kind, raw_files, read_files, source_name


def kinds(folder):
    return {file.path.removeprefix(f"{folder.as_posix()}/"): file.kind for file in raw_files(folder)}


def test_each_file_is_read_passed_over_or_a_readme(tmp_path):
    """Nothing that stands in raw/ goes unmentioned but a README."""
    for name in ("a.xlsx", "b.CSV", "c.ris", "~$a.xlsx", ".hidden.csv", "d.docx", "README.md", "readme.txt"):
        (tmp_path / name).touch()
    (tmp_path / "README.csv").touch()
    assert kinds(tmp_path) == {
        "a.xlsx": Kind.SPREADSHEET,
        "b.CSV": Kind.SPREADSHEET,
        "README.csv": Kind.SPREADSHEET,
        "c.ris": Kind.CITATIONS,
        "~$a.xlsx": Kind.PASSED_OVER,
        ".hidden.csv": Kind.PASSED_OVER,
        "d.docx": Kind.PASSED_OVER,
    }
    assert all(file.why for file in raw_files(tmp_path) if file.kind is Kind.PASSED_OVER)
    assert len(read_files(tmp_path)) == 4


def test_a_missing_or_empty_folder_has_no_files(tmp_path):
    """A review begins somewhere."""
    assert raw_files(tmp_path) == raw_files(tmp_path / "nowhere") == []


def test_folders_inside_are_read_and_rounds_of_links_end(tmp_path):
    """A link to a folder above does not go round for ever."""
    (tmp_path / "deep/er").mkdir(parents=True)
    (tmp_path / "deep/er/a.csv").touch()
    (tmp_path / "deep/round").symlink_to(tmp_path)
    assert kinds(tmp_path) == {"deep/er/a.csv": Kind.SPREADSHEET}


@given(st.sets(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=2, max_size=8))
def test_no_two_paths_share_a_name_and_every_name_is_safe(paths):
    """Also where a file system takes capital and small letters for the same."""
    names = {source_name(f"raw/{path}").lower() for path in paths}
    assert len(names) == len(paths)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and len(name) < 60 for name in names)
