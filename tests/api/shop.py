"""A live site, its running service and a browser-like client."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from consent.app import Service, create_service, load_artifacts, load_rules
from consent.classifier.catalog import VENDORS, fill, load_catalog
from consent.config import Settings
from consent.log.audit_author import AuditActor, Author
from consent.publishing.approval import Approval
from consent.publishing.browser_check import UNCHECKED, BrowserChecks
from consent.publishing.publish import PublishedConfig, publish
from consent.signing.receipt_claims import verify_jws
from consent.sites.draft import add_tag, new_draft
from consent.storage.accounts import api_tokens
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from consent.storage.sites import sites
from tests.audit_authors import author_of
from tests.code_guards import approve_all, guard_by, guard_of
from tests.golden import make_tag
from tests.postgres import new_database

ORIGIN = "https://www.example.com"


DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


KEY = "0123456789abcdef0123456789abcdef"


TRIES = 20
"""The maximum number of times a choice is posted."""


FACTS = ("name", "address", "contact", "policy_url", "policy_revision", "storage_location", "retention")


TAGS = {
    "session": {"group": "essential", "third_party": False, "necessity": "Keeps the basket."},
    "chat": {"group": "functional", "purposes": ["chat"]},
    "ga": {"group": "analytics", "purposes": ["visitor_statistics"]},
    "ads": {"group": "advertising", "purposes": ["retargeting"]},
}


def site_draft() -> dict[str, Any]:
    """Return a draft of the site `shop` with one tag in each group."""
    draft = new_draft(
        "shop", [ORIGIN], dict.fromkeys(FACTS, "stated") | {"policy_url": "https://www.example.com/privacy"}
    )
    for tag_id, facts in TAGS.items():
        load = {"type": "script", "src": f"https://{tag_id}.example/x.js", "attributes": {}, "calls": []}
        tag = make_tag(id=tag_id, **facts) | {"template": tag_id, "name": tag_id, "load": load, "parameters": {}}
        vendor = {"id": tag_id, "name": tag_id.title(), "company": tag_id.title(), "country": None, "privacy_url": None}
        draft["tags"].append(tag)
        draft["vendors"].append(vendor | {"opt_out_url": None, "recipient_kind": None, "hosts": [], "revoke": []})
    return draft


def with_container(draft: dict[str, Any]) -> None:
    """Add a Google Tag Manager tag."""
    vendor, parameters = load_catalog(VENDORS).vendor("google-tag-manager"), {"container_id": "GTM-ABC1234"}
    draft.update(add_tag(draft, vendor, "gtm", fill(vendor.tag("gtm"), parameters), parameters))


@dataclass
class Shop:
    """The running service with its site, and the requests that tests send it."""

    service: Service
    client: Client
    site_id: int

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def decision(self, query: str = "", **headers: str) -> TestResponse:
        return self.get(f"/api/v1/sites/shop/decision{query}", **headers)

    def choose(self, body: dict[str, Any] | str | bytes, origin: str | None = ORIGIN, **headers: str) -> TestResponse:
        """Post a choice and retry it on 503, as a page does, in case the machine is busy."""
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        sent = {"Content-Type": "application/json"} | ({"Origin": origin} if origin else {})
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        for _ in range(TRIES):
            answer = self.client.post("/api/v1/sites/shop/receipts", data=data, headers=sent)
            if answer.status_code != 503:
                break
            time.sleep(0.1)
        return answer

    def choice(self, action: str = "accept_all", granted: bool = True, **facts: Any) -> dict[str, Any]:
        """Return the body of a choice as the page sends it, with a fresh token."""
        decision = self.decision().json
        choices = dict.fromkeys(("functional", "analytics", "advertising"), granted)
        body = {"key": KEY, "config": decision["config"], "token": decision["token"], "action": action}
        return body | {"method": "click", "choices": choices} | facts

    def token(self, *scopes: str, site_id: int | None = None, **facts: Any) -> str:
        with self.service.context.engine.begin() as connection:
            made = api_tokens.create(connection, "test", scopes, now=int(time.time()), site_id=site_id, **facts)
        return f"Bearer {made}"

    @cached_property
    def decide_token(self) -> str:
        """Return a `decide` token for all requests: many new ones at once look like invented ones."""
        return self.token("decide")

    def edit(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the draft, as marketing would."""
        with self.service.context.engine.begin() as connection:
            kept = sites.read_draft(connection, self.site_id)
            draft = json.loads(kept.text)
            change(draft)
            sites.save_draft(connection, self.site_id, json.dumps(draft), kept.revision)

    def publish(self, seen_by: str = "somebody else", browser_checks: BrowserChecks = UNCHECKED) -> PublishedConfig:
        """Publish the draft with code approvals and a second user's approval; this process sees it at once."""
        context = self.service.context
        author, guard = Author(AuditActor("tests", "program"), context.keys.receipt), guard_by(context.keys)
        approve_all(context.engine, "shop", guard)
        approval = Approval(asked_by=seen_by)
        done = publish(
            context.engine,
            "shop",
            load_rules(),
            load_artifacts(),
            guard,
            author,
            approval=approval,
            browser_checks=browser_checks,
        )
        self.service.context.configs.live.refresh()
        return done

    def receipts(self) -> int:
        """Return the number of stored receipts."""
        from consent.storage.receipts import receipts
        from consent.storage.selection.filters import Filters

        with self.service.context.engine.connect() as connection:
            return receipts.count(connection, self.site_id, Filters()).number


def open_shop(folder: Path, database_url: str = "", *, own_keys: bool = False, **settings: Any) -> Shop:
    """Create an instance with the site `shop` published in `folder`, and open the service on it.

    Shops have the same keys, except with `own_keys`; a database at `database_url` must already have the site.
    """
    made = shop_settings(folder, database_url, **settings)
    if own_keys:
        folder.mkdir(exist_ok=True)
        fill_instance(made)
    else:
        shutil.copytree(filled_instance().name, folder, dirs_exist_ok=True)
    service = create_service(made)
    with service.context.engine.connect() as connection:
        site = sites.by_key(connection, "shop")
    assert site
    return Shop(service, Client(service.wsgi_app, use_cookies=False), site.id)


@cache
def filled_instance() -> TemporaryDirectory[str]:
    """Create the instance that each shop on SQLite starts from a copy of."""
    folder = TemporaryDirectory(prefix="shop-")
    fill_instance(shop_settings(Path(folder.name)))
    return folder


def shop_settings(folder: Path, database_url: str = "", **settings: Any) -> Settings:
    facts = {"instance": folder, "database_url": database_url, "demo": True, "write_limit": None}
    return Settings(**(facts | {"browser_check": "off"} | settings))


def fill_instance(settings: Settings) -> None:
    engine = make_engine(settings.database)
    upgrade(engine)
    with engine.begin() as connection:
        sites.create(connection, "shop", "Shop", json.dumps(site_draft()), int(time.time()))
    guard = guard_of(settings.instance)
    approve_all(engine, "shop", guard)
    alone = Approval(is_alone=True)
    publish(engine, "shop", load_rules(), load_artifacts(), guard, author_of(settings.instance), approval=alone)
    engine.dispose()


@contextmanager
def any_shop_in(request: pytest.FixtureRequest, folder: Path) -> Iterator[Shop]:
    """Open the shop on the database that `request.param` names."""
    with ExitStack() as stack:
        url = ""
        if request.param == "postgresql":
            server, template = request.getfixturevalue("postgres_url"), request.getfixturevalue("filled_postgres")
            url = stack.enter_context(new_database(server, template))
        opened = open_shop(folder, url)
        stack.callback(opened.service.close)
        yield opened


def claims_of(shop: Shop, answer: TestResponse) -> Any:
    """Verify the signature of the receipt in `answer` and return its claims."""
    return verify_jws(json.loads(answer.data)["receipt"], shop.service.context.keys.jwks)


def cookies_of(answer: TestResponse) -> dict[str, str]:
    """Return the cookies that the response sets, each with its attributes."""
    return dict(cookie.split("=", 1) for cookie in answer.headers.getlist("Set-Cookie"))
