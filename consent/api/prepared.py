"""Answers made once and kept: the decision and the script depend on few facts, so most visitors get ready bytes."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from consent.api.answer import Answer
from consent.api.compression import compress

KEPT = 2048


@dataclass(slots=True)
class Ready:
    """One body in every encoding that was asked for so far, with its ETag."""

    body: bytes
    etag: str
    encoded: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    """By encoding, where all headers depend on nothing else."""

    def in_encoding(self, encoding: str) -> bytes:
        """Return the body in `encoding`, or as it is for an empty string."""
        if not encoding:
            return self.body
        found = self.encoded.get(encoding)
        if found is None:
            found = self.encoded[encoding] = compress(self.body, encoding)
        return found


class Prepared:
    """A bounded store of `Ready` bodies by what they depend on, the least recently made dropped first."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._ready: OrderedDict[Hashable, Ready] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], bytes]) -> Ready:
        """Return what is kept under `key`, made by `make` where nothing is."""
        found = self._ready.get(key)
        if found is None:
            body = make()
            found = Ready(body, f'W/"{hashlib.sha256(body).hexdigest()[:32]}"')
            with self._lock:
                self._ready[key] = found
                while len(self._ready) > self._kept:
                    self._ready.popitem(last=False)
        return found
