"""Flask routes of what a page and its server ask."""

from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint

from consent.api.csp_reports import answer_csp_reports
from consent.api.decision import answer_decision
from consent.api.events import answer_event
from consent.api.flask_door import run
from consent.api.logo import answer_logo
from consent.api.openapi import ANYONE_OR_TOKEN
from consent.api.page_sightings import answer_sightings
from consent.api.preflight import preflight
from consent.api.public import Public
from consent.api.schemas import SightingsSchema
from consent.api.script import answer_acts, answer_pinned_script, answer_script
from consent.api.vendors import answer_texts, answer_vendors
from consent.api.view_schemas import (
    CSP_REPORTS,
    DECISION_PARAMETERS,
    LANGUAGE,
    DecisionSchema,
    EventSchema,
    TextsSchema,
    VendorsSchema,
    errors,
    json_body,
)


def page_routes(public: Public) -> Blueprint:
    """Make the routes of the script, the decision, and what pages report."""
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

        options = preflight(blueprint, public)

    @blueprint.route("/api/v1/sites/<site>/csp-reports")
    class CspReports(MethodView):
        @blueprint.doc(requestBody=CSP_REPORTS, responses=errors(400, 403, 404, 411, 413, 415, 429))
        @blueprint.response(204)
        def post(self, site: str) -> Response:
            """Take reports of a page's policy: the hosts that no vendor of the site has, and nothing else, are kept."""
            return run(public, answer_csp_reports, site)

        options = preflight(blueprint, public)

    @blueprint.route("/api/v1/sites/<site>/sightings")
    class PageSightings(MethodView):
        @blueprint.doc(requestBody=json_body(SightingsSchema), responses=errors(400, 403, 404, 411, 413, 415, 429))
        @blueprint.response(204)
        def post(self, site: str) -> Response:
            """Take names of what a page met: those that nothing in the live config explains are kept for review."""
            return run(public, answer_sightings, site)

        options = preflight(blueprint, public)

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
