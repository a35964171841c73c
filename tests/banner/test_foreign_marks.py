"""Pages marked up for another consent tool: our script holds what that tool would hold, and runs it when allowed."""

import pytest
from playwright.sync_api import Page, expect

from tests.banner.blocker import blocker
from tests.banner.service import LINE, Service

pytestmark = pytest.mark.extended

KLARO = """<script type="text/plain" data-type="text/javascript" data-name="STATS" data-src="/vendor/klaro.js"></script>
<script type="opt-in" data-type="text/javascript" data-name="stats">ran.push("klaro-first")</script>
<script type="text/plain" data-type="text/javascript" data-name="unheard">ran.push("klaro-unheard")</script>
<iframe data-name="video" data-src="/film" title="film" width="400" height="250"></iframe>"""
VANILLA = """<script type="text/plain" data-category="analytics" data-service="Stats" data-src="/vendor/vanilla.js"></script>
<script type="text/plain" data-cookiecategory="analytics" src="/vendor/vanilla2.js" defer></script>
<script type="text/plain" data-category="necessary">window.needed = true</script>
<script type="text/plain" data-category="!analytics">ran.push("never")</script>
<ul data-category="shoes"><li>an element of the shop's own</li></ul>"""
COOKIEBOT = """<script type="text/plain" data-cookieconsent="statistics" src="/vendor/bot.js"></script>
<script type="text/plain" data-cookieconsent="preferences, marketing">ran.push("bot-both")</script>
<script type="text/plain" data-cookieconsent="ignore">ran.push("ignored")</script>
<iframe data-cookieblock-src="/film" data-cookieconsent="marketing" title="film" width="400" height="250"></iframe>"""
OREJIME = """<template data-purpose="stats"><script src="/vendor/orejime.js"></script></template>
<template data-purpose="video"><iframe src="/film" title="film" width="400" height="250"></iframe></template>
<template data-purpose="unheard"><script>ran.push("orejime-unheard")</script></template>"""
TARTEAUCITRON = """<div class="youtube_player" videoID="a b&quot;c" width="400" height="250" title="film"></div>
<div class="youtube_player" data-videoID="d" data-width="300" data-height="200"></div>
<div class="tac_iframe" url="/other" width="400" height="250"></div>
<div class="tac_iframe" data-url="/film" width="400" height="250"></div>
<div class="tac_iframe" data-url="javascript:ran.push('bad')" width="400" height="250"></div>"""


@pytest.fixture
def service(service: Service) -> Service:
    """Enable support for other tools' marks."""
    assert service.payload
    service.payload["foreign"] = True
    service.early = ["marks"]
    service.page("film", head="", path="/film")
    return service


def ran(page: Page) -> list[str]:
    page.wait_for_function("(window.ran || []).includes('session')")
    return sorted(page.evaluate("ran"))


def grant(page: Page, *groups: str) -> None:
    page.wait_for_function("window.consent")
    page.evaluate("groups => consent.set(Object.fromEntries(groups.map(group => [group, true])))", groups)


@pytest.mark.parametrize("body", [KLARO, VANILLA, COOKIEBOT, OREJIME, TARTEAUCITRON])
def test_nothing_runs_or_is_requested_before_a_choice(page: Page, service: Service, body: str) -> None:
    page.goto(service.page(body))
    assert ran(page) == ["session"]
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    assert service.asked_for("/film") == 0
    assert page.evaluate("window.needed") is (True if body is VANILLA else None)


def test_klaros_names_are_vendors_and_an_unknown_one_waits_as_advertising(page: Page, service: Service) -> None:
    page.goto(service.page(KLARO))
    grant(page, "analytics", "functional")
    page.wait_for_function("['klaro', 'klaro-first'].every(name => ran.includes(name))")
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    assert "klaro-unheard" not in ran(page)
    grant(page, "advertising")
    page.wait_for_function("ran.includes('klaro-unheard')")


def test_orejimes_templates_wait_as_their_purpose_is_a_vendor(page: Page, service: Service) -> None:
    page.goto(service.page(OREJIME))
    grant(page, "analytics", "functional")
    page.wait_for_function("ran.includes('orejime')")
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    assert "orejime-unheard" not in ran(page)
    grant(page, "advertising")
    page.wait_for_function("ran.includes('orejime-unheard')")


def test_vanillas_categories_are_groups(page: Page, service: Service) -> None:
    page.goto(service.page(VANILLA))
    grant(page, "analytics")
    page.wait_for_function("['stats', 'vanilla', 'vanilla2'].every(name => ran.includes(name))")
    assert sorted({*ran(page)}) == ["session", "stats", "vanilla", "vanilla2"]
    assert page.locator("ul[data-consent]").count() == 0


@pytest.mark.parametrize("head", ["", blocker()])
def test_a_script_that_waits_for_a_refusal_never_runs(page: Page, service: Service, head: str) -> None:
    negated = [
        "<script type='text/plain' data-category='!analytics'>ran.push('category')</script>",
        f"<script type='text/plain' data-category='!analytics' src='{service.vendors}/vendor/address.js'></script>",
        "<script type='text/plain' data-category='analytics' data-service='!Stats'>ran.push('service')</script>",
        "<script type='text/plain' data-category='analytics'>ran.push('last')</script>",
    ]
    page.goto(service.page("".join(negated), head=head + LINE))
    grant(page, "functional", "analytics", "advertising")
    page.wait_for_function("ran.includes('last')")
    assert {"category", "address", "service"}.isdisjoint(ran(page))


def test_cookiebots_categories_are_groups_and_of_several_each_is_needed(page: Page, service: Service) -> None:
    page.goto(service.page(COOKIEBOT))
    grant(page, "analytics", "advertising")
    page.wait_for_function("ran.includes('bot')")
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    assert "bot-both" not in ran(page)
    grant(page, "functional")
    page.wait_for_function("ran.includes('bot-both')")
    assert "ignored" not in ran(page)


def test_tarteaucitrons_players_become_frames_of_their_size(page: Page, service: Service) -> None:
    page.goto(service.page(TARTEAUCITRON))
    expect(page.get_by_role("button", name="Load once")).to_have_count(5)
    frames = page.locator("iframe")
    assert frames.evaluate_all("all => all.slice(1, 3).map(one => [one.dataset.src, one.width])") == [
        ["https://www.youtube-nocookie.com/embed/d", "300"],
        ["/other", "400"],
    ]
    assert frames.first.get_attribute("data-src") == "https://www.youtube-nocookie.com/embed/a%20b%22c"
    grant(page, "advertising")
    expect(page.frame_locator("iframe[data-src='/film']").get_by_text("film")).to_be_visible()
    assert "bad" not in ran(page)


def test_ignores_foreign_marks_unless_the_owner_enables_them(page: Page, service: Service) -> None:
    service.early = []
    page.goto(service.page(VANILLA))
    grant(page, "analytics")
    page.wait_for_function("ran.includes('stats')")
    assert "vanilla" not in ran(page)
