"""Prompt delivery of signals to Python handlers, and SIGTERM when the parent process has ended."""

import os
import signal
import threading
import time


def wake_on_signals() -> None:
    """Wake the main thread after each signal, so that handlers run even while it waits indefinitely for a lock.

    Python runs handlers only in the main thread. A signal delivered to another thread doesn't interrupt the main
    thread's wait and goes unnoticed (docs.python.org, module signal, "Signals and threads"), so a service asked to stop
    would run until it is killed. Therefore, each signal is followed by another one sent to the main thread.

    Call this in the main thread, once per process. Raises ValueError in another thread.
    """
    receiver, sender = os.pipe()
    os.set_blocking(sender, False)
    signal.signal(signal.SIGURG, _ignore)
    signal.set_wakeup_fd(sender, warn_on_full_buffer=False)
    threading.Thread(
        target=_forward_signals, args=(receiver, threading.get_ident()), name="signals", daemon=True
    ).start()


def stop_without_parent() -> None:
    """Send SIGTERM to this process once its parent is gone: a parent killed by SIGKILL can't stop its child."""
    threading.Thread(target=_watch_parent, args=(os.getppid(),), name="parent", daemon=True).start()


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def _forward_signals(receiver: int, main_thread: int) -> None:
    while arrived := os.read(receiver, 1):
        if arrived[0] != signal.SIGURG:
            signal.pthread_kill(main_thread, signal.SIGURG)


def _ignore(number: int, frame: object) -> None:
    """Do nothing: running any handler ends the main thread's wait."""
