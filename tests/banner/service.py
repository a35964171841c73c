"""A small service for the script's tests: serves pages, the built script and vendors, and records what it receives."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page

from consent.runtime.script_build import call_script, read_build
from consent.web.static_files import static_folder
from tests.banner.payload import first_form, make_payload

BUILD = read_build(static_folder())
LATER = "/b/demo/build/config/en.js"
LINE = '<script async src="/b/demo.js"></script>'
RAN = "(window.ran = window.ran || []).push({name!r}); document.documentElement.dataset.ran = ran.join(' ');"
REST = "<!-- the rest of the page -->"
SETS = "document.cookie = '_{name}=1; path=/';"
WAIT_S = 60


def with_real_focus(page: Page) -> Page:
    """Turn off Playwright's focus emulation, so that the page loses its focus when another comes to the front."""
    page.context.new_cdp_session(page).send("Emulation.setFocusEmulationEnabled", {"enabled": False})
    return page


class Service:
    """What one test serves and receives. In Chromium, all names under `.localhost` lead to it."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://www.shop.localhost:{port}"
        self.vendors = f"http://vendors.localhost:{port}"
        self.payload: dict[str, Any] | None = make_payload(self.vendors)
        self.build = BUILD
        self.early: list[str] = []
        self.apart = False
        """Whether the part that decides and acts is fetched later."""
        self.headers: dict[str, str] = {}
        self.script_headers: dict[str, str] = {}
        self.in_language: dict[str, dict[str, Any]] = {}
        self.pages: dict[str, str] = {}
        self.files: dict[str, str] = {}
        """JSON documents by path."""
        self.receipts: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.sightings: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.status = 201
        self.linked = True
        self.stopped = threading.Event()
        self.rest = threading.Event()
        self._heard = threading.Condition()

    def script(self) -> str:
        """Return the content of `/b/demo.js`."""
        facts = self.payload and (first_form(self.payload) if self.apart else self.payload)
        if not facts:
            return self.build.whole.decode()
        parts = [*self.build.sends.values()] if facts.get("sends") or facts.get("sightings") else []
        parts += [self.build.sends["choices_icon"]] if any("icon" in link for link in facts.get("links", [])) else []
        parts += [self.build.sends["handle"]] if facts.get("handle") else []
        parts += [self.build.sends["experiment"]] if facts.get("draw") else []
        parts += [self.build.sends["triggers"]] if facts.get("triggers") and not facts.get("sends") else []
        early = [] if self.apart else [self.build.acts]
        early += [self.build.early[name] for name in self.early]
        early += [self.build.early["tcf"]] if facts.get("tcf") else []
        return call_script(self.build.core, json.dumps(facts).encode(), parts, early).decode()

    def page(self, body: str = "", head: str = LINE, path: str = "/", language: str = "en") -> str:
        """Serve a page and return its address."""
        self.pages[path] = (
            f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Shop</title>'
            f'<meta name="viewport" content="width=device-width">{head}<body>{body}</body></html>'
        )
        return self.origin + path

    def asked_for(self, path: str) -> int:
        """Return how often `path` was requested."""
        return self.requests.count(path)

    def ask(self, path: str) -> None:
        """Record a request for `path`."""
        with self._heard:
            self.requests.append(path)
            self._heard.notify_all()

    def wait_for_request(self, path: str) -> None:
        """Wait until `path` has been requested."""
        self.wait_for(lambda: path in self.requests)

    def hear(self, kept: list[dict[str, Any]], body: bytes) -> None:
        """Record a posted body."""
        with self._heard:
            kept.append(json.loads(body))
            self._heard.notify_all()

    def own_cookies(self, page: Page) -> dict[str, str]:
        """Return our cookies on the page's site."""
        cookies = page.context.cookies(self.origin)
        return {c["name"]: c["value"] for c in cookies if c["name"].startswith("consent_")}

    def visit_with(self, page: Page, value: str) -> None:
        """Set the cookie of a returning visitor's choice."""
        page.context.add_cookies([{"name": "consent_demo", "value": value, "url": self.origin}])

    def wait_for(self, is_true: Callable[[], bool]) -> None:
        """Wait until `is_true` holds after a request or post."""
        with self._heard:
            assert self._heard.wait_for(is_true, WAIT_S)

    def one_receipt(self) -> dict[str, Any]:
        """Wait for the only receipt and return it."""
        self.wait_for(lambda: bool(self.receipts))
        assert len({receipt["key"] for receipt in self.receipts}) == 1
        return self.receipts[-1]


def make_handler(find: Callable[[], Service]) -> type[BaseHTTPRequestHandler]:
    """Return a handler that serves the current test's service, which `find` returns."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

        def do_GET(self) -> None:
            service, path = find(), self.path.split("?")[0]
            service.ask(path)
            if path.startswith("/hang"):
                service.stopped.wait(WAIT_S)
            elif path == "/b/demo.js":
                self._answer(service.script(), "text/javascript", service.script_headers)
            elif path == LATER and service.payload:
                facts = json.dumps({fact: service.payload[fact] for fact in ("acts", "resolved")})
                self._answer(f"export default[{service.build.acts.decode()},{facts}]", "text/javascript")
            elif path == "/b/demo/tcf/screens.js":
                self._answer(f"export default {service.build.screens.decode()}", "text/javascript")
            elif path.startswith("/b/demo/") and not path.endswith(".json"):
                self._answer(service.build.whole.decode(), "text/javascript")
            elif path in service.files:
                self._answer(service.files[path], "application/json")
            elif path == "/api/v1/sites/demo/decision":
                language = parse_qs(urlsplit(self.path).query).get("language", [""])[0]
                banner = service.in_language.get(language) or make_payload(service.vendors)
                self._answer(json.dumps({"banner": banner}), "application/json")
            elif path == "/api/v1/sites/demo/vendors":
                self._answer(json.dumps({"vendors": FACTS}), "application/json")
            elif path.startswith("/vendor/"):
                name = path.removeprefix("/vendor/").removesuffix(".js")
                sets = SETS if name in ("stats", "ads") else ""
                self._answer((RAN + sets).format(name=name), "text/javascript")
            elif path in service.pages:
                self._answer(service.pages[path], "text/html; charset=utf-8", service.headers)
            else:
                self._answer("", "text/plain", status=404)

        def do_POST(self) -> None:
            service = find()
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            posted = {"events": service.events, "sightings": service.sightings}
            if (name := self.path.rpartition("/")[2]) in posted:
                service.hear(posted[name], body)
                self._answer("", "text/plain", status=204)
                return
            status = service.status
            answer = {"id": "1d" * 16, "receipt": "a.signed.receipt", "linked": service.linked, "decision": {}}
            self._answer(json.dumps(answer if status < 300 else {"error": {}}), "application/json", status=status)
            service.hear(service.receipts, body)

        def _answer(self, text: str, kind: str, headers: dict[str, str] | None = None, status: int = 200) -> None:
            data = text.encode()
            self.send_response(status)
            all_headers = {"Content-Type": kind, "Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
            for name, value in (all_headers | (headers or {})).items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(text.replace(REST, "").encode())))
            self.end_headers()
            first, rest = data.split(REST.encode()) if kind.startswith("text/html") and REST in text else (data, b"")
            self.wfile.write(first)
            if rest:
                find().rest.wait(WAIT_S)
                self.wfile.write(rest)

    return Handler


FACTS = [
    {
        "id": "stats",
        "name": "Stats",
        "company": "Stats Inc.",
        "groups": ["analytics"],
        "purposes": [{"code": "visitor_statistics", "text": "Visitor statistics"}],
        "privacy_url": "https://stats.example/privacy",
        "opt_out_url": None,
        "cookies": [
            {"name": "_stats", "kind": "cookie", "group": "analytics", "purpose": "Statistics", "lifetime": "13 months"}
        ],
        "links": [{"url": "https://stats.example/privacy", "text": "Privacy policy of Stats"}],
    }
]
