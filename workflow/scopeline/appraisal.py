"""Critical appraisal (PRISMA-ScR items 12 and 16; optional): the judgement of each study in each domain.

Works for any instrument whose domains and judgements the codebook's table `appraisal` lists. There is no score, and an
overall judgement is the reviewers' own unless a review asks for the worst of the domains.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from .charting import column, joined, missing_kinds, named
from .errors import ConfigurationError
from .natural_order import natural

#: The domain whose judgement is the overall one, in any case of letters.
OVERALL = ("overall",)

#: What a study says that nobody has appraised, or not in this domain.
NOT_APPRAISED = "not appraised"

#: Judgements of one study in one domain that differ, where the order of judgements is not known.
DIFFER = "judgements differ"

_LIGHTS = ("instrument", "study_id", "domain", "is_overall", "judgement", "n_judgements", "differ", "judgements")
_COUNTS = ("instrument", "domain", "is_overall", "judgement", "n_studies", "denominator", "percent", "study_ids")


def traffic_light(
    appraisal: pd.DataFrame,
    studies: pd.DataFrame | None = None,
    *,
    domains_order: Sequence[str] = (),
    judgements_order: Sequence[str] = (),
    overall: Collection[str] = OVERALL,
) -> pd.DataFrame:
    """One row per instrument, study and domain, with its judgement; studies as rows make the traffic light.

    `appraisal`: the typed frame with `study_id`, `domain`, `judgement`, and `instrument` where there are several.
    `judgements_order` goes from least to most concern. With `studies`, a study without a row has one in each domain of
    each instrument that says `not appraised`. Where a study has several judgements in a domain (by outcome), the one of
    most concern stands and `differ` says yes; without an order the judgement is then `judgements differ`.

    Columns: `instrument`, `study_id`, `domain`, `is_overall` (yes, no), `judgement` (a value, or the words for why
    there is none), `n_judgements` (0 where there is none), `differ` (yes, no), `judgements` (all, joined). Domains
    stand in the codebook's order, the overall one last.
    """
    said = _said(appraisal)
    known = None if studies is None else sorted(set(column(studies, "study_id").dropna().astype(str)), key=natural)
    rows = []
    for instrument in sorted({key[0] for key in said}):
        domains = _ordered({key[2] for key in said if key[0] == instrument}, domains_order, overall)
        appraised = {key[1] for key in said if key[0] == instrument}
        for study in sorted(appraised, key=natural) if known is None else known:
            for domain in domains:
                found, why = said.get((instrument, study, domain), ([], NOT_APPRAISED))
                distinct = set(found)
                rows.append(
                    {
                        "instrument": instrument,
                        "study_id": study,
                        "domain": domain,
                        "is_overall": "yes" if _is_overall(domain, overall) else "no",
                        "judgement": _worst(distinct, judgements_order) if distinct else why,
                        "n_judgements": len(found),
                        "differ": "yes" if len(distinct) > 1 else "no",
                        "judgements": joined(distinct),
                    }
                )
    return pd.DataFrame(rows, columns=list(_LIGHTS)).astype(
        {name: "Int64" if name == "n_judgements" else "string" for name in _LIGHTS}
    )


def matrix(lights: pd.DataFrame, instrument: str = "") -> pd.DataFrame:
    """The traffic light as people know it: a line a study, a column a domain (in the order of `lights`)."""
    own = lights[lights["instrument"] == instrument]
    domains = list(dict.fromkeys(own["domain"].tolist()))
    cells: dict[str, dict[str, str]] = {}
    for study, domain, judgement in zip(own["study_id"], own["domain"], own["judgement"], strict=True):
        cells.setdefault(str(study), {})[domain] = judgement
    lines = [
        [study, *(cells[study].get(domain, NOT_APPRAISED) for domain in domains)]
        for study in sorted(cells, key=natural)
    ]
    return pd.DataFrame(lines, columns=["study_id", *domains], dtype="string")


def summary(lights: pd.DataFrame, *, judgements_order: Sequence[str] = ()) -> pd.DataFrame:
    """Per instrument and domain: how many studies have each judgement, of all studies in `lights`.

    Columns: `instrument`, `domain`, `is_overall`, `judgement`, `n_studies`, `denominator`, `percent` (0 to 100),
    `study_ids`. Every judgement that the order lists, and every one seen with the instrument, stands there, with 0 too.
    """
    rows = []
    for instrument in dict.fromkeys(lights["instrument"].tolist()):
        own = lights[lights["instrument"] == instrument]
        everybody = set(own["study_id"])
        listed = [*judgements_order, *sorted(set(own["judgement"]) - set(judgements_order))]
        members: dict[tuple[str, str, str], set[str]] = {}
        lines = zip(own["domain"], own["is_overall"], own["judgement"], own["study_id"], strict=True)
        for domain, is_overall, judgement, study in lines:
            for each in listed:
                members.setdefault((domain, is_overall, each), set())
            members[domain, is_overall, judgement].add(study)
        for (domain, is_overall, judgement), ids in members.items():
            share = 100 * len(ids) / len(everybody)
            about = {"instrument": instrument, "domain": domain, "is_overall": is_overall, "judgement": judgement}
            counts = {"n_studies": len(ids), "denominator": len(everybody), "percent": share, "study_ids": joined(ids)}
            rows.append({**about, **counts})
    kinds = {"n_studies": "Int64", "denominator": "Int64", "percent": "Float64"}
    return pd.DataFrame(rows, columns=list(_COUNTS)).astype({name: kinds.get(name, "string") for name in _COUNTS})


def overall_judgement(
    lights: pd.DataFrame,
    *,
    judgements_order: Sequence[str] = (),
    rule: Literal["charted", "worst"] = "charted",
) -> dict[str, str]:
    """Study → its overall judgement, for studies that have one; over several instruments the one of most concern.

    `charted` takes the judgement in the overall domain. `worst` takes, where that is not charted, the domain of most
    concern, and needs `judgements_order`. Raises ConfigurationError for `worst` without an order.
    """
    if rule == "worst" and not judgements_order:
        raise ConfigurationError(
            "The worst judgement of a study cannot be told without the order of judgements: list the values of "
            "`judgement` in config/codebook.yaml, from least to most concern."
        )
    real = lights[lights["n_judgements"] > 0]
    charted: dict[str, set[str]] = {}
    others: dict[str, set[str]] = {}
    for study, is_overall, judgement in zip(real["study_id"], real["is_overall"], real["judgement"], strict=True):
        (charted if is_overall == "yes" else others).setdefault(str(study), set()).add(str(judgement))
    taken = charted if rule == "charted" else {**others, **charted}
    return {study: _worst(found, judgements_order) for study, found in sorted(taken.items())}


def with_overall(studies: pd.DataFrame, overall: Mapping[str, str], name: str = "appraisal") -> pd.DataFrame:
    """The studies with their overall judgement in a column `name`, so that it can be a stratum or an axis."""
    ids = column(studies, "study_id").astype("string")
    judgements = [None if pd.isna(study) else overall.get(str(study)) for study in ids]
    return studies.assign(**{name: pd.array([found or NOT_APPRAISED for found in judgements], dtype="string")})


def _said(appraisal: pd.DataFrame) -> dict[tuple[str, str, str], tuple[list[str], str]]:
    """Instrument, study, domain → the judgements given, and the words for why where there is none."""
    found: dict[tuple[str, str, str], tuple[list[str], str]] = {}
    lines = zip(
        column(appraisal, "instrument"),
        column(appraisal, "study_id"),
        named(appraisal, "domain"),
        named(appraisal, "judgement"),
        missing_kinds(appraisal, "judgement"),
        strict=True,
    )
    for instrument, study, domain, judgement, why in lines:
        if pd.notna(study):
            key = ("" if pd.isna(instrument) else str(instrument), str(study), domain)
            given, words = found.get(key, ([], ""))
            absent = min(filter(None, (words, judgement if why else "")), default="")
            found[key] = (given if why else [*given, judgement], absent)
    return found


def _worst(judgements: Iterable[str], order: Sequence[str]) -> str:
    """The judgement of most concern; `DIFFER` where there are several and one has no place in the order."""
    found = sorted(set(judgements))
    if len(found) == 1:
        return found[0]
    place: dict[str, Any] = {word: position for position, word in enumerate(order)}
    return max(found, key=lambda word: place[word]) if all(word in place for word in found) else DIFFER


def _ordered(domains: Collection[str], order: Sequence[str], overall: Collection[str]) -> list[str]:
    place = {name: position for position, name in enumerate(order)}
    return sorted(domains, key=lambda name: (_is_overall(name, overall), place.get(name, len(place)), name))


def _is_overall(domain: str, overall: Collection[str]) -> bool:
    return domain.casefold() in {word.casefold() for word in overall}
