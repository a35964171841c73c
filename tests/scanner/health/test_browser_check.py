"""*Check my site* in a browser: what runs before a choice, even from the site's code, and what tag managers load."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from consent.classifier.catalog import VENDORS, Catalog, load_catalog
from consent.presentation.dashboard_texts import translate
from consent.runtime.embed_snippets import blocker, blocker_hash, lines_of
from consent.scanner.health.browser_check import with_lines
from consent.scanner.health.check import RequestFrom, SiteCheck
from consent.scanner.model.job import GivenPage, Job, OwnBanner, from_json, to_json
from consent.sites.health_report import ERROR, GOOD, NOTE, Health, Subject
from tests.scanner.websites import Sites

pytestmark = pytest.mark.extended

INSERT = "var s=document.createElement('script');s.src='{}';document.head.append(s);"
"""How the site's own code adds a vendor's script."""


def vendor(folder: Path, vendor_id: str, src: str, kind: str = "script", **facts: Any) -> None:
    """Add a vendor with a host on this machine to the catalog, based on the entry for Hotjar."""
    document = json.loads((VENDORS / "hotjar.json").read_text("utf-8"))
    del document["snippets"]
    document["sources"] = [{"facts": ["all"], "source": "made up for a test", "checked": None}]
    host = src.split("/")[2].partition(":")[0]
    document |= {"id": vendor_id, "name": vendor_id.replace("-", " ").title(), "hosts": [host], "cookies": []} | facts
    (tag,) = document["tags"]
    tag |= {"id": vendor_id, "load": {"type": kind, "src": src, "attributes": {}, "calls": []}, "parameters": []}
    (folder / f"{vendor_id}.json").write_text(json.dumps(document), "utf-8")


@pytest.fixture
def catalog(sites: Sites, tmp_path: Path) -> Catalog:
    """Return a catalog of vendors on this machine: a tracker, a pixel, a tag manager, and what that loads."""
    vendor(tmp_path, "some-tracker", sites.url("/track.js", "cdn.tracker.localhost"))
    vendor(tmp_path, "some-pixel", sites.url("/pixel.gif", "px.pixels.localhost"), "pixel")
    vendor(tmp_path, "tag-manager", sites.url("/gtm.js", "www.manager.localhost"), container=True)
    vendor(tmp_path, "brought-along", sites.url("/brought.js", "cdn.brought.localhost"))
    sites.scripts["/track.js"] = "document.cookie = 'visitor=1'"
    sites.scripts["/brought.js"] = ""
    sites.scripts["/gtm.js"] = INSERT.format(sites.url("/brought.js", "cdn.brought.localhost"))
    sites.scripts["/w.js"] = ""
    sites.acts["/pixel.gif"] = lambda handler: handler.answer("", "image/gif")
    return load_catalog(tmp_path)


def site_of(host: str) -> dict[str, Any]:
    """Return a site's draft without vendors."""
    return {"hosts": [host], "tags": [], "vendors": [], "overrides": {}}


def health_of(sites: Sites, catalog: Catalog, html: str, chromium: Path, own: RequestFrom | None = None) -> Health:
    """Check a page of a site that has published nothing, or whose banner `own` opens."""
    assert chromium
    sites.pages["/"] = f"<!doctype html><html><head><title>Shop</title>{html}</head><body>Shop</body></html>"
    host, service = sites.url("/")[:-1], sites.url("", "consent.service.localhost")
    subject = Subject(
        key="shop",
        hosts=[host],
        scope="host",
        vendors=frozenset(),
        lines=lines_of("shop", service, site_of(host)),
        blocker=blocker(),
        blocker_hash=blocker_hash(),
        was_seen=False,
        unknown_hosts="hold",
        allowed_hosts=(),
        foreign_marks=False,
        is_published=own is not None,
        asks=frozenset(),
    )
    check = SiteCheck(catalog, service, (f"*.localhost:{sites.port}",), own or never_asked)
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(check.in_browser, subject, f"{host}/").result()


@contextmanager
def never_asked(_key: str, _seconds: float) -> Iterator[OwnBanner]:
    raise AssertionError("nothing is published, so there is no banner to ask")
    yield


@pytest.mark.long
def test_what_the_sites_own_code_loads_is_met_in_the_browser_alone(
    sites: Sites, catalog: Catalog, chromium: Path
) -> None:
    pixel = sites.url("/pixel.gif", "px.pixels.localhost")
    sites.scripts["/app.js"] = f"new Image().src = ['{pixel}'].join('')"
    page = f'<script src="{sites.url("/track.js", "cdn.tracker.localhost")}"></script><script src="/app.js"></script>'
    health = health_of(sites, catalog, page, chromium)
    (found,) = [one for one in health.findings if one.check == "browser"]
    assert found.level == ERROR
    assert found.sentence.startswith("With our lines first in its head, Some Pixel ran before any choice when the page")
    assert translate(found.sentence, "de").startswith(
        "Mit unseren Zeilen am Anfang des Heads lief Some Pixel vor jeder"
    )
    assert {(tag.vendor, tag.source, tag.held) for tag in health.tags} == {
        ("some-tracker", "html", False),
        ("some-pixel", "browser", False),
    }
    assert any(one.check == "script" for one in health.findings)  # nothing is published; all else is reported
    # The check itself fetches the script once; its browser's lines are no page of a visitor.
    assert sum("/b/shop.js" in one for one in sites.asked) == 1


def test_the_fetches_of_lines_that_it_adds_are_marked(sites: Sites, catalog: Catalog, chromium: Path) -> None:
    service, marks = sites.url("", "consent.service.localhost"), list[str]()

    def answer(handler: Any) -> None:
        marks.append(handler.headers["Consent-Check"])
        handler.answer("", "text/javascript")

    @contextmanager
    def with_token(key: str, _seconds: float) -> Iterator[OwnBanner]:
        yield OwnBanner(key, "secret", (service,))

    sites.acts["/b/shop.js"] = answer
    health_of(sites, catalog, "", chromium, with_token)
    assert marks == ["1", "1"]  # by the check itself, then by its browser


@pytest.mark.long
def test_what_a_tag_manager_brings_is_told_as_such(sites: Sites, catalog: Catalog, chromium: Path) -> None:
    page = f'<script src="{sites.url("/gtm.js", "www.manager.localhost")}"></script>'
    health = health_of(sites, catalog, page, chromium)
    (found,) = [one for one in health.findings if one.check == "browser"]
    assert found.level == GOOD
    assert [(tag.vendor, tag.source) for tag in health.tags] == [
        ("tag-manager", "html"),
        ("brought-along", "tag_manager"),
    ]


def test_a_page_with_our_lines_is_looked_at_as_it_stands(sites: Sites, catalog: Catalog, chromium: Path) -> None:
    tracker = f'<script src="{sites.url("/track.js", "cdn.tracker.localhost")}"></script>'
    widget = f'<script src="{sites.url("/w.js", "cdn.unheard-of.localhost")}"></script>'
    line = lines_of("shop", sites.url("", "consent.service.localhost"), site_of(sites.url("/")[:-1]))["head"]
    colors = '<meta name="theme-color" content="#14532d"><style>button { color: #fff; background: #7a1f5c }</style>'
    plain = "<body><button>Buy</button><button style='background: #ddd'>Back</button>"
    health = health_of(sites, catalog, line + tracker + widget + colors + plain, chromium)
    assert health.colors == [("#14532d", "theme-color"), ("#7a1f5c", "buttons")]
    (found,) = [one for one in health.findings if one.check == "browser"]
    assert (found.level, found.sentence.startswith("Nothing that needs a choice ran")) == (GOOD, True)
    assert translate(found.sentence, "de").startswith("Als die Seite in einem Browser, als Besucher aus Deutschland")
    assert {(tag.name, tag.held) for tag in health.tags} == {("Some Tracker", True), ("cdn.unheard-of.localhost", True)}
    asked = [one for one in sites.asked if "track.js" in one]
    assert len(asked) >= 1  # the second visit is without our lines, which no service could answer yet


@pytest.mark.long
def test_a_page_that_the_browser_cannot_load_is_a_note(sites: Sites, catalog: Catalog, chromium: Path) -> None:
    requests: list[str] = []

    def answer(handler: Any) -> None:
        is_browser = bool(requests)  # the page is fetched without a browser first, but with a browser's headers
        requests.append(handler.path)
        handler.answer("<!doctype html><title>Shop</title>", "text/html", status=403 if is_browser else 200)

    sites.acts["/"] = answer
    health = health_of(sites, catalog, "", chromium)
    (found,) = [one for one in health.findings if one.check == "browser"]
    assert (found.level, "could not be seen whole" in found.sentence) == (NOTE, True)
    assert found.sentence.endswith("It returned 403.")


def test_lines_go_first_into_the_head_wherever_it_begins() -> None:
    assert (
        with_lines("<!doctype html><html><head lang=de><title>", "X") == "<!doctype html><html><head lang=de>X<title>"
    )
    assert with_lines("<!DOCTYPE html><html><title>", "X") == "<!DOCTYPE html><html>X<title>"
    assert with_lines("<!doctype html><title>", "X") == "<!doctype html>X<title>"
    assert with_lines("<p>", "X") == "X<p>"


def test_a_job_keeps_the_pages_that_it_is_given() -> None:
    job = Job("https://www.shop.example/", given={"none": GivenPage("<p>", "default-src 'self'")})
    assert from_json(to_json(job)) == job
