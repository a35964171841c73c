"""The cast: the shop, the vendors' hosts on a real port, and a service that tells what it was asked."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request
from flask.testing import FlaskClient

from consent.demo.shop import create_shop
from consent.demo.vendors import create_vendors
from tests.served import serving


def _decision() -> dict[str, Any]:
    tags = [
        ("demo-session", "essential", "full"),
        ("demo-chat", "functional", "full"),
        ("demo-ads", "advertising", "held"),
    ]
    return {
        "regime": "us_ca",
        "signals": {"gpc": request.args.get("gpc") == "1"},
        "allowed_tags": [name for name, _, mode in tags if mode == "full"],
        "tags": [
            {
                "id": name,
                "vendor": name,
                "group": group,
                "mode": mode,
                "reason": "gpc" if mode == "held" else "granted",
                "rule": "R",
            }
            for name, group, mode in tags
        ],
    }


def create_fake_service() -> Flask:
    """Return a service that decides the same for everybody, and says of each other request what arrived."""
    app = Flask(__name__)
    app.config["SEEN"] = []

    @app.before_request
    def see() -> None:
        seen = {
            "path": request.path,
            "query": request.args.to_dict(),
            "headers": dict(request.headers),
            "method": request.method,
        }
        app.config["SEEN"].append(seen | {"body": request.get_data(as_text=True)})

    @app.get("/api/v1/sites/demo/decision")
    def decision() -> Response:
        return jsonify(_decision())

    @app.route("/<path:path>", methods=["GET", "POST"])
    def anything(path: str) -> Response:
        response = jsonify(app.config["SEEN"][-1])
        response.status_code = 201 if request.method == "POST" else 200
        if request.headers.get("If-None-Match") == 'W/"same"':
            response = Response(status=304)
        response.headers["ETag"] = 'W/"same"'
        response.headers["Vary"] = "Accept-Encoding, Sec-GPC"
        response.headers["Cache-Control"] = "private, no-cache"
        response.set_cookie("consent_demo", "v1")
        response.set_cookie("consent_demo_id", "secret", httponly=True)
        return response

    return app


@pytest.fixture(scope="session")
def service() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    app = create_fake_service()
    with serving(app) as port:
        yield f"http://127.0.0.1:{port}", app.config["SEEN"]


@pytest.fixture(scope="session")
def vendors_url() -> Iterator[str]:
    with serving(create_vendors()) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def shop(service: tuple[str, list[dict[str, Any]]], vendors_url: str) -> FlaskClient:
    return create_shop("secret-token", service[0], vendors_url).test_client()


@pytest.fixture
def lonely_shop(vendors_url: str) -> FlaskClient:
    """A shop whose service is away: nothing listens on the port of discards."""
    return create_shop("secret-token", "http://127.0.0.1:9", vendors_url).test_client()
