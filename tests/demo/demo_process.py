"""The demo in its own process on free ports, started as a person would start it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from consent.demo.ports import Ports, reserve

PROGRAM = """
import sys
from pathlib import Path
from consent.config import Settings
from consent.demo.ports import Ports
from consent.demo.run import run_demo
if __name__ == "__main__":
    sys.exit(run_demo(Settings(instance=Path(sys.argv[1]), browser_check="off"), ports=Ports(*map(int, sys.argv[2:]))))
"""


def free_ports() -> Ports:
    with ExitStack() as stack:
        return Ports(*(stack.enter_context(reserve("127.0.0.1", 0)).getsockname()[1] for _ in range(3)))


@contextmanager
def demo(instance: Path, ports: Ports) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run the demo without a terminal; yield the process and its output until it was ready."""
    program = instance / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, program, instance, *map(str, (ports.service, ports.shop, ports.vendors))]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CONSENT_")}
    with subprocess.Popen(
        command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Ctrl-C"):
                break
        try:
            yield process, said
        finally:
            process.kill()
