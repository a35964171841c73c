"""Flask routes of health, metrics and keys."""

from flask import Response
from flask_smorest import Blueprint

from consent.api import operator
from consent.api.flask_door import run
from consent.api.public import Public
from consent.api.view_schemas import (
    GpcSchema,
    HealthSchema,
    JwksSchema,
    ReadinessSchema,
    errors,
)


def operator_routes(public: Public, metrics_token: str) -> Blueprint:
    """Make the routes that tell an operator and a verifier about this process."""
    blueprint = Blueprint("Operating", __name__, description="Health, metrics and keys.")

    @blueprint.route("/healthz")
    @blueprint.response(200, HealthSchema)
    def health() -> Response:
        """Tell whether the process answers."""
        return run(public, operator.answer_health)

    @blueprint.route("/readyz")
    @blueprint.alt_response(503, schema=ReadinessSchema, description="Choices cannot be kept now")
    @blueprint.response(200, ReadinessSchema)
    def readiness() -> Response:
        """Tell whether choices can be kept now, and what to look at."""
        return run(public, operator.answer_readiness)

    @blueprint.route("/metrics")
    @blueprint.doc(
        responses={200: {"description": "Prometheus text", "content": {"text/plain": {}}}, **errors(401, 403)}
    )
    def metrics() -> Response:
        """Return the metrics of this process, for Prometheus."""
        return run(public, operator.answer_metrics, metrics_token)

    @blueprint.route("/.well-known/gpc.json")
    @blueprint.response(200, GpcSchema)
    def gpc() -> Response:
        """Say that Global Privacy Control is honoured (W3C GPC, 3.4)."""
        return run(public, operator.answer_gpc)

    @blueprint.route("/.well-known/jwks.json")
    @blueprint.response(200, JwksSchema)
    def jwks() -> Response:
        """Return the public keys that receipts are verified with."""
        return run(public, operator.answer_jwks)

    return blueprint
