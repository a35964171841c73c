"""POST /api/v1/sites/<site>/erasures: erase the personal part of receipts, or all of a receipt but its hash."""

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates

from consent.api.compliance.accounts import SUB, check_one_subject, check_sub, erase_account, found_account
from consent.api.compliance.token_auth import Authorization
from consent.api.http.context import ApiContext
from consent.api.http.parameters import ID
from consent.api.http.request import Request
from consent.api.http.request_schemas import HEX_ID
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
from consent.api.http.schema_examples import meta
from consent.api.http.site import find_site
from consent.core.groups import AGE_BANDS
from consent.log.audit_author import AuditActor, Author
from consent.privacy.eraser import MAX_OF_BAND, Erased, LegalHoldError
from consent.privacy.marks_service import reason_error
from consent.storage.accounts import api_tokens
from consent.storage.receipts.serializers import to_time
from consent.storage.selection.subjects import Subject, UnknownSubjectError
from consent.storage.sites import sites
from consent.storage.tables.privacy import LEVELS

SCOPE = "privacy:erase"
LEVEL = "`unlink` erases the personal part, `full` everything except the hash."


class ErasureSchema(Schema):
    """What to erase: a receipt, or all receipts of a visitor, account or age band; how far, and why."""

    class Meta:
        unknown = RAISE

    receipt = fields.String(
        validate=HEX_ID, **meta("Id of the receipt. Send exactly one of receipt, visitor, subject and age_band.", ID)
    )
    visitor = fields.String(validate=HEX_ID, **meta("Opaque id of the visitor, as in receipts.", ID))
    age_band = fields.String(
        validate=validate.OneOf(tuple(AGE_BANDS)), **meta("Age band whose visitors' receipts are erased.", "under13")
    )
    sub = fields.String(
        validate=check_sub, **meta("Subject (`sub`) of the account, as computed by the site's server.", SUB)
    )
    level = fields.String(required=True, validate=validate.OneOf(LEVELS), **meta(LEVEL, "unlink"))
    reason = fields.String(required=True, **meta("Reason; it is stored and must not name anyone.", "Request 2026-117"))

    @validates("reason")
    def _check_reason(self, value: str, data_key: str) -> None:
        if error := reason_error(value):
            raise ValidationError(error)

    @post_load
    def _check_subject(self, data: dict[str, str], **kwargs: object) -> dict[str, str]:
        if "age_band" not in data:
            check_one_subject(data)
        elif {"receipt", "visitor", "sub"} & data.keys():
            raise ValidationError({"age_band": ["Send age_band without receipt, visitor or subject."]})
        return data


class ErasedSchema(Schema):
    """What was erased."""

    level = fields.String(required=True, validate=validate.OneOf(LEVELS), **meta(LEVEL, "unlink"))
    receipts = fields.Integer(required=True, **meta("Number of receipts erased by this request.", 3))
    others = fields.Integer(
        required=True, **meta("Number of receipts of the same visitor or age band that were kept.", 0)
    )
    time = fields.String(required=True, **meta("Time of the erasure (RFC 3339).", "2026-11-24T23:00:00Z"))


_schema = ErasureSchema()


def answer_erasure(context: ApiContext, request: Request, site: str) -> Answer:
    """Erase for a token of scope `privacy:erase`: 201 once it is durable, 409 under a legal hold."""
    config = find_site(context, site)
    token = context.tokens.check(request.header("Authorization") or "", SCOPE, config.site_id)
    values = _read_body(request)
    with context.engine.connect() as connection:
        owner = sites.by_id(connection, config.site_id)
    if owner is None:
        raise ApiError(404, "unknown_site", "This site does not exist.")
    if "sub" in values:
        who = Authorization(
            owner, Author(AuditActor(api_tokens.audit_id_of(token.hash), "token", token.label), context.keys.receipt)
        )
        signed_in, _ = found_account(context, request, site, values["sub"])
        done = erase_account(context, who, signed_in, values["level"], reason=values["reason"].strip())
        return _erased_answer(values["level"], done)
    by = api_tokens.audit_id_of(token.hash)
    if "age_band" in values:
        reason = values["reason"].strip()
        erased = context.privacy.eraser.erase_age_band(
            owner, values["age_band"], values["level"], reason=reason, by=by, limit=MAX_OF_BAND
        )
        return _erased_answer(values["level"], erased)
    kind = "receipt" if "receipt" in values else "visitor"
    subject = Subject(kind, values[kind])
    try:
        done = context.privacy.eraser.erase(
            owner,
            subject,
            values["level"],
            reason=values["reason"].strip(),
            by=by,
        )
    except UnknownSubjectError:
        # Treat another site's receipt as unknown, so that ids can't be probed.
        raise ApiError(404, f"unknown_{kind}", f"This site has {subject.unknown}.") from None
    except LegalHoldError as error:
        raise ApiError(409, "legal_hold", f"{str(error).capitalize()}; nothing was erased.") from None
    return _erased_answer(values["level"], done)


def _erased_answer(level: str, done: Erased) -> Answer:
    view = {"level": level, "receipts": done.receipts, "others": done.others, "time": to_time(done.time)}
    return json_answer(view, 201, [NO_STORE])


def _read_body(request: Request) -> dict[str, str]:
    try:
        values: dict[str, str] = _schema.load(request.json())
    except ValidationError as error:
        raise ApiError(400, "invalid_field", "A field is not valid.", error.messages_dict) from None
    return values
