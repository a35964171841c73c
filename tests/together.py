"""Deals files of tests to the processes of a run."""

from pathlib import PurePosixPath

from xdist.scheduler import LoadFileScheduling

TOGETHER = ("tests/law",)
"""Folders whose files share what takes seconds to start: a process each would start it once more."""


class Together(LoadFileScheduling):
    """Gives a file to one process, and some folders as a whole."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        folder = str(PurePosixPath(file).parent)
        return folder if folder in TOGETHER else file
