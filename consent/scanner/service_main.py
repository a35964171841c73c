"""Entry point of the scanner's own unit, which systemd starts for each connection on standard input and output."""

import base64
import dataclasses
import sys
import tempfile
from pathlib import Path

from consent.core.documents.json_object import JsonObject
from consent.scanner import banner_check, worker_main
from consent.scanner.model.job import from_json


def main() -> None:
    """Run the program named in the first line for the connected client."""
    program = sys.stdin.readline().strip()
    if program == "scan":
        sys.exit(_scan(sys.stdin.readline()))
    if program == "trial":
        banner_check.main()


def _scan(text: str) -> int:
    """Run a scan, and send its screenshots before its findings, since the two users share no folder."""
    say, job = worker_main.lines_out(), from_json(text)
    with tempfile.TemporaryDirectory(prefix="consent-pictures-") as folder:

        def say_with_pictures(line: JsonObject) -> None:
            if "result" in line:
                for path in sorted(Path(folder).glob("*.jpg")):
                    say({"picture": path.name, "body": base64.b64encode(path.read_bytes()).decode()})
            say(line)

        inside = dataclasses.replace(job, screenshots=folder if job.screenshots else None)
        return worker_main.run_job(inside, say_with_pictures)


if __name__ == "__main__":
    main()
