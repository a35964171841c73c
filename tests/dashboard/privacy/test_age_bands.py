"""Receipts by age band: found under Receipts, and erased together after typing their number."""

from sqlalchemy import text

from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import PASSWORD

PAGE = "/sites/demo/retention"
ERASURE = {"band": "under13", "level": "unlink", "band_reason": "Parents asked", "count": "3", "proof": PASSWORD}


def mark_three(dashboard: Dashboard) -> list[str]:
    """Give three receipts an age band of children and return their ids."""
    with dashboard.engine.begin() as connection:
        ids = connection.execute(text("SELECT id FROM receipt ORDER BY time, id LIMIT 3")).scalars().all()
        for one in ids:
            connection.execute(text("UPDATE receipt SET age_band = 'under13' WHERE id = :id"), {"id": one})
    return list(ids)


def personal(dashboard: Dashboard, ids: list[str]) -> list[bool]:
    with dashboard.engine.connect() as connection:
        left = set(connection.execute(text("SELECT receipt_id FROM receipt_personal")).scalars())
    return [one in left for one in ids]


def test_receipts_are_found_by_age_band(dashboard: Dashboard) -> None:
    mark_three(dashboard)
    browser = dashboard.browser("compliance")
    assert "age under 13" in browser.get("/sites/demo/receipts?age_band=under13").text
    assert browser.get("/sites/demo/receipts?age_band=under13").text.count("/sites/demo/receipts/") >= 3
    assert browser.get("/sites/demo/receipts?age_band=old").status_code == 400


def test_an_age_band_is_erased_but_for_what_is_held(dashboard: Dashboard) -> None:
    ids = mark_three(dashboard)
    browser = dashboard.browser("compliance")
    browser.post(f"/sites/demo/rights/receipt/{ids[0]}/marks/hold", {"reason": "Court case 7"})
    for wrong in ({"count": ""}, {"count": "4"}, {"band": "unknown"}, {"level": ""}, {"band_reason": ""}):
        answer = browser.post(f"{PAGE}/age-bands", ERASURE | wrong)
        assert (answer.status_code, 'class="fault"' in answer.text) == (422, True), wrong
    assert "3 receipts have that age band" in browser.post(f"{PAGE}/age-bands", ERASURE | {"count": ""}).text
    assert personal(dashboard, ids) == [True, True, True]
    assert browser.post(f"{PAGE}/age-bands", ERASURE).status_code == 302
    assert personal(dashboard, ids) == [True, False, False]
    page = browser.get(PAGE).text
    assert "1 receipt in that age band remain" in page
    assert "Parents asked" in page


def test_a_user_without_the_privacy_permission_erases_nothing(dashboard: Dashboard) -> None:
    ids = mark_three(dashboard)
    assert dashboard.browser("marketing").post(f"{PAGE}/age-bands", ERASURE).status_code == 403
    assert personal(dashboard, ids) == [True, True, True]
