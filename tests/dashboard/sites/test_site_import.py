"""Moving in from another consent tool on the *Import* page."""

import io
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from consent.core.days import day_of
from consent.storage.sites import sites
from consent.storage.statistics.event_counters import Refusal, add_counts
from consent.storage.statistics.losses import unreadable_code
from tests.dashboard.client import Browser, Dashboard

KLARO = b"""var klaroConfig = {services: [{name: 'hotjar', purposes: ['analytics'], cookies: ['_hjid'], callback() {}},
  {name: 'own-thing', purposes: ['analytics']}]}"""
FORM: dict[str, Any] = {
    "tool": "klaro",
    "cookie": "klaro",
    "categories": "matomo = analytics\nads = vendor:demo-ads\n session=essential\n",
    "life": "90",
    "vendors": ["demo-ads"],
    "confirmed": "1",
}


def uploaded(browser: Browser, data: bytes) -> Any:
    return browser.post("/sites/demo/import/setup", {"file": (io.BytesIO(data), "klaro.js")})


def test_a_set_up_is_taken_into_the_draft_with_a_report_and_a_suggested_mapping(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    page = unescape(uploaded(admin, KLARO).text)
    for words in ("From klaro into the draft", "Guessed: please check", "own-thing (in analytics)", "hotjar runs code"):
        assert words in page
    assert "hotjar = vendor:hotjar\nown-thing = analytics" in page
    assert "This is a suggestion" in page
    draft = dashboard.draft()
    assert [tag["in_page"] for tag in draft["tags"] if tag["vendor"] == "hotjar"] == [True]
    assert "old_choices" not in draft["overrides"]
    assert "hotjar" in admin.get("/sites/demo/publish").text.lower()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "has no setup of klaro"),
        (b"alert(1)", "has no setup of klaro"),
        (b"\xff\xfe", "not text in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_beside_its_field(dashboard: Dashboard, data: bytes, words: str) -> None:
    before = dashboard.draft()
    answer = uploaded(dashboard.browser("admin"), data)
    assert (answer.status_code, words in answer.text, 'id="fault-file"' in answer.text) == (422, True, True)
    assert dashboard.draft() == before


def test_a_mapping_counts_once_a_user_has_confirmed_and_published_it(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    assert admin.post("/sites/demo/import/choices", FORM).status_code == 302
    assert dashboard.draft()["overrides"]["old_choices"] == {
        "tool": "klaro",
        "cookie": "klaro",
        "categories": {"matomo": "analytics", "ads": "vendor:demo-ads", "session": "essential"},
        "vendors": ["demo-ads"],
        "delete": False,
        "life": 90,
    }
    page = admin.get("/sites/demo/import").text
    assert "In the draft" in page
    assert "Choices of the former consent tool" in admin.get("/sites/demo/publish").text
    assert admin.post("/sites/demo/import/choices/end").status_code == 302
    assert "old_choices" not in dashboard.draft()["overrides"]


def test_before_a_mapping_is_confirmed_the_page_names_the_tags_that_it_does_not_cover(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    sentence = "Visitors will still be asked, because the mapping does not cover: "
    assert sentence not in admin.get("/sites/demo/import").text
    page = unescape(uploaded(admin, KLARO).text)
    names = re.search(re.escape(sentence) + r"([^<]+)\.<", page)
    assert names
    assert "Demo Ads" in names[1]
    assert "Hotjar" not in names[1]


def test_import_warns_where_a_grant_without_a_date_has_expired(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")

    def expired_after(days: str) -> tuple[int, int] | None:
        page = admin.post("/sites/demo/import/choices", FORM | {"confirmed": "", "life": days}).text
        found = re.search(rf"counts as {days} days old\. In (\d+) of the (\d+) places", page)
        return (int(found[1]), int(found[2])) if found else None

    assert expired_after("30") is None
    assert expired_after("9" * 40) is None
    months, year = expired_after("200"), expired_after("365")
    assert months
    assert year
    assert 0 < months[0] < year[0] <= year[1] == months[1]
    dated = admin.post("/sites/demo/import/choices", {"tool": "onetrust", "suggest": "1"}).text
    assert "has no date" not in dated


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"confirmed": ""}, "confirmed"),
        ({"tool": "another"}, "tool"),
        ({"cookie": "a b"}, "cookie"),
        ({"tool": "didomi"}, "cookie"),
        ({"categories": ""}, "categories"),
        ({"categories": "matomo"}, "categories"),
        ({"categories": "matomo = statistics"}, "categories"),
        ({"categories": "matomo = vendor:nobody"}, "categories"),
        ({"categories": "a = analytics\na = advertising"}, "categories"),
        ({"life": "0"}, "life"),
        ({"life": "soon"}, "life"),
        ({"until": "tomorrow"}, "until"),
    ],
)
def test_reports_an_invalid_mapping_beside_its_field(dashboard: Dashboard, change: dict[str, Any], fault: str) -> None:
    before = dashboard.draft()
    answer = dashboard.browser("admin").post("/sites/demo/import/choices", FORM | change)
    assert (answer.status_code, f'id="fault-{fault}"' in answer.text) == (422, True)
    assert dashboard.draft() == before


def test_unreadable_old_values_are_reported_with_their_tool(dashboard: Dashboard) -> None:
    assert "could not be read" not in dashboard.browser("admin").get("/sites/demo/import").text
    today = day_of(datetime.now(UTC).date())
    with dashboard.engine.begin() as connection:
        site = sites.by_key(connection, "demo")
        klaro = Refusal(site.id if site else 0, today, unreadable_code("klaro"))
        add_counts(connection, {klaro: 1_200, klaro._replace(day=today - 40): 7})
    page = unescape(dashboard.browser("admin").get("/sites/demo/import").text)
    assert "In the last 30 days, 1,200 page views had a stored choice of klaro that could not be read" in page


def test_what_is_usual_for_a_tool_is_filled_in_and_not_saved(dashboard: Dashboard) -> None:
    before = dashboard.draft()
    answer = dashboard.browser("admin").post("/sites/demo/import/choices", {"tool": "onetrust", "suggest": "1"})
    assert "C0004 = advertising" in answer.text
    assert "nothing to suggest" not in answer.text
    own_names = dashboard.browser("admin").post("/sites/demo/import/choices", {"tool": "didomi", "suggest": "1"}).text
    assert "Each site with Didomi has its own names, so there is nothing to suggest." in own_names
    assert "choose “a tool of the IAB TCF” instead" in own_names
    assert dashboard.draft() == before
