"""Cached response bytes: decisions and scripts depend on few facts, so most visitors share one."""

import hashlib
import threading

from consent.api.http.response import Answer
from consent.runtime.bounded_cache import ENTRY_BYTES
from consent.storage.database.nonblocking import leave_event_loop
from consent.web.compression import compress, decompress

MAX_QUICK_BYTES = 32 * 1024
"""A longer body takes milliseconds to compress, too long for the event loop."""


class CachedBody:
    """A body with its ETag, and the answers in each requested encoding.

    It is compressed when it is first sent, so a 304 compresses nothing. Its plain bytes are then dropped: the
    compressed ones take less memory and can be decompressed.
    """

    __slots__ = ("_bodies", "_lock", "_size", "answers", "etag", "is_smallest")

    def __init__(self, body: bytes) -> None:
        self.etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
        self.answers: dict[str, Answer] = {}
        """By encoding, and other differences in headers."""
        self.is_smallest = False
        """Whether the brotli body is as small as possible."""
        self._bodies, self._size = {"": body}, len(body)
        self._lock = threading.Lock()

    @property
    def body(self) -> bytes:
        """Return the plain bytes."""
        bodies = dict(self._bodies)
        encoding = "" if "" in bodies else min(bodies)
        return decompress(bodies[encoding], encoding)

    @property
    def weight(self) -> int:
        """Return the approximate memory use in bytes."""
        bodies = (*self._bodies.values(), *(answer.body for answer in tuple(self.answers.values())))
        return ENTRY_BYTES + sum({id(body): len(body) for body in bodies}.values())

    def in_encoding(self, encoding: str) -> bytes:
        """Return the body in `encoding`, or plain for an empty string.

        Raises WouldBlockError within `nonblocking` if the body is long and not compressed yet.
        """
        compressed = self._bodies.get(encoding)
        if compressed is not None:
            return compressed
        if self._size > MAX_QUICK_BYTES:
            leave_event_loop()
        with self._lock:  # many may request it at once
            compressed = self._bodies.get(encoding)
            if compressed is None:
                compressed = compress(self.body, encoding) if encoding else self.body
            if encoding:
                self._bodies = {name: body for name, body in self._bodies.items() if name} | {encoding: compressed}
        return compressed

    def recompress(self) -> None:
        """Replace the brotli body with the smallest possible, and drop the answers with the larger one."""
        smallest = compress(self.body, "br", best=True)
        with self._lock:
            self._bodies = {**self._bodies, "br": smallest}
        self.is_smallest = True
        # If another thread creates an answer from the previous bytes meanwhile, it stays: it is equally valid.
        for name in list(self.answers):
            if name.startswith("br"):
                self.answers.pop(name, None)
