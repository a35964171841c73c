"""The commands of an operator and an auditor as processes of their own, timed and weighed."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.processes import ROOT
from consent import verify
from consent.config import Settings
from consent.demo.site import KEY
from consent.proof.checkpoint import origin_of, verifier_key
from consent.proof.keys import load_keys


@dataclass(frozen=True, slots=True)
class Ran:
    """What a process took: seconds, memory at its peak in MB of 10^6 bytes, bytes written."""

    seconds: float
    peak_mb: float
    size: int


def run_export(settings: Settings, kind: str, file: Path) -> Ran:
    """Run `consent receipts export` to `file`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environ = kept | {"CONSENT_INSTANCE": str(settings.instance), "CONSENT_DEMO": "1"}
    command = [sys.executable, "-m", "consent.cli", "receipts", "export", KEY, "--format", kind, "--output", str(file)]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return Ran(time.perf_counter() - began, usage.ru_maxrss * 1024 / 1e6, file.stat().st_size)


def check_export(settings: Settings, file: Path) -> tuple[float, str]:
    """Run `verify.py` on `file` as an auditor does; return the seconds, and what it says."""
    keys = load_keys(settings.instance / "keys")
    (settings.instance / "vkey").write_text(verifier_key(origin_of(settings.base_url, KEY), keys.log.public))
    (settings.instance / "jwks").write_text(json.dumps(keys.jwks))
    options = [word for name in ("vkey", "jwks") for word in ("--key", str(settings.instance / name))]
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-I", verify.__file__, str(file), *options], capture_output=True, text=True)
    took = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return took, done.stdout.strip()
