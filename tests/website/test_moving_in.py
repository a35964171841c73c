"""Sites with klaro, orejime, vanilla-cookieconsent and tarteaucitron, moved by `consent import site`: before and after.

The tools are those on npm, in Chromium. After the move the same tags are held and run, and visitors who answered the
former tool aren't asked again.
"""

import base64
import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from consent.classifier.catalog import VENDORS, load_catalog
from consent.sites.moving.read_setup import read_setup
from consent.sites.moving.take_setup import take_setup
from consent.storage.receipts import receipts
from consent.storage.selection.filters import Filters
from consent.storage.sites import sites
from tests.guides.npm import NoNetwork, Starter, project
from tests.website.website import Website

pytestmark = [pytest.mark.server, pytest.mark.long, pytest.mark.timeout(600)]
PACKAGES = ("klaro@0.7.22", "orejime@3.2.1", "vanilla-cookieconsent@3.1.0", "tarteaucitronjs@1.34.0")
TYPES = {".js": "text/javascript", ".css": "text/css"}
GTAG = "https://www.googletagmanager.com/gtag/js?id=G-ABCDEFG123"
HOTJAR = "https://static.hotjar.com/c/hotjar-1234567.js?sv=6"
PIXEL = """!function(f,b,e,v,n,t,s){if(f.fbq)return;n=f.fbq=function(){n.callMethod?n.callMethod.apply(n,arguments):
n.queue.push(arguments)};if(!f._fbq)f._fbq=n;n.push=n;n.loaded=!0;n.version='2.0';n.queue=[];t=b.createElement(e);t.async=!0;
t.src=v;s=b.getElementsByTagName(e)[0];s.parentNode.insertBefore(t,s)}(window,document,'script',
'https://connect.facebook.net/en_US/fbevents.js');fbq('init','123456789012345');fbq('track','PageView');"""
HOSTS = frozenset({"www.googletagmanager.com", "static.hotjar.com", "connect.facebook.net"})
ANSWERS = {"nothing": frozenset[str](), "reject": frozenset[str](), "accept": HOSTS}
"""What visitors answer in a former tool, and the vendor hosts that their pages request then."""
NAMES = {"ga": ("analytics", GTAG), "hotjar": ("analytics", HOTJAR), "facebook": ("advertising", "")}
SERVICES = [{"name": name, "title": name, "purposes": [group]} for name, (group, _) in NAMES.items()]
PURPOSES = [{"id": name, "title": name, "description": "…", "cookies": []} for name in NAMES]
MODAL = {
    "title": "Cookies",
    "description": "<b>…</b>",
    "acceptAllBtn": "Accept all",
    "acceptNecessaryBtn": "Reject all",
}
MODALS = {"consentModal": MODAL, "preferencesModal": {"title": "Choose", "sections": []}}
CATEGORIES = {
    "necessary": {"enabled": True, "readOnly": True},
    "analytics": {"services": {"ga": {"label": "Google"}, "hotjar": {"label": "Hotjar"}}},
    "ads": {"services": {"facebook": {"label": "Facebook Pixel"}}},
}


class Former(NamedTuple):
    """A former tool's page: `head` is removed, `body` stays, and its banner's buttons are selectors.

    `wait_ms` after showing its banner, the tool reacts to its buttons.
    """

    tool: str
    head: str
    body: str
    banner: str
    accept: str
    reject: str
    wait_ms: int = 0


def klaro() -> Former:
    config = {"acceptAll": True, "lang": "en", "services": SERVICES, "privacyPolicy": "/privacy"}
    marked = "".join(
        f'<script type="text/plain" data-type="text/javascript" data-name="{name}"'
        + (f' data-src="{escape(src)}"></script>' if src else f">{PIXEL}</script>")
        for name, (_, src) in NAMES.items()
    )
    head = (
        f'<script>var klaroConfig = {json.dumps(config)}</script><script defer src="/old/klaro/dist/klaro.js"></script>'
    )
    return Former("klaro", head, marked, ".klaro .cookie-notice", ".klaro .cm-btn-success", ".klaro .cn-decline")


def orejime() -> Former:
    marked = "".join(
        f'<template data-purpose="{name}">'
        + (f'<script src="{escape(src)}"></script></template>' if src else f"<script>{PIXEL}</script></template>")
        for name, (_, src) in NAMES.items()
    )
    config = json.dumps({"purposes": PURPOSES, "privacyPolicyUrl": "/privacy"})
    head = (
        '<link rel="stylesheet" href="/old/orejime/dist/orejime-standard.css">'
        f"<script>window.orejimeConfig = {config}</script>"
        '<script defer src="/old/orejime/dist/orejime-standard-en.js"></script>'
    )
    return Former(
        "orejime",
        head,
        marked,
        ".orejime-Banner",
        ".orejime-Banner-saveButton",
        ".orejime-Banner-declineButton",
    )


def vanilla() -> Former:
    language = {"default": "en", "translations": {"en": MODALS}}
    config = json.dumps({"hideFromBots": False, "categories": CATEGORIES, "language": language})
    marked = "".join(
        f'<script type="text/plain" data-category="{"ads" if group == "advertising" else group}" data-service="{name}"'
        + (f' data-src="{escape(src)}"></script>' if src else f">{PIXEL}</script>")
        for name, (group, src) in NAMES.items()
    )
    folder = "/old/vanilla-cookieconsent/dist"
    head = (
        f'<link rel="stylesheet" href="{folder}/cookieconsent.css">'
        f'<script defer src="{folder}/cookieconsent.umd.js"></script>'
        f"<script>addEventListener('DOMContentLoaded', () => CookieConsent.run({config}))</script>"
    )
    banner = "#cc-main .cm"
    return Former(
        "vanilla-cookieconsent",
        head,
        marked,
        banner,
        f"{banner} [data-role=all]",
        f"{banner} [data-role=necessary]",
    )


def tarteaucitron() -> Former:
    own = {"key": "heat", "type": "analytic", "name": "Hotjar", "needConsent": True, "cookies": ["_hjid"]}
    code = f"""tarteaucitron.init({{"privacyUrl": "/privacy", "softConsentMode": true}});
tarteaucitron.services.heat = {json.dumps(own)[:-1]}, "js": function () {{
  window._hjSettings = {{hjid: 1234567, hjsv: 6}};
  tarteaucitron.addScript("{HOTJAR}");
}}}};
tarteaucitron.user.gtagUa = "G-ABCDEFG123";
tarteaucitron.user.facebookpixelId = "123456789012345";
"""
    code += "".join(
        f'(tarteaucitron.job = tarteaucitron.job || []).push("{name}");\n' for name in ("gtag", "heat", "facebookpixel")
    )
    head = f'<script src="/old/tarteaucitronjs/tarteaucitron.js"></script><script>{code}</script>'
    return Former(
        "tarteaucitron",
        head,
        "",
        "#tarteaucitronAlertBig",
        "#tarteaucitronPersonalize2",
        "#tarteaucitronAllDenied2",
        wait_ms=1000,
    )


@pytest.fixture(scope="module")
def tools() -> Iterator[Path]:
    """Install the tools in a cache next to the repository."""
    try:
        with project(Starter(packages=PACKAGES, files=(("package.json", '{"private": true}'),))) as folder:
            yield folder / "node_modules"
    except NoNetwork as error:
        pytest.skip(str(error))


class Visitor:
    """A browser, and the vendor hosts that its pages have requested."""

    def __init__(self, browser: Browser, tools: Path) -> None:
        self.context: BrowserContext = browser.new_context(locale="en-GB")
        self.tools = tools
        self.asked: set[str] = set()
        self.context.route("https://**", lambda route: route.fulfill(body="", content_type="text/javascript"))
        self.context.route("**/old/**", self._serve)
        self.context.on("request", lambda request: self._note(request.url))

    def _serve(self, route: object) -> None:
        path = self.tools / urlsplit(route.request.url).path.removeprefix("/old/")  # type: ignore[attr-defined]
        route.fulfill(body=path.read_bytes(), content_type=TYPES[path.suffix])  # type: ignore[attr-defined]

    def _note(self, address: str) -> None:
        self.asked |= {urlsplit(address).hostname or ""} & HOSTS

    def open(self, address: str) -> Page:
        self.asked.clear()
        page = self.context.new_page()
        page.goto(address)
        return page


def settled(visitor: Visitor, page: Page, hosts: frozenset[str]) -> None:
    """Wait until all `hosts` have been requested, and then check that no others are."""
    page.wait_for_load_state("networkidle")
    for _ in range(100):
        if visitor.asked >= hosts:
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(500)
    assert visitor.asked == hosts


@pytest.mark.parametrize("make", [klaro, orejime, vanilla, tarteaucitron])
def test_the_same_tags_are_held_and_run_after_the_move_and_nobody_is_asked_twice(
    browser: Browser, website: Website, tools: Path, make: object
) -> None:
    former: Former = make()  # type: ignore[operator]
    before = website.page(former.body, former.head, path=f"/{former.tool}/before")
    visitors = {}
    for answer, hosts in ANSWERS.items():
        visitors[answer] = visitor = Visitor(browser, tools)
        page = visitor.open(before)
        expect(page.locator(former.banner).first).to_be_visible()
        page.wait_for_timeout(former.wait_ms)
        if answer != "nothing":
            page.locator(getattr(former, answer)).first.click()
        settled(visitor, page, hosts)
        page.close()

    shop = website.shop
    draft = json.loads(json.dumps(_draft(website)))
    taken = take_setup(draft, read_setup(website.pages[f"/{former.tool}/before"][0].encode()), load_catalog(VENDORS))
    groups = {tag["vendor"]: tag["group"] for tag in taken.draft["tags"] if tag["vendor"] in GROUPS}
    assert groups == GROUPS
    assert taken.mapping
    # The cookies are from today; where they have no date, a grant counts as given a month ago.
    old = taken.mapping | ({"life": 30} if "life" in taken.mapping or former.tool != "vanilla-cookieconsent" else {})
    shop.edit(lambda present: present.update(taken.draft, overrides=taken.draft["overrides"] | {"old_choices": old}))
    shop.publish()

    line = f'<script async src="{website.origin}/consent/b/shop.js"></script>'
    after = website.page(former.body, line, path=f"/{former.tool}/after")
    ours = {"accept": "Accept all", "reject": "Reject all"}
    for answer, hosts in ANSWERS.items():
        visitor = Visitor(browser, tools)
        page = visitor.open(after)
        expect(page.get_by_role("button", name="Reject all").first).to_be_visible()
        if answer in ours:
            page.get_by_role("button", name=ours[answer]).first.click()
        settled(visitor, page, hosts)
        visitor.context.close()
    for answer, visitor in visitors.items():
        page = visitor.open(after)
        page.wait_for_function("window.consent?.get?.().tags?.length")
        is_asked = answer == "nothing"
        settled(visitor, page, ANSWERS[answer])
        expect(page.get_by_role("button", name="Reject all").first).to_be_visible(visible=is_asked)
        visitor.context.close()
    with website.service.context.engine.connect() as connection:
        found = receipts.search(connection, shop.site_id, Filters(method="import")).items
    newest = [one for one in found if f'"tool":"{former.tool}"' in _claims(one.jws)]
    assert len(newest) == 2
    assert all('"text":null' in _claims(one.jws) for one in newest)


OURS = "section[data-position]"
WATCHES = f"""new MutationObserver(() => {{ window.hasBoth ||= !!document.querySelector("{OURS}") }})
.observe(document, {{childList: true, subtree: true}})"""


@pytest.mark.parametrize("make", [klaro, orejime, vanilla, tarteaucitron])
def test_ours_stays_away_where_the_owner_has_said_that_the_former_tool_still_runs(
    browser: Browser, website: Website, tools: Path, make: object
) -> None:
    former: Former = make()  # type: ignore[operator]
    line = f'<script async src="{website.origin}/consent/b/shop.js"></script>'
    both = website.page(former.body, line + former.head, path=f"/{former.tool}/both")
    moved = website.page(former.body, line, path=f"/{former.tool}/moved")
    draft = json.loads(json.dumps(_draft(website)))
    taken = take_setup(draft, read_setup(website.pages[f"/{former.tool}/both"][0].encode()), load_catalog(VENDORS))
    owner = {key: value for key, value in taken.draft["overrides"].items() if key != "old_choices"}
    website.shop.edit(lambda present: present.update(taken.draft, overrides=owner | {"old_tool": former.tool}))
    website.shop.publish()
    for answer, hosts in ANSWERS.items():
        visitor = Visitor(browser, tools)
        visitor.context.add_init_script(WATCHES)
        page = visitor.open(both)
        expect(page.locator(former.banner).first).to_be_visible()
        page.wait_for_timeout(former.wait_ms)
        if answer != "nothing":
            page.locator(getattr(former, answer)).first.click()
        page.wait_for_function("window.consent?.get().groups.analytics.reason === 'opt_in_not_given'")
        # What the former tool allows by its own answer runs; ours does nothing.
        settled(visitor, page, hosts)
        assert page.evaluate("[consent.get().show, !!window.hasBoth]") == ["none", False]
        # Once the former tool is gone, nothing knows its answer, so ours asks.
        page.goto(moved)
        expect(page.locator(OURS)).to_be_visible()
        visitor.context.close()


GROUPS = {"google-analytics": "analytics", "hotjar": "analytics", "meta-pixel": "advertising"}


def _draft(website: Website) -> object:
    with website.service.context.engine.connect() as connection:
        draft = json.loads(sites.read_draft(connection, website.shop.site_id).text)
    draft["tags"] = [tag for tag in draft["tags"] if tag["group"] == "essential"]
    draft["vendors"] = [vendor for vendor in draft["vendors"] if vendor["id"] == "session"]
    draft["cookies"] = []
    draft["overrides"].pop("mark_names", None)
    return draft


def _claims(jws: str) -> str:
    payload = jws.split(".")[1]
    return base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
