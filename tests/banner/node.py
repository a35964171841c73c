"""Runs modules of the script's tests in Node."""

import json
import subprocess
from pathlib import Path
from typing import Any


def in_javascript(runner: str, given: Any) -> Any:
    """Run the file `runner` in this folder with `given` and return its result, both as JSON."""
    command = ["node", Path(__file__).with_name(runner)]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
