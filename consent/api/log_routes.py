"""Flask routes of the consent log of a site."""

from collections.abc import Callable
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from consent.api.flask_door import run
from consent.api.log import (
    answer_checkpoint,
    answer_config_proof,
    answer_consistency,
    answer_key_changes,
    answer_tile,
    answer_verifier_key,
)
from consent.api.openapi import ANYONE_OR_TOKEN
from consent.api.public import Public
from consent.api.view_schemas import (
    CONSISTENCY_FROM,
    errors,
)


def log_routes(public: Public) -> Blueprint:
    """Make the routes of checkpoints, tiles and proofs."""
    blueprint = Blueprint("Log", __name__, description="The consent log of a site (C2SP tlog-tiles).")

    def documented(what: str, kind: str = "text/plain") -> Callable[..., Any]:
        answers = {200: {"description": what, "content": {kind: {}}}, **errors(401, 403, 404, 503)}
        decorate: Callable[..., Any] = blueprint.doc(security=ANYONE_OR_TOKEN, responses=answers)
        return decorate

    @blueprint.route("/log/<site>/checkpoint")
    @documented("A signed note (C2SP tlog-checkpoint)")
    def checkpoint(site: str) -> Response:
        """Return the newest checkpoint: size and root of the tree, signed (scope `log:read` unless the log is public)."""
        return run(public, answer_checkpoint, site)

    @blueprint.route("/log/<site>/tile/<path:path>")
    @documented("Up to 256 hashes of 32 bytes", "application/octet-stream")
    def tile(site: str, path: str) -> Response:
        """Return a tile of the tree by level and number (scope `log:read` unless the log is public)."""
        return run(public, answer_tile, site, path)

    @blueprint.route("/log/<site>/vkey")
    @documented("A verifier key (C2SP signed-note)")
    def vkey(site: str) -> Response:
        """Return the key that checkpoints are verified with (scope `log:read` unless the log is public)."""
        return run(public, answer_verifier_key, site)

    @blueprint.route("/log/<site>/keys")
    @documented("A signed statement (JWS) each line")
    def key_changes(site: str) -> Response:
        """Return how each old key names the next (scope `log:read` unless the log is public)."""
        return run(public, answer_key_changes, site)

    @blueprint.route("/log/<site>/consistency")
    @blueprint.doc(
        parameters=[CONSISTENCY_FROM],
        security=ANYONE_OR_TOKEN,
        responses={
            200: {"description": "A consistency proof (C2SP tlog-witness)", "content": {"text/plain": {}}},
            **errors(400, 401, 403, 404, 503),
        },
    )
    def consistency(site: str) -> Response:
        """Return the proof that the log goes on from an earlier checkpoint (scope `log:read` unless the log is public)."""
        return run(public, answer_consistency, site)

    @blueprint.route("/log/<site>/config/<sha256>")
    @documented("A proof (C2SP tlog-proof)")
    def config_proof(site: str, sha256: str) -> Response:
        """Return the proof that a published config is in the log (scope `log:read` unless the log is public)."""
        return run(public, answer_config_proof, site, sha256)

    return blueprint
