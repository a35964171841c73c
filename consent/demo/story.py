"""A page rendered by the shop's server with the decision in its hand: a held tag is not in its HTML."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, g, make_response, render_template, request

from consent.assets import static_folder
from consent.demo.proxy import place_parameters, token_headers
from consent.demo.upstream import AwayError, Upstream

story = Blueprint("story", __name__)
BLOCKER = (static_folder() / "blocker.js").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service decided: the ids of tags that run in full, and every tag with its reason."""

    allowed: frozenset[str] = frozenset({"demo-session"})
    tags: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    is_away: bool = False


@story.get("/story/server-side")
def server_side() -> Response:
    """Ask for the decision, then render the page with the tags that may run."""
    answer = ask_decision(request.cookies.get("consent_demo"), request.path)
    response = make_response(render_template("server-side.html", answer=answer, blocker=BLOCKER))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def ask_decision(choice: str | None, path: str) -> Answer:
    """Return the decision for this request's visitor; where the service is away, essential tags alone."""
    service: Upstream = current_app.extensions["service"]
    parameters = place_parameters(g.visit) | {"path": path} | ({"choice": choice} if choice else {})
    headers = token_headers(g.visit) | {"Accept": "application/json"}
    if "Accept-Language" in request.headers:
        headers["Accept-Language"] = request.headers["Accept-Language"]
    try:
        reply = service.ask("GET", f"/api/v1/sites/demo/decision?{urlencode(parameters)}", headers)
        decision = json.loads(reply.body) if reply.status == 200 else None
    except (AwayError, ValueError):
        decision = None
    if not decision:
        return Answer(is_away=True)
    return Answer(frozenset(decision["allowed_tags"]), decision["tags"], decision)
