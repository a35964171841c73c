"""The `consent` program, run on a node as an operator does."""

import os
import subprocess
import sys
from pathlib import Path

from cluster.whole import Cluster
from tests.operating.service import ROOT


def consent(cluster: Cluster, number: int, *words: str, release: Path = ROOT, code: int = 0) -> str:
    """Run a command in the folder of node `number` with the code in `release`, and return its output.

    It must exit with `code`.
    """
    node = cluster.nodes[number]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONSENT_")}
    environ = kept | {"PYTHONPATH": str(release), "CONSENT_DEMO": "1"}
    command = [sys.executable, "-m", "consent.cli", *words]
    done = subprocess.run(command, cwd=node.folder, env=environ, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout
