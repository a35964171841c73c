"""Benchmark subjects: each with its server, its request, and its target ratio."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import plain
from bench.load import KEY, Call
from bench.processes import Server, free_port, running
from bench.site import (
    DECISION,
    HOST,
    RECEIPTS,
    add_receiver,
    choice_body,
    choice_cookie,
    environment,
    make_site,
    page_headers,
)
from consent.config import load_settings
from tests.postgres import NoPostgres, new_database, running_postgres


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that is measured; `letter` names it in ratios."""

    letter: str
    name: str
    server: Server
    call: Call


@dataclass(frozen=True, slots=True)
class Aim:
    """A target: one subject must handle at least `least` times the requests of another."""

    of: str
    against: str
    least: float


AIMS = (
    Aim("c", "a", 2.5),
    Aim("d", "a", 2.5),
    Aim("e-sqlite", "f-sqlite", 4.0),
    Aim("e-postgresql", "f-postgresql", 4.0),
    Aim("g-sqlite", "e-sqlite", 0.9),
    Aim("g-postgresql", "e-postgresql", 0.9),
)
P99_AIM_MS = {"e-sqlite": 50.0, "e-postgresql": 50.0}
MEMORY_AIM_MB = 160.0


@contextlib.contextmanager
def subjects(folder: Path) -> Iterator[tuple[Server, list[Subject]]]:
    """Start every server; yield the service right after its start, and all subjects that can be measured here."""
    with contextlib.ExitStack() as stack:
        flask = _floor(stack, "bench.bare:create_flask")
        wsgi = _floor(stack, "bench.bare:create_wsgi")
        service = _service(stack, folder / "sqlite")
        found = [
            Subject("a", "bare Flask, constant JSON", flask, Call("/constant")),
            Subject("b", "bare WSGI, constant JSON", wsgi, Call("/constant")),
            Subject("c", "decision with a cookie", service, _decision(service)),
            Subject("d", "/b/demo.js, br", service, Call("/b/demo.js", headers={"Accept-Encoding": "br"})),
            *_writes(stack, "sqlite", service, f"sqlite:///{folder / 'plain.sqlite'}"),
            _outbox(stack, "sqlite", folder / "sqlite-outbox"),
        ]
        try:
            found += _on_postgres(stack, folder)
        except NoPostgres as missing:
            print(f"Without PostgreSQL: {missing}")
        yield service, found


def _on_postgres(stack: contextlib.ExitStack, folder: Path) -> list[Subject]:
    server_url = stack.enter_context(running_postgres())
    ours, plain_url, outbox_url = (stack.enter_context(new_database(server_url)) for _ in range(3))
    found = _writes(stack, "postgresql", _service(stack, folder / "postgresql", ours), plain_url)
    return [*found, _outbox(stack, "postgresql", folder / "postgresql-outbox", outbox_url)]


def _outbox(stack: contextlib.ExitStack, database: str, instance: Path, database_url: str = "") -> Subject:
    """Return the write of a choice on a site with a receiver: its event is written in the same transaction."""
    service = _service(stack, instance, database_url, has_receiver=True)
    call = Call(RECEIPTS, "POST", page_headers(), choice_body(service.port, KEY))
    return Subject(f"g-{database}", f"POST receipt with its event, {database}", service, call)


def _floor(stack: contextlib.ExitStack, target: str) -> Server:
    port = free_port()
    command = ["-m", "bench.serve", target, str(port)]
    return stack.enter_context(running(command, port, "/constant", {"CONSENT_DEMO": "1"}))


def _service(
    stack: contextlib.ExitStack, instance: Path, database_url: str = "", *, has_receiver: bool = False
) -> Server:
    environ, port = environment(instance, database_url), free_port()
    make_site(load_settings(environ))
    if has_receiver:
        add_receiver(load_settings(environ))
    # Like `consent run`, from the checkout, whether or not it is installed.
    command = ["-m", "consent.cli", "run", "--port", str(port)]
    return stack.enter_context(running(command, port, "/readyz", environ))


def _decision(service: Server) -> Call:
    headers = {"Host": HOST, "Cookie": choice_cookie(service.port), "Accept-Language": "en-GB,en;q=0.9,de;q=0.7"}
    return Call(DECISION, headers=headers)


def _writes(stack: contextlib.ExitStack, database: str, service: Server, plain_url: str) -> list[Subject]:
    """Return our write of a choice and the plain one, with the same body."""
    port = free_port()
    environ = {"CONSENT_DEMO": "1", plain.DATABASE: plain_url}
    command = ["-m", "bench.serve", "bench.plain:create_plain", str(port)]
    other = stack.enter_context(running(command, port, "/", environ))
    call = Call(RECEIPTS, "POST", page_headers(), choice_body(service.port, KEY))
    return [
        Subject(f"e-{database}", f"POST receipt, {database}", service, call),
        Subject(f"f-{database}", f"the plain way, {database}", other, call),
    ]
