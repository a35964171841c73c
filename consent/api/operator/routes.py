"""Route table of health, metrics and keys."""

from marshmallow import Schema, fields

from consent.api.http.routes import RouteGroup, get, json_reply, text_reply
from consent.api.http.schema_examples import meta
from consent.api.operator.health import answer_gpc, answer_health, answer_jwks, answer_metrics, answer_readiness

PARTS = {"database": "ok", "geo": "ok", "writer": "ok", "log": "ok", "node": "ok", "rules": "ok", "stopping": "no"}
KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
}


class HealthSchema(Schema):
    """Liveness of the process."""

    status = fields.String(required=True, **meta("`ok`, or `starting` until the database has answered once.", "ok"))


class ReadinessSchema(Schema):
    """Whether choices can be stored, with the status of each component."""

    status = fields.String(required=True, **meta("`ready` or `not ready`.", "ready"))
    checks = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, **meta("Status of each component.", PARTS)
    )
    warnings = fields.List(fields.String(), required=True, **meta("Warnings that the operator should look into.", []))


class GpcSchema(Schema):
    """The GPC support resource."""

    gpc = fields.Boolean(required=True, **meta("Whether Global Privacy Control is honored.", True))
    lastUpdate = fields.String(required=True, **meta("Date since when it is honored.", "2026-11-25"))


class JwksSchema(Schema):
    """A JSON Web Key Set."""

    keys = fields.List(fields.Dict(), required=True, **meta("Public keys (RFC 7517), the current one first.", [KEY]))


ROUTE_GROUP = RouteGroup(
    "Operating",
    "Health, metrics and keys.",
    (
        get(
            path="/healthz",
            endpoint=answer_health,
            summary="Return whether the process is running.",
            replies=(json_reply(HealthSchema, "The process is running."),),
        ),
        get(
            path="/readyz",
            endpoint=answer_readiness,
            summary="Return whether choices can be stored now, with warnings for the operator.",
            replies=(
                json_reply(ReadinessSchema, "Ready: choices can be stored."),
                json_reply(ReadinessSchema, "Not ready: choices cannot be stored.", 503),
            ),
        ),
        get(
            path="/metrics",
            endpoint=answer_metrics,
            summary="Return the Prometheus metrics of this process; the token is set in CONSENT_METRICS_TOKEN.",
            replies=(
                text_reply(
                    "text/plain",
                    "Metrics in the Prometheus text format.",
                    "# TYPE consent_receipts_written_total counter\nconsent_receipts_written_total 1027.0\n",
                ),
            ),
            errors=(401, 403),
        ),
        get(
            path="/.well-known/gpc.json",
            endpoint=answer_gpc,
            summary="Declare that Global Privacy Control is honored (W3C GPC, 3.4).",
            replies=(json_reply(GpcSchema, "The GPC support resource."),),
        ),
        get(
            path="/.well-known/jwks.json",
            endpoint=answer_jwks,
            summary="Return the public keys that verify receipts.",
            replies=(json_reply(JwksSchema, "A JSON Web Key Set (RFC 7517)."),),
        ),
    ),
)
