"""Packages of PyPI that the project itself does not use, in the cache of the guides: only the first run needs a network."""

import os
import subprocess
import sys

from tests.guides.npm import CACHE, NoNetwork, becomes

DJANGO = "django==5.2.19"


def installed_django() -> tuple[str, dict[str, str]]:
    """Return the Python to run and its environment, in which Django can be imported. Raises NoNetwork."""
    folder = CACHE / DJANGO
    if not folder.exists():
        with becomes(folder) as made:
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(made), DJANGO]
            done = subprocess.run(command, text=True, capture_output=True, timeout=300)
            if done.returncode:
                raise NoNetwork("PyPI cannot be reached: the first run of this test needs it, to fetch Django")
    return sys.executable, {**os.environ, "PYTHONPATH": str(folder)}
