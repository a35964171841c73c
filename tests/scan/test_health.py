"""*Check my site* without a browser: what a page and answers show, by each fault that was put into them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from consent.classify.catalogue import VENDORS, load_catalogue
from consent.scan.addresses import AllowList
from consent.scan.fetch import Answer
from consent.scan.health import SiteCheck, _of_page
from consent.scan.health_answers import check_answer, check_cookie, check_names, check_policies
from consent.scan.health_page import check_page
from consent.scan.page_parts import read_parts
from consent.scan.site_page import Fetched, SiteFetcher
from consent.snapshots.embed_lines import blocker, blocker_hash, lines_of
from consent.snapshots.site_health import FAULT, NOTE, Finding, Placed, Subject
from tests.scan.sites import Sites, serving

SERVICE = "https://consent.example.com"
PAGE = "https://www.shop.example/"
SHOP = {"hosts": [PAGE[:-1]], "tags": [], "vendors": [], "overrides": {}}
LINES = lines_of("shop", SERVICE, SHOP)
SUBJECT = Subject(
    "shop", [PAGE[:-1]], "host", frozenset({"google-analytics"}), LINES, blocker(), blocker_hash(), False, False
)
BOOK = SiteCheck(load_catalogue(VENDORS), SERVICE)._book
GA = '<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>'
GTAG = "<script>window.dataLayer=[];function gtag(){dataLayer.push(arguments)}gtag('js',new Date())</script>"
GRANTS = "<script>gtag('consent','default',{ad_storage:'granted',analytics_storage:'granted'})</script>"
PIXEL = '<img src="https://www.facebook.com/tr?id=1" alt="">'
INLINE = "<script>!function(){var s='https://connect.facebook.net/en_US/fbevents.js'}()</script>"
FOOTER = LINES["footer"]
PLACED = Placed(LINES["script"], "", True, "")


def looked(head: str, body: str = FOOTER, **facts: Any) -> dict[str, Finding]:
    """Return what is wrong with a page, by the name of the check."""
    html = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
    found, _ = check_page(read_parts(PAGE, html), PAGE, SUBJECT._replace(**facts), BOOK)
    return {one.check: one for one in found if one.level in (FAULT, NOTE)}


def test_a_page_with_both_lines_first_has_nothing_to_mend() -> None:
    assert looked(LINES["head"]) == {}
    assert looked(LINES["line"]) == {}
    marked = f'{LINES["line"]}<script type="text/plain" data-consent="analytics" data-src="https://www.googletagmanager.com/gtag/js">'
    assert looked(marked + "</script>") == {}
    assert looked(LINES["head"], f"<noscript>{PIXEL}</noscript>{FOOTER}") == {}


@pytest.mark.parametrize(
    ("head", "body", "check", "level", "mended_by"),
    [
        ("", FOOTER, "line", FAULT, LINES["head"]),
        (f"<script>addEventListener('load',()=>add('{LINES['script']}'))</script>", FOOTER, "line", NOTE, LINES["head"]),
        (LINES["line"].replace("async", 'type="module"'), FOOTER, "line", FAULT, LINES["head"]),
        (LINES["line"] * 2, FOOTER, "line", NOTE, ""),
        (GA + LINES["head"], FOOTER, "order", FAULT, LINES["head"]),
        (LINES["line"] + f"<script>{blocker()}</script>", FOOTER, "order", FAULT, LINES["head"]),
        ("", LINES["line"] + FOOTER, "order", NOTE, ""),
        (LINES["line"] + GA, FOOTER, "unmarked", FAULT, 'data-consent="analytics" data-vendor="google-analytics" data-src="https://www.g'),
        (LINES["head"] + GA, FOOTER, "unmarked", NOTE, 'type="text/plain"'),
        (LINES["head"], PIXEL + FOOTER, "unmarked", FAULT, '<img data-consent="advertising" data-src="https://www.facebook.com/tr?id=1">'),
        (LINES["head"] + INLINE, FOOTER, "unmarked", FAULT, '<script type="text/plain" data-consent="advertising">'),
        (LINES["line"] + GTAG, FOOTER, "consent_mode", FAULT, LINES["head"]),
        (LINES["head"] + GRANTS + GTAG, FOOTER, "consent_mode", FAULT, LINES["head"]),
        (LINES["line"] + '<script src="https://consent.cookiebot.com/uc.js"></script>', FOOTER, "other_tool", FAULT, ""),
        (LINES["line"], "", "footer", NOTE, FOOTER),
    ],
)  # fmt: skip
def test_each_fault_of_a_page_is_named_with_what_mends_it(
    head: str, body: str, check: str, level: str, mended_by: str
) -> None:
    found = looked(head, body)
    assert (found[check].level, mended_by in found[check].lines) == (level, True), found


def test_a_line_that_only_a_script_adds_is_known_by_the_pages_that_ask() -> None:
    found = looked("", was_seen=True)["line"]
    assert (found.level, found.lines) == (NOTE, LINES["head"])


def test_what_the_owner_has_set_to_be_held_is_no_fault() -> None:
    assert looked(LINES["line"] + GA, holds_unmarked=True)["unmarked"].level == NOTE


@pytest.mark.parametrize(
    ("policy", "mended_by"),
    [
        ("default-src 'self'", [f"default-src 'self' {SERVICE} {blocker_hash()}", f"connect-src 'self' {SERVICE}"]),
        ("script-src 'nonce-x' 'strict-dynamic'", ['<script async nonce="NONCE" src="https://consent.']),
        (f"script-src {SERVICE}", [f"script-src {SERVICE} {blocker_hash()}"]),
        (f"script-src {SERVICE}/b/ {blocker_hash()}; connect-src 'none'", [f"connect-src {SERVICE}"]),
        (f"script-src https: {blocker_hash()}; connect-src *", []),
        (f"script-src *.example.com 'unsafe-inline'; connect-src {SERVICE}", []),
        ("img-src 'self'", []),
    ],
)  # fmt: skip
def test_a_policy_that_refuses_the_banner_is_mended_by_a_directive(policy: str, mended_by: list[str]) -> None:
    page = Answer(200, {"content-security-policy": policy}, b"")
    faults = [one for one in check_policies(read_parts(PAGE, ""), page, PLACED, SUBJECT) if one.level == FAULT]
    assert len(faults) == len(mended_by)
    for fault, wanted in zip(faults, mended_by, strict=True):
        assert wanted in fault.lines
    meta = read_parts(PAGE, f'<meta http-equiv="Content-Security-Policy" content="{policy}">')
    again = [one for one in check_policies(meta, Answer(200, {}, b""), PLACED, SUBJECT) if one.level == FAULT]
    assert again == faults


def test_nonces_of_line_and_stub_satisfy_a_strict_policy() -> None:
    page = Answer(200, {"content-security-policy": "script-src 'nonce-abc' 'strict-dynamic'"}, b"")
    placed = Placed(LINES["script"], "abc", True, "abc")
    assert [one.level for one in check_policies(read_parts(PAGE, ""), page, placed, SUBJECT)] == ["good"]


KEPT = {"content-type": "text/javascript", "cache-control": "private, no-cache", "vary": "Accept-Encoding, Sec-GPC"}


@pytest.mark.parametrize(
    ("status", "headers", "check", "said"),
    [
        (200, {}, "cache", "its own cache headers"),
        (200, {"age": "12"}, "cache", "keeps the script"),
        (200, {"cf-cache-status": "HIT"}, "cache", "keeps the script"),
        (200, {"cache-control": "public, max-age=86400"}, "cache", "changed Cache-Control"),
        (200, {"cache-control": "private, max-age=300"}, "cache", "its own cache headers"),
        (200, {"vary": "Accept-Encoding"}, "cache", "taken a header"),
        (404, {"content-type": "application/json"}, "script", "Nothing is published"),
        (200, {"content-type": "text/html"}, "script", "and not the script"),
    ],
)
def test_what_is_on_the_way_of_the_script_shows_in_its_headers(
    status: int, headers: dict[str, str], check: str, said: str
) -> None:
    answer = Fetched(LINES["script"], Answer(status, KEPT | headers, b""))
    (found,) = check_answer(answer, SUBJECT)
    assert found.check == check
    assert said in found.sentence


def test_names_that_content_blockers_look_for_are_told() -> None:
    assert [one.level for one in check_names("https://www.shop.example/consent/b/shop.js")] == ["good"]
    (found,) = check_names("https://www.shop.example/cookie-consent/b/shop.js")
    assert (found.level, found.lines) == (NOTE, "https://www.shop.example/c1/b/shop.js")


def test_safari_and_several_hosts_are_told() -> None:
    (found,) = check_cookie(LINES["script"], PAGE, SUBJECT)
    assert found.sentence.startswith("7 days in Safari")
    assert found.lines == LINES["own_line"]
    other = SUBJECT._replace(scope="other.example")
    assert [one.level for one in check_cookie(PAGE + "b/shop.js", PAGE, other)] == [FAULT]
    two = SUBJECT._replace(hosts=["https://www.shop.example", "https://blog.shop.example"])
    found = list(check_cookie(PAGE + "consent/b/shop.js", PAGE, two))[-1]
    assert (found.level, found.lines) == (NOTE, "shop.example")
    assert [
        one.level for one in check_cookie(PAGE + "consent/b/shop.js", PAGE, two._replace(scope="shop.example"))
    ] == ["good"]


@pytest.mark.parametrize(
    ("url", "answer", "check"),
    [
        ("http://www.shop.example/", Answer(200, {"content-type": "text/html"}, b""), "tls"),
        ("https://elsewhere.example/", None, "hosts"),
        (PAGE, Answer(500, {"content-type": "text/html"}, b""), "page"),
        (PAGE, Answer(200, {"content-type": "application/pdf"}, b""), "page"),
        (PAGE, None, "page"),
    ],
)
def test_a_page_that_cannot_be_looked_at_says_why(url: str, answer: Answer | None, check: str) -> None:
    subject = SUBJECT._replace(hosts=["https://www.shop.example", "http://www.shop.example"])
    (found,) = _of_page(Fetched(url, answer, "It hangs."), subject)
    assert found.check == check


@pytest.fixture(scope="module")
def sites() -> Any:
    with serving() as running:
        yield running


def apart(work: Callable[[], Any]) -> Any:
    """Do `work` in a thread of its own: a browser that tests share may have a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def fetched(sites: Sites, url: str, *, allowed: bool = True) -> Fetched:
    entries = (f"*.localhost:{sites.port}",) if allowed else ()
    return apart(lambda: asyncio.run(SiteFetcher({"www.site.localhost"}, AllowList(entries)).fetch(url)))


def test_it_asks_no_other_host_and_no_private_address_that_nobody_has_allowed(sites: Sites) -> None:
    sites.page("/", "hello")
    inner = sites.url("/secret", host="inner.localhost")
    sites.acts["/away"] = lambda handler: handler.answer("", "text/html", [("Location", inner)], 302)
    answer = fetched(sites, sites.url("/")).answer
    assert answer
    assert b"hello" in answer.body
    assert "it is no address of this site" in fetched(sites, inner).problem
    assert "it is no address of this site" in fetched(sites, sites.url("/away")).problem
    before = list(sites.asked)
    assert "only 80 and 443" in fetched(sites, sites.url("/"), allowed=False).problem
    assert "not of the public Internet" in fetched(sites, "http://www.site.localhost/", allowed=False).problem
    assert sites.asked == before
    assert not any("secret" in asked for asked in sites.asked)


def test_a_page_that_leads_to_an_address_that_is_not_the_sites_is_a_fault(sites: Sites) -> None:
    hosts = [f"http://www.site.localhost:{sites.port}"]
    check = SiteCheck(load_catalogue(VENDORS), hosts[0], (f"www.site.localhost:{sites.port}",))
    (found,) = apart(lambda: check(SUBJECT._replace(hosts=["https://other.example"]), sites.url("/"))).findings
    assert (found.check, found.lines) == ("hosts", hosts[0])


def test_the_service_is_told_that_no_page_asks_for_the_script(sites: Sites) -> None:
    service, came = f"http://www.site.localhost:{sites.port}", []
    line = f'<script async src="{service}/b/shop.js"></script>'
    sites.page("/lined", line)
    sites.acts["/b/shop.js"] = lambda handler: (
        came.append(handler.headers["Referer"]),
        handler.answer("", "text/javascript"),
    )
    check = SiteCheck(load_catalogue(VENDORS), service, (f"www.site.localhost:{sites.port}",))
    apart(lambda: check(SUBJECT._replace(hosts=[service]), sites.url("/lined")))
    assert came == [f"{service}/"]
