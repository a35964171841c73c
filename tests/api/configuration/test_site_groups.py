"""Site groups through the API: list them, apply the shared settings to drafts, and publish site by site."""

import json
from dataclasses import replace

import pytest

from consent.publishing.browser_check import BrowserChecks
from consent.publishing.site_groups.dry_run import expected_publish
from consent.publishing.site_groups.shared_settings import settings_of
from consent.storage.accounts import site_groups
from consent.storage.sites import approval_requests, sites
from consent.storage.sites.approval_requests import Request
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
    assert "look accent" in [change["subject"] for change in published[1]["changes"]]


def test_a_dry_run_answers_what_a_publish_does_and_writes_nothing(group):
    shop, _ = group
    post(shop, APPLY, {"group": "Brands"})
    before = _stored(shop)
    brand, own = post(shop, PUBLISH, {"group": "Brands", "note": "Spring", "dry_run": True}).json["items"]
    assert _stored(shop) == before
    assert [(one["site"], one["state"], one["version"]) for one in (brand, own)] == [
        ("brand-b", "would_fail", None),
        ("shop", "would_publish", 2),
    ]
    assert [change["subject"] for change in own["changes"]] == ["look accent", "look radius"]
    assert (own["problems"], own["message"]) == ([], "")
    fields = [problem["field"] for problem in brand["problems"]]
    assert fields == [*(f"tags.{number}.enabled" for number in range(4)), "approval"]
    assert brand["problems"][-1]["message"].startswith("A second user must review this before it is published: ")
    assert "tag session" in [change["subject"] for change in brand["changes"]]
    done = post(shop, PUBLISH, {"group": "Brands"}).json["items"]
    assert done == [brand | {"state": "failed"}, own | {"state": "published"}]
    again = post(shop, PUBLISH, {"group": "Brands", "sites": ["shop"], "dry_run": True}).json["items"][0]
    assert (again["state"], again["version"], again["changes"]) == ("same", 2, [])


def test_a_dry_run_of_nothing_to_publish_keeps_the_request_for_approval(group):
    shop, _ = group
    with shop.service.context.engine.begin() as connection:
        approval_requests.put(connection, shop.site_id, Request(1, "c" * 32, 1_700_000_000, "Please"))
    body = {"group": "Brands", "sites": ["shop"]}
    assert post(shop, PUBLISH, body | {"dry_run": True}).json["items"][0]["state"] == "same"
    assert _approval_request(shop) is not None
    assert post(shop, PUBLISH, body).json["items"][0]["state"] == "same"
    assert _approval_request(shop) is None, "a publish removes it"


def test_a_dry_run_lists_every_problem_of_a_draft_valid_or_not(group):
    shop, _ = group
    _change_draft(shop, lambda draft: draft["controller"].update(address="", contact=""))
    body = {"group": "Brands", "sites": ["shop"], "dry_run": True}
    row = post(shop, PUBLISH, body).json["items"][0]
    problems = [
        {"field": f"controller.{fact}", "message": "Required before publishing (GDPR art. 13)."}
        for fact in ("address", "contact")
    ]
    assert (row["state"], row["problems"]) == ("would_fail", problems)
    assert row["message"] == "; ".join(f"{one['field']}: {one['message']}" for one in problems)
    _change_draft(shop, lambda draft: draft["look"].update(accent="green"))
    row = post(shop, PUBLISH, body).json["items"][0]
    assert (row["state"], row["changes"]) == ("would_fail", [])
    assert [problem["field"] for problem in row["problems"]] == ["look.accent"]
    assert post(shop, PUBLISH, body | {"dry_run": False}).json["items"][0] == row | {"state": "failed"}


def test_a_dry_run_tests_the_draft_in_chromium_as_a_publish_does(group):
    shop, _ = group
    _change_draft(shop, lambda draft: draft["look"].update(accent="#0a5c36"))
    context, tested = shop.service.context, []

    def fail(pages):
        tested.extend(pages)
        return ["Germany: it has no button"]

    needs = replace(context.publishing, browser_checks=BrowserChecks(fail))
    with context.engine.connect() as connection:
        expected = expected_publish(connection, sites.by_id(connection, shop.site_id), needs)
    assert tested
    assert [problem.path for problem in expected.problems] == ["browser_check.banner"]


def test_a_dry_run_of_an_application_fails_where_the_application_does(group):
    shop, _ = group
    with shop.service.context.engine.begin() as connection:
        shared = site_groups.shared(connection, "Brands")
        look = {"accent": "green", "radius": 4, "position": "bottom", "font": "system"}
        site_groups.save_shared(connection, "Brands", json.dumps({"look": look}), shared.revision)
    before = _stored(shop)
    dry = post(shop, APPLY, {"group": "Brands", "dry_run": True}).json["items"]
    assert {one["state"] for one in dry} == {"would_fail"}
    assert [problem["field"] for problem in dry[0]["problems"]] == ["look.accent"]
    assert dry[0]["message"] == f"look.accent: {dry[0]['problems'][0]['message']}"
    assert "look accent" in [change["subject"] for change in dry[0]["changes"]]
    assert post(shop, APPLY, {"group": "Brands"}).json["items"] == [one | {"state": "failed"} for one in dry]
    assert _stored(shop) == before


def _stored(shop):
    """Return the group's settings, its sites' drafts and versions, and the audit trail of the one that has one."""
    token = shop.token("config:read", "log:read")
    parts = ("shop/draft", "shop/versions", "shop/audit", "brand-b/draft", "brand-b/versions")
    answers = [shop.get(f"/api/v1/sites/{part}", Authorization=token) for part in parts]
    assert {answer.status_code for answer in answers} == {200}
    return [*((answer.json, answer.headers.get("ETag")) for answer in answers), _settings(shop)]


def _approval_request(shop):
    with shop.service.context.engine.connect() as connection:
        return approval_requests.read(connection, shop.site_id)


def _change_draft(shop, change):
    """Store the shop's draft with a change that nothing has checked."""
    with shop.service.context.engine.begin() as connection:
        row = sites.read_draft(connection, shop.site_id)
        draft = json.loads(row.text)
        change(draft)
        sites.save_draft(connection, shop.site_id, json.dumps(draft), row.revision)


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
