"""Choices imported from a former consent tool, in Chromium; test_old_values.py tests each tool's cookie format."""

import datetime
import json
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.banner.old_klaro import BANNER, MAPPING, OLD, PART, cover_old_grants
from tests.banner.payload import DAY
from tests.banner.service import Service

pytestmark = pytest.mark.extended


@pytest.fixture
def service(service: Service) -> Service:
    assert service.payload
    service.payload["old"] = OLD
    cover_old_grants(service.payload)
    service.early = ["old_choices"]
    return service


def with_old(page: Page, service: Service, value: str, name: str = "klaro") -> None:
    page.context.add_cookies([{"name": name, "value": value, "url": service.origin}])


def ran(page: Page) -> list[str]:
    page.wait_for_function("(window.ran || []).includes('session')")
    return sorted(page.evaluate("ran"))


@pytest.mark.parametrize("is_apart", [False, True])
def test_does_not_ask_again_and_runs_no_more_than_was_granted(page: Page, service: Service, is_apart: bool) -> None:
    service.apart = is_apart
    with_old(page, service, PART)
    page.goto(service.page())
    page.wait_for_function("(window.ran || []).includes('chat')")
    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)
    assert set(ran(page)) == {"session", "chat"}
    receipt = service.one_receipt()
    assert {name: receipt[name] for name in ("action", "method", "choices", "vendors", "layer", "source")} == {
        **{"action": "save", "method": "import", "layer": 0},
        **{"choices": {"functional": True, "analytics": False}, "vendors": {"ads": False}},
        "source": {"tool": "klaro", "version": None, "said_at": None, "from": "cookie", "mapping": MAPPING},
    }
    cookie = service.own_cookies(page)["consent_demo"]
    assert cookie.split(".")[1] == str(DAY - 120)
    assert cookie.split(".")[4] == "111111111022222222-00000000"
    # Once the receipt is stored, the old cookie is deleted, and nothing is imported again.
    page.wait_for_function("!document.cookie.includes('klaro=')")
    page.reload()
    page.wait_for_function("(window.ran || []).includes('chat')")
    assert set(ran(page)) == {"session", "chat"}
    assert len({one["key"] for one in service.receipts}) == 1


@pytest.mark.parametrize("value", ["", "%7B", quote('{"chat":1}'), quote('{"chat":true,"chat":false}'), "x" * 4000])
def test_a_damaged_cookie_is_not_a_choice(page: Page, service: Service, value: str) -> None:
    page.goto(service.page())
    # The banner opens after the page has loaded: a reload before that leaves one "shown" fewer.
    service.wait_for(lambda: len(service.events) == 1)
    page.evaluate("value => document.cookie = `klaro=${value};path=/`", value)
    page.reload()
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    assert ran(page) == ["session"]
    assert service.receipts == []
    # An unreadable cookie is counted without its value; a page that finds no cookie isn't counted.
    service.wait_for(lambda: len(service.events) == 3)
    assert sorted(one["event"] for one in service.events) == ["shown", "shown", "unreadable"]
    assert value[:20] not in json.dumps(service.events) or not value


def keep_in_storage(page: Page, service: Service, name: str, text: str) -> None:
    page.goto(service.page())
    page.evaluate("([name, text]) => localStorage.setItem(name, text)", [name, text])
    page.reload()


def test_a_choice_in_local_storage_counts_like_one_in_a_cookie(page: Page, service: Service) -> None:
    assert service.payload
    names = {"analytics": "analytics", "functionality": "functional", "ads": "advertising"}
    service.payload["old"] = OLD | {"tool": "vanilla-cookieconsent", "cookie": "cc_cookie", "categories": names}
    said = (datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(20)).isoformat()
    kept = {
        "categories": ["necessary", "functionality"],
        "services": {"necessary": [], "functionality": [], "analytics": [], "ads": []},
        "lastConsentTimestamp": f"{said}T10:44:33.663Z",
    }
    keep_in_storage(page, service, "cc_cookie", json.dumps(kept))
    page.wait_for_function("(window.ran || []).includes('chat')")
    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)
    receipt = service.one_receipt()
    assert receipt["choices"] == {"functional": True, "analytics": False, "advertising": False}
    assert (receipt["source"]["from"], receipt["source"]["said_at"]) == ("storage", said)
    page.wait_for_function("localStorage.getItem('cc_cookie') === null")


def test_only_the_refusals_of_undated_values_that_never_expire_count(page: Page, service: Service) -> None:
    keep_in_storage(page, service, "klaro", json.dumps({"chat": True, "matomo": False, "ads": True}))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    assert ran(page) == ["session"]
    assert service.one_receipt()["choices"] == {"analytics": False}


@pytest.mark.parametrize(
    "text", ['{"chat":true,"chat":false}', "\ud800", "x" * 5_000_000], ids=["twice", "half", "huge"]
)
def test_a_damaged_item_beside_a_cookie_grants_nothing(page: Page, service: Service, text: str) -> None:
    with_old(page, service, PART)
    page.add_init_script(f"localStorage.setItem('klaro', {json.dumps(text)})")
    page.goto(service.page())
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    assert ran(page) == ["session"]
    receipt = service.one_receipt()
    assert (receipt["choices"], receipt["vendors"]) == ({"analytics": False}, {"ads": False})
    assert receipt["source"]["from"] == "cookie"


def test_a_choice_of_our_own_applies_and_the_old_one_is_not_read(page: Page, service: Service) -> None:
    page.goto(service.page())
    page.get_by_role("button", name="Reject all").click()
    service.wait_for(lambda: len(service.receipts) == 1)
    with_old(page, service, quote(json.dumps({"chat": True, "matomo": True, "ads": True})))
    page.reload()
    assert ran(page) == ["session"]
    assert [one["method"] for one in service.receipts] == ["click"]


def test_a_visitor_never_meets_two_banners(page: Page, service: Service) -> None:
    page.goto(service.page(BANNER % PART))
    ours = page.get_by_role("button", name="Reject all")
    expect(page.get_by_role("button", name="Some")).to_be_visible()
    page.wait_for_function("window.consent")
    expect(ours).to_be_hidden()
    page.get_by_role("button", name="Some").click()
    page.wait_for_function("ran.includes('chat')")
    expect(ours).to_have_count(0)
    assert service.one_receipt()["choices"] == {"functional": True, "analytics": False}


def test_our_banner_returns_when_the_old_one_closes_without_an_answer(page: Page, service: Service) -> None:
    page.goto(service.page(BANNER % "damaged"))
    page.wait_for_function("window.consent")
    ours = page.get_by_role("button", name="Reject all")
    expect(ours).to_be_hidden()
    page.get_by_role("button", name="Some").click()
    expect(ours).to_be_visible()
