"""State of a witness, in one owner-only file: its key and the newest checkpoint it cosigned for each log."""

import base64
import fcntl
import json
import os
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent.verify import cosigned_text, cosigner_id

COSIGNER = b"\x04"
"""Key type for Ed25519 cosignatures (C2SP tlog-cosignature)."""


class WitnessStateError(Exception):
    """Raised when the state can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class CosignedCheckpoint:
    """The newest cosigned checkpoint of a log: leaves, hex root, and the note with both signatures."""

    size: int
    root: str
    note: str


class WitnessState:
    """Reads and writes the file. Raises WitnessStateError if it is damaged or others can read it."""

    def __init__(self, path: Path, lock: BinaryIO | None, name: str, key: bytes) -> None:
        self._path, self._lock, self._key = path, lock, Ed25519PrivateKey.from_private_bytes(key)
        self.name, self._seed = name, key
        self.logs: dict[str, CosignedCheckpoint] = {}

    @classmethod
    def create(cls, path: Path, name: str) -> "WitnessState":
        """Create the file with a new key. Raises FileExistsError, OSError."""
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        state = cls(path, None, name, os.urandom(32))
        state._save({})
        return state

    @classmethod
    def read(cls, path: Path, *, is_locked: bool = False) -> "WitnessState":
        """Read the file; with `is_locked`, other processes can't use it while this one runs."""
        try:
            mode = path.stat().st_mode
            document = json.loads(path.read_text())
            logs = {origin: CosignedCheckpoint(**facts) for origin, facts in document["logs"].items()}
            lock = _lock(path) if is_locked else None
            state = cls(path, lock, str(document["name"]), bytes.fromhex(document["key"]))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise WitnessStateError(f"{path} is damaged ({error}); a witness never starts over on its own") from None
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise WitnessStateError(f"other users can read {path}, which contains the key; run chmod 600 on it")
        state.logs = logs
        return state

    def close(self) -> None:
        """Release the lock on the file."""
        if self._lock:
            self._lock.close()

    @property
    def verifier_key(self) -> str:
        """Return the public key as a single line, in the format used by witness policies."""
        public = self._key.public_key().public_bytes_raw()
        return f"{self.name}+{cosigner_id(self.name, public).hex()}+{_base64(COSIGNER + public)}"

    def cosign(self, origin: str, size: int, root: str, note: str, now: int) -> str:
        """Sign the checkpoint, save it as the newest one of its log, and return the signature line.

        Returns no signature unless the checkpoint is on disk. Raises OSError.
        """
        text = note.rpartition("\n\n")[0]
        signature = now.to_bytes(8, "big") + self._key.sign(cosigned_text(text, now))
        key_id = cosigner_id(self.name, self._key.public_key().public_bytes_raw())
        line = f"\N{EM DASH} {self.name} {_base64(key_id + signature)}\n"
        logs = self.logs | {origin: CosignedCheckpoint(size, root, note + line)}
        self._save(logs)
        self.logs = logs
        return line

    def _save(self, logs: dict[str, CosignedCheckpoint]) -> None:
        """Replace the file atomically; it is on disk when this returns."""
        document = {"name": self.name, "key": self._seed.hex()}
        document_logs = {origin: asdict(kept) for origin, kept in logs.items()}
        beside = self._path.with_name(f"{self._path.name}.new")
        opened = os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(opened, "w") as file:
            json.dump(document | {"logs": document_logs}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _lock(path: Path) -> BinaryIO:
    file = path.with_name(f"{path.name}.lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise WitnessStateError(f"another witness process is using {path}") from None
    return file


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
