"""POST /api/v1/sites/<site>/erasures: take away what names somebody, or all of a receipt but its hash."""

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates

from consent.api.answer import Answer, ApiError, json_answer
from consent.api.public import Public
from consent.api.request import Request
from consent.api.schemas import HEX_ID
from consent.api.visit import find_site
from consent.proof.erasing import OnHold
from consent.proof.rights import reason_fault
from consent.storage import sites, tokens
from consent.storage.erasure_models import LEVELS
from consent.storage.rows import to_time
from consent.storage.subjects import Subject, UnknownSubject

SCOPE = "privacy:erase"


class ErasureSchema(Schema):
    """What is to be erased: one receipt or all receipts of one visitor, how far, and why."""

    class Meta:
        unknown = RAISE

    receipt = fields.String(validate=HEX_ID)
    visitor = fields.String(validate=HEX_ID, metadata={"description": "As receipts show it"})
    level = fields.String(required=True, validate=validate.OneOf(LEVELS))
    reason = fields.String(required=True, metadata={"description": "Kept in the database; it must name nobody"})

    @validates("reason")
    def _check_reason(self, value: str, data_key: str) -> None:
        if fault := reason_fault(value):
            raise ValidationError(fault)

    @post_load
    def _check_subject(self, data: dict[str, str], **kwargs: object) -> dict[str, str]:
        if ("receipt" in data) == ("visitor" in data):
            raise ValidationError({"receipt": ["Name either a receipt or a visitor."]})
        return data


class ErasedSchema(Schema):
    """What was erased."""

    level = fields.String(required=True, validate=validate.OneOf(LEVELS))
    receipts = fields.Integer(required=True, metadata={"description": "How many were not erased so before"})
    others = fields.Integer(required=True, metadata={"description": "Receipts of the same visitor that stay"})
    time = fields.String(required=True)


_schema = ErasureSchema()


def answer_erasure(public: Public, request: Request, site: str) -> Answer:
    """Erase for a token of scope `privacy:erase`: 201 once it is durable, 409 under a legal hold."""
    config = find_site(public, site)
    token = public.tokens.check(request.header("Authorization") or "", SCOPE, config.site_id)
    asked = _read(request)
    kind = "receipt" if "receipt" in asked else "visitor"
    subject = Subject(kind, asked[kind])
    with public.engine.connect() as connection:
        owner = sites.by_id(connection, config.site_id)
    if owner is None:
        raise ApiError(404, "unknown_site", "There is no such site here.")
    try:
        done = public.eraser.erase(
            owner,
            subject,
            asked["level"],
            reason=asked["reason"].strip(),
            by=tokens.audit_id_of(token.hash),
        )
    except UnknownSubject:
        # A receipt of another site is answered as one that never was.
        raise ApiError(404, f"unknown_{kind}", f"This site has {subject.unknown}.") from None
    except OnHold as error:
        raise ApiError(409, "on_hold", f"{str(error).capitalize()}; nothing was erased.") from None
    view = {"level": asked["level"], "receipts": done.receipts, "others": done.others, "time": to_time(done.time)}
    return json_answer(view, 201, [("Cache-Control", "no-store")])


def _read(request: Request) -> dict[str, str]:
    try:
        asked: dict[str, str] = _schema.load(request.json())
    except ValidationError as error:
        raise ApiError(400, "bad_field", "A field cannot be used.", error.messages_dict) from None
    return asked
