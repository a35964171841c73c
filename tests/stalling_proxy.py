"""A TCP proxy in front of a database that can stall: connections stay open, but no data passes."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StallingProxy:
    """A proxy that passes bytes between TCP clients and a Unix socket, except between `hush` and `speak`."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._loop = asyncio.new_event_loop()
        self._speaks = asyncio.Event()
        self._speaks.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        # Start the server in the proxy's thread: this thread may already run an event loop, such as Playwright's.
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(60)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def stall(self) -> None:
        """Stop passing data; incoming data is kept."""
        self._loop.call_soon_threadsafe(self._speaks.clear)

    def resume(self) -> None:
        """Pass on the kept data and all that follows."""
        self._loop.call_soon_threadsafe(self._speaks.set)

    def close(self) -> None:
        """Close all connections and end the thread."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        for end in self._ends:
            end.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(str(self._socket))
        self._ends |= {writer, back}
        await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await self._speaks.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            return
        finally:
            writer.close()


@contextmanager
def quiet_proxy(socket: Path) -> Iterator[StallingProxy]:
    """Run a proxy in front of the server at that socket."""
    proxy = StallingProxy(socket)
    try:
        yield proxy
    finally:
        proxy.close()
