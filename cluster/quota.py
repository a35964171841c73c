"""CPU quotas for processes through Linux control groups, version 1 or 2, where permitted."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.processes import tree

GROUPS = Path("/sys/fs/cgroup")
PERIOD_US = 20_000


@contextlib.contextmanager
def quotas(pids: Sequence[int], share: float) -> Iterator[str]:
    """Limit each process, with its descendants, to `share` of a core until the block ends.

    Yields the reason if that isn't possible, or "".
    """
    parent = GROUPS / "cpu" if (GROUPS / "cpu").is_dir() else GROUPS
    made: list[Path] = []
    why = ""
    try:
        for number, pid in enumerate(pids):
            group = parent / f"consent-{os.getpid()}-{number}"
            group.mkdir()
            made.append(group)
            _limit(group, round(PERIOD_US * share))
            _move(tree(pid), group)
    except OSError as fault:
        why = f"control groups cannot be had here ({fault.strerror})"
    try:
        yield why
    finally:
        for group in made:
            with contextlib.suppress(OSError):
                _move([int(word) for word in (group / "cgroup.procs").read_text().split()], parent)
                group.rmdir()


def _limit(group: Path, quota: int) -> None:
    if (group / "cpu.cfs_quota_us").exists():
        (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
        (group / "cpu.cfs_quota_us").write_text(str(quota))
    else:
        (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")


def _move(pids: Sequence[int], group: Path) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            (group / "cgroup.procs").write_text(str(pid))
