"""nginx with the docs' own configuration in front of the service."""

from collections.abc import Iterator

import pytest

from consent.demo.site import KEY
from tests.operating.nginx import NoNginx, running_nginx
from tests.operating.service import DECISION, Service, installed
from tests.operating.slow_sender import slow_senders

pytestmark = pytest.mark.extended

HOST = "consent.example.com"
AMERICAN = "8.8.8.8"
SLOW = 80


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, int]]:
    """Run the service behind nginx, as docs/one-server.md describes; the port is nginx's."""
    folder = tmp_path_factory.mktemp("proxied")
    with installed(folder, CONSENT_TRUSTED_PROXIES="127.0.0.1/32") as service:
        service.start()
        try:
            with running_nginx(folder / "nginx", service) as port:
                yield service, port
        except NoNginx as missing:
            pytest.fail(str(missing), pytrace=False)


def test_slow_senders_hold_no_worker(proxied: tuple[Service, int]) -> None:
    service, port = proxied
    # More than the service has threads: without the proxy's buffers, nobody else would get a response.
    with slow_senders(service, SLOW, port, HOST) as senders:
        for _ in range(10):
            for sender in senders:
                sender.send()
            assert service.ask(DECISION, port=port, Host=HOST).status == 200
            assert service.choose(port=port, Host=HOST).status == 201
        assert all(sender.is_waiting() for sender in senders)
        assert [sender.finish() for sender in senders] == [201] * SLOW


@pytest.mark.parametrize(
    "name",
    [
        "X_Forwarded_For",
        *(pytest.param(name, marks=pytest.mark.long) for name in ("Forwarded", "CF_Connecting_IP", "X_Real_IP")),
    ],
)
def test_ignores_a_forwarded_address_from_an_untrusted_client(proxied: tuple[Service, int], name: str) -> None:
    service, port = proxied
    told = {name: f"for={AMERICAN}" if name == "Forwarded" else AMERICAN}
    decision = service.ask(DECISION, port=port, Host=HOST, **told).json
    assert decision["place"] == {"country": None, "subdivision": None, "source": "unknown"}


def test_trusts_a_forwarded_address_from_a_trusted_proxy(proxied: tuple[Service, int]) -> None:
    service, _ = proxied
    assert service.ask(DECISION, X_Forwarded_For=AMERICAN).json["place"]["country"] == "US"


def test_pages_find_what_they_need_on_a_path_of_their_own_host(proxied: tuple[Service, int]) -> None:
    service, port = proxied
    paths = (f"/consent/b/{KEY}.js", f"/consent{DECISION}", f"/consent/r/{KEY}", f"/consent/c/{KEY}")
    refused = ("/consent/login", "/consent/metrics")
    statuses = [service.ask(path, port=port, Host="www.example.com").status for path in (*paths, *refused)]
    assert statuses == [200, 200, 200, 200, 404, 404]


def test_metrics_without_a_token_are_not_told_through_the_proxy(proxied: tuple[Service, int]) -> None:
    service, port = proxied
    assert service.ask("/metrics", port=port, Host=HOST).status == 403
    assert service.ask("/metrics").status == 200
