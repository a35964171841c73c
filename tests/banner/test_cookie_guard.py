"""Cookies listed in the config wait for their group if the site enables it."""

import pytest
from playwright.sync_api import Page

from tests.banner.payload import choice
from tests.banner.service import LINE, Service

SYNC = LINE.replace("async ", "")


@pytest.fixture
def service(service: Service) -> Service:
    """Guard the cookies of the vendor stats."""
    assert service.payload
    service.payload["guarded"] = [["analytics", "stats", ["_stats", "_stats_*"]], ["essential", None, ["_stats_csrf"]]]
    service.early = ["cookie_guard"]
    return service


def test_cookies_listed_in_the_config_are_not_set_before_a_grant_but_others_are(page: Page, service: Service) -> None:
    page.goto(service.page(head=SYNC))
    write = """() => { for (const name of ["_stats", "_stats_7", "_stats_csrf", "basket", "_statsoid"])
        document.cookie = name + "=1; path=/"; return document.cookie.split("; ").sort() }"""
    assert page.evaluate(write) == ["_stats_csrf=1", "_statsoid=1", "basket=1"]
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("consent.get().groups.analytics.granted")
    assert {"_stats=1", "_stats_7=1"} < set(page.evaluate(write))
    page.evaluate("consent.withdraw()")
    page.wait_for_function("!document.cookie.includes('_stats=')")


def test_a_cookie_may_always_be_deleted_and_a_held_one_of_the_cookie_store_keeps_its_promise(
    page: Page, service: Service
) -> None:
    page.context.add_cookies([{"name": name, "value": "1", "url": service.origin} for name in ("_stats", "_stats_7")])
    page.goto(service.page(head=SYNC))
    assert (
        page.evaluate(
            """() => { document.cookie = "_stats=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT"
        document.cookie = "_stats_7=; path=/; max-age=0"
        document.cookie = "_stats_8=1; path=/; max-age=100; expires=Thu, 01 Jan 1970 00:00:00 GMT"
        document.cookie = "_stats_9=1; path=/; expires=Thu, 01 Jan 2099 00:00:00 GMT"
        return cookieStore.set("_stats_6", "1").then(() => document.cookie) }"""
        )
        == ""
    )


def test_a_returning_visitors_cookies_are_set_once_it_is_known_that_they_may_be(page: Page, service: Service) -> None:
    assert service.payload
    service.apart = True
    service.payload["guarded"] = [["analytics", "stats", ["_stats*"]], ["advertising", "ads", ["_ads*"]]]
    service.visit_with(page, choice("010"))
    sets = "<script>for (const name of ['_stats_1', '_ads_1', 'basket']) document.cookie = name + '=1; path=/'</script>"
    page.goto(service.page(head=SYNC + sets))
    page.wait_for_function("document.cookie.includes('_stats_1=1')")
    assert page.evaluate("document.cookie.includes('basket=1') && !document.cookie.includes('_ads_1')")
