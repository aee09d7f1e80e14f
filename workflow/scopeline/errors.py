"""What a user is told when scopeline cannot go on: where, what, and what to do. Never a traceback."""


class ScopelineError(Exception):
    """A plain sentence for the user, with the exit status the command line ends with."""

    exit_status = 2


class ConfigurationError(ScopelineError):
    """The call, the configuration or the codebook is wrong (exit status 2)."""

    exit_status = 2


class DataError(ScopelineError):
    """The review's spreadsheets have errors (exit status 1)."""

    exit_status = 1
