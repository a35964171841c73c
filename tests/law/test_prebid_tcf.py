"""What Prebid.js from npm does in the demo's shop with TCF: whom it calls, with which TC string, with how many ids."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from consent.runtime.embed_snippets import lines_of
from tests.law.ad_page import BIDDERS, ID_COOKIE, LATE_S, STARTS, AdPage, Heard
from tests.story.demo import Demo, Visitor

pytestmark = [pytest.mark.server, pytest.mark.long]

TESTS = Path(__file__).parents[1]
APPNEXUS, PUBMATIC = 32, 76
ASKED = '{ gdpr: { cmpApi: "iab", timeout: 3000, defaultGdprScope: false } }'
SPOILS = """<script>
  const own = window.__tcfapi
  window.__tcfapi = (...call) => {
    if (call[0] !== "addEventListener") return own(...call)
    return own(call[0], call[1], (data, ok) => call[2](data?.tcString ? spoil(data) : data, ok), call[3])
  }
</script>"""
"""Passes what Prebid is told through the page's function `spoil`."""


def consent_of(sent: dict[str, Any], ids: int) -> tuple[str | None, Any, int]:
    """Return a call's TC string and whether TCF applies, with its number of ids."""
    user, regs, gdpr = (sent.get(name) or {} for name in ("user", "regs", "gdpr_consent"))
    text = (user.get("ext") or {}).get("consent") or user.get("consent") or gdpr.get("consent_string")
    applies = regs.get("gdpr", (regs.get("ext") or {}).get("gdpr", gdpr.get("consent_required")))
    return text, int(applies) if applies is not None else None, ids


def vendor_list(folder: Path) -> Path:
    """Write the invented list with the two bidders in it."""
    listed = json.loads((TESTS / "golden" / "gvl" / "gvl_small.json").read_text("utf-8"))
    for number in (APPNEXUS, PUBMATIC):
        listed["vendors"][str(number)] = listed["vendors"]["22"] | {"id": number, "name": f"Bidder {number}"}
    # A list older than 8 days raises an alarm, and one older than the last is refused.
    listed |= {"vendorListVersion": 7, "lastUpdated": "2026-11-26T16:00:00Z"}
    folder.mkdir(exist_ok=True)
    (folder / "vendor-list.json").write_text(json.dumps(listed))
    return folder


Open = Callable[..., AdPage]


@pytest.fixture
def open_page(demo: Demo, publish: Any, browser: Browser, prebid: str, tmp_path: Path) -> Iterator[Open]:
    """Publish the shop with TCF, and return a function that opens pages with Prebid for new visitors."""
    demo.command("gvl", "update", str(vendor_list(tmp_path / "gvl")))
    draft = json.loads(demo.command("config", "export", "demo"))
    settings = {"cmp_id": 300, "cmp_version": 1, "publisher_cc": "DE", "vendors": [APPNEXUS, PUBMATIC, 755]}
    draft["overrides"] |= {"sends": ["tcf"], "tcf": settings}
    version = publish(json.dumps(draft))
    lines = lines_of("demo", f"{demo.shop}/consent", draft)
    visitor = Visitor(demo, browser.new_context())
    until = time.monotonic() + 30
    while visitor.visit().evaluate("consent.get().version") < version:
        assert time.monotonic() < until
    visitor.context.close()
    parts = {
        **{"blocker": lines["blocker"], "stub": lines["tcf_stub"], "prebid": STARTS % ASKED, "spoil": SPOILS},
        **{"ours": lines["line"], "child": lines["line"].replace("<script", '<script data-age-band="under13"')},
    }
    visitors: list[Visitor] = []

    def open_one(order: str = "blocker stub ours prebid", late_s: float = 0, **options: Any) -> AdPage:
        visitors.append(Visitor(demo, browser.new_context(locale="en-GB", **options)))
        return AdPage(visitors[-1], parts, prebid, order, late_s, consent_of)

    yield open_one
    for one in visitors:
        one.context.close()
    assert [error for one in visitors for error in one.errors] == []


def press(page: AdPage, name: str) -> None:
    page.visitor.page.get_by_role("button", name=name).first.click()


def string_of(page: AdPage) -> str:
    data = page.visitor.page.evaluate("new Promise(done => __tcfapi('addEventListener', 2, done))")
    text: str = data["tcString"]
    return text


def come_with(page: AdPage, sets: str) -> None:
    """Give the visitor this choice by changing the two cookies, which aren't signed."""
    inside = page.visitor.page
    page.visit("DE")
    press(page, "Accept all")
    inside.wait_for_function("document.cookie.includes('consent_demo_tcf=')")
    inside.wait_for_function("!document.cookie.includes('consent_demo_queue=')")
    inside.evaluate(
        """sets => {
          const [name, value] = document.cookie.split("; ").find(one => one.startsWith("consent_demo_tcf=")).split("=")
          document.cookie = `${name}=${[...value.split(".").slice(0, 5), sets].join(".")};path=/`
        }""",
        sets,
    )
    # What this page's auction left belongs to another choice.
    inside.wait_for_function("window.isOver === true")
    page.visitor.context.clear_cookies(name=ID_COOKIE)
    page.calls.clear()


def both(text: str, ids: int, applies: int = 1) -> dict[str, tuple[str, int, int]]:
    return dict.fromkeys(BIDDERS, (text, applies, ids))


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
    # Prebid waits for an answer, and calls nobody until there is one.
    page.visit("DE")
    press(page, "Accept all")
    granted = string_of(page)
    assert page.heard() == Heard(both(granted, 1), True)
    library = ["node", TESTS / "banner" / "tcf_library.mjs"]
    done = subprocess.run(library, input=json.dumps([granted]), capture_output=True, text=True, check=True)
    (read,) = json.loads(done.stdout)
    assert read["vendors"] == read["disclosed"] == [APPNEXUS, PUBMATIC, 755]
    assert read["facts"][1:4] == [300, 1, 1]
    # On the next page, the choice applies from the first auction on.
    assert page.first("DE") == Heard(both(granted, 1), True)


def test_nobody_is_asked_before_a_choice_and_after_a_refusal(open_page: Open) -> None:
    page = open_page()
    page.visit("DE")
    page.visitor.page.wait_for_function("!!(window.__tcfapi && window.consent?.when && window.auction)")
    assert page.calls == []
    press(page, "Reject all")
    assert page.heard() == Heard({}, False)
    assert page.first("DE") == Heard({}, False)


def test_bidders_hear_of_purposes_vendors_signals_ages_and_places(open_page: Open) -> None:
    page = open_page()
    come_with(page, "2...*..")
    found = page.first("DE")
    assert {ids for _, _, ids in found.bids.values()} == {0}
    assert (set(found.bids), found.keeps_id) == (set(BIDDERS), False)
    for sets, bidders in (("1...*..", set()), (f"*.*..{APPNEXUS}..", {"adnxs.com"})):
        page = open_page()
        come_with(page, sets)
        assert set(page.first("DE").bids) == bidders, sets
    elsewhere = open_page().first("US-TX")
    assert {(text, applies, ids) for text, applies, ids in elsewhere.bids.values()} == {(None, 0, 1)}
    # A child can't grant anything, and isn't asked.
    assert open_page(order="stub child prebid").first("DE") == Heard({}, False)


def test_without_a_stub_and_our_script_prebid_asks_nobody(open_page: Open) -> None:
    page = open_page(order="prebid")
    assert page.first("DE").bids == {}
    assert len(page.visitor.errors) == 1  # Prebid's own error about a consent tool that it didn't find
    page.visitor.errors.clear()


@pytest.mark.parametrize(
    ("fault", "ids"),
    [
        # Without the publisher's segment, or with purpose 1 refused, no id is stored.
        ("data => Object.assign(data, { publisher: {} })", 0),
        ("data => (data.purpose.consents[1] = data.publisher.consents[1] = false, data)", 0),
        # With both vendors refused, nobody is called.
        (f"data => (data.vendor.consents[{APPNEXUS}] = data.vendor.consents[{PUBMATIC}] = false, data)", None),
    ],
    ids=["no publisher segment", "purpose 1", "vendors"],
)
def test_these_tests_would_see_a_fault(open_page: Open, fault: str, ids: int | None) -> None:
    """Negative controls: breaking what Prebid is told in one way each changes the number of ids or of calls."""
    page = open_page(order="stub spoil prebid ours", late_s=LATE_S)
    page.visitor.page.add_init_script(f"window.spoil = {fault}")
    page.visit("DE")
    press(page, "Accept all")
    assert {count for _, _, count in page.heard().bids.values()} == (set() if ids is None else {ids})
