"""A module imports only from its own layer and those above it (docs/architecture.md), and the doors open fast."""

import ast
import os
import re
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest

#: The layers from the lowest to the doors; a package stands for all that is in it.
LAYERS = {
    "vocabulary": {
        *("errors", "terms", "natural_order", "yamlfile", "checked"),
        *("codebook", "codebook_words", "settings", "mapping"),
    },
    "reading": {
        *("rawfiles", "store", "outputs", "citations", "cells", "workbook_details", "issue_rules", "issues"),
        *("review", "sources", "form_marks", "ingest"),
    },
    "judging": {
        *("parsing", "schemas", "integrity", "typed", "sections", "conservation", "consensus", "duplicate_list"),
        "screening_list",
        *("waivers", "quarantine", "annotate", "validation"),
    },
    "reckoning": {
        *(
            "statistics",
            "agreement",
            "agreement_words",
            "screening",
            "identities",
            "prisma_template",
            "flow",
            "flow_data",
            "flow_rows",
            "flow_sums",
            "flow_lists",
        ),
        *("typed_counts", "updates", "duplicates", "life", "life_ties", "life_reasons", "lives"),
        *("study_rows", "participants", "strata", "sensitivity", "vote_counting", "appraisal"),
        *("harms_groups", "harms_course", "harms_compared"),
        *("charting", "synthesis", "harms", "evidence", "charting_agreement", "double_charting", "double_charted"),
    },
    "concluding": {"consistency", "judgement", "codebook_changes", "recharting"},
    "showing": {"text", "names", "figures", "tables", "report", "forms", "checklists", "checklist_answers"},
    "keeping": {"digests", "seals", "lock", "publish", "lineage", "judgement_files"},
    "doors": {"steps", "cli", "commands", "__main__"},
}
LAYER_OF = {module: layer for layer, modules in LAYERS.items() for module in modules}
HEAVY = ("jinja2", "numpy", "openpyxl", "pandas", "pandera", "pyarrow", "pydantic", "scipy", "snakemake", "vl_convert")
PACKAGE = Path(__file__).parents[1] / "workflow" / "scopeline"


def module_of(path: Path) -> str:
    """The name that the table of layers knows a file by."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_by(path: Path) -> set[str]:
    """Every module of scopeline that a file imports, at its top or inside a function."""
    inside = ["scopeline", *path.relative_to(PACKAGE).parts[:-1]]
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = inside[: len(inside) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names |= {f"{module}.{alias.name}" for alias in node.names}
    parts = (name.split(".") for name in names)
    return {part[1] for part in parts if part[0] == "scopeline" and len(part) > 1} - {"__version__"}


FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_from_its_layer_and_above(path):
    """What is reckoned knows nothing of how it is told, and nothing below the doors knows of them."""
    module = module_of(path)
    assert module in LAYER_OF, f"{module} stands in no layer: add it to the table here and in docs/architecture.md"
    own = LAYER_OF[module]
    allowed = {name for layer in [*takewhile(lambda layer: layer != own, LAYERS), own] for name in LAYERS[layer]}
    assert imported_by(path) - allowed == set()


def test_whatever_reads_a_raw_file_is_in_the_digest_of_reading():
    """A change to a module that `ingest` imports, near or far, reads the raw files again."""
    from scopeline.digests import READING

    files = {module_of(path): path for path in FILES if path.parent == PACKAGE}
    reached, ahead = set(), {"ingest"}
    while ahead:
        module = ahead.pop()
        reached.add(module)
        ahead |= (imported_by(files[module]) if module in files else set()) - reached
    assert [name for name in sorted(reached) if f"{name}.py" not in READING and f"{name}/" not in READING] == []


def test_nothing_but_the_display_knows_of_snakemake():
    """The library can be called, tested and read without Snakemake."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.partition(".")[0] == "snakemake" for name in names), path


def test_what_the_snakefile_imports_loads_nothing_heavy():
    """An up-to-date call may not cost the import of pandas."""
    code = (
        "import sys; from scopeline import digests, lock, publish, rawfiles, seals, steps, terms;"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
    )
    assert done.stdout.strip() == "[]"


def test_the_digest_knows_every_package_that_the_project_depends_on():
    """A package that can change a result is in the digest with its version; Snakemake itself cannot."""
    import tomllib

    from scopeline.digests import DEPENDENCIES

    project = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {line.partition(">=")[0].replace("-", "_").lower() for line in project["dependencies"]}
    assert named - {"snakemake"} <= set(DEPENDENCIES)


def test_the_architecture_page_names_the_same_layers():
    """The table of layers in docs/architecture.md is the one that this test holds the modules to."""
    page = (PACKAGE.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\w+) \| (`.+) \|$", page, re.MULTILINE))
    named = {layer: set(re.findall(r"`(\w+)/?`", rows[layer])) for layer in LAYERS}
    assert named == {layer: modules - {"__main__"} for layer, modules in LAYERS.items()}
