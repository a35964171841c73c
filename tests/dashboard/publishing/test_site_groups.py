"""Settings that sites share: taken from one site, applied to the others' drafts in one diff, published together."""

import json
import re
from typing import Any

from sqlalchemy import event, text

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
    assert ('id="site-demo"' in page, 'id="site-other"' in page) == (False, True)
    settings = re.findall(r'name="shown" value="other:([^"]+)"', page)
    assert {"controller name", "look accent", "texts languages"} < {*settings}
    before = dashboard.draft("other")
    assert before["look"] != draft["look"], "nothing is copied before somebody applies it"
    revision = shared_revision(dashboard)
    shown = [f"other:{name}" for name in settings]
    ticked = [name for name in shown if not name.startswith(("other:texts", "other:words"))]
    form = {"revision": revision, "shown": shown, "apply": ticked, "draft-other": draft_revision(dashboard)}
    assert chief.post(f"{PAGE}/apply", form).headers["Location"].endswith("/publish")
    after = dashboard.draft("other")
    assert after["look"] == draft["look"]
    assert after["controller"]["name"] == draft["controller"]["name"]
    assert after["controller"]["policy_url"] == before["controller"]["policy_url"]
    assert after["texts"] == before["texts"], "what is left out stays"
    assert shared(dashboard)["apart"] == {"other": ["texts languages", "words en"]}
    assert "own value" in chief.get(f"{PAGE}/apply").text
    assert {"draft.changed", "site_group.applied"} <= {
        claims["action"] for site, _, claims in audit_entries(dashboard) if site == 2
    }
    page = chief.get("/sites/other/settings").text
    assert re.search("2 settings are this site.{1,5}s own", page)
    assert "From group Grove sites" in page, "a member says which values are the group's"


def shared_revision(dashboard: Dashboard) -> str:
    with dashboard.engine.connect() as connection:
        return str(site_groups.shared(connection, GROUP).revision)


def draft_revision(dashboard: Dashboard, key: str = "other") -> str:
    with dashboard.engine.connect() as connection:
        site = sites.by_key(connection, key)
        assert site
        return str(sites.read_draft(connection, site.id).revision)


def test_a_concurrently_changed_draft_is_skipped_and_reported_and_blocks_no_other(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    shown = ["demo:controller name", "other:controller name"]
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
    name = f"demo:vendors {vendor}"
    form = {"revision": shared_revision(dashboard), "shown": [name], "apply": [name]}
    chief.post(f"{PAGE}/apply", form | {"draft-demo": draft_revision(dashboard, "demo")})
    assert not any(tag["enabled"] for tag in dashboard.draft()["tags"] if tag["vendor"] == vendor)


def test_many_are_published_at_once_and_one_that_fails_stops_no_other(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    vendor = dashboard.draft()["tags"][0]["id"]
    chief.post(f"/sites/demo/tags/{vendor}/enabled", {"enabled": "0"})
    page = chief.get(f"{PAGE}/publish").text
    assert page.count('name="sites"') == 1
    assert 'value="other"' not in page, "facts are missing for its first publish"
    assert page.index('id="blocked"') < page.index('id="site-other"') < page.index("Publish 1 site")
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
    shown = "demo:controller name"
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


def share_look(dashboard: Dashboard) -> Any:
    """Make the group hold the look of `demo`, which both sites then inherit, and return the browser of `chief`."""
    chief = dashboard.browser("chief")
    chief.post(f"{PAGE}/settings", {"from": "demo", "sections": ["look"]})
    for name in re.findall(r'name="shown" value="other:([^"]+)"', chief.get(f"{PAGE}/apply").text):
        chief.post("/sites/other/group-settings", {"use": name})
    assert dashboard.draft("other")["look"] == dashboard.draft()["look"]
    return chief


def set_accent(dashboard: Dashboard, key: str, color: str) -> None:
    with dashboard.engine.begin() as connection:
        site = sites.by_key(connection, key)
        assert site
        row = sites.read_draft(connection, site.id)
        draft = json.loads(row.text)
        draft["look"]["accent"] = color
        sites.save_draft(connection, site.id, json.dumps(draft), row.revision)


def test_one_site_sets_a_value_for_the_whole_group_and_another_overrides_it(dashboard: Dashboard) -> None:
    chief = share_look(dashboard)
    set_accent(dashboard, "demo", "#114488")
    page = chief.get("/sites/demo/banner").text
    assert "Own value, not from group Grove sites" in page
    chief.post("/sites/demo/group-settings", {"share": "look accent"})
    assert dashboard.draft("other")["look"]["accent"] == "#114488"
    assert "Own value" not in chief.get("/sites/demo/banner").text
    chief.post("/sites/other/group-settings", {"override": "look accent"})
    set_accent(dashboard, "demo", "#226600")
    chief.post("/sites/demo/group-settings", {"share": "look accent"})
    assert dashboard.draft("other")["look"]["accent"] == "#114488"
    assert "1 own value" in chief.get(PAGE).text
    chief.post("/sites/other/group-settings", {"use": "look accent"})
    assert dashboard.draft("other")["look"]["accent"] == "#226600"
    actions = [claims["action"] for site, _, claims in audit_entries(dashboard) if site == 2]
    assert actions.count("site_group.applied") == actions.count("draft.changed") >= 3


def test_roles_on_the_members_of_a_group_are_read_by_one_query(dashboard: Dashboard) -> None:
    chief = share_look(dashboard)
    few = role_queries(dashboard, chief)
    with dashboard.engine.begin() as transaction:
        draft = json.dumps(dashboard.draft("other"))
        more = [sites.create(transaction, f"more-{number}", "More", draft, 1).id for number in range(5)]
        site_groups.put(transaction, GROUP, [*site_groups.every(transaction)[GROUP], *more])
    assert role_queries(dashboard, chief) == few > 0


def role_queries(dashboard: Dashboard, browser: Any) -> int:
    """Return how many queries of roles a page with inherited settings makes."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.extend([statement] if "site_role" in statement else [])

    event.listen(dashboard.engine, "before_cursor_execute", note)
    browser.get("/sites/demo/banner")
    event.remove(dashboard.engine, "before_cursor_execute", note)
    return len(seen)


def test_an_empty_value_is_not_offered_to_the_whole_group(dashboard: Dashboard) -> None:
    chief = share_look(dashboard)
    set_accent(dashboard, "demo", "")
    page = chief.get("/sites/demo/banner").text
    assert ("Use the group" in page, "Set for the whole group" in page) == (True, False)
    before = shared(dashboard)
    assert chief.post("/sites/demo/group-settings", {"share": "look accent"}).status_code == 302
    assert shared(dashboard) == before


def test_a_user_without_permission_on_all_sites_sets_no_value_for_them(dashboard: Dashboard) -> None:
    chief, marketing = share_look(dashboard), dashboard.browser("marketing")
    set_accent(dashboard, "demo", "#114488")
    assert "Set for the whole group" in chief.get("/sites/demo/settings").text
    assert "Set for the whole group" not in marketing.get("/sites/demo/settings").text
    assert marketing.post("/sites/demo/group-settings", {"share": "look accent"}).status_code == 403
    assert marketing.post("/sites/demo/group-settings", {"use": "controller name"}).status_code == 403
    assert marketing.post("/sites/demo/group-settings", {"use": "look accent"}).status_code == 302
    assert marketing.post("/sites/demo/group-settings", {"use": "look never"}).status_code == 404
    assert dashboard.browser("viewer").post("/sites/demo/group-settings", {"use": "look font"}).status_code == 403


def test_a_site_that_joins_a_group_is_shown_what_changes_and_may_keep_its_values(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    chief.post("/users/groups", {"name": GROUP, "sites": ["demo"]})
    chief.post("/users/groups", {"name": GROUP, "sites": ["demo", "other"]})
    page = chief.post("/users/groups", {"name": GROUP, "sites": ["demo", "other"]}).text
    assert ("Add 1 site to Grove sites" in page, "Grove Ltd" in page) == (True, True)
    assert dashboard.draft("other")["controller"]["name"] != "Grove Ltd", "it is only shown"
    form = {"name": GROUP, "sites": ["demo", "other"], "values-other": "group", "draft-other": "0"}
    form["revision"] = shared_revision(dashboard)
    assert chief.post("/users/groups", form).status_code == 409
    form["draft-other"] = draft_revision(dashboard)
    stale = chief.post("/users/groups", form | {"revision": "99"})
    assert (stale.status_code, "Someone changed the group" in stale.text) == (409, True)
    assert chief.post("/users/groups", form | {"values-other": "own"}).status_code == 302
    assert {"controller name", "controller address"} < {*shared(dashboard)["apart"]["other"]}
    chief.post("/users/groups", {"name": GROUP, "sites": ["demo"]})
    assert "apart" not in shared(dashboard)
    form["revision"] = shared_revision(dashboard)
    assert chief.post("/users/groups", form).status_code == 302
    assert dashboard.draft("other")["controller"]["name"] == "Grove Ltd"


def test_the_same_change_on_many_sites_is_listed_once(dashboard: Dashboard) -> None:
    chief = share_look(dashboard)
    make_publishable(dashboard)
    revision = draft_revision(dashboard)
    chief.post(f"{PAGE}/publish", {"sites": ["other"], "draft-other": revision})
    for key in ("demo", "other"):
        set_accent(dashboard, key, "#114488")
    page = chief.get(f"{PAGE}/publish").text
    both = page.split("On 2 sites")[1]
    assert (page.count("Color of the buttons"), "#114488" in both, "Publish 2 sites" in both) == (1, True, True)
    assert "Show the sites" in both
