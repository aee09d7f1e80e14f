"""A digest changes with what it stands for, and with nothing else."""

import os

from scopeline import digests


def test_the_library_digest_sees_code_and_data_but_no_cache(tmp_path):
    """Templates and codes count; compiled files and hidden ones do not."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "a.py").write_text("1", encoding="utf-8")
    (tmp_path / "sources/b.py").write_text("1", encoding="utf-8")
    before = digests.of_library(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/a.pyc").write_text("x", encoding="utf-8")
    (tmp_path / ".hidden").write_text("x", encoding="utf-8")
    assert digests.of_library(tmp_path) == before
    (tmp_path / "page.css").write_text("x", encoding="utf-8")
    after = digests.of_library(tmp_path)
    assert digests.of_code(before) != digests.of_code(after)
    assert digests.of_code(before, ("sources/",)) == digests.of_code(after, ("sources/",))


def test_parts_do_not_run_into_one_another():
    """`ab` + `c` is not `a` + `bc`."""
    assert digests.short(["ab", "c"]) != digests.short(["a", "bc"])


def test_a_missing_configuration_differs_from_an_empty_one(tmp_path):
    """Its step says that it is missing; the digest only has to change when it comes."""
    path = tmp_path / "config.yaml"
    before = digests.of_files([path])
    path.touch()
    assert digests.of_files([path]) != before


def test_a_large_file_is_remembered_until_anything_about_it_changes(tmp_path, monkeypatch):
    """Hashing 200 MB at each call would be felt."""
    monkeypatch.setattr(digests, "LARGE", 3)
    monkeypatch.setattr(digests, "FRESH_NS", -(10**9))
    path, memory = str(tmp_path / "a.csv"), tmp_path / "memory/digests.json"
    (tmp_path / "a.csv").write_text("large", encoding="utf-8")
    first = digests.of_raw_files([path], memory)
    monkeypatch.setattr(digests, "sha256", lambda _: "hashed again")
    assert digests.of_raw_files([path], memory) == first
    os.utime(path, ns=(1, 1))
    assert digests.of_raw_files([path], memory) == {path: "hashed again"}


def test_a_file_changed_a_moment_ago_is_not_remembered(tmp_path, monkeypatch):
    """A second change within the clock's grain would go unseen."""
    monkeypatch.setattr(digests, "LARGE", 3)
    (tmp_path / "a.csv").write_text("large", encoding="utf-8")
    digests.of_raw_files([str(tmp_path / "a.csv")], tmp_path / "digests.json")
    assert not (tmp_path / "digests.json").exists()


def test_a_damaged_memory_or_a_missing_file_stops_nothing(tmp_path):
    """Whoever reads the file says what is wrong with it."""
    (tmp_path / "digests.json").write_text("[1", encoding="utf-8")
    found = digests.of_raw_files([str(tmp_path / "gone.csv")], tmp_path / "digests.json")
    assert len(found[str(tmp_path / "gone.csv")]) == 64


def test_the_environment_names_python_and_pandas_with_their_versions():
    """An upgraded package makes the results again."""
    named = digests.installed()
    assert any(name.startswith("python-3.") for name in named)
    assert any(name.startswith("pandas-") for name in named)
