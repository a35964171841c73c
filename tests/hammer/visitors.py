"""Visitors who choose without pause and never give up, and a client that keeps every served checkpoint."""

import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from typing import NamedTuple

from consent.demo.site import KEY
from tests.operating.service import Service

PAUSE_S = 0.05
TRY_AGAIN = 503


class Try(NamedTuple):
    """One request: its start and end by the monotonic clock, and whether the response was good."""

    began: float
    ended: float
    is_good: bool


@dataclass
class Acknowledged:
    """The acknowledged receipts, as id and signed receipt by the choice's key; `faults` are wrong responses."""

    receipts: dict[str, tuple[str, str]] = field(default_factory=dict)
    tries: list[Try] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class Visitor(threading.Thread):
    """Posts choice after choice until stopped, each until it is acknowledged, as a browser does.

    `rest` is the pause between two choices, and `pause` the one before a retry, in seconds.
    """

    def __init__(self, service: Service, stop: threading.Event, *, rest: float = 0.0, pause: float = PAUSE_S) -> None:
        super().__init__(daemon=True)
        self.seen = Acknowledged()
        self._service, self._stopping = service, stop
        self._rest, self._pause = rest, pause

    def run(self) -> None:
        """Keep choosing until stopped."""
        while not self._stopping.is_set():
            self._deliver(self._service.choice())
            self._stopping.wait(self._rest)

    def _deliver(self, body: str) -> None:
        key = json.loads(body)["key"]
        while True:
            began, status = time.monotonic(), 0
            try:
                answer = self._service.choose(body)
                status = answer.status
            except (OSError, http.client.HTTPException):
                pass
            self.seen.tries.append(Try(began, time.monotonic(), status in (200, 201)))
            if status in (200, 201):
                self.seen.receipts[key] = (answer.json["id"], answer.json["receipt"])
                return
            if status not in (0, TRY_AGAIN):
                self.seen.faults.append(f"{status} {answer.body[:200]!r}")
                return
            threading.Event().wait(self._pause)


class Keeper(threading.Thread):
    """Keeps each served checkpoint, and when it was served."""

    def __init__(self, service: Service, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.notes: list[str] = []
        self.times: list[float] = []
        self._service, self._stopping = service, stop

    def run(self) -> None:
        """Keep requesting until stopped."""
        while not self._stopping.wait(0.2):
            try:
                answer = self._service.ask(f"/log/{KEY}/checkpoint")
            except (OSError, http.client.HTTPException):
                continue
            if answer.status == 200 and answer.body.decode() not in self.notes[-1:]:
                self.notes.append(answer.body.decode())
                self.times.append(time.monotonic())
