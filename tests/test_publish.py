"""Publishing replaces what is ours and keeps what is a person's."""

import json

import pytest
from scopeline.errors import DataError
from scopeline.publish import mark_stale, publish


@pytest.fixture
def folder(tmp_path):
    """A results folder in which two files were published once."""
    build(tmp_path, {"report.html": "one", "tables/a.csv": "a"})
    return tmp_path


def build(folder, files):
    """Build `files` and publish them."""
    paths = []
    for name, text in files.items():
        path = folder / "interim/build" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return publish(paths, folder / "interim/build", folder, inputs={"raw/a.csv": "0"}, versions={"scopeline": "1"})


def text(folder, name):
    return (folder / name).read_text(encoding="utf-8")


def test_the_manifest_lists_inputs_versions_and_outputs(folder):
    """It has no clock: publishing again gives the same bytes, and touches nothing."""
    manifest = json.loads(text(folder, "manifest.json"))
    assert list(manifest["outputs"]) == ["report.html", "tables/a.csv"]
    assert manifest["inputs"] == {"raw/a.csv": "0"}
    assert manifest["versions"] == {"scopeline": "1"}
    before = (folder / "manifest.json").stat().st_mtime_ns
    assert build(folder, {"report.html": "one", "tables/a.csv": "a"}).replaced == []
    assert (folder / "manifest.json").stat().st_mtime_ns == before


def test_a_file_that_is_no_longer_made_is_removed(folder):
    """A table of a column that was taken out does not linger; a person's own file beside it stays."""
    (folder / "tables/mine.csv").write_text("mine", encoding="utf-8")
    done = build(folder, {"report.html": "two"})
    assert done.removed == ["tables/a.csv"]
    assert not (folder / "tables/a.csv").exists()
    assert text(folder, "tables/mine.csv") == "mine"
    assert done.kept == {}


def test_an_edit_by_hand_is_kept_also_where_the_file_goes(folder):
    """The version has a name made from its bytes: the same edit twice is kept once."""
    (folder / "tables/a.csv").write_text("edited", encoding="utf-8")
    (folder / "report.html").write_text("edited", encoding="utf-8")
    done = build(folder, {"report.html": "two"})
    assert sorted(done.kept) == ["report.html", "tables/a.csv"]
    assert {text(folder, kept) for kept in done.kept.values()} == {"edited"}
    assert text(folder, "report.html") == "two"
    (folder / "report.html").write_text("edited", encoding="utf-8")
    assert build(folder, {"report.html": "two"}).kept["report.html"] == done.kept["report.html"]


def test_a_publication_that_was_cut_short_is_no_edit(folder, monkeypatch):
    """Files that a killed run had already replaced are ours, whatever comes next."""
    from scopeline import publish as module

    def stops(path, act):
        act(path)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "_guarded", stops)
        with pytest.raises(KeyboardInterrupt):
            build(folder, {"report.html": "two", "tables/a.csv": "b"})
    assert build(folder, {"report.html": "three", "tables/a.csv": "c"}).kept == {}
    assert text(folder, "report.html") == "three"


def test_a_file_that_is_open_elsewhere_is_named(folder, monkeypatch):
    """The reviewer learns which program to close."""
    from pathlib import Path

    def refuse(self, target):
        raise PermissionError(13, "in use", str(target))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(DataError, match=r"report\.html cannot be replaced.*close it"):
        build(folder, {"report.html": "two", "tables/a.csv": "a"})
    assert text(folder, "report.html") == "one"


def test_stale_results_are_marked_and_the_mark_goes_with_the_next_publication(folder, tmp_path_factory):
    """Where nothing was published there is nothing to mark."""
    assert mark_stale(folder)
    assert "earlier run" in text(folder, "STALE.md")
    build(folder, {"report.html": "one", "tables/a.csv": "a"})
    assert not (folder / "STALE.md").exists()
    assert not mark_stale(tmp_path_factory.mktemp("new"))
