"""Measure time and memory of the export and verify commands as subprocesses."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.processes import ROOT
from consent import verify
from consent.config import Settings
from consent.demo.site import KEY
from consent.log.checkpoints import origin_of, verifier_key
from consent.signing.keys import load_keys

WEIGH = ROOT / "bench" / "weigh.py"


@dataclass(frozen=True, slots=True)
class Ran:
    """The cost of a process: seconds, CPU seconds and peak memory in MB of 10^6 bytes; and the size of its file."""

    seconds: float
    cpu_s: float
    peak_mb: float
    size: int


def run_export(settings: Settings, kind: str, file: Path) -> Ran:
    """Run `consent receipts export` to `file`."""
    command = [sys.executable, "-m", "consent.cli", "receipts", "export", KEY, "--format", kind, "--output", str(file)]
    environ = {"CONSENT_INSTANCE": str(settings.instance), "CONSENT_DEMO": "1"}
    return _run(command, file, environ)[0]


def check_export(settings: Settings, file: Path) -> tuple[Ran, str]:
    """Run `verify.py` on `file` as an auditor does; return its cost and its output."""
    keys = load_keys(settings.instance / "keys")
    (settings.instance / "vkey").write_text(verifier_key(origin_of(settings.base_url, KEY), keys.log.public))
    (settings.instance / "jwks").write_text(json.dumps(keys.jwks))
    options = [word for name in ("vkey", "jwks") for word in ("--key", str(settings.instance / name))]
    return _run([sys.executable, "-I", str(verify.__file__), str(file), *options], file, {})


def _run(command: list[str], file: Path, environ: dict[str, str]) -> tuple[Ran, str]:
    """Run a command on `file`, and return its cost and output. Raises RuntimeError if it fails."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    began = time.perf_counter()
    with tempfile.NamedTemporaryFile("r") as usage_file:
        process = subprocess.run(
            [sys.executable, str(WEIGH), usage_file.name, *command],
            cwd=ROOT,
            env=kept | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        took, printed = time.perf_counter() - began, process.stdout.strip()
        usage = json.loads(usage_file.read() or "{}")
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}: {printed}")
    return Ran(took, usage["cpu_s"], usage["peak_mb"], file.stat().st_size), printed
