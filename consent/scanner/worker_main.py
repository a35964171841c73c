"""Entry point of the scanning subprocess: one JSON line as job, JSON lines as progress and findings."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from consent.core.documents.json_object import JsonObject
from consent.scanner.browser.sandbox import launch_problem
from consent.scanner.model.job import Job, JobValidationError, from_json
from consent.scanner.model.scan_result import ScanResult
from consent.scanner.scan import scan


def main() -> None:
    """Run the job on standard input; end when it is done, on SIGTERM, or when the parent is gone."""
    write_line = lines_out()
    sys.exit(work(from_json(sys.stdin.readline()), write_line))


def lines_out() -> Callable[[JsonObject], None]:
    """Return what writes a JSON line to standard output, which whatever else is printed no longer reaches."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def write_line(line: JsonObject) -> None:
        out.write(json.dumps(line) + "\n")
        out.flush()

    return write_line


def work(job: Job, write_line: Callable[[JsonObject], None]) -> int:
    """Do `job`, reporting to `write_line` its progress and its end; return the exit code of the process."""
    try:
        write_line({"result": asyncio.run(_until_left(scan(job, lambda facts: write_line({"progress": facts}))))})
    except JobValidationError as error:
        write_line({"problem": str(error)})
    except asyncio.CancelledError:
        write_line({"problem": "The scan was stopped."})
    except Exception as error:
        write_line({"problem": f"The scan failed: {launch_problem(error)}"})
        return 1
    return 0


async def _until_left(scanning: Coroutine[Any, Any, ScanResult]) -> ScanResult:
    """Return what `scanning` gives, or cancel it on SIGTERM or once standard input ends."""
    task = asyncio.ensure_future(scanning)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    loop.add_reader(0, lambda: None if os.read(0, 1024) else (loop.remove_reader(0), task.cancel()))
    result: ScanResult = await task
    return result


if __name__ == "__main__":
    main()
