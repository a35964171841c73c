"""Follow docs/tutorial.md in Chromium, and save its screenshots to docs/images: `make screenshots`."""

import contextlib
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import requests
from playwright.sync_api import Browser, Page, sync_playwright

from consent.scanner.browser.chromium import find_chromium

ROOT = Path(__file__).parent.parent
TUTORIAL = ROOT / "docs" / "tutorial.md"
IMAGES = ROOT / "docs" / "images"
PASSWORD = "four quiet green owls"  # noqa: S105 - of an instance that lives for a minute
START_SECONDS = 60
SIZE = {"width": 1280, "height": 800}
LINES = "<!-- the two lines of Install -->"


class Tutorial:
    """One run through the tutorial; `pictures` is the folder for screenshots, or None.

    `used` has each button, link and page by the name under which the run found it.
    """

    def __init__(self, text: str, folder: Path, pictures: Path | None = None) -> None:
        self.service, self.website = _free_port(), _free_port()
        self.text = text.replace("127.0.0.1:8000", f"127.0.0.1:{self.service}").replace(
            "localhost:8080", f"localhost:{self.website}"
        )
        self.folder, self.pictures, self.used = folder, pictures, set[str]()

    def block(self, language: str, with_text: str) -> str:
        """Return the code block of `language` that contains `with_text`."""
        blocks = re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)
        [found] = [block for block in blocks if with_text in block]
        return found

    def walk(self, browser: Browser) -> str:
        """Do all steps and return what `consent verify` prints. Raises Playwright's exception if a step fails."""
        page_file = self.folder / "index.html"
        page_file.write_text(self.block("html", "<h1>"), "utf-8")
        with self._consent_run() as output, self._python_server():
            dashboard = browser.new_page(viewport=SIZE)
            self._set_up(dashboard, output)
            self._add_site(dashboard)
            self._find_tags(dashboard)
            self._publish(dashboard)
            lines = dashboard.locator("main pre").first.inner_text()
            html = page_file.read_text("utf-8")
            assert LINES in html  # noqa: S101 - the page has it
            page_file.write_text(html.replace(LINES, lines), "utf-8")
            self._visit(browser)
            return self._read_receipt(dashboard)

    def _set_up(self, page: Page, output: Path) -> None:
        found = re.search(r"open (\S+) and enter the setup code (\S+)", output.read_text("utf-8"))
        assert found, output.read_text("utf-8")  # noqa: S101 - the service prints it at its start
        page.goto(found[1])
        page.get_by_label("Setup code").fill(found[2])
        page.get_by_label("Email").fill("you@example.com")
        page.get_by_label("Password").fill(PASSWORD)
        self._press(page, "Create the admin")

    def _add_site(self, page: Page) -> None:
        self._expect(page, "Add a site")
        for label, values in re.findall(r"^- \*\*(.+?)\*\*(.*(?:\n  .*)*)$", self.text, re.MULTILINE):
            page.get_by_label(label).first.fill("\n".join(re.findall(r"`([^`]+)`", values)))
        self._press(page, "Add")
        self._expect(page, "Install")

    def _find_tags(self, page: Page) -> None:
        self._press(page, "Check the site and add what was found")
        self._press(page, "Check my site")
        self._expect(page, "Add what was found", role="button")
        self._picture(page, "check")
        self._press(page, "Add what was found")

    def _publish(self, page: Page) -> None:
        self._press(page, "Publish")
        self._press(page, "Publish", role="button")
        page.wait_for_url("**/versions")
        self._press(page, "Install")

    def _visit(self, browser: Browser) -> None:
        with contextlib.closing(browser.new_context(viewport=SIZE)) as context:
            page = context.new_page()
            page.goto(f"http://localhost:{self.website}")
            self._expect(page, "Reject all", role="button")
            self._picture(page, "banner")
            self._press(page, "Reject all")
            page.get_by_role("button", name="Reject all").wait_for(state="detached")
            page.wait_for_timeout(1000)
            page.reload()
            self._expect(page, "Privacy choices", role=None)
            assert not [one for one in context.cookies() if one["name"].startswith("_ga")]  # noqa: S101

    def _read_receipt(self, page: Page) -> str:
        self._press(page, "Receipts")
        page.locator("main table a").first.click()
        page.get_by_text("The signature is valid.").wait_for()
        self._picture(page, "receipt")
        commands = self.block("sh", "consent verify").replace("venv/bin/consent", f"{sys.executable} -m consent.cli")
        for _ in range(30):
            with page.expect_download() as download:
                self._press(page, "Receipt and proof")
            download.value.save_as(self.folder / "receipt.tlog-proof")
            done = subprocess.run(["sh", "-ec", commands], cwd=self.folder, capture_output=True, text=True)
            if done.returncode != 2:  # the log has included the receipt
                break
            time.sleep(1)
        return done.stdout + done.stderr

    def _press(self, page: Page, name: str, role: str = "") -> None:
        """Press the element with this name: a button rather than a link, unless `role` says which."""
        self.used.add(name)
        found = page.get_by_role("button", name=name, exact=True)
        if role != "button":
            found = found.or_(page.get_by_role("link", name=name, exact=True))
        found.first.click()
        page.wait_for_load_state("networkidle")

    def _expect(self, page: Page, name: str, role: str | None = "heading") -> None:
        self.used.add(name)
        where = page.get_by_role(role, name=name, exact=True) if role else page.get_by_text(name)  # type: ignore[arg-type]
        where.first.wait_for()

    def _picture(self, page: Page, name: str) -> None:
        if self.pictures:
            self.pictures.mkdir(exist_ok=True)
            page.screenshot(path=self.pictures / f"{name}.png")

    @contextlib.contextmanager
    def _consent_run(self) -> Iterator[Path]:
        output = self.folder / "run.txt"
        command = [sys.executable, "-m", "consent.cli", "run", "--port", str(self.service)]
        with _process(command, self.folder, output), _wait_for_answer(f"http://127.0.0.1:{self.service}/readyz"):
            yield output

    @contextlib.contextmanager
    def _python_server(self) -> Iterator[None]:
        command = self.block("sh", "http.server").replace("8080", str(self.website)).strip()
        arguments = [sys.executable, *shlex.split(command)[1:], "--bind", "127.0.0.1"]
        url = f"http://localhost:{self.website}/"
        with _process(arguments, self.folder, self.folder / "http.txt"), _wait_for_answer(url):
            yield


@contextlib.contextmanager
def _process(command: list[str], folder: Path, output: Path) -> Iterator[None]:
    with output.open("wb") as file, subprocess.Popen(command, cwd=folder, stdout=file, stderr=file) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)


@contextlib.contextmanager
def _wait_for_answer(url: str) -> Iterator[None]:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            requests.get(url, timeout=5).raise_for_status()
            break
        except requests.RequestException:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
    yield


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def main() -> None:
    """Follow the tutorial once and save its screenshots."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        print(Tutorial(TUTORIAL.read_text("utf-8"), Path(folder), IMAGES).walk(browser))
        browser.close()


if __name__ == "__main__":
    main()
