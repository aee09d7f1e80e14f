"""The review's settings: `config/config.yaml`, checked, with every default in one place."""

import fnmatch
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from . import checked, mapping, terms, yamlfile
from .checked import Mistakes, Way
from .codebook import Codebook, TableSpec
from .errors import ConfigurationError
from .mapping import TableMap, Word


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReviewInfo(_Part):
    """What the review is called and what must be said of it."""

    title: str = Field(description="The review's title; it heads the report and the workbook.")
    subtitle: str = Field("", description="A second line under the title.")
    question: str = Field("", description="The review question (population, concept, context).")
    caveats: list[str] = Field([], description="Sentences printed under the title of every report.")


class Screening(_Part):
    """How votes become decisions."""

    reviewers: int = Field(2, ge=1, description="Votes that each record needs at each stage.")
    stages: Literal["both", "full_text"] = Field(
        "both",
        description="The stages at which the team voted: full_text where titles and abstracts were not screened apart.",
    )
    maybe_as: Literal["include", "exclude", "category"] = Field(
        "include",
        description="What a `maybe` counts as when votes are compared; `category` is one of its own in agreement, and "
        "include in the decision.",
    )
    automation: list[str] = Field(
        ["automation"], description="Reviewers that are tools: titles that only these excluded are told apart."
    )
    adjudicator: Literal["other", "anyone"] = Field(
        "other",
        description="Who may settle a disagreement: someone other than those who voted on it, or anyone.",
    )


class Participants(_Part):
    """How the people of a study are counted, once a study."""

    fields: list[str] = Field(
        ["n"], min_length=1, description="Fields of studies with the number of people; the first that has one counts."
    )
    crossovers: Literal["people", "periods", "left_out"] = Field(
        "people",
        description="A crossover trial: each person once (people), once a period (periods), or not at all (left_out).",
    )
    design: str = Field("design", description="The field that tells which studies are crossover trials.")
    crossover_designs: list[str] = Field(
        [], description="Its values that are crossover trials; when empty those with the word crossover in them."
    )
    periods: str = Field("periods", description="The field with the number of periods of a crossover trial.")


class VoteCounting(_Part):
    """Vote counting by direction and combined p-values: neither is made unless it is asked for."""

    directions: bool = Field(False, description="Count benefit among the studies with a direction (sign test).")
    p_values: bool = Field(False, description="Combine p-values by Fisher's and Stouffer's methods.")
    p_value: str = Field("p_value", description="The field of findings with the p-value as printed.")
    sides: Literal[1, 2] = Field(2, description="Whether the printed p-values are two-sided or one-sided.")
    towards: Literal["benefit", "harm"] = Field("benefit", description="The common direction of the p-values.")
    several: Literal["largest", "left_out"] = Field(
        "largest", description="A study with several p-values in a cell: the largest one-sided enters, or none."
    )
    bases: list[Literal["comparative", "uncontrolled", "other"]] = Field(
        ["comparative"], description="Kinds of evidence whose p-values are combined, each for itself."
    )


class Synthesis(_Part):
    """How findings are folded and tallied."""

    rows: str = Field("condition", description="The field of findings that makes the rows.")
    columns: str = Field("outcome_domain", description="The field of findings that makes the columns.")
    direction: str = Field("direction", description="The field that holds the direction of a finding.")
    majority: float = Field(
        0.7, gt=0.5, le=1, description="Share of a study's findings that must agree (Boon & Thomson 2021)."
    )
    contrast: str = Field("contrast", description="The field that tells what a finding compares.")
    comparative: list[str] = Field([], description="Values of `contrast` that compare with another group.")
    uncontrolled: list[str] = Field([], description="Values of `contrast` without a comparison group.")
    controlled: str = Field("controlled", description="The field of studies that says yes where there is a comparator.")
    participants: Participants = Participants()
    strata: list[str] = Field(
        [],
        description="Fields of studies within whose values the same counts are made; `appraisal` is the overall one.",
    )
    bands: dict[str, list[float]] = Field(
        {}, description="By field that is a number or a range: the edges of the bands it is cut into as a stratum."
    )
    band_end: Literal["upper", "lower", "each"] = Field(
        "upper", description="The end of a range that puts a study into its band, or each band that it touches."
    )
    empty_cells: bool = Field(False, description="Whether the long table and the strata show cells without a study.")
    overlap: str = Field(
        "overlaps_with", description="The field of studies that names other studies with the same participants."
    )
    sensitivity: bool = Field(True, description="Count again without parts of the studies, and say what changes.")
    vote_counting: VoteCounting = VoteCounting()


class Charting(_Part):
    """Which charted fields are shown, and how rows of several reviewers become one."""

    fields: list[str] = Field(
        [], description="Fields of studies in the characteristics table; all but free text when empty."
    )
    by_study: list[str] = Field([], description="Columns of the table with one row a study.")
    grouped: list[str] = Field([], description="Fields that are counted by the groups of their values (`group`).")
    gates: bool = Field(
        False,
        description="Count a field only in studies that are asked it: not where a rule of the codebook forbids it.",
    )
    cross: dict[str, list[str]] = Field(
        {}, description="By field of studies: the fields that are counted within each of its values."
    )
    reviewer: str = Field("reviewer", description="The field that names who charted a row.")
    consensus: list[str] = Field(
        ["Consensus"], min_length=1, description="Names in that field that mark a row on which the reviewers agreed."
    )
    match: dict[str, list[str]] = Field(
        {}, description="By table, the fields that tell which rows of two reviewers are the same one, before their IDs."
    )
    free_text: Literal["wording", "conflict"] = Field(
        "wording",
        description="Other words in free text: the first stand (wording), or they are to be settled (conflict).",
    )
    conflicts: Literal["stop", "leave_out"] = Field(
        "stop", description="Values that reviewers charted differently: settle them first, or go on without them."
    )

    def apart(self, table: TableSpec) -> bool:
        """Whether several reviewers may each have a row for one key of a table."""
        return table.name in terms.CHARTED and self.reviewer in table.by_name


class Figures(_Part):
    """Which fields of studies the figures show, and which figures are not wanted."""

    design: str = Field("design", description="The design of a study, in the order of suitability of its values.")
    year: str = Field("year", description="The year of a study.")
    controlled: str = Field("controlled", description="Whether a study compares with another group.")
    participants: str = Field("n", description="The number of participants.")
    ranges: list[str] = Field([], description="Numbers and ranges shown by study; all ranges when empty.")
    leave_out: list[str] = Field([], description="Figures that are not made.")


class Harms(_Part):
    """Which arms are the intervention and which the comparator."""

    intervention: list[str] = []
    comparator: list[str] = []
    stopped: list[str] = Field(
        ["discontinued because of adverse event"],
        description="Values of `event` that say that people stopped because of harm.",
    )


class Appraisal(_Part):
    """How judgements of the optional table appraisal are put together."""

    overall: list[str] = Field(["overall"], description="The domain that holds a study's overall judgement.")
    rule: Literal["charted", "worst"] = Field(
        "charted",
        description="The overall judgement is the one charted, or where there is none the worst of the domains.",
    )
    worst: list[str] = Field(
        ["critical"], description="Overall judgements whose studies one of the sensitivity analyses leaves out."
    )


class FlowExceptionSpec(_Part):
    """A named exception of the PRISMA flow (closed list), with the reason that is printed under the figure."""

    name: str
    why: str
    n: int | None = Field(None, ge=0)
    ids: list[str] = []


class Flow(_Part):
    """The PRISMA flow: its exceptions, and whether other methods have an arm of their own."""

    exceptions: list[FlowExceptionSpec] = []
    wording: Literal["studies", "sources of evidence"] = Field(
        "studies", description="What the diagram calls what is included; PRISMA-ScR says sources of evidence."
    )
    other_methods: Literal["together", "apart"] = Field(
        "together",
        description="Websites, organisations, citation searching: in the one screening, or in an arm of their own.",
    )


class Validation(_Part):
    on_error: Literal["stop", "quarantine"] = Field(
        "stop",
        description="Errors stop the tables until they are mended; or a wrong cell costs its value, and tables say so.",
    )
    numbers_as_text: Literal["error", "accept"] = Field(
        "error",
        description="A number that a workbook stores as text: an error, or accepted as the number it shows.",
    )


class SheetSetting(_Part):
    """Where a table stands in a file that cannot be recognised by itself."""

    sheet: str | None = None
    header_row: int | None = Field(None, ge=1)


class SourceSetting(_Part):
    """What a file of raw/ is and how it is read, where that cannot be seen in it.

    The keys with names of tables say in which sheet and under which header row a table of the review's own stands.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    as_: str | None = Field(None, alias="as", description="What the file is, by the name of its source.")
    stage: Literal["title_abstract", "full_text"] | None = Field(
        None, description="The stage at which the votes were cast."
    )
    reviewer: str | None = Field(None, description="Who voted, in the export of one reviewer.")
    state: Literal["screen", "select", "included", "excluded", "irrelevant"] | None = Field(
        None, description="Which of Covidence's lists the export holds."
    )
    prefix: str | None = Field(None, description="What stands before the tool's IDs; the tool's name if not given.")
    set_: dict[str, Word] = Field({}, alias="set", description="Fields and the value they have in every row.")
    values: dict[str, dict[Word, Word]] = Field(
        {}, description="By field, words of the file and what they stand for in the codebook."
    )
    skip: list[str] = Field([], description="Sheets that are left alone.")
    sheets: dict[str, "SourceSetting"] = Field({}, description="By sheet, what holds for that sheet alone.")
    tables: list[TableMap] = Field([], description="The mapping: which columns of which sheet make which table.")
    records: SheetSetting | None = None
    votes: SheetSetting | None = None
    decisions: SheetSetting | None = None
    reports: SheetSetting | None = None
    studies: SheetSetting | None = None
    findings: SheetSetting | None = None
    harms: SheetSetting | None = None
    appraisal: SheetSetting | None = None
    flow_counts: SheetSetting | None = None
    previous: SheetSetting | None = None

    @property
    def native(self) -> dict[str, SheetSetting]:
        """Table → where it stands, for the review's own sheets."""
        told = {name: getattr(self, name) for name in terms.TABLES}
        return {name: setting for name, setting in told.items() if setting is not None}

    @property
    def given(self) -> set[str]:
        """Fields whose value is said for the whole file, so that a mapping need not give them."""
        said = {"stage": self.stage, "reviewer": self.reviewer}
        return {*self.set_, *(name for name, what in said.items() if what)}

    def of_sheet(self, name: str) -> "SourceSetting":
        """What holds for one sheet: what is said of it, and of the file where nothing is said of the sheet."""
        own = self.sheets.get(name)
        if own is None:
            return self
        told = {key: getattr(own, key) for key in own.model_fields_set}
        return self.model_copy(update=told)


class Settings(_Part):
    """All settings of a review."""

    review: ReviewInfo
    screening: Screening = Screening()
    synthesis: Synthesis = Synthesis()
    charting: Charting = Charting()
    harms: Harms = Harms()
    appraisal: Appraisal = Appraisal()
    figures: Figures = Figures()
    flow: Flow = Flow()
    validation: Validation = Validation()
    checklists: dict[Literal["prisma_scr", "swim", "jbi"], dict[Word, str]] = Field(
        {}, description="By checklist and item: what the team answers, such as where the protocol is registered."
    )
    previous: str = Field(
        "",
        description="The file of raw/ that tells what the previous version included: its prisma/snapshot.csv.",
    )
    sources: dict[str, Literal["ignore"] | SourceSetting] = Field(
        {}, description="By file of raw/ (* and ? stand for any signs): what it is and how it is read, or `ignore`."
    )

    @field_validator("sources", mode="before")
    @classmethod
    def _no_sources(cls, given: Any) -> Any:
        return {} if given is None else given

    def source(self, file: str) -> Literal["ignore"] | SourceSetting:
        """What is said of a file (`raw/search/a.ris`): under its own name, or else under the first pattern it fits."""
        name = file.removeprefix("raw/")
        if self.previous and name == self.previous.removeprefix("raw/"):
            return SourceSetting(as_=terms.PREVIOUS)
        if name in self.sources:
            return self.sources[name]
        fitting = (said for pattern, said in self.sources.items() if fnmatch.fnmatchcase(name, pattern))
        return next(fitting, SourceSetting())

    @model_validator(mode="after")
    def _sensible(self) -> "Settings":
        if found := list(_contradictions(self)):
            raise Mistakes(found)
        return self


def _contradictions(settings: Settings) -> Iterator[tuple[Way, str]]:
    """Entries that are not of a closed list or contradict each other, each with its way in the file."""
    for place, word in enumerate(settings.synthesis.uncontrolled):
        if word in settings.synthesis.comparative:
            yield ("synthesis", "uncontrolled", place), f"{word} cannot be both comparative and uncontrolled"
    for name, edges in settings.synthesis.bands.items():
        if not edges or any(low >= high for low, high in pairwise(edges)):
            yield ("synthesis", "bands", name), f"the edges of '{name}' must be one or more numbers that rise"
    for place, exception in enumerate(settings.flow.exceptions):
        way: Way = ("flow", "exceptions", place)
        if exception.name not in terms.FLOW_EXCEPTIONS:
            yield (
                (*way, "name"),
                f"'{exception.name}' is not an exception of a flow{_near(exception.name, terms.FLOW_EXCEPTIONS)}",
            )
        if not exception.why.strip():
            yield (*way, "why"), f"the exception {exception.name} has no why; write a sentence for the readers"
        if exception.n is not None and exception.ids and exception.n != len(set(exception.ids)):
            yield (
                (*way, "n"),
                f"the exception {exception.name} says n {exception.n} but lists {len(set(exception.ids))} ids",
            )
    for table in settings.charting.match:
        if table not in terms.CHARTED:
            yield ("charting", "match", table), f"'{table}' is not a charted table{_near(table, terms.CHARTED)}"


def _near(word: str, known: Iterable[str]) -> str:
    known = list(dict.fromkeys(known))
    near = get_close_matches(word, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; there are {', '.join(known)}"


def load(path: Path, codebook: Codebook | None = None) -> Settings:
    """Read and check the settings; with a codebook, also that the fields and values they name exist.

    Raises ConfigurationError naming each mistake's line and what was expected.
    """
    settings = checked.load(path, Settings)
    if codebook is not None:
        _against(path, settings, codebook)
    return settings


def _against(path: Path, settings: Settings, codebook: Codebook) -> None:
    """Raise ConfigurationError for fields and values that the settings name and the codebook does not have."""
    mistakes = [*_unknown_fields(settings, codebook), *_mapped_wrongly(settings, codebook)]
    lists: list[tuple[str, BaseModel, str, str]] = [
        ("synthesis", settings.synthesis, "findings", settings.synthesis.contrast),
        ("harms", settings.harms, "harms", "arm"),
    ]
    for section, part, table, name in lists:
        for key in ("comparative", "uncontrolled", "intervention", "comparator"):
            unknown = _unknown_values(getattr(part, key, []), codebook, table, name)
            mistakes += [((section, key, number), said) for number, said in unknown]
    mistakes += [*_unknown_judgements(settings, codebook), *_bands_of_words(settings, codebook)]
    mistakes += _axes_of_text(settings, codebook)
    people = settings.synthesis.participants
    for number, said in _unknown_values(people.crossover_designs, codebook, "studies", people.design):
        mistakes.append((("synthesis", "participants", "crossover_designs", number), said))
    if "stopped" in settings.harms.model_fields_set:
        for number, said in _unknown_values(settings.harms.stopped, codebook, "harms", "event"):
            mistakes.append((("harms", "stopped", number), said))
    if mistakes:
        file = yamlfile.read(path)
        raise ConfigurationError(checked.told(path, {(file.line(way), said) for way, said in mistakes}))


def _unknown_judgements(settings: Settings, codebook: Codebook) -> Iterator[tuple[Way, str]]:
    """Words under `appraisal` that are no domain or judgement of the codebook."""
    for key, name in (("overall", "domain"), ("worst", "judgement")):
        field = codebook.field("appraisal", name)
        allowed = [value.value for value in field.allowed] if field else []
        if key in settings.appraisal.model_fields_set and allowed:
            known = {value.casefold() for value in allowed} if key == "overall" else set(allowed)
            for number, word in enumerate(getattr(settings.appraisal, key)):
                if (word.casefold() if key == "overall" else word) not in known:
                    said = f"'{word}' is not a value of appraisal.{name}; the codebook allows {', '.join(allowed)}."
                    yield ("appraisal", key, number), said


def _bands_of_words(settings: Settings, codebook: Codebook) -> Iterator[tuple[Way, str]]:
    """Bands of fields that hold no number."""
    for name in settings.synthesis.bands:
        field = codebook.field("studies", name)
        if field is not None and field.what not in ("integer", "number", "range", "bounded"):
            yield (
                ("synthesis", "bands", name),
                f"'{name}' holds no numbers, so it has no bands; name it under `strata` alone",
            )


def _axes_of_text(settings: Settings, codebook: Codebook) -> Iterator[tuple[Way, str]]:
    """Rows or columns of the evidence map that would have a line for every text or number that somebody typed."""
    for key in ("rows", "columns"):
        name = getattr(settings.synthesis, key)
        field = codebook.field("findings", name) or codebook.field("studies", name)
        if key not in settings.synthesis.model_fields_set or field is None or field.axis or field.allowed:
            continue
        yield (
            ("synthesis", key),
            f"'{name}' has no list of values, so each entry would make a line of its own; name a field with `values`, "
            f"or write `axis: true` at '{name}' in config/codebook.yaml",
        )


def named_fields(settings: Settings, codebook: Codebook) -> dict[tuple[str, str], str]:
    """Table and field that the settings name → the first key that does, such as `synthesis.direction`."""
    found: dict[tuple[str, str], str] = {}
    for way, name, tables in _named_fields(settings, codebook):
        table = next((table for table in tables if codebook.field(table, name)), "")
        if table:
            found.setdefault((table, name), ".".join(str(step) for step in way if not isinstance(step, int)))
    return found


def _unknown_fields(settings: Settings, codebook: Codebook) -> Iterator[tuple[Way, str]]:
    """Fields that the settings name and the tables of the codebook lack, each with its way in the file."""
    for way, name, tables in _named_fields(settings, codebook):
        fields = [field for table in tables if table in codebook.tables for field in codebook.tables[table].by_name]
        if fields and name not in fields:
            joined = "' or '".join(tables)
            yield way, f"'{name}' is not a field of '{joined}' in the codebook{_near(name, fields)}"


def _named_fields(settings: Settings, codebook: Codebook) -> Iterator[tuple[Way, str, tuple[str, ...]]]:
    """Every field that the settings name: its way in the file, its name, and the tables that may have it."""
    synthesis, figures = settings.synthesis, settings.figures
    if "findings" in codebook.tables:
        for key in ("rows", "columns"):
            yield ("synthesis", key), getattr(synthesis, key), ("findings", "studies")
        yield ("synthesis", "direction"), synthesis.direction, ("findings",)
        if "contrast" in synthesis.model_fields_set:
            yield ("synthesis", "contrast"), synthesis.contrast, ("findings",)
    for way, name, table in _fields_in_lists(settings):
        yield way, name, (table,)
    for table, names in settings.charting.match.items():
        for number, name in enumerate(names):
            yield ("charting", "match", table, number), name, (table,)
    for number, name in enumerate(figures.ranges):
        yield ("figures", "ranges", number), name, ("studies",)
    for key in ("design", "year", "controlled", "participants"):
        if key in figures.model_fields_set:
            yield ("figures", key), getattr(figures, key), ("studies",)


def _fields_in_lists(settings: Settings) -> Iterator[tuple[Way, str, str]]:
    """Fields that lists of the configuration name: the way in the file, the field, and the table it must be in."""
    synthesis, charting = settings.synthesis, settings.charting
    if "controlled" in synthesis.model_fields_set:
        yield ("synthesis", "controlled"), synthesis.controlled, "studies"
    if synthesis.vote_counting.p_values:
        yield ("synthesis", "vote_counting", "p_value"), synthesis.vote_counting.p_value, "findings"
    if "fields" in synthesis.participants.model_fields_set:
        for number, name in enumerate(synthesis.participants.fields):
            yield ("synthesis", "participants", "fields", number), name, "studies"
    people = synthesis.participants
    if people.crossovers != "people" or people.model_fields_set & {"design", "crossover_designs"}:
        key = "design" if "design" in people.model_fields_set else "crossovers"
        yield ("synthesis", "participants", key), people.design, "studies"
    for number, name in enumerate(synthesis.strata):
        if name != "appraisal":
            yield ("synthesis", "strata", number), name, "studies"
    for name in synthesis.bands:
        yield ("synthesis", "bands", name), name, "studies"
    for key in ("fields", "by_study", "grouped"):
        for number, name in enumerate(getattr(charting, key)):
            yield ("charting", key, number), name, "studies"
    for by, names in charting.cross.items():
        yield ("charting", "cross", by), by, "studies"
        for number, name in enumerate(names):
            yield ("charting", "cross", by, number), name, "studies"


def _mapped_wrongly(settings: Settings, codebook: Codebook) -> Iterator[tuple[Way, str]]:
    """What the mappings name that the codebook does not have, with its way in the file."""
    for source, said in settings.sources.items():
        if isinstance(said, SourceSetting):
            for way, text in mapping.against(said.tables, codebook, said.given):
                yield ("sources", source, "tables", *way), mapping.sentence(text)


def _unknown_values(words: list[str], codebook: Codebook, table: str, name: str) -> Iterator[tuple[int, str]]:
    """Words that are not among a field's allowed values, with their place in the list."""
    field = codebook.field(table, name)
    allowed = [value.value for value in field.allowed] if field else []
    for number, word in enumerate(words):
        if allowed and word not in allowed:
            yield number, f"'{word}' is not a value of {table}.{name}; the codebook allows {', '.join(allowed)}."
