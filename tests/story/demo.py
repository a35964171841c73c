"""The whole demo as `make run` starts it, and a visitor to its shop in a real browser."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from playwright.sync_api import BrowserContext, Page

from consent.cli import main

START_S = 150


RUN = """
import sys
import time
from consent.config import load_settings
from consent.demo.past_choices import last_two_years
from consent.demo.ports import Ports
from consent.demo.run import run_demo
receipts, *ports = map(int, sys.argv[1:])
drawing = last_two_years(receipts, 1, time.time()) if receipts else None
sys.exit(run_demo(load_settings(), "127.0.0.1", Ports(*ports), drawing))
"""


VENDORS = ("chat", "analytics", "ads", "video")


@dataclass
class Demo:
    """The running demo."""

    folder: Path
    ports: list[int]
    process: subprocess.Popen[str]
    said: str
    database_url: str = ""
    """Its own database, unless it uses SQLite in the folder."""
    url: str = field(init=False)
    shop: str = field(init=False)

    def __post_init__(self) -> None:
        self.url = f"http://127.0.0.1:{self.ports[0]}"
        self.shop = f"http://www.shop.localhost:{self.ports[1]}"

    @property
    def password(self) -> str:
        found = re.search(r"with the password (\S+)", self.said)
        assert found, self.said
        return found[1]

    def hits(self) -> dict[str, Any]:
        """Return the requests to the vendors' hosts, by the first label of the host."""
        report = requests.get(f"http://127.0.0.1:{self.ports[2]}/hits", timeout=5).json()
        return {host.partition(".")[0]: paths for host, paths in report["hosts"].items()}

    def forget_hits(self) -> None:
        requests.post(f"http://127.0.0.1:{self.ports[2]}/hits/reset", timeout=5)

    def command(self, *arguments: str, given: str | None = None) -> str:
        """Run `consent` on the demo's instance, in this process, and return its output."""
        done = CliRunner().invoke(main, arguments, input=given, env=self.environment(), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout.strip()

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CONSENT_")}
        own = {"INSTANCE": str(self.folder), "DEMO": "1", "WRITE_LIMIT": "", "BROWSER_CHECK": "off"}
        if self.database_url:
            own["DATABASE_URL"] = self.database_url
        return kept | {f"CONSENT_{name}": value for name, value in own.items()}


def free_ports(number: int) -> list[int]:
    """Return ports that nobody is listening on."""
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]


def start_demo(
    folder: Path, ports: list[int], receipts: int = 0, start_s: float = START_S, database_url: str = ""
) -> Demo:
    """Start the demo on `ports`, with `receipts` receipts from the past, and wait until it is ready."""
    demo = Demo(folder, ports, None, "", database_url)  # type: ignore[arg-type]
    log = folder / "said.txt"
    with log.open("w") as said:
        demo.process = subprocess.Popen(
            [sys.executable, "-c", RUN, *map(str, (receipts, *ports))],
            env=demo.environment(), stdout=said, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
    until = time.monotonic() + start_s
    while time.monotonic() < until:
        demo.said = log.read_text()
        if "Ctrl-C" in demo.said:
            return demo
        assert demo.process.poll() is None, demo.said
        time.sleep(0.1)
    stop_demo(demo)
    raise AssertionError(f"the demo did not start: {demo.said}")


def stop_demo(demo: Demo) -> int:
    """Stop the demo with SIGTERM and return its exit code."""
    demo.process.send_signal(signal.SIGTERM)
    return demo.process.wait(120)


def run_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run a demo, and stop it at the end unless it has stopped."""
    running = start_demo(tmp_path_factory.mktemp("demo"), free_ports(3))
    yield running
    if running.process.poll() is None:
        assert stop_demo(running) == 0


class Visitor:
    """A person with a fresh browser who pretends to be in some place."""

    def __init__(self, demo: Demo, context: BrowserContext) -> None:
        self.demo, self.context = demo, context
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        demo.forget_hits()

    def visit(self, path: str = "/", **query: str) -> Page:
        """Open a page of the shop and wait until the consent script has decided."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        self.page.goto(f"{self.demo.shop}{path}{'?' + asked if asked else ''}")
        self.page.wait_for_function("() => window.consent && window.consent.get()")
        return self.page

    def press(self, name: str) -> None:
        """Press a button of the banner and wait until the choice has been delivered.

        Doesn't wait for the response itself: a withdrawal may reload the page before that, and then sends it again.
        """
        with self.page.expect_request(lambda r: r.url.endswith("/receipts") and r.method == "POST"):
            self.page.get_by_role("button", name=name, exact=True).first.click()
        self.page.wait_for_function("() => window.consent && !localStorage.getItem('consent_demo_queue')")

    def settle(self) -> None:
        """Wait until the page and its vendors are quiet: three checks, a quarter of a second apart, see the same."""
        self.page.wait_for_load_state()
        looks: list[dict[str, Any]] = []
        while len(looks) < 3 or not looks[-3] == looks[-2] == looks[-1]:
            self.page.wait_for_timeout(250)
            looks.append(self.demo.hits())

    def leave(self) -> None:
        """Leave the shop, so that what its vendors send on leaving isn't counted for the next page."""
        self.page.goto("about:blank")
        self.settle()
        self.demo.forget_hits()

    def cookies(self) -> dict[str, str]:
        return {cookie["name"]: cookie["value"] for cookie in self.context.cookies()}

    def storage(self) -> dict[str, str]:
        kept: dict[str, str] = self.page.evaluate("() => ({...localStorage, ...sessionStorage})")
        return kept

    def buttons(self) -> list[str]:
        return [button.inner_text() for button in self.page.get_by_role("button").all()]
