"""No byte from a visitor who refused, or a European who hasn't answered, passes any gate; each granted event does."""

from contextlib import closing
from pathlib import Path

import pytest

from consent.gate.middleware import MAX_FORWARDED
from tests.gate.servers import VENDORS_OF, gate_server
from tests.gate.vendor import VendorEnd
from tests.gate.world import CHOICES, HOST, PLACES, Browser, World, events

pytestmark = [pytest.mark.attack, pytest.mark.extended]

COUNT = 480
SERVERS = tuple(VENDORS_OF)


@pytest.mark.parametrize("name", SERVERS)
def test_only_granted_events_pass(name: str, tmp_path: Path, world: World, vendor: VendorEnd) -> None:
    sent = list(events(world, COUNT, VENDORS_OF[name]))
    with gate_server(name, tmp_path / name, world, vendor) as port:
        browser = Browser(port)
        answers = [browser.send(one.method, one.uri, one.body, one.headers) for one in sent]
        browser.close()
    seen = vendor.bytes_seen
    passing = [one.mark for one in sent if one.passes]
    assert len(passing) > COUNT / 5
    assert [one.mark for one in sent if one.mark.encode() in seen] == passing
    assert len(vendor.requests) == len(passing)
    for one, answer in zip(sent, answers, strict=True):
        stopped = 200 if one.vendor == "posthog" else 204
        assert answer.status == (200 if one.passes else stopped), one
        assert answer.body == (b"ok" if one.passes else b"{}" if one.vendor == "posthog" else b""), one
    # The body arrived complete, with the cookie and without the browser's claims about its own address.
    for one in (one for one in sent if one.passes):
        arrived = next(text for text in vendor.requests if one.mark.encode() in text)
        assert arrived.endswith(one.body)
        assert f"seen={one.mark}".encode() in arrived
        assert b"orwarded-for: mark" not in arrived.lower()


def test_the_forwarder_believes_no_alias_of_the_proxys_header_and_takes_no_endless_body(
    tmp_path: Path, world: World, vendor: VendorEnd
) -> None:
    german = {"Host": HOST, "X-Test-Address": PLACES["DE"], "X_Test_Address": PLACES["US"]}
    agreed = german | {"Cookie": world.cookie(CHOICES["accepted"])}
    with gate_server("forwarder", tmp_path / "forwarder", world, vendor) as port:

        def status(headers: dict[str, str]) -> int:
            with closing(Browser(port)) as browser:
                return browser.send("GET", "/m/matomo.php?idsite=1&rec=1&url=x", b"", headers).status

        assert (status(german), vendor.requests) == (204, [])
        for length in (str(MAX_FORWARDED + 1), "-5", "\u00b2", "a"):
            assert status(agreed | {"Content-Length": length}) == 413, length
        assert status(agreed) == 200


@pytest.mark.parametrize("name", SERVERS)
def test_nothing_passes_while_the_service_is_away(name: str, tmp_path: Path, world: World, vendor: VendorEnd) -> None:
    away = World(world.service, "cst_wrong", world.keys, world.regimes)
    with gate_server(name, tmp_path / name, away, vendor) as port:
        browser = Browser(port)
        answers = [
            browser.send(one.method, one.uri, one.body, one.headers) for one in events(away, 40, VENDORS_OF[name])
        ]
        browser.close()
    assert vendor.requests == []
    assert {answer.status for answer in answers} == {204}
