"""Fixtures that tests of every part may use: a PostgreSQL server, a browser."""

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

# A slow machine is no bug. The rest stays as Hypothesis has it: in CI the same examples each time.
settings.register_profile("project", settings.default, deadline=None)
settings.load_profile("project")
# Nor is a page that takes its time: what has come about ends the wait, so that patience costs nothing.
expect.set_options(timeout=30_000)

# A test is marked by what it asks for, so that nobody forgets the marker and `make test-fast` stays fast.
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
"""How many new objects, and rounds of younger ones, there are before a look: some 100 MB more in each process."""


def pytest_configure(config: pytest.Config) -> None:
    """Have short tests write to memory; long ones may fill more than there is. Tests may run as root, as in containers."""
    if "not long" in config.option.markexpr:
        use_memory()
    os.environ.setdefault(NO_SANDBOX, "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep files together that share what is slow to start, where files are dealt to processes."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.xdist_scheduler import Together

    return Together(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among what is read once and stays, which takes half the time of reading it; nor later.

    Seldom among the rest too: each service that a test opens is large, and looking after each fifth took a fifth of all.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*_GARBAGE)
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a database server, a browser or the whole service, and put the files with slow ones first.

    Else a process may be left alone with one of them at the end, when the others have nothing more to do. What stands
    beside the folders is of the whole, and takes longer than what is of a part.
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
    """Keep what each walk of a test took, and fail a test that counted other walks than it is marked with."""
    forget()
    yield
    names = [str(marker.args[0]) for marker in item.iter_markers("walk")]
    item.user_properties += [("walk", words) for words in taken(names)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the walks with their clicks and tests."""
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
    """Have commits to SQLite in this process wait for no disk: no test takes the power away. Services of their own do."""
    fast = tuple(statement.replace("synchronous = FULL", "synchronous = OFF") for statement in engine.SQLITE_PRAGMAS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "SQLITE_PRAGMAS", fast)
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Run a PostgreSQL server; the SQLAlchemy URL of its database `postgres`, which tests leave empty."""
    try:
        with running_postgres(fsync=False) as url:
            yield url
    except NoPostgres as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture
def new_postgres_database(postgres_url: str) -> Iterator[str]:
    """Give this test an empty database of its own: its SQLAlchemy URL."""
    with new_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """Make a database of the newest schema, which those of many tests are copies of; yield its name."""
    with new_database(postgres_url) as url:
        _upgrade(url)
        yield name_of(url)


@pytest.fixture
def ready_postgres_database(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """Give this test a database of its own, of the newest schema: its SQLAlchemy URL."""
    with new_database(postgres_url, postgres_template) as url:
        yield url


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a file of the newest schema, which those of many tests are copies of."""
    file = tmp_path_factory.mktemp("template") / "consent.sqlite"
    _upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def ready_sqlite_database(tmp_path: Path, _sqlite_template: Path) -> str:
    """Give this test a file of its own, of the newest schema: its SQLAlchemy URL."""
    return f"sqlite:///{shutil.copy(_sqlite_template, tmp_path / 'consent.sqlite')}"


def _upgrade(url: str) -> None:
    database = make_engine(url)
    migrate.upgrade(database)
    database.dispose()


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Find the browser's program."""
    try:
        return find_chromium()
    except NoChromium as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    """Run one browser for all tests: its pages without the windows around them, where that is installed."""
    with running_browser(find_shell(chromium)) as browser:
        yield browser


@pytest.fixture(scope="session")
def windows(chromium: Path) -> Iterator[Browser]:
    """Run one browser with its windows, for what is between them: in one without, each page has the focus."""
    with running_browser(chromium) as browser:
        yield browser


@pytest.fixture
def context(request: pytest.FixtureRequest, chromium: Path) -> Iterator[BrowserContext]:
    """Give this test a visitor's profile of its own: no cookies, no storage."""
    browser = request.getfixturevalue("windows" if request.node.get_closest_marker("windows") else "browser")
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """Open a page in this test's own profile."""
    return context.new_page()
