"""The checkpoints that were signed here, kept outside the database: what tells a tree that was set back or rewritten."""

import json
import os
from pathlib import Path
from typing import BinaryIO, NamedTuple

from consent.storage.log import Head

TAIL = 64 * 1024
"""Bytes at the end of a file in which the last whole line is sought; a line has some four hundred."""


class KeptCheckpoint(NamedTuple):
    """Size and root of a tree that was signed."""

    size: int
    root: bytes


class Signed(NamedTuple):
    """A checkpoint as it was signed at `time`, unix seconds."""

    size: int
    time: int
    note: str


class CheckpointFiles:
    """A file for each site, to which a line of JSON is added for each checkpoint: `size`, `root`, `time`, `note`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def last(self, site: str) -> KeptCheckpoint | None:
        """Return the largest tree among the last lines of the site's file, or None where nothing was signed here."""
        try:
            with self._path(site).open("rb") as file:
                file.seek(max(file.seek(0, os.SEEK_END) - TAIL, 0))
                lines = file.read().split(b"\n")
        except FileNotFoundError:
            return None
        return max(filter(None, map(_read, lines)), default=None)

    def first_since(self, site: str, time: int, origin: str) -> Signed | None:
        """Return the first checkpoint of the site that was signed at `time` or later, or None; found by halves.

        Those from before the log was named `origin` are passed over: the keys of today do not verify them.
        """
        try:
            with self._path(site).open("rb") as file:
                low, high = 0, file.seek(0, os.SEEK_END)
                while low < high:
                    middle = (low + high) // 2
                    found = _signed_behind(file, middle)
                    if found is None or (found.time >= time and found.note.startswith(f"{origin}\n")):
                        high = middle
                    else:
                        low = middle + 1
                return _signed_behind(file, low)
        except FileNotFoundError:
            return None

    def add(self, site: str, head: Head) -> None:
        """Add a checkpoint at the end of the site's file, on disk before this returns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        line = {"size": head.size, "root": head.root.hex(), "time": head.time, "note": head.note}
        with self._path(site).open("ab") as file:
            # The line break in front ends a line that a crash cut off.
            file.write(b"\n" + json.dumps(line, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _path(self, site: str) -> Path:
        return self._folder / site


def _signed_behind(file: BinaryIO, place: int) -> Signed | None:
    """Return the first whole checkpoint that begins at `place` or behind it, or None."""
    file.seek(max(place - 1, 0))
    if place:
        file.readline()
    for line in file:
        try:
            found = json.loads(line)
            return Signed(int(found["size"]), int(found["time"]), str(found["note"]))
        except (ValueError, KeyError, TypeError):
            continue
    return None


def _read(line: bytes) -> KeptCheckpoint | None:
    """Return what a line holds, or None for one that is empty or was cut off."""
    try:
        found = json.loads(line)
        return KeptCheckpoint(int(found["size"]), bytes.fromhex(found["root"]))
    except (ValueError, KeyError, TypeError):
        return None
