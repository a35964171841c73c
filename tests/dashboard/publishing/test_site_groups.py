"""Settings that sites share: taken from one site, applied to the others' drafts in one diff, published together."""

import json
from typing import Any

from sqlalchemy import text

from consent.storage.accounts import site_groups
from consent.storage.sites import approval_requests, configs, sites
from consent.storage.subjects import realms
from tests.dashboard.audit_entries import audit_entries
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import GROUP

PAGE = f"/groups/{GROUP}"
FACTS = ("name", "address", "contact", "policy_url", "policy_revision", "storage_location", "retention")


def shared(dashboard: Dashboard) -> dict[str, Any]:
    with dashboard.engine.connect() as connection:
        settings: dict[str, Any] = json.loads(site_groups.shared(connection, GROUP).settings)
    return settings


def make_publishable(dashboard: Dashboard, key: str = "other") -> None:
    """Fill in what the other site needs for its first publish."""
    with dashboard.engine.begin() as connection:
        site = sites.by_key(connection, key)
        assert site
        row = sites.read_draft(connection, site.id)
        draft = json.loads(row.text)
        draft["controller"] = dict.fromkeys(FACTS, "stated") | {"policy_url": "https://other.example/privacy"}
        sites.save_draft(connection, site.id, json.dumps(draft), row.revision)


def test_settings_are_taken_from_one_site_and_applied_to_the_other_by_one_diff(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    answer = chief.post(f"{PAGE}/settings", {"from": "demo", "sections": ["look", "controller", "texts"]})
    assert answer.status_code == 302, answer.text
    draft = dashboard.draft()
    assert shared(dashboard)["look"] == draft["look"]
    assert "policy_url" not in shared(dashboard)["controller"]
    page = chief.get(f"{PAGE}/apply").text
    assert (page.count('name="shown"'), 'id="site-demo"' in page, 'id="site-other"' in page) == (3, False, True)
    before = dashboard.draft("other")
    assert before["look"] != draft["look"], "nothing is copied before somebody applies it"
    revision = shared_revision(dashboard)
    shown = [f"other:{part}" for part in ("controller", "look", "texts")]
    form = {"revision": revision, "shown": shown, "apply": shown[:2], "draft-other": draft_revision(dashboard)}
    assert chief.post(f"{PAGE}/apply", form).headers["Location"].endswith("/publish")
    after = dashboard.draft("other")
    assert after["look"] == draft["look"]
    assert after["controller"]["name"] == draft["controller"]["name"]
    assert after["controller"]["policy_url"] == before["controller"]["policy_url"]
    assert after["texts"] == before["texts"], "what is left out stays"
    assert shared(dashboard)["apart"] == {"other": ["texts"]}
    assert "differs on purpose" in chief.get(f"{PAGE}/apply").text
    assert {"draft.changed", "site_group.applied"} <= {
        claims["action"] for site, _, claims in audit_entries(dashboard) if site == 2
    }
    assert "Texts and languages" in chief.get("/sites/other/settings").text, "a member says where it differs"


def shared_revision(dashboard: Dashboard) -> str:
    with dashboard.engine.connect() as connection:
        return str(site_groups.shared(connection, GROUP).revision)


def draft_revision(dashboard: Dashboard, key: str = "other") -> str:
    with dashboard.engine.connect() as connection:
        site = sites.by_key(connection, key)
        assert site
        return str(sites.read_draft(connection, site.id).revision)


def test_a_draft_that_changed_meanwhile_is_left_and_told_and_stops_no_other(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    shown = ["demo:controller", "other:controller"]
    form = {"revision": shared_revision(dashboard), "shown": shown, "apply": shown}
    form |= {"draft-demo": "999", "draft-other": draft_revision(dashboard)}
    answer = chief.post(f"{PAGE}/apply", form)
    assert (answer.status_code, "Little Grove" in answer.text) == (409, True)
    assert dashboard.draft("other")["controller"]["name"] == "Grove Ltd"
    assert dashboard.draft()["controller"]["name"] != "Grove Ltd"


def test_a_vendor_is_off_on_every_site_that_has_it(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    assert chief.post(f"{PAGE}/vendors", {"vendor": "never-made", "state": "off"}).status_code == 422
    vendor = dashboard.draft()["tags"][0]["vendor"]
    chief.post(f"{PAGE}/vendors", {"vendor": vendor, "state": "off"})
    name = "demo:vendors"
    form = {"revision": shared_revision(dashboard), "shown": [name], "apply": [name]}
    chief.post(f"{PAGE}/apply", form | {"draft-demo": draft_revision(dashboard, "demo")})
    assert not any(tag["enabled"] for tag in dashboard.draft()["tags"] if tag["vendor"] == vendor)


def test_many_are_published_at_once_and_one_that_fails_stops_no_other(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    vendor = dashboard.draft()["tags"][0]["id"]
    chief.post(f"/sites/demo/tags/{vendor}/enabled", {"enabled": "0"})
    page = chief.get(f"{PAGE}/publish").text
    assert page.count('name="sites"') == 2
    assert "disabled" in page.split('value="other"')[1].split(">")[0], "facts are missing for its first publish"
    make_publishable(dashboard)
    form = {"sites": ["demo", "other"], "note": "Spring"}
    revisions = {f"draft-{key}": draft_revision(dashboard, key) for key in ("demo", "other")}
    answer = chief.post(f"{PAGE}/publish", form | revisions | {"draft-demo": "1"})
    assert answer.status_code == 409
    with dashboard.engine.connect() as connection:
        assert configs.live_versions(connection, ["demo", "other"])["other"].version == 1
        assert configs.live_versions(connection, ["demo"])["demo"].version == 1
    answer = chief.post(f"{PAGE}/publish", form | revisions)
    assert (answer.status_code, "Version 2 is live" in answer.text) == (200, True)
    published = [
        claims["after"]["config"]
        for site, _, claims in audit_entries(dashboard)
        if claims["action"] == "version.published"
    ]
    assert len(set(published)) == 3


def test_a_site_that_needs_a_second_user_waits_for_one(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    with dashboard.engine.begin() as connection:
        approval_requests.set_always_required(connection, 1, True)
    vendor = dashboard.draft()["tags"][0]["id"]
    chief.post(f"/sites/demo/tags/{vendor}/enabled", {"enabled": "0"})
    answer = chief.post(f"{PAGE}/publish", {"sites": ["demo"], "draft-demo": draft_revision(dashboard, "demo")})
    assert answer.status_code == 200
    with dashboard.engine.connect() as connection:
        assert configs.live_versions(connection, ["demo"])["demo"].version == 1
        assert approval_requests.read(connection, 1) is not None


def test_who_has_a_role_on_some_members_sees_those_and_changes_what_the_role_allows(dashboard: Dashboard) -> None:
    stranger, viewer, marketing = (dashboard.browser(name) for name in ("stranger", "viewer", "marketing"))
    page = stranger.get(PAGE).text
    assert ("Little Grove" in page.split("<main")[1], "Other shop" in page) == (False, True)
    assert viewer.get(PAGE).status_code == 200
    assert dashboard.browser("nobody").get(PAGE).status_code == 404
    assert marketing.post(f"{PAGE}/settings", {"from": "demo", "sections": ["look"]}).status_code == 403
    shown = "demo:controller"
    form = {"revision": shared_revision(dashboard), "shown": [shown], "apply": [shown]}
    marketing.post(f"{PAGE}/apply", form | {"draft-demo": draft_revision(dashboard, "demo")})
    assert dashboard.draft()["controller"]["name"] != "Grove Ltd"
    assert viewer.post(f"{PAGE}/publish", {"sites": ["demo"]}).status_code == 422


def test_accounts_are_shared_once_the_operator_and_each_site_say_so(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    assert chief.post(f"{PAGE}/accounts", {"shares": "1", "key": "Brand sites"}).status_code == 422
    assert chief.post(f"{PAGE}/accounts", {"shares": "1", "key": "grove"}).status_code == 302
    assert chief.post("/sites/demo/account-choices/shared", {"realm": "group:never"}).status_code == 422
    chief.post("/sites/demo/account-choices/shared", {"realm": "group:grove", "named": "1"})
    assert dashboard.draft()["overrides"]["account_group"] == {"realm": "group:grove", "named": True}
    answer = chief.post(f"{PAGE}/publish", {"sites": ["demo"], "draft-demo": draft_revision(dashboard, "demo")})
    assert "Turn on choices" in answer.text
    with dashboard.engine.begin() as connection:
        row = sites.read_draft(connection, 1)
        draft = json.loads(row.text)
        draft["overrides"]["accounts"] = True
        sites.save_draft(connection, 1, json.dumps(draft), row.revision)
    chief.post(f"{PAGE}/publish", {"sites": ["demo"], "draft-demo": draft_revision(dashboard, "demo")})
    with dashboard.engine.connect() as connection:
        assert [one.key for one in realms.sites_in(connection, "group:grove")] == ["demo"]
    assert "group:grove" in chief.get("/sites/demo/account-choices").text
    chief.post("/users/groups", {"name": GROUP, "sites": ["other"]})
    with dashboard.engine.connect() as connection:
        assert realms.sites_in(connection, "group:grove") == []
        assert connection.execute(text("SELECT count(*) FROM former_realm")).scalar_one() == 1
    actions = [claims["action"] for _, _, claims in audit_entries(dashboard)]
    assert actions.index("account_group.joined") < actions.index("account_group.left")
