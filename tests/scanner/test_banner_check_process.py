"""A draft's banner is checked in a real Chromium before it is published."""

from pathlib import Path

import pytest

from consent.app import load_artifacts, load_rules
from consent.demo.ports import Ports
from consent.demo.site import demo_draft
from consent.publishing.browser_check import BrowserCheckPage, browser_check_pages
from consent.publishing.preview import config_of
from consent.publishing.publish import freeze
from consent.scanner.banner_check_process import try_pages
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade


def pages(tmp_path: Path, build: bytes) -> list[BrowserCheckPage]:
    engine = make_engine(f"sqlite:///{tmp_path / 'consent.sqlite'}")
    upgrade(engine)
    config = config_of(freeze(demo_draft(Ports()), None, 1, load_artifacts()), 1, load_rules())
    with engine.connect() as connection:
        found = browser_check_pages(connection, config, build)
    engine.dispose()
    return found


@pytest.mark.long
def test_reports_a_banner_that_throws_with_the_affected_visitors(chromium: Path, tmp_path: Path) -> None:
    good = pages(tmp_path, load_artifacts().banner)
    silent = BrowserCheckPage("Texas again", "<p>No banner</p>", "default-src 'none'", has_banner=False)
    loud = BrowserCheckPage(
        "Nobody",
        "<script>consent = {}; throw new Error('loud')</script>",
        "script-src 'unsafe-inline'",
        has_banner=False,
    )
    assert [page.has_banner for page in good] == [True, True, False, False]
    assert try_pages(good) == []
    assert try_pages([*good, loud]) == ["Nobody: loud"]
    assert try_pages([silent] * 4) == ["Texas again: the banner did not appear"], "told before the trial's time is over"


@pytest.mark.long
def test_a_banner_that_throws_at_once_is_told_and_not_called_untried(chromium: Path, tmp_path: Path) -> None:
    broken = pages(tmp_path, b"throw new Error('broken');" + load_artifacts().banner)
    assert try_pages(broken) == ["Germany, first layer: broken"]
