"""Visitors who choose without a pause and do not give up, and somebody who keeps every checkpoint that is served."""

import http.client
import json
import threading
from dataclasses import dataclass, field

from consent.demo.site import KEY
from tests.operating.service import Service

PAUSE_S = 0.05
TRY_AGAIN = 503


@dataclass
class Acknowledged:
    """What the service said was kept: by key of the choice, id and signed receipt; `faults` are wrong answers."""

    receipts: dict[str, tuple[str, str]] = field(default_factory=dict)
    tries: int = 0
    faults: list[str] = field(default_factory=list)


class Visitor(threading.Thread):
    """Posts choice after choice until told to stop, each until it is acknowledged, as a browser does."""

    def __init__(self, service: Service, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.seen = Acknowledged()
        self._service, self._stopping = service, stop

    def run(self) -> None:
        """Choose."""
        while not self._stopping.is_set():
            self._deliver(self._service.choice())

    def _deliver(self, body: str) -> None:
        key = json.loads(body)["key"]
        while True:
            self.seen.tries += 1
            try:
                answer = self._service.choose(body)
            except (OSError, http.client.HTTPException):
                threading.Event().wait(PAUSE_S)
                continue
            if answer.status in (200, 201):
                self.seen.receipts[key] = (answer.json["id"], answer.json["receipt"])
                return
            if answer.status != TRY_AGAIN:
                self.seen.faults.append(f"{answer.status} {answer.body[:200]!r}")
                return
            threading.Event().wait(PAUSE_S)


class Keeper(threading.Thread):
    """Keeps each checkpoint that it is served."""

    def __init__(self, service: Service, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.notes: list[str] = []
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
