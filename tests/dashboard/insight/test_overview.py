"""A site's first page."""

import re
from dataclasses import replace

import pytest
from markupsafe import escape

from consent.dashboard.insight.overview_chart import charts
from consent.runtime.embed_snippets import lines_of
from consent.signing.receipt_claims import Signer
from consent.sites.draft import missing_controller_facts
from consent.storage.maintenance.bulk_insert import load_receipts
from consent.storage.operations import alarms
from consent.storage.operations.alarms import Problem
from consent.storage.privacy import privacy_requests
from consent.storage.receipts.committer import Commits, Job
from consent.storage.sites import sites
from consent.storage.statistics.event_counters import Event, add_counts
from consent.storage.statistics.rates import Answers, Numbers
from tests.dashboard.client import Browser, Dashboard
from tests.dashboard.forms import FORMS
from tests.dashboard.sample_data import DAY, NOW, make_receipt
from tests.dashboard.scan_findings import found, kept
from tests.storage.sample_receipts import receipt_of


def test_numbers_stand_with_their_denominators(dashboard: Dashboard) -> None:
    page = dashboard.browser("viewer").get("/sites/demo/").text
    assert "<b>180</b>" in page
    assert "32.2% of 180 banners shown" in page
    assert "29 of 44 who were asked" in page


def test_numbers_are_written_as_the_viewer_does(dashboard: Dashboard) -> None:
    german = dashboard.browser("viewer").get("/sites/demo/", Accept_Language="de-DE,de;q=0.9").text
    assert "32,2" in german
    assert "1. Nov" in german or "27. Okt" in german
    assert "65.9%" in dashboard.browser("viewer").get("/sites/demo/", Accept_Language="xx-invalid;q=1, *").text


def test_the_line_to_paste_names_this_service_and_site(dashboard: Dashboard) -> None:
    page = dashboard.browser("viewer").get("/sites/demo/").text
    lines = str(escape(lines_of("demo", "http://127.0.0.1:8000", dashboard.draft())["head"]))
    assert f'data-copy="{lines}"' in page, "the same lines as on Install"


def test_warnings_of_the_instance_are_shown(dashboard: Dashboard) -> None:
    dashboard.warnings.append("Places <b>are</b> unknown.")
    assert "Places &lt;b&gt;are&lt;/b&gt; unknown." in dashboard.browser("viewer").get("/sites/demo/").text


def test_a_site_without_data_says_what_to_do_next(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    page = chief.get("/sites/other/").text
    assert "Nothing is published yet" in page
    assert "/sites/other/tags/new" in page
    assert "No answer in the last 30 days" in page
    chief.post("/sites/other/tags/new/google-analytics/ga4", {"measurement_id": "G-ABC1234567"})
    assert "who is responsible" in chief.get("/sites/other/").text


def test_reports_choices_made_only_by_bots(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        number, signer = sites.by_key(connection, "other").id, Signer(dashboard.keys.receipt)
        of_bots = [make_receipt(signer, number, "sha256:1", at, regime="eu", is_bot=True) for at in (200, 201)]
        load_receipts(connection, [replace(new, time=NOW - 60) for new in of_bots])
    page = dashboard.browser("chief").get("/sites/other/").text
    assert "No answers by people in the last 30 days. 2 answers by bots are not counted." in page
    assert "The first one comes with the first visitor" not in page
    assert "?bots=only" in page


def test_the_start_page_leads_to_the_site_visited_last_or_else_added_first(dashboard: Dashboard) -> None:
    with dashboard.database() as connection:
        connection.execute("UPDATE site SET name = 'A name before all others' WHERE key = 'other'")
    chief = dashboard.browser("chief")
    assert chief.get("/").headers["Location"] == "/sites/demo/"
    chief.get("/sites/other/")
    assert chief.get("/").headers["Location"] == "/sites/other/"


def test_counts_the_problems_and_shows_a_leak_first(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    health = _card(viewer.get("/sites/demo/").text, "health")
    assert "Not scanned yet." in health
    assert "1 problem" in health, "a receiver of the cast has failed"
    assert "Nothing to do." not in viewer.get("/sites/demo/").text
    found(dashboard, kept("_leak", is_leak=True, leaks='[["none", "DE", "http://www.shop.localhost:8001/"]]'))
    health = _card(viewer.get("/sites/demo/").text, "health")
    assert "2 problems" in health
    assert health.index("Scans found 1 request or stored item without consent.") < health.index(
        "No page has loaded the script yet."
    )


@pytest.mark.parametrize(
    ("missing", "chosen", "state", "sentence"),
    [
        (6, 8, "unknown", "6 of 8 choices have no receipt (75.0%)."),
        (6, 100, "bad", "6 of 100 choices have no receipt (6.0%)."),
        (1, 100, "good", "All but 1 of 100 choices have a receipt."),
        (0, 8, "good", "Every choice has its receipt."),
    ],
)
def test_a_share_of_missing_receipts_that_the_alarm_would_report_is_not_good(
    dashboard: Dashboard, missing: int, chosen: int, state: str, sentence: str
) -> None:
    event = Event(1, NOW // DAY, "sha256:1", "DE", "", "eu_opt_in", "de", "a", "phone", False, "chosen")
    commits = Commits(dashboard.engine)
    news = [receipt_of(1, arrival="prompt", time=NOW, salt=None) for _ in range(chosen - missing)]
    commits.commit_or_retry([Job(new) for new in news], lambda: None)
    commits.drop()
    with dashboard.engine.begin() as connection:
        add_counts(connection, {event: chosen})
    health = _card(dashboard.browser("viewer").get("/sites/demo/").text, "health")
    line = next(line for line in health.split("<li ") if sentence in line)
    assert line.startswith(f'class="{state}"')


def test_an_active_alarm_leads_to_its_page(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        problem = Problem("The log of demo is behind: something has been waiting for more than 60 s.")
        alarms.save(connection, {(1, "log_delay"): problem, (1, "law_change"): Problem("The law changes.")}, NOW)
    health = _card(dashboard.browser("viewer").get("/sites/demo/").text, "health")
    assert '<a href="/sites/demo/alarms">The log of demo is behind' in health
    assert '<a href="/sites/demo/rules">The law changes.' in health
    assert "Upcoming" in health
    assert "2 problems" in health, "a law that will change is no problem yet"


@pytest.mark.parametrize(("due", "state"), [(5, "soon"), (-1, "bad")])
def test_a_request_is_a_problem_once_it_is_late(dashboard: Dashboard, due: int, state: str) -> None:
    today = NOW // 86400
    facts = {"kind": "access", "place": "DE", "law": "GDPR", "received": today - 30, "added_at": NOW, "added_by": "x"}
    with dashboard.engine.begin() as connection:
        privacy_requests.add(connection, 1, facts | {"due": today + due})
        alarms.save(connection, {(1, "request_due"): Problem("On Demo, request #1 is due.")}, NOW)
    health = _card(dashboard.browser("viewer").get("/sites/demo/").text, "health")
    assert re.search(rf'<li class="{state}">.*request #1 is due', health), health


def test_pending_items_name_who_has_to_act(dashboard: Dashboard) -> None:
    dashboard.browser("marketing").post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    form, fields = FORMS["dashboard.add_request"]
    dashboard.browser("compliance").post(form, fields)
    found(dashboard, kept("a_first"))
    tasks = {
        name: _card(dashboard.browser(name).get("/sites/demo/").text, "tasks")
        for name in ("marketing", "compliance", "viewer")
    }
    change = re.compile(r"1 change in the draft is not live yet\.</a> <span class=\"badge ?(\w*)\">([\w ]+)<")
    assert [change.search(tasks[name])[2] for name in tasks] == ["for you", "for Marketing", "for Marketing"]
    assert "1 privacy request is open" in tasks["compliance"]
    assert "privacy request" not in tasks["viewer"] + tasks["marketing"], "requests are read by compliance alone"
    assert all("1 to review" in tasks[name] for name in ("marketing", "compliance"))


def test_rates_are_compared_with_the_30_days_before_where_enough_answered(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    assert "the previous 30 days" not in viewer.get("/sites/demo/").text
    with dashboard.engine.begin() as connection:
        number, signer = sites.by_key(connection, "demo").id, Signer(dashboard.keys.receipt)
        earlier = [make_receipt(signer, number, "sha256:1", at, regime="eu_opt_in") for at in range(300, 340)]
        load_receipts(connection, [replace(new, time=NOW - 45 * DAY) for new in earlier])
    page = viewer.get("/sites/demo/").text
    assert re.search(r"[+−]\d+\.\d points vs\. the previous 30 days", page)
    assert re.search(r"[+−]\d+% vs\. the previous 30 days", page)


def test_equal_numbers_have_no_sign(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        number, signer = sites.by_key(connection, "other").id, Signer(dashboard.keys.receipt)
        # Both first numbers are multiples of 12, so the choices are the same.
        for first, time in ((420, NOW - 5 * DAY), (840, NOW - 45 * DAY)):
            made = [make_receipt(signer, number, "sha256:1", first + at, regime="eu_opt_in") for at in range(42)]
            load_receipts(connection, [replace(new, time=time) for new in made])
    page = dashboard.browser("chief").get("/sites/other/").text
    assert page.count("about the same as in the previous 30 days") == 4
    assert "vs. the previous 30 days" not in page


def test_a_chart_ends_today_and_is_silent_about_few_answers() -> None:
    today = NOW // DAY
    of_day = Numbers(shown=20, answers=10)
    of_day.groups["analytics"] = Answers(granted=4, refused=1)
    drawn = charts({str(day): of_day for day in range(today - 40, today + 1)}, today - 29, today)
    assert drawn.dates[-1] == today * DAY
    assert [time for time in drawn.dates if time is not None] == [(today - ago) * DAY for ago in (28, 21, 14, 7, 0)]
    assert len(drawn.bars) == 30
    assert drawn.bars[-1].views == 100
    (line,) = drawn.lines["analytics"]
    assert len(line.split(" ")) == 30, "the first days are sums of seven days, too"
    assert line.startswith("1.67,20.00 ")
    few = charts({str(today): of_day}, today - 29, today)
    assert not few.has_rates


def test_offers_only_the_users_own_sites(dashboard: Dashboard) -> None:
    assert "Other shop" not in dashboard.browser("admin").get("/sites/demo/").text
    assert "Other shop" in dashboard.browser("chief").get("/sites/demo/").text


def test_what_waits_for_review_is_counted_on_the_overview_and_beside_the_scan(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    assert "to review" not in viewer.get("/sites/demo/").text
    found(dashboard, kept("a_first"), kept("b_second"), kept("c_third"))
    for path in ("/sites/demo/", "/sites/demo/scan"):
        assert "3 to review" in viewer.get(path).text
    assert "not confirmed yet" in viewer.get("/sites/demo/").text


def test_a_viewer_is_offered_no_forbidden_action(dashboard: Dashboard) -> None:
    page = dashboard.browser("viewer").get("/sites/demo/").text
    for path in ("/sites/demo/receipts", "/users", "/tokens", "/sites/new", "/sites/demo/publish"):
        assert f'"{path}' not in page


def test_a_site_is_added_with_three_facts(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    who = "Ökö Ltd\n1 High Street\nLondon\nprivacy@shop.example, https://shop.example/privacy"
    facts = {"name": "Ökö shop", "host": "shop.example/start\nhttps://www.shop.example", "controller": who}
    answer = chief.post("/sites/new", facts)
    assert answer.headers["Location"] == "/sites/oko-shop/install"
    draft = dashboard.draft("oko-shop")
    assert draft["hosts"] == ["https://shop.example", "https://www.shop.example"]
    assert draft["controller"] == {
        "name": "Ökö Ltd", "address": "1 High Street, London", "contact": "privacy@shop.example",
        "policy_url": "https://shop.example/privacy", "policy_revision": "",
        "storage_location": "On our own server", "retention": "36 months after expiry or withdrawal",
    }  # fmt: skip
    assert draft["overrides"]["cookie_scope"] == "shop.example"
    page = chief.get(answer.headers["Location"]).text
    assert "A choice counts on all of shop.example." in page
    assert "1 fact missing: policy date" in page
    assert "No page has loaded it yet." in page
    empty = chief.post("/sites/new", {"name": "", "host": "", "key": ""}).text
    assert "Enter a name for the site." in empty
    assert ('id="fault-name"' in empty, 'id="fault-key"' in empty) == (True, False), "the key is made from the name"
    again = chief.post("/sites/new", {"name": "Second", "key": "oko-shop", "host": "https://second.example"})
    assert "There is already a site oko-shop." in again.text
    with dashboard.engine.connect() as connection:
        made = sites.by_key(connection, "oko-shop")
    assert made
    assert made.created_at == NOW


def test_a_new_site_with_the_date_of_its_policy_misses_nothing(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    who = "Shop Ltd\n1 High Street\nprivacy@shop.example\nhttps://shop.example/privacy"
    facts = {"name": "Shop", "host": "shop.example", "controller": who, "policy_revision": "2026-11-01"}
    assert chief.post("/sites/new", facts).status_code == 302
    assert missing_controller_facts(dashboard.draft("shop")) == []
    settings = chief.get("/sites/shop/settings").text
    assert '<input name="policy_revision" type="date" value="2026-11-01"' in settings
    again = chief.post("/sites/new", facts | {"key": "second", "policy_revision": "x" * 1000})
    assert 'id="fault-policy_revision"' in again.text


def test_the_language_and_time_zone_of_a_new_site_are_the_readers(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    form = chief.get("/sites/new", Accept_Language="nl-BE,nl;q=0.9,en;q=0.5").text
    assert '<option value="nl" selected>' in form
    assert "data-own-zone" in form, "a script fills in the browser's"
    facts = {"name": "Winkel", "host": "winkel.example", "language": "nl", "time_zone": "Europe/Brussels"}
    chief.post("/sites/new", facts)
    draft = dashboard.draft("winkel")
    assert draft["texts"] == {"default_language": "nl", "languages": {"nl": {}}}
    assert draft["overrides"]["time_zone"] == "Europe/Brussels"
    assert "No speaker has read them yet: Dutch." in chief.get("/sites/winkel/").text
    faulty = chief.post("/sites/new", facts | {"language": "xx", "time_zone": "Moon"}).text
    assert ('id="fault-language"' in faulty, 'id="fault-time_zone"' in faulty) == (True, True)
    chief.post("/sites/new", {"name": "Plain", "host": "plain.example"})
    plain = dashboard.draft("plain")
    assert (plain["texts"]["default_language"], plain["overrides"]["time_zone"]) == ("en", "UTC")


def test_a_site_without_a_host_is_refused_beside_the_field(dashboard: Dashboard) -> None:
    browser: Browser = dashboard.browser("chief")
    answer = browser.post("/sites/new", {"name": "Shop", "host": "http://bad host"})
    assert answer.status_code == 422
    assert 'id="fault-host"' in answer.text


def _card(page: str, name: str) -> str:
    """Return the card with that id."""
    return page.split(f'id="{name}"')[1].split("</section>")[0]
