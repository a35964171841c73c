"""gunicorn as the server: supported, though granian is the default."""

import sys

import pytest

from tests.operating.service import DECISION, ROOT, Service


@pytest.mark.long
def test_gunicorn_serves_the_wsgi_callable(service: Service) -> None:
    command = [
        "-m",
        "gunicorn",
        "--worker-class",
        "gthread",
        "--threads",
        "16",
        "--workers",
        "1",
        "--no-control-socket",
    ]
    service.start(
        sys.executable, *command, "--bind", f"127.0.0.1:{service.port}", "--chdir", str(ROOT), "wsgi:application"
    )
    assert service.ask(DECISION).json["site"] == "demo"
    answer = service.choose()
    assert answer.status == 201
    assert service.ask("/login").status == 200
    assert service.stop() == 0, service.output
    assert answer.json["id"] in service.stored_ids()
