"""Run the service under granian, with few imports to keep the supervising process small."""

import gc
import importlib
import resource
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes
from granian.http import HTTP1Settings

from consent.config import Settings
from consent.process.signals import stop_without_parent, wake_on_signals

STOP_SECONDS = 20
MAX_CONNECTIONS = 12_000
"""Of each worker; who comes after them waits until one ends."""
OTHER_FILES = 1_000
"""Open files of a worker that are no connections, at most."""
MAX_HEAD_BYTES = 64 * 1024
"""Of the first line and the headers of a request; one that has more is answered 431."""
SERVICE = "consent.app:create_asgi"


def serve(
    settings: Settings, host: str, port: int, target: str = SERVICE, interface: Interfaces = Interfaces.ASGINL
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
        runtime_mode=RuntimeModes.st,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(max_buffer_size=MAX_HEAD_BYTES),
        backpressure=_raise_connections(),
        workers=1 if settings.is_sqlite else settings.workers,
        blocking_threads=settings.threads if interface is Interfaces.WSGI else None,
        websockets=False,
        log_access=False,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    ).serve(target_loader=_load)


def _raise_connections() -> int:
    """Raise how many files this process and its workers may have open; return how many connections that lets each have.

    Without it a thousand connections on which nothing is sent would be all that there can be.
    """
    wanted = MAX_CONNECTIONS + OTHER_FILES
    limit, most = (
        wanted if one == resource.RLIM_INFINITY else one for one in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    if limit < min(wanted, most):
        limit = min(wanted, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    return min(MAX_CONNECTIONS, max(limit - OTHER_FILES, limit // 2))


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
