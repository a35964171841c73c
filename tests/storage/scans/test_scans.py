import json

import pytest
from sqlalchemy import Engine

from consent.core.days import DAY_SECONDS
from consent.storage.scans import scans
from consent.storage.scans.scans import SILENT_SECONDS, ScanRunningError, Schedule, StoredFinding
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow
from tests.storage.sample_receipts import NOW


def kept(name: str, **more: object) -> StoredFinding:
    facts = {"kind": "cookie", "name": name, "host": "shop.example", "third_party": False, "lifetime_s": 60}
    facts |= {
        "situations": "none",
        "page": "https://shop.example/",
        "made_by": "",
        "group": "analytics",
        "purpose": None,
    }
    facts |= {"vendor": "", "layer": "model", "confidence": 0.9, "reason": "Why.", "suggestion": "analytics"}
    return StoredFinding(**(facts | {"is_leak": False} | more))  # type: ignore[arg-type]


def test_one_scan_of_a_site_at_a_time_until_it_falls_silent(engine: Engine, shop: SiteRow) -> None:
    with engine.begin() as transaction:
        first = scans.request(transaction, shop.id, "https://shop.example/", NOW)
        with pytest.raises(ScanRunningError):
            scans.request(transaction, shop.id, "https://shop.example/", NOW + 1)
        scans.set_progress(transaction, first, "Visit 1 of 5", NOW + 100)
        with pytest.raises(ScanRunningError):
            scans.request(transaction, shop.id, "https://shop.example/", NOW + SILENT_SECONDS + 50)
        again = scans.request(transaction, shop.id, "https://shop.example/", NOW + SILENT_SECONDS + 150)
        assert (scans.is_running(transaction, first), scans.is_running(transaction, again)) == (False, True)
        scans.finish(transaction, first, NOW + 500, state="done", pages=9, problems=[], diff=[])
        silent = scans.by_id(transaction, first)
        assert silent
        assert (silent.state, silent.problems) == ("failed", json.dumps([scans.WITHOUT_A_WORD]))
        scans.finish(transaction, again, NOW + 999, state="done", pages=3, problems=["One."], diff=[{"change": "new"}])
        found = scans.newest(transaction, shop.id)
    assert found
    assert (found.id, found.state, found.pages, found.finished_at) == (again, "done", 3, NOW + 999)
    assert json.loads(found.diff) == [{"change": "new"}]


def test_a_finding_keeps_when_it_was_first_seen(engine: Engine, shop: SiteRow) -> None:
    with engine.begin() as transaction:
        scans.save_findings(transaction, shop.id, [kept("a"), kept("b", is_leak=True)], NOW)
        scans.save_findings(transaction, shop.id, [kept("a", group="essential")], NOW + 50)
        scans.set_gone(transaction, shop.id, [("cookie", "b", "shop.example")], NOW + 50)
        found = {one.name: one for one in scans.findings(transaction, shop.id)}
    assert (found["a"].first_seen, found["a"].last_seen, found["a"].group) == (NOW, NOW + 50, "essential")
    assert (found["b"].last_seen, found["b"].gone_at, found["b"].is_leak) == (NOW, NOW + 50, False)


def test_a_finding_that_comes_back_is_no_longer_gone(engine: Engine, shop: SiteRow) -> None:
    with engine.begin() as transaction:
        scans.save_findings(transaction, shop.id, [kept("a")], NOW)
        scans.set_gone(transaction, shop.id, [("cookie", "a", "shop.example")], NOW + 1)
        scans.save_findings(transaction, shop.id, [kept("a")], NOW + 2)
        (found,) = scans.findings(transaction, shop.id)
    assert (found.first_seen, found.last_seen, found.gone_at) == (NOW, NOW + 2, None)


def test_sites_are_due_by_their_plan(engine: Engine, shop: SiteRow) -> None:
    with engine.begin() as transaction:
        other = sites.create(transaction, "other", "Another", "{}", NOW)
        assert scans.due(transaction, NOW) == []
        scans.save_schedule(transaction, shop.id, Schedule(days=7))
        scans.save_schedule(transaction, other.id, Schedule(days=0))
        assert scans.due(transaction, NOW) == ["shop"]
        first = scans.request(transaction, shop.id, "https://shop.example/", NOW)
        scans.finish(transaction, first, NOW + 60, state=scans.DONE, pages=1, problems=[], diff=[])
        assert scans.due(transaction, NOW + 6 * DAY_SECONDS) == []
        assert scans.due(transaction, NOW + 7 * DAY_SECONDS - 60) == ["shop"]
        scans.save_schedule(transaction, shop.id, Schedule("https://shop.example/de", 5, "DE,US-CA", 1))
        assert scans.schedule(transaction, shop.id) == Schedule("https://shop.example/de", 5, "DE,US-CA", 1)
        assert scans.due(transaction, NOW + DAY_SECONDS) == ["shop"]


def test_a_scan_that_came_to_nothing_is_due_again_a_day_later(engine: Engine, shop: SiteRow) -> None:
    nothing = {"state": scans.FAILED, "pages": 0, "problems": ["It did not answer."], "diff": []}
    with engine.begin() as transaction:
        scans.save_schedule(transaction, shop.id, Schedule(days=7))
        first = scans.request(transaction, shop.id, "https://shop.example/", NOW)
        scans.finish(transaction, first, NOW, state=scans.DONE, pages=1, problems=[], diff=[])
        again = scans.request(transaction, shop.id, "https://shop.example/", NOW + 7 * DAY_SECONDS)
        scans.finish(transaction, again, NOW + 7 * DAY_SECONDS, **nothing)  # type: ignore[arg-type]
        assert scans.due(transaction, NOW + 7 * DAY_SECONDS + 3600) == []
        assert scans.due(transaction, NOW + 8 * DAY_SECONDS) == ["shop"]
