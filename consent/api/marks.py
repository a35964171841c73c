"""Holds, restrictions and objections by tokens: /api/v1/sites/<site>/marks lists, puts and lifts them."""

import datetime
import time

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from consent.api.access import SubjectSchema
from consent.api.acting import acting, no_filters, read_facts
from consent.api.answer import Answer, ApiError, json_answer
from consent.api.public import Public
from consent.api.request import Request
from consent.api.schemas import HEX_ID
from consent.proof.rights import AlreadyMarked, Marking, NotMarked, lift_mark, put_mark
from consent.storage import marks
from consent.storage.erasure_models import MARKS
from consent.storage.rows import to_time
from consent.storage.subjects import Subject, UnknownSubject

SCOPE = "privacy:erase"
NO_STORE = [("Cache-Control", "no-store")]


class _OnSubject(Schema):
    class Meta:
        unknown = RAISE

    kind = fields.String(required=True, validate=validate.OneOf(MARKS))
    receipt = fields.String(validate=HEX_ID)
    visitor = fields.String(validate=HEX_ID)
    first = fields.Date(format="%Y-%m-%d", metadata={"description": "Of a period that is held, with `last`"})
    last = fields.Date(format="%Y-%m-%d")

    @post_load
    def _check_subject(self, data: dict[str, object], **kwargs: object) -> dict[str, object]:
        named = [name for name in ("receipt", "visitor", "first") if name in data]
        if len(named) != 1 or ("first" in data) != ("last" in data):
            raise ValidationError(
                {"receipt": ["Name a receipt, a visitor, or the first and the last day of a period."]}
            )
        if "first" in data and (data["kind"] != marks.HOLD or data["last"] < data["first"]):  # type: ignore[operator]
            raise ValidationError({"first": ["Only a hold is put on a period, from its first to its last day."]})
        return data


class MarkSchema(_OnSubject):
    """A hold, restriction or objection: on a receipt, on a visitor or, for a hold, on a period; and why."""

    reason = SubjectSchema._declared_fields["reason"]
    _check_reason = SubjectSchema._check_reason


class LiftSchema(_OnSubject):
    """Which one is taken away."""


_mark, _lift = MarkSchema(), LiftSchema()


def answer_marks(public: Public, request: Request, site: str) -> Answer:
    """List what is held, restricted or objected to, for a token of scope `privacy:erase`."""
    owner, _ = acting(public, request, site, SCOPE)
    no_filters(request)
    with public.engine.connect() as connection:
        found = [(kind, mark) for kind in MARKS for mark in marks.every(connection, owner.id, kind)]
    items = [
        {"kind": kind, mark.subject_kind: mark.subject, "reason": mark.reason, "since": to_time(mark.time)}
        for kind, mark in found
    ]
    return json_answer({"items": items}, 200, NO_STORE)


def answer_mark(public: Public, request: Request, site: str) -> Answer:
    """Put a mark, for a token of scope `privacy:erase`: 201, or 409 where there is one."""
    owner, author = acting(public, request, site, SCOPE)
    asked = read_facts(_mark, request.json())
    marking = Marking(asked["kind"], _subject(asked))
    try:
        with public.engine.begin() as connection:
            number = put_mark(connection, author, owner, marking, asked["reason"].strip(), int(time.time()))
    except UnknownSubject:
        subject = marking.subject
        raise ApiError(404, f"unknown_{subject.kind}", f"This site has {subject.unknown}.") from None
    except AlreadyMarked:
        raise ApiError(409, "already_marked", "There is one already; its first reason stays.") from None
    return json_answer({"kind": marking.kind, "receipts": number}, 201, NO_STORE)


def answer_lift(public: Public, request: Request, site: str) -> Answer:
    """Take a mark away, for a token of scope `privacy:erase`: 204, or 404 where there is none."""
    owner, author = acting(public, request, site, SCOPE)
    asked = read_facts(_lift, request.query)
    try:
        with public.engine.begin() as connection:
            lift_mark(connection, author, owner, Marking(asked["kind"], _subject(asked)), int(time.time()))
    except NotMarked:
        raise ApiError(404, "not_marked", "There is no such mark.") from None
    return Answer(204, NO_STORE)


def _subject(asked: dict[str, object]) -> Subject:
    first, last = asked.get("first"), asked.get("last")
    if isinstance(first, datetime.date) and isinstance(last, datetime.date):
        return marks.period(first, last)
    kind = "receipt" if "receipt" in asked else "visitor"
    return Subject(kind, str(asked[kind]))
