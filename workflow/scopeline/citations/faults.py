"""What is told of a file of citations that cannot be read."""


class Unreadable(Exception):  # noqa: N818 - it is named as it is told
    """A whole file that cannot be read: what is wrong, what to do, and the line where it breaks if there is one."""

    def __init__(self, message: str, suggestion: str = "", line: int | None = None):
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion
        self.line = line
