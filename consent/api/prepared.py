"""Answers made once and kept: the decision and the script depend on few facts, so most visitors get ready bytes."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar

from consent.api.answer import Answer
from consent.compression import compress

KEPT = 2048
T = TypeVar("T")


@dataclass(slots=True)
class Ready:
    """One body in every encoding that was asked for so far, with its ETag."""

    body: bytes
    etag: str
    encoded: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    """By encoding, where all headers depend on nothing else."""

    @classmethod
    def of(cls, body: bytes) -> Self:
        """Return `body` with its ETag."""
        return cls(body, f'W/"{hashlib.sha256(body).hexdigest()[:32]}"')

    def in_encoding(self, encoding: str) -> bytes:
        """Return the body in `encoding`, or as it is for an empty string."""
        if not encoding:
            return self.body
        found = self.encoded.get(encoding)
        if found is None:
            found = self.encoded[encoding] = compress(self.body, encoding)
        return found

    def squeeze(self) -> list[Answer]:
        """Have as few bytes as can be from now on, where brotli is taken; return the answers with more."""
        self.encoded["br"] = compress(self.body, "br", best=True)
        # One that another thread makes meanwhile of the bytes before stays: it is as right.
        return [self.answers.pop(name) for name in list(self.answers) if name.startswith("br")]


class Prepared(Generic[T]):
    """A bounded store of what was made, by what it depends on; the least recently made is dropped first."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._ready: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is kept under `key`, made by `make` where nothing is; nothing is kept where `make` raises."""
        found = self._ready.get(key)
        if found is None:
            found = make()
            with self._lock:
                self._ready[key] = found
                while len(self._ready) > self._kept:
                    self._ready.popitem(last=False)
        return found

    def drop(self, made: list[T]) -> None:
        """Keep none of `made` any more."""
        with self._lock:
            for key in [key for key, kept in self._ready.items() if any(kept is one for one in made)]:
                del self._ready[key]
