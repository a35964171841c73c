"""Prompt delivery of signals to Python handlers, and SIGTERM when the parent process has ended."""

import os
import signal
import threading
import time


def wake_on_signals() -> None:
    """Wake the main thread now and then, so that signal handlers run while it waits for a lock without an end.

    Python runs handlers in the main thread alone. A signal that another thread was given does not end a wait of the
    main thread, and stays unseen (docs.python.org, module signal, "Signals and threads"): a service that is told to
    stop goes on until it is killed. So each signal that arrives is followed by one that is sent to the main thread.

    Call in the main thread, once for each process. Raises ValueError in another thread.
    """
    receiver, sender = os.pipe()
    os.set_blocking(sender, False)
    signal.signal(signal.SIGURG, _go_on)
    signal.set_wakeup_fd(sender, warn_on_full_buffer=False)
    threading.Thread(target=_nudge, args=(receiver, threading.get_ident()), name="signals", daemon=True).start()


def stop_without_parent() -> None:
    """Send SIGTERM to this process once its parent is gone: killed without a word, that could not end its child."""
    threading.Thread(target=_watch, args=(os.getppid(),), name="parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def _nudge(receiver: int, main_thread: int) -> None:
    while arrived := os.read(receiver, 1):
        if arrived[0] != signal.SIGURG:
            signal.pthread_kill(main_thread, signal.SIGURG)


def _go_on(number: int, frame: object) -> None:
    """Do nothing: that a handler ran is what ends the wait."""
