"""A service that decides the same for everyone and reports the requests it received."""

from typing import Any

from flask import Flask, Response, jsonify, request


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
    """Return an app that decides the same for everyone and answers all other requests with what arrived."""
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
