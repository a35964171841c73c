"""What the log is told of a database that is away: that it went and why, once, and that it is back."""

import logging


class Outage:
    """The view of one thread that asks the database again and again; `what` it does is named in the log."""

    def __init__(self, log: logging.Logger, what: str) -> None:
        self._log, self._what = log, what
        self._said = ""

    def begins(self, error: Exception) -> None:
        """Tell why the database does not answer, unless that was told before."""
        said = reason_of(error)
        if said != self._said:
            self._log.warning("%s: the database does not answer (%s)", self._what, said)
        self._said = said

    def is_over(self) -> None:
        """Tell that the database answers again, where it did not."""
        if self._said:
            self._log.info("%s: the database answers again", self._what)
        self._said = ""


def reason_of(error: Exception) -> str:
    """Return what the driver says, in one line; it names hosts and people, and no password."""
    cause = getattr(error, "orig", None) or error
    return " ".join(str(cause).split()) or type(cause).__name__
