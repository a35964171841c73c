"""One demo and one browser for all assertions; each visitor has their own profile."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.law.visits import Arrive
from tests.story.demo import Demo, Visitor, free_ports, start_demo, stop_demo

HERE = Path(__file__).parent
ESBUILD = HERE.parents[1] / "node_modules" / ".bin" / "esbuild"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run one demo for all assertions; tests that publish another config restore the original content."""
    running = start_demo(tmp_path_factory.mktemp("demo"), free_ports(3))
    yield running
    assert stop_demo(running) == 0


@pytest.fixture(scope="session")
def prebid(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Bundle Prebid as a publisher would."""
    file = tmp_path_factory.mktemp("prebid") / "prebid.js"
    entry = str(HERE / "prebid_bundle.mjs")
    subprocess.run([ESBUILD, entry, "--bundle", "--format=iife", f"--outfile={file}", "--log-level=error"], check=True)
    return file.read_text("utf-8")


@pytest.fixture(scope="session")
def token(demo: Demo) -> str:
    """Create a token that can request decisions."""
    return demo.command("token", "create", "--scope", "decide")


@pytest.fixture
def arrive(demo: Demo, browser: Browser) -> Iterator[Arrive]:
    """Return a function that brings a visitor from a place to a page of the shop.

    At the end, fails if a page threw an error.
    """
    contexts: list[BrowserContext] = []
    visitors: list[Visitor] = []

    def new_visitor(place: str, path: str = "/", gpc: bool = False, language: str = "en", **options: Any) -> Visitor:
        contexts.append(browser.new_context(locale="en-GB", **options))
        visitors.append(Visitor(demo, contexts[-1]))
        visitors[-1].visit(path, visit=place, language=language, **({"gpc": "1"} if gpc else {}))
        return visitors[-1]

    yield new_visitor
    for context in contexts:
        context.close()
    assert [error for visitor in visitors for error in visitor.errors] == []


@pytest.fixture
def publish(demo: Demo, tmp_path: Path) -> Iterator[Any]:
    """Yield a function that publishes a changed draft and returns its version; restore the content at the end."""
    file = tmp_path / "draft.json"
    before = demo.command("config", "export", "demo")

    def publish_text(text: str) -> int:
        file.write_text(text)
        demo.command("config", "import", "demo", str(file))
        done = re.search(r"version (\d+)", demo.command("config", "publish", "demo"))
        assert done
        return int(done[1])

    yield publish_text
    publish_text(before)
