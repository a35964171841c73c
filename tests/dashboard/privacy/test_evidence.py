"""The evidence page: an archive for a day, days that aren't possible, and earlier archives."""

import io
import json
import zipfile

import pytest

from tests.dashboard.client import Dashboard

pytestmark = pytest.mark.extended

PAGE = "/sites/demo/evidence"


def test_an_archive_is_made_and_remembered_with_its_hash(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    draft = dashboard.draft()
    assert "in one signed archive" in browser.get(PAGE).text
    answer = browser.post(PAGE, {"date": "2026-11-24"})
    assert answer.headers["Content-Disposition"] == "attachment; filename=evidence-demo-2026-11-24.zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert json.loads(archive.read("config/config.json"))["site"] == draft["site"]
    page = browser.get(PAGE).text
    assert "Created earlier" in page
    assert "Compliance" in page


def test_an_invalid_day_is_reported_beside_the_field(dashboard: Dashboard) -> None:
    browser = dashboard.browser("compliance")
    for date, sentence in (
        ("2026-11-26", "has not come yet"),
        ("2020-01-01", "not published anything by that day"),
        ("x" * 100_000, "Enter a date such as"),
        ("", "Enter a date such as"),
    ):
        answer = browser.post(PAGE, {"date": date})
        assert (answer.status_code, sentence in answer.text, 'id="fault-date"' in answer.text) == (422, True, True)
    assert "Nothing was published yet" in dashboard.browser("chief").get("/sites/other/evidence").text
