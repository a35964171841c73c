"""Run the service next to the demo shop, in a process that imports little, since it only supervises its worker."""

import contextlib
import multiprocessing
import os
from collections.abc import Iterator
from multiprocessing.process import BaseProcess

from consent.config import Settings, to_environ
from consent.process.granian_server import serve
from consent.process.signals import stop_without_parent

STOP_SECONDS = 25.0
"""Longer than the service allows its own workers."""


@contextlib.contextmanager
def running_service(settings: Settings, host: str, port: int) -> Iterator[BaseProcess]:
    """Run the service in its own process, and stop it gracefully."""
    # Not a multiprocessing daemon, since those can't have child processes.
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(settings, host, port))
    process.start()
    try:
        yield process
    finally:
        process.terminate()
        process.join(STOP_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()


def _serve(settings: Settings, host: str, port: int) -> None:
    """Serve until SIGTERM, or until the parent exits."""
    stop_without_parent()
    # The workers read the settings from the environment.
    os.environ.update(to_environ(settings))
    serve(settings, host, port)
