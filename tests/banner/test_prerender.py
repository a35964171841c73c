"""A page that Chromium itself prerenders, with speculation rules."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.banner.payload import CAST, make_payload
from tests.banner.service import LINE, Service

RULES = """<script type="speculationrules">
{"prerender": [{"source": "list", "urls": ["/second"], "eagerness": "immediate"}]}</script>"""
# Reports once the script has run in the prerendered page and had time to do more.
SAYS = """<script>
const tell = () => fetch(`/prepared-${document.prerendering}`)
const look = () => window.dataLayer ? setTimeout(tell, 1000) : setTimeout(look, 20)
look()</script>"""


@contextmanager
def driven(first: str, chromium: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the browser on the page `first` and stop it when the block ends in any way: it wouldn't stop on its own."""
    command = ["node", Path(__file__).with_name("prerender.mjs"), first, chromium]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as browser:
        try:
            yield browser
        finally:
            browser.terminate()  # this closes Chromium too
            try:
                browser.wait(20)
            except subprocess.TimeoutExpired:
                browser.kill()


@pytest.mark.long
@pytest.mark.parametrize("apart", [True, False])
def test_a_page_prerendered_by_chromium_shows_and_counts_nothing_until_visited(
    service: Service, chromium: Path, apart: bool
) -> None:
    service.apart = apart
    service.payload = make_payload(
        service.vendors, tags=[one for one in CAST if not apart or one["group"] != "essential"]
    )
    service.page("<p>Second</p>", head=LINE + SAYS, path="/second")
    first = service.page('<a href="/second">On</a>', head=RULES)
    with driven(first, chromium) as browser:
        service.wait_for_request("/prepared-true")
        assert service.asked_for("/b/demo.js") == 1
        assert [path for path in service.requests if path.startswith(("/vendor/", "/b/demo/"))] == []
        assert (service.events, service.receipts) == ([], [])
        output, _ = browser.communicate("go\n", timeout=60)
    found = json.loads(output)
    assert found["wasPrepared"]
    assert {"Accept all", "Reject all"} < {*found["buttons"]}
    service.wait_for(lambda: bool(service.events))
    assert [event["event"] for event in service.events] == ["shown"]
    assert service.asked_for("/second") == 1
