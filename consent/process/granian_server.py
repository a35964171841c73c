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
"""Per worker; further clients wait until a connection closes."""
OTHER_FILES = 1_000
"""Maximum number of open files of a worker besides connections."""
MAX_HEAD_BYTES = 64 * 1024
"""Maximum size of a request line plus headers; a larger one is answered with 431."""
SERVICE = "consent.app:create_asgi"


def serve(
    settings: Settings, host: str, port: int, target: str = SERVICE, interface: Interfaces = Interfaces.ASGINL
) -> None:
    """Serve in the foreground until SIGTERM or SIGINT; requests in flight are finished first.

    `target` is `module:factory` of an application: bench/ serves other applications in exactly the same way.

    On SQLite there is one worker process, since SQLite has one writer. More would wait for each other's locks.
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
    """Raise the open-file limit of this process and its workers, and return the number of connections each may have.

    Otherwise, a thousand idle connections would use up the limit.
    """
    wanted = MAX_CONNECTIONS + OTHER_FILES
    soft_limit, hard_limit = (
        wanted if one == resource.RLIM_INFINITY else one for one in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    if soft_limit < min(wanted, hard_limit):
        soft_limit = min(wanted, hard_limit)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft_limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    return min(MAX_CONNECTIONS, max(soft_limit - OTHER_FILES, soft_limit // 2))


def _load(target: str) -> Any:
    """Load the callable of `target` in a worker process."""
    wake_on_signals()
    stop_without_parent()
    module, _, factory = target.partition(":")
    gc.disable()  # imported objects aren't garbage, and collecting would take a quarter of the startup time
    try:
        return getattr(importlib.import_module(module), factory)()
    finally:
        gc.enable()
