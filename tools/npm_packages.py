"""The npm packages: their descriptions and archives. Uploads nothing and contacts no registry."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PACKAGES = ROOT / "integrations" / "npm"


class PackError(Exception):
    """Raised if npm can't pack the packages; the message is a sentence."""


def descriptions(packages: Path = PACKAGES) -> dict[Path, dict[str, Any]]:
    """Return the contents of each package.json, by folder."""
    return {path.parent: json.loads(path.read_text("utf-8")) for path in sorted(packages.glob("*/package.json"))}


def pack(dist: Path) -> list[Path]:
    """Write the archive of each package, with the license, to `dist`. Raises PackError."""
    with tempfile.TemporaryDirectory() as folder:
        staged = Path(folder) / "npm"
        shutil.copytree(PACKAGES, staged, ignore=shutil.ignore_patterns("node_modules"))
        for package in descriptions(staged):
            shutil.copy(ROOT / "LICENSE", package)
        names = [f"./{package.name}" for package in descriptions(staged)]
        command = [
            "npm",
            "pack",
            "--json",
            "--ignore-scripts",
            "--offline",
            "--pack-destination",
            str(dist.resolve()),
            *names,
        ]
        try:
            done = subprocess.run(command, cwd=staged, capture_output=True, text=True)
        except FileNotFoundError:
            raise PackError("There is no npm here.") from None
        if done.returncode:
            raise PackError(f"npm cannot pack: {done.stderr.strip()[-500:]}")
    return sorted(dist.glob("consent-server-*.tgz"))
