"""/api/v1/sites/<site>/marks: list, place and lift legal holds, restrictions and objections."""

import datetime
import time

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from consent.api.compliance.access import SubjectSchema
from consent.api.compliance.accounts import SUB, check_sub, found_account
from consent.api.compliance.token_auth import authorize, no_filters, read_facts
from consent.api.http.context import ApiContext
from consent.api.http.parameters import ID
from consent.api.http.request import Request
from consent.api.http.request_schemas import HEX_ID
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
from consent.api.http.schema_examples import meta
from consent.privacy.marks_service import DuplicateMarkError, Marking, UnknownMarkError, lift_mark, put_mark
from consent.storage.privacy import marks
from consent.storage.receipts.serializers import to_time
from consent.storage.selection.subjects import Subject, UnknownSubjectError
from consent.storage.tables.privacy import MARKS

SCOPE = "privacy:erase"


class _OnSubject(Schema):
    class Meta:
        unknown = RAISE

    kind = fields.String(required=True, validate=validate.OneOf(MARKS), **meta("Kind of the mark.", "restriction"))
    receipt = fields.String(validate=HEX_ID, **meta("Id of the receipt.", ID))
    visitor = fields.String(validate=HEX_ID, **meta("Opaque id of the visitor, as in receipts.", ID))
    account = fields.String(validate=HEX_ID, **meta("Number of an account, as in the list of marks.", ID))
    first = fields.Date(format="%Y-%m-%d", **meta("First day of a period under legal hold, with `last`.", "2026-11-01"))
    last = fields.Date(format="%Y-%m-%d", **meta("Last day of that period.", "2026-11-30"))

    @post_load
    def _check_subject(self, data: dict[str, object], **kwargs: object) -> dict[str, object]:
        named = [name for name in ("receipt", "visitor", "sub", "account", "first") if name in data]
        if len(named) != 1 or ("first" in data) != ("last" in data):
            raise ValidationError(
                {
                    "receipt": [
                        "Send one of receipt, visitor, account and subject, or the first and last day of a period."
                    ]
                }
            )
        if "first" in data and (data["kind"] != marks.HOLD or data["last"] < data["first"]):  # type: ignore[operator]
            raise ValidationError({"first": ["Only a hold can apply to a period, from its first to its last day."]})
        return data


class MarkSchema(_OnSubject):
    """A hold, restriction or objection on a receipt, a visitor, an account or, for a hold, a period; and why."""

    sub = fields.String(
        validate=check_sub, **meta("Subject (`sub`) of the account, as computed by the site's server.", SUB)
    )
    reason = SubjectSchema._declared_fields["reason"]
    _check_reason = SubjectSchema._check_reason


class LiftSchema(_OnSubject):
    """The mark to remove."""


_mark, _lift = MarkSchema(), LiftSchema()


def answer_marks(context: ApiContext, request: Request, site: str) -> Answer:
    """List holds, restrictions and objections for a token of scope `privacy:erase`."""
    owner, _ = authorize(context, request, site, SCOPE)
    no_filters(request)
    with context.engine.connect() as connection:
        placed = [(kind, mark) for kind in MARKS for mark in marks.every(connection, owner.id, kind)]
    items = [
        {"kind": kind, mark.subject_kind: mark.subject, "reason": mark.reason, "since": to_time(mark.time)}
        for kind, mark in placed
    ]
    return json_answer({"items": items}, 200, [NO_STORE])


def answer_mark(context: ApiContext, request: Request, site: str) -> Answer:
    """Place a mark for a token of scope `privacy:erase`: 201, or 409 if there is one already."""
    owner, author = authorize(context, request, site, SCOPE)
    values = read_facts(_mark, request.json())
    if "sub" in values:
        values["account"] = str(found_account(context, request, site, values["sub"])[1].number)
    elif "account" in values and context.privacy.subjects.by_number(owner.id, owner.key, values["account"]) is None:
        raise ApiError(404, "unknown_account", "This site has no account with this number.")
    marking = Marking(values["kind"], _subject(values))
    try:
        with context.engine.begin() as connection:
            number = put_mark(connection, author, owner, marking, values["reason"].strip(), int(time.time()))
    except UnknownSubjectError:
        subject = marking.subject
        raise ApiError(404, f"unknown_{subject.kind}", f"This site has {subject.unknown}.") from None
    except DuplicateMarkError:
        raise ApiError(409, "duplicate_mark", "This mark already exists and keeps its original reason.") from None
    return json_answer({"kind": marking.kind, "receipts": number}, 201, [NO_STORE])


def answer_lift(context: ApiContext, request: Request, site: str) -> Answer:
    """Remove a mark for a token of scope `privacy:erase`: 204, or 404 if there is none."""
    owner, author = authorize(context, request, site, SCOPE)
    values = read_facts(_lift, request.query)
    try:
        with context.engine.begin() as connection:
            lift_mark(connection, author, owner, Marking(values["kind"], _subject(values)), int(time.time()))
    except UnknownMarkError:
        raise ApiError(404, "unknown_mark", "This mark does not exist.") from None
    return Answer(204, [NO_STORE])


def _subject(values: dict[str, object]) -> Subject:
    first, last = values.get("first"), values.get("last")
    if isinstance(first, datetime.date) and isinstance(last, datetime.date):
        return marks.period(first, last)
    kind = next(kind for kind in ("receipt", "visitor", "account") if kind in values)
    return Subject(kind, str(values[kind]))
