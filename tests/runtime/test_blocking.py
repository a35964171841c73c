"""The attributes of a site's blocker element."""

import re

from consent.core.host_patterns import owner_of
from consent.runtime.blocking import blocker_attributes, code_libraries, places_of

SERVICE = "https://consent.example.com"
SITE = {
    "hosts": ["https://www.shop.example", "http://127.0.0.1:8000"],
    "vendors": [
        {"id": "hubspot", "hosts": ["js.hsforms.net", "*.hubspot.com"]},
        {"id": "stripe", "hosts": ["js.stripe.com"]},
        {"id": "shop", "hosts": ["login.example.net"]},
    ],
    "tags": [
        {"vendor": vendor, "group": group, "load": {"type": "marked", "src": None}}
        for vendor, group in (("hubspot", "advertising"), ("stripe", "essential"), ("shop", "essential"))
    ],
    "overrides": {"allowed_hosts": ["cdn.example.net/shop/"]},
}


def early_facts_with(**changes):
    """Return the attributes for a site with these overrides, each as a list of entries."""
    site = SITE | {"overrides": SITE["overrides"] | changes}
    return {
        name: value.split(" ") for name, value in re.findall(r'data-(\w+)="([^"]*)"', blocker_attributes(site, SERVICE))
    }


def test_own_domains_allowed_hosts_essential_vendors_and_libraries_run():
    run = early_facts_with()["run"]
    own = {"shop.example", "*.shop.example", "127.0.0.1", "consent.example.com"}
    assert own | {"cdn.example.net/shop/", "js.stripe.com", "login.example.net", "cdn.jsdelivr.net"} <= set(run)
    assert {*code_libraries()} <= set(run)
    assert len(run) == len(set(run))


def test_hosts_of_all_other_vendors_are_held():
    assert early_facts_with()["hold"][:2] == ["js.hsforms.net", "*.hubspot.com"]


def test_a_plugins_file_that_fails_without_a_library_is_held_with_it():
    captcha = {"id": "google-recaptcha", "hosts": ["www.google.com/recaptcha/"]}
    site = SITE | {"vendors": [captcha], "tags": [SITE["tags"][0] | {"vendor": captcha["id"], "group": "functional"}]}
    plugins = "www.shop.example/wp-content/plugins"
    places = {"captcha": places_of(site, captcha), "own": ["*.shop.example"]}
    assert owner_of(f"{plugins}/contact-form-7/modules/recaptcha/index.js?ver=6.1", places) == "captcha"
    assert owner_of(f"{plugins}/contact-form-7/includes/js/index.js", places) == "own"
    assert {*places["captcha"]} <= {*re.search(r'data-hold="([^"]*)"', blocker_attributes(site, SERVICE))[1].split(" ")}


def test_packages_of_trackers_on_a_host_of_code_libraries_are_held_and_its_libraries_run():
    places = early_facts_with()
    for package in ("posthog-js@1/dist/array.js", "mixpanel-browser", "@amplitude/unified@1/x.js", "logrocket/lib.js"):
        assert owner_of(f"https://cdn.jsdelivr.net/npm/{package}", places) == "hold"
    for package in ("jquery@3/dist/jquery.min.js", "bootstrap@5/x.js", "friendly-challenge@0.9/widget.min.js"):
        assert owner_of(f"https://cdn.jsdelivr.net/npm/{package}", places) == "run"
    assert owner_of("https://static.hotjar.com/c/hotjar-1.js", places) is None


def test_what_inline_code_uses_of_a_library_is_named():
    assert early_facts_with()["globals"] == ["hbspt.=hsforms.net"]


def test_where_the_unknown_runs_every_optional_vendor_of_the_catalog_is_held():
    assert "unknown" not in early_facts_with()
    assert "unknown" not in early_facts_with(unknown_hosts="ask")
    lax = early_facts_with(unknown_hosts="run")
    assert lax["unknown"] == ["run"]
    for address in ("static.hotjar.com/c/hotjar-1.js", "cdn.jsdelivr.net/npm/posthog-js", "www.google.com/maps/embed"):
        assert owner_of(f"https://{address}", lax) == "hold"
    for address in ("js.stripe.com/v3/", "code.jquery.com/jquery.js"):
        assert owner_of(f"https://{address}", lax) == "run"


def test_an_essential_vendor_of_the_catalog_runs_unless_the_site_has_it_in_another_group():
    site = SITE | {"tags": [SITE["tags"][1] | {"group": "functional"}]}
    attributes = blocker_attributes(site, SERVICE)
    assert "js.stripe.com" in re.search(r'data-hold="([^"]*)"', attributes)[1].split(" ")
