"""Small asyncio load generator for machines without wrk; slower than wrk, so ratios come out smaller."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from functools import partial

Result = tuple[int, float, float, float, int, int]


def run_client(
    port: int, method: str, path: str, headers: Mapping[str, str], body: str, connections: int, seconds: float
) -> Result:
    """Return responses, seconds, p50 and p99 in ms, error responses and broken connections."""
    lines = {"Host": f"127.0.0.1:{port}", **headers}
    if body:
        lines["Content-Length"] = str(len(body.replace("@KEY@", "0" * 32)))
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return asyncio.run(_run(port, head + "\r\n" + body, connections, seconds))


async def _run(port: int, request: str, connections: int, seconds: float) -> Result:
    loop = asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    began = time.perf_counter()
    protocols = [_Connection(request, until) for _ in range(connections)]
    for protocol in protocols:
        await loop.create_connection(partial(_identity, protocol), "127.0.0.1", port)
    await asyncio.gather(*(protocol.ended for protocol in protocols))
    took = sorted(one for protocol in protocols for one in protocol.took)
    if not took:
        return 0, seconds, 0.0, 0.0, 0, connections
    p50, p99 = (took[int(len(took) * part)] * 1000 for part in (0.5, 0.99))
    refused = sum(protocol.refused for protocol in protocols)
    return len(took), time.perf_counter() - began, p50, p99, refused, sum(p.broken for p in protocols)


def _identity(protocol: "_Connection") -> "_Connection":
    return protocol


class _Connection(asyncio.Protocol):
    """One connection that sends the request again after each response."""

    def __init__(self, request: str, until: float) -> None:
        self._request, self._until = request, until
        self.took: list[float] = []
        self.refused = self.broken = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Count a complete response, and send the next request."""
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if not blank or len(body) < _length(head):
            return
        now = time.perf_counter()
        self.took.append(now - self._sent)
        self.refused += head[9:10] not in (b"2", b"3")
        if now < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Record the end of the connection."""
        self.broken += time.perf_counter() < self._until
        if not self.ended.done():
            self.ended.set_result(None)

    def _send(self) -> None:
        self._received = b""
        self._sent = time.perf_counter()
        self._transport.write(self._request.replace("@KEY@", secrets.token_hex(16)).encode())


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(b"content-length:")
    return int(lower[at + 15 :].partition(b"\r\n")[0]) if at >= 0 else 0
