"""Through the dashboard: marketing disables a vendor, compliance finds a receipt, a new vendor asks visitors again."""

import re
import time

import pytest
import requests
from playwright.sync_api import expect

from consent.api.buffers.event_counter import FLUSH_SECONDS
from tests.polling import wait_for
from tests.story.demo import Visitor, run_demo

pytestmark = [pytest.mark.server, pytest.mark.extended]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Run a demo for this file only, since it publishes what other tests don't expect."""
    yield from run_demo(tmp_path_factory)


@pytest.fixture
def dashboard(demo, browser):
    """Sign in as the demo's administrator."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{demo.url}/")
    page.get_by_label(re.compile("mail", re.I)).fill(re.search(r"Sign in as (\S+)", demo.said)[1])
    page.get_by_label("Password", exact=True).fill(demo.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    yield page
    context.close()


def publish(page, demo):
    page.goto(f"{demo.url}/sites/demo/tags")
    page.get_by_role("link", name=re.compile("Publish")).or_(
        page.get_by_role("button", name=re.compile("Publish"))
    ).first.click()
    # On its own ports, the demo's tags load from other URLs than in its catalog, which counts as code.
    if (alone := page.locator("input[name=alone]")).count():
        alone.check()
    page.get_by_role("button", name=re.compile("^Publish")).last.click()
    page.wait_for_load_state("networkidle")


def wait_for_version(demo, version):
    """Wait until decisions are from `version`."""
    until = time.monotonic() + 30
    while requests.get(f"{demo.url}/api/v1/sites/demo/decision", timeout=10).json()["version"] < version:
        assert time.monotonic() < until, f"version {version} was not published"
        time.sleep(0.1)


def test_compliance_finds_the_receipt_by_its_id(demo, dashboard, visitor):
    visitor.visit(visit="DE")
    with visitor.page.expect_response("**/receipts") as answer:
        visitor.press("Accept all")
    receipt_id = answer.value.json()["id"]
    dashboard.goto(f"{demo.url}/sites/demo/receipts")
    dashboard.keyboard.press("/")
    dashboard.keyboard.type(receipt_id)
    dashboard.keyboard.press("Enter")
    expect(dashboard.get_by_text(receipt_id).first).to_be_visible()
    expect(dashboard.get_by_text("Germany").or_(dashboard.get_by_text("DE", exact=True)).first).to_be_visible()


def test_no_choice_of_the_shops_visitors_is_told_to_be_lost(demo, visitor):
    # The shop passes choices on with its token, like a site that serves the service under its own path.
    token = demo.command("token", "create", "--site", "demo", "--scope", "receipts:read").split()[-1]

    def meter():
        found = requests.get(
            f"{demo.url}/api/v1/sites/demo/losses", headers={"Authorization": f"Bearer {token}"}, timeout=5
        ).json()["items"]
        return {name: sum(day[name] for day in found) for name in ("chosen", "prompt", "missing")}

    def at_rest():
        # Pages' reports are counted some seconds later, including those from earlier tests.
        first = meter()
        time.sleep(FLUSH_SECONDS + 1)
        return first == meter() and first

    before = wait_for(at_rest)
    visitor.visit(visit="DE")
    visitor.press("Reject all")
    wait_for(lambda: meter()["chosen"] > before["chosen"])
    after = meter()
    assert after["chosen"] == before["chosen"] + 1
    assert after["prompt"] == before["prompt"] + 1
    assert after["missing"] == before["missing"] == 0


def test_a_vendor_switched_off_and_published_is_gone_on_the_next_load(demo, dashboard, browser, visitor):
    visitor.visit(visit="US-TX")
    visitor.settle()
    assert "ads" in demo.hits()
    dashboard.goto(f"{demo.url}/sites/demo/tags")
    row = dashboard.get_by_role("row").filter(has_text="Demo Ads")
    row.get_by_role("switch").click()
    dashboard.wait_for_load_state("networkidle")
    publish(dashboard, demo)
    wait_for_version(demo, 2)
    demo.forget_hits()
    visitor.visit()
    visitor.settle()
    assert "ads" not in demo.hits()
    assert "analytics" in demo.hits()


def test_a_vendor_added_later_does_not_ride_on_an_old_grant(demo, dashboard, browser):
    context = browser.new_context(locale="en-GB")
    visitor = Visitor(demo, context)
    visitor.visit(visit="DE")
    visitor.press("Accept all")
    dashboard.goto(f"{demo.url}/sites/demo/tags")
    row = dashboard.get_by_role("row").filter(has_text="Demo Ads")
    row.get_by_role("switch").click()
    dashboard.wait_for_load_state("networkidle")
    publish(dashboard, demo)
    wait_for_version(demo, 3)
    demo.forget_hits()
    page = visitor.visit()
    visitor.settle()
    assert "ads" not in demo.hits()
    assert "analytics" in demo.hits()
    expect(page.get_by_role("button", name="Reject all", exact=True)).to_be_visible()
    tags = {tag["id"]: tag["reason"] for tag in page.evaluate("() => window.consent.get().tags")}
    # Advertising had no tag then, so nobody was asked for it.
    assert (tags["demo-ads"], tags["demo-analytics"]) == ("opt_in_not_given", "granted")
    context.close()
