"""*Check my site* and tags that are proxied on the site's own host or put into pages by a CDN."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from consent.runtime.embed_snippets import lines_of
from consent.scanner.health.check import SiteCheck
from consent.scanner.health.html_checks import check_page, placement_of
from consent.scanner.health.html_elements import read_parts
from consent.scanner.health.page_tags import PageTags, found_tags
from consent.sites.found_tags import FoundTag
from consent.sites.health_report import ERROR, Finding, Health, Subject
from tests.scanner.checked_shop import KNOWN, LINES, PAGE, SERVICE, SHOP, SUBJECT
from tests.scanner.own_host_site import GTAG, MATOMO, page, serve_vendors, snippet
from tests.scanner.websites import Sites

GATEWAY = '<script async src="/metrics/gtag/js?id=G-ABC1234567"></script>'
BARE = '<script src="/x4f2/"></script>'
OPAQUE = f'<script src="/x4f2/{"aB3_" * 12}"></script>'
MATOMO_FILE = '<script src="/stats/m.js"></script>'
INJECTED = "<script>window.google_tags_first_party=window.google_tags_first_party||[];</script>" + BARE
MOUNTED = SHOP | {"vendors": [SHOP["vendors"][0] | {"mounts": ["/metrics/*", "/x4f2/*"]}]}
FILES = {
    "https://www.shop.example/x4f2/": GTAG,
    f"https://www.shop.example/x4f2/{'aB3_' * 12}": GTAG,
    "https://www.shop.example/stats/m.js": MATOMO,
    "https://www.shop.example/app.js": "const app = 1",
}


def check_in_thread(check: Callable[[Subject, str], Health], subject: Subject, url: str) -> Health:
    """Return the result of `check` from another thread, since a browser of another test may run its loop here."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(check, subject, url).result()


def findings_and_tags(head: str, document: dict[str, Any] = SHOP) -> tuple[list[Finding], list[FoundTag]]:
    """Return the findings for a page, and its tags."""
    html = f"<!doctype html><html><head>{head}</head><body>{LINES['footer']}</body></html>"
    parts = read_parts(PAGE, html)
    subject = SUBJECT._replace(lines=lines_of("shop", SERVICE, document))
    our_lines = placement_of(parts, subject)
    places = PageTags(KNOWN, PAGE, subject.hosts, FILES).places(parts.parts, our_lines.line)
    findings = check_page(parts, our_lines, places, FILES, KNOWN, subject)
    return findings, found_tags((place, our_lines.holds(place)) for place in places)


@pytest.mark.parametrize(
    ("element", "vendor", "template", "parameters", "mount"),
    [
        (GATEWAY, "google-analytics", "ga4", {"measurement_id": "G-ABC1234567"}, "/metrics/*"),
        (BARE, "google-analytics", "", {}, "/x4f2/*"),
        (OPAQUE, "google-analytics", "", {}, "/x4f2/*"),
        (MATOMO_FILE, "matomo", "", {}, "/stats/m.js"),
    ],
)
def test_a_script_of_the_own_host_is_named_by_its_address_or_its_content(
    element: str, vendor: str, template: str, parameters: dict[str, str], mount: str
) -> None:
    findings, (tag,) = findings_and_tags(LINES["head"] + element)
    assert (tag.vendor, tag.template, tag.parameters, list(tag.mounts)) == (vendor, template, parameters, [mount])
    assert not tag.held
    (error,) = [one for one in findings if one.level == ERROR]
    assert "is proxied on the site's own host" in error.sentence
    assert error.lines == mount


def test_a_script_of_the_site_itself_is_no_tag() -> None:
    assert (
        findings_and_tags(LINES["head"] + '<script src="/app.js"></script><script src="/js/script.js"></script>')[1]
        == []
    )


def test_with_its_mount_it_is_held_as_its_vendor() -> None:
    findings, (tag,) = findings_and_tags(lines_of("shop", SERVICE, MOUNTED)["head"] + GATEWAY, MOUNTED)
    assert tag.held
    assert not [one for one in findings if one.level == ERROR]


def test_of_an_older_blocker_the_check_gives_the_newer_lines() -> None:
    findings, _ = findings_and_tags(LINES["head"] + GATEWAY, MOUNTED)
    errors = [one for one in findings if one.check == "unmarked"]
    assert [one.lines for one in errors] == [lines_of("shop", SERVICE, MOUNTED)["head"]]


@pytest.mark.parametrize("document", [SHOP, MOUNTED])
def test_a_tag_that_a_cdn_puts_above_our_lines_cannot_be_held_by_them(document: dict[str, Any]) -> None:
    findings, _ = findings_and_tags(INJECTED + lines_of("shop", SERVICE, document)["head"], document)
    (injected,) = [one for one in findings if one.check == "injected"]
    assert injected.level == ERROR
    assert "Turn off Set up tag" in injected.sentence
    assert "a policy with a nonce" in injected.sentence


def test_a_tag_that_a_plugin_puts_below_our_lines_is_no_such_fault() -> None:
    findings, _ = findings_and_tags(LINES["head"] + INJECTED)
    assert not [one for one in findings if one.check == "injected"]


def test_a_page_is_fetched_as_browsers_do_so_that_what_is_put_in_for_them_is_seen(sites: Sites) -> None:
    serve_vendors(sites)
    agents = []

    def answer(handler: Any) -> None:
        agents.append(handler.headers["User-Agent"])
        is_browser = "Chrome/" in agents[-1] and handler.headers["Sec-Fetch-Dest"] == "document"
        page(sites, "/p", INJECTED.replace("/x4f2/", "/metrics/gtag/js") if is_browser else "")
        handler.answer(sites.pages["/p"], "text/html")

    sites.acts["/"] = answer
    subject = SUBJECT._replace(hosts=[sites.url("")])
    check = SiteCheck(KNOWN._catalog, sites.url("", "consent.localhost"), ("*.localhost",))
    health = check_in_thread(check, subject, sites.url("/"))
    assert len(agents) == 1
    assert [one.check for one in health.findings if one.check == "injected"] == ["injected"]
    assert [(tag.vendor, list(tag.mounts)) for tag in health.tags] == [("google-analytics", ["/metrics/gtag/js"])]


@pytest.mark.long
def test_a_browser_names_the_mounts_of_what_scripts_add(sites: Sites, chromium: Any) -> None:
    assert chromium
    serve_vendors(sites)
    page(sites, "/", body=snippet("google-analytics") + snippet("matomo"))
    subject = SUBJECT._replace(hosts=[sites.url("")], is_published=False, was_seen=True)
    check = SiteCheck(KNOWN._catalog, sites.url("", "consent.localhost"), ("*.localhost",))
    health = check_in_thread(check.in_browser, subject, sites.url("/"))
    mounts = {tag.vendor: [*tag.mounts] for tag in health.tags}
    assert mounts["google-analytics"] == ["/metrics/*"]
    assert set(mounts["matomo"]) == {"/stats/m.js", "/stats/collect"}
    (error,) = [one for one in health.findings if one.check == "browser" and one.level == ERROR]
    assert "Matomo ran before any choice" in error.sentence
    assert "proxied on the site's own host" in error.sentence
