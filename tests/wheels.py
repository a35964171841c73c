"""Builds a wheel from the current sources."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE")


def build_wheel(tree: Path) -> Path:
    """Build a wheel from a copy of the project in `tree` (setuptools writes into its sources), and return its path."""
    for name in SOURCES:
        shutil.copy(ROOT / name, tree)
    for name in ("consent", "static"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    build = "from setuptools.build_meta import build_wheel; build_wheel('dist')"
    done = subprocess.run([sys.executable, "-c", build], cwd=tree, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = (tree / "dist").glob("*.whl")
    return wheel
