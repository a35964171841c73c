"""Files of signed checkpoints outside the database, to detect a log that was rolled back or rewritten."""

import json
import os
from pathlib import Path
from typing import BinaryIO, NamedTuple

from consent.storage.log.tree_store import Head

TAIL = 64 * 1024
"""Bytes at the end of a file in which to find the last whole line; a line has about four hundred."""


class SavedCheckpoint(NamedTuple):
    """The size and root of a signed tree."""

    size: int
    root: bytes


class Signed(NamedTuple):
    """A checkpoint signed at `time` (Unix seconds)."""

    size: int
    time: int
    note: str


class CheckpointFiles:
    """A file per site, to which a JSON line with `size`, `root`, `time` and `note` is appended for each checkpoint."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, tuple[int, SavedCheckpoint | None]] = {}
        """By site: how far the file was read, in whole lines, and the largest tree up to there."""

    def last(self, site: str) -> SavedCheckpoint | None:
        """Return the largest tree in the last lines of the site's file, or None if nothing was signed here."""
        begin, largest = self._read.pop(site, (0, None))
        try:
            with self._path(site).open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                if size < begin:  # another file has taken its place
                    begin, largest = 0, None
                begin = file.seek(max(size - TAIL, begin))
                *lines, rest = file.read().split(b"\n")
        except FileNotFoundError:
            return None
        largest = max(filter(None, [largest, *map(_parse, lines)]), default=None)
        self._read[site] = (begin + sum(len(line) + 1 for line in lines), largest)
        return max(filter(None, [largest, _parse(rest)]), default=None)

    def first_since(self, site: str, time: int, origin: str) -> Signed | None:
        """Return the site's first checkpoint signed at `time` or later, or None; uses a binary search.

        Checkpoints from before the log was named `origin` are skipped, since current keys don't verify them.
        """
        try:
            with self._path(site).open("rb") as file:
                low, high = 0, file.seek(0, os.SEEK_END)
                while low < high:
                    middle = (low + high) // 2
                    signed = _signed_from(file, middle)
                    if signed is None or (signed.time >= time and signed.note.startswith(f"{origin}\n")):
                        high = middle
                    else:
                        low = middle + 1
                return _signed_from(file, low)
        except FileNotFoundError:
            return None

    def add(self, site: str, head: Head) -> None:
        """Append a checkpoint to the site's file; it is on disk when this returns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        line = {"size": head.size, "root": head.root.hex(), "time": head.time, "note": head.note}
        with self._path(site).open("ab") as file:
            # The leading line break ends a line that a crash cut off.
            file.write(b"\n" + json.dumps(line, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _path(self, site: str) -> Path:
        return self._folder / site


def _signed_from(file: BinaryIO, place: int) -> Signed | None:
    """Return the first whole checkpoint that starts at or after `place`, or None."""
    file.seek(max(place - 1, 0))
    if place:
        file.readline()
    for line in file:
        try:
            signed = json.loads(line)
            return Signed(int(signed["size"]), int(signed["time"]), str(signed["note"]))
        except (ValueError, KeyError, TypeError):
            continue
    return None


def _parse(line: bytes) -> SavedCheckpoint | None:
    """Return the checkpoint in a line, or None if the line is empty or was cut off."""
    try:
        facts = json.loads(line)
        return SavedCheckpoint(int(facts["size"]), bytes.fromhex(facts["root"]))
    except (ValueError, KeyError, TypeError):
        return None
