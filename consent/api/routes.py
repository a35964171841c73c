"""The second door: the Flask routes of the public API, which reach the same functions and make the OpenAPI document."""

from functools import partial
from pathlib import Path

from flask import Flask, Response

from consent.api.answer import HSTS
from consent.api.desk_routes import desk_routes
from consent.api.export_routes import export_routes
from consent.api.log_routes import log_routes
from consent.api.openapi import PublicApi
from consent.api.operator_routes import operator_routes
from consent.api.page_routes import page_routes
from consent.api.public import Public
from consent.api.receipt_routes import receipt_routes
from consent.api.reference import add_reference
from consent.api.statistic_routes import statistic_routes
from consent.api.visitor_routes import visitor_routes
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


def create_api(public: Public, metrics_token: str) -> Flask:
    """Make the app of all public routes, with the OpenAPI document at /api/openapi.json.

    It is an app of its own, so that nothing public can read or set the dashboard's session.
    """
    app = PrivateFlask("consent.api", static_folder=None, template_folder=str(Path(__file__).parent / "templates"))
    app.config.update(OPENAPI)
    api = PublicApi(app)
    for blueprint in (
        page_routes(public),
        receipt_routes(public),
        statistic_routes(public),
        export_routes(public),
        visitor_routes(public),
        desk_routes(public),
        log_routes(public),
        operator_routes(public, metrics_token),
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
