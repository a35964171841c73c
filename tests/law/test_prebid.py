"""What Prebid.js from npm does in the demo's shop: whom it calls, with which GPP string, and with how many ids."""

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from consent.runtime.embed_snippets import lines_of
from tests.law.ad_page import BIDDERS, ID_COOKIE, LATE_S, STARTS, AdPage, Heard
from tests.story.demo import Demo, Visitor

pytestmark = [pytest.mark.server, pytest.mark.long]

GRANTED, REFUSED, REFUSED_BY_GPC = (f"DBABL~CVQ{rest}" for rest in ("qAAAAAACA.Q", "VAAAAAACA.Q", "VAAAAAACA.Y"))
ASKED = '{ gpp: { cmpApi: "iab", timeout: 3000 } }'
LISTENS = """<script>
window.heard = []
window.__gpp?.("addEventListener", ({ eventName, pingData }) => heard.push([eventName, pingData.signalStatus]))
</script>"""
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
"""Passes what Prebid is told through the page's function `spoil`."""


def consent_of(sent: dict[str, Any], ids: int) -> tuple[str | None, list[int] | None, int]:
    """Return the string and sections of a call, with its number of ids."""
    regs, privacy = (sent.get(name) or {} for name in ("regs", "privacy"))
    return regs.get("gpp") or privacy.get("gpp"), regs.get("gpp_sid") or privacy.get("gpp_sid"), ids


def after(page: AdPage, is_granted: bool, string: str) -> Heard:
    """Make a choice, which may reload the page, and return the result of another auction once `string` is current."""
    inside = page.visitor.page
    inside.evaluate("is_granted => void consent.set({ advertising: is_granted })", is_granted)
    inside.wait_for_function(f"window.isOver && window.consent?.debug().gpp === '{string}'")
    return page.again()


Open = Callable[..., AdPage]


@pytest.fixture
def open_page(demo: Demo, publish: Any, browser: Browser, prebid: str) -> Iterator[Open]:
    """Publish the shop with GPP, and return a function that opens pages with Prebid for new visitors."""
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
        lines = {
            **{"blocker": published["blocker"], "stub": published["gpp_stub"], "prebid": STARTS % ASKED + LISTENS},
            **{"ours": published["line"], "child": published["line"].replace("<script", CHILD), "spoil": SPOILS},
        }
        return AdPage(visitors[-1], lines, prebid, order, late_s, consent_of)

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
    assert after(page, False, REFUSED).bids == both(REFUSED, 0)
    # On the next page, the choice applies from the first auction on.
    page.visitor.context.clear_cookies(name=re.compile(ID_COOKIE))
    assert page.first("US-TX") == Heard(both(REFUSED, 0), False)
    assert after(page, True, GRANTED) == Heard(both(GRANTED, 1), True)


def test_bidders_hear_of_signals_ages_and_places(open_page: Open) -> None:
    assert open_page().first("US-CA", gpc="1") == Heard(both(REFUSED_BY_GPC, 0), False)
    assert open_page().first("US-CA") == Heard(both(GRANTED, 1), True)
    assert open_page().first("DE") == Heard(both("DBAA", 1, [-1]), True)
    child = open_page(order="stub child prebid").first("US-CA")
    assert {ids for _, _, ids in child.bids.values()} == {0}
    assert not child.keeps_id


def test_a_state_alone_is_not_heard_and_beside_the_national_section_it_is(open_page: Open) -> None:
    """Why the national section is the default; fails once Prebid acts on the states' sections themselves."""
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
        # Refused and granted swapped, as a wrong bit would.
        (
            "({usnat}) => usnat.forEach(one => opt_outs.forEach(name => name in one && (one[name] = 3 - one[name])))",
            "1",
            1,
        ),
        # The signal alone isn't respected.
        (
            "sections => sections.usnat = [Object.assign(sections.usnat[0], granted), { SubsectionType: 1, Gpc: true }]",
            "1",
            1,
        ),
        # Without the section that it reads, Prebid sends no ids even for visitors who refused nothing.
        ("sections => delete sections.usnat", "", 0),
    ],
    ids=["wrong bit", "signal alone", "no sections"],
)
def test_these_tests_would_see_a_fault(open_page: Open, fault: str, gpc: str, ids: int) -> None:
    """Negative controls: breaking what Prebid is told in one way each makes the number of ids wrong."""
    page = open_page(order="stub spoil prebid ours", late_s=LATE_S)
    page.visitor.page.add_init_script(f"window.spoil = {fault}")
    signals = {"gpc": gpc} if gpc else {}
    assert {count for _, _, count in page.first("US-CA", **signals).bids.values()} == {ids}
