"""A draft that throws in a browser isn't published; one that couldn't be checked is."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consent.publishing.browser_check import BrowserCheckPage, BrowserChecks, OwnLayerCheck
from consent.publishing.publish import propose
from consent.storage.sites import deletion, sites
from tests.dashboard.client import Dashboard, dashboards
from tests.dashboard.live_config import live
from tests.dashboard.publishing.publish_page import publish
from tests.dashboard.sample_data import GROUP, NOW

tries: list[int] = []
answers: list[list[str] | None] = [[]]


meanwhile: list[Callable[[], None]] = []
"""What others do during the check."""


def answer(pages: list[object]) -> list[str] | None:
    """Stand in for Chromium."""
    while meanwhile:
        meanwhile.pop()()
    tries.append(len(pages))
    return answers[0]


@pytest.fixture
def tried(world: Path, tmp_path: Path) -> Iterator[Dashboard]:
    tries.clear()
    answers[0] = []
    yield from dashboards(world, tmp_path, browser_checks=BrowserChecks(answer))


@pytest.mark.parametrize(("said", "status", "version"), [([], 302, 2), (None, 302, 2), (["Texas: loud"], 422, 1)])
def test_what_throws_is_not_published(tried: Dashboard, said: list[str] | None, status: int, version: int) -> None:
    answers[0] = said
    marketing = tried.browser("marketing")
    # A draft that no other test has checked.
    marketing.post("/sites/demo/tags/demo-ads", {"part": "limits", "pages.only": f"/{status}/{said is None}"})
    part = marketing.get("/sites/demo/publish/browser-check").text
    assert ("Texas: loud" in part) == (status == 422)
    assert publish(marketing) == status
    assert live(tried)["version"] == version
    # Results are cached, unless the browser didn't start.
    assert len(tries) == (2 if said is None else 1)


def test_concurrent_checks_of_one_config_run_only_once(tried: Dashboard) -> None:
    begun, go_on, count = threading.Event(), threading.Event(), []

    def slow(pages: list[BrowserCheckPage]) -> list[str] | None:
        count.append(len(pages))
        begun.set()
        go_on.wait(60)
        return []

    trials = BrowserChecks(slow)
    given = tried.app.extensions["consent_dashboard"]
    with tried.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
        assert site is not None
        config = propose(connection, site, given.rules, given.artifacts, given.code_guard).config
        first = threading.Thread(target=trials.run, args=(connection, config, given.artifacts.banner))
        first.start()
        assert begun.wait(60)
        with tried.engine.connect() as other:
            second = threading.Thread(target=trials.run, args=(other, config, given.artifacts.banner))
            second.start()
            go_on.set()
            first.join()
            second.join()
    assert count == [4]


def test_a_restore_is_not_checked_in_the_browser(tried: Dashboard) -> None:
    answers[0] = ["Texas: loud"]
    marketing = tried.browser("marketing")
    marketing.post("/sites/demo/stop")
    assert marketing.post("/sites/demo/versions/1/restore").status_code == 302
    assert tries == []


def test_a_page_that_draws_the_layers_is_tried_again_until_it_passes(world: Path, tmp_path: Path) -> None:
    said = [["Germany: no layer"], ["Germany: no layer"], ["no browser could open the page here: gone"], []]
    seen: list[str] = []

    def look(check: OwnLayerCheck) -> list[str]:
        seen.append(check.url)
        return said[len(seen) - 1]

    for tried in dashboards(world, tmp_path, browser_checks=BrowserChecks(lambda _pages: [], look)):
        marketing = tried.browser("chief")
        page = f"{tried.draft()['hosts'][0]}/"
        form = {"headless": "1", "page": page}
        assert marketing.post("/sites/demo/settings/headless", form).status_code == 302
        assert tried.draft()["overrides"]["headless"] == {"page": page}
        assert "Germany: no layer" in marketing.get("/sites/demo/publish/browser-check").text
        assert publish(marketing) == 422
        # Opened again, the page runs a new check, since the problem may be fixed by now.
        assert "no layer" not in marketing.get("/sites/demo/publish").text
        assert "no browser could open the page" in marketing.get("/sites/demo/publish/browser-check").text
        assert publish(marketing) == 302
        assert seen == [page] * 4
        assert marketing.post("/sites/demo/settings/headless", {"page": page}).status_code == 302
        assert "headless" not in tried.draft()["overrides"]


def test_only_the_draft_that_was_looked_at_is_published_and_nothing_of_a_site_that_is_deleted_meanwhile(
    tried: Dashboard,
) -> None:
    marketing, colleague = tried.browser("marketing"), tried.browser("chief")

    def save() -> None:
        with tried.engine.begin() as connection:
            row = sites.read_draft(connection, 1)
            sites.save_draft(connection, 1, row.text.replace("/reviewed", "/slipped-in"), row.revision)

    marketing.post("/sites/demo/tags/demo-ads", {"part": "limits", "pages.only": "/reviewed"})
    meanwhile.append(save)
    assert publish(marketing) == 409
    assert live(tried)["version"] == 1
    assert publish(marketing) == 302
    assert live(tried)["version"] == 2

    marketing.post("/sites/demo/tags/demo-ads", {"part": "limits", "pages.only": "/late"})
    page = colleague.get(f"/groups/{GROUP}/publish").text
    revision = re.search(r'name="draft-demo" value="(\d+)"', page)
    assert revision

    def delete() -> None:
        with tried.engine.begin() as connection:
            deletion.delete_site(connection, 1, "{}", NOW)

    meanwhile.append(delete)
    answer = colleague.post(f"/groups/{GROUP}/publish", {"sites": ["demo"], "draft-demo": revision[1]})
    assert (answer.status_code, "Little Grove is deleted." in answer.text) == (409, True)
    with tried.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
    assert site
    assert site.live_config is None
