"""What *Check my site* reports as held is what the blocker in the page really holds."""

import os
from pathlib import Path
from typing import Any

from playwright.async_api import Route, async_playwright

from consent.classifier.catalog import VENDORS, load_catalog
from consent.classifier.recognition.known_tags import KnownTags
from consent.runtime.embed_snippets import blocker, blocker_hash, lines_of
from consent.scanner.health.html_checks import placement_of
from consent.scanner.health.html_elements import read_parts
from consent.scanner.health.page_tags import PageTags
from consent.sites.health_report import Subject
from tests.chromium import find_shell
from tests.scanner.async_thread import run_apart

PAGE = "https://www.shop.example/"
GOOGLE = {"id": "google-analytics", "hosts": ["www.googletagmanager.com", "*.google-analytics.com"]}
OVERRIDES = {"allowed_hosts": ["cdn.allowed.example/shop/"]}
SITE: dict[str, Any] = {"hosts": [PAGE[:-1]], "tags": [], "vendors": [GOOGLE], "overrides": OVERRIDES}
LINES = lines_of("shop", "https://consent.service.example", SITE)
ELEMENTS = {
    "vendor": '<script id="vendor" src="https://www.googletagmanager.com/gtag/js?id=G-ABCDE12345"></script>',
    "lacking": '<script id="lacking" async src="https://code.tidio.co/0123456789abcdef0123456789abcdef.js"></script>',
    "unknown": '<script id="unknown" src="https://widget.unheard-of.example/w.js"></script>',
    "allowed": '<script id="allowed" src="https://cdn.allowed.example/shop/app.js"></script>',
    "beside": '<script id="beside" src="https://cdn.allowed.example/other/app.js"></script>',
    "essential": '<script id="essential" src="https://js.stripe.com/v3/"></script>',
    "frame": '<iframe id="frame" src="https://player.vimeo.com/video/1"></iframe>',
    "pixel": '<img id="pixel" width="1" height="1" alt="" src="https://px.unheard-of.example/p.gif">',
    "flat": '<img id="flat" width="0" height="1" alt="" src="https://px.unheard-of.example/f.gif">',
    "styled": '<img id="styled" style="width: 1px; height:1px" alt="" src="https://px.unheard-of.example/s.gif">',
    "module": '<script id="module" type="module">import * as w from "https://code.unheard-of.example/m.js"</script>',
    "import": '<script id="import">import("https://code.unheard-of.example/i.js").then(w => w.start())</script>',
    "library": '<script id="library" type="module">import "https://www.google-analytics.com/m.js"</script>',
    "image": '<img id="image" alt="" src="https://region1.google-analytics.com/g/collect?v=2">',
    "other": '<img id="other" alt="" src="https://www.facebook.com/tr?id=1234567890123456">',
    "sheet": '<link id="sheet" rel="stylesheet" href="https://fonts.googleapis.com/css?family=Lato">',
    "ahead": '<link id="ahead" rel="preload" as="script" href="https://www.google-analytics.com/analytics.js">',
}


async def held_in_a_browser(program: Path, html: str) -> set[str]:
    """Return the ids of the elements whose address the blocker removed."""

    async def answer(route: Route) -> None:
        is_page = route.request.url == PAGE
        await route.fulfill(body=html if is_page else "", content_type="text/html" if is_page else "text/javascript")

    async with async_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=str(program), args=arguments)
        page = await browser.new_page()
        await page.route("**/*", answer)
        await page.goto(PAGE)
        found = await page.evaluate(
            "[...document.querySelectorAll('[id][data-consent=unmarked]')].map(node => node.id)"
        )
        await browser.close()
        return set(found)


def test_a_check_says_of_each_element_what_the_blocker_does_with_it(chromium: Path) -> None:
    html = f"<!doctype html><html><head>{LINES['blocker']}</head><body>{''.join(ELEMENTS.values())}</body></html>"
    subject = Subject(
        key="shop",
        hosts=SITE["hosts"],
        scope="host",
        vendors=frozenset({"google-analytics"}),
        lines=LINES,
        blocker=blocker(),
        blocker_hash=blocker_hash(),
        was_seen=False,
        unknown_hosts="hold",
        allowed_hosts=("cdn.allowed.example/shop/",),
        foreign_marks=False,
        is_published=True,
        asks=frozenset({"advertising"}),
    )
    parts = read_parts(PAGE, html)
    our_lines, tags = (
        placement_of(parts, subject),
        PageTags(KnownTags(load_catalog(VENDORS)), PAGE, subject.hosts, {}),
    )
    places = tags.places(parts.parts, None)
    told = {place.part.attributes["id"]: our_lines.holds(place) for place in places}
    assert set(told) == set(ELEMENTS)
    held = run_apart(held_in_a_browser(find_shell(chromium), html))
    assert {name for name, holds in told.items() if holds} == held
    assert len(held) < len(ELEMENTS)
