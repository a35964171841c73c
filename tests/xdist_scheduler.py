"""Distributes test files to the processes of a run."""

from xdist.scheduler import LoadFileScheduling

TOGETHER = (
    "tests/law/",
    *(f"tests/story/test_{name}.py" for name in ("embedding", "outage", "own_receipts", "visitor")),
)
"""Folders and files whose tests share a setup that takes seconds and would start once in each process."""


class FolderScheduling(LoadFileScheduling):
    """A scheduler that gives each file to one process, and keeps the files of some folders together."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return file.rpartition("/")[0] if file.startswith(TOGETHER) else file
