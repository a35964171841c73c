"""A client that sends a choice byte by byte."""

import contextlib
import socket
from collections.abc import Iterator

from tests.operating.service import ORIGIN, RECEIPTS, Service


class SlowSender:
    """A connection whose request is still incomplete."""

    def __init__(self, service: Service, port: int, host: str, path: str, content_type: str) -> None:
        body = service.choice().encode()
        lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Origin: {ORIGIN}", "Connection: close"]
        lines += [f"Content-Type: {content_type}", f"Content-Length: {len(body)}", "", ""]
        self._rest = body
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.sendall("\r\n".join(lines).encode())

    def send(self, count: int = 1) -> None:
        """Send the next bytes of the body."""
        self._socket.sendall(self._rest[:count])
        self._rest = self._rest[count:]

    def is_waiting(self) -> bool:
        """Return whether the connection is open and no response has arrived."""
        self._socket.setblocking(False)
        try:
            return self._socket.recv(1, socket.MSG_PEEK) is None
        except BlockingIOError:
            return True
        finally:
            self._socket.settimeout(60)

    def finish(self) -> int:
        """Send the rest, and return the response's status, or 0 if there is none."""
        self.send(len(self._rest))
        return self.status()

    def status(self) -> int:
        """Return the response's status, or 0 if there is none."""
        with self._socket.makefile("rb") as answer:
            line = answer.readline().split()
        return int(line[1]) if len(line) > 1 else 0

    def close(self) -> None:
        self._socket.close()


@contextlib.contextmanager
def slow_senders(
    service: Service,
    count: int,
    port: int = 0,
    host: str = "localhost",
    path: str = RECEIPTS,
    content_type: str = "application/json",
) -> Iterator[list[SlowSender]]:
    """Open `count` connections, each with its headers and a few bytes of its body sent."""
    senders: list[SlowSender] = []
    try:
        for _ in range(count):
            senders.append(SlowSender(service, port or service.port, host, path, content_type))
            senders[-1].send(5)
        yield senders
    finally:
        for sender in senders:
            sender.close()
