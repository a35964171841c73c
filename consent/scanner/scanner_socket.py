"""Send work to a scanner that listens on a socket: a separate unit and user, without access to keys and database.

The first line is the program, `scan` or `trial`; then both sides communicate as over standard input and output.
"""

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from typing import IO

VARIABLE = "SCANNER_SOCKET"
"""Environment variable with the socket's path; without it, the scanner is a subprocess."""


class NoScannerError(Exception):
    """Raised when the scanner doesn't respond on the socket; the message is a sentence."""


def socket_path() -> str:
    """Return the path of the scanner's socket, or ""."""
    return os.environ.get(VARIABLE, "")


@contextlib.contextmanager
def connected(program: str, seconds: float | None = None) -> Iterator[tuple[Callable[[], None], IO[str], IO[str]]]:
    """Yield a function that ends the work of `program`, the stream for its input, and the stream of its output.

    Raises NoScannerError, and TimeoutError if a response takes longer than `seconds`.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        try:
            connection.connect(socket_path())
        except OSError as error:
            reason = error.strerror or error
            raise NoScannerError(f"The scanner does not answer at {socket_path()} ({reason}).") from None

        def end() -> None:
            # The other side reads the end of its input and stops.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)

        with connection.makefile("w", encoding="utf-8") as sink, connection.makefile("r", encoding="utf-8") as source:
            sink.write(f"{program}\n")
            sink.flush()
            try:
                yield end, sink, source
            finally:
                end()
