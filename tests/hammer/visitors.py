"""Visitors who choose without a pause and do not give up, and somebody who keeps every checkpoint that is served."""

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
    """One request: when it began and ended, by the clock that only goes forward, and whether it was answered well."""

    began: float
    ended: float
    is_good: bool


@dataclass
class Acknowledged:
    """What the service said was kept: by key of the choice, id and signed receipt; `faults` are wrong answers."""

    receipts: dict[str, tuple[str, str]] = field(default_factory=dict)
    tries: list[Try] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class Visitor(threading.Thread):
    """Posts choice after choice until told to stop, each until it is acknowledged, as a browser does.

    `rest` is how long it does nothing between two choices, `pause` before it tries the same once more.
    """

    def __init__(self, service: Service, stop: threading.Event, *, rest: float = 0.0, pause: float = PAUSE_S) -> None:
        super().__init__(daemon=True)
        self.seen = Acknowledged()
        self._service, self._stopping = service, stop
        self._rest, self._pause = rest, pause

    def run(self) -> None:
        """Choose."""
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
    """Keeps each checkpoint that it is served, and when it was."""

    def __init__(self, service: Service, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.notes: list[str] = []
        self.times: list[float] = []
        self._service, self._stopping = service, stop

    def run(self) -> None:
        """Ask, over and over."""
        while not self._stopping.wait(0.2):
            try:
                answer = self._service.ask(f"/log/{KEY}/checkpoint")
            except (OSError, http.client.HTTPException):
                continue
            if answer.status == 200 and answer.body.decode() not in self.notes[-1:]:
                self.notes.append(answer.body.decode())
                self.times.append(time.monotonic())
