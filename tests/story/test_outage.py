"""The service goes down in the middle of a visit, and comes back."""

import os
import signal
import time

import pytest
import requests
from playwright.sync_api import expect

from consent.demo.seed import ADMIN
from tests.dashboard.strict_page import strict_page
from tests.polling import wait_for
from tests.story.demo import Visitor, free_ports, start_demo, stop_demo
from tests.walks import Walk

pytestmark = [pytest.mark.server, pytest.mark.extended]
AWAY_S = 600
"""Seconds that the service is down: twice the five minutes after which a choice is late."""


def children_of(pid):
    """Return the pids of all descendants of `pid`."""
    below = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    parent = int(file.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                below += [int(entry), *children_of(int(entry))]
    return below


def receipts(demo):
    token = demo.command("token", "create", "--scope", "receipts:read")
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{demo.url}/api/v1/sites/demo/receipts", headers=headers, timeout=10).json()["items"]


@pytest.mark.walk("O11")
def test_a_choice_made_while_the_service_is_killed_is_delivered_once_after_its_return(tmp_path, browser):
    demo = start_demo(tmp_path, free_ports(3))
    context = browser.new_context(locale="en-GB")
    # This browser's clock is ten minutes behind, so the choice has already waited by the real time.
    context.clock.install(time=time.time() - AWAY_S)
    visitor = Visitor(demo, context)
    page = visitor.visit(visit="DE")
    # Only the service: the shop keeps running, as a real shop would. It runs in the demo's own process.
    for pid in children_of(demo.process.pid):
        os.kill(pid, signal.SIGKILL)
    demo.process.send_signal(signal.SIGTERM)
    demo.process.wait(120)
    page.get_by_role("button", name="Accept all", exact=True).click()
    expect(page.get_by_role("button", name="Accept all", exact=True)).to_have_count(0)
    assert page.evaluate("() => window.consent.get().groups.analytics.granted") is True
    again = start_demo(tmp_path, demo.ports)
    context.clock.fast_forward(AWAY_S * 1000)
    visitor.visit()
    visitor.settle()
    wait_for(lambda: receipts(again))
    visitor.visit()
    visitor.settle()
    (only,) = receipts(again)
    assert only["action"] == "accept_all"
    Walk(page).done("O11")
    the_loss_meter_shows_one_late_receipt(again, demo.password, browser)
    assert visitor.errors == []
    context.close()
    assert stop_demo(again) == 0


def the_loss_meter_shows_one_late_receipt(demo, password, browser):
    with strict_page(browser, demo.url) as view:
        page = view.open("/login")
        page.get_by_label("Email").fill(ADMIN)
        page.get_by_label("Password", exact=True).fill(password)
        page.keyboard.press("Enter")
        page.wait_for_url("**/sites/**")
        meter = view.open("/sites/demo/statistics").locator("#losses")
        expect(meter).to_contain_text("Receipts kept: 1, of these late: 1.")
        expect(meter).to_contain_text("because the service could not be reached")
        meter.locator("summary").click()
        expect(meter.locator("tbody [data-label=Late]")).to_have_text("1")


@pytest.fixture
def asleep(demo):
    """Suspend the demo's service, and resume it afterwards."""
    demo.forget_hits()
    service = children_of(demo.process.pid)
    for pid in service:
        os.kill(pid, signal.SIGSTOP)
    yield demo
    for pid in service:
        os.kill(pid, signal.SIGCONT)


def test_a_page_works_and_holds_everything_while_the_service_is_away(asleep, browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{asleep.shop}/?visit=DE", wait_until="domcontentloaded")
    expect(page.get_by_role("heading").first).to_be_visible()
    page.get_by_role("link", name="Cart").first.click(no_wait_after=True)
    page.wait_for_url("**/cart", wait_until="domcontentloaded")
    assert asleep.hits() == {}
    context.close()
