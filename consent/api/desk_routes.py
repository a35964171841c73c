"""The Flask routes of what compliance does by tokens, which make their part of the OpenAPI document."""

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from consent.api.evidence import EvidenceSchema, answer_evidence
from consent.api.flask_door import run
from consent.api.public import Public
from consent.api.view_schemas import errors, json_body

TOKEN: list[dict[str, list[str]]] = [{"token": []}]
READING = (400, 401, 403, 404, 503)
WRITING = (*READING, 411, 413, 415)
EVIDENCE = {"date": "2026-11-24"}


def desk_pages(public: Public) -> Blueprint:
    """Return the routes of evidence."""
    blueprint = Blueprint("Compliance", __name__, description="What compliance does for visitors and regulators.")
    archive: dict[int, Any] = {200: {"description": "The archive", "content": {"application/zip": {}}}}

    @blueprint.route("/api/v1/sites/<site>/evidence", methods=["POST"])
    @blueprint.doc(
        requestBody=json_body(EvidenceSchema, EVIDENCE), security=TOKEN, responses=archive | errors(*WRITING)
    )
    def evidence(site: str) -> Response:
        """Draw up what a regulator asks for of one day, as a signed archive (scope `receipts:export`)."""
        return run(public, answer_evidence, site)

    return blueprint
