"""Receivers by API: their delivery status, replays, and the acknowledgments they send."""

import time
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from consent.api.compliance.token_auth import authorize, no_filters, read_facts
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.request_schemas import unix_time
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
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
RECEIVER = "9b1f0c6a7d2e49583c4d5e6f70819203"
TIME = "2026-11-24T23:00:00Z"


class ReceiverSchema(Schema):
    """A receiver and its delivery status."""

    id = fields.String(required=True, **meta("Id of the receiver.", RECEIVER))
    name = fields.String(required=True, **meta("Name of the receiver.", "Newsletter relay"))
    adapter = fields.String(required=True, **meta("Adapter: the format in which it receives choices.", "plain"))
    state = fields.String(required=True, validate=validate.OneOf(WORDS), **meta(f"One of {', '.join(WORDS)}.", "ok"))
    last_delivery = fields.String(
        required=True, allow_none=True, **meta("Time of the last successful delivery, or null.", TIME)
    )
    pending = fields.Integer(required=True, **meta("Number of events not delivered yet.", 0))
    dead = fields.Integer(required=True, **meta("Number of events that were given up after the last retry.", 0))
    unconfirmed = fields.Integer(
        required=True, **meta("Number of delivered events without an acknowledgment so far.", 0)
    )
    oldest = fields.String(
        required=True, allow_none=True, **meta("Time of the oldest undelivered event, or null.", None)
    )
    oldest_refusal = fields.String(
        required=True, allow_none=True, **meta("Time of the oldest undelivered refusal, or null.", None)
    )
    problem = fields.String(required=True, **meta("Why the last attempt failed; empty if it succeeded.", ""))


class ReceiversSchema(Schema):
    """The receivers of a site."""

    items = fields.List(fields.Nested(ReceiverSchema), required=True, **meta("Receivers, oldest first."))


class ReplaySchema(Schema):
    """The events to resend to a receiver, or a snapshot of all accounts."""

    class Meta:
        unknown = RAISE

    since = fields.String(data_key="from", **meta("Start of the period (RFC 3339).", TIME))
    to = fields.String(load_default="", **meta("End of the period (RFC 3339). Default: now.", "2026-11-25T23:00:00Z"))
    subjects = fields.String(
        load_default="all",
        validate=validate.OneOf(SUBJECTS),
        **meta("`all`, or `refused` for only events that withdraw something.", "all"),
    )
    snapshot = fields.Boolean(
        load_default=False,
        **meta(
            (
                "`true` to send the current state of each account once instead of past events; no other field is "
                "allowed with it."
            ),
            False,
        ),
    )

    @validates_schema
    def _check_period(self, data: dict[str, Any], **kwargs: object) -> None:
        is_period = "since" in data
        if data["snapshot"] and (is_period or data["to"] or data["subjects"] != "all"):
            raise ValidationError("Not allowed with snapshot.", "snapshot")
        if not data["snapshot"] and not is_period:
            raise ValidationError("Missing data for required field.", "from")


class ReplayedSchema(Schema):
    """A replay that has started."""

    events = fields.Integer(
        required=True,
        **meta("Maximum number of events to resend; 0 for a snapshot, whose events are created later.", 212),
    )


class AckSchema(Schema):
    """What a receiver reports about an event."""

    event = fields.String(required=True, **meta("Id of the event, as sent to the receiver.", f"evt_{RECEIVER}"))
    state = fields.String(
        required=True, validate=validate.OneOf(REPORTED), **meta(f"One of {', '.join(REPORTED)}.", "applied")
    )
    at = fields.String(**meta("Time when the state was reached (RFC 3339).", TIME))
    ref = fields.String(**meta("Reference of the receiver, up to 100 characters.", "job-17"))


class AckBodySchema(Schema):
    """One acknowledgment."""

    ack = fields.Nested(AckSchema, required=True, **meta("The acknowledgment."))


def answer_receivers(context: ApiContext, request: Request, site: str) -> Answer:
    """List the site's receivers with their delivery status."""
    owner, _ = authorize(context, request, site, SCOPE)
    no_filters(request)
    with context.engine.connect() as connection:
        statuses = statuses_of_site(connection, owner.id)
    return json_answer({"items": [_facts(status) for status in statuses]}, 200, [NO_STORE])


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
            raise ApiError(404, "unknown_receiver", "This site has no such receiver.")
        if receiver.state == receivers.PROPOSED:
            raise ApiError(409, "not_approved", "A second user must approve this receiver's URL first.")
        if values["snapshot"]:
            start_snapshot(connection, owner, author, receiver, now)
            count = 0
        else:
            count = start_replay(connection, owner, author, receiver, span, values["subjects"], now)
    return json_answer({"events": count}, 202, [NO_STORE])


def answer_acknowledgment(context: ApiContext, request: Request, receiver_id: str) -> Answer:
    """Accept a receiver's acknowledgment, signed with its ack secret: 204; every error is the same 403."""
    keys, now = context.privacy.delivery.keys, int(time.time())
    try:
        body = request.body(MAX_ACK_BYTES)
        take_acknowledgment(context.engine, keys, receiver_id, request.header, body, now)
    except (RefusedAckError, ApiError):
        raise ApiError(403, "bad_acknowledgment", "Not a valid acknowledgment from this receiver.") from None
    return Answer(204, [NO_STORE])


def _parse_time(name: str, text: str) -> int:
    try:
        return unix_time(text)
    except (ValueError, OverflowError):
        raise ApiError(
            400,
            "invalid_field",
            "A field is not valid.",
            {name: ["Must be a time such as 2026-11-24T23:00:00Z."]},
        ) from None


def _facts(status: ReceiverStatus) -> dict[str, object]:
    receiver, waiting = status.receiver, status.waiting
    return {
        "id": receiver.id,
        "name": receiver.name,
        "adapter": receiver.adapter,
        "state": status.word,
        "last_delivery": _time(receiver.heard_at),
        "pending": status.undelivered,
        "dead": waiting.dead,
        "unconfirmed": waiting.unconfirmed,
        "oldest": _time(status.oldest),
        "oldest_refusal": _time(status.oldest_refusal),
        "problem": receiver.last_problem,
    }


def _time(moment: int | None) -> str | None:
    return None if moment is None else to_time(moment)
