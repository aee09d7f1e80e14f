# ruff: noqa: E501 - one row of the template a line
"""The csv template of the R package PRISMA2020, so that its drawing functions read our flow too.

Texts from inst/extdata/PRISMA.csv of github.com/prisma-flowdiagram/PRISMA2020 (Haddaway 2022, doi:10.1002/cl2.1230; MIT
licence), in its order. "NA" is text there: what the template says where it has nothing.
"""

from collections.abc import Mapping
from io import StringIO

import pandas as pd

_TEMPLATE = """\
data,node,box,description,boxtext,tooltips,url
NA,node4,prevstud,Grey title box; Previous studies,Previous studies,Grey title box; Previous studies,prevstud.html
previous_studies,node5,box1,Studies included in previous version of review,Studies included in previous version of review,Studies included in previous version of review,previous_studies.html
previous_reports,NA,box1,Reports of studies included in previous version of review,Reports of studies included in previous version of review,NA,previous_reports.html
NA,node6,newstud,Yellow title box; Identification of new studies via databases and registers,Identification of new studies via databases and registers,Yellow title box; Identification of new studies via databases and registers,newstud.html
database_results,node7,box2,Records identified from: Databases,Databases,Records identified from: Databases and Registers,database_results.html
database_specific_results,NA,box2,Records identified from: specific databases,Specific Databases,NA,database_results.html
register_results,NA,box2,Records identified from: Registers,Registers,NA,NA
register_specific_results,NA,box2,Records identified from: specific registers,Specific Registers,NA,database_results.html
NA,node16,othstud,Grey title box; Identification of new studies via other methods,Identification of new studies via other methods,Grey title box; Identification of new studies via other methods,othstud.html
website_results,node17,box11,Records identified from: Websites,Websites,"Records identified from: Websites, Organisations and Citation Searching",website_results.html
organisation_results,,box11,Records identified from: Organisations,Organisations,NA,NA
citations_results,NA,box11,Records identified from: Citation searching,Citation searching,NA,NA
duplicates,node8,box3,Duplicate records,Duplicate records,Duplicate records,duplicates.html
excluded_automatic,NA,box3,Records marked as ineligible by automation tools,Records marked as ineligible by automation tools,NA,NA
excluded_other,NA,box3,Records removed for other reasons,Records removed for other reasons,NA,NA
records_screened,node9,box4,Records screened (databases and registers),Records screened,Records screened (databases and registers),records_screened.html
records_excluded,node10,box5,Records excluded (databases and registers),Records excluded,Records excluded (databases and registers),records_excluded.html
dbr_sought_reports,node11,box6,Reports sought for retrieval (databases and registers),Reports sought for retrieval,Reports sought for retrieval (databases and registers),dbr_sought_reports.html
dbr_notretrieved_reports,node12,box7,Reports not retrieved (databases and registers),Reports not retrieved,Reports not retrieved (databases and registers),dbr_notretrieved_reports.html
other_sought_reports,node18,box12,Reports sought for retrieval (other),Reports sought for retrieval,Reports sought for retrieval (other),other_sought_reports.html
other_notretrieved_reports,node19,box13,Reports not retrieved (other),Reports not retrieved,Reports not retrieved (other),other_notretrieved_reports.html
dbr_assessed,node13,box8,Reports assessed for eligibility (databases and registers),Reports assessed for eligibility,Reports assessed for eligibility (databases and registers),dbr_assessed.html
dbr_excluded,node14,box9,"Reports excluded (databases and registers): [separate reasons and numbers using ; e.g. Reason1, xxx; Reason2, xxx; Reason3, xxx]",Reports excluded,Reports excluded (databases and registers),dbrexcludedrecords.html
other_assessed,node20,box14,Reports assessed for eligibility (other),Reports assessed for eligibility,Reports assessed for eligibility (other),other_assessed.html
other_excluded,node21,box15,"Reports excluded (other): [separate reasons and numbers using ; e.g. Reason1, xxx; Reason2, xxx; Reason3, xxx]",Reports excluded,Reports excluded (other),other_excluded.html
new_studies,node15,box10,New studies included in review,New studies included in review,New studies included in review,new_studies.html
new_reports,NA,box10,Reports of new included studies,Reports of new included studies,NA,NA
total_studies,node22,box16,Total studies included in review,Total studies included in review,Total studies included in review,total_studies.html
total_reports,NA,box16,Reports of total included studies,Reports of total included studies,NA,NA
identification,node1,identification,Blue identification box,Identification,Blue identification box,identification.html
screening,node2,screening,Blue screening box,Screening,Blue screening box,screening.html
included,node3,included,Blue included box,Included,Blue included box,included.html
total_studies_ma,node23,box17,Total studies included in meta-analysis,Total studies included in meta-analysis,Total studies included in meta-analysis,total_studies_meta_analysis.html
total_reports_ma,NA,box17,Reports of total included studies in meta-analysis,Reports of total included studies in meta-analysis,NA,NA
"""

#: The package's variables and the boxes that they show.
VARIABLES = {
    "previous_studies": "previous_studies",
    "previous_reports": "previous_reports",
    "duplicates": "duplicates",
    "excluded_automatic": "automation",
    "excluded_other": "removed_other",
    "records_screened": "screened",
    "records_excluded": "excluded",
    "dbr_sought_reports": "sought",
    "dbr_notretrieved_reports": "not_retrieved",
    "dbr_assessed": "assessed",
    "dbr_excluded": "reports_excluded",
    "other_sought_reports": "other_sought",
    "other_notretrieved_reports": "other_not_retrieved",
    "other_assessed": "other_assessed",
    "other_excluded": "other_reports_excluded",
    "new_studies": "included_studies",
    "new_reports": "included_reports",
    "total_studies": "total_studies",
    "total_reports": "total_reports",
    "total_studies_ma": "total_studies_ma",
    "total_reports_ma": "total_reports_ma",
}

#: Boxes that the package has no variable for, and ours. It looks its variables up as parts of names, so that none of
#: these may hold one of its own.
FURTHER = {
    "other_duplicates": "already_found_elsewhere",
    "other_automation": "ineligible_by_tool_elsewhere",
    "other_removed_other": "removed_elsewhere",
    "other_records_excluded": "screened_out_elsewhere",
    "awaiting": "reports_awaiting",
    "ongoing": "reports_ongoing",
    "other_awaiting": "other_methods_awaiting",
    "other_ongoing": "other_methods_ongoing",
}


def fill(values: Mapping[str, str], further: Mapping[str, tuple[str, str]] | None = None) -> pd.DataFrame:
    """The template with `n` from `values` by variable name (column `data`); "NA" for a variable without a value.

    `further` adds variables that the template lacks below its sources: name to (description, n).
    Columns: data, node, box, description, boxtext, tooltips, url, n; all strings.
    """
    template = pd.read_csv(StringIO(_TEMPLATE), dtype="string", keep_default_na=False)
    template["n"] = [("0" if name == "NA" else values.get(name, "NA")) for name in template["data"]]
    for name in ("identification", "screening", "included"):
        template.loc[template["data"] == name, "n"] = "0"
    place = template.index[template["data"] == "citations_results"][0]
    added = pd.DataFrame(
        [
            [name, "NA", "box11", text, text.rpartition(": ")[2], "NA", "NA", n]
            for name, (text, n) in (further or {}).items()
        ],
        columns=template.columns,
        dtype="string",
    )
    return pd.concat([template.loc[:place], added, template.loc[place + 1 :]], ignore_index=True)


def listed(numbers: Mapping[str, int]) -> str:
    """Names with their numbers as the package reads them back: it cuts a name at its first comma and a list at ";".

    Names that are the same without these signs are summed.
    """
    summed: dict[str, int] = {}
    for name, n in numbers.items():
        plain = " ".join(name.replace(",", " /").replace(";", " /").split())
        summed[plain] = summed.get(plain, 0) + n
    return "; ".join(f"{name}, {n}" for name, n in summed.items())
