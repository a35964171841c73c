"""The service as granian runs it: what is in memory is answered on the event loop, and nothing blocks there."""

import http.client
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from consent.demo.site import KEY
from tests.operating.service import DECISION, ORIGIN, RECEIPTS, Answer, Service, installed, is_waiting
from tests.stalling_proxy import quiet_proxy

pytestmark = pytest.mark.extended

AMERICAN = "8.8.8.8"
THREADS = 4
IMPORT = {
    "action": "save",
    "method": "import",
    "layer": 0,
    "key": "f" * 32,
    "source": {"tool": "klaro", "said_at": None, "mapping": f"sha256:{'0' * 64}"},
}
"""A choice made with another tool, which the demo does not accept."""
SCRIPT = f"/b/{KEY}.js"
JSON = "application/json"
LINKED = f"consent_demo_id={'a' * 32}"
"""The cookie of a browser that has chosen before: its last receipt is looked up, in a thread."""


def test_a_request_waiting_for_the_database_blocks_no_decision(tmp_path: Path, ready_postgres_database: str) -> None:
    parsed = make_url(ready_postgres_database)
    with quiet_proxy(Path(str(parsed.query["host"])) / ".s.PGSQL.5432") as proxy:
        url = f"postgresql://{parsed.username}@127.0.0.1:{proxy.port}/{parsed.database}"
        with (
            installed(tmp_path, CONSENT_DATABASE_URL=url, CONSENT_THREADS=str(THREADS)) as service,
            ExitStack() as stack,
        ):
            service.start()
            assert (service.ask(DECISION).status, service.ask(SCRIPT).status) == (200, 200)
            proxy.stall()
            waiting = [
                stack.enter_context(closing(_asking(service, DECISION, f"Authorization: Bearer unknown-{number}")))
                for number in range(THREADS * 3)
            ]
            for _ in range(20):
                assert (service.ask(DECISION).status, service.ask(SCRIPT).status) == (200, 200)
            assert all(is_waiting(one) for one in waiting)
            proxy.resume()


def test_choices_delayed_by_the_database_block_nobody_and_can_be_retried(
    tmp_path: Path, ready_postgres_database: str
) -> None:
    parsed = make_url(ready_postgres_database)
    with quiet_proxy(Path(str(parsed.query["host"])) / ".s.PGSQL.5432") as proxy:
        url = f"postgresql://{parsed.username}@127.0.0.1:{proxy.port}/{parsed.database}"
        settings = {"CONSENT_DATABASE_URL": url, "CONSENT_THREADS": str(THREADS)}
        with installed(tmp_path, **settings) as service, ThreadPoolExecutor(THREADS * 3) as visitors:
            service.start()
            assert service.choose().status == 201
            bodies = [service.choice() for _ in range(THREADS * 3)]
            proxy.stall()
            answers = [visitors.submit(service.choose, body) for body in bodies]
            for _ in range(20):
                assert (service.ask(DECISION).status, service.ask(SCRIPT).status) == (200, 200)
            refused = [answer.result() for answer in answers]
            assert {(one.status, one.json["error"]["code"]) for one in refused} == {(503, "unavailable")}
            assert {one.headers["retry-after"] for one in refused} == {"5"}
            proxy.resume()
            kept = [_choose_until_kept(service, body) for body in bodies]
            assert {one["id"] for one in kept} <= service.stored_ids()


def test_a_choice_has_the_same_answer_on_the_event_loop_and_in_a_thread(service: Service) -> None:
    service.start()
    body = json.loads(service.choice())

    def sent(path: str = RECEIPTS, text: str = "", **changes: object) -> list[tuple[str, dict[str, str]]]:
        return [(path, {"body": text or json.dumps(body | changes), "Origin": ORIGIN, "Content_Type": JSON})]

    requests = [
        *sent(),
        *sent(),
        *sent(action="reject_all", choices=dict.fromkeys(body["choices"], False)),
        *sent(key="f" * 32, vendors={"nobody": True}),
        *sent(key="f" * 32, token="forged"),
        *sent(key="f" * 32, config="0" * 64),
        *sent(method="own_layer"),
        *sent(extra=1),
        *sent(text="{"),
        *sent(text='["a list"]'),
        *sent(text=" " * 9000),
        *sent("/api/v1/sites/nowhere/receipts"),
        *sent(**IMPORT),
        *sent(text=json.dumps(body | IMPORT).replace('"import"', '"\\u0069mport"')),
        *sent(key="f" * 32, subject="a.b.c"),
        *sent(text=json.dumps(body | {"subject": "a.b.c"}).replace('"subject"', '"sub\\u006aect"')),
        (RECEIPTS, sent()[0][1] | {"Origin": "http://stranger.example"}),
        (RECEIPTS, sent()[0][1] | {"Content_Type": "text/html"}),
    ]
    on_loop = [_outcome(service.ask(path, "POST", **headers)) for path, headers in requests]
    in_thread = [_outcome(service.ask(path, "POST", Cookie=LINKED, **headers)) for path, headers in requests]
    assert [status for status, _ in on_loop] == [
        201,
        200,
        409,
        400,
        403,
        *[400] * 5,
        413,
        404,
        403,
        403,
        404,
        404,
        403,
        415,
    ]
    assert in_thread == [(200, on_loop[0][1]), *on_loop[1:]]


def test_a_name_with_an_underscore_is_no_header_of_a_proxy(service: Service) -> None:
    service.environ["CONSENT_TRUSTED_PROXIES"] = "127.0.0.1/32"
    service.start()
    places = []
    for name in ("X-Forwarded-For", "X_Forwarded_For", "X_FORWARDED-FOR"):
        with closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)) as connection:
            connection.putrequest("GET", DECISION)
            connection.putheader(name, AMERICAN)
            connection.endheaders()
            body = connection.getresponse().read()
            places.append(b'"country":"US"' in body)
    assert places == [True, False, False]


def test_a_cookie_of_the_site_with_letters_beyond_ascii_hides_no_choice(service: Service) -> None:
    service.start()
    body = service.choice()
    lines = f"Origin: {ORIGIN}\r\nContent-Type: {JSON}\r\nContent-Length: {len(body)}"
    with closing(_asking(service, RECEIPTS, lines, "POST", host="www.shop.localhost:8001")) as connection:
        connection.sendall(body.encode())
        chosen = _answer_on(connection)
    cookies = [one.partition(";")[0] for one in chosen.headers.get_all("Set-Cookie", [])]
    assert (chosen.status, len(cookies)) == (201, 2)
    answers = [
        service.ask(DECISION, Cookie="; ".join([*before, *cookies])).json
        for before in ([], ["city=K\xf6ln"], ["city=K\xc3\xb6ln", "\xff=\x80"])
    ]
    assert answers[0]["groups"]["analytics"]["reason"] == "granted"
    assert answers[1:] == answers[:1] * 2


def test_a_body_that_ends_early_is_no_choice(service: Service) -> None:
    service.start()
    body = service.choice().encode()
    chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n"
    rests = {"Transfer-Encoding: chunked": chunk, f"Content-Length: {len(body) + 1}": body}
    for length, rest in rests.items():
        lines = f"Origin: {ORIGIN}\r\nContent-Type: {JSON}\r\n{length}"
        with closing(_asking(service, RECEIPTS, lines, "POST")) as connection:
            connection.sendall(rest)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
    kept = service.choose()
    assert kept.status == 201
    assert service.stored_ids() == {kept.json["id"]}


def test_chunks_that_end_make_a_choice(service: Service) -> None:
    service.start()
    body = service.choice().encode()
    lines = f"Origin: {ORIGIN}\r\nContent-Type: {JSON}\r\nTransfer-Encoding: chunked"
    with closing(_asking(service, RECEIPTS, lines, "POST")) as connection:
        for part in (body[:100], body[100:], b""):
            connection.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        assert _answer_on(connection).status == 201


def test_head_says_what_get_sends_and_both_have_the_length(service: Service) -> None:
    service.start()
    for path in (SCRIPT, DECISION, "/healthz", "/login"):
        head, get = service.ask(path, "HEAD"), service.ask(path)
        assert (head.status, head.body) == (get.status, b"") == (200, b"")
        assert int(get.headers["content-length"]) == len(get.body)
        if "content-length" in head.headers:
            assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.attack
def test_many_slow_uploads_block_nobody(service: Service) -> None:
    service.environ["CONSENT_THREADS"] = str(THREADS)
    service.start()
    with ExitStack() as stack:
        for _ in range(THREADS * 5):
            lines = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1500000"
            stack.enter_context(closing(_asking(service, "/login", lines, method="POST")))
        with ThreadPoolExecutor(8) as several:
            answers = list(several.map(lambda _: (service.ask("/login").status, service.choose().status), range(16)))
    assert answers == [(200, 201)] * 16


def _choose_until_kept(service: Service, body: str) -> Any:
    until = time.monotonic() + 60
    while (answer := service.choose(body)).status == 503:
        assert time.monotonic() < until
        time.sleep(0.2)
    assert answer.status in (200, 201)
    return answer.json


def _outcome(answer: Answer) -> tuple[int, str]:
    """Return the status, and the error's code or the receipt."""
    return answer.status, str(answer.json["error"]["code"] if "error" in answer.json else answer.json["receipt"])


def _asking(service: Service, path: str, lines: str, method: str = "GET", host: str = "localhost") -> socket.socket:
    """Open a connection and send a request's head."""
    connection = socket.create_connection(("127.0.0.1", service.port), timeout=60)
    connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n\r\n".encode())
    return connection


def _answer_on(connection: socket.socket) -> http.client.HTTPResponse:
    """Return the status and headers of the response on a connection."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response
