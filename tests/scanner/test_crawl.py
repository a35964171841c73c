"""Which pages a scan visits: those in the sitemap and in links, up to the limit, and none that robots.txt disallows."""

import gzip
from typing import Any

import pytest

from consent.scanner.crawl import MAX_SITEMAPS, SAME_PATH, Frontier, read_robots, read_sitemaps
from consent.scanner.model.job import Job
from consent.scanner.visit import small_proxy
from tests.scanner.async_thread import run_apart
from tests.scanner.scan_site import ScanSite, resolve
from tests.scanner.websites import Sites

pytestmark = pytest.mark.extended

SITEMAP = '<?xml version="1.0"?><{0} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{1}</{0}>'
HOME = "https://www.example.com/"


def locations(*urls: str, kind: str = "urlset") -> str:
    return SITEMAP.format(kind, "".join(f"<url><loc>{url}</loc></url>" for url in urls))


def serve_file(sites: Sites, path: str, body: bytes | str) -> None:
    data = body.encode() if isinstance(body, str) else body

    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    sites.acts[path] = answer


def read(sites: Sites) -> list[str]:
    """Return the pages in the site's sitemaps, as a scan reads them."""

    async def act() -> list[str]:
        async with small_proxy(Job(sites.url(), allow=("*.localhost",)), resolve) as proxy:
            robots = await read_robots(proxy, sites.url())
            return await read_sitemaps(proxy, sites.url(), robots)

    found: list[str] = run_apart(act())
    return found


def test_pages_come_from_the_sitemap_whatever_its_form(sites: Sites) -> None:
    serve_file(sites, "/sitemap.xml", locations(sites.url("/a?x=1&amp;y=2"), f"<![CDATA[{sites.url('/b')}]]>"))
    assert read(sites) == [sites.url("/a?x=1&y=2"), sites.url("/b")]


def test_an_index_and_a_packed_sitemap_that_robots_txt_names_are_read(sites: Sites) -> None:
    serve_file(sites, "/robots.txt", f"User-agent: *\nSitemap: {sites.url('/index.xml')}\n")
    serve_file(sites, "/index.xml", locations(sites.url("/packed.xml.gz"), kind="sitemapindex"))
    serve_file(sites, "/packed.xml.gz", gzip.compress(locations(sites.url("/deep")).encode()))
    assert read(sites) == [sites.url("/deep")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x1f\x8b broken",
        b"<html>Not found</html>",
        b"<loc>" + b"x" * 100_000,
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><loc>&b;</loc></urlset>',
    ],
    ids=["empty", "broken", "a page", "without an end", "entities"],
)
def test_a_sitemap_that_is_none_names_no_page_of_the_site(sites: Sites, body: bytes) -> None:
    serve_file(sites, "/sitemap.xml", body)
    frontier = Frontier(sites.url(), 10)
    frontier.add(read(sites))
    assert [frontier.next(), frontier.next()] == [sites.url(), None]


def test_a_packed_bomb_and_an_index_of_itself_end(sites: Sites) -> None:
    serve_file(sites, "/sitemap.xml", locations(sites.url("/sitemap.xml"), sites.url("/bomb"), kind="sitemapindex"))
    serve_file(sites, "/bomb", gzip.compress(b"<loc>" * 40_000_000))
    assert read(sites) == []
    assert len([one for one in sites.asked if "sitemap.xml" in one or "bomb" in one]) <= MAX_SITEMAPS


def test_the_limit_of_pages_holds_and_each_is_seen_once() -> None:
    frontier = Frontier(HOME, 3)
    frontier.add([HOME, f"{HOME}#part", f"{HOME}a", f"{HOME}a#b", f"{HOME}b", f"{HOME}c"])
    assert [frontier.next() for _ in range(4)] == [HOME, f"{HOME}a", f"{HOME}b", None]


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/",
        "javascript:alert(1)",
        "mailto:a@example.com",
        "ftp://www.example.com/x",
        f"{HOME}file.pdf",
        f"{HOME}logout",
        f"{HOME}cart?add-to-cart=5",
        "https://[broken/",
    ],
)
def test_what_is_no_page_of_the_site_or_changes_something_is_left(url: str) -> None:
    frontier = Frontier(HOME, 5)
    frontier.add([url])
    assert [frontier.next(), frontier.next()] == [HOME, None]


def test_a_calendar_without_an_end_is_left_after_a_few_pages() -> None:
    frontier = Frontier(HOME, 100)
    frontier.add(f"{HOME}calendar?day={day}" for day in range(500))
    assert len(list(iter(frontier.next, None))) == 1 + SAME_PATH


def test_a_scan_obeys_robots_txt_unless_told_otherwise_and_waits_between_pages(
    scan_in_shell: ScanSite, sites: Sites
) -> None:
    serve_file(sites, "/robots.txt", "User-agent: consent-scan\nDisallow: /private\n")
    serve_file(sites, "/sitemap.xml", locations(sites.url("/private/a"), sites.url("/open")))
    for path in ("/", "/private/a", "/open"):
        sites.page(path, "")
    polite = scan_in_shell(sites.url(), states=("none",), delay_s=0.3)
    assert [page.rpartition("/")[2] for page in polite["pages"]] == ["", "open"]
    first, second = (page["began"] for page in polite["visits"][0]["pages"])
    assert second - first >= 0.3
    rude = scan_in_shell(sites.url(), states=("none",), robots=False)
    assert [page.rpartition("/")[2] for page in rude["pages"]] == ["", "a", "open"]


def test_pages_where_a_leak_is_open_are_visited_beyond_the_limit(scan_in_shell: ScanSite, sites: Sites) -> None:
    for path in ("/", "/linked", "/leaking"):
        sites.page(path, '<a href="/linked">linked</a>')
    seen = scan_in_shell(sites.url(), states=("none",), pages=1, also=(sites.url("/leaking"),))
    assert [page.rpartition("/")[2] for page in seen["pages"]] == ["", "leaking"]


def test_an_address_without_a_path_is_the_page_that_its_loads_after_a_refusal_are_of(
    scan_in_shell: ScanSite, sites: Sites
) -> None:
    sites.page("/", "plain")
    done = scan_in_shell(sites.url(""), states=("none", "reject"), measure=True, pages=1, choice_s=0.1, settle_s=0.1)
    assert {page["url"] for visit in done["visits"] for page in visit["pages"]} == {sites.url("/")}
    assert len(done["visits"][1]["pages"]) == 4
