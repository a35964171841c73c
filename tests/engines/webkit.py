"""Debian's WebKitGTK, driven by Selenium on an Xvfb display."""

import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import ActionChains, WebKitGTKOptions
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.webkitgtk.service import Service

from tests.engines.engine import Gone, Missing

KEYS = {"Tab": Keys.TAB, "Escape": Keys.ESCAPE, "Enter": Keys.ENTER, "Space": Keys.SPACE}


class WebKit:
    name = "webkit"

    def __init__(self, display: str, *, any_certificate: bool = False) -> None:
        self.display, self.any_certificate = display, any_certificate
        self.driver = self._start()
        self.tabs = [self.driver.current_window_handle]

    def forget(self) -> None:
        """Start another driver, since each has a single, ephemeral profile."""
        self.close()
        self.driver = self._start()
        self.tabs = [self.driver.current_window_handle]

    def visit(self, url: str) -> None:
        self.driver.get(url)

    def evaluate(self, expression: str) -> Any:
        script = f"const done = arguments[0]; Promise.resolve({expression}).then(done)"
        try:
            return self.driver.execute_async_script(script)
        except WebDriverException as gone:
            raise Gone(gone.msg) from None

    def click(self, x: float, y: float) -> None:
        actions = ActionChains(self.driver, devices=[PointerInput("mouse", "mouse")])
        actions.w3c_actions.pointer_action.move_to_location(round(x), round(y)).click()
        actions.perform()

    def press(self, key: str) -> None:
        ActionChains(self.driver).send_keys(KEYS[key]).perform()

    def open_tab(self) -> None:
        self.driver.switch_to.new_window("tab")
        self.tabs.append(self.driver.current_window_handle)

    def switch_tab(self, number: int) -> None:
        # The driver lists its windows in no particular order.
        self.driver.switch_to.window(self.tabs[number])

    def close(self) -> None:
        self.driver.quit()

    def _start(self) -> webdriver.WebKitGTK:
        options = WebKitGTKOptions()
        options.binary_location = str(_find_browser())
        options.add_argument("--automation")
        if self.any_certificate:
            options.set_capability("acceptInsecureCerts", True)
        service = Service(shutil.which("WebKitWebDriver"), env={"DISPLAY": self.display, "PATH": "/usr/bin:/bin"})
        with warnings.catch_warnings():
            # Selenium's WebKitGTK driver sets its own address in a way that Selenium has deprecated.
            warnings.simplefilter("ignore", DeprecationWarning)
            return webdriver.WebKitGTK(options=options, service=service)


def _find_browser() -> Path:
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"))
    if not found or not shutil.which("WebKitWebDriver"):
        raise Missing("WebKit is missing: sudo apt-get install --no-install-recommends webkit2gtk-driver")
    return found[0]


@contextmanager
def screen() -> Iterator[str]:
    """Run Xvfb and yield the name of the display that it picked."""
    if not (found := shutil.which("Xvfb")):
        raise Missing("Xvfb is missing: sudo apt-get install --no-install-recommends xvfb")
    command = [found, "-displayfd", "1", "-screen", "0", "1280x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            yield f":{process.stdout.readline().strip()}"
        finally:
            process.terminate()


@contextmanager
def webkit(authority: Path | None) -> Iterator[WebKit]:
    """Run WebKit; it reads only the system's certificates, so with an `authority` it accepts any certificate."""
    with screen() as display:
        engine = WebKit(display, any_certificate=authority is not None)
        try:
            yield engine
        finally:
            engine.close()
