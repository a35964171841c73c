"""A site with GA4, Matomo, PostHog and Plausible on its own host, and visitors of all kinds who send them events."""

import contextlib
import http.client
import itertools
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from consent.classifier.catalog import VENDORS, fill, load_catalog
from consent.core.choice import Choice, format_choice
from consent.core.documents.config import Draft
from consent.demo.ports import Ports
from consent.demo.site import KEY, demo_draft
from consent.sites.draft import add_tag
from consent.sites.own_host.mounts import set_mounts
from consent.storage.accounts import api_tokens
from consent.storage.database.engine import make_engine
from consent.storage.sites import configs, sites
from tests.geo.addresses import BERKELEY, BERLIN_V6
from tests.operating.service import DECISION, ORIGIN, Service, installed

HOST = "www.shop.localhost"
PHC = "phc_" + "Ab1" * 14
TAGS = {
    "google-analytics": ("ga4", {"measurement_id": "G-ABC1234567"}, "/metrics/*"),
    "posthog": ("posthog", {"token": PHC, "region": "eu"}, "/ph/*"),
    "matomo": ("matomo", {"host": "stats.shop.localhost", "site_id": "1"}, "/m/*"),
    "plausible": ("plausible", {"domain": "shop.localhost"}, "/p/*"),
}
GROUPS = ("functional", "analytics", "advertising")
CHOICES: dict[str, dict[str, bool] | None] = {
    "none": None,
    "rejected": dict.fromkeys(GROUPS, False),
    "accepted": dict.fromkeys(GROUPS, True),
    "statistics": {"functional": False, "analytics": True, "advertising": False},
    "ads": {"functional": False, "analytics": False, "advertising": True},
}
PLACES = {"DE": BERLIN_V6, "US": BERKELEY}


def gated_draft(limited: Iterable[str] = ()) -> Draft:
    """Return the demo's draft with the four vendors mounted on its own host; `limited` ones are declared cookieless."""
    draft, catalog = demo_draft(Ports()), load_catalog(VENDORS)
    for vendor_id, (template, parameters, mount) in TAGS.items():
        vendor = catalog.vendor(vendor_id)
        draft = add_tag(draft, vendor, template, fill(vendor.tag(template), parameters), parameters)
        draft = set_mounts(draft, vendor_id, [mount])
        if vendor_id in limited:
            draft["tags"][-1] |= {"limited": "cookieless", "limited_reason": "Counted without cookies"}
    return draft


@dataclass
class World:
    """The running service, a token for its gate, and the data that choice cookies are made from."""

    service: Service
    token: str
    keys: dict[str, str]
    regimes: dict[str, str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.service.port}"

    def cookie(self, groups: dict[str, bool] | None, place: str = "DE", days_ago: int = 0) -> str:
        """Return the Cookie header of a visitor who chose `groups`; empty if they haven't chosen."""
        if groups is None:
            return ""
        day = int(time.time() // 86400) - days_ago
        return f"consent_{KEY}=" + format_choice(Choice(day, self.regimes[place], {**groups}, self.keys))


@dataclass(frozen=True)
class Sent:
    """One event: `mark` is unique to its query, body and cookie; `passes` is whether it may pass the gate."""

    mark: str
    method: str
    uri: str
    body: bytes
    headers: dict[str, str]
    passes: bool
    vendor: str


def events(world: World, count: int, vendors: Iterable[str] = tuple(TAGS)) -> Iterator[Sent]:
    """Yield `count` events, from visitors of all kinds in turn."""
    kinds = itertools.product(PLACES, CHOICES, (False, True), vendors, ("agrees", "claims all"))
    for number, (place, choice, gpc, vendor, claim) in zip(range(count), itertools.cycle(list(kinds)), strict=False):
        yield _event(world, number, place, choice, gpc, vendor, claim)


def _event(world: World, number: int, place: str, choice: str, gpc: bool, vendor: str, claim: str) -> Sent:
    mark, groups = f"mark-{number:07d}-x", CHOICES[choice]
    analytics = groups["analytics"] if groups else place == "US"
    # A signal overrides a grant given without being told of the signal (design, section 5).
    advertising = (groups["advertising"] if groups else place == "US") and not gpc
    signs = "G111" if claim == "claims all" else f"G1{int(advertising)}{int(analytics)}"
    cookie = "; ".join(one for one in (f"seen={mark}", world.cookie(groups, place)) if one)
    headers = {"Host": HOST, "Cookie": cookie, "X-Test-Address": PLACES[place], "X-Forwarded-For": mark}
    headers |= {"Referer": f"{ORIGIN}/shoes", "Content-Type": "text/plain"} | ({"Sec-GPC": "1"} if gpc else {})
    # What a tracker's script might add to its own requests.
    headers |= {"X_Gate_Uri": "/robots.txt", "X_Gate_Method": "HEAD", "X_Visitor_Address": PLACES["US"]}
    headers |= {"X-Gate_Uri": "/robots.txt", "X_Gate_Vendor": "nobody", "X-Gate-Vendor": "nobody"}
    method, uri, body = SHAPES[vendor](mark, signs)
    agrees = vendor != "google-analytics" or signs != "G111" or advertising
    return Sent(mark, method, uri, body, headers, analytics and agrees, vendor)


def _google(mark: str, signs: str) -> tuple[str, str, bytes]:
    query = f"v=2&tid=G-ABC1234567&cid={mark}&en=page_view&gcs={signs}"
    return "POST", f"/metrics/g/collect?{query}", f"en=scroll&ep.mark={mark}".encode()


def _posthog(mark: str, _: str) -> tuple[str, str, bytes]:
    properties = {"token": PHC, "distinct_id": mark}
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    body = {"api_key": PHC, "event": "$pageview", "properties": properties, "timestamp": now, "sent_at": now}
    return "POST", f"/ph/e/?ip={mark}", json.dumps(body).encode()


def _matomo(mark: str, _: str) -> tuple[str, str, bytes]:
    return "GET", f"/m/matomo.php?idsite=1&rec=1&_id={mark}&url=x", b""


def _plausible(mark: str, _: str) -> tuple[str, str, bytes]:
    body = {"n": "pageview", "u": f"https://shop.example/{mark}", "d": "shop.example"}
    return "POST", f"/p/api/event?x={mark}", json.dumps(body).encode()


SHAPES = {"google-analytics": _google, "posthog": _posthog, "matomo": _matomo, "plausible": _plausible}


@dataclass
class Answered:
    """The response that a visitor's browser got."""

    status: int
    headers: dict[str, str]
    body: bytes


class Browser:
    """One connection that sends events one after the other."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def send(self, method: str, uri: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answered:
        self._connection.request(method, uri, body or None, headers or {})
        answer = self._connection.getresponse()
        return Answered(answer.status, dict(answer.getheaders()), answer.read())

    def close(self) -> None:
        self._connection.close()


@contextlib.contextmanager
def gated_world(folder: Path, limited: Iterable[str] = (), **settings: str) -> Iterator[World]:
    """Start the service with the site of `gated_draft`."""
    with installed(folder, gated_draft(limited), **settings) as service:
        engine = make_engine(service.database)
        with engine.begin() as connection:
            site: Any = sites.by_key(connection, KEY)
            token = api_tokens.create(connection, "gate", ("decide",), now=int(time.time()), site_id=site.id)
            live: Any = configs.get_config(connection, dict(configs.live(connection))[KEY])
        engine.dispose()
        document = json.loads(live)
        keys = {group: document["purpose_keys"][group][0]["key"][:8] for group in GROUPS}
        service.start()
        asked = {
            place: service.ask(DECISION, Authorization=f"Bearer {token}", X_Visitor_Address=address).json
            for place, address in PLACES.items()
        }
        yield World(service, token, keys, {place: answer["regime"] for place, answer in asked.items()})
        service.stop()
