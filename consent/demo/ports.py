"""The three ports of the demo, and the sockets that reserve two of them at startup."""

import socket
from dataclasses import dataclass


class PortInUseError(Exception):
    """Another program listens there; the message is a sentence for whoever is at the terminal."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the demo listens: the service, the shop, the vendors' hosts."""

    service: int = 8000
    shop: int = 8001
    vendors: int = 8002


def reserve(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`, and shares them with nobody.

    Raises PortInUseError where that cannot be had.
    """
    held: socket.socket | None = None
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        held = socket.socket(family, kind)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(address)
        held.listen(128)
    except OSError as error:
        if held:
            held.close()
        raise PortInUseError(
            f"Port {port} of {host} cannot be had ({error.strerror}): is another copy running already?"
        ) from None
    return held
