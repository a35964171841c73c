"""What a refusal deletes with Set-Cookie: only cookies that the config lists for what was refused."""

import re
import secrets

import pytest

from consent.classifier.catalog import VENDORS, load_catalog
from consent.core.paths import matches
from tests.api.shop import ORIGIN, Shop, with_container
from tests.framework_cookies import ALL, FRAMEWORKS


def named(name: str, group: str, vendor: str | None, pattern: bool = False) -> dict[str, object]:
    facts = {"purpose": None, "lifetime_s": 60, "domain": None, "third_party": False, "kind": "cookie"}
    return {"name": name, "group": group, "vendor": vendor, "pattern": pattern, **facts}


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Declare cookies of several vendors, one of them shared by two."""

    def change(draft: dict) -> None:  # type: ignore[type-arg]
        draft["cookies"] += [
            named("_ga", "analytics", "ga"),
            named("_ga_*", "analytics", "ga", pattern=True),
            named("_ads", "advertising", "ads"),
            named("both", "analytics", "ga"),
            named("both", "functional", "chat"),
        ]

    shop.edit(change)
    shop.publish()
    return shop


def deleted(shop: Shop, cookies: str, choices: dict[str, bool], origin: str = ORIGIN) -> dict[str, set[str]]:
    """Return the domains under which each cookie is deleted; an empty string means host-only."""
    body = shop.choice("save", choices=choices, key=secrets.token_hex(16))
    host = origin.removeprefix("https://")
    answer = shop.choose(body, origin=origin, Cookie=cookies, Host=host, Sec_Fetch_Site="same-origin")
    assert answer.status_code == 201
    assert "Clear-Site-Data" not in answer.headers
    found: dict[str, set[str]] = {}
    for header in answer.headers.getlist("Set-Cookie"):
        if "Max-Age=0" in header:
            domain = re.search("Domain=([^;]*)", header)
            found.setdefault(header.partition("=")[0], set()).add(domain[1] if domain else "")
    return found


NOTHING = {"functional": False, "analytics": False, "advertising": False}
COOKIES = "_ga=1; _ga_X7=2; _ads=3; both=4; basket=5; _gale=6"


def test_a_refusal_deletes_what_is_named_on_the_host_and_its_parents(shop: Shop) -> None:
    domains = {"", "www.example.com", "example.com"}
    assert deleted(shop, COOKIES, NOTHING) == dict.fromkeys(("_ga", "_ga_X7", "_ads", "both"), domains)


def test_keeps_granted_cookies_and_those_shared_with_a_granted_vendor(shop: Shop) -> None:
    gone = deleted(shop, COOKIES, {"functional": True, "analytics": False, "advertising": False})
    assert set(gone) == {"_ga", "_ga_X7", "_ads"}
    gone = deleted(shop, COOKIES, {"functional": False, "analytics": True, "advertising": True})
    assert gone == {}


def test_what_a_container_brings_is_deleted_too_but_for_what_the_config_names(shop: Shop) -> None:
    shop.edit(with_container)
    shop.publish()
    cookies = COOKIES + "; _fbp=7; FPID=8; _clck=9; _statsoid=1"
    assert set(deleted(shop, cookies, {"functional": True, "analytics": False, "advertising": False})) == {
        *("_ga", "_ga_X7", "_ads", "_fbp", "FPID", "_clck")
    }
    assert set(deleted(shop, cookies, {"functional": True, "analytics": True, "advertising": False})) == {
        "_ads",
        "_fbp",
    }


def test_keeps_cookies_of_undecided_groups(shop: Shop) -> None:
    assert set(deleted(shop, COOKIES, {"advertising": False})) == {"_ads"}


def test_a_service_on_a_foreign_domain_deletes_nothing(shop: Shop) -> None:
    body = shop.choice("save", choices=NOTHING)
    answer = shop.choose(body, Cookie=COOKIES, Host="consent.elsewhere.example", Sec_Fetch_Site="cross-site")
    assert answer.headers.getlist("Set-Cookie") == []


def test_a_public_suffix_is_not_a_cookie_domain(shop: Shop) -> None:
    shop.edit(lambda draft: draft.update(hosts=[ORIGIN, "https://www.shop.co.uk"]))
    shop.publish(seen_by="somebody else")
    gone = deleted(shop, "_ga=1", NOTHING, origin="https://www.shop.co.uk")
    assert gone == {"_ga": {"", "www.shop.co.uk", "shop.co.uk"}}


def test_sessions_tokens_and_carts_of_frameworks_survive_a_refusal_of_the_whole_catalog(shop: Shop) -> None:
    vendors = [vendor.document for vendor in load_catalog(VENDORS).vendors]

    def change(draft: dict) -> None:  # type: ignore[type-arg]
        for vendor in vendors:
            draft["cookies"] += [
                {**cookie, "vendor": None} for cookie in vendor["cookies"] if cookie["group"] != "essential"
            ]

    shop.edit(change)
    shop.publish()
    value = "; ".join(f"{name}=1" for name in [*ALL, "_ga", "_fbp"])
    assert set(deleted(shop, value, NOTHING)) == {"_ga", "_fbp"}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_no_vendor_of_the_catalog_names_a_session_token_or_cart_but_as_essential(framework: str) -> None:
    taken = [
        (name, vendor.id, cookie["name"])
        for name in FRAMEWORKS[framework].split()
        for vendor in load_catalog(VENDORS).vendors
        for cookie in vendor.document["cookies"]
        if cookie["group"] != "essential" and not cookie["third_party"]
        if (matches(cookie["name"], name) if cookie["pattern"] else cookie["name"] == name)
    ]
    assert taken == []
