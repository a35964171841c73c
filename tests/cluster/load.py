"""64 visitors who write and some who only read, through HAProxy; and for how long either was served badly."""

import contextlib
import http.client
import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from consent.demo.site import KEY
from tests.hammer.visitors import Keeper, Try, Visitor
from tests.operating.service import DECISION, Service

WRITERS, READERS = 64, 4
REST_S, READ_S = 0.5, 0.1
"""Pauses between a visitor's choices and between a reader's requests: a load that two cores can handle."""
PAUSE_S = 0.5
SLOW_S = 1.0
"""A response that takes longer counts as bad."""
BREAK_S = 1.0


class Reader(threading.Thread):
    """Requests the decision and the script in turn, as pages do."""

    def __init__(self, service: Service, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.tries: list[Try] = []
        self._service, self._stopping = service, stop

    def run(self) -> None:
        """Keep requesting until stopped."""
        paths = (DECISION, f"/b/{KEY}.js")
        while not self._stopping.wait(READ_S):
            began, is_good = time.monotonic(), False
            with contextlib.suppress(OSError, http.client.HTTPException):
                is_good = self._service.ask(paths[len(self.tries) % 2]).status == 200
            self.tries.append(Try(began, time.monotonic(), is_good))


class Load:
    """All visitors and readers at once, from creation until `end`."""

    def __init__(self, service: Service) -> None:
        self._stop = threading.Event()
        service.choice()
        self.visitors = [Visitor(service, self._stop, rest=REST_S, pause=PAUSE_S) for _ in range(WRITERS)]
        self.readers = [Reader(service, self._stop) for _ in range(READERS)]
        self.keeper = Keeper(service, self._stop)
        for thread in (*self.visitors, *self.readers, self.keeper):
            thread.start()

    def end(self) -> None:
        """Stop everyone; each visitor first gets the response to their last choice."""
        self._stop.set()
        for thread in (*self.visitors, *self.readers, self.keeper):
            thread.join(120)
            assert not thread.is_alive()

    @property
    def writes(self) -> list[Try]:
        """Return all requests with choices, ordered by end time."""
        return _in_order([one for visitor in self.visitors for one in list(visitor.seen.tries)])

    @property
    def reads(self) -> list[Try]:
        """Return all requests for decisions and scripts, ordered by end time."""
        return _in_order([one for reader in self.readers for one in list(reader.tries)])

    def wait_until_good(self, since: float, seconds: float, most: float) -> None:
        """Wait until all responses have been good for `seconds` seconds, however slow, starting at `since`.

        Raises AssertionError after `most` seconds.
        """
        until = time.monotonic() + most
        while True:
            threading.Event().wait(0.25)
            now = time.monotonic()
            bad = [one.ended for one in (*self.writes, *self.reads) if not one.is_good]
            if now - max([since, *bad]) >= seconds:
                return
            assert now < until, f"not whole again within {most:.0f} s"


@dataclass(frozen=True, slots=True)
class Served:
    """How one kind of request was served after a failure.

    `degraded` is the time taken by bad responses, including gaps of at most a second between them; `away` is the
    longest time without a good one and `slowest` the longest response, all in seconds; `bad` is the number of bad
    responses.
    """

    degraded: float
    away: float
    slowest: float
    bad: int


def served(tries: Sequence[Try], since: float) -> Served:
    """Return how the requests in `tries` that ended after `since` were served."""
    after = [one for one in tries if one.ended >= since]
    bad = [one for one in after if is_bad(one)]
    degraded, end = 0.0, since
    for began, ended in sorted((max(one.began, since), one.ended) for one in bad):
        degraded += max(ended - max(began if began - end > BREAK_S else end, since), 0.0) if ended > end else 0.0
        end = max(end, ended)
    good = [since, *(one.ended for one in after if one.is_good)]
    away = max((later - earlier for earlier, later in itertools.pairwise(good)), default=0.0)
    return Served(degraded, away, max((one.ended - one.began for one in after), default=0.0), len(bad))


def is_bad(one: Try) -> bool:
    return not one.is_good or one.ended - one.began > SLOW_S


def _in_order(tries: list[Try]) -> list[Try]:
    return sorted(tries, key=lambda one: one.ended)
