"""The proxy is tested over real sockets; each test says what names resolve to."""

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from consent.outbound.public_addresses import Address, AllowList
from consent.scanner.browser import dns as resolving
from consent.scanner.browser.dns import Resolver
from consent.scanner.browser.egress_proxy import NOWHERE, FilteringProxy
from tests.scanner.async_thread import run_apart

pytestmark = pytest.mark.attack

LOOPBACK = ipaddress.ip_address("127.0.0.1")
OUTSIDE = ipaddress.ip_address("93.184.216.34")


class Origin:
    """A host that records what it receives and answers each connection once."""

    def __init__(
        self, answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi"
    ) -> None:
        self.answer = answer
        self.asked: list[bytes] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(await reader.read(100_000))
        writer.write(self.answer)
        await writer.drain()
        writer.close()


def names(addresses: dict[str, list[list[Address]]]) -> Resolver:
    """Return a resolver that answers each name with its next list of addresses."""

    async def resolve(host: str, _port: int) -> list[Address]:
        if host not in addresses:
            raise OSError
        return addresses[host].pop(0)

    return resolve


def run(
    proxy: FilteringProxy, origin: Origin, talk: Callable[[Callable[[bytes], Awaitable[bytes]]], Awaitable[None]]
) -> None:
    """Let `talk` send bytes to the proxy, each time on a new connection."""

    async def main() -> None:
        server = await asyncio.start_server(origin.serve, "127.0.0.1", 0)
        origin.port = server.sockets[0].getsockname()[1]
        async with proxy.running() as url, asyncio.timeout(30):

            async def send(data: bytes) -> bytes:
                reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
                writer.write(data.replace(b"PORT", str(origin.port).encode()))
                answer = await reader.read()
                writer.close()
                return answer

            await talk(send)
        server.close()

    run_apart(main())


def test_a_request_for_a_named_host_is_passed_on_alone() -> None:
    origin = Origin()

    async def talk(send: Callable[[bytes], Awaitable[bytes]]) -> None:
        second = b"GET http://other.example/ HTTP/1.1\r\nHost: other.example\r\n\r\n"
        answer = await send(
            b"GET http://inside.example:PORT/a?b=c HTTP/1.1\r\nHost: inside.example\r\nProxy-Connection: keep-alive\r\n\r\n"
            + second
        )
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert answer.endswith(b"Connection: close\r\n\r\nhi")

    run(FilteringProxy(AllowList(("inside.example",)), names({"inside.example": [[LOOPBACK]]})), origin, talk)
    assert origin.asked == [b"GET /a?b=c HTTP/1.1\r\nHost: inside.example\r\nConnection: close\r\n\r\n"]


def test_a_tunnel_leads_to_a_named_host() -> None:
    origin = Origin(b"pong")

    async def talk(send: Callable[[bytes], Awaitable[bytes]]) -> None:
        answer = await send(b"CONNECT inside.example:PORT HTTP/1.1\r\n\r\nping")
        assert answer == b"HTTP/1.1 200 Connection established\r\n\r\npong"

    run(FilteringProxy(AllowList(("inside.example",)), names({"inside.example": [[LOOPBACK]]})), origin, talk)
    assert origin.asked == [b"ping"]


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("inner.example", [LOOPBACK]),
        ("mixed.example", [OUTSIDE, LOOPBACK]),
        ("mapped.example", [ipaddress.ip_address("::ffff:127.0.0.1")]),
        ("metadata.example", [ipaddress.ip_address("169.254.169.254")]),
        ("nat64.example", [ipaddress.ip_address("64:ff9b::7f00:1")]),
        ("sixtofour.example", [ipaddress.ip_address("2002:7f00:1::1")]),
    ],
)
def test_a_host_inside_is_refused_in_both_ways_of_asking(host: str, addresses: list[Address]) -> None:
    origin, proxy = Origin(), FilteringProxy(resolve=names({host: [addresses, addresses]}))

    async def talk(send: Callable[[bytes], Awaitable[bytes]]) -> None:
        for asked in (f"GET http://{host}/ HTTP/1.1", f"CONNECT {host}:443 HTTP/1.1"):
            assert (await send(f"{asked}\r\n\r\n".encode())).startswith(b"HTTP/1.1 403 ")

    run(proxy, origin, talk)
    assert origin.asked == []
    assert proxy.refused == {f"{host} has an address that is not on the public Internet.": 2}


def test_the_machine_itself_is_refused_whatever_its_name() -> None:
    origin, proxy = Origin(), FilteringProxy()

    async def talk(send: Callable[[bytes], Awaitable[bytes]]) -> None:
        for host in (
            "127.0.0.1",
            "localhost",
            "www.shop.localhost",
            "2130706433",
            "0x7f.1",
            "[::1]",
            "[::ffff:7f00:1]",
        ):
            assert b" 403 " in (await send(f"GET http://{host}/ HTTP/1.1\r\n\r\n".encode()))[:20]

    run(proxy, origin, talk)
    assert proxy.refused.total() == 7


def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_dialled() -> None:
    """DNS rebinding: the second lookup would return this machine."""
    answers = {"rebind.example": [[OUTSIDE], [LOOPBACK]]}
    origin, proxy = Origin(), FilteringProxy(resolve=names(answers))
    dialled: list[str] = []

    async def talk(send: Callable[[bytes], Awaitable[bytes]]) -> None:
        real = asyncio.open_connection

        async def dial(host: str, port: int, **options: int) -> object:
            if port != 80:
                return await real(host, port, **options)
            dialled.append(host)
            raise ConnectionRefusedError

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(asyncio, "open_connection", dial)
            first = await send(b"GET http://rebind.example/ HTTP/1.1\r\n\r\n")
            second = await send(b"GET http://rebind.example/ HTTP/1.1\r\n\r\n")
        assert b"does not respond" in first
        assert b"not on the public Internet" in second

    run(proxy, origin, talk)
    assert dialled == [str(OUTSIDE)]
    assert origin.asked == []


def test_names_that_nobody_answers_for_hold_up_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    held, over, real = [], threading.Event(), socket.getaddrinfo

    def look_up(host: str, *rest: Any, **options: Any) -> Any:
        if not host.endswith("never.example"):
            return real(host, *rest, **options)
        held.append(host)
        over.wait(60)
        raise socket.gaierror

    async def talk(send: Callable[[bytes], Awaitable[bytes]]) -> None:
        silent = [send(f"GET http://{number}.never.example/ HTTP/1.1\r\n\r\n".encode()) for number in range(64)]
        answers = asyncio.gather(*silent)
        try:
            while len(held) < len(silent):
                await asyncio.sleep(0.01)
            assert b"not on the public Internet" in await send(b"GET http://127.0.0.1/ HTTP/1.1\r\n\r\n")
        finally:
            over.set()
        assert all(b"has no address" in answer for answer in await answers)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    run(FilteringProxy(), Origin(), talk)


def test_a_name_without_a_dns_answer_gets_its_error_message(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_host: str, _port: int) -> list[Address]:
        await asyncio.Event().wait()
        return []

    async def talk(send: Callable[[bytes], Awaitable[bytes]]) -> None:
        assert b" 403 " in (await send(b"CONNECT never.example:443 HTTP/1.1\r\n\r\n"))[:20]

    monkeypatch.setattr(resolving, "LOOKUP_SECONDS", 0.01)
    proxy = FilteringProxy(resolve=never)
    run(proxy, Origin(), talk)
    assert proxy.reasons == {"never.example": "The DNS lookup of never.example timed out after 0.01 s."}


def test_only_the_ports_of_the_web_are_asked() -> None:
    proxy = FilteringProxy(resolve=names({}))

    async def talk(send: Callable[[bytes], Awaitable[bytes]]) -> None:
        await send(b"CONNECT mail.example:25 HTTP/1.1\r\n\r\n")

    run(proxy, Origin(), talk)
    assert proxy.refused == {"mail.example was not contacted on port 25: only 80 and 443 are allowed.": 1}


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET ftp://a.example/ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
        b"POST http://a.example/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST http://a.example/ HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST http://a.example/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET http://a.example:99999/ HTTP/1.1\r\n\r\n",
        b"GET http://a.example/" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_rejects_an_invalid_request(request_bytes: bytes) -> None:
    async def talk(send: Callable[[bytes], Awaitable[bytes]]) -> None:
        try:
            answer = await send(request_bytes)
        except ConnectionResetError:
            return  # closed while the rest of a long head was still in transit
        assert answer.startswith(b"HTTP/1.1 400 ") or not answer

    run(FilteringProxy(resolve=names({})), Origin(), talk)


def test_a_download_ends_at_the_limit() -> None:
    origin = Origin(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 3_000_000)
    proxy = FilteringProxy(AllowList(("big.example",)), names({"big.example": [[LOOPBACK]]}), connection_bytes=500_000)

    async def talk(send: Callable[[bytes], Awaitable[bytes]]) -> None:
        answer = await send(b"GET http://big.example:PORT/ HTTP/1.1\r\n\r\n")
        assert 400_000 < len(answer) < 700_000

    run(proxy, origin, talk)
    assert proxy.refused == {"A connection was ended: it had loaded more than a scan allows.": 1}


def test_what_the_browser_asks_its_maker_is_dropped_also_where_every_name_has_an_address() -> None:
    proxy = FilteringProxy(resolve=names({NOWHERE: [[OUTSIDE]]}))

    async def talk(send: Callable[[bytes], Awaitable[bytes]]) -> None:
        answer = await send(f"CONNECT {NOWHERE}:443 HTTP/1.1\r\nHost: {NOWHERE}:443\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 403 ")

    run(proxy, Origin(), talk)
    assert (proxy.hosts, proxy.refused) == ({}, {})
