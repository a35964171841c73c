"""/api/v1/sites/<site>/requests: list and add data subject requests; …/<number> extends, closes, reopens."""

import time
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate
from sqlalchemy import Connection

from consent.api.compliance.token_auth import Authorization, authorize, no_filters, read_facts
from consent.api.http.context import ApiContext
from consent.api.http.request import Request as Call
from consent.api.http.request_schemas import StrictBoolean
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
from consent.api.http.schema_examples import meta
from consent.core.days import date_of
from consent.core.privacy_rights import KINDS
from consent.privacy.request_register import Register, RequestValidationError
from consent.storage.privacy import privacy_requests as store
from consent.storage.privacy.privacy_requests import OUTCOMES, Request

SCOPE = "privacy:erase"
DAYS = ("received", "due", "extended", "closed")


class NewRequestSchema(Schema):
    """What was requested, under which place's law, and when; `due` is used only if no law on file sets a deadline."""

    class Meta:
        unknown = RAISE

    kind = fields.String(required=True, validate=validate.OneOf(KINDS), **meta("Kind of the request.", "access"))
    place = fields.String(
        required=True, validate=validate.Length(2, 6), **meta("Place whose law applies, such as DE or US-CA.", "DE")
    )
    received = fields.String(
        required=True, validate=validate.Length(10, 10), **meta("Date on which the request was received.", "2026-11-20")
    )
    due = fields.String(
        validate=validate.Length(10, 10), **meta("Due date, used only if no law on file sets a deadline.", "2026-12-21")
    )
    reference = fields.String(
        validate=validate.Length(0, 60), **meta("Reference in the owner's records.", "DSR-2026-17")
    )


class ChangeSchema(Schema):
    """One change: `extend` with a reason, `outcome` with a reason, or `open` again."""

    class Meta:
        unknown = RAISE

    extend = StrictBoolean(validate=validate.Equal(True), **meta("`true` to extend the deadline.", True))
    open = StrictBoolean(validate=validate.Equal(True), **meta("`true` to reopen a closed request.", True))
    outcome = fields.String(validate=validate.OneOf(OUTCOMES), **meta("Outcome, which closes the request.", "done"))
    reason = fields.String(
        load_default="", validate=validate.Length(0, 500), **meta("Reason for the change.", "Sent by letter")
    )

    @post_load
    def _check_one(self, data: dict[str, Any], **kwargs: object) -> dict[str, Any]:
        if len({"extend", "open", "outcome"} & data.keys()) != 1:
            raise ValidationError({"outcome": ["Send exactly one of extend, outcome and open."]})
        return data


_new, _change = NewRequestSchema(), ChangeSchema()


def answer_requests(context: ApiContext, request: Call, site: str) -> Answer:
    """List the register, open requests first, for a token of scope `privacy:erase`."""
    actor = authorize(context, request, site, SCOPE)
    no_filters(request)
    with context.engine.connect() as connection:
        items = [_item(one) for one in store.every(connection, actor.site.id)]
    return json_answer({"items": items}, 200, [NO_STORE])


def answer_request_added(context: ApiContext, request: Call, site: str) -> Answer:
    """Add a request, for a token of scope `privacy:erase`: 201 with its due date."""
    actor = authorize(context, request, site, SCOPE)
    values = read_facts(_new, request.json())
    with context.engine.begin() as connection:
        try:
            made = _register(context, connection, actor).add(values)
        except RequestValidationError as error:
            raise _refusal(error) from None
    return json_answer(_item(made), 201, [NO_STORE])


def answer_request_changed(context: ApiContext, request: Call, site: str, number: str) -> Answer:
    """Extend, close or reopen a request, for a token of scope `privacy:erase`."""
    actor = authorize(context, request, site, SCOPE)
    values = read_facts(_change, request.json())
    with context.engine.begin() as connection:
        one = store.by_id(connection, actor.site.id, int(number)) if len(number) < 10 else None
        if one is None:
            raise ApiError(404, "unknown_request", "This request does not exist.")
        register = _register(context, connection, actor)
        try:
            if "outcome" in values:
                made = register.close(one, values["outcome"], values["reason"])
            else:
                made = register.extend(one, values["reason"]) if "extend" in values else register.reopen(one)
        except RequestValidationError as error:
            raise _refusal(error) from None
    return json_answer(_item(made), 200, [NO_STORE])


def _register(context: ApiContext, connection: Connection, actor: Authorization) -> Register:
    return Register(connection, actor.author, actor.site, context.privacy.rights, int(time.time()))


def _refusal(error: RequestValidationError) -> ApiError:
    fields_of = {name: [sentence] for name, sentence in error.fields.items()}
    return ApiError(400, "invalid_field", "A field is not valid.", fields_of)


def _item(one: Request) -> dict[str, Any]:
    dates = {name: date_of(day).isoformat() if (day := getattr(one, name)) is not None else None for name in DAYS}
    names = ("id", "kind", "place", "law", "extension_reason", "outcome", "reason", "reference")
    return {**{name: getattr(one, name) for name in names}, **dates}
