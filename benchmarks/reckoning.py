"""Times states, agreement and all boxes of the flow for a review of so many records: `python reckoning.py RECORDS`.

Two reviewers vote on every record; one in ten goes on to full text. What is timed is the reckoning alone, from typed
frames to proved boxes; prints the seconds as JSON.
"""

import gc
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))

from scopeline import agreement, flow, screening


def frames(n: int, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Records, votes and reports as typed frames: one record in five is a duplicate, one vote in ten differs."""
    chance = np.random.default_rng(seed)
    ids = np.array([f"R{number:07}" for number in range(n)], dtype=object)
    copy = (chance.random(n) < 0.2) & (np.arange(n) > 0)
    survivor = np.where(copy, ids[0], None)
    copy[0], survivor[0] = False, None
    records = pd.DataFrame(
        {
            "record_id": pd.Series(ids, dtype="str"),
            "source_type": pd.Series(np.where(chance.random(n) < 0.9, "database", "register"), dtype="str"),
            "source_name": pd.Series(np.where(chance.random(n) < 0.5, "PubMed", "Embase"), dtype="str"),
            "duplicate_of": pd.Series(survivor, dtype="str"),
        }
    )
    screened = ids[~copy]
    into = chance.random(len(screened)) < 0.1
    differs = chance.random(len(screened)) < 0.1
    first = np.where(into, "include", "exclude")
    second = np.where(differs, np.where(into, "exclude", "include"), first)
    sought = screened[(first == "include") & (second == "include")]
    votes = pd.concat(
        [
            pd.DataFrame({"record_id": screened, "stage": "title_abstract", "reviewer": "A", "decision": first}),
            pd.DataFrame({"record_id": screened, "stage": "title_abstract", "reviewer": "B", "decision": second}),
            pd.DataFrame({"record_id": sought, "stage": "full_text", "reviewer": "A", "decision": "include"}),
            pd.DataFrame({"record_id": sought, "stage": "full_text", "reviewer": "B", "decision": "include"}),
        ],
        ignore_index=True,
    )
    votes["reason"] = np.where(votes["decision"] == "exclude", "not research", None)
    votes = votes.astype("str").sample(frac=1, random_state=seed, ignore_index=True)
    reports = pd.DataFrame({"report_id": sought, "record_id": sought, "study_id": sought, "retrieved": "yes"})
    return records, votes, reports.astype("str")


def main() -> None:
    """Reckon once and print the seconds."""
    records, votes, reports = frames(int(sys.argv[1]))
    gc.disable()
    started = time.perf_counter()
    state = screening.screen(records, votes, None, reports, reasons=["not research"])
    lines = agreement.full_panel(votes)
    counted = flow.count(records, state, reports)
    seconds = time.perf_counter() - started
    if not counted.proved or lines.empty:
        sys.exit("The flow of the synthetic review is not proved.")
    print(json.dumps({"seconds": seconds, "pending": counted.pending}))


if __name__ == "__main__":
    main()
