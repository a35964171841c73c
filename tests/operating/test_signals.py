"""A signal that the kernel delivers to a thread other than the main one, which is waiting for a lock."""

import subprocess
import sys

_WAITING = """
import signal, sys, threading, time
from consent.process.signals import wake_on_signals
if sys.argv[1] == "woken":
    wake_on_signals()
stopped = threading.Event()
signal.signal(signal.SIGTERM, lambda number, frame: stopped.set())

def receive():
    time.sleep(0.2)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    time.sleep(60)

threading.Thread(target=receive, daemon=True).start()
print("waiting", flush=True)
stopped.wait()
"""


def _waiting(how: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", _WAITING, how], stdout=subprocess.PIPE)


def test_a_signal_to_another_thread_is_handled_at_once() -> None:
    with _waiting("woken") as process:
        assert process.wait(30) == 0


def test_without_being_woken_the_main_thread_would_not_see_it() -> None:
    with _waiting("asleep") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"waiting\n"
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
        assert process.wait(30) == -9
