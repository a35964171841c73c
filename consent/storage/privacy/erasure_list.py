"""Erasure list outside the database, for repeating erasures after an older backup is restored."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, insert, select

from consent.storage.database.base import Transaction
from consent.storage.tables.operations import ErasureListLine
from consent.storage.tables.privacy import LEVELS

OVERLAP = 200
"""How many numbers are read again: a transaction may commit after one with a higher number."""


def add(transaction: Transaction, site: str, line: str) -> None:
    """Save a line for the other nodes, in the erasure's transaction."""
    transaction.execute(insert(ErasureListLine).values(site=site, line=line))


def newest(transaction: Transaction) -> int:
    """Return the number of the newest line, or 0."""
    return transaction.execute(select(func.max(ErasureListLine.id))).scalar_one() or 0


def lines_after(transaction: Transaction, number: int) -> dict[str, list[str]]:
    """Return the lines after that number, and some before it, by site key."""
    query = (
        select(ErasureListLine.site, ErasureListLine.line)
        .where(ErasureListLine.id > number - OVERLAP)
        .order_by(ErasureListLine.id)
    )
    missing: dict[str, list[str]] = {}
    for site, line in transaction.execute(query):
        missing.setdefault(site, []).append(line)
    return missing


class ListedErasure(NamedTuple):
    """Receipts and an account of one site that were erased together; `time` is in unix seconds.

    `accounts` are keyed hashes of the account's numbers under the subject key with fingerprint `key`; `keeps_refusals`
    means that its refusals were kept under a new number. Most erasures include no account.
    """

    time: int
    level: str
    receipts: list[str]
    accounts: Sequence[str] = ()
    key: str = ""
    keeps_refusals: bool = False


class ErasureListError(ValueError):
    """A line of the list can't be parsed."""


class ErasureList:
    """One file per site, to which each erasure appends a line of JSON with the fields of `ListedErasure`.

    A line is a single flat object, so a line truncated by a crash never ends like a complete one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sites(self) -> list[str]:
        """Return the keys of the sites that have a list."""
        return sorted(path.name for path in self._folder.iterdir()) if self._folder.is_dir() else []

    def add(self, site: str, erasure: ListedErasure) -> str:
        """Append an erasure to the site's list and return its line; it is on disk when this returns."""
        fields = {"time": erasure.time, "level": erasure.level, "receipts": sorted(erasure.receipts)}
        if erasure.accounts:
            fields |= {"accounts": list(erasure.accounts), "key": erasure.key, "keeps_refusals": erasure.keeps_refusals}
        line = json.dumps(fields, separators=(",", ":"))
        self.append(site, line)
        return line

    def append(self, site: str, line: str) -> None:
        """Append a line written by another node to the site's list; it is on disk when this returns."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        with os.fdopen(os.open(self._folder / site, flags, 0o600), "ab", buffering=0) as file:
            # A single write, so that processes don't interleave lines. The leading newline ends a line truncated by a
            # crash.
            data = b"\n" + line.encode() + b"\n"
            if file.write(data) != len(data):
                raise OSError(f"the list of erasures could not be written to {self._folder / site}")
            os.fsync(file.fileno())

    def lines(self, site: str) -> list[str]:
        """Return the complete lines of the site's list unparsed."""
        path = self._folder / site
        entries = path.read_bytes().splitlines(keepends=True) if path.is_file() else []
        return [line.decode().strip() for line in entries if line.strip() and not _is_truncated(line)]

    def read(self, site: str) -> Iterator[ListedErasure]:
        """Yield the erasures of the site's list in order. Raises ErasureListError."""
        with (self._folder / site).open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip() and not _is_truncated(line):
                    yield _read(line, f"{self._folder / site}, line {number}")

    def last_erasure(self, site: str, receipt: str) -> ListedErasure | None:
        """Return the last listed erasure of a receipt on the site, or None. Raises ErasureListError."""
        path, last_line = self._folder / site, None
        if not path.is_file():
            return None
        with path.open("rb") as file:
            for line in file:
                if receipt.encode() in line and not _is_truncated(line):
                    last_line = line
        return _read(last_line, str(path)) if last_line else None


def _is_truncated(line: bytes) -> bool:
    """Return whether a crash truncated the line. It then erased nothing, since the list is written first."""
    return not line.endswith(b"}\n")


def _read(line: bytes, place: str) -> ListedErasure:
    try:
        erasure = ListedErasure(**json.loads(line))
        strings = all(isinstance(text, str) for text in [*erasure.receipts, *erasure.accounts, erasure.key])
        if erasure.level not in LEVELS or not isinstance(erasure.time, int) or not strings:
            raise ValueError
        if bool(erasure.accounts) != bool(erasure.key) or not isinstance(erasure.keeps_refusals, bool):
            raise ValueError
    except (ValueError, TypeError):
        raise ErasureListError(f"{place}: not a line of an erasure list") from None
    return erasure
