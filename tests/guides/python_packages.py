"""PyPI packages that the project itself doesn't use, in the guides' cache: only the first run needs a network."""

import os
import subprocess
import sys

from tests.guides.npm import CACHE, NoNetwork, becomes

DJANGO_PACKAGE, FASTAPI_PACKAGE = "django==5.2.19", "fastapi==0.165.0"


def installed(package: str) -> tuple[str, dict[str, str]]:
    """Return the Python to run and an environment in which `package` can be imported. Raises NoNetwork."""
    folder = CACHE / package
    if not folder.exists():
        with becomes(folder) as made:
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(made), package]
            done = subprocess.run(command, text=True, capture_output=True, timeout=300)
            if done.returncode:
                raise NoNetwork(f"PyPI cannot be reached: the first run of this test needs it, to fetch {package}")
    return sys.executable, {**os.environ, "PYTHONPATH": str(folder)}
