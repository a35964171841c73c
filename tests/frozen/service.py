"""The whole service's responses to a page: the script, its later part, the decision, a choice with its two cookies."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from werkzeug.test import Client, TestResponse

from consent.app import Service, create_service
from consent.config import Settings
from consent.runtime.live_configs import LiveConfigs
from consent.runtime.script_build import Build
from consent.signing.preview_token import Link, make_link
from consent.signing.write_token import Fields, make_token
from consent.storage.database.engine import make_engine
from consent.storage.maintenance import migrate
from tests.frozen.fixed import BASE_URL, CONFIG_NAME, DAY_S, HOST, KEY, NOW, RULES, SECRET, SITE, drawing
from tests.frozen.world import publish, write_keys

BUILD = Build(
    b"/* core */((facts, parts, early) => [facts, parts, early])",
    b"/* acts */0",
    {name: f"/* {name} */0".encode() for name in ("choices_icon", "handle", "sightings", "us_privacy")},
    {name: f"/* {name} */0".encode() for name in ("cookie_guard", "marks")},
    b"/* screens */0",
)
"""Stands in for the built code, whose bytes are checked where it is built; what surrounds it is ours."""
FIELDS = Fields(SITE, CONFIG_NAME, "DE", None, "edge", "eu_opt_in", RULES.version, "en", "a", NOW // DAY_S - 1)
"""What a page was shown on the day before `NOW`."""
SENT = {"CF-IPCountry": "DE", "CF-Connecting-IP": "192.0.2.7", "Accept-Language": "en", "Host": HOST}
PEER = {"REMOTE_ADDR": "127.0.0.1"}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHOICES = {"functional": True, "analytics": True, "advertising": False}


class Visitor(NamedTuple):
    """A browser that stores nothing, and the service that it uses."""

    client: Client
    service: Service

    def get(self, path: str) -> TestResponse:
        """Request a path as a page in Germany does."""
        return self.client.get(path, headers=SENT, environ_base=PEER)

    def choose(self, action: str, choices: dict[str, bool], cookies: str = "") -> TestResponse:
        """Post a choice as a page does."""
        headers = SENT | {"Origin": f"https://{HOST}", "Content-Type": "application/json", "User-Agent": FIREFOX}
        headers |= {"Cookie": cookies} if cookies else {}
        body, path = body_of(action, choices), f"/api/v1/sites/{SITE}/receipts"
        answer = self.client.post(path, data=body, headers=headers, environ_base=PEER)
        assert answer.status_code == 201, answer.data
        return answer


@contextmanager
def opened() -> Iterator[Visitor]:
    """Open the service at `NOW`, behind an edge that sends the visitor's country, with the old rules and build."""
    with TemporaryDirectory(prefix="frozen-") as name, drawing("service"):
        folder = Path(name)
        write_keys(folder)
        settings = Settings(
            instance=folder, base_url=BASE_URL, trusted_proxies=("127.0.0.1/32",), edge="cloudflare", write_limit=None
        )
        engine = make_engine(settings.database)
        migrate.upgrade(engine)
        with engine.begin() as connection:
            publish(connection)
        engine.dispose()
        service = create_service(settings)
        try:
            context = service.context
            context.configs.live.close()
            context.configs.live = LiveConfigs(context.engine, RULES)
            context.configs.live.refresh()
            context.configs.rules, context.configs.build, context.clock = RULES, BUILD, lambda: NOW
            yield Visitor(Client(service.wsgi_app, use_cookies=False), service)
        finally:
            service.close()


def answers(visitor: Visitor) -> dict[str, bytes]:
    """Return the responses to a first visit, to a choice and, an hour later, to its withdrawal."""
    script, decision = visitor.get(f"/b/{SITE}.js"), visitor.get(f"/api/v1/sites/{SITE}/decision?view=banner")
    later = decision.json["banner"]["later"] if decision.json else ""
    granted = visitor.choose("save", CHOICES)
    cookies = "; ".join(one.partition(";")[0] for one in granted.headers.getlist("Set-Cookie"))
    visitor.service.context.clock = lambda: NOW + 3600
    withdrawn = visitor.choose("withdraw", dict.fromkeys(CHOICES, False), cookies)
    key = make_link(SECRET, Link(SITE, NOW + 7 * DAY_S, 0))
    preview = visitor.client.post(f"/p/{SITE}", data={"key": key})
    found = {"script.js": script, "script-later.js": visitor.get(later), "decision.json": decision}
    found |= {"answer-to-a-choice.json": granted, "answer-to-a-withdrawal.json": withdrawn}
    made = {
        **{name: answer.data for name, answer in found.items()},
        "script-later-address.txt": later.encode(),
        "set-cookie-of-a-choice.txt": _set(granted),
        "set-cookie-of-a-withdrawal.txt": _set(withdrawn),
        "set-cookie-of-a-preview.txt": _set(preview),
        "dashboard-secrets.json": _secrets(visitor),
    }
    return {f"service/{name}": data for name, data in made.items()}


def body_of(action: str, choices: dict[str, bool]) -> bytes:
    """Return a choice as the page sends it, ten seconds before it arrives."""
    key, chosen_at = (KEY, "2026-11-24T23:59:50Z") if action == "save" else (KEY[::-1], "2026-11-25T00:59:50Z")
    said = {"key": key, "config": CONFIG_NAME, "token": make_token(SECRET, FIELDS), "action": action, "method": "click"}
    told = {"vendors": {"chat": False}, "layer": 2, "conflict_shown": False, "age_band": "unknown"}
    return json.dumps(said | {"choices": choices, **told, "keep_proof": False, "chosen_at": chosen_at}).encode()


def _set(answer: TestResponse) -> bytes:
    return "".join(f"{one}\n" for one in answer.headers.getlist("Set-Cookie")).encode()


def _secrets(visitor: Visitor) -> bytes:
    """Return the dashboard's secrets for sessions, second factors and recovery codes, derived from the secret key."""
    config = visitor.service.app.config
    recovery = [key.decode() for key in config["SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS"]]
    found = {"sessions": config["SECRET_KEY"], "totp": config["SECURITY_TOTP_SECRETS"], "recovery": recovery}
    return json.dumps(found).encode()
