"""If the owner lets a tag run limited, an event without consent is passed on without ids, cookies and addresses."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.gate.servers import gate_server
from tests.gate.vendor import VendorEnd
from tests.gate.world import CHOICES, HOST, PLACES, Browser, World, gated_world

pytestmark = pytest.mark.extended

MARK = "mark-of-a-refuser"
BULK = {"requests": [f"?idsite=1&rec=1&_id={MARK}&uid={MARK}&action_name=Shoes"]}
PING = "v=2&tid=G-ABC1234567&cid=55.66&en=page_view"


@pytest.fixture(scope="module")
def limited_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Start a service whose site counts with Matomo and GA4 without cookies."""
    with gated_world(tmp_path_factory.mktemp("limited"), ("matomo", "google-analytics")) as made:
        yield made


def refused(world: World) -> dict[str, str]:
    cookie = f"{world.cookie(CHOICES['rejected'])}; _pk_id={MARK}"
    return {"Host": HOST, "X-Test-Address": PLACES["DE"], "Cookie": cookie, "X-Forwarded-For": MARK}


@pytest.mark.parametrize("name", ["njs", "wsgi", "asgi", "forwarder"])
def test_ids_are_taken_out(name: str, tmp_path: Path, limited_world: World, vendor: VendorEnd) -> None:
    headers = refused(limited_world)
    with gate_server(name, tmp_path / name, limited_world, vendor) as port:
        browser = Browser(port)
        query = f"idsite=1&rec=1&_id={MARK}&res=1920x1080&cookie=1&url=https%3A%2F%2Fshop.example%2F"
        answers = [
            browser.send("GET", f"/m/matomo.php?{query}", b"", headers),
            browser.send(
                "POST", "/m/matomo.php", json.dumps(BULK).encode(), headers | {"Content-Type": "application/json"}
            ),
            browser.send(
                "POST", f"/metrics/g/collect?{PING}&gcs=G100&uid={MARK}&dl=https://a.b/?gclid={MARK}", b"", headers
            ),
        ]
        stopped = [
            browser.send("POST", f"/metrics/g/collect?{PING}&gcs=G101&uid={MARK}", b"", headers),
            browser.send("POST", f"/metrics/g/collect?{PING}&uid={MARK}", b"", headers),
            browser.send("POST", "/m/matomo.php?idsite=1&rec=1", b"\x00\xff packed", headers),
        ]
        browser.close()
    assert [(answer.status, answer.body) for answer in answers] == [(200, b"ok")] * 3
    assert not any("Set-Cookie" in answer.headers for answer in answers)
    assert [answer.status for answer in stopped] == [204] * 3
    assert MARK.encode() not in vendor.bytes_seen
    assert b"\ncookie:" not in vendor.bytes_seen.lower()
    get, bulk, ping = vendor.requests
    assert dict(parse_qsl(urlsplit(get.split()[1].decode()).query)) == {
        **{"idsite": "1", "rec": "1", "cookie": "0", "url": "https://shop.example/"},
    }
    assert json.loads(bulk.rpartition(b"\n\n")[2] or bulk.rpartition(b"\r\n\r\n")[2]) == {
        "requests": ["?idsite=1&rec=1&action_name=Shoes"]
    }
    assert b"cid=55.66" in ping


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_blocks_what_cannot_be_stripped(name: str, tmp_path: Path, limited_world: World, vendor: VendorEnd) -> None:
    with gate_server(name, tmp_path / name, limited_world, vendor) as port:
        browser = Browser(port)
        answer = browser.send("GET", f"/m/matomo.php?idsite=1&rec=1&_id={MARK}", b"", refused(limited_world))
        browser.close()
    assert (answer.status, vendor.requests) == (204, [])
