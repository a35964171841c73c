"""The second door: the Flask routes of the public API, which reach the same functions and make the OpenAPI document."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from flask.views import MethodView
from flask_smorest import Blueprint

from consent.api import operator
from consent.api.answer import HSTS, ApiError, error_answer
from consent.api.csp_reports import answer_csp_reports
from consent.api.decision import answer_decision
from consent.api.desk_routes import ID, desk_pages
from consent.api.door import answer_preflight
from consent.api.erasures import ErasedSchema, ErasureSchema, answer_erasure
from consent.api.events import answer_event
from consent.api.export import stream_export
from consent.api.export_routes import export_routes
from consent.api.flask_door import run, to_response
from consent.api.log import (
    answer_checkpoint,
    answer_config_proof,
    answer_consistency,
    answer_key_changes,
    answer_tile,
    answer_verifier_key,
)
from consent.api.logo import answer_logo
from consent.api.openapi import PublicApi
from consent.api.page_sightings import answer_sightings
from consent.api.public import Public
from consent.api.receipt_proof import answer_receipt_proof
from consent.api.receipts import answer_receipt_write
from consent.api.record import answer_record
from consent.api.reference import add_reference
from consent.api.request import Request
from consent.api.schemas import SightingsSchema
from consent.api.script import answer_acts, answer_pinned_script, answer_script
from consent.api.search import answer_search
from consent.api.statistic_routes import statistic_routes
from consent.api.vendors import answer_texts, answer_vendors
from consent.api.view_schemas import (
    CONSISTENCY_FROM,
    CSP_REPORTS,
    DECISION_PARAMETERS,
    EXPORT_PARAMETERS,
    LANGUAGE,
    SEARCH_PARAMETERS,
    DecisionSchema,
    EventSchema,
    GpcSchema,
    HealthSchema,
    JwksSchema,
    ReadinessSchema,
    ReceiptWriteSchema,
    RecordSchema,
    SearchSchema,
    TextsSchema,
    VendorsSchema,
    WrittenSchema,
    errors,
    json_body,
)
from consent.api.visitor_routes import visitor_pages
from consent.logs import PrivateFlask

OPENAPI = {
    "API_TITLE": "Consent and tag server",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api",
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {"description": "Which tags may run for a visitor here and now, and the receipts of what was chosen."},
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    },
}
EXPORT_TYPES = ("text/csv", "application/jsonl", "application/ld+json", "application/zip")
TOKEN: list[dict[str, list[str]]] = [{"token": []}]
ANYONE_OR_TOKEN: list[dict[str, list[str]]] = [{}, {"token": []}]


def create_api(public: Public, metrics_token: str) -> Flask:
    """Make the app of all public routes, with the OpenAPI document at /api/openapi.json.

    It is an app of its own, so that nothing public can read or set the dashboard's session.
    """
    app = PrivateFlask("consent.api", static_folder=None, template_folder=str(Path(__file__).parent / "templates"))
    app.config.update(OPENAPI)
    api = PublicApi(app)
    for blueprint in (
        _pages(public),
        _receipts(public),
        statistic_routes(public),
        export_routes(public),
        visitor_pages(public),
        desk_pages(public),
        _log(public),
        _operating(public, metrics_token),
    ):
        api.register_blueprint(blueprint)
    add_reference(app, api)
    app.after_request(partial(_harden, public.is_https))
    return app


def _harden(is_https: bool, response: Response) -> Response:
    """Add to an answer what the door adds to its own."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    if is_https:
        response.headers[HSTS[0]] = HSTS[1]
    return response


def _pages(public: Public) -> Blueprint:
    blueprint = Blueprint("Pages", __name__, description="What a page and its server ask.")

    @blueprint.route("/b/<site>.js")
    @blueprint.doc(responses={200: {"description": "JavaScript", "content": {"text/javascript": {}}}, **errors(404)})
    def script(site: str) -> Response:
        """Return the script of a site: code, decision and texts in one file."""
        return run(public, answer_script, site)

    @blueprint.route("/b/<site>/<sha256>.js")
    @blueprint.doc(responses={200: {"description": "JavaScript", "content": {"text/javascript": {}}}, **errors(404)})
    def pinned_script(site: str, sha256: str) -> Response:
        """Return the built code alone, immutable under its hash, for SRI; it asks for the decision by itself."""
        return run(public, answer_pinned_script, site, sha256)

    @blueprint.route("/b/<site>/logo/<sha256>")
    @blueprint.doc(responses={200: {"description": "An image", "content": {"image/*": {}}}, **errors(404)})
    def logo(site: str, sha256: str) -> Response:
        """Return the logo of the live banner, immutable under its hash."""
        return run(public, answer_logo, site, sha256)

    @blueprint.route("/b/<site>/<build>/<config>/<language>.js")
    @blueprint.doc(responses={200: {"description": "JavaScript", "content": {"text/javascript": {}}}, **errors(404)})
    def acts(site: str, build: str, config: str, language: str) -> Response:
        """Return what a page fetches after the first layer; only the script itself knows its address."""
        return run(public, answer_acts, site, build, config, language)

    @blueprint.route("/api/v1/sites/<site>/decision")
    @blueprint.doc(parameters=DECISION_PARAMETERS, security=ANYONE_OR_TOKEN, responses=errors(400, 401, 403, 404, 503))
    @blueprint.response(200, DecisionSchema)
    def decision(site: str) -> Response:
        """Tell which tags may run for this visitor here and now, each with its reason."""
        return run(public, answer_decision, site)

    @blueprint.route("/api/v1/sites/<site>/events")
    class Events(MethodView):
        @blueprint.doc(requestBody=json_body(EventSchema), responses=errors(400, 403, 404, 411, 413, 415, 429))
        @blueprint.response(204)
        def post(self, site: str) -> Response:
            """Count a banner that was shown or a choice that was made; nothing of the visitor is kept."""
            return run(public, answer_event, site)

        @blueprint.doc(responses=errors(403, 404))
        @blueprint.response(204)
        def options(self, site: str) -> Response:
            """Tell whether a page of this origin may post here (CORS preflight)."""
            return run(public, answer_preflight, site)

    @blueprint.route("/api/v1/sites/<site>/csp-reports")
    class CspReports(MethodView):
        @blueprint.doc(requestBody=CSP_REPORTS, responses=errors(400, 403, 404, 411, 413, 415, 429))
        @blueprint.response(204)
        def post(self, site: str) -> Response:
            """Take reports of a page's policy: the hosts that no vendor of the site has, and nothing else, are kept."""
            return run(public, answer_csp_reports, site)

        @blueprint.doc(responses=errors(403, 404))
        @blueprint.response(204)
        def options(self, site: str) -> Response:
            """Tell whether a page of this origin may post here (CORS preflight)."""
            return run(public, answer_preflight, site)

    @blueprint.route("/api/v1/sites/<site>/sightings")
    class PageSightings(MethodView):
        @blueprint.doc(requestBody=json_body(SightingsSchema), responses=errors(400, 403, 404, 411, 413, 415, 429))
        @blueprint.response(204)
        def post(self, site: str) -> Response:
            """Take names of what a page met: those that nothing in the live config explains are kept for review."""
            return run(public, answer_sightings, site)

        @blueprint.doc(responses=errors(403, 404))
        @blueprint.response(204)
        def options(self, site: str) -> Response:
            """Tell whether a page of this origin may post here (CORS preflight)."""
            return run(public, answer_preflight, site)

    @blueprint.route("/api/v1/sites/<site>/vendors")
    @blueprint.doc(parameters=[LANGUAGE], responses=errors(400, 403, 404))
    @blueprint.response(200, VendorsSchema)
    def vendors(site: str) -> Response:
        """Return each vendor of the live config with purposes, cookies and links, for the second layer."""
        return run(public, answer_vendors, site)

    @blueprint.route("/api/v1/sites/<site>/texts/<language>")
    @blueprint.doc(responses=errors(403, 404))
    @blueprint.response(200, TextsSchema)
    def texts(site: str, language: str) -> Response:
        """Return every string of both layers in one language."""
        return run(public, answer_texts, site, language)

    return blueprint


def _receipts(public: Public) -> Blueprint:
    blueprint = Blueprint("Receipts", __name__, description="What was chosen, signed.")

    @blueprint.route("/api/v1/sites/<site>/receipts")
    class Receipts(MethodView):
        @blueprint.doc(
            requestBody=json_body(ReceiptWriteSchema),
            security=ANYONE_OR_TOKEN,
            responses={
                **errors(400, 401, 403, 404, 409, 410, 411, 413, 415, 429, 503),
                200: {"description": "The same choice again: the receipt that it made before"},
            },
        )
        @blueprint.response(201, WrittenSchema)
        def post(self, site: str) -> Response:
            """Record one choice; acknowledged once it is durable."""
            return run(public, answer_receipt_write, site)

        @blueprint.doc(parameters=SEARCH_PARAMETERS, security=TOKEN, responses=errors(400, 401, 403, 404, 503))
        @blueprint.response(200, SearchSchema)
        def get(self, site: str) -> Response:
            """Search the consent log, newest first, in keyset pages (scope `receipts:read`)."""
            return run(public, answer_search, site)

        @blueprint.doc(responses=errors(403, 404))
        @blueprint.response(204)
        def options(self, site: str) -> Response:
            """Tell whether a page of this origin may post here (CORS preflight)."""
            return run(public, answer_preflight, site)

    @blueprint.route("/api/v1/sites/<site>/receipts/export")
    @blueprint.doc(
        parameters=EXPORT_PARAMETERS,
        security=TOKEN,
        responses={
            200: {"description": "All that the filters find", "content": {kind: {} for kind in EXPORT_TYPES}},
            **errors(400, 401, 403, 404, 503),
        },
    )
    def export(site: str) -> Response:
        """Return all that the filters find, streamed: CSV, JSON Lines or consent records (scope `receipts:export`)."""
        try:
            chunks, headers = stream_export(public, Request(request.environ), site)
        except ApiError as error:
            return to_response(error_answer(error))
        return Response(chunks, 200, headers)

    @blueprint.route("/api/v1/sites/<site>/erasures", methods=["POST"])
    @blueprint.doc(
        requestBody=json_body(ErasureSchema, {"visitor": ID, "level": "unlink", "reason": "Request 2026-117"}),
        security=TOKEN,
        responses=errors(400, 401, 403, 404, 409, 411, 413, 415, 503),
    )
    @blueprint.response(201, ErasedSchema)
    def erasure(site: str) -> Response:
        """Erase one receipt or all of a visitor, the personal part or all but the hash (scope `privacy:erase`)."""
        return run(public, answer_erasure, site)

    @blueprint.route("/api/v1/receipts/<receipt_id>")
    @blueprint.doc(security=ANYONE_OR_TOKEN, responses=errors(401, 404, 503))
    @blueprint.response(200, RecordSchema)
    def record(receipt_id: str) -> Response:
        """Return one receipt, for whoever knows its id; with a token of scope `receipts:read` its personal part as well."""
        return run(public, answer_record, receipt_id)

    @blueprint.route("/api/v1/receipts/<receipt_id>/proof")
    @blueprint.doc(
        responses={
            200: {"description": "A proof (C2SP tlog-proof)", "content": {"text/plain": {}}},
            202: {"description": "Not in the log yet; see Retry-After", "content": {"text/plain": {}}},
            **errors(404, 503),
        },
    )
    def receipt_proof(receipt_id: str) -> Response:
        """Return the proof that a receipt is in its site's log, to be checked offline by `consent verify`."""
        return run(public, answer_receipt_proof, receipt_id)

    return blueprint


def _log(public: Public) -> Blueprint:
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


def _operating(public: Public, metrics_token: str) -> Blueprint:
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
