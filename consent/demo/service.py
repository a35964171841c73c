"""The service beside the demo's shop: a process of its own, which imports little, since it only watches its worker."""

import contextlib
import multiprocessing
import os
from collections.abc import Iterator
from multiprocessing.process import BaseProcess

from consent.config import Settings, to_environ
from consent.process.granian_server import serve
from consent.process.signals import stop_without_parent

STOP_SECONDS = 25.0
"""Longer than the service gives its own workers."""


@contextlib.contextmanager
def running_service(settings: Settings, host: str, port: int) -> Iterator[BaseProcess]:
    """Run the service in a process of its own, and stop it gracefully."""
    # No daemon in the sense of multiprocessing: those may not have workers.
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
    """Serve until SIGTERM, or until the parent is gone."""
    stop_without_parent()
    # The workers read the settings from the environment.
    os.environ.update(to_environ(settings))
    serve(settings, host, port)
