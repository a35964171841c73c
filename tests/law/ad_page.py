"""A page of the demo's shop with Prebid.js, and what its bidders are told."""

import gzip
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import requests
from playwright.sync_api import Request, Route

from tests.story.demo import Visitor

BIDDERS = ("adnxs.com", "pubmatic.com")
HOSTS = {"adnxs-simple.com": "adnxs.com"} | {host: host for host in BIDDERS}
"""The hosts that bidders are called at; one has a separate host for visitors without storage."""
LINE = re.compile(r'<script async src="[^"]*/b/demo\.js"[^>]*></script>')
ID_COOKIE = "_client_id"
LATE_S = 1
STARTS = """<script src="/prebid.js"></script><script>
pbjs.que.push(() => {
  pbjs.setConfig({
    consentManagement: %s,
    userSync: {
      auctionDelay: 300,
      userIds: [{ name: "sharedId", storage: { name: "_client_id", type: "cookie", expires: 1 } }],
    },
  })
  pbjs.addAdUnits([{ code: "ad", mediaTypes: { banner: { sizes: [[300, 250]] } }, bids: [
    { bidder: "appnexus", params: { placementId: 1 } },
    { bidder: "pubmatic", params: { publisherId: "1", adSlot: "x" } },
  ] }])
  window.auction = () => {
    window.isOver = false
    pbjs.requestBids({ timeout: 800, bidsBackHandler: () => (window.isOver = true) })
  }
  auction()
})
</script>"""
"""Prebid with its first auction; %s is the configuration of the APIs it queries."""


class Heard(NamedTuple):
    """The result of an auction: what each bidder was told, the number of ids last, and whether an id was stored."""

    bids: dict[str, tuple[Any, ...]]
    keeps_id: bool


ReadBid = Callable[[dict[str, Any], int], tuple[Any, ...]]
"""Returns what the body of a call to a bidder says, given its number of ids."""


class AdPage:
    """A page of the shop with Prebid; `order` lists the names of `parts` in the order they have in the head."""

    def __init__(
        self, visitor: Visitor, parts: Mapping[str, str], prebid: str, order: str, late_s: float, read: ReadBid
    ) -> None:
        self.visitor, self.calls, self._read = visitor, list[tuple[str, str]](), read
        head = "\n".join(parts[name] for name in order.split())
        shop = visitor.demo.shop

        def handle(route: Route) -> None:
            request = route.request
            if any(host in request.url for host in HOSTS):
                self.calls.append((request.url.split("/")[2], body_of(request)))
                origin = request.headers.get("origin", "*")
                headers = {"access-control-allow-origin": origin, "access-control-allow-credentials": "true"}
                route.fulfill(status=204, headers=headers)
            elif request.url == f"{shop}/prebid.js":
                route.fulfill(content_type="text/javascript", body=prebid)
            elif request.resource_type == "document" and request.url.startswith(f"{shop}/"):
                # Only Chromium resolves names under `.localhost`.
                address = request.url.replace(shop, f"http://127.0.0.1:{visitor.demo.ports[1]}")
                host = {"host": shop.removeprefix("http://")}
                answer = requests.get(address, headers=request.all_headers() | host, timeout=10)
                body, count = LINE.subn(lambda _: head, answer.text)
                assert count == 1
                cookies = "\n".join(answer.raw.headers.getlist("Set-Cookie"))
                route.fulfill(headers={"content-type": "text/html; charset=utf-8", "set-cookie": cookies}, body=body)
            elif late_s and "/b/demo.js" in request.url:
                time.sleep(late_s)
                route.continue_()
            else:
                route.continue_()

        visitor.context.route("**/*", handle)

    def first(self, place: str, **query: str) -> Heard:
        """Visit the shop, and return the result of the page's own auction."""
        self.visit(place, **query)
        return self.heard()

    def visit(self, place: str, **query: str) -> None:
        """Visit the shop from `place`."""
        asked = "&".join(f"{name}={value}" for name, value in {"visit": place, "language": "en", **query}.items())
        self.visitor.page.goto(f"{self.visitor.demo.shop}/?{asked}")

    def again(self) -> Heard:
        """Hold another auction, and return its result."""
        self.calls.clear()
        self.visitor.page.evaluate("auction()")
        return self.heard()

    def heard(self) -> Heard:
        """Wait for the current auction to end, and return its result."""
        # If Prebid abandons an auction, it calls no bidder.
        self.visitor.page.wait_for_function("window.isOver === true", timeout=15_000)
        bids = dict(filter(None, (self._bid_of(*call) for call in self.calls)))
        self.calls.clear()
        return Heard(bids, ID_COOKIE in self.visitor.cookies())

    def _bid_of(self, host: str, text: str) -> tuple[str, tuple[Any, ...]] | None:
        """Return the bidder and what it was told, in a form that doesn't depend on the bidder."""
        try:
            sent: dict[str, Any] = json.loads(text)
        except ValueError:
            return None
        user = sent.get("user") or {}
        ids = user.get("eids") or (user.get("ext") or {}).get("eids") or sent.get("eids") or []
        return next(name for end, name in HOSTS.items() if host.endswith(end)), self._read(sent, len(ids))


def body_of(request: Request) -> str:
    """Return the decompressed body of a request."""
    data = request.post_data_buffer or b""
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8", "replace")
