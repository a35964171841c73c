"""Send work to a scanner that listens on a socket: a unit and a user of its own, without keys and database.

The first line says what is wanted, `scan` or `trial`; then both speak as with a process on standard input and output.
"""

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from typing import IO

VARIABLE = "SCANNER_SOCKET"
"""The variable of the environment with the path of the socket; without it the scanner is a process of this one."""


class NoScannerError(Exception):
    """Nothing answers on the socket; the message is a sentence."""


def socket_path() -> str:
    """Return the path of the scanner's socket, or an empty string where there is none."""
    return os.environ.get(VARIABLE, "")


@contextlib.contextmanager
def connected(program: str, seconds: float | None = None) -> Iterator[tuple[Callable[[], None], IO[str], IO[str]]]:
    """Yield what ends the work of `program`, where its input goes, and where its answer comes from.

    An answer that takes longer than `seconds` is a TimeoutError. Raises NoScannerError.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        try:
            connection.connect(socket_path())
        except OSError as error:
            reason = error.strerror or error
            raise NoScannerError(f"The scanner does not answer at {socket_path()} ({reason}).") from None

        def end() -> None:
            # The other side reads the end of its input, and ends what it does.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)

        with connection.makefile("w", encoding="utf-8") as sink, connection.makefile("r", encoding="utf-8") as source:
            sink.write(f"{program}\n")
            sink.flush()
            try:
                yield end, sink, source
            finally:
                end()
