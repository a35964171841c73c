"""Entry point of the scanning subprocess: reads the job as a JSON line, writes progress and findings as JSON lines."""

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
    """Run the job from standard input; exit when it is done, on SIGTERM, or when the parent is gone."""
    write_line = lines_out()
    sys.exit(run_job(from_json(sys.stdin.readline()), write_line))


def lines_out() -> Callable[[JsonObject], None]:
    """Return a function that writes a JSON line to standard output, and redirect all other output to standard error."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def write_line(line: JsonObject) -> None:
        out.write(json.dumps(line) + "\n")
        out.flush()

    return write_line


def run_job(job: Job, write_line: Callable[[JsonObject], None]) -> int:
    """Run `job`, passing its progress and result to `write_line`; return the exit code of the process."""
    try:
        write_line({"result": asyncio.run(_until_stopped(scan(job, lambda facts: write_line({"progress": facts}))))})
    except JobValidationError as error:
        write_line({"problem": str(error)})
    except asyncio.CancelledError:
        write_line({"problem": "The scan was stopped."})
    except Exception as error:
        write_line({"problem": f"The scan failed: {launch_problem(error)}"})
        return 1
    return 0


async def _until_stopped(scanning: Coroutine[Any, Any, ScanResult]) -> ScanResult:
    """Return the result of `scanning`, or cancel it on SIGTERM or when standard input closes."""
    task = asyncio.ensure_future(scanning)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    loop.add_reader(0, lambda: None if os.read(0, 1024) else (loop.remove_reader(0), task.cancel()))
    result: ScanResult = await task
    return result


if __name__ == "__main__":
    main()
