"""Keys with which a site's server signs subject tokens: create, list and retire them, with scope `config:write`."""

import time

from marshmallow import RAISE, Schema, fields

from consent.api.compliance.token_auth import authorize, no_filters, read_facts
from consent.api.http.context import ApiContext
from consent.api.http.idempotency import IdempotentWrite, idempotent
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
from consent.api.http.schema_examples import meta
from consent.core.days import date_of
from consent.privacy.subject_keys import TooManyKeysError, create_subject_key, retire_subject_key
from consent.storage.receipts.serializers import to_time
from consent.storage.subjects import keys
from consent.subjects.keyring import SubjectKeysMissingError

SCOPE = "config:write"
KID = "0a1b2c3d"


class NewKeySchema(Schema):
    """An empty body; the service generates the key."""

    class Meta:
        unknown = RAISE


class SubjectKeySchema(Schema):
    """A new key, shown only this once."""

    kid = fields.String(required=True, **meta("Id of the key.", KID))
    key = fields.String(
        required=True, **meta("The secret key, which only the site's server may have.", f"csk1_{KID}_…")
    )


class KeyFactsSchema(Schema):
    """A key without its signing secret."""

    kid = fields.String(required=True, **meta("Id of the key.", KID))
    made = fields.String(required=True, **meta("Time when it was created (RFC 3339).", "2026-11-24T23:00:00Z"))
    retired = fields.String(required=True, allow_none=True, **meta("Time when it was retired, or null.", None))
    leaked = fields.Boolean(required=True, **meta("Whether it was retired as leaked.", False))
    used = fields.String(
        required=True,
        allow_none=True,
        **meta("Last day on which a token signed with it was used, or null.", "2026-11-24"),
    )


class SubjectKeysSchema(Schema):
    """The keys of a site."""

    items = fields.List(fields.Nested(KeyFactsSchema), required=True, **meta("Keys, oldest first."))


class _RetirementSchema(Schema):
    class Meta:
        unknown = RAISE

    leaked = fields.Boolean(load_default=False)


@idempotent(SCOPE)
def answer_subject_key_created(context: ApiContext, request: Request, once: IdempotentWrite, site: str) -> Answer:
    """Create a key: 201 with its text, shown only this once; 409 if two are live."""
    owner, author = authorize(context, request, site, SCOPE)
    read_facts(NewKeySchema(), request.json())
    now = int(time.time())
    try:
        with context.engine.begin() as connection:
            kid, text = create_subject_key(connection, context.privacy.subjects, owner, author, now)
            answer = once.keep(connection, json_answer({"kid": kid, "key": text}, 201, [NO_STORE]))
    except TooManyKeysError as error:
        raise ApiError(409, "too_many_keys", str(error)) from None
    except SubjectKeysMissingError as error:
        raise ApiError(503, "unavailable", str(error), retry_after=60) from None
    context.privacy.subjects.drop_keys(owner.id)
    return answer


def answer_subject_keys(context: ApiContext, request: Request, site: str) -> Answer:
    """List the site's keys without their signing secrets."""
    owner, _ = authorize(context, request, site, SCOPE)
    no_filters(request)
    with context.engine.connect() as connection:
        every = keys.every(connection, owner.id)
    return json_answer({"items": [_facts(key) for key in every]}, 200, [NO_STORE])


@idempotent(SCOPE)
def answer_subject_key_retired(
    context: ApiContext, request: Request, once: IdempotentWrite, site: str, kid: str
) -> Answer:
    """Retire a key: 204. A leaked one is invalid at once; any other still carries late refusals for 31 days."""
    owner, author = authorize(context, request, site, SCOPE)
    is_leaked = read_facts(_RetirementSchema(), request.query)["leaked"]
    with context.engine.begin() as connection:
        if not retire_subject_key(connection, owner, author, kid, int(time.time()), is_leaked=is_leaked):
            raise ApiError(404, "unknown_key", "This key does not exist or is already retired.")
        answer = once.keep(connection, Answer(204, [NO_STORE]))
    context.privacy.subjects.drop_keys(owner.id)
    return answer


def _facts(key: keys.SiteKey) -> dict[str, object]:
    return {
        "kid": key.kid,
        "made": to_time(key.made_at),
        "retired": None if key.retired_at is None else to_time(key.retired_at),
        "leaked": key.is_leaked,
        "used": None if key.used_on is None else date_of(key.used_on).isoformat(),
    }
