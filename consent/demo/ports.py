"""The three ports of the demo, and the sockets that hold two of them before anything else begins."""

import socket
from dataclasses import dataclass


class PortInUse(Exception):
    """Another program listens there; the message is a sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the demo listens: the service, the shop, the vendors' hosts."""

    service: int = 8000
    shop: int = 8001
    vendors: int = 8002


def hold(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`.

    Raises PortInUse where that cannot be had.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((host, port))
        held.listen(128)
    except OSError as error:
        held.close()
        raise PortInUse(
            f"Port {port} of {host} cannot be had ({error.strerror}): is the demo running already?"
        ) from None
    return held
