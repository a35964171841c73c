"""Write requirements.txt: what service and scanner need, in the versions of constraints.txt, each with its hashes.

    .venv/bin/python tools/lock_requirements.py

pip determines the packages and, for each Python and machine below, the hash of the file that it would install there.
This needs a network; `make release` doesn't. Run it on the oldest Python, which needs packages that later versions
have in their standard library.
"""

import configparser
import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = ("x86_64", "aarch64")
GLIBC = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_26", "manylinux_2_24", "manylinux_2_17", "manylinux2014")
BUILD = "setuptools"
"""What builds the packages that are only available as source."""
HEADER = f"""\
# For Python {", ".join(PYTHONS)} on Linux ({", ".join(MACHINES)}), by tools/lock_requirements.py. In this order:
#   pip install --require-hashes -r requirements-build.txt
#   pip install --require-hashes --no-build-isolation -r requirements.txt
#   pip install --no-deps consent_tag_server-*.whl
"""


def wanted() -> list[str]:
    """Return the requirements of the service and of its scanner, from setup.cfg."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    return [*config["options"]["install_requires"].split(), *config["options.extras_require"]["scan"].split()]


def ask_pip(*arguments: str) -> list[dict[str, Any]]:
    """Return what pip would install."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        command += ["--target", folder, "--report", str(report), "-c", str(ROOT / "constraints.txt"), *arguments]
        subprocess.run(command, check=True)
        found: list[dict[str, Any]] = json.loads(report.read_text("utf-8"))["install"]
    return found


def pin_of(one: dict[str, Any]) -> str:
    """Return a package's name, normalized as on package indexes, and its version."""
    name = re.sub(r"[-_.]+", "-", one["metadata"]["name"]).lower()
    return f"{name}=={one['metadata']['version']}"


def locked(pins: list[str]) -> str:
    """Return `pins` with the hashes of what each Python installs on each machine."""
    hashes: dict[str, set[str]] = defaultdict(set)
    for python in PYTHONS:
        for machine in MACHINES:
            tags = [word for glibc in GLIBC for word in ("--platform", f"{glibc}_{machine}")]
            for one in ask_pip("--no-deps", "--python-version", python, "--implementation", "cp", *tags, *pins):
                hashes[pin_of(one)].add(one["download_info"]["archive_info"]["hashes"]["sha256"])
    lines = [
        " \\\n    ".join([pin, *(f"--hash=sha256:{one}" for one in sorted(hashes[pin]))]) for pin in sorted(hashes)
    ]
    return HEADER + "\n".join(lines) + "\n"


def main() -> None:
    """Write both files."""
    (ROOT / "requirements-build.txt").write_text(locked([BUILD]), "utf-8")
    pins = sorted(pin_of(one) for one in ask_pip(*wanted()))
    (ROOT / "requirements.txt").write_text(locked([pin for pin in pins if not pin.startswith(f"{BUILD}==")]), "utf-8")
    print(f"Wrote requirements.txt with {len(pins)} packages, and requirements-build.txt.")


if __name__ == "__main__":
    main()
