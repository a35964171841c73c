"""POST /api/v1/sites/<site>/access: all that is kept of one visitor or receipt, given out at their request."""

import time

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validates

from consent.api.acting import acting, read_facts
from consent.api.answer import Answer, ApiError, json_answer
from consent.api.public import Public
from consent.api.request import Request
from consent.api.schemas import HEX_ID
from consent.exports.bundle import bundle
from consent.proof.rights import TOLD, reason_fault
from consent.storage import detached, receipts
from consent.storage.base import Transaction
from consent.storage.receipts import FoundReceipt
from consent.storage.subjects import Subject

SCOPE = "receipts:read"


class SubjectSchema(Schema):
    """Whose receipts, and why: either a receipt or a visitor."""

    class Meta:
        unknown = RAISE

    receipt = fields.String(validate=HEX_ID)
    visitor = fields.String(validate=HEX_ID, metadata={"description": "As receipts show it"})
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


_schema = SubjectSchema()


def answer_access(public: Public, request: Request, site: str) -> Answer:
    """Answer the copy for a token of scope `receipts:read`; the log is told that it was given out."""
    owner, author = acting(public, request, site, SCOPE)
    subject, now = subject_of(read_facts(_schema, request.json())), int(time.time())
    with public.engine.begin() as connection:
        found = _kept(connection, owner.id, subject)
        away = detached.of_subject(connection, owner.id, subject)
        if not found and not away:
            raise ApiError(404, f"unknown_{subject.kind}", f"This site has {subject.unknown}.")
        facts = bundle(connection, owner.id, subject, found, public.rights, now)
        author.tell(
            connection, owner, "access.given", TOLD[subject.kind], None, {"receipts": len(found) + len(away)}, now
        )
    return json_answer(facts, 200, [("Cache-Control", "no-store")])


def subject_of(asked: dict[str, str]) -> Subject:
    """Return whose receipts are meant."""
    return Subject("receipt", asked["receipt"]) if "receipt" in asked else Subject("visitor", asked["visitor"])


def _kept(connection: Transaction, site_id: int, subject: Subject) -> list[FoundReceipt]:
    if subject.kind == "visitor":
        return receipts.timeline(connection, site_id, subject.id)
    one = receipts.get(connection, subject.id)
    return [one] if one and one.site_id == site_id and not one.erased else []
