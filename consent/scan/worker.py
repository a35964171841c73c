"""The scanning process: a job comes in as a line of JSON, progress and findings go out as lines of JSON."""

import asyncio
import json
import os
import signal
import sys
from typing import Any

from consent.scan.job import BadJob, from_json
from consent.scan.names import clean
from consent.scan.scanning import scan


def main() -> None:
    """Do the job on standard input; end when it is done, on SIGTERM, or when who asked is gone."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # Whatever else is printed is no part of the answer.
    os.dup2(2, 1)
    job = from_json(sys.stdin.readline())

    def say(line: dict[str, Any]) -> None:
        out.write(json.dumps(line) + "\n")
        out.flush()

    try:
        say({"result": asyncio.run(_until_left(scan(job, lambda facts: say({"progress": facts}))))})
    except BadJob as error:
        say({"problem": str(error)})
    except asyncio.CancelledError:
        say({"problem": "The scan was stopped."})
    except Exception as error:
        missing = "Executable doesn't exist" in str(error)
        why = (
            "there is no Chromium: `apt-get install chromium`, or `playwright install chromium`"
            if missing
            else clean(error)
        )
        say({"problem": f"The scan failed: {why}"})
        sys.exit(1)


async def _until_left(scanning: Any) -> dict[str, Any]:
    """Return what `scanning` gives, or cancel it on SIGTERM or once standard input ends."""
    task = asyncio.ensure_future(scanning)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    loop.add_reader(0, lambda: None if os.read(0, 1024) else (loop.remove_reader(0), task.cancel()))
    result: dict[str, Any] = await task
    return result


if __name__ == "__main__":
    main()
