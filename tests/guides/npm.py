"""Fresh projects from frameworks' starters, in a cache next to the repository: only the first run needs a network."""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "consent-guides"
NODE = "24.21.0"
"""The version required by the newest frameworks; Debian's is older."""
QUIET = {
    **{"CI": "1", "NEXT_TELEMETRY_DISABLED": "1", "NUXT_TELEMETRY_DISABLED": "1", "ASTRO_TELEMETRY_DISABLED": "1"},
    **{"NG_CLI_ANALYTICS": "false", "NO_COLOR": "1", "DO_NOT_TRACK": "1"},
    **{f"npm_config_{name}": "false" for name in ("audit", "fund", "update_notifier")},
    "npm_config_yes": "true",
}
AWAY = re.compile(
    "ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET"
)
WAIT_S = 900


class NoNetwork(Exception):
    """Raised when npm can't be reached; the message says that it is needed once."""


class Starter(NamedTuple):
    """How to make a project: with npm's `command`, or from `files` if npm has no starter; then install `packages`."""

    command: str = ""
    packages: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


@contextmanager
def project(starter: Starter) -> Iterator[Path]:
    """Yield a folder with a fresh project and its packages, and remove it afterwards."""
    pristine = _pristine(starter)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="site-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / "site"
        shutil.copytree(pristine, copy, symlinks=True, copy_function=_linked)
        yield copy


def write(project: Path, files: dict[str, str]) -> None:
    """Write `files`, by path, into the project, replacing existing ones."""
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # the cached copy stays unchanged
        path.write_text(text, "utf-8")


def run(command: str, folder: Path) -> None:
    """Run a command of the project in `folder`. Raises AssertionError with its output."""
    done = _run(command, folder, environment())
    assert done.returncode == 0, done.stdout + done.stderr


@cache
def environment() -> dict[str, str]:
    """Return the environment for commands: with a recent Node.js, and without prompts or telemetry."""
    return os.environ | QUIET | {"PATH": f"{_node()}:{os.environ['PATH']}"}


def _node() -> Path:
    """Return the folder of Node.js, which is an npm package."""
    package = f"node-{platform.system().lower()}-{'arm64' if platform.machine() in ('aarch64', 'arm64') else 'x64'}"
    folder = CACHE / f"node-{NODE}"
    if not folder.exists():
        with becomes(folder) as made:
            _fetch(f"npm install --prefix {made} {package}@{NODE}", made, os.environ | QUIET)
    return folder / "node_modules" / package / "bin"


def _pristine(starter: Starter) -> Path:
    name = hashlib.sha256(json.dumps([starter, NODE]).encode()).hexdigest()[:16]
    folder = CACHE / name
    if not folder.exists():
        with becomes(folder) as made:
            if starter.command:
                _fetch(f"npm exec -- {starter.command}", made, environment())
            else:
                write(made / "site", dict(starter.files))
            _fetch(f"npm install --save-exact {' '.join(starter.packages)}", made / "site", environment())
            for part in (made / "site").iterdir():
                part.rename(made / part.name)
            (made / "site").rmdir()
    return folder


def _fetch(command: str, folder: Path, environ: dict[str, str]) -> None:
    """Run a command that fetches from npm. Raises NoNetwork, or AssertionError for other errors."""
    done = _run(command, folder, environ)
    if done.returncode and AWAY.search(done.stderr):
        raise NoNetwork("npm cannot be reached: the first run of this test needs it, to fetch the framework")
    assert done.returncode == 0, done.stdout + done.stderr


def _run(command: str, folder: Path, environ: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command.split(),
        cwd=folder,
        env=environ,
        text=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=WAIT_S,
    )


@contextmanager
def becomes(folder: Path) -> Iterator[Path]:
    """Yield a folder that becomes `folder` once complete, unless another process was faster."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="new-") as made:
        inner = Path(made) / "whole"
        inner.mkdir()
        yield inner
        try:
            inner.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise


def _linked(source: str, target: str) -> None:
    os.link(source, target, follow_symlinks=False)
