"""Unknown hosts: allowed, held, or given a vendor, and open questions where the site asks about each."""

import html
import json

import pytest

from tests.dashboard.client import Dashboard
from tests.dashboard.scan_findings import found as scanned
from tests.dashboard.scan_findings import kept
from tests.dashboard.site_check import GA4, NOBODY, checked
from tests.dashboard.undo_toast import undo

HOST = NOBODY.name
SETTING = "UPDATE site SET draft = json_set(draft, '$.overrides.unknown_hosts', ?)"
"""Sets how all sites treat unknown hosts."""
RUN = {"host": HOST, "allowed": "1", "back": "check"}
HOLD = {"host": HOST, "held": "1", "back": "check"}


def asking(dashboard: Dashboard) -> None:
    """Make the demo ask about each unknown host."""
    with dashboard.database() as connection:
        connection.execute(SETTING, ("ask",))
    assert dashboard.draft()["overrides"]["unknown_hosts"] == "ask"


def allowed(dashboard: Dashboard) -> list[str]:
    found: list[str] = dashboard.draft()["overrides"]["allowed_hosts"]
    return found


def test_a_host_is_let_run_and_held_again(dashboard: Dashboard) -> None:
    admin = checked(dashboard, NOBODY)
    page = admin.get("/sites/demo/check").text
    assert all(words in page for words in (HOST, "Let it run", "Keep blocking it", "Name its vendor"))
    assert admin.post("/sites/demo/hosts/allowed", RUN).location == "/sites/demo/check"
    assert allowed(dashboard) == [HOST]
    page = admin.get("/sites/demo/check").text
    assert "May run" in page
    assert "Let it run" not in page
    undo(admin, page)
    assert allowed(dashboard) == []


def test_a_host_that_stays_held_is_asked_for_once(dashboard: Dashboard) -> None:
    asking(dashboard)
    admin = checked(dashboard, NOBODY)
    assert "1 unknown third party to decide on" in admin.get("/sites/demo/tags").text
    assert admin.post("/sites/demo/hosts/held", HOLD | {"back": "tags"}).location == "/sites/demo/tags"
    page = admin.get("/sites/demo/tags").text
    assert "to decide on" not in page
    assert "Stays blocked" in admin.get("/sites/demo/check").text
    assert HOST in admin.get("/sites/demo/review").text
    undo(admin, page)
    assert "1 unknown third party to decide on" in admin.get("/sites/demo/tags").text
    assert allowed(dashboard) == []


def test_where_such_hosts_run_there_is_nothing_to_let_run(dashboard: Dashboard) -> None:
    with dashboard.database() as connection:
        connection.execute(SETTING, ("run",))
    page = checked(dashboard, NOBODY).get("/sites/demo/check").text
    assert "This site lets such hosts run" in page
    assert "Name its vendor" in page
    assert "Let it run" not in page
    assert "Keep blocking it" not in page


def test_its_vendor_is_named_and_then_it_is_a_tag_to_add(dashboard: Dashboard) -> None:
    admin = checked(dashboard, NOBODY)
    form = admin.get(f"/sites/demo/vendors/new?host={HOST}").text
    assert f">{HOST}</textarea>" in form
    fields = {"name": "Unheard", "company": "Unheard Ltd", "hosts": HOST, "purposes": "ad_delivery"}
    answer = admin.post("/sites/demo/vendors/new", fields)
    assert answer.status_code == 302, html.unescape(answer.text)
    assert "Unknown third parties" not in admin.get("/sites/demo/check").text
    admin.post("/sites/demo/found", {"source": "check"})
    assert dashboard.draft()["tags"][-1]["vendor"] == "own-unheard"


def test_what_a_scan_and_a_browser_met_is_asked_for_too(dashboard: Dashboard) -> None:
    asking(dashboard)
    facts = {"kind": "host", "third_party": True, "situations": "accept"}
    scanned(
        dashboard,
        kept("one.example", host="one.example", **facts),
        kept("two.example", host="two.example", **facts | {"layer": "report", "situations": "report"}),
        kept("three.example", host="three.example", **facts | {"group": "essential"}),
    )
    checked(dashboard, NOBODY, GA4)
    page = dashboard.browser("admin").get("/sites/demo/tags").text
    assert "3 unknown third parties to decide on" in page
    assert all(host in page for host in ("one.example", "two.example", HOST))
    assert "three.example" not in page


def test_a_site_that_does_not_ask_has_no_open_question(dashboard: Dashboard) -> None:
    assert "to decide on" not in checked(dashboard, NOBODY).get("/sites/demo/tags").text


def test_a_wider_entry_answers_for_the_host(dashboard: Dashboard) -> None:
    asking(dashboard)
    with dashboard.database() as connection:
        entries = json.dumps(["*.unheard.example/w/"])
        connection.execute("UPDATE site SET draft = json_set(draft, '$.overrides.allowed_hosts', json(?))", (entries,))
    assert allowed(dashboard) == ["*.unheard.example/w/"]
    assert "to decide on" not in checked(dashboard, NOBODY).get("/sites/demo/tags").text


def test_visitors_are_asked_for_what_an_unknown_host_waits_for(dashboard: Dashboard) -> None:
    admin = checked(dashboard, NOBODY, GA4)
    assert "No visitor can accept them yet" not in admin.get("/sites/demo/check").text, "it has an advertising tag"
    admin.post("/sites/demo/tags/demo-ads/removal")
    before = dashboard.draft()
    assert "No visitor can accept them yet" in admin.get("/sites/demo/check").text
    admin.post("/sites/demo/found", {"source": "check"})
    assert dashboard.draft()["overrides"]["asked_groups"] == ["advertising"]
    page = admin.get("/sites/demo/tags").text
    assert "visitors are asked for advertising, which unknown third parties wait for" in page
    assert "No visitor can accept them yet" not in admin.get("/sites/demo/check").text
    undo(admin, page)
    assert dashboard.draft() == before


@pytest.mark.parametrize("path", ["allowed", "held"])
def test_rejects_an_unknown_host(dashboard: Dashboard, path: str) -> None:
    admin = checked(dashboard, NOBODY)
    fields = RUN | HOLD | {"host": "evil.example"}
    assert admin.post(f"/sites/demo/hosts/{path}", fields).status_code == 404
    assert allowed(dashboard) == []


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("admin", ("Let it run", "Keep blocking it", "Name its vendor")),
        ("marketing", ("Keep blocking it", "Name its vendor")),
        ("compliance", ("Let it run", "Keep blocking it")),
    ],
)
def test_each_role_gets_the_answers_that_it_may_give(dashboard: Dashboard, role: str, words: tuple[str, ...]) -> None:
    checked(dashboard, NOBODY)
    page = dashboard.browser(role).get("/sites/demo/check").text
    offered = tuple(one for one in ("Let it run", "Keep blocking it", "Name its vendor") if f">{one}" in page)
    assert offered == words
