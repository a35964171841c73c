"""Firefox, driven by puppeteer-core's WebDriver BiDi in a Node.js process, without geckodriver."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.engines.engine import Gone, Missing, add_authority

PROGRAM = Path(__file__).with_name("firefox.mjs")


class Firefox:
    name = "firefox"

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._answer()

    def forget(self) -> None:
        self._ask("forget")

    def visit(self, url: str) -> None:
        self._ask("visit", url)

    def evaluate(self, expression: str) -> Any:
        return self._ask("evaluate", expression)

    def click(self, x: float, y: float) -> None:
        self._ask("click", x, y)

    def press(self, key: str) -> None:
        self._ask("press", key)

    def open_tab(self) -> None:
        self._ask("openTab")

    def switch_tab(self, number: int) -> None:
        self._ask("switchTab", number)

    def resize(self, width: int, height: int) -> None:
        self._ask("resize", width, height)

    def _ask(self, *command: str | float) -> Any:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "Firefox's process has ended"
        answer = json.loads(line)
        if "error" in answer:
            raise Gone(answer["error"])
        return answer["value"]


@contextmanager
def firefox(authority: Path | None = None, settings: Mapping[str, bool | int | str] | None = None) -> Iterator[Firefox]:
    """Run Firefox with a fresh profile and these preferences."""
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    if not found:
        raise Missing("Firefox is missing: sudo apt-get install --no-install-recommends firefox-esr")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        if authority:
            add_authority(Path(profile), authority)
        command = ["node", str(PROGRAM), found, profile, json.dumps(settings or {})]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield Firefox(process)
            assert process.stdin
            process.stdin.close()
            process.wait(60)
