"""The register of requests by tokens: /api/v1/sites/<site>/requests lists and adds, …/<number> extends, closes, opens."""

import time
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate
from sqlalchemy import Connection

from consent.api.acting import Acting, acting, no_filters, read_facts
from consent.api.answer import Answer, ApiError, json_answer
from consent.api.public import Public
from consent.api.request import Request as Call
from consent.api.schemas import StrictBoolean
from consent.core.days import date_of
from consent.core.rights import KINDS
from consent.proof.register import Register, RequestFault
from consent.storage import requests as store
from consent.storage.requests import OUTCOMES, Request

SCOPE = "privacy:erase"
NO_STORE = [("Cache-Control", "no-store")]
DAYS = ("received", "due", "extended", "closed")


class NewRequestSchema(Schema):
    """What was asked for, under the law of which place, and when; `due` only where no law on file sets a day."""

    class Meta:
        unknown = RAISE

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    place = fields.String(
        required=True, validate=validate.Length(2, 6), metadata={"description": "Such as DE or US-CA"}
    )
    received = fields.String(required=True, validate=validate.Length(10, 10))
    due = fields.String(validate=validate.Length(10, 10))
    reference = fields.String(validate=validate.Length(0, 60))


class ChangeSchema(Schema):
    """One change: `extend` with a reason, `outcome` with a reason, or `open` again."""

    class Meta:
        unknown = RAISE

    extend = StrictBoolean(validate=validate.Equal(True))
    open = StrictBoolean(validate=validate.Equal(True))
    outcome = fields.String(validate=validate.OneOf(OUTCOMES))
    reason = fields.String(load_default="", validate=validate.Length(0, 500))

    @post_load
    def _check_one(self, data: dict[str, Any], **kwargs: object) -> dict[str, Any]:
        if len({"extend", "open", "outcome"} & data.keys()) != 1:
            raise ValidationError({"outcome": ["Give one of extend, outcome and open."]})
        return data


_new, _change = NewRequestSchema(), ChangeSchema()


def answer_requests(public: Public, request: Call, site: str) -> Answer:
    """List the register, open requests first, for a token of scope `privacy:erase`."""
    found = acting(public, request, site, SCOPE)
    no_filters(request)
    with public.engine.connect() as connection:
        items = [_item(one) for one in store.every(connection, found.site.id)]
    return json_answer({"items": items}, 200, NO_STORE)


def answer_request_added(public: Public, request: Call, site: str) -> Answer:
    """Add a request, for a token of scope `privacy:erase`: 201 with the day by which it is due."""
    found = acting(public, request, site, SCOPE)
    asked = read_facts(_new, request.json())
    with public.engine.begin() as connection:
        try:
            made = _register(public, connection, found).add(asked)
        except RequestFault as fault:
            raise _refusal(fault) from None
    return json_answer(_item(made), 201, NO_STORE)


def answer_request_changed(public: Public, request: Call, site: str, number: str) -> Answer:
    """Extend, close or open a request, for a token of scope `privacy:erase`."""
    found = acting(public, request, site, SCOPE)
    asked = read_facts(_change, request.json())
    with public.engine.begin() as connection:
        one = store.by_id(connection, found.site.id, int(number)) if len(number) < 10 else None
        if one is None:
            raise ApiError(404, "unknown_request", "The register of this site has no such request.")
        register = _register(public, connection, found)
        try:
            if "outcome" in asked:
                made = register.close(one, asked["outcome"], asked["reason"])
            else:
                made = register.extend(one, asked["reason"]) if "extend" in asked else register.open_again(one)
        except RequestFault as fault:
            raise _refusal(fault) from None
    return json_answer(_item(made), 200, NO_STORE)


def _register(public: Public, connection: Connection, found: Acting) -> Register:
    return Register(connection, found.author, found.site, public.rights, int(time.time()))


def _refusal(fault: RequestFault) -> ApiError:
    fields_of = {name: [sentence] for name, sentence in fault.fields.items()}
    return ApiError(400, "bad_field", "A field cannot be used.", fields_of)


def _item(one: Request) -> dict[str, Any]:
    dates = {name: date_of(day).isoformat() if (day := getattr(one, name)) is not None else None for name in DAYS}
    names = ("id", "kind", "place", "law", "extension_reason", "outcome", "reason", "reference")
    return {**{name: getattr(one, name) for name in names}, **dates}
