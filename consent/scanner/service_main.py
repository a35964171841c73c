"""Entry point of the scanner's own unit: systemd starts one for each connection, on its standard input and output."""

import base64
import dataclasses
import sys
import tempfile
from pathlib import Path

from consent.core.documents.json_object import JsonObject
from consent.scanner import banner_check, worker_main
from consent.scanner.model.job import from_json


def main() -> None:
    """Do what the first line names, for whoever connected."""
    program = sys.stdin.readline().strip()
    if program == "scan":
        sys.exit(_scan(sys.stdin.readline()))
    if program == "trial":
        banner_check.main()


def _scan(text: str) -> int:
    """Do a scan, and send its pictures before its findings: the two users share no folder."""
    say, job = worker_main.lines_out(), from_json(text)
    with tempfile.TemporaryDirectory(prefix="consent-pictures-") as folder:

        def say_with_pictures(line: JsonObject) -> None:
            if "result" in line:
                for path in sorted(Path(folder).glob("*.jpg")):
                    say({"picture": path.name, "body": base64.b64encode(path.read_bytes()).decode()})
            say(line)

        inside = dataclasses.replace(job, screenshots=folder if job.screenshots else None)
        return worker_main.work(inside, say_with_pictures)


if __name__ == "__main__":
    main()
