"""Egress proxy for the browser: checks each target address and connects to exactly the address checked."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from consent.outbound.public_addresses import AllowList
from consent.scanner.browser.dns import BlockedHostError, Resolver, permitted_addresses, system_resolver
from consent.scanner.browser.http_parser import HttpParseError, RequestHead, answer_head, read_head, read_request_head

CONNECT_SECONDS = 10.0
HEAD_SECONDS = 30.0
IDLE_SECONDS = 60.0
PIECE = 64 * 1024
MAX_REASONS = 1000
NOWHERE = "browser.invalid"
"""Host given to the browser for its vendor's services; requests to it aren't caused by a page."""


@dataclass
class FilteringProxy:
    """An HTTP proxy for one scan; `refused` counts the sentences about blocked requests."""

    allowed: AllowList = field(default_factory=AllowList)
    resolve: Resolver = system_resolver
    bytes_left: int = 1024 * 1024 * 1024
    """Number of bytes the whole scan may still download."""
    connection_bytes: int = 64 * 1024 * 1024
    """Maximum number of bytes per connection."""
    refused: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, str] = field(default_factory=dict)
    """The most recent sentence for each host."""
    hosts: dict[str, list[float]] = field(default_factory=dict)
    """Hosts reached, with the times of the first and the last connection."""
    _serving: set[asyncio.Task[object]] = field(default_factory=set)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Listen on a free local port and yield the proxy's URL."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=PIECE)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            for task in list(self._serving):
                task.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a server runs each connection in a task
        self._serving.add(task)
        try:
            # It is canceled when the proxy closes, which isn't an error to report.
            with contextlib.suppress(asyncio.CancelledError):
                await self._answer(reader, writer)
        finally:
            self._serving.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A malicious peer can end only its own connection.
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, HttpParseError):
            try:
                async with asyncio.timeout(HEAD_SECONDS):
                    head = await read_request_head(reader)
                await self._forward(head, reader, writer)
            except BlockedHostError as refusal:
                self._record_refusal(head.host, str(refusal))
                writer.write(answer_head(403, str(refusal)))
            except HttpParseError:
                writer.write(answer_head(400, "Not a valid proxy request."))
            await writer.drain()

    def _record_refusal(self, host: str, sentence: str) -> None:
        if host != NOWHERE and len(self.refused) < MAX_REASONS:
            self.refused[sentence] += 1
            self.reasons[host] = sentence

    async def _forward(self, head: RequestHead, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, sink = await self._dial(head.host, head.port)
        try:
            if head.method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await self._tunnel(reader, writer, upstream, sink)
            else:
                await self._exchange(head, reader, writer, upstream, sink)
        finally:
            sink.close()

    async def _dial(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if host == NOWHERE:
            # Not every resolver follows RFC 6761; some resolve unknown names to a host of their own.
            raise BlockedHostError(f"{host} is a reserved name.")
        for address in await permitted_addresses(host, port, self.allowed, self.resolve):
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_SECONDS):
                    if host in self.hosts or len(self.hosts) < MAX_REASONS:
                        self.hosts[host] = [*self.hosts.get(host, [])[:1], time.time()]
                    return await asyncio.open_connection(str(address), port, limit=PIECE)
        raise BlockedHostError(f"{host} does not respond on port {port}.")

    async def _tunnel(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        upstream: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
    ) -> None:
        up = asyncio.create_task(_copy(reader, sink))
        down = asyncio.create_task(self._download(upstream, writer))
        await _wait_for_first(up, down)

    async def _exchange(
        self,
        head: RequestHead,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        upstream: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
    ) -> None:
        """Forward one request and its response, and nothing after it, since a next request may be for another host."""
        sink.write(head.for_origin())
        await _copy_exactly(reader, sink, head.length)
        async with asyncio.timeout(IDLE_SECONDS):
            answer = await read_head(upstream)
        writer.write(answer.closing())
        closing = asyncio.create_task(reader.read(1))
        await _wait_for_first(closing, asyncio.create_task(self._download(upstream, writer)))

    async def _download(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        left = self.connection_bytes
        while left > 0 and self.bytes_left > 0:
            async with asyncio.timeout(IDLE_SECONDS):
                piece = await source.read(PIECE)
            if not piece:
                return
            left -= len(piece)
            self.bytes_left -= len(piece)
            sink.write(piece)
            await sink.drain()
        self._record_refusal("", "A connection was ended: it had loaded more than a scan allows.")


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while piece := await source.read(PIECE):
        sink.write(piece)
        await sink.drain()


async def _copy_exactly(source: asyncio.StreamReader, sink: asyncio.StreamWriter, length: int) -> None:
    while length > 0:
        piece = await source.readexactly(min(length, PIECE))
        length -= len(piece)
        sink.write(piece)
        await sink.drain()


async def _wait_for_first(*tasks: asyncio.Task[object]) -> None:
    """Wait for the first of `tasks`, then cancel the others."""
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
