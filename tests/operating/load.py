"""A load of choices on a running service, and the result of each."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.operating.service import Service

CLIENTS = 16


@dataclass
class Load:
    """The acknowledged receipts' ids, other statuses, and connection errors, while clients post."""

    acknowledged: set[str] = field(default_factory=set)
    refused: list[int] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    _enough: threading.Condition = field(default_factory=threading.Condition)

    def add(self, receipt_id: str) -> None:
        with self._enough:
            self.acknowledged.add(receipt_id)
            self._enough.notify_all()

    def wait_for(self, count: int) -> None:
        """Wait until `count` choices have been acknowledged."""
        with self._enough:
            assert self._enough.wait_for(lambda: len(self.acknowledged) >= count, timeout=120)


@contextmanager
def under_load(service: Service) -> Iterator[Load]:
    """Have clients post choices, each on a new connection, until the block ends or the service is gone."""
    load, ended = Load(), threading.Event()
    service.choice()
    clients = [threading.Thread(target=_post, args=(service, load, ended)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield load
    finally:
        ended.set()
        for client in clients:
            client.join()


def _post(service: Service, load: Load, ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            answer = service.choose()
        except (OSError, http.client.HTTPException) as error:
            load.errors.append(error)
            return
        if answer.status == 201:
            load.add(answer.json["id"])
        else:
            load.refused.append(answer.status)
