"""Subject keys of an instance: files in the key folder, never in a dump, whose fingerprints are in the database.

A node whose files don't match the database accepts no accounts: two nodes with different keys would create two accounts
for one visitor.
"""

import os
import secrets
import stat
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from consent.signing.keys import KeyFileError
from consent.signing.subject_token import fingerprint_of, lookup_of, new_kid, signing_key, signing_key_text
from consent.storage.database.base import Transaction
from consent.storage.subjects import keys as store
from consent.storage.subjects.accounts import Name

FILE = "subject.key"
OLD = "old-subject"
MAX_KEYS = 3
"""Maximum number of subject keys with names stored under them: each adds one lookup for an unknown visitor."""
CACHE_SECONDS = 1.0


class SubjectKeysMissingError(Exception):
    """The subject keys of this node aren't those in the database; the message says how to fix it."""


class TooManySubjectKeysError(Exception):
    """A rotation would leave too many subject keys in use; the message says how many names are under the oldest."""


class SubjectKeyring:
    """The subject keys in `folder`, reread at most every second; the n-th is number n, the last is the current one."""

    def __init__(self, folder: Path, engine: Engine, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._engine, self._clock = folder, engine, clock
        self._keys: tuple[bytes, ...] = ()
        self._checked = 0.0
        self._problem: str | None = None

    def names_of(self, realm: str, sub: str) -> list[Name]:
        """Return the names under which the account of `sub` may be stored, the current one first.

        Raises SubjectKeysMissingError.
        """
        numbered = enumerate(self._current_keys(), 1)
        return [Name(number, lookup_of(key, realm, sub)) for number, key in numbered][::-1]

    def signing_key(self, site_id: int, kid: str, key_no: int) -> bytes:
        """Return a signing key of the site. Raises SubjectKeysMissingError."""
        return signing_key(self._current_keys()[key_no - 1], site_id, kid)

    def create_key(self, transaction: Transaction, site_id: int) -> tuple[str, str]:
        """Add a key for the site, and return its kid and its text, which is shown only once.

        The first key of an instance also creates the subject key. Raises SubjectKeysMissingError.
        """
        known = store.fingerprints(transaction)
        keys = _read(self._folder) if known else _read_or_create(self._folder)
        self._check(known, keys)
        if not known:
            for number, key in enumerate(keys, 1):
                store.note_fingerprint(transaction, number, fingerprint_of(key), int(self._clock()))
        kid = new_kid()
        store.add(transaction, site_id, kid, len(keys), int(self._clock()))
        self._checked = 0.0
        return kid, signing_key_text(kid, signing_key(keys[-1], site_id, kid))

    def rotate(self, transaction: Transaction) -> int:
        """Replace the current subject key with a new one, and return the new one's number.

        Raises SubjectKeysMissingError, TooManySubjectKeysError.
        """
        known, keys = store.fingerprints(transaction), _read(self._folder)
        if not known:
            raise SubjectKeysMissingError("No site uses accounts yet, so there is no subject key to rotate.")
        self._check(known, keys)
        under = store.names_under(transaction)
        if len({*under, len(keys)}) >= MAX_KEYS:
            oldest = min(under)
            raise TooManySubjectKeysError(
                f"{under[oldest]} accounts are still stored under subject key {oldest}: they move to the new key when"
                f" their visitors return, and at most {MAX_KEYS} keys can be in use at once."
            )
        number = _replace(self._folder, len(keys))
        store.note_fingerprint(transaction, number, fingerprint_of(_read(self._folder)[-1]), int(self._clock()))
        self._checked = 0.0
        return number

    def forget(self) -> None:
        """Read the files again on the next request."""
        self._checked = 0.0

    def problem(self) -> str | None:
        """Return a sentence on why this node accepts no accounts, or None if it does or if no site has accounts."""
        if self._clock() - self._checked >= CACHE_SECONDS:
            with self._engine.connect() as connection:
                known = store.fingerprints(connection)
            try:
                self._keys = _read(self._folder) if known else ()
                self._problem = _difference(known, self._keys)
            except KeyFileError as error:
                self._problem = f"{error}."
            self._checked = self._clock()
        return self._problem

    def _current_keys(self) -> tuple[bytes, ...]:
        if problem := self.problem():
            raise SubjectKeysMissingError(problem)
        return self._keys

    def _check(self, known: dict[int, str], keys: tuple[bytes, ...]) -> None:
        if problem := _difference(known, keys):
            raise SubjectKeysMissingError(problem)


def subject_keys(folder: Path) -> dict[str, bytes]:
    """Return the subject keys in `folder` by fingerprint, the current one last. Raises KeyFileError."""
    return {fingerprint_of(key): key for key in _read(folder)}


def _difference(known: dict[int, str], keys: tuple[bytes, ...]) -> str | None:
    present = {number: fingerprint_of(key) for number, key in enumerate(keys, 1)}
    if not known or present == known:
        return None
    return (
        f"keys/{FILE} and keys/{OLD} of this node do not match the stored accounts; copy them from the node that"
        " created or rotated them, or from the backup of the keys."
    )


def _read(folder: Path) -> tuple[bytes, ...]:
    old = sorted((folder / OLD).glob("*.key"), key=lambda path: int(path.stem))
    return tuple(_key_in(path) for path in (*old, folder / FILE) if path.exists())


def _read_or_create(folder: Path) -> tuple[bytes, ...]:
    """Return the subject keys, after creating the first one if there is none."""
    if not (folder / FILE).exists():
        _write(folder / FILE)
    return _read(folder)


def _replace(folder: Path, number: int) -> int:
    old = folder / OLD
    old.mkdir(exist_ok=True, mode=0o700)
    fresh = folder / f"{FILE}.new"
    fresh.unlink(missing_ok=True)
    _write(fresh)
    os.replace(folder / FILE, old / f"{number}.key")
    os.replace(fresh, folder / FILE)
    return number + 1


def _write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _key_in(path: Path) -> bytes:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyFileError(f"other users can read {path}; run chmod 600 {path}")
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise KeyFileError(f"{path} must contain 64 hex digits")
    return key
