"""Baselines: the minimum cost of a Flask response and of a WSGI response, as app factories for granian."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response

BODY = json.dumps({"allowed_tags": ["session"], "limited_tags": [], "padding": "x" * 400}).encode()


def create_flask() -> Flask:
    """Create a Flask app with one route that returns constant JSON."""
    app = Flask("bare")

    @app.get("/constant")
    def constant() -> Response:
        return Response(BODY, mimetype="application/json")

    return app


def create_wsgi() -> Callable[..., Iterable[bytes]]:
    """Create a WSGI callable that returns the same bytes with nothing in between."""
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", headers)
        return [BODY]

    return application
