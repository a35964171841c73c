"""The demo in its own process, with one page that has a hard-coded tag."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from consent.demo.ports import Ports

PROGRAM = """
import os
import signal
import sys
import threading
from pathlib import Path
from flask import request
import consent.demo.run as demo
from consent.config import Settings
from consent.demo.ports import Ports

if __name__ == "__main__":
    ports = Ports(*map(int, sys.argv[2:]))
    create_shop = demo.create_shop

    def create(*given):
        app = create_shop(*given)

        @app.after_request
        def add_tag(response):
            if request.path == "/privacy":
                tag = f'<script src="http://ads.vendors.localhost:{ports.vendors}/ads.js"></script></body>'
                response.set_data(response.get_data(as_text=True).replace("</body>", tag))
            return response

        return app

    def end_with_the_test():
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end_with_the_test, daemon=True).start()
    demo.create_shop = create
    sys.exit(demo.run_demo(Settings(instance=Path(sys.argv[1]), browser_check="off"), ports=ports))
"""


@contextmanager
def running_demo(instance: Path, ports: Ports) -> Iterator[None]:
    """Run the demo, ready to use, until the block ends.

    If the test is killed, the end of its input stops the demo too.
    """
    program = instance / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, program, instance, *map(str, (ports.service, ports.shop, ports.vendors))]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CONSENT_")}
    with subprocess.Popen(
        command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        try:
            assert any(line.startswith("Ctrl-C") for line in process.stdout)
            yield
        finally:
            process.terminate()
            process.communicate(timeout=60)
