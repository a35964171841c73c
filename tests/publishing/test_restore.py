"""A restore brings back tags, vendors, cookies, texts and look, but no code that isn't approved now."""

import copy
import json
from typing import Any

import pytest
from sqlalchemy import Connection

from consent.core.documents.config import Config, Draft
from consent.publishing.approval import risks
from consent.publishing.code_approvals import Approvals, approvals_of, approve, withdraw
from consent.publishing.publish import Artifacts, freeze
from consent.publishing.restore import restored
from consent.storage.database.engine import make_engine
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow
from tests.publishing.catalog_drafts import ADMIN, CATALOG, GUARD, analytics

CODE = {"type": "html", "src": None, "attributes": {}, "calls": [], "hosts": []}
CODE |= {"nodes": [{"element": "script", "src": "", "text": "go()", "attributes": {}}]}
NOBODY = Approvals({})


@pytest.fixture
def connection(ready_sqlite_database: str):
    engine = make_engine(ready_sqlite_database)
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def frozen(draft: dict[str, Any]) -> Config:
    return freeze(copy.deepcopy(draft), None, 1, Artifacts(b"rules", b"banner"))


def with_code(draft: dict[str, Any]) -> dict[str, Any]:
    draft["tags"].append(draft["tags"][0] | {"id": "own", "template": "custom", "load": CODE})
    return draft


def back(older: dict[str, Any], live: dict[str, Any], approvals: Approvals = NOBODY) -> Draft:
    return restored(frozen(older), frozen(live), copy.deepcopy(live), approvals, GUARD)  # type: ignore[arg-type]


def test_settings_hosts_controller_and_payment_pages_stay_as_they_are_live() -> None:
    older, live = analytics(), analytics()
    older["hosts"] = ["https://evil.example"]
    older["controller"]["name"] = "Somebody else"
    older["overrides"] |= {"payment_paths": [], "unknown_hosts": "run", "kill_switch": True, "sensitive": True}
    older["look"]["accent"] = "#112233"
    older["texts"]["languages"]["en"] = {"title": "Older words"}
    older["tags"][0]["enabled"] = False
    new = back(older, live)
    for section in ("hosts", "controller", "overrides", "variants"):
        assert new[section] == live[section], section  # type: ignore[literal-required]
    for section in ("tags", "vendors", "cookies", "look"):
        assert new[section] == older[section], section  # type: ignore[literal-required]
    assert new["texts"]["languages"] == older["texts"]["languages"]


def test_code_comes_back_off_unless_its_approval_stands(connection: Connection) -> None:
    site: SiteRow = sites.create(connection, "shop", "Shop", json.dumps(analytics()), 1)
    older, live = with_code(analytics()), analytics()
    assert not back(older, live)["tags"][1]["enabled"]
    approve(connection, site, GUARD, CODE, ADMIN, 5)  # type: ignore[arg-type]
    new = back(older, live, approvals_of(connection, site, GUARD))
    assert new["tags"][1]["enabled"]
    assert risks(new, frozen(live), CATALOG) == ["Google Analytics 4 runs code of the site's own"]
    withdraw(connection, site, GUARD, CODE, ADMIN, 6)  # type: ignore[arg-type]
    assert not back(older, live, approvals_of(connection, site, GUARD))["tags"][1]["enabled"]
    assert not back(older, older, approvals_of(connection, site, GUARD))["tags"][1]["enabled"], "also where it is live"


def test_a_foreign_load_or_call_comes_back_as_the_catalog_gives_it_now() -> None:
    older, live = analytics(), analytics()
    older["tags"][0]["load"]["src"] = "https://evil.example/x.js"
    older["vendors"][0]["revoke"] = [{"call": "jQuery.load", "args": ["https://evil.example"]}]
    live["tags"][0]["enabled"] = False
    new = back(older, live)
    assert new["tags"][0]["enabled"]
    assert new["tags"][0]["load"] == analytics()["tags"][0]["load"]
    assert new["vendors"] == analytics()["vendors"]
