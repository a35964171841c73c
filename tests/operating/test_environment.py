"""Which settings remain in the environment of a process that serves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_SERVING = """
import os
from consent.app import create_wsgi
create_wsgi()
print([name for name in os.environ if name.startswith("CONSENT_")])
"""


@pytest.mark.long
def test_a_serving_process_hands_no_setting_to_its_requests(tmp_path: Path) -> None:
    environ = {"CONSENT_DEMO": "1", "CONSENT_INSTANCE": str(tmp_path), "CONSENT_SECRET_KEY": "s" * 40}
    subprocess.run([sys.executable, "-m", "consent.cli", "db", "upgrade"], env=os.environ | environ, check=True)
    done = subprocess.run(
        [sys.executable, "-c", _SERVING], env=os.environ | environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
