"""No byte of a refuser or of an unanswered European passes the gate of any server, and each granted event does."""

from pathlib import Path

import pytest

from tests.gate.servers import VENDORS_OF, gate_server
from tests.gate.vendor import VendorEnd
from tests.gate.world import Browser, World, events

COUNT = 480
SERVERS = tuple(VENDORS_OF)


@pytest.mark.parametrize("name", SERVERS)
def test_only_what_a_visitor_agreed_to_passes(name: str, tmp_path: Path, world: World, vendor: VendorEnd) -> None:
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
    # The body arrived whole, the cookie with it, and nothing that a browser says of its own address.
    for one in (one for one in sent if one.passes):
        arrived = next(text for text in vendor.requests if one.mark.encode() in text)
        assert arrived.endswith(one.body)
        assert f"seen={one.mark}".encode() in arrived
        assert b"orwarded-for: mark" not in arrived.lower()


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
