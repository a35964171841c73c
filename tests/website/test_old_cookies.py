"""The documented cookie of each former consent tool, from a visitor's browser to the stored receipt.

The formats and where each was seen are in docs/moving.md; tests/banner/test_old_values.py reads more values of each.
"""

import base64
import datetime
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from consent.signing.receipt_claims import verify_jws
from consent.sites.moving.mapping import mapping_name
from consent.sites.moving.old_choices import TOOLS
from consent.storage.receipts import receipts
from consent.storage.selection.filters import Filters
from tests.website.website import Website, publish_shop, running_website

pytestmark = [pytest.mark.server, pytest.mark.timeout(180), pytest.mark.extended]
GROUPS = {"functional": "chat", "analytics": "ga", "advertising": "ads"}
"""Each optional group and the tag in it."""
SAID = datetime.datetime.now(datetime.UTC).replace(hour=15, microsecond=0) - datetime.timedelta(20)
STAMP = SAID.strftime("%Y-%m-%dT%H:%M:%S.000Z")
MS = int(SAID.timestamp() * 1000)
UNSHOWN = ("text", "config", "variant", "layer", "language")
ALL, PART, NONE = (True, True, True), (True, False, False), (False, False, False)
"""Answers for functional, analytics and advertising."""
Cookies = dict[str, str]


def onetrust(functional: bool, analytics: bool, advertising: bool) -> Cookies:
    groups = f"C0001:1,C0002:{analytics:d},C0003:{functional:d},C0004:{advertising:d},C0005:{advertising:d}"
    value = (
        "isGpcEnabled=0&datestamp=Thu+May+08+2025+17%3A43%3A11+GMT%2B0200+(Central+European+Summer+Time)"
        "&version=202409.1.0&browserGpcFlag=0&isIABGlobal=false&hosts=&landingPath=NotLandingPage"
        f"&groups={quote(groups)}&geolocation=NO%3B50&AwaitingReconsent=false"
    )
    return {"OptanonConsent": value, "OptanonAlertBoxClosed": STAMP}


def cookiebot(functional: bool, analytics: bool, advertising: bool) -> Cookies:
    flags = {"necessary": True, "preferences": functional, "statistics": analytics, "marketing": advertising}
    text = ",".join(f"{name}:{str(flag).lower()}" for name, flag in flags.items())
    value = f"{{stamp:'Uv9YOAVP5djCBw71lxhE4r==',{text},method:'explicit',ver:6,utc:{MS},region:'no'}}"
    return {"CookieConsent": quote(value, safe="{}:=")}


def cookieyes(functional: bool, analytics: bool, advertising: bool) -> Cookies:
    word = {True: "yes", False: "no"}
    return {
        "cookieyes-consent": "consentid:ejJWOUJsU3ZZQUdnaTJmWERjUzJv,consent:yes,action:yes,necessary:yes,"
        f"functional:{word[functional]},analytics:{word[analytics]},performance:{word[analytics]},"
        f"advertisement:{word[advertising]},other:{word[advertising]}"
    }


def didomi(functional: bool, analytics: bool, advertising: bool) -> Cookies:
    purposes = {"chat-p4em9a8m": functional, "audience-Yx2D": analytics, "ads-7Ke1": advertising}
    enabled = [name for name, answer in purposes.items() if answer]
    disabled = [name for name, answer in purposes.items() if not answer]
    lists = ({"enabled": enabled} if enabled else {}) | ({"disabled": disabled} if disabled else {})
    token = {
        "user_id": "1784114c-9d3f-6a2b-8f6c-0242ac130003",
        **{"created": "2021-03-17T16:46:32.344Z", "updated": STAMP},
        "vendors": {"enabled" if advertising else "disabled": ["c:adsinc"]},
        "purposes": lists,
        **{"vendors_li": {"enabled": ["google"]}, "purposes_li": {"enabled": list(purposes)}, "version": 2},
    }
    return {"didomi_token": base64.b64encode(json.dumps(token, separators=(",", ":")).encode()).decode()}


def tcf(functional: bool, analytics: bool, advertising: bool) -> Cookies:
    """Purpose 1 belongs to all three groups, so a group is granted here only beside it."""
    needed = {(1, 5, 6): functional, (1, 8, 9): analytics, (1, 2, 3, 4, 7): advertising}
    granted = {purpose for purposes, answer in needed.items() if answer for purpose in purposes}
    time = f"{MS // 100:036b}"
    bits = f"{2:06b}{time}{time}{'0' * 60}10{'0' * 12}"
    bits += "".join(str(int(purpose in granted)) for purpose in range(1, 25)) + "1" * 24 + "0" * 40
    data = bytes(int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8))
    return {"euconsent-v2": base64.urlsafe_b64encode(data).decode().rstrip("=")}


def klaro(functional: bool, analytics: bool, advertising: bool) -> Cookies:
    flags = {"matomo": analytics, "google-ads": advertising, "youtube": functional, "session": True}
    return {"klaro": quote(json.dumps(flags, separators=(",", ":")))}


def vanilla(functional: bool, analytics: bool, advertising: bool) -> Cookies:
    answers = {"functionality": functional, "analytics": analytics, "ads": advertising}
    facts = {
        "categories": [*(name for name, answer in answers.items() if answer), "necessary"],
        **{"revision": 0, "data": None, "consentTimestamp": "2025-01-30T10:44:33.658Z", "consentId": "ca7d"},
        "services": {"necessary": [], **{name: [] for name in answers}},
        **{"languageCode": "en", "lastConsentTimestamp": STAMP, "expirationTime": MS + 15_724_800_000},
    }
    return {"cc_cookie": quote(json.dumps(facts, separators=(",", ":")))}


def complianz(functional: bool, analytics: bool, advertising: bool) -> Cookies:
    word = {True: "allow", False: "deny"}
    return {
        **{"cmplz_consented_services": "", "cmplz_policy_id": "14", "cmplz_functional": "allow"},
        "cmplz_marketing": word[advertising],
        "cmplz_statistics": word[analytics],
        "cmplz_preferences": word[functional],
        "cmplz_banner-status": "dismissed",
    }


def iubenda(functional: bool, analytics: bool, advertising: bool) -> Cookies:
    purposes = {"1": True, "2": functional, "3": functional, "4": analytics, "5": advertising}
    facts = {"timestamp": STAMP, "version": "1.51.0", "purposes": purposes, "id": 30166201, "cons": {"rand": "e747e3"}}
    return {"_iub_cs-30166201": quote(json.dumps(facts, separators=(",", ":")))}


class Former(NamedTuple):
    """A former tool: what it stores for an answer, and what a user confirms about it.

    `damage` is put over its full grant. Without `is_dated`, the value has no date. `version` is in its receipts.
    """

    make: Any
    damage: Cookies
    categories: dict[str, str] | None = None
    is_dated: bool = True
    version: str | None = None
    part: tuple[bool | None, ...] = PART


DIDOMI = {
    "chat-p4em9a8m": "functional",
    "audience-Yx2D": "analytics",
    "ads-7Ke1": "advertising",
    "c:adsinc": "advertising",
}
KLARO = {"matomo": "analytics", "google-ads": "advertising", "youtube": "functional", "session": "essential"}
FORMER = {
    "onetrust": Former(onetrust, {"OptanonConsent": "groups=C0002%3A1%2CC0003%3A&"}, version="202409.1.0"),
    "cookiebot": Former(cookiebot, {"CookieConsent": "{stamp:%27x%27%2Cstatistics:true%2Cmethod"}),
    "cookieyes": Former(cookieyes, {"cookieyes-consent": "action:yes,analytics:yes,analytics:no"}, is_dated=False),
    "didomi": Former(didomi, {"didomi_token": "eyJ1c2VyX2lkIjoiMTc4NDExNGMt"}, DIDOMI),
    # Without all of its purposes, a group's answer is mixed: the visitor is asked.
    "tcf": Former(tcf, {"euconsent-v2": "CPywmUAPywmUAAHABBENDYCsAP"}, part=(True, None, None)),
    "klaro": Former(klaro, {"klaro": "%7B%22matomo%22%3Atrue%2C"}, KLARO, is_dated=False),
    "vanilla-cookieconsent": Former(vanilla, {"cc_cookie": "%7B%22categories%22%3A%5B%22analytics%22%2C"}),
    "complianz": Former(complianz, dict.fromkeys(("cmplz_marketing", "cmplz_statistics"), "maybe"), is_dated=False),
    "iubenda": Former(iubenda, {"_iub_cs-30166201": "%7B%22purposes%22%3A%7B%224%22%3Atrue"}, version="1.51.0"),
}
LIFE = 30
"""The lifetime in days that the user enters for cookies without a date."""


@pytest.fixture(scope="module")
def website(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    """Run both, behind an edge that says where the visitor is."""
    behind: dict[str, Any] = {"edge": "own", "trusted_proxies": ("127.0.0.0/8",)}
    with running_website(tmp_path_factory.mktemp("website"), **behind) as site:
        publish_shop(site)
        yield site


class Seen(NamedTuple):
    """What a visit came to: the tags that ran, whether the banner asked, and the answers of the receipt, if any."""

    ran: list[str]
    is_asked: bool
    said: dict[str, bool] | None


def expected(*answers: bool | None) -> Seen:
    """Return what follows from the answers for functional, analytics and advertising."""
    by_group = dict(zip(GROUPS, answers, strict=True))
    ran = sorted(["session", *(tag for group, tag in GROUPS.items() if by_group[group])])
    said = {group: answer for group, answer in by_group.items() if answer is not None}
    return Seen(ran, None in answers, said or None)


class Visitor:
    """A browser in Norway with a former tool's cookies; `seen` is what its first visit came to."""

    def __init__(self, browser: Browser, website: Website, tool: str) -> None:
        self.website, self.tool = website, tool
        self.context: BrowserContext = browser.new_context(
            locale="en-GB", extra_http_headers={"Consent-Country": "NO", "Consent-Subdivision": "50"}
        )
        self.ran: list[str] = []
        self.errors: list[str] = []
        self.context.route("https://*.example/x.js", lambda route: self._run(route))

    def _run(self, route: Any) -> None:
        self.ran.append(route.request.url.removeprefix("https://").partition(".")[0])
        route.fulfill(body="", content_type="text/javascript")

    def store(self, cookies: Cookies, path: str = "/") -> None:
        facts = {"domain": "www.shop.localhost", "path": path}
        self.context.add_cookies([{"name": name, "value": value, **facts} for name, value in cookies.items()])  # type: ignore[typeddict-item]

    def visit(self) -> Seen:
        """Open a page, and return what ran, whether the banner asked, and what a new receipt says."""
        before = self._receipts()
        self.ran.clear()
        page = self._open()
        found = [one for one in self._receipts() if one not in before]
        is_asked = page.get_by_role("button", name="Reject all").is_visible()
        page.close()
        assert self.errors == []
        assert len(found) <= 1
        said = self.checked(found[0]) if found else None
        return Seen(sorted(self.ran), is_asked, said)

    def _open(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        posted: list[int] = []
        page.on("response", lambda one: posted.append(one.status) if one.url.endswith("/receipts") else None)
        line = '<script async src="/consent/b/shop.js"></script>'
        page.goto(self.website.page("<p>Trees</p>", line, f"/{self.tool}/page"))
        page.wait_for_function("window.consent?.debug && consent.debug().loaded.includes('session')")
        if page.evaluate("consent.get().show") != "none":
            expect(page.get_by_role("button", name="Reject all")).to_be_visible()
        page.wait_for_load_state("networkidle")
        page.wait_for_function("!document.cookie.includes('_queue')")
        assert set(posted) <= {201}
        assert len(posted) <= 1
        return page

    def _receipts(self) -> list[str]:
        with self.website.service.context.engine.connect() as connection:
            return [one.jws for one in receipts.search(connection, self.website.shop.site_id, Filters()).items]

    def checked(self, jws: str) -> dict[str, bool]:
        """Return the answers in a receipt of an import, which must claim nothing but what the cookie said."""
        claims = verify_jws(jws, self.website.service.context.keys.jwks)
        former = FORMER[self.tool]
        assert (claims["schema"], claims["method"]) == ("consent-receipt/2", "import")
        assert {name: claims[name] for name in UNSHOWN} == dict.fromkeys(UNSHOWN)
        assert claims["source"] == {
            **{"tool": self.tool, "version": former.version, "from": "cookie"},
            **{"said_at": SAID.date().isoformat() if former.is_dated else None},
            "mapping": mapping_name(mapping_of(self.tool)),
        }
        assert all(value not in jws_text(jws) for value in ("1784114c", "30166201", "ejJWOUJ", "Uv9YOAVP"))
        assert (claims["vendors"], claims["requested"]) == ({}, claims["effective"])
        return {group: answer for group, answer in claims["effective"].items() if answer is not None}


def jws_text(jws: str) -> str:
    payload = jws.split(".")[1]
    return base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()


def mapping_of(tool: str) -> dict[str, Any]:
    """Return the mapping that a user confirmed for `tool`."""
    former, known = FORMER[tool], TOOLS[tool]
    categories = known.categories if former.categories is None else former.categories
    mapping = {"tool": tool, "cookie": known.cookie, "categories": categories, "delete": False}
    return mapping | {"vendors": sorted(GROUPS.values())} | ({"life": LIFE} if known.life else {})


@pytest.mark.parametrize("tool", FORMER)
def test_an_answer_in_a_former_tool_counts_and_its_receipt_claims_no_more(
    browser: Browser, website: Website, tool: str
) -> None:
    former = FORMER[tool]
    website.shop.edit(lambda draft: draft["overrides"].update(old_choices=mapping_of(tool)))
    website.shop.publish()
    cases = {
        "nothing": ([{}], expected(None, None, None)),
        "full grant": ([former.make(*ALL)], expected(*ALL)),
        "full refusal": ([former.make(*NONE)], expected(*NONE)),
        "partly": ([former.make(*PART)], expected(*former.part)),
        "damaged": ([former.make(*ALL) | former.damage], expected(None, None, None)),
        "contradicting": ([former.make(*ALL), former.make(*NONE)], expected(*NONE)),
        "damaged beside a refusal": ([former.make(*ALL) | former.damage, former.make(*NONE)], expected(*NONE)),
    }
    found, again = {}, {}
    for name, (stored, _) in cases.items():
        visitor = Visitor(browser, website, tool)
        for cookies, path in zip(stored, ("/", f"/{tool}"), strict=False):
            visitor.store(cookies, path)
        found[name], again[name] = visitor.visit(), visitor.visit()
        visitor.context.close()
    assert found == {name: seen for name, (_, seen) in cases.items()}
    # The next visit finds our own choice: the same tags, no question and no second receipt.
    assert again == {name: seen._replace(said=None) for name, seen in found.items()}
