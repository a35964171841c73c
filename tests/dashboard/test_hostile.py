"""Hostile text in every field that a user or a visitor can fill in is shown, never run."""

import re

import pytest
from markupsafe import escape
from playwright.sync_api import Browser, expect

from tests.dashboard.client import Dashboard
from tests.dashboard.hostile_texts import TEXT, plant
from tests.dashboard.routes import dashboard_routes
from tests.dashboard.sample_data import RECEIPT, VISITOR
from tests.dashboard.strict_page import strict_page

pytestmark = [pytest.mark.attack, pytest.mark.extended]


def test_hostile_texts_are_shown_as_texts_on_every_page(dashboard: Dashboard) -> None:
    plant(dashboard)
    chief = dashboard.browser("chief")
    assert str(escape(TEXT)) in chief.get("/sites/demo/tags").text
    for route in dashboard_routes(dashboard.app):
        if route.method != "GET":
            continue
        answer = chief.get(route.path)
        assert answer.status_code in (200, 302), str(route)
        if answer.mimetype == "text/html":
            assert "<script>alert" not in answer.text, str(route)
            assert "<img src=x" not in answer.text, str(route)
            assert "<svg onload" not in answer.text, str(route)


def test_the_character_0_is_refused_in_every_field_and_address(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    for route in dashboard_routes(dashboard.app):
        path = route.path
        if route.method == "GET":
            assert chief.get(path + ("&" if "?" in path else "?") + "q=%00").status_code == 400, path
            continue
        before = dashboard.draft()
        assert chief.post(path, {"note": "a\0b"}).status_code in (400, 404), path
        assert dashboard.draft() == before
    assert chief.get("/sites/%00/").status_code == 404
    assert dashboard.browser().sign_in("chief", "\0").status_code == 400


@pytest.mark.parametrize("number", [2**31, 10**20])
def test_a_number_that_no_database_has_is_no_page(dashboard: Dashboard, number: int) -> None:
    chief = dashboard.browser("chief")
    rules = [rule for rule in dashboard.app.url_map.iter_rules() if "<int:" in rule.rule]
    assert len(rules) > 10
    for rule in rules:
        path = re.sub(r"<int:[^>]+>", str(number), rule.rule.replace("<site>", "demo"))
        path = re.sub(r"<[^>]+>", "x", path)
        answer = chief.post(path) if "POST" in (rule.methods or ()) else chief.get(path)
        assert answer.status_code == 404, path


RUNS_ON = """(place) => {
  const end = place.lastChild.data.trimEnd().length;
  const [first, last] = [end - 4, end - 2].map((at) => {
    const range = document.createRange();
    range.setStart(place.lastChild, at);
    range.setEnd(place.lastChild, at + 1);
    return range.getBoundingClientRect().left;
  });
  return first < last;
}"""


@pytest.mark.browser
def test_a_bidirectional_override_in_a_name_affects_only_that_name(
    browser: Browser, dashboard: Dashboard, served: str
) -> None:
    with dashboard.database() as connection:
        connection.execute("UPDATE site SET name = ? WHERE key = 'demo'", ("Shop\u202e",))
        connection.execute("UPDATE config SET body = replace(body, 'Little Grove', ?)", ("Shop\u202e",))
    with strict_page(browser, served) as view:
        page = view.sign_in("compliance")
        view.open(f"/sites/demo/receipts/{RECEIPT}")
        assert page.locator("main strong", has_text="Germany").first.evaluate(RUNS_ON)
        view.open(f"/sites/demo/rights/visitor/{VISITOR}")
        page.get_by_role("button", name="Page to print").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Shop")
        assert page.get_by_role("heading", level=1).evaluate(RUNS_ON)


@pytest.mark.parametrize("field", ["name", "host", "controller", "key"])
def test_half_a_million_characters_in_a_field_get_one_error_message(dashboard: Dashboard, field: str) -> None:
    facts = {"name": "Third", "host": "https://third.example", "controller": "Third Ltd", "key": "third"}
    answer = dashboard.browser("chief").post("/sites/new", facts | {field: "x" * 500_000})
    assert (answer.status_code, 'class="fault"' in answer.text) == (422, True)
