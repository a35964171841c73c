"""Two brands of one controller on unrelated domains, and a browser that follows links between them."""

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from consent.app import load_artifacts, load_rules
from consent.core.groups import OPTIONAL
from consent.log.audit_author import AuditActor, Author
from consent.publishing.approval import Approval
from consent.publishing.publish import publish
from consent.sites.draft import new_draft
from consent.storage.sites import sites
from tests.api.shop import FACTS, Shop, open_shop, site_draft
from tests.code_guards import approve_all, guard_by

SHOP, BRAND = "www.example.com", "brand-b.example"
PLACES = {"FR": "?country=FR", "US-CA": "?country=US&subdivision=CA", "US-CO": "?country=US&subdivision=CO"}
SITES = {SHOP: "shop", BRAND: "brand-b"}


def add_brand(shop: Shop, key: str = "brand-b", host: str = BRAND) -> int:
    """Add a site on another domain with the same tags, and return its id; nothing is published yet."""
    draft = site_draft() | {"site": key, "hosts": [f"https://{host}"]}
    stated = dict.fromkeys(FACTS, "stated") | {"policy_url": "https://www.example.com/privacy"}
    draft["controller"] = new_draft(key, [], stated)["controller"]
    with shop.service.context.engine.begin() as connection:
        return sites.create(connection, key, key.title(), json.dumps(draft), int(time.time())).id


def publish_site(shop: Shop, key: str, change: Callable[[dict[str, Any]], None] = lambda _: None) -> None:
    """Change a site's draft and make it live."""
    context = shop.service.context
    with context.engine.begin() as connection:
        site = sites.by_key(connection, key)
        assert site
        kept = sites.read_draft(connection, site.id)
        draft = json.loads(kept.text)
        change(draft)
        sites.save_draft(connection, site.id, json.dumps(draft), kept.revision)
    author, guard = Author(AuditActor("tests", "program"), context.keys.receipt), guard_by(context.keys)
    approve_all(context.engine, key, guard)
    rules, artifacts, approval = load_rules(), load_artifacts(), Approval(asked_by="somebody else")
    publish(context.engine, key, rules, artifacts, guard, author, approval=approval)
    context.configs.live.refresh()


def share(*others: str, named: bool = True) -> Callable[[dict[str, Any]], None]:
    """Return a draft change that makes a site share its choices with `others`."""
    return lambda draft: draft["overrides"].update(handover={"sites": list(others), "named": named})


@dataclass
class Browser:
    """One browser in one place, with the cookies it has received from each host."""

    shop: Shop
    place: str = "FR"
    gpc: bool = False
    address: str = "127.0.0.1"
    cookies: dict[str, dict[str, str]] = field(default_factory=lambda: {SHOP: {}, BRAND: {}})

    def post(self, host: str, path: str, body: dict[str, Any], **headers: str) -> TestResponse:
        url = f"/api/v1/sites/{SITES[host]}/{path}{PLACES[self.place]}"
        sent = self._headers(host) | {name.replace("_", "-"): value for name, value in headers.items()}
        peer = {"REMOTE_ADDR": self.address}
        answer = self.shop.client.post(url, data=json.dumps(body), headers=sent, environ_base=peer)
        for cookie in answer.headers.getlist("Set-Cookie"):
            pair, _, attributes = cookie.partition(";")
            name, _, value = pair.partition("=")
            if "Max-Age=0" in attributes:
                self.cookies[host].pop(name, None)
            else:
                self.cookies[host][name] = value
        return answer

    def choose(self, host: str, granted: bool | None = None, **choices: bool) -> TestResponse:
        """Answer the banner on a host."""
        url = f"/api/v1/sites/{SITES[host]}/decision{PLACES[self.place]}"
        config = self.shop.client.get(url, headers=self._headers(host)).json["config"]
        page = self.shop.client.get(f"{url}&view=banner", headers=self._headers(host)).json["banner"]
        answers = choices or dict.fromkeys(OPTIONAL, granted)
        body = {"key": secrets.token_hex(16), "config": config, "token": page["token"], "method": "click"}
        return self.post(host, "receipts", body | {"action": "save", "choices": answers})

    def code(self, source: str = SHOP, target: str = BRAND, **facts: Any) -> str:
        """Return the code that a link from one host to the other carries."""
        answer = self.post(source, "handovers", {"to": target} | facts)
        assert answer.status_code == 200, answer.data
        code: str = answer.json["code"]
        return code

    def arrive(self, code: str, target: str = BRAND, referrer: str = SHOP, **facts: Any) -> TestResponse:
        """Open the page of `target` with a handover code."""
        return self.post(target, "handovers/redeem", {"code": code, "referrer": referrer} | facts)

    def runs(self, host: str) -> list[str]:
        """Return the optional tags that run on a host."""
        url = f"/api/v1/sites/{SITES[host]}/decision{PLACES[self.place]}"
        found = self.shop.client.get(url, headers=self._headers(host)).json["allowed_tags"]
        return [tag for tag in found if tag != "session"]

    def _headers(self, host: str) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Origin": f"https://{host}",
            "Host": host,
            "Authorization": self.shop.token("decide"),
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies[host].items()),
        }
        return headers | ({"Sec-GPC": "1"} if self.gpc else {})


class Websites:
    """The websites of two brands on unrelated domains, each with its script on its own host.

    `place` is the visitors' country and region. `pages` holds the body of each page, by site and path. `lines` goes
    into each head, with `{site}` filled in.
    """

    def __init__(self, folder: Path) -> None:
        self.shop = open_shop(folder, edge="cloudflare", trusted_proxies=("127.0.0.1/32",))
        self.place = ("FR", "")
        self.pages: dict[tuple[str, str], str] = {}
        self.lines = '<script async src="/b/{site}.js"></script>'
        self.codes = threading.Event()
        self.codes.set()

    def open(self, port: int) -> None:
        """Publish both sites for websites on `port`."""
        self.a, self.b = (f"http://brand-{name}.localhost:{port}" for name in "ab")
        add_brand(self.shop)
        for key, origin, other in (("brand-b", self.b, "shop"), ("shop", self.a, "brand-b")):
            publish_site(self.shop, key, lambda draft, o=origin, k=other: draft.update(hosts=[o]) or share(k)(draft))

    def serve(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        path, host = environ["PATH_INFO"], environ["HTTP_HOST"].partition(":")[0]
        if path.startswith(("/b/", "/api/")):
            if path.endswith("/redeem"):
                self.codes.wait(20)
            country, region = self.place
            edge = {"HTTP_CF_IPCOUNTRY": country, "HTTP_CF_REGION_CODE": region, "HTTP_CF_RAY": "x"}
            return self.shop.service.wsgi_app(environ | edge, start_response)
        site = "shop" if host.startswith("brand-a") else "brand-b"
        head = f"<!doctype html><html lang=en><title>{site}</title><head>{self.lines.replace('{site}', site)}</head>"
        if path == "/moved":
            start_response("302 Found", [("Location", "/")])
            return [b""]
        start_response("200 OK", [("Content-Type", "text/html"), ("Cache-Control", "no-store")])
        body = self.pages.get((site, path), f"<main><h1>{site}</h1></main>")
        return [f"{head}<body>{body}".encode()]
