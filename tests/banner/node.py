"""Ask a module of the script's tests that Node runs."""

import json
import subprocess
from pathlib import Path
from typing import Any


def in_javascript(runner: str, given: Any) -> Any:
    """Return what the file `runner` beside this one answers to `given`, both as JSON."""
    command = ["node", Path(__file__).with_name(runner)]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
