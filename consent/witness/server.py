"""HTTP service of a witness: `POST …/add-checkpoint`, `GET …/<SHA-256 of a log's name>/checkpoint`."""

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIEnvironment

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from werkzeug.exceptions import RequestTimeout

from consent.process.signals import stop_without_parent, wake_on_signals
from consent.verify import read_keys
from consent.web.body_timeout import BodyTimeouts
from consent.witness.protocol import TEXT, TrustedLogs, WitnessAnswer, add_checkpoint
from consent.witness.state import WitnessState

MAX_BODY_BYTES = 16 * 1024
"""A proof has at most 63 lines of 45 bytes; a checkpoint has about a hundred bytes plus its signatures."""
THREADS = 4
_CHECKPOINT = re.compile(r"/([0-9a-f]{64})/checkpoint")


class WitnessApp:
    """The WSGI app. `clock` returns unix seconds; `timeouts` sets a deadline for request bodies."""

    def __init__(
        self,
        state: WitnessState,
        trusted: TrustedLogs,
        clock: Callable[[], float] = time.time,
        timeouts: BodyTimeouts | None = None,
    ) -> None:
        self._state, self._trusted, self._clock, self._lock = state, trusted, clock, threading.Lock()
        self._timeouts = timeouts

    def __call__(self, environ: WSGIEnvironment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        if self._timeouts:
            self._timeouts.guard(environ)
        try:
            answer = self._answer(environ)
        except RequestTimeout:
            answer = WitnessAnswer(408, "The request body timed out.\n")
        body = answer.text.encode()
        headers = [("Content-Type", answer.type), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start_response(
            f"{answer.status} {HTTPStatus(answer.status).phrase}", [*headers, ("X-Content-Type-Options", "nosniff")]
        )
        return [body]

    def _answer(self, environ: WSGIEnvironment) -> WitnessAnswer:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        if path == "/add-checkpoint":
            if method != "POST":
                return WitnessAnswer(405, "Use POST to add a checkpoint.\n")
            stated = environ.get("CONTENT_LENGTH", "")
            length = min(int(stated), MAX_BODY_BYTES + 1) if stated.isdecimal() else MAX_BODY_BYTES + 1
            body = environ["wsgi.input"].read(length)
            if len(body) > MAX_BODY_BYTES:
                return WitnessAnswer(413, "The body is too large.\n")
            return add_checkpoint(self._state, self._trusted, self._lock, body, self._clock)
        if method not in ("GET", "HEAD"):
            return WitnessAnswer(405, "Method not allowed.\n")
        if match := _CHECKPOINT.fullmatch(path):
            for origin, kept in self._state.logs.items():
                if hashlib.sha256(origin.encode()).hexdigest() == match[1]:
                    return WitnessAnswer(200, kept.note)
        if path == "/":
            return WitnessAnswer(200, f"{self._state.verifier_key}\n", TEXT)
        return WitnessAnswer(404, "Not found.\n")


def load_app(state: Path, keys: list[Path], are_all_trusted: bool, _: str = "") -> WitnessApp:
    """Return the WSGI app, called in the worker process. Raises OSError, WitnessStateError."""
    wake_on_signals()
    stop_without_parent()
    trusted = TrustedLogs(read_keys(keys).logs, are_all_trusted=are_all_trusted)
    timeouts = BodyTimeouts(THREADS)
    timeouts.start()
    return WitnessApp(WitnessState.read(state, is_locked=True), trusted, timeouts=timeouts)


def serve_witness(state: Path, keys: list[Path], host: str, port: int, *, are_all_trusted: bool) -> None:
    """Serve in the foreground until SIGTERM or SIGINT."""
    wake_on_signals()
    Granian(
        "witness",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=1,
        blocking_threads=THREADS,
        websockets=False,
        log_access=False,
        log_enabled=False,
        workers_kill_timeout=10,
    ).serve(target_loader=partial(load_app, state, keys, are_all_trusted))
