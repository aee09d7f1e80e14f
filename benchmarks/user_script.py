"""What a reviewer who knows pandas would write: read the workbooks, check them, count the boxes.

The yardstick of benchmark W3. It makes the checks that such scripts make and counts the same boxes as the pipeline.
"""

import json
import sys
from pathlib import Path

import pandas as pd

REASONS = ["wrong population", "wrong concept", "wrong context", "not research"]

raw = Path(sys.argv[1])
records = pd.read_excel(raw / "records.xlsx", sheet_name="records", engine="openpyxl")
votes = pd.read_excel(raw / "screening.xlsx", sheet_name="votes", engine="openpyxl")
decisions = pd.read_excel(raw / "screening.xlsx", sheet_name="decisions", engine="openpyxl")

problems = []
if records["record_id"].duplicated().any():
    problems.append("record_id is not unique")
if not records["source_type"].isin(["database", "register"]).all():
    problems.append("unknown source_type")
if not records["year"].between(1900, 2100).all():
    problems.append("year out of range")
if not records["doi"].str.match(r"10\.\d+/.+").all():
    problems.append("doi of the wrong form")
if not records["duplicate_of"].dropna().isin(records["record_id"]).all():
    problems.append("duplicate of an unknown record")
for name, table in (("votes", votes), ("decisions", decisions)):
    if not table["record_id"].isin(records["record_id"]).all():
        problems.append(f"{name}: unknown record")
    if not table["stage"].isin(["title_abstract", "full_text"]).all():
        problems.append(f"{name}: unknown stage")
    if not table["decision"].isin(["include", "exclude", "maybe"]).all():
        problems.append(f"{name}: unknown decision")
    if not table["reason"].dropna().isin(REASONS).all():
        problems.append(f"{name}: unknown reason")
if votes.duplicated(["record_id", "stage", "reviewer"]).any():
    problems.append("a reviewer has voted twice")
if votes.loc[votes["decision"] == "exclude", "reason"].isna().any():
    problems.append("an exclusion without a reason")
if problems:
    sys.exit("; ".join(problems))

final = votes.assign(out=votes["decision"] == "exclude").groupby("record_id")["out"].agg(["min", "max", "size"])
excluded = set(final.index[final["min"] & final["max"]])
included = set(final.index[~final["max"]])
for _, row in decisions.iterrows():
    (excluded if row["decision"] == "exclude" else included).add(row["record_id"])
boxes = {
    "identified": len(records),
    "duplicates": int(records["duplicate_of"].notna().sum()),
    "screened": int(records["duplicate_of"].isna().sum()),
    "excluded": len(excluded),
    "sought": len(included),
}
print(json.dumps(boxes))
