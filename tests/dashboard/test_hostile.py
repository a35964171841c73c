"""Hostile texts in every field that a person or a visitor can fill: they are shown, never run."""

import json
import re

import pytest
from markupsafe import escape
from playwright.sync_api import Browser, expect

from consent.storage import scan_pictures, scans
from consent.storage.scan_pictures import Picture
from tests.dashboard.cast import NOW, RECEIPT, VISITOR, Desk
from tests.dashboard.routes import dashboard_routes
from tests.dashboard.watched import watched

TEXTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}{% raw %}",
    "'; DROP TABLE receipt; --",
    "</textarea><svg onload=alert(1)>",
)
TEXT = " ".join(TEXTS)
"""All of them in one, so that each page is looked at once: none takes the sting out of another."""


def test_hostile_texts_are_shown_as_texts_on_every_page(desk: Desk) -> None:
    plant(desk)
    chief = desk.browser("chief")
    assert str(escape(TEXT)) in chief.get("/sites/demo/tags").text
    for route in dashboard_routes(desk.app):
        if route.method != "GET":
            continue
        answer = chief.get(route.path)
        assert answer.status_code in (200, 302), str(route)
        if answer.mimetype == "text/html":
            assert "<script>alert" not in answer.text, str(route)
            assert "<img src=x" not in answer.text, str(route)
            assert "<svg onload" not in answer.text, str(route)


def plant(desk: Desk, text: str = TEXT) -> None:
    """Put `text` wherever a name, note or stored value is shown, past all checks of the forms."""
    draft = desk.draft()
    for tag in draft["tags"]:
        tag["name"] = text
        tag["purposes"] = [text]
        tag["parameters"] = {"id": text}
        tag["pages"]["only"] = [text]
    for vendor in draft["vendors"]:
        vendor["name"] = vendor["company"] = text
    for cookie in draft["cookies"]:
        cookie["name"] = cookie["purpose"] = text
    draft["controller"] = dict.fromkeys(draft["controller"], text)
    draft["hosts"] = [text]
    draft["overrides"]["sensitive_paths"] = [text]
    draft["overrides"]["rules"] = [{"place": "US-CA", "purpose": text, "level": "opt_in", "reason": text, "by": text}]
    draft["overrides"]["reasons"] = {"sensitive_paths": {"reason": text}}
    draft["texts"]["languages"]["en"] = {"title": text}
    draft["texts"]["links"] = {"en": {"policy": text, "more": [{"label": text, "url": text}]}}
    with desk.database() as connection:
        connection.execute("UPDATE site SET name = ?, draft = ? WHERE key = 'demo'", (text, json.dumps(draft)))
        connection.execute("UPDATE config SET note = ?, published_by = ?", (text, text))
        connection.execute("UPDATE user SET name = ? WHERE name != 'Chief'", (text,))
        columns = ["action", "method", "country", "subdivision", "regime", "language", "variant", "age_band"]
        values = ", ".join(f"{column} = :text" for column in columns)
        connection.execute(f"UPDATE receipt SET {values} WHERE id = :id", {"text": text, "id": RECEIPT})
    with desk.engine.begin() as connection:
        scan = scans.ask(connection, 1, text, NOW - 100)
        pictures = [Picture(part[:20], part[:10], text, True, b"\xff\xd8\xff") for part in TEXTS]
        scan_pictures.keep(connection, 1, scan, pictures)
        scans.finish(connection, scan, NOW, state=scans.DONE, pages=1, problems=[text], diff=[])
    desk.warnings.append(text)


def test_the_character_0_is_refused_in_every_field_and_address(desk: Desk) -> None:
    chief = desk.browser("chief")
    for route in dashboard_routes(desk.app):
        path = route.path
        if route.method == "GET":
            assert chief.get(path + ("&" if "?" in path else "?") + "q=%00").status_code == 400, path
            continue
        before = desk.draft()
        assert chief.post(path, {"note": "a\0b"}).status_code in (400, 404), path
        assert desk.draft() == before
    assert chief.get("/sites/%00/").status_code == 404
    assert desk.browser().sign_in("chief", "\0").status_code == 400


@pytest.mark.parametrize("number", [2**31, 10**20])
def test_a_number_that_no_database_has_is_no_page(desk: Desk, number: int) -> None:
    chief = desk.browser("chief")
    rules = [rule for rule in desk.app.url_map.iter_rules() if "<int:" in rule.rule]
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
def test_a_name_that_turns_the_writing_round_turns_its_own_alone(browser: Browser, desk: Desk, served: str) -> None:
    with desk.database() as connection:
        connection.execute("UPDATE site SET name = ? WHERE key = 'demo'", ("Shop\u202e",))
        connection.execute("UPDATE config SET body = replace(body, 'Little Grove', ?)", ("Shop\u202e",))
    with watched(browser, served) as view:
        page = view.sign_in("compliance")
        view.open(f"/sites/demo/receipts/{RECEIPT}")
        assert page.locator("main strong", has_text="Germany").first.evaluate(RUNS_ON)
        view.open(f"/sites/demo/rights/visitor/{VISITOR}")
        page.get_by_role("button", name="Page to print").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Shop")
        assert page.get_by_role("heading", level=1).evaluate(RUNS_ON)


@pytest.mark.parametrize("field", ["name", "host", "controller", "key"])
def test_half_a_million_letters_in_a_field_of_a_new_site_are_one_sentence(desk: Desk, field: str) -> None:
    facts = {"name": "Third", "host": "https://third.example", "controller": "Third Ltd", "key": "third"}
    answer = desk.browser("chief").post("/sites/new", facts | {field: "x" * 500_000})
    assert (answer.status_code, 'class="fault"' in answer.text) == (422, True)
