"""What Prebid.js, from npm, hears in the demo's shop: whom it calls, with which GPP string, and with how many ids."""

import gzip
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from playwright.sync_api import Browser, Request, Route

from consent.runtime.embed_snippets import lines_of
from tests.story.demo import Demo, Visitor

pytestmark = [pytest.mark.server, pytest.mark.long]

HERE = Path(__file__).parent
ESBUILD = HERE.parents[1] / "node_modules" / ".bin" / "esbuild"
BIDDERS = ("adnxs.com", "pubmatic.com")
LINE = re.compile(r'<script async src="[^"]*/b/demo\.js"[^>]*></script>')
GRANTED, REFUSED, REFUSED_BY_GPC = (f"DBABL~CVQ{rest}" for rest in ("qAAAAAACA.Q", "VAAAAAACA.Q", "VAAAAAACA.Y"))
ID_COOKIE = "_client_id"
STARTS = """<script src="/prebid.js"></script><script>
window.heard = []
window.__gpp?.("addEventListener", ({ eventName, pingData }) => heard.push([eventName, pingData.signalStatus]))
pbjs.que.push(() => {
  pbjs.setConfig({
    consentManagement: { gpp: { cmpApi: "iab", timeout: 3000 } },
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
LATE_S = 1
CHILD = '<script data-age-band="under13"'
SPOILS = """<script>
  const opt_outs = ["SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut"]
  const granted = Object.fromEntries(opt_outs.map(name => [name, 2]))
  const own = window.__gpp
  window.__gpp = (command, callback, ...more) => own(command, (data, ok) => {
    if (data?.pingData?.parsedSections?.usnat) spoil(data.pingData.parsedSections)
    callback(data, ok)
  }, ...more)
</script>"""
"""Has what Prebid is told go through `spoil`, a function of the page."""


class Heard(NamedTuple):
    """What one auction showed: by bidder the string, its sections and the number of ids; and whether an id was kept."""

    bids: dict[str, tuple[str | None, list[int] | None, int]]
    keeps_id: bool


class AdPage:
    """A page of the shop with Prebid in it. `order` says what stands where in its head."""

    def __init__(self, visitor: Visitor, lines: dict[str, str], prebid: str, order: str, late_s: float) -> None:
        self.visitor, self.calls = visitor, list[tuple[str, str]]()
        parts = {
            **{"blocker": lines["blocker"], "stub": lines["gpp_stub"], "prebid": STARTS, "spoil": SPOILS},
            **{"ours": lines["line"], "child": lines["line"].replace("<script", CHILD)},
        }
        head = "\n".join(parts[name] for name in order.split())
        shop = visitor.demo.shop

        def handle(route: Route) -> None:
            request = route.request
            if any(host in request.url for host in BIDDERS):
                self.calls.append((request.url.split("/")[2], body_of(request)))
                origin = request.headers.get("origin", "*")
                headers = {"access-control-allow-origin": origin, "access-control-allow-credentials": "true"}
                route.fulfill(status=204, headers=headers)
            elif request.url == f"{shop}/prebid.js":
                route.fulfill(content_type="text/javascript", body=prebid)
            elif request.resource_type == "document" and request.url.startswith(f"{shop}/"):
                # Outside of Chromium nobody knows names of `.localhost`.
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
        """Visit the shop, and return what the auction of the page itself showed."""
        page = self.visitor.page
        asked = "&".join(f"{name}={value}" for name, value in {"visit": place, "language": "en", **query}.items())
        page.goto(f"{self.visitor.demo.shop}/?{asked}")
        return self._heard()

    def after(self, is_granted: bool, string: str) -> Heard:
        """Choose, which may load the page anew; return what one more auction shows once the string is this one."""
        page = self.visitor.page
        page.evaluate("is_granted => void consent.set({ advertising: is_granted })", is_granted)
        page.wait_for_function(f"window.isOver && window.consent?.debug().gpp === '{string}'")
        self.calls.clear()
        page.evaluate("auction()")
        return self._heard()

    def _heard(self) -> Heard:
        # Prebid calls nobody where it gives an auction up.
        self.visitor.page.wait_for_function("window.isOver === true", timeout=15_000)
        bids = dict(filter(None, map(bid_of, self.calls)))
        self.calls.clear()
        return Heard(bids, ID_COOKIE in self.visitor.cookies())


def body_of(request: Request) -> str:
    data = request.post_data_buffer or b""
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8", "replace")


def bid_of(call: tuple[str, str]) -> tuple[str, tuple[str | None, list[int] | None, int]] | None:
    """Return who was asked for a bid, and what was said, in a form that does not depend on the bidder."""
    host, text = call
    try:
        sent = json.loads(text)
    except ValueError:
        return None
    user, regs, privacy = (sent.get(name) or {} for name in ("user", "regs", "privacy"))
    ids = user.get("eids") or (user.get("ext") or {}).get("eids") or sent.get("eids") or []
    bidder = next(name for name in BIDDERS if host.endswith(name))
    return bidder, (regs.get("gpp") or privacy.get("gpp"), regs.get("gpp_sid") or privacy.get("gpp_sid"), len(ids))


@pytest.fixture(scope="module")
def prebid(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Bundle Prebid, as a publisher would."""
    file = tmp_path_factory.mktemp("prebid") / "prebid.js"
    entry = str(HERE / "prebid_bundle.mjs")
    subprocess.run([ESBUILD, entry, "--bundle", "--format=iife", f"--outfile={file}", "--log-level=error"], check=True)
    return file.read_text("utf-8")


Open = Callable[..., AdPage]


@pytest.fixture
def open_page(demo: Demo, publish: Any, browser: Browser, prebid: str) -> Iterator[Open]:
    """Publish the shop with GPP, and return what opens pages with Prebid for visitors of their own."""
    contexts = []
    visitors: list[Visitor] = []
    published: dict[str, str] = {}

    def switch_on(approach: str) -> None:
        draft = json.loads(demo.command("config", "export", "demo"))
        settings = {"approach": approach, "mspa": "none", "sensitive": [], "opt_out_notice": True}
        draft["overrides"] |= {"sends": ["gpp", "us_privacy"], "gpp": settings}
        version = publish(json.dumps(draft))
        published.update(lines_of("demo", f"{demo.shop}/consent", draft), approach=approach)
        visitor = Visitor(demo, browser.new_context())
        until = time.monotonic() + 30
        while visitor.visit().evaluate("consent.get().version") < version:
            assert time.monotonic() < until
        visitor.context.close()

    def open_one(
        approach: str = "national", order: str = "blocker stub ours prebid", late_s: float = 0, **options: Any
    ) -> AdPage:
        if published.get("approach") != approach:
            switch_on(approach)
        contexts.append(browser.new_context(locale="en-GB", **options))
        visitors.append(Visitor(demo, contexts[-1]))
        return AdPage(visitors[-1], published, prebid, order, late_s)

    yield open_one
    for context in contexts:
        context.close()
    assert [error for visitor in visitors for error in visitor.errors] == []


def both(string: str, ids: int, sections: list[int] | None = None) -> dict[str, tuple[str, list[int], int]]:
    return dict.fromkeys(BIDDERS, (string, sections or [7], ids))


@pytest.mark.parametrize(
    ("order", "late_s"),
    [
        ("blocker stub ours prebid", 0),
        ("blocker stub prebid ours", 0),
        ("stub prebid ours", LATE_S),
        ("ours stub prebid", LATE_S),
    ],
)
def test_bidders_hear_the_choice_in_each_order_and_ours_a_second_late(
    open_page: Open, order: str, late_s: float
) -> None:
    page = open_page(order=order, late_s=late_s)
    assert page.first("US-TX") == Heard(both(GRANTED, 1), True)
    assert page.after(False, REFUSED).bids == both(REFUSED, 0)
    # On the next page the choice stands from the first auction on.
    page.visitor.context.clear_cookies(name=re.compile(ID_COOKIE))
    assert page.first("US-TX") == Heard(both(REFUSED, 0), False)
    assert page.after(True, GRANTED) == Heard(both(GRANTED, 1), True)


def test_bidders_hear_of_signals_ages_and_places(open_page: Open) -> None:
    assert open_page().first("US-CA", gpc="1") == Heard(both(REFUSED_BY_GPC, 0), False)
    assert open_page().first("US-CA") == Heard(both(GRANTED, 1), True)
    assert open_page().first("DE") == Heard(both("DBAA", 1, [-1]), True)
    child = open_page(order="stub child prebid").first("US-CA")
    assert {ids for _, _, ids in child.bids.values()} == {0}
    assert not child.keeps_id


def test_a_state_alone_is_not_heard_and_beside_the_national_section_it_is(open_page: Open) -> None:
    """The reason for the national section as the default; it fails once Prebid acts on the states' sections itself."""
    state, national = "BVUAAAg.Y", "CVQVAAAAAACA.Y"
    alone = open_page("state").first("US-TX", gpc="1")
    assert alone.bids == both(f"DBABEw~{state}", 1, [16])
    together = open_page("both").first("US-TX", gpc="1")
    assert together.bids == both(f"DBACLRg~{national}~{state}", 0, [7, 16])


def test_without_a_stub_and_our_script_prebid_gives_the_auction_up(open_page: Open) -> None:
    page = open_page(order="prebid")
    assert page.first("US-TX") == Heard({}, False)
    assert page.visitor.errors == ["GPPError"]
    page.visitor.errors.clear()


@pytest.mark.parametrize(
    ("fault", "gpc", "ids"),
    [
        # Refused and granted exchanged, as a wrong bit would.
        (
            "({usnat}) => usnat.forEach(one => opt_outs.forEach(name => name in one && (one[name] = 3 - one[name])))",
            "1",
            1,
        ),
        # The signal by itself is not heard.
        (
            "sections => sections.usnat = [Object.assign(sections.usnat[0], granted), { SubsectionType: 1, Gpc: true }]",
            "1",
            1,
        ),
        # Without what it reads Prebid sends nothing, also of who refused nothing.
        ("sections => delete sections.usnat", "", 0),
    ],
    ids=["wrong bit", "signal alone", "no sections"],
)
def test_these_tests_would_see_a_fault(open_page: Open, fault: str, gpc: str, ids: int) -> None:
    """Negative controls: with what Prebid is told broken in one way each, the number of ids is the wrong one."""
    page = open_page(order="stub spoil prebid ours", late_s=LATE_S)
    page.visitor.page.add_init_script(f"window.spoil = {fault}")
    signals = {"gpc": gpc} if gpc else {}
    assert {count for _, _, count in page.first("US-CA", **signals).bids.values()} == {ids}
