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
    """Whether the process answers."""

    status = fields.String(required=True, **meta("`ok`, or `starting` until the database has answered once.", "ok"))


class ReadinessSchema(Schema):
    """Whether choices can be stored, with the state of each part."""

    status = fields.String(required=True, **meta("`ready` or `not ready`.", "ready"))
    checks = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, **meta("State of each part.", PARTS)
    )
    warnings = fields.List(
        fields.String(), required=True, **meta("Sentences about what the operator should check.", [])
    )


class GpcSchema(Schema):
    """The GPC support resource."""

    gpc = fields.Boolean(required=True, **meta("Whether Global Privacy Control is honored.", True))
    lastUpdate = fields.String(required=True, **meta("Date since which it is.", "2026-11-25"))


class JwksSchema(Schema):
    """A JSON Web Key Set."""

    keys = fields.List(fields.Dict(), required=True, **meta("Public keys (RFC 7517), the present one first.", [KEY]))


ROUTE_GROUP = RouteGroup(
    "Operating",
    "Health, metrics and keys.",
    (
        get(
            path="/healthz",
            endpoint=answer_health,
            summary="Return whether the process answers.",
            replies=(json_reply(HealthSchema, "The process answers."),),
        ),
        get(
            path="/readyz",
            endpoint=answer_readiness,
            summary="Return whether choices can be stored now, and what to check.",
            replies=(
                json_reply(ReadinessSchema, "Choices can be stored."),
                json_reply(ReadinessSchema, "Choices cannot be stored now.", 503),
            ),
        ),
        get(
            path="/metrics",
            endpoint=answer_metrics,
            summary="Return the metrics of this process, for Prometheus; the token is CONSENT_METRICS_TOKEN.",
            replies=(
                text_reply(
                    "text/plain",
                    "Metrics in the text format of Prometheus.",
                    "# TYPE consent_receipts_written_total counter\nconsent_receipts_written_total 1027.0\n",
                ),
            ),
            errors=(401, 403),
        ),
        get(
            path="/.well-known/gpc.json",
            endpoint=answer_gpc,
            summary="Return that Global Privacy Control is honored (W3C GPC, 3.4).",
            replies=(json_reply(GpcSchema, "The GPC support resource."),),
        ),
        get(
            path="/.well-known/jwks.json",
            endpoint=answer_jwks,
            summary="Return the public keys that receipts are verified with.",
            replies=(json_reply(JwksSchema, "A JSON Web Key Set (RFC 7517)."),),
        ),
    ),
)
