"""
What every step rests on. This runs at every call, so there is nothing heavy in it.

A raw file, the configuration and the library enter the names of our intermediate files as digests. When one of them
changes, whatever its date says, the set of files changes, and Snakemake repeats what was made from it. That is also why
no raw file is an input of a rule: a workbook dated in the future, or named with {braces}, would stop Snakemake.
"""

LIBRARY = digests.of_library(Path(steps.__file__).parent)
CONFIG = ["config/config.yaml", "config/codebook.yaml"]
CONFIG_DIGEST = digests.of_files(CONFIG)
SETTINGS = digests.short([digests.of_code(LIBRARY), CONFIG_DIGEST])

RAW = rawfiles.read_files("raw")
RAW_DIGESTS = digests.of_raw_files(
    [file.path for file in RAW.values()], Path(".snakemake/scopeline/digests.json")
)
READING = digests.of_code(LIBRARY, digests.READING)
CELLS = {
    source: digests.short([READING, RAW_DIGESTS[file.path]])
    for source, file in RAW.items()
}
CELL_SEALS = collect(
    "results/interim/seals/cells/{source}.{digest}.json",
    zip,
    source=CELLS.keys(),
    digest=CELLS.values(),
)

STATE = digests.short([SETTINGS, *CELLS, *CELLS.values()])


def sealed(step, input, output, log, state=STATE, **more):
    """Call a step of the library with the rule's files under their names, and seal what it made."""
    seals.sealed(state, step, output, log, **named(input), **named(output), **more)


def sealed_by_name(step, input, output, log, **more):
    """As `sealed`, for outputs whose names say what they were made from."""
    sealed(step, input, output, log, state=seals.ANY_STATE, **more)


def named(files):
    """Name the files that a step takes: all but the seal, and what only has to be there before (`after`)."""
    return {
        name: path if isinstance(path, str) else list(path)
        for name, path in files.items()
        if name not in ("seal", "after")
    }


def remove_untrue_seals():
    """Have Snakemake repeat each step whose files were altered, unless another run is altering them now."""
    if lock.hold():
        seals.remove_untrue("results/interim/seals", STATE)
        if os.path.exists("results/STALE.md"):
            Path("results/interim/seals/publish.json").unlink(missing_ok=True)


def published(built):
    """Name the place below results/ of each file below results/interim/build/."""
    return [str(path).replace("interim/build/", "", 1) for path in flatten(built)]


def flatten(paths):
    """Unpack lists of paths inside a list of paths."""
    for path in paths:
        if isinstance(path, str):
            yield path
        else:
            yield from flatten(path)


remove_untrue_seals()


wildcard_constraints:
    source="[a-z0-9-]+",
    digest="[0-9a-f]{16}",
