"""The three ports of the demo, and the sockets that reserve two of them at startup."""

import socket
from dataclasses import dataclass


class PortInUseError(Exception):
    """Raised when another program listens on the port; the message is a sentence for the terminal."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of the service, the shop and the vendors' hosts."""

    service: int = 8000
    shop: int = 8001
    vendors: int = 8002


def reserve(host: str, port: int) -> socket.socket:
    """Return a socket that listens exclusively on `host` and `port`.

    Raises PortInUseError if that isn't possible.
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
