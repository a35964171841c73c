"""The guides' lines for a path on a website's own host, loaded by the web servers that they are for."""

import contextlib
import http.client
import json
from collections.abc import Iterator

import pytest

from consent.demo.site import KEY
from tests.operating.service import DECISION, ORIGIN, Service, installed
from tests.operating.web_servers import Missing, running_server

pytestmark = [pytest.mark.server, pytest.mark.long]
HOST = ORIGIN.removeprefix("http://")
AMERICAN = "8.8.8.8"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with installed(tmp_path_factory.mktemp("guides"), CONSENT_TRUSTED_PROXIES="127.0.0.1/32") as service:
        service.start()
        yield service


@pytest.mark.parametrize("name", ["nginx", "caddy", "apache"])
def test_its_lines_serve_what_pages_need_and_nothing_else(
    service: Service, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    try:
        with running_server(name, tmp_path_factory.mktemp(name) / "server", service) as port:
            look(service, port)
    except Missing as missing:
        pytest.fail(str(missing), pytrace=False)


def look(service: Service, port: int) -> None:
    needed = (f"/consent/b/{KEY}.js", f"/consent{DECISION}", f"/consent/r/{KEY}", f"/consent/c/{KEY}.json")
    assert [service.ask(path, port=port, Host=HOST).status for path in needed] == [200] * 4
    # The page on the website's own host can change the choice there, since Host was passed on.
    assert b"data-banner" in service.ask(f"/consent/c/{KEY}", port=port, Host=HOST).body
    # Sign-in and metrics aren't reachable: the response is the web server's own.
    for path in ("/consent/login", "/consent/metrics", "/consent/", "/login"):
        body = service.ask(path, port=port, Host=HOST).body
        assert b"csrf" not in body, path
        assert b"consent_place_total" not in body, path
    # The choice sets a cookie of the website's own, with an id.
    sent = {"Content_Type": "application/json", "Origin": ORIGIN, "Host": HOST}
    chosen = service.ask(f"/consent/api/v1/sites/{KEY}/receipts", "POST", service.choice(), port, **sent)
    assert chosen.status == 201
    cookie = {name.lower(): value for name, value in chosen.headers.items()}["set-cookie"]
    assert f"consent_{KEY}_id=" in cookie
    assert "Domain=" not in cookie
    # A stranger's claims about their address aren't trusted.
    for header in ("X-Forwarded-For", "X_Forwarded_For", "X-Forwarded_For", "Forwarded"):
        told = f"for={AMERICAN}" if header == "Forwarded" else AMERICAN
        assert place_of(port, header, told) is None, header
    # Debian 13's Caddy answers 502 where the others answer 413.
    large = service.ask(f"/consent/api/v1/sites/{KEY}/receipts", "POST", "x" * 20_000, port, **sent)
    assert large.status in (413, 502)


def place_of(port: int, header: str, value: str) -> str | None:
    """Return the country that the service assigns to a request with `header` spelled exactly like this."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        # A server that sets the header in place leaves any later one.
        sent = {"Host": HOST, "X-Forwarded-For": "192.0.2.1", header: value}
        connection.request("GET", f"/consent{DECISION}", headers=sent)
        country: str | None = json.loads(connection.getresponse().read())["place"]["country"]
        return country
