"""The Flask routes of what compliance does by tokens, which make their part of the OpenAPI document."""

from typing import Any

from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint

from consent.api.access import SubjectSchema, answer_access
from consent.api.alarm_board import answer_alarms
from consent.api.audit import answer_audit
from consent.api.evidence import EvidenceSchema, answer_evidence
from consent.api.flask_door import run
from consent.api.marks import MarkSchema, answer_lift, answer_mark, answer_marks
from consent.api.openapi import TOKEN
from consent.api.public import Public
from consent.api.requests import (
    ChangeSchema,
    NewRequestSchema,
    answer_request_added,
    answer_request_changed,
    answer_requests,
)
from consent.api.retention import KeepingSchema, RunSchema, answer_retention, answer_retention_run, answer_retention_set
from consent.api.view_schemas import errors, json_body

READING = (400, 401, 403, 404, 503)
WRITING = (*READING, 411, 413, 415)
WHY = {"reason": "By letter of 20 November"}
ID = "5f0c0e6b8f3a4d1c9e7b2a6d4c8e1f03"
ON_VISITOR = {"kind": "restriction", "visitor": ID}


def desk_routes(public: Public) -> Blueprint:
    """Return the routes of evidence, access, marks, requests, retention and the audit trail."""
    blueprint = Blueprint("Compliance", __name__, description="What compliance does for visitors and regulators.")
    _archives(blueprint, public)
    _marks(blueprint, public)
    _requests(blueprint, public)
    _retention(blueprint, public)
    return blueprint


def _doc(*statuses: int, done: int = 200, says: str = "As docs/http-api.md tells", **facts: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}} if done != 204 else {}
    answers: dict[int, Any] = {done: {"description": says, "content": content}}
    return {"security": TOKEN, "responses": answers | errors(*statuses), **facts}


def _query(name: str, description: str, example: str = "", **schema: Any) -> dict[str, Any]:
    shown = {"example": example} if example else {}
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string", **schema}, **shown}


def _archives(blueprint: Blueprint, public: Public) -> None:
    archive: dict[int, Any] = {200: {"description": "The archive", "content": {"application/zip": {}}}}

    @blueprint.route("/api/v1/sites/<site>/evidence", methods=["POST"])
    @blueprint.doc(
        requestBody=json_body(EvidenceSchema, {"date": "2026-11-24"}),
        security=TOKEN,
        responses=archive | errors(*WRITING),
    )
    def evidence(site: str) -> Response:
        """Draw up what a regulator asks for of one day, as a signed archive (scope `receipts:export`)."""
        return run(public, answer_evidence, site)

    @blueprint.route("/api/v1/sites/<site>/access", methods=["POST"])
    @blueprint.doc(**_doc(*WRITING, requestBody=json_body(SubjectSchema, {"visitor": ID, **WHY})))
    def access(site: str) -> Response:
        """Give out all that is kept of one visitor or receipt, at their request (scope `receipts:read`)."""
        return run(public, answer_access, site)

    @blueprint.route("/api/v1/sites/<site>/alarms")
    @blueprint.doc(**_doc(*READING))
    def alarms(site: str) -> Response:
        """Tell which alarms last, when each was there last, and which are over (scope `receipts:read`)."""
        return run(public, answer_alarms, site)

    @blueprint.route("/api/v1/sites/<site>/audit")
    @blueprint.doc(
        **_doc(
            *READING,
            parameters=[
                _query("actor", "The opaque id of who did it"),
                _query("what", "What was done, such as draft.changed, or a kind", "audit"),
                _query("text", "All these words, in who, what, or a value before or after", "shop"),
                _query("from", "A date or time, included"),
                _query("to", "A date, which counts whole, or a time"),
                _query("before", "`next` of the page before"),
            ],
        )
    )
    def audit(site: str) -> Response:
        """Read the audit trail, newest first, each with its signed entry (scope `log:read`)."""
        return run(public, answer_audit, site)


def _marks(blueprint: Blueprint, public: Public) -> None:
    @blueprint.route("/api/v1/sites/<site>/marks")
    class Marks(MethodView):
        @blueprint.doc(**_doc(*READING))
        def get(self, site: str) -> Response:
            """List holds, restrictions and objections (scope `privacy:erase`)."""
            return run(public, answer_marks, site)

        @blueprint.doc(**_doc(*WRITING, 409, done=201, requestBody=json_body(MarkSchema, {**ON_VISITOR, **WHY})))
        def post(self, site: str) -> Response:
            """Hold, restrict or note an objection, on a receipt, a visitor or a period (scope `privacy:erase`)."""
            return run(public, answer_mark, site)

        @blueprint.doc(
            **_doc(
                *READING,
                done=204,
                says="It is lifted",
                parameters=[
                    _query("kind", "hold, restriction or objection", "restriction"),
                    _query("visitor", "On which visitor", ID),
                    _query("receipt", "Or on which receipt"),
                    _query("first", "Or on which period, with `last`"),
                    _query("last", "The last day of the period"),
                ],
            )
        )
        def delete(self, site: str) -> Response:
            """Lift a hold, a restriction or an objection (scope `privacy:erase`)."""
            return run(public, answer_lift, site)


def _requests(blueprint: Blueprint, public: Public) -> None:
    added = {"kind": "access", "place": "DE", "received": "2026-11-20", "reference": "DSR-2026-17"}

    @blueprint.route("/api/v1/sites/<site>/requests")
    class Requests(MethodView):
        @blueprint.doc(**_doc(*READING))
        def get(self, site: str) -> Response:
            """List the register of requests, open ones first (scope `privacy:erase`)."""
            return run(public, answer_requests, site)

        @blueprint.doc(**_doc(*WRITING, done=201, requestBody=json_body(NewRequestSchema, added)))
        def post(self, site: str) -> Response:
            """Add a request; the law of its place says until when it is due (scope `privacy:erase`)."""
            return run(public, answer_request_added, site)

    @blueprint.route("/api/v1/sites/<site>/requests/<int:number>", methods=["PATCH"])
    @blueprint.doc(
        **_doc(*WRITING, requestBody=json_body(ChangeSchema, {"outcome": "done", "reason": "Sent by letter"}))
    )
    def request_changed(site: str, number: int) -> Response:
        """Extend a request, close it or open it again (scope `privacy:erase`)."""
        return run(public, answer_request_changed, site, str(number))


def _retention(blueprint: Blueprint, public: Public) -> None:
    @blueprint.route("/api/v1/sites/<site>/retention")
    class Retention(MethodView):
        @blueprint.doc(**_doc(*READING, parameters=[_query("months", "Preview these months", "24")]))
        def get(self, site: str) -> Response:
            """Tell how long receipts are kept and what that would remove now (scope `privacy:erase`)."""
            return run(public, answer_retention, site)

        @blueprint.doc(**_doc(*WRITING, requestBody=json_body(KeepingSchema, {"months": 24, "prunes_itself": False})))
        def put(self, site: str) -> Response:
            """Set how long receipts are kept, and whether the service erases by itself (scope `privacy:erase`)."""
            return run(public, answer_retention_set, site)

    @blueprint.route("/api/v1/sites/<site>/retention/runs", methods=["POST"])
    @blueprint.doc(**_doc(*WRITING, 409, done=202, requestBody=json_body(RunSchema, {"receipts": 0})))
    def retention_run(site: str) -> Response:
        """Have what was kept for its time erased now, as many receipts as the preview says (scope `privacy:erase`)."""
        return run(public, answer_retention_run, site)
