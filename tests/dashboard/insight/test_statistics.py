"""The statistics page: rates with their denominators, split, filtered by the URL, and as CSV."""

import csv
import datetime
import html
import io
import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser

from consent.storage.sites import configs
from consent.storage.statistics.event_counters import Refusal, add_counts
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import DAY, NOW, make_event
from tests.dashboard.strict_page import strict_page

pytestmark = pytest.mark.extended

STATISTICS = "/sites/demo/statistics"


def page(dashboard: Dashboard, query: str = "", **headers: str) -> str:
    answer = dashboard.browser("viewer").get(STATISTICS + query, **headers)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def plot(text: str) -> dict[str, Any]:
    found = re.search(r'data-plot="([^"]*)"', text)
    assert found
    parsed: dict[str, Any] = json.loads(html.unescape(found[1]))
    return parsed


def test_a_chart_has_a_sentence_a_table_and_a_csv_of_the_same_numbers(dashboard: Dashboard) -> None:
    text = page(dashboard)
    drawn = plot(text)
    assert len(drawn["x"]) == 30
    analytics = drawn["groups"][1]
    exported = dashboard.browser("viewer").get(f"{STATISTICS}/export?by=day")
    rows = list(csv.DictReader(io.StringIO(exported.text)))
    asked = [int(row["analytics_granted"]) + int(row["analytics_refused"]) for row in rows]
    assert f"of {sum(asked)}" in re.findall(r'<figcaption id="says">(.*?)</figcaption>', text)[0]
    # Two answers a day give no rate, so each point counts the 28 days up to it, once they have 30 answers.
    assert "Each point covers the 28 days up to it" in text
    sums = [sum(asked[max(end - 28, 0) : end]) for end in range(1, 31)]
    assert analytics["asked"] == [one if one >= 30 else 0 for one in sums]
    assert analytics["asked"][-1] >= 30
    # The table has a row for each day, even without answers, so that a spreadsheet draws the same chart.
    days = [datetime.datetime.fromtimestamp(time, datetime.UTC).date().isoformat() for time in drawn["x"]]
    assert [row["day"] for row in rows] == days
    assert [one > 0 for one in analytics["asked"]] == [rate is not None for rate in analytics["rates"]]
    assert None in analytics["rates"]
    assert exported.headers["Content-Disposition"].startswith("attachment; filename=demo-day-")
    assert text.count("<canvas") == 0


def test_versions_are_marked_where_they_went_live(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        for number in (2, 3):
            configs.put_config(connection, 1, number, b"%d" % number, now=NOW - DAY * (4 - number), by="")
    marks = plot(page(dashboard, "?from=2025-01-01&to=2026-11-25"))["versions"]
    assert [label for _, label in marks] == ["v1", "v2", "v3"], "in order, so that each gets its label where it fits"
    assert marks == sorted(marks)


@pytest.mark.parametrize("by", ["country", "regime", "language", "device", "config"])
def test_each_row_of_a_breakdown_leads_to_its_filter(dashboard: Dashboard, by: str) -> None:
    links = re.findall(rf'href="({STATISTICS}\?[^"]*)"', page(dashboard, f"?by={by}"))
    filtered = [html.unescape(link) for link in links if re.search(rf"[?;&]{by}=", link)]
    assert filtered
    assert "Nothing was shown or chosen" not in " ".join(dashboard.browser("viewer").get(filtered[0]).text.split())


def test_bots_are_shown_separately(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        add_counts(connection, {make_event(1, 0, "sha256:1", is_bot=True): 1000})
    assert "<b>180</b>" in page(dashboard)
    assert "<b>1,180</b>" in page(dashboard, "?bots=include")
    assert "<b>1,000</b>" in page(dashboard, "?bots=only")


def test_a_site_that_only_bots_came_to_says_so(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        add_counts(connection, {make_event(1, 0, "sha256:1", is_bot=True, country="AQ"): 7})
    text = page(dashboard, "?country=AQ")
    assert "Only bots visited. Banners shown: 7, answers: 0. They are excluded." in text
    assert f'href="{STATISTICS}?country=AQ&amp;bots=include"' in text
    assert "Nothing was shown" not in text
    assert "Only bots" not in page(dashboard, "?country=AQ&bots=include")


def test_a_long_period_is_drawn_by_week(dashboard: Dashboard) -> None:
    text = page(dashboard, "?from=2026-01-01&to=2026-11-25")
    assert "Opt-in rate, Dec 29, 2025 to Nov 25, 2026" in text
    assert "Numbers by week" in text
    assert len(plot(text)["x"]) == 48


def test_the_loss_meter_names_what_is_missing(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        event = make_event(1, 0, "sha256:1", event="chosen")
        add_counts(connection, {event: 100, Refusal(1, NOW // DAY, "invalid_token"): 3})
    text = page(dashboard)
    assert "<strong>100 of 100 choices (100.0%)</strong>" in text
    assert "invalid_token 3" in text
    assert "100 of 100 choices" in dashboard.browser("viewer").get("/sites/demo/").text
    rows = list(csv.DictReader(io.StringIO(dashboard.browser("viewer").get(f"{STATISTICS}/export?by=losses").text)))
    assert sum(int(row["missing"]) for row in rows) == 100


def test_of_a_handful_of_answers_no_rate_is_drawn(dashboard: Dashboard) -> None:
    text = page(dashboard, "?country=FR")
    assert "data-plot" not in text
    assert "A rate is shown once there are 30 answers within 28 days." in text
    assert "Numbers by day" in text


def test_a_filter_that_finds_nothing_says_what_to_do(dashboard: Dashboard) -> None:
    assert "Nothing was shown or chosen here." in page(dashboard, "?country=AQ")


@pytest.mark.parametrize(
    "query",
    ["?from=0001-01-01", "?country=x%27;--", "?visitor=" + "a" * 32, "?by=jws", "?to=soon", "?country=DE&country=FR"],
)
def test_an_invalid_query_gets_an_error_message(dashboard: Dashboard, query: str) -> None:
    answer = dashboard.browser("viewer").get(STATISTICS + query)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert dashboard.browser("viewer").get(f"{STATISTICS}/export{query}").status_code == 400


def test_the_address_keeps_what_matters_of_the_form(dashboard: Dashboard) -> None:
    answer = dashboard.browser("viewer").get(f"{STATISTICS}?from=&country=DE&bots=exclude", HX_Request="true")
    assert answer.headers["HX-Push-Url"] == f"{STATISTICS}?country=DE&bots=exclude"


@pytest.mark.parametrize("width", [1280, 390])
def test_millions_stand_in_one_line(browser: Browser, dashboard: Dashboard, served: str, width: int) -> None:
    with strict_page(browser, served, viewport={"width": width, "height": 900}) as view:
        view.sign_in("viewer")
        tiles = view.open(STATISTICS).locator(".tiles b")
        broken = tiles.evaluate_all(
            """all => all.filter(one => {
                one.textContent = "9,614,622"
                const line = 1.5 * parseFloat(getComputedStyle(one).fontSize)
                return one.scrollWidth > one.clientWidth || one.clientHeight > line
            }).length"""
        )
    assert broken == 0


@pytest.mark.parametrize(("query", "expected"), [("", "27 Oct"), ("?from=2025-01-01&to=2026-11-25", "Mar 2026")])
def test_the_chart_names_days_as_the_page_does(
    browser: Browser, dashboard: Dashboard, served: str, query: str, expected: str
) -> None:
    with strict_page(browser, served, viewport={"width": 1280, "height": 900}) as view:
        view.page.add_init_script(
            """const type = CanvasRenderingContext2D.prototype, draw = type.fillText
            window.drawn = []
            type.fillText = function (text, ...rest) { drawn.push(text); return draw.call(this, text, ...rest) }"""
        )
        view.sign_in("viewer")
        page = view.open(STATISTICS + query)
        page.locator(".plot canvas").wait_for()
        drawn: list[str] = page.evaluate("drawn")
    assert expected in drawn
    assert [text for text in drawn if "/" in text] == []


def test_a_chart_says_why_its_lines_begin_later_or_have_gaps(dashboard: Dashboard) -> None:
    few = page(dashboard, "?from=2026-10-01&to=2026-11-25", Accept_Language="de")
    assert "Die ersten Antworten sind vom 26.10.2026. Unter 30 Antworten wird keine Quote angezeigt." in few
    assert "Funktional (" in few, "German keeps its capitals"
    with dashboard.database() as connection:
        connection.execute("UPDATE choice_count SET count = 40 * count")
    many = page(dashboard, "?from=2026-11-01&to=2026-11-20")
    assert re.findall("The first answers are|Below 30 answers", many) == []


def test_no_table_of_numbers_is_pushed_sideways_on_a_phone(browser: Browser, dashboard: Dashboard, served: str) -> None:
    with dashboard.engine.begin() as connection:
        chosen = make_event(1, 0, "sha256:1", event="chosen")
        add_counts(connection, {chosen: 1_000_000, chosen._replace(event="shown"): 9_000_000})
        add_counts(connection, {Refusal(1, NOW // DAY, "unavailable"): 300_000})
    with strict_page(browser, served, viewport={"width": 390, "height": 900}) as view:
        view.sign_in("viewer")
        found = {}
        for path in ("/sites/demo/", STATISTICS, f"{STATISTICS}?by=language"):
            page = view.open(path)
            page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true })")
            tables = page.locator("main .overflow-auto")
            found[path] = tables.evaluate_all("all => all.map(one => one.scrollWidth > one.clientWidth)")
    assert found == {"/sites/demo/": [False], STATISTICS: [False] * 3, f"{STATISTICS}?by=language": [False] * 3}
