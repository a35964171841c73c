"""Run the service under granian, with few imports to keep the supervising process small."""

import gc
import importlib
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops

from consent.config import Settings
from consent.process.signals import stop_without_parent, wake_on_signals

STOP_SECONDS = 20
SERVICE = "consent.app:create_rsgi"


def serve(
    settings: Settings, host: str, port: int, target: str = SERVICE, interface: Interfaces = Interfaces.RSGI
) -> None:
    """Serve until SIGTERM or SIGINT, in the foreground; requests in flight are ended first.

    `target` is `module:factory` of an application: bench/ serves other ones in the very same way.

    On SQLite there is one worker process: it has one writer. More would wait for each other's locks.
    """
    wake_on_signals()
    Granian(
        target,
        address=host,
        port=port,
        interface=interface,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        workers=1 if settings.is_sqlite else settings.workers,
        blocking_threads=settings.threads if interface is Interfaces.WSGI else None,
        websockets=False,
        log_access=False,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    ).serve(target_loader=_load)


def _load(target: str) -> Any:
    """Load the callable of `target` in the process of a worker."""
    wake_on_signals()
    stop_without_parent()
    module, _, factory = target.partition(":")
    gc.disable()  # nothing that is imported is garbage, and looking for some takes a quarter of the start
    try:
        return getattr(importlib.import_module(module), factory)()
    finally:
        gc.enable()
