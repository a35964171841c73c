"""Ready response bytes: decision and script depend on few facts, so most visitors share one."""

import hashlib
import threading

from consent.api.http.response import Answer
from consent.runtime.bounded_cache import ENTRY_BYTES
from consent.storage.database.nonblocking import leave_event_loop
from consent.web.compression import compress, decompress

MAX_QUICK_BYTES = 32 * 1024
"""A body that is longer takes milliseconds to compress: not on the event loop."""


class Ready:
    """One body with its ETag, as the answers in each encoding that was requested.

    It is compressed when it is first sent, so a request that is answered by 304 compresses nothing. Its plain bytes are
    dropped then: compressed ones take less memory, and give them back.
    """

    __slots__ = ("_bodies", "_lock", "_size", "answers", "etag", "is_smallest")

    def __init__(self, body: bytes) -> None:
        self.etag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
        self.answers: dict[str, Answer] = {}
        """By encoding, and what else of the headers differs."""
        self.is_smallest = False
        """Whether the brotli body is as small as can be."""
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
        """Return about how many bytes of memory it takes."""
        bodies = (*self._bodies.values(), *(answer.body for answer in tuple(self.answers.values())))
        return ENTRY_BYTES + sum({id(body): len(body) for body in bodies}.values())

    def in_encoding(self, encoding: str) -> bytes:
        """Return the body in `encoding`, or as it is for an empty string.

        Raises WouldBlockError within `nonblocking` where it is long and not ready.
        """
        compressed = self._bodies.get(encoding)
        if compressed is not None:
            return compressed
        if self._size > MAX_QUICK_BYTES:
            leave_event_loop()
        with self._lock:  # many may ask for it at once
            compressed = self._bodies.get(encoding)
            if compressed is None:
                compressed = compress(self.body, encoding) if encoding else self.body
            if encoding:
                self._bodies = {name: body for name, body in self._bodies.items() if name} | {encoding: compressed}
        return compressed

    def recompress(self) -> None:
        """Replace the brotli body by the smallest, and drop the answers that hold the larger."""
        smallest = compress(self.body, "br", best=True)
        with self._lock:
            self._bodies = {**self._bodies, "br": smallest}
        self.is_smallest = True
        # One that another thread makes meanwhile of the bytes before stays: it is as right.
        for name in list(self.answers):
            if name.startswith("br"):
                self.answers.pop(name, None)
