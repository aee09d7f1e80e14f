"""Likely duplicates on labelled records, and at scale: `python benchmarks/duplicates.py [--help]`.

The labelled records are `labelled_test_set.csv` of ASySD (github.com/camaradesuk/ASySD, tests/testthat; the diabetes
search of Hair 2023, BMC Biol 21:189): 1,845 records, of which the column `source` calls 584 unique and 1,261
duplicate. (`label`, In_database or Duplicate_in_trash, is what another program had removed, no truth.) The file does
not say of which record a row is the duplicate, so each duplicate is given to the unique record that it is most like
by its raw texts. The half on which the cut was chosen (tune) and the other (test) hold whole groups: those whose
unique record has an odd or an even ID.

`records.csv` of a scoping review of low-dose naltrexone (`--marked`), found on web pages and so full of blanks, has its
duplicates marked in `duplicate_of`. How much a title alone may say was set by looking at it, so it is no test.

Two measures, both of precision, recall and F1. Records removed, as Hair 2023 and Rathbone 2015 count: of each proposed
group one record stays; what is removed of another group than the first is falsely removed. Pairs: any two records of a
proposed group against any two of a true one.
"""

import argparse
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
from rapidfuzz import fuzz, process

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "workflow"))

from scopeline import duplicates  # noqa: E402

DATA = ROOT.parent / "shared" / "data" / "dedup_labelled"
MARKED = ROOT.parent / "shared" / "data" / "ldn" / "records.csv"
COLUMNS = {"author": "authors", "number": "issue"}
#: Records removed of the same 1,845 records, as published: TP, FP, FN.
PUBLISHED = {
    "ASySD, published": (1259, 0, 2),
    "bib-dedupe, published": (1261, 0, 0),
    "asreview-datatools, published": (1251, 24, 10),
}
PUBLISHED_IN = (
    "published: github.com/CoLRev-Environment/bib-dedupe, output/current_results.md, dataset diabetes, compared on ID; "
    "ASySD's own test (tests/testthat/test-dedup.R) expects 586 records to stay, which is 1,259 removed"
)
PEER = """
import json, sys, pandas as pd
from bib_dedupe.bib_dedupe import block, cluster, match, prep
from bib_dedupe import verbose_print
verbose_print.verbosity_level = 0
if __name__ == "__main__":
    records = pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
    groups = cluster(match(block(prep(records, cpu=1), cpu=1), cpu=1))
    open(sys.argv[2], "w").write(json.dumps(groups))
"""


def labelled(folder: Path) -> pd.DataFrame:
    """The labelled records in canonical columns, with `source` and the true `group`."""
    frame = pd.read_csv(folder / "labelled_test_set.csv", dtype=str, encoding="cp1252", encoding_errors="replace")
    frame = frame.rename(columns=COLUMNS).drop(columns=["label"])
    return frame.assign(group=true_groups(frame))


def true_groups(frame: pd.DataFrame) -> list[str]:
    """For each row the ID of the unique record that it is, or is most like by its raw texts."""
    unique = frame[frame["source"] == "unique"]
    weights = {"title": 6.0, "journal": 1.0, "year": 2.0, "authors": 1.5, "doi": 1.0, "pages": 1.5}
    alike = np.zeros((len(frame), len(unique)))
    for name, weight in weights.items():
        texts, others = (part[name].fillna("").str.lower().tolist() for part in (frame, unique))
        alike += weight * process.cdist(texts, others, scorer=fuzz.ratio)
    nearest = unique["record_id"].to_numpy()[alike.argmax(axis=1)]
    return np.where(frame["source"] == "unique", frame["record_id"], nearest).tolist()


def marked(path: Path) -> pd.DataFrame:
    """Records whose duplicates are marked, with the true `group`: the record that the marks lead to."""
    frame = pd.read_csv(path, dtype=str)
    onward = dict(zip(frame["record_id"], frame["duplicate_of"].fillna(frame["record_id"]), strict=True))
    group = frame["record_id"]
    while not group.equals(group.map(onward)):
        group = group.map(onward)
    return frame.drop(columns="duplicate_of").assign(group=group, source="")


def of_pairs(groups: Iterable[Iterable[str]]) -> set[tuple[str, str]]:
    return {pair for group in groups for pair in itertools.combinations(sorted(group), 2)}


def removed(groups: Iterable[list[str]], truth: dict[str, str]) -> tuple[int, int, int]:
    """Records rightly removed, wrongly removed, and left though they are duplicates."""
    right = wrong = 0
    for group in groups:
        true = len({truth[name] for name in group})
        right, wrong = right + len(group) - true, wrong + true - 1
    return right, wrong, len(truth) - len(set(truth.values())) - right


def figures(right: int, wrong: int, left: int) -> str:
    precision, recall = right / max(right + wrong, 1), right / max(right + left, 1)
    f1 = 2 * right / max(2 * right + wrong + left, 1)
    return f"{right:6,} {wrong:4} {left:4}  {precision:.4f} {recall:.4f} {f1:.4f}"


def groups_of(proposed: pd.DataFrame) -> list[list[str]]:
    groups: dict[int, list[str]] = {}
    for number, record, kept in zip(proposed["group"], proposed["record_id"], proposed["duplicate_of"], strict=True):
        groups.setdefault(number, [kept]).append(record)
    return list(groups.values())


def line(name: str, groups: list[list[str]], records: pd.DataFrame, seconds: float) -> str:
    truth = dict(zip(records["record_id"], records["group"], strict=True))
    groups = [[one for one in group if one in truth] for group in groups]
    by_group: dict[str, list[str]] = {}
    for record, group in truth.items():
        by_group.setdefault(group, []).append(record)
    true, found = of_pairs(by_group.values()), of_pairs(groups)
    pairs = figures(len(found & true), len(found - true), len(true - found))
    took = f"{seconds:6.2f}" if seconds else "     ·"
    return f"{name:34} {len(records):7,} {took} | {figures(*removed([g for g in groups if g], truth))} | {pairs}"


def timed(records: pd.DataFrame, cut: float | None = None) -> tuple[list[list[str]], float]:
    started = time.perf_counter()
    proposed = duplicates.propose(records, cut=cut)
    return groups_of(proposed), time.perf_counter() - started


def peer(python: str, records: pd.DataFrame, folder: Path) -> tuple[list[list[str]], float]:
    """bib-dedupe on the same records, run with another Python; seconds with its start."""
    names = {"record_id": "ID", "authors": "author", "issue": "number"}
    given, out, script = folder / "records.csv", folder / "groups.json", folder / "peer.py"
    frame = records.drop(columns=["group", "source", "isbn"]).rename(columns=names)
    frame.assign(ENTRYTYPE="article").fillna("").to_csv(given, index=False)
    script.write_text(PEER, encoding="utf-8")
    started = time.perf_counter()
    subprocess.run([python, str(script), str(given), str(out)], check=True, stdout=subprocess.DEVNULL)
    return json.loads(out.read_text()), time.perf_counter() - started


def synthetic(rows: int, seed: int = 7) -> pd.DataFrame:
    """Records as several databases give them: one in six is another's duplicate, written differently."""
    choose = np.random.default_rng(seed)
    words = np.array([f"{a}{b}{c}" for a in STEMS for b in ("a", "o", "i") for c in ENDINGS])
    base = rows - rows // 6
    shares = 1 / np.arange(3, len(words) + 3)
    picked = choose.choice(words, size=(base, 12), p=shares / shares.sum())
    lengths = choose.integers(6, 13, base)
    names = choose.choice(words, size=(base, 3))
    year, volume, page = choose.integers(1980, 2026, base), choose.integers(1, 90, base), choose.integers(1, 2000, base)
    has_doi, has_abstract = choose.random(base) < 0.8, choose.random(base) < 0.3
    title = [" ".join(row[:n]).capitalize() for row, n in zip(picked, lengths, strict=True)]
    frame = pd.DataFrame(
        {
            "title": title,
            "authors": [f"{a.title()} K; {b.title()} L; {c.title()} M" for a, b, c in names],
            "year": year.astype(str),
            "journal": [f"Journal of {a.title()} Research" for a in choose.choice(words[:400], base)],
            "volume": volume.astype(str),
            "pages": [f"{at}-{at + 9}" for at in page],
            "doi": [f"10.1000/x.{at}" if has else "" for at, has in enumerate(has_doi)],
            "abstract": [
                f"Background {' '.join(row[::-1])}" if has else ""
                for row, has in zip(picked, has_abstract, strict=True)
            ],
            "group": [str(at) for at in range(base)],
        }
    )
    again = frame.iloc[choose.integers(0, base, rows // 6)].copy()
    change = choose.random(len(again)).tolist()
    for name, written in CHANGES.items():
        again[name] = [written(text, at) for text, at in zip(again[name], change, strict=True)]
    whole = pd.concat([frame, again], ignore_index=True)
    whole = whole.iloc[choose.permutation(len(whole))].reset_index(drop=True)
    return whole.assign(record_id=[f"R{at}" for at in range(len(whole))])


STEMS = (
    "card",
    "neur",
    "hepat",
    "psych",
    "gastr",
    "derm",
    "immun",
    "onc",
    "path",
    "pharm",
    "tox",
    "endocr",
    "metab",
    "vir",
    "bacter",
    "gen",
    "prote",
    "lip",
)
ENDINGS = (
    "logy",
    "tion",
    "ment",
    "sis",
    "tic",
    "sive",
    "ral",
    "tory",
    "mia",
    "pathy",
    "gram",
    "scope",
    "plasty",
    "cyte",
    "blast",
    "gen",
    "lysis",
    "trophy",
)
#: How another database writes a field; `at` from 0 to 1 chooses.
CHANGES: dict[str, Callable[[str, float], str]] = {
    "title": lambda text, at: text.upper() if at < 0.3 else text[:9] + text[10:] if at < 0.5 else f"{text}.",
    "authors": lambda text, at: text.replace("; ", ".") if at < 0.4 else text.split(";")[0],
    "doi": lambda text, at: f"https://doi.org/{text}" if text and at < 0.5 else "",
    "journal": lambda text, at: text.replace("Journal of", "J").replace("Research", "Res") if at > 0.5 else text,
}


def at_scale(rows: int, folder: Path) -> None:
    """Print the line of one synthetic set, worked on in a process of its own."""
    synthetic(rows).to_feather(folder / "records.feather")
    subprocess.run([sys.executable, __file__, "--only", str(folder / "records.feather")], check=True)


def alone(path: Path) -> None:
    records = pd.read_feather(path)
    truth = dict(zip(records["record_id"], records.pop("group"), strict=True))
    before = psutil.Process().memory_info().rss / 2**20
    started = time.perf_counter()
    proposed = duplicates.propose(records)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = figures(*removed(groups_of(proposed), truth))
    print(
        f"synthetic {len(records):>9,} {seconds:8.1f} s {before:6,.0f} MB before {peak:6,.0f} MB peak | removed {told}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of labelled_test_set.csv")
    parser.add_argument("--marked", type=Path, default=MARKED, help="a records.csv whose duplicates are marked")
    parser.add_argument("--peer", help="a Python that has bib-dedupe installed, to run it on the same records")
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000, 100_000], help="sizes of the synthetic sets")
    parser.add_argument("--cuts", action="store_true", help="print the half for tuning at several cuts")
    parser.add_argument("--only", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.only:
        alone(args.only)
        return
    if (args.data / "labelled_test_set.csv").exists():
        on_labelled(args)
    else:
        print(f"Skipped: there is no labelled_test_set.csv in {args.data}; give its folder with --data.")
    if args.marked.exists():
        print(line("scopeline, low-dose naltrexone", *run(timed, marked(args.marked))))
    else:
        print(f"Skipped: there is no {args.marked}; give a records.csv with --marked.")
    for rows in args.rows:
        with tempfile.TemporaryDirectory() as folder:
            at_scale(rows, Path(folder))


def on_labelled(args: argparse.Namespace) -> None:
    records = labelled(args.data)
    odd = records["group"].astype(int) % 2 == 1
    halves: dict[str, pd.DataFrame] = {"tune": records[odd], "test": records[~odd], "all": records}
    again = int((records["source"] == "duplicate").sum())
    print(f"{len(records):,} records, {records['group'].nunique()} true groups, {again:,} duplicates")
    print(f"{'':34} records seconds | right wrong left  precision recall F1 (removed) | the same of pairs")
    for name, part in halves.items():
        print(line(f"scopeline, {name}", *run(timed, part)))
    if args.cuts:
        for cut in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
            print(line(f"scopeline, tune, cut {cut}", *run(lambda part, cut=cut: timed(part, cut), halves["tune"])))
    if args.peer:
        with tempfile.TemporaryDirectory() as folder:
            groups, seconds = peer(args.peer, records, Path(folder))
        for name, part in halves.items():
            print(line(f"bib-dedupe, run here, {name}", groups, part, seconds if name == "all" else 0))
    for name, counts in PUBLISHED.items():
        print(f"{name:34} {len(records):7,}      · | {figures(*counts)} |")
    print(PUBLISHED_IN)


def run(
    method: Callable[[pd.DataFrame], tuple[list[list[str]], float]], part: pd.DataFrame
) -> tuple[list[list[str]], pd.DataFrame, float]:
    groups, seconds = method(part.drop(columns=["group", "source"]))
    return groups, part, seconds


if __name__ == "__main__":
    main()
