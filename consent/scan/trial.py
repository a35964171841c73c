"""Pages drawn in a Chromium that reaches nobody, to hear what throws: a draft's banner before it is published."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from consent.scan.process import scrubbed_environment
from consent.snapshots.trial import TrialPage

TOTAL_S = 30.0


def try_pages(pages: Sequence[TrialPage]) -> list[str] | None:
    """Return a sentence for each fault of the first of `pages` that has any; None where no browser started in time."""
    given = json.dumps([page._asdict() for page in pages])
    temporary = tempfile.TemporaryDirectory(prefix="consent-trial-", ignore_cleanup_errors=True)
    with temporary as folder:
        try:
            done = subprocess.run(
                # -P: what lies in the folder is never imported.
                [sys.executable, "-P", "-m", "consent.scan.trial_worker"],
                input=given,
                cwd=folder,
                env=scrubbed_environment(Path(folder)),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                timeout=TOTAL_S,
                check=True,
            )
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
            return None
    found: list[str] = json.loads(done.stdout)
    return found
