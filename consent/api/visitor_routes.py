"""The routes of pages for visitors themselves: own receipts, and the cookie declaration."""

from typing import Any

from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint

from consent.api.declaration import (
    answer_declaration,
    answer_declaration_file,
    answer_declaration_json,
    answer_declaration_script,
)
from consent.api.flask_door import run
from consent.api.own_receipts import answer_own_file, answer_own_receipts
from consent.api.own_withdrawal import answer_own_withdrawal
from consent.api.preview import answer_preview_decision, answer_preview_page
from consent.api.public import Public
from consent.api.view_schemas import LANGUAGE, DeclarationSchema, errors

PAGE: dict[str, Any] = {"text/html": {}}
FILES: dict[str, Any] = {"text/css": {}, "text/javascript": {}}
KEY = {"name": "key", "in": "query", "schema": {"type": "string"}, "description": "What the link holds"}
LEAVE = {"name": "leave", "in": "query", "schema": {"type": "string"}, "description": "Leave the preview"}
REFUSALS = (400, 403, 409, 410, 411, 413, 429)


def visitor_routes(public: Public) -> Blueprint:
    """Return the routes of own receipts and of the cookie declaration."""
    blueprint = Blueprint("Visitors", __name__, description="Pages for visitors themselves.")

    @blueprint.route("/r/<site>")
    class OwnReceipts(MethodView):
        @blueprint.doc(responses={200: {"description": "A page", "content": PAGE}, **errors(404, 503)})
        def get(self, site: str) -> Response:
            """Show the receipts that this browser's own cookie leads to."""
            return run(public, answer_own_receipts, site)

        @blueprint.doc(
            responses={
                200: {"description": "The consent is withdrawn; a page with the receipt of it", "content": PAGE},
                303: {"description": "This browser has no number: on to the page of receipts"},
                **{code: {"description": "Nothing was written", "content": PAGE} for code in REFUSALS},
                **errors(404, 503),
            }
        )
        def post(self, site: str) -> Response:
            """Withdraw, by the form of that page."""
            return run(public, answer_own_withdrawal, site)

    @blueprint.route("/r/<site>/<name>")
    @blueprint.doc(responses={200: {"description": "A file", "content": FILES}, **errors(404)})
    def own_file(site: str, name: str) -> Response:
        """Return the style or a script of that page."""
        return run(public, answer_own_file, site, name)

    _add_declaration(public, blueprint)
    _add_preview(public, blueprint)
    return blueprint


def _add_preview(public: Public, blueprint: Blueprint) -> None:
    @blueprint.route("/p/<site>")
    @blueprint.doc(
        parameters=[KEY, LEAVE],
        responses={
            200: {"description": "A page, with a cookie", "content": PAGE},
            404: {"description": "No such link, or it has ended", "content": PAGE},
            **errors(503),
        },
    )
    def preview_page(site: str) -> Response:
        """Have this browser meet the draft of the site on the site itself, by a signed link, until it ends."""
        return run(public, answer_preview_page, site)

    @blueprint.route("/p/<site>/decision")
    @blueprint.doc(parameters=[LANGUAGE], responses={200: {"description": "`banner`"}, **errors(403, 404, 503)})
    def preview_decision(site: str) -> Response:
        """Return the draft's answer in the language of a page, to the browser that holds a link."""
        return run(public, answer_preview_decision, site)


def _add_declaration(public: Public, blueprint: Blueprint) -> None:
    @blueprint.route("/c/<site>")
    @blueprint.doc(
        parameters=[LANGUAGE], responses={200: {"description": "A page", "content": PAGE}, **errors(404, 503)}
    )
    def declaration_page(site: str) -> Response:
        """Show the cookie declaration of the live config, in the visitor's language."""
        return run(public, answer_declaration, site)

    @blueprint.route("/c/<site>.json")
    @blueprint.doc(parameters=[LANGUAGE], responses=errors(404, 503))
    @blueprint.response(200, DeclarationSchema)
    def declaration_json(site: str) -> Response:
        """Return the cookie declaration of the live config as JSON."""
        return run(public, answer_declaration_json, site)

    @blueprint.route("/c/<site>.js")
    @blueprint.doc(responses={200: {"description": "JavaScript", "content": {"text/javascript": {}}}, **errors(404)})
    def declaration_script(site: str) -> Response:
        """Return the script of the one line that puts the declaration into a page."""
        return run(public, answer_declaration_script, site)

    @blueprint.route("/c/<site>/<name>")
    @blueprint.doc(responses={200: {"description": "A file", "content": FILES}, **errors(404)})
    def declaration_file(site: str, name: str) -> Response:
        """Return the style or a script of the declaration."""
        return run(public, answer_declaration_file, site, name)
