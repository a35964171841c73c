"""When visitors are asked again, and in which language: assertions 18 to 21."""

import datetime
import json
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from consent.core.days import add_months, day_of
from consent.core.resolve import resolve
from consent.core.rules import Place
from consent.presentation.texts import banner_texts
from tests.golden import make_config, shipped_rules
from tests.law.visits import Arrive, wait_for_version
from tests.story.demo import Demo, Visitor

pytestmark = [pytest.mark.server, pytest.mark.extended]

MOST_MONTHS = 13
SHOWN = "consent.get().show"
REASON = "consent.get().tags.find(tag => tag.id === 'demo-analytics').reason"
# The single English button for users' tools is neither painted nor read out.
WORDS = "layer => [...layer.children].filter(node => !node.ariaHidden).map(node => node.innerText).join(' ')"


def today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


def months(place: str) -> tuple[int, int]:
    """Return the months until a grant ends in `place`, and until a refusal may be asked about again.

    Both come from the rules' own columns.
    """
    country, _, subdivision = place.partition("-")
    rule = shipped_rules().rule_at(Place(country or None, subdivision or None), today())
    life = min(rule.consent_months or MOST_MONTHS, MOST_MONTHS)
    return life, max(life, rule.cooldown_months or 0)


def show_after(visitor: Visitor, days: int) -> str:
    """Return what the script wants to show, `days` from now by the browser's clock."""
    noon = datetime.datetime.combine(today(), datetime.time(12), datetime.UTC)
    visitor.context.clock.set_fixed_time(noon + datetime.timedelta(days=days))
    shown: str = visitor.visit().evaluate(SHOWN)
    return shown


def days_until(number: int) -> int:
    """Return the days until `number` calendar months have passed."""
    start = day_of(today())
    return add_months(start, number) - start


@pytest.mark.parametrize("place", ["DE", "FR", "US-CA"])
def test_assertion_18_a_refusal_is_not_asked_again_before_its_time(arrive: Arrive, place: str) -> None:
    visitor = arrive(place)
    visitor.press("Opt out" if place == "US-CA" else "Reject all")
    end = days_until(months(place)[1])
    for days in (1, 30, end - 1):
        assert show_after(visitor, days) == "none", days
        assert "Reject all" not in visitor.buttons()
    # Where tags run until refused, visitors aren't asked: the refusal stays.
    assert show_after(visitor, end + 1) == ("none" if place == "US-CA" else "ask")
    assert visitor.page.evaluate("consent.get().groups.advertising.granted") is False


def test_assertion_18_a_refusal_stays_an_answer_where_one_vendor_is_allowed_after_it(arrive: Arrive) -> None:
    visitor = arrive("DE", "/plants/monstera")
    visitor.press("Reject all")
    visitor.press("Always allow")
    for path in ("/", "/plants/monstera"):
        assert visitor.visit(path).evaluate(SHOWN) == "none"
        assert "Reject all" not in visitor.buttons()
    allowed = visitor.page.evaluate("consent.get().allowed_tags")
    assert allowed == ["demo-session", "demo-video"]


def test_assertion_18_the_time_counts_from_the_last_refusal(arrive: Arrive) -> None:
    visitor = arrive("FR")
    life, keep = months("FR")
    assert show_after(visitor, -days_until(life - 1)) == "ask"
    visitor.page.evaluate("void consent.set({functional: true, analytics: false, advertising: false})")
    visitor.page.wait_for_function("consent.get().groups.functional.granted")
    assert show_after(visitor, 0) == "none"
    visitor.page.evaluate("void consent.withdraw('functional')")
    visitor.page.wait_for_function("consent.get().groups.functional.reason === 'refused'")
    assert show_after(visitor, days_until(keep) - 1) == "none"
    assert show_after(visitor, days_until(keep) + 1) == "ask"


def test_assertion_18_in_no_place_is_a_refusal_asked_again_sooner_than_a_grant() -> None:
    rules = shipped_rules()
    for code in rules.codes:
        country, _, subdivision = code.partition("-")
        resolved = resolve(make_config([]), rules, Place(country, subdivision or None), day_of(today()))
        assert resolved["keep"] >= resolved["life"], code


def test_assertion_19_a_grant_ends_and_is_asked_for_anew(arrive: Arrive) -> None:
    visitor = arrive("FR")
    visitor.press("Accept all")
    end = days_until(months("FR")[0])
    assert show_after(visitor, end - 1) == "none"
    assert visitor.page.evaluate("consent.get().groups.analytics.granted") is True
    visitor.leave()
    assert show_after(visitor, end + 1) == "ask"
    visitor.settle()
    assert visitor.demo.hits() == {}


@pytest.mark.long
def test_assertion_20_another_purpose_is_asked_for_and_another_color_is_not(
    arrive: Arrive, demo: Demo, publish: Any
) -> None:
    draft = json.loads(demo.command("config", "export", "demo"))
    visitor = arrive("DE")
    visitor.press("Accept all")
    draft["look"]["accent"] = "#123456"
    wait_for_version(visitor, publish(json.dumps(draft)))
    assert visitor.page.evaluate(SHOWN) == "none"
    tag = next(tag for tag in draft["tags"] if tag["id"] == "demo-analytics")
    tag["purposes"] += ["ab_test"]
    wait_for_version(visitor, publish(json.dumps(draft)))
    assert visitor.page.evaluate(SHOWN) == "ask"
    assert visitor.page.evaluate(REASON) == "not_covered"
    expect(visitor.page.get_by_role("button", name="Reject all", exact=True)).to_be_visible()


def test_assertion_21_one_banner_speaks_one_language_and_says_which(arrive: Arrive) -> None:
    language = "de"
    page = arrive("DE", language=language).page
    layer = page.locator("section[role=region]").first
    expect(layer).to_have_attribute("lang", language)
    own, english = banner_texts(language), banner_texts("en")
    words = layer.evaluate(WORDS)
    for key in ("title", "accept_all", "reject_all", "settings", "withdrawal"):
        assert own[key] in words
    strangers = [key for key, text in english.items() if len(text) > 5 and text not in own.values() and text in words]
    assert strangers == []


@pytest.mark.parametrize(
    ("place", "asked", "accepted", "language"),
    [
        ("DE", "fr", "de", "fr"),
        ("DE", "", "it, en;q=0.5", "it"),
        ("BR", "", "", "pt-BR"),
        ("CA-QC", "", "", "fr-CA"),
        ("DE", "xx", "xx", "en"),
    ],
)
def test_assertion_21_the_page_then_the_browser_then_the_place_then_the_site_decide_on_it(
    demo: Demo, token: str, place: str, asked: str, accepted: str, language: str
) -> None:
    country, _, subdivision = place.partition("-")
    query = {"country": country, "subdivision": subdivision, "language": asked}
    answer = requests.get(
        f"{demo.url}/api/v1/sites/demo/decision",
        params={name: value for name, value in query.items() if value},
        headers={"Authorization": f"Bearer {token}", "Accept-Language": accepted},
        timeout=10,
    )
    assert answer.json()["language"] == language
