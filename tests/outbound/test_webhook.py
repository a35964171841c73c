"""Posts to addresses of the operator: wherever an answer leads, nothing else is asked."""

from collections.abc import Iterator
from threading import Lock
from typing import Any

import pytest
from flask import Flask, Response, request

from consent.outbound.webhook import post_json, post_text
from tests.wsgi_server import serving

REDIRECTS = (301, 302, 303, 307, 308)


@pytest.fixture(scope="module")
def heard() -> list[str]:
    """Give the paths that were asked for."""
    return []


@pytest.fixture(scope="module")
def receiver(heard: list[str]) -> Iterator[str]:
    """Run a receiver that sends whoever posts to it on into the own network."""
    app, lock = Flask("receiver"), Lock()

    @app.route("/<path:path>", methods=["GET", "POST"])
    def answer(path: str) -> Any:
        with lock:
            heard.append(path)
        status, _, where = path.partition("/")
        return Response(status=int(status), headers={"Location": f"{request.host_url}{where}"})

    with serving(app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("status", REDIRECTS)
def test_no_redirect_is_followed_into_the_own_network(receiver: str, heard: list[str], status: int) -> None:
    heard.clear()
    assert post_json(f"{receiver}/{status}/204/secret", {"kind": "test"}) == f"it answers {status}"
    assert post_text(f"{receiver}/{status}/204/secret", "checkpoint").status == status
    assert heard == [f"{status}/204/secret"] * 2


def test_a_redirect_to_a_file_or_another_scheme_is_an_answer_like_others() -> None:
    app = Flask("receiver")

    @app.post("/<scheme>")
    def answer(scheme: str) -> Any:
        return Response(status=302, headers={"Location": f"{scheme}:///etc/passwd"})

    with serving(app) as port:
        for scheme in ("file", "ftp", "gopher"):
            assert post_json(f"http://127.0.0.1:{port}/{scheme}", {}) == "it answers 302"
