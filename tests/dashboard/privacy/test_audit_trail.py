"""Each change by a user is in the log: who, what, before and after. Generated from the app's URL map."""

import html
import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser as PlaywrightBrowser
from sqlalchemy import delete, select, update

from consent.log.audit_author import AuditActor
from consent.log.audit_labels import AUDIT_WORDS, KIND_WORDS
from consent.presentation.dashboard_texts import translate
from consent.storage.accounts import api_tokens
from consent.storage.log import actors
from consent.storage.scans import scans
from consent.storage.sites import configs, sites
from consent.storage.tables.accounts import User
from consent.storage.tables.log import Actor, LogEntrySearch
from consent.storage.tables.receipts import Receipt
from tests.dashboard.audit_entries import audit_entries, audit_id, fill
from tests.dashboard.client import Browser, Dashboard
from tests.dashboard.forms import FORMS, SAVES_NOTHING
from tests.dashboard.images import PNG, a_file
from tests.dashboard.misfits import misfits
from tests.dashboard.outdated_vendor import give_older_amplitude
from tests.dashboard.page_details import narrow_values, open_details
from tests.dashboard.sample_data import DAY, NOW, PASSWORD
from tests.dashboard.scan_findings import found, kept
from tests.dashboard.site_check import GA4, NOBODY, checked
from tests.dashboard.strict_page import strict_page
from tests.dashboard.timed_walk import SIZES

pytestmark = pytest.mark.extended


def send(dashboard: Dashboard, browser: Browser, endpoint: str) -> int:
    """Send a route's form after setting up what the form needs."""
    path, fields = FORMS[endpoint]
    if endpoint == "dashboard.restore_tag":
        answer = browser.post("/sites/demo/tags/demo-ads/removal", HX_Request="true")
        parts = re.search(r'"parts": "([^"]+)"', answer.headers["HX-Trigger"])
        assert parts
        fields = {"parts": parts[1]}
    elif endpoint in ("dashboard.add_detected_tags", "dashboard.undo_detected_tags"):
        checked(dashboard, GA4)
        if endpoint == "dashboard.undo_detected_tags":
            browser.post(*FORMS["dashboard.add_detected_tags"])
            parts = re.search(r'name="parts" value="([^"]+)"', browser.get("/sites/demo/tags").text)
            assert parts
            fields = {"parts": html.unescape(parts[1])}
    elif endpoint in ("dashboard.allow_host", "dashboard.set_host_blocked"):
        checked(dashboard, NOBODY)
    elif endpoint == "dashboard.take_back_request":
        browser.post("/sites/demo/settings/hosts", {"hosts": "https://www.example.com"})
        browser.post("/sites/demo/publish", {"revision": "2"})
    elif endpoint == "dashboard.resume_tags":
        browser.post("/sites/demo/stop")
    elif endpoint == "dashboard.take_newer_facts":
        give_older_amplitude(dashboard)
    elif endpoint in ("dashboard.save_changed_code", "dashboard.approve_code", "dashboard.withdraw_approval"):
        answer = browser.post(*FORMS["dashboard.save_code"])
        if endpoint != "dashboard.save_changed_code":
            page = browser.get(answer.headers["Location"]).text
            fields = {"code": page.split('name="code" value="')[1].split('"')[0]}
        if endpoint == "dashboard.withdraw_approval":
            browser.post(FORMS["dashboard.approve_code"][0], fields)
    elif endpoint == "dashboard.revoke_token":
        with dashboard.engine.begin() as connection:
            api_tokens.create(connection, "Old", ["decide"], now=NOW)
    elif endpoint == "dashboard.take_over_token":
        with dashboard.engine.begin() as connection:
            api_tokens.create(connection, "Job", ["config:write"], now=NOW, created_by="b" * 32)
    elif endpoint == "dashboard.stop_scan":
        with dashboard.engine.begin() as connection:
            scans.request(connection, 1, "http://www.shop.localhost:8001/", NOW)
    elif endpoint == "dashboard.take_second_factor":
        with dashboard.database() as connection:
            connection.execute("UPDATE user SET tf_primary_method = 'authenticator' WHERE id = 6")
    elif endpoint == "dashboard.remove_group":
        browser.post(*FORMS["dashboard.save_group"])
    elif endpoint in ("dashboard.decide_item", "dashboard.undo_decision"):
        found(dashboard, kept("mystery", group="unclassified", suggestion="analytics"))
        if endpoint == "dashboard.undo_decision":
            browser.post(*FORMS["dashboard.decide_item"])
    elif endpoint in ("dashboard.revert_change", "dashboard.discard_draft"):
        browser.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    elif endpoint == "dashboard.delete_archived_site":
        browser.post(*FORMS["dashboard.archive_site"])
    elif endpoint == "dashboard.save_account_group":
        browser.post(*FORMS["dashboard.share_accounts"])
    elif endpoint in ("dashboard.publish_draft", "dashboard.publish_group", "dashboard.restore_version"):
        browser.post(*FORMS["dashboard.switch_tag"])
    elif endpoint == "dashboard.import_setup":
        fields = {"file": a_file(b"var klaroConfig = {services: [{name: 'hotjar', cookies: ['_hjid']}]}")}
    elif endpoint in ("dashboard.remove_variant", "dashboard.end_experiment"):
        browser.post(*FORMS["dashboard.save_variant"])
    elif endpoint == "dashboard.end_old_choices":
        browser.post(*FORMS["dashboard.confirm_old_choices"])
    elif endpoint == "dashboard.upload_logo":
        fields = {"logo": a_file(PNG)}
    elif endpoint in ("dashboard.remove_rule", "dashboard.restore_rule"):
        browser.post(*FORMS["dashboard.add_rule"])
        if endpoint == "dashboard.restore_rule":
            browser.post(*FORMS["dashboard.remove_rule"])
            rule = re.search(r'name="rule" value="([^"]+)"', browser.get("/sites/demo/rules/US-CA").text)
            assert rule
            fields = {"rule": rule[1]}
    elif endpoint == "dashboard.remove_logo":
        browser.post("/sites/demo/banner/logo", {"logo": a_file(PNG)})
    elif endpoint in ("dashboard.extend_request", "dashboard.close_request", "dashboard.open_request"):
        browser.post(*FORMS["dashboard.add_request"])
        if endpoint == "dashboard.open_request":
            browser.post(*FORMS["dashboard.close_request"])
    elif endpoint == "dashboard.lift_mark_of":
        browser.post(*FORMS["dashboard.mark_subject"])
    elif endpoint == "dashboard.prune":
        with dashboard.engine.begin() as connection:
            long_over = {"time": Receipt.time - 2000 * DAY, "expires": Receipt.time - 1500 * DAY}
            connection.execute(update(Receipt).values(long_over))
        fields = {"number": "60"}
    elif endpoint == "security.change_password":
        new = "seven loud red foxes"
        fields = {"password": PASSWORD, "new_password": new, "new_password_confirm": new}
    return browser.post(path, fields).status_code


def test_each_post_route_has_an_audited_form_or_a_reason_not_to(dashboard: Dashboard) -> None:
    posting = {
        rule.endpoint
        for rule in dashboard.app.url_map.iter_rules()
        if (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
    }
    assert posting - set(SAVES_NOTHING) == set(FORMS), "tests/dashboard/forms.py must have each posting route"


def test_a_line_says_in_a_sentence_what_changed(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    marketing.post(*FORMS["dashboard.save_tag"])
    marketing.post("/sites/demo/tags/demo-chat/removal", {})
    dashboard.browser("compliance").post("/sites/demo/settings/controller", {"name": "Another"})
    dashboard.browser("admin").post("/sites/demo/settings/hosts", {"hosts": "https://www.example.com"})
    page = dashboard.browser("compliance").get("/sites/demo/audit").text
    names = names_of_tags(dashboard)
    for sentence in (
        f"<td>Switched {names['demo-ads']} off<small>draft ",
        "<td>Added the tag Google Analytics",
        f"<td>Removed the tag {names['demo-chat']}<small>",
        "<td>Changed Who is responsible<small>",
        "<td>Changed Addresses of the site<small>",
    ):
        assert sentence in page, sentence
    assert "<td>Changed the draft<" not in page
    german = dashboard.browser("compliance").get("/sites/demo/audit", Accept_Language="de").text
    assert f"{names['demo-ads']} ausgeschaltet" in german


def test_a_publish_is_one_line(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    page = browser.get("/sites/demo/audit").text
    assert page.count("<td>Published version 1") == 1
    assert "<td>Version recorded in the log" not in page


def names_of_tags(dashboard: Dashboard) -> dict[str, str]:
    """Return the names of the published tags by tag id."""
    with dashboard.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        body = configs.get_config(connection, site.live_config or "")
    return {tag["id"]: tag["name"] for tag in json.loads(body or b"{}")["tags"]}


@pytest.mark.parametrize("endpoint", FORMS)
def test_changes_by_a_route_are_audited(dashboard: Dashboard, endpoint: str) -> None:
    dashboard.browser("chief")  # the session with number 1
    chief, me = dashboard.browser("chief"), audit_id(dashboard, "Chief")
    before = len(audit_entries(dashboard))
    status = send(dashboard, chief, endpoint)
    assert status in (200, 302), status
    new = audit_entries(dashboard)[before:]
    assert new, f"{endpoint} writes no audit entry"
    for _, actor, claims in new:
        assert (actor, claims["by"]) == (me, me)
        assert claims["action"] in AUDIT_WORDS
        assert {"id", "schema", "site", "time", "subject", "before", "after"} <= set(claims)
        assert "@" not in str(claims) or claims["action"] == "draft.changed"


def test_rejected_changes_are_not_audited(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    before = audit_entries(dashboard)
    assert chief.post("/sites/demo/banner", {"accent": "red"}).status_code == 422
    assert chief.post("/users", {"email": "no address", "role": "viewer"}).status_code == 422
    assert chief.post("/tokens", {"name": ""}).status_code == 422
    assert chief.post("/tokens/99/revocation").status_code == 404
    assert audit_entries(dashboard) == before


def test_a_draft_change_records_the_parts_before_and_after(dashboard: Dashboard) -> None:
    dashboard.browser("marketing").post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    _, _, claims = audit_entries(dashboard)[-1]
    assert (set(claims["before"]), set(claims["after"])) == ({"tags demo-ads"}, {"tags demo-ads"})
    assert (claims["before"]["tags demo-ads"]["enabled"], claims["after"]["tags demo-ads"]["enabled"]) == (True, False)


def test_users_stand_in_the_log_by_opaque_ids_and_their_names_can_be_erased(dashboard: Dashboard) -> None:
    dashboard.browser("chief").post("/users", {"email": "eva@example.com", "name": "Eva Braun-Li", "role": "viewer"})
    site_id, _, claims = audit_entries(dashboard)[-1]
    eva = audit_id(dashboard, "Eva Braun-Li")
    assert (site_id, claims["action"], claims["subject"]) == (0, "user.created", eva)
    assert "eva" not in str(audit_entries(dashboard)).lower()
    compliance = dashboard.browser("chief")
    assert "Eva Braun-Li" in compliance.get("/audit").text
    with dashboard.engine.begin() as connection:
        connection.execute(delete(User).where(User.name == "Eva Braun-Li"))
        actors.forget(connection, eva)
        assert connection.execute(select(Actor).where(Actor.id == eva)).all() == []
    page = compliance.get("/audit").text
    assert "Eva Braun-Li" not in page
    assert "a user whose name was erased" in page


def test_the_trail_is_read_in_pages_newest_first_each_entry_once(dashboard: Dashboard) -> None:
    fill(dashboard, 120)
    chief, path, seen = dashboard.browser("chief"), "/audit", []
    for _ in range(3):
        page = chief.get(path).text
        seen += re.findall(r"<small>thing (\d+)</small>", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older[1] if older else ""
    assert [int(number) for number in seen] == list(reversed(range(120)))
    assert path == ""


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("actor=" + "b" * 32, 5),
        ("actor=" + "c" * 32, 3),
        ("what=token.created", 3),
        ("what=audit", 8),
        ("what=key", 0),
        ("from=2026-11-26", 0),
        ("to=2026-11-24", 0),
        ("from=2026-11-25&to=2026-11-25", 8),
        ("from=2026-11-25T00:02:30Z&what=draft.changed", 2),
    ],
)
def test_filters_return_only_matching_entries(dashboard: Dashboard, query: str, found: int) -> None:
    fill(dashboard, 5)
    fill(dashboard, 3, AuditActor("c" * 32, "token", "Cloud"), "token.created")
    answer = dashboard.browser("chief").get(f"/audit?{query}")
    assert (answer.status_code, len(re.findall(r"<small>thing \d+</small>", answer.text))) == (200, found)


@pytest.mark.parametrize(
    "query",
    [
        *("from=yesterday", "to=2026-13-01", "before=x", "before=99999999999", "from=&from=2026-01-01"),
        *("group=advertising", "what=tags.burnt", "what=<script>", "x" * 3000 + "=1"),
    ],
)
def test_an_invalid_filter_is_reported_beside_the_list(dashboard: Dashboard, query: str) -> None:
    fill(dashboard, 1)
    answer = dashboard.browser("chief").get(f"/audit?{query}")
    assert answer.status_code == 400
    assert "thing 0" not in answer.text
    assert 'role="alert"' in answer.text


def test_the_trail_of_a_site_reveals_nothing_of_other_logs(dashboard: Dashboard) -> None:
    fill(dashboard, 2)
    dashboard.browser("chief").post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    page = dashboard.browser("compliance").get("/sites/demo/audit").text
    assert "thing 0" not in page
    assert "Changed the draft" in page
    assert "Chief" in page


def test_a_kind_of_entry_has_words() -> None:
    assert set(KIND_WORDS) == {"config", "key", "erasure"}


def test_a_text_finds_changes_by_what_changed(dashboard: Dashboard) -> None:
    fill(dashboard, 3, action="token.created")
    marketing, chief = dashboard.browser("marketing"), dashboard.browser("chief")
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    chief.post("/sites/demo/settings/controller", {"name": "A group of shops"})
    compliance = dashboard.browser("compliance")
    for text, count in (
        ("demo-ads switched off", 1),
        ("MARKETING changed", 1),
        ("a group of shops", 1),
        ("advertising group changed", 0),
        ("%", 0),
        ("<script>", 0),
    ):
        answer = compliance.client.get("/sites/demo/audit", query_string={"q": text})
        assert (answer.status_code, answer.text.count("<tr data-row>")) == (200, count), text
    assert compliance.client.get("/sites/demo/audit", query_string={"q": "x" * 500_000}).status_code in (400, 414)


def test_a_text_is_found_in_the_language_of_the_page(dashboard: Dashboard) -> None:
    dashboard.browser("marketing").post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    client, german = dashboard.browser("compliance").client, translate(AUDIT_WORDS["draft.changed"], "de")
    for language, count in (("de", 1), ("en", 0)):
        answer = client.get("/sites/demo/audit", query_string={"q": german}, headers={"Accept-Language": language})
        assert answer.text.count("<tr data-row>") == count


def test_a_value_is_found_by_the_word_that_the_page_shows_for_it(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    for kind, place in (("erasure", "DE"), ("opt_out_sale", "US-CA")):
        chief.post("/sites/demo/requests", {"kind": kind, "place": place, "received": "2026-11-20"})
    client = dashboard.browser("compliance").client
    for text, language, count in (
        ("Löschung", "de", 1),
        ("Löschung", "en", 0),
        ("verkaufen", "de", 1),
        ("do not sell", "en", 1),
        ("erasure", "de", 1),
    ):
        answer = client.get("/sites/demo/audit", query_string={"q": text}, headers={"Accept-Language": language})
        assert answer.text.count("<tr data-row>") == count, (text, language)


def test_a_text_is_sought_in_pages_as_well(dashboard: Dashboard) -> None:
    fill(dashboard, 1, action="key.rotated")
    fill(dashboard, 60)
    chief = dashboard.browser("chief")
    page = chief.get("/audit?q=CHANGED+berta").text
    older = re.search(r'rel="next" href="([^"]+)"', page)
    assert older
    rest = chief.get(older[1].replace("&amp;", "&")).text
    assert (page.count("<tr data-row>"), rest.count("<tr data-row>")) == (50, 11)
    assert "Changed a key" in rest
    assert chief.get("/audit?q=changed+a+key&what=key.rotated").text.count("<tr data-row>") == 1
    assert chief.get("/audit?q=" + "+".join(map(str, range(30)))).status_code == 400


def test_somebody_is_found_by_name_until_it_is_erased(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    chief.post("/users", {"email": "eva@example.com", "name": "Eva Braun-Li", "role": "viewer"})
    assert chief.get("/audit?q=added+BRAUN-li").text.count("<tr data-row>") == 1
    with dashboard.engine.begin() as connection:
        assert "braun" not in str(connection.execute(select(LogEntrySearch.words)).all())
        actors.forget(connection, audit_id(dashboard, "Eva Braun-Li"))
    assert chief.get("/audit?q=added+BRAUN-li").text.count("<tr data-row>") == 0


def test_what_a_token_did_is_not_taken_for_a_user_or_a_program_of_its_name(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    chief.post("/tokens", {"name": "command line", "scope": "decide", "days": "30", "every": "1"})
    with dashboard.engine.connect() as connection:
        (token,) = api_tokens.every(connection)
    page = chief.get("/audit").text
    assert f"<small>token command line ({token.prefix}…)</small>" in page
    fill(dashboard, 1, AuditActor(api_tokens.audit_id_of(token.hash), "token", token.label))
    assert f">token command line ({token.prefix}…)</option>" in chief.get("/audit").text


ANALYTICS = "/sites/demo/tags/demo-analytics"


def test_a_changed_tag_says_which_field_and_to_what(dashboard: Dashboard) -> None:
    marketing, compliance = dashboard.browser("marketing"), dashboard.browser("compliance")
    marketing.post(ANALYTICS, {"part": "place", "measurement_id": "D-2002"})
    page = compliance.get("/sites/demo/audit").text
    assert "<td>Changed the measurement ID of Demo Analytics to D-2002<small>draft " in page
    assert "<dt>Demo Analytics: Measurement ID</dt>" in page
    assert "tags demo-analytics" not in page
    trigger = {"trigger.on": "scroll", "trigger.percent": "50"}
    marketing.post(ANALYTICS, {"part": "trigger", **trigger})
    sentence = "<td>Changed the trigger of Demo Analytics to 50% of the page scrolled<small>draft "
    assert sentence in compliance.get("/sites/demo/audit").text
    marketing.post("/sites/demo/publish/reverted", {"subject": "tag demo-analytics"})
    assert "<td>Undid a change in the draft: Demo Analytics<small>draft " in compliance.get("/sites/demo/audit").text


def test_a_discarded_draft_is_an_action_of_its_own(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    marketing.post("/sites/demo/tags/demo-analytics/copy")
    revision = marketing.get("/sites/demo/publish").text.split('name="revision" value="')[1].split('"')[0]
    marketing.post("/sites/demo/publish/discarded", {"revision": revision})
    _, _, claims = audit_entries(dashboard)[-1]
    assert claims["action"] == "draft.discarded"
    assert claims["before"] != claims["after"]
    page = dashboard.browser("compliance").get("/sites/demo/audit").text
    assert "<td>Discarded all changes in the draft<small>draft " in page
    assert "Removed the tag" not in page.split("<tr data-row>")[1].split("<details>")[0]


def test_an_added_tag_shows_what_it_runs_and_no_codes(dashboard: Dashboard) -> None:
    dashboard.browser("marketing").post(*FORMS["dashboard.save_tag"])
    row = dashboard.browser("compliance").get("/sites/demo/audit").text.split("<tr data-row>")[1]
    labels = re.findall(r"<dt>([^<]+)</dt>", row)
    assert labels[0] == "Tag: Google Analytics 4"
    assert "Google Analytics 4: Loaded from" in labels
    assert {"Google Analytics 4: Switched", "Google Analytics 4: Kind"} & set(labels) == set()
    assert [
        label for label in labels if re.search(r"^(tags|vendors|cookies) |\bid\b|_", label.partition(": ")[0])
    ] == []
    assert "gtag(&#34;js&#34;, new Date())" in row


def test_all_values_of_an_entry_are_on_the_page(dashboard: Dashboard) -> None:
    values = {f"value_{number}": number for number in range(1, 31)}
    fill(dashboard, 1, after=values)
    page = dashboard.browser("chief").get("/audit").text
    row = page.split("<tr data-row>")[1]
    assert "30 values" in row
    assert [f"<ins>{number}</ins>" in row for number in range(1, 31)] == [True] * 30
    assert "18 more" in row


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_values_are_wide_enough_to_read(
    browser: PlaywrightBrowser, dashboard: Dashboard, served: str, width: int, scheme: Any
) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post(*FORMS["dashboard.save_tag"])
    marketing.post(ANALYTICS, {"part": "place", "measurement_id": "D-2002"})
    marketing.post(ANALYTICS, {"part": "limits", "pages.only": "/plants/*", "places.only": "DE"})
    with strict_page(browser, served, viewport={"width": width, "height": 900}, color_scheme=scheme) as view:
        view.sign_in("compliance")
        page = view.open("/sites/demo/audit")
        open_details(page)
        assert page.locator("main dd").count() > 10
        assert narrow_values(page) + misfits(page) == []
