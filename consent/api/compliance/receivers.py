"""Receivers by API: their delivery status, replays, and the acknowledgments they send."""

import time
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from consent.api.compliance.token_auth import authorize, no_filters, read_facts
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.request_schemas import unix_time
from consent.api.http.response import Answer, ApiError, json_answer
from consent.api.http.schema_examples import meta
from consent.delivery.acknowledge import RefusedAckError, take_acknowledgment
from consent.delivery.manage import start_replay, start_snapshot
from consent.delivery.sender import MAX_ACK_BYTES
from consent.delivery.status import WORDS, ReceiverStatus, statuses_of_site
from consent.storage.delivery import receivers
from consent.storage.delivery.acks import REPORTED
from consent.storage.delivery.replays import SUBJECTS
from consent.storage.receipts.serializers import to_time

SCOPE = "delivery:write"
NO_STORE = [("Cache-Control", "no-store")]
RECEIVER = "9b1f0c6a7d2e49583c4d5e6f70819203"
TIME = "2026-11-24T23:00:00Z"


class ReceiverSchema(Schema):
    """A receiver and its delivery status."""

    id = fields.String(required=True, **meta("Id of the receiver.", RECEIVER))
    name = fields.String(required=True, **meta("Its name.", "Newsletter relay"))
    adapter = fields.String(required=True, **meta("How it takes a choice.", "plain"))
    state = fields.String(required=True, validate=validate.OneOf(WORDS), **meta(f"One of {', '.join(WORDS)}.", "hears"))
    heard = fields.String(required=True, allow_none=True, **meta("When it last heard of anything, or null.", TIME))
    unheard = fields.Integer(required=True, **meta("Events that it has not heard of yet.", 0))
    dead = fields.Integer(required=True, **meta("Events that were given up.", 0))
    unconfirmed = fields.Integer(required=True, **meta("Events heard whose acknowledgment is awaited.", 0))
    oldest = fields.String(required=True, allow_none=True, **meta("Since when the oldest waits, or null.", None))
    oldest_refusal = fields.String(
        required=True, allow_none=True, **meta("Since when the oldest refusal waits, or null.", None)
    )
    problem = fields.String(required=True, **meta("Why the last try failed, in words.", ""))


class ReceiversSchema(Schema):
    """The receivers of a site."""

    items = fields.List(fields.Nested(ReceiverSchema), required=True, **meta("The receivers, the oldest first."))


class ReplaySchema(Schema):
    """Which events to send a receiver again, or that it gets the current state of each account."""

    class Meta:
        unknown = RAISE

    since = fields.String(data_key="from", **meta("First time of the events (RFC 3339).", TIME))
    to = fields.String(load_default="", **meta("Last time of the events, by default now.", "2026-11-25T23:00:00Z"))
    subjects = fields.String(
        load_default="all",
        validate=validate.OneOf(SUBJECTS),
        **meta("`all`, or with `refused` only events that take something back.", "all"),
    )
    snapshot = fields.Boolean(
        load_default=False,
        **meta("In place of past events the present state of each account, once; no other field goes with it.", False),
    )

    @validates_schema
    def _check_period(self, data: dict[str, Any], **kwargs: object) -> None:
        is_period = "since" in data
        if data["snapshot"] and (is_period or data["to"] or data["subjects"] != "all"):
            raise ValidationError("A snapshot has no period.", "snapshot")
        if not data["snapshot"] and not is_period:
            raise ValidationError("Missing data for required field.", "from")


class ReplayedSchema(Schema):
    """A replay that has started."""

    events = fields.Integer(
        required=True,
        **meta(
            "Events between the first and the last that is sent again; 0 for a snapshot, which is written later.", 212
        ),
    )


class AckSchema(Schema):
    """What a receiver reports about an event."""

    event = fields.String(required=True, **meta("Id of the event.", f"evt_{RECEIVER}"))
    state = fields.String(
        required=True, validate=validate.OneOf(REPORTED), **meta(f"One of {', '.join(REPORTED)}.", "applied")
    )
    at = fields.String(**meta("When it was reached (RFC 3339).", TIME))
    ref = fields.String(**meta("The receiver's own reference, up to 100 characters.", "job-17"))


class AckBodySchema(Schema):
    """One acknowledgment."""

    ack = fields.Nested(AckSchema, required=True, **meta("The acknowledgment."))


def answer_receivers(context: ApiContext, request: Request, site: str) -> Answer:
    """List the site's receivers with their delivery status."""
    owner, _ = authorize(context, request, site, SCOPE)
    no_filters(request)
    with context.engine.connect() as connection:
        statuses = statuses_of_site(connection, owner.id)
    return json_answer({"items": [_facts(status) for status in statuses]}, 200, NO_STORE)


def answer_replay_started(context: ApiContext, request: Request, site: str, receiver_id: str) -> Answer:
    """Start sending a receiver the events of a period again: 202; they follow whatever else is queued for it."""
    owner, author = authorize(context, request, site, SCOPE)
    values, now = read_facts(ReplaySchema(), request.json()), int(time.time())
    span = (
        _parse_time("from", values.get("since", TIME)),
        _parse_time("to", values["to"]) if values["to"] else now,
    )
    with context.engine.begin() as connection:
        receiver = receivers.get(connection, receiver_id, owner.id)
        if receiver is None:
            raise ApiError(404, "unknown_receiver", "The site has no such receiver.")
        if receiver.state == receivers.PROPOSED:
            raise ApiError(409, "not_approved", "A second user has to approve the address of this receiver first.")
        if values["snapshot"]:
            start_snapshot(connection, owner, author, receiver, now)
            count = 0
        else:
            count = start_replay(connection, owner, author, receiver, span, values["subjects"], now)
    return json_answer({"events": count}, 202, NO_STORE)


def answer_acknowledgment(context: ApiContext, request: Request, receiver_id: str) -> Answer:
    """Accept a receiver's acknowledgment, signed with its ack secret: 204; every error is the same 403."""
    keys, now = context.privacy.delivery.keys, int(time.time())
    try:
        body = request.body(MAX_ACK_BYTES)
        take_acknowledgment(context.engine, keys, receiver_id, request.header, body, now)
    except (RefusedAckError, ApiError):
        raise ApiError(403, "bad_acknowledgment", "This is no acknowledgment of this receiver.") from None
    return Answer(204, NO_STORE)


def _parse_time(name: str, text: str) -> int:
    try:
        return unix_time(text)
    except (ValueError, OverflowError):
        raise ApiError(
            400,
            "invalid_field",
            "A field is not valid.",
            {name: ["This must be a time such as 2026-11-24T23:00:00Z."]},
        ) from None


def _facts(status: ReceiverStatus) -> dict[str, object]:
    receiver, waiting = status.receiver, status.waiting
    return {
        "id": receiver.id,
        "name": receiver.name,
        "adapter": receiver.adapter,
        "state": status.word,
        "heard": _time(receiver.heard_at),
        "unheard": status.undelivered,
        "dead": waiting.dead,
        "unconfirmed": waiting.unconfirmed,
        "oldest": _time(status.oldest),
        "oldest_refusal": _time(status.oldest_refusal),
        "problem": receiver.last_problem,
    }


def _time(moment: int | None) -> str | None:
    return None if moment is None else to_time(moment)
