"""Site groups through the API: list them, apply the shared settings to drafts, and publish site by site."""

import json

import pytest

from consent.publishing.site_groups.shared_settings import settings_of
from consent.storage.accounts import site_groups
from tests.handovers import add_brand

pytestmark = pytest.mark.app

APPLY, PUBLISH = "/api/v1/site-groups/applications", "/api/v1/site-groups/versions"


@pytest.fixture
def group(shop):
    """Put the shop and another brand into a group that shares the look of the banner."""
    brand = add_brand(shop)
    with shop.service.context.engine.begin() as connection:
        site_groups.put(connection, "Brands", [shop.site_id, brand])
        look = {"accent": "#0a5c36", "radius": 4, "position": "bottom", "font": "system"}
        site_groups.save_shared(connection, "Brands", json.dumps({"look": look}), 0)
    return shop, brand


def post(shop, path, body, **facts):
    headers = {"Authorization": shop.token("config:read", "config:write", **facts), "Content-Type": "application/json"}
    return shop.client.post(path, data=json.dumps(body), headers=headers)


def test_what_a_group_shares_reaches_each_draft_and_then_each_site(group):
    shop, _ = group
    items = shop.get("/api/v1/site-groups", Authorization=shop.token("config:read")).json["items"]
    assert items == [{"name": "Brands", "sites": ["brand-b", "shop"], "shares": ["look"], "realm": None}]
    dry = post(shop, APPLY, {"group": "Brands", "dry_run": True}).json["items"]
    assert [(one["site"], one["state"]) for one in dry] == [("brand-b", "would_change"), ("shop", "would_change")]
    done = post(shop, APPLY, {"group": "Brands"}).json["items"]
    assert {one["state"] for one in done} == {"changed"}
    assert "look accent" in [change["subject"] for change in done[0]["changes"]]
    assert {one["state"] for one in post(shop, APPLY, {"group": "Brands"}).json["items"]} == {"same"}
    assert (done[0]["sections"], done[0]["own_sections"], done[0]["own_settings"]) == (["look"], [], [])
    published = post(shop, PUBLISH, {"group": "Brands", "note": "Spring"}).json["items"]
    assert [(one["site"], one["state"], one["version"]) for one in published] == [
        ("brand-b", "failed", None),
        ("shop", "published", 2),
    ]
    trail = shop.get("/api/v1/sites/shop/audit", Authorization=shop.token("log:read")).json["items"]
    told = [one["action"] for one in trail if one["kind"] == "audit"][:2]
    assert told == ["version.published", "site_group.applied"]
    assert published[0]["message"], "code of the site's own waits for a second user"


def test_a_setting_that_is_applied_by_api_is_no_longer_pending(group):
    shop, _ = group
    pending = {"brand-b": ["look accent", "look radius"], "shop": ["look accent"]}
    with shop.service.context.engine.begin() as connection:
        shared = site_groups.shared(connection, "Brands")
        settings = settings_of(shared)
        settings["pending"] = pending
        site_groups.save_shared(connection, "Brands", json.dumps(settings), shared.revision)
    post(shop, APPLY, {"group": "Brands", "sites": ["brand-b"], "dry_run": True})
    assert _settings(shop)["pending"] == pending
    post(shop, APPLY, {"group": "Brands", "sites": ["brand-b"]})
    assert _settings(shop)["pending"] == {"shop": ["look accent"]}, "only of this site"
    post(shop, APPLY, {"group": "Brands", "sections": ["look"]})
    assert "pending" not in _settings(shop)


def _settings(shop):
    with shop.service.context.engine.connect() as connection:
        return settings_of(site_groups.shared(connection, "Brands"))


def test_a_token_reaches_its_own_sites_of_a_group_alone(group):
    shop, brand = group
    done = post(shop, APPLY, {"group": "Brands"}, site_id=brand).json["items"]
    assert [one["site"] for one in done] == ["brand-b"]
    strange = post(shop, APPLY, {"group": "Brands", "sites": ["shop"]}, site_id=brand)
    assert (strange.status_code, strange.json["error"]["code"]) == (400, "unknown_site")
    assert post(shop, APPLY, {"group": "Nobody"}).status_code == 404
    assert post(shop, PUBLISH, {"group": "Brands", "sites": "shop"}).status_code == 400
    assert shop.get("/api/v1/site-groups").status_code == 401
