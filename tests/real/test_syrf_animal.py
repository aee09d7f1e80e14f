"""The review of animal systematic reviews (Wilson and colleagues), from its SyRF export and its sheet of PROSPERO."""

import csv
import shutil

import pytest

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def review(real_review):
    return real_review("syrf_animal")


@pytest.fixture(scope="module")
def registrations(real_review):
    return real_review("syrf_prospero")


def test_both_runs_end_well(review, registrations):
    """The exports as they were published give two reports, by configuration alone."""
    assert (review.status, registrations.status) == (0, 0), review.said + registrations.said


def test_published_figures(review, unmet):
    """Every published figure of the review follows from the rows."""
    assert unmet(review) == []


def test_published_figures_of_the_registrations(registrations, unmet):
    """Every published figure of the selection in PROSPERO follows from the rows."""
    assert unmet(registrations) == []


@pytest.mark.parametrize(
    ("which", "table", "kappa", "joint"),
    [("review", (8, 5, 7, 1305), 0.567, 1325), ("registrations", (19, 2, 5, 56), 0.786, 82)],
)
def test_agreement(which, table, kappa, joint, request):
    """Kappa is that of the two who voted apart, as an independent library reckons it; a third vote is no part of it."""
    from statsmodels.stats.inter_rater import cohens_kappa

    (line,) = request.getfixturevalue(which).rows("tables/agreement.csv")
    both, first, second, neither = (int(line[name]) for name in ("both_include", "a_only", "b_only", "both_exclude"))
    assert (both, first, second, neither) == table and int(line["n_joint"]) == joint
    assert float(line["kappa"]) == pytest.approx(kappa, abs=5e-4)
    independent = cohens_kappa([[both, first], [second, neither]], return_results=False)
    assert float(line["kappa"]) == pytest.approx(independent, abs=1e-9)


def test_the_third_votes(review):
    """Twelve records needed a third vote; with the eight that both include, four of these make the twelve included."""
    assert len(review.rows("prisma/boxes/sought.csv")) == 12
    decided = _votes(review.folder / "raw/review_screening_data.csv")
    third = [words for words in decided if len(words) == 3]
    assert len(third) == 12 and sum(words[2] == "Included" for words in third) == 4


def test_the_misspelt_vote_is_an_error_at_its_cell(review, tmp_path):
    """Without the line of the configuration that says what `Exluded` stands for, the run stops at the vote's cell."""
    from scopeline import cells, codebook, settings
    from scopeline.judgement import judge

    shutil.copytree(review.folder / "config", tmp_path / "config")
    path = tmp_path / "config/config.yaml"
    said = path.read_text(encoding="utf-8")
    line = next(line for line in said.splitlines() if "Exluded" in line)
    path.write_text(said.replace(f"    values:\n{line}\n", ""), encoding="utf-8")
    book = codebook.load(tmp_path / "config/codebook.yaml")
    files = sorted((review.folder / "raw").glob("review_*.csv"))
    verdict = judge([cells.read(file, f"raw/{file.name}") for file in files], book, settings.load(path, book))
    (error,) = [each for each in verdict.issues if each.severity == "error"]
    assert (error.rule, error.value, error.field) == ("not_allowed", "Exluded", "decision")
    words = _votes(files[-1])
    assert "Exluded" in words[error.row - 2]


def test_every_row_is_accounted_for(review, registrations):
    """No row of a sheet that is read is lost without a word."""
    for each in (review, registrations):
        for line in each.rows("validation/conservation.csv"):
            assert int(line["rows_in"]) == int(line["rows_used"]) + int(line["rows_left_out"])


def _votes(path):
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return [row["InvestigatorIds"].split(";") for row in csv.DictReader(lines)]
