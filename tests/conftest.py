"""Fixtures for all tests: a PostgreSQL server, databases, a browser."""

import gc
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect

from consent.scanner.browser.sandbox import NO_SANDBOX
from consent.storage.database import engine
from consent.storage.database.engine import make_engine
from consent.storage.maintenance import migrate
from tests.chromium import NoChromium, find_chromium, find_shell, running_browser
from tests.memory_folders import use_memory
from tests.postgres import NoPostgres, name_of, new_database, running_postgres
from tests.startup_caches import shared_startup
from tests.walks import forget, taken

# A slow machine isn't a bug, so there is no deadline. Everything else is Hypothesis's default: in CI, the same examples
# in every run.
settings.register_profile("project", settings.default, deadline=None)
settings.load_profile("project")
# A slow page isn't a bug either. A long timeout costs nothing, since a wait ends when its condition holds.
expect.set_options(timeout=30_000)

# Mark tests by their fixtures, so that nobody forgets a marker and `make test-fast` stays fast.
_MARKED_BY_FIXTURE = {
    "postgres_url": "postgres",
    "chromium": "browser",
    "world": "app",
    "shop": "app",
    "shared_shop": "app",
    "any_shop": "app",
    "https_shop": "app",
}
_GARBAGE = (50_000, 20, 20)
"""Thresholds of the garbage collector's three generations. Fewer collections cost some 100 MB more per process."""


def pytest_configure(config: pytest.Config) -> None:
    """Send the temporary files of short tests to memory; long tests may need more than there is.

    Tests may run as root, as they do in containers.
    """
    if "not long" in config.option.markexpr:
        use_memory()
    os.environ.setdefault(NO_SANDBOX, "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadfile`, run the files that share slow setup in the same process."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.xdist_scheduler import FolderScheduling

    return FolderScheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Turn garbage collection off while tests are collected, which halves the time, and freeze what was loaded.

    Later collections are rare too: each service that a test opens is large, and the default thresholds cost a fifth of
    the test run.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*_GARBAGE)
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a database server, a browser or the whole service, and run files with slow tests first.

    Otherwise one process may still be busy with a slow file when the others have nothing left to do. Files directly in
    `tests/` cover the whole product and take longer than those in a folder.
    """
    ranks: dict[Path, tuple[int, float]] = {}
    for item in items:
        for fixture, marker in _MARKED_BY_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)
        kinds = {marker.name for marker in item.iter_markers()}
        rank = 0 if kinds & {"browser", "server"} else 1 if "app" in kinds else 2
        patience = item.get_closest_marker("timeout")
        mine = (rank, -float(patience.args[0]) if patience else 0.0)
        ranks[item.path] = min(ranks.get(item.path, mine), mine)
    items.sort(key=lambda item: (ranks[item.path], len(item.path.parts)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Record each walk that a test took, and fail the test if its `walk` markers name different walks."""
    forget()
    yield
    names = [str(marker.args[0]) for marker in item.iter_markers("walk")]
    item.user_properties += [("walk", words) for words in taken(names)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print each walk with its clicks and its test."""
    rows = [
        f"{words}  {report.nodeid}"
        for report in terminalreporter.getreports("passed")
        for name, words in report.user_properties
        if name == "walk" and report.when == "call"
    ]
    if rows:
        terminalreporter.section("walks")
        terminalreporter.write("".join(f"{row}\n" for row in sorted(rows)))


@pytest.fixture(scope="session", autouse=True)
def _services_start_fast() -> Iterator[None]:
    with shared_startup():
        yield


@pytest.fixture(scope="session", autouse=True)
def _sqlite_waits_for_no_disk() -> Iterator[None]:
    """Turn off synchronous commits to SQLite in this process: no test cuts the power.

    Services that run in their own process keep them.
    """
    fast = tuple(statement.replace("synchronous = FULL", "synchronous = OFF") for statement in engine.SQLITE_PRAGMAS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "SQLITE_PRAGMAS", fast)
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Run a PostgreSQL server and yield the SQLAlchemy URL of its `postgres` database, which tests leave empty."""
    try:
        with running_postgres(fsync=False) as url:
            yield url
    except NoPostgres as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture
def new_postgres_database(postgres_url: str) -> Iterator[str]:
    """Yield the SQLAlchemy URL of an empty database for this test."""
    with new_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """Create a database at the newest schema version that tests copy theirs from, and yield its name."""
    with new_database(postgres_url) as url:
        _upgrade(url)
        yield name_of(url)


@pytest.fixture
def ready_postgres_database(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """Yield the SQLAlchemy URL of a database for this test, at the newest schema version."""
    with new_database(postgres_url, postgres_template) as url:
        yield url


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a database file at the newest schema version that tests copy theirs from."""
    file = tmp_path_factory.mktemp("template") / "consent.sqlite"
    _upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def ready_sqlite_database(tmp_path: Path, _sqlite_template: Path) -> str:
    """Return the SQLAlchemy URL of a database file for this test, at the newest schema version."""
    return f"sqlite:///{shutil.copy(_sqlite_template, tmp_path / 'consent.sqlite')}"


def _upgrade(url: str) -> None:
    database = make_engine(url)
    migrate.upgrade(database)
    database.dispose()


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Return the path of the browser."""
    try:
        return find_chromium()
    except NoChromium as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    """Run one browser for all tests: the headless shell if it is installed."""
    with running_browser(find_shell(chromium)) as browser:
        yield browser


@pytest.fixture(scope="session")
def windows(chromium: Path) -> Iterator[Browser]:
    """Run one browser with windows, for tests of focus: in the headless shell every page has the focus."""
    with running_browser(chromium) as browser:
        yield browser


@pytest.fixture
def context(request: pytest.FixtureRequest, chromium: Path) -> Iterator[BrowserContext]:
    """Open a visitor's profile for this test, without cookies or storage."""
    browser = request.getfixturevalue("windows" if request.node.get_closest_marker("windows") else "browser")
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """Open a page in this test's profile."""
    return context.new_page()
