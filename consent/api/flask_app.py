"""Flask app of the public API: all route tables as Flask rules, and the OpenAPI document."""

from functools import partial
from pathlib import Path

from flask import Flask, Response

from consent.api import receipt_routes
from consent.api.compliance import export_routes, statistics_routes
from consent.api.compliance import routes as compliance
from consent.api.configuration import routes as configuration
from consent.api.gate import routes as gate
from consent.api.handover import routes as handover
from consent.api.http.authentication import as_markdown
from consent.api.http.blueprints import make_blueprint
from consent.api.http.context import ApiContext
from consent.api.http.docs_page import add_reference
from consent.api.http.docs_site import add_docs_site
from consent.api.http.openapi import PublicApi
from consent.api.http.response import HSTS
from consent.api.log import routes as log
from consent.api.operator import routes as operator
from consent.api.page import routes as page
from consent.api.visitor import routes as visitor
from consent.process.json_logs import PrivateFlask
from consent.web.docs_pages import sources_folder
from consent.web.static_files import docs_folder

ROUTE_GROUPS = (
    page.ROUTE_GROUP,
    handover.ROUTE_GROUP,
    gate.ROUTE_GROUP,
    receipt_routes.ROUTE_GROUP,
    statistics_routes.ROUTE_GROUP,
    export_routes.ROUTE_GROUP,
    visitor.ROUTE_GROUP,
    compliance.ROUTE_GROUP,
    compliance.ACCOUNTS_GROUP,
    compliance.DELIVERY_GROUP,
    configuration.ROUTE_GROUP,
    log.ROUTE_GROUP,
    operator.ROUTE_GROUP,
)
INTRODUCTION = "Which tags may run for a visitor here and now, and the receipts of what was chosen."
OPENAPI = {
    "API_TITLE": "Consent and tag server",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api",
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {"description": f"{INTRODUCTION}\n\n{as_markdown()}"},
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of `consent token create`, of the scope that the operation names.",
                }
            }
        },
    },
}


def create_api(context: ApiContext) -> Flask:
    """Create the app with all public routes, and the OpenAPI document at /api/openapi.json.

    It is a separate app so that nothing public can read or set the dashboard's session.
    """
    app = PrivateFlask("consent.api", static_folder=None, template_folder=str(Path(__file__).parent / "templates"))
    app.config.update(OPENAPI)
    api = PublicApi(app, ROUTE_GROUPS)
    for group in ROUTE_GROUPS:
        app.register_blueprint(make_blueprint(context, group))
    add_reference(app, api, ROUTE_GROUPS, context.settings.base_url)
    add_docs_site(app, docs_folder(), sources_folder())
    app.after_request(partial(_harden, context.settings.is_https))
    return app


def _harden(is_https: bool, response: Response) -> Response:
    """Add to a response the headers that the fast path adds to its own."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    if is_https:
        response.headers[HSTS[0]] = HSTS[1]
    return response
