"""Deals files of tests to the processes of a run."""

from xdist.scheduler import LoadFileScheduling

TOGETHER = (
    "tests/law/",
    *(f"tests/story/test_{name}.py" for name in ("embedding", "outage", "own_receipts", "visitor")),
)
"""Files that share with those of their folder what takes seconds to start: a process each would start it once more."""


class Together(LoadFileScheduling):
    """Gives a file to one process, and some of a folder together."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return file.rpartition("/")[0] if file.startswith(TOGETHER) else file
