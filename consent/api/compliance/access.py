"""POST /api/v1/sites/<site>/access: export all stored data of a receipt, visitor or account (data subject access)."""

import time

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validates

from consent.api.compliance.accounts import SUB, check_one_subject, check_sub, found_account
from consent.api.compliance.token_auth import authorize, read_facts
from consent.api.http.context import ApiContext
from consent.api.http.parameters import ID
from consent.api.http.request import Request
from consent.api.http.request_schemas import HEX_ID
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
from consent.api.http.schema_examples import meta
from consent.core.documents.json_object import JsonObject
from consent.core.receipt import ReceiptRecord
from consent.exports.access_copy import bundle
from consent.privacy.marks_service import SUBJECT_WORDS, reason_error
from consent.storage.archive import detached_months
from consent.storage.database.base import Transaction
from consent.storage.receipts import receipts
from consent.storage.selection.subjects import Subject
from consent.storage.sites.sites import SiteRow
from consent.storage.subjects import realms

SCOPE = "receipts:read"


class SubjectSchema(Schema):
    """Whose data to copy, and why: exactly one of a receipt, a visitor and a subject."""

    class Meta:
        unknown = RAISE

    receipt = fields.String(
        validate=HEX_ID, **meta("Id of the receipt. Send exactly one of receipt, visitor and subject.", ID)
    )
    visitor = fields.String(validate=HEX_ID, **meta("Opaque id of the visitor, as in receipts.", ID))
    sub = fields.String(
        validate=check_sub, **meta("Subject (`sub`) of the account, as computed by the site's server.", SUB)
    )
    reason = fields.String(
        required=True, **meta("Reason; it is stored and must not name anyone.", "By letter of 20 November")
    )

    @validates("reason")
    def _check_reason(self, value: str, data_key: str) -> None:
        if error := reason_error(value):
            raise ValidationError(error)

    @post_load
    def _check_subject(self, data: dict[str, str], **kwargs: object) -> dict[str, str]:
        check_one_subject(data)
        return data


_schema = SubjectSchema()


def answer_access(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the copy to a token of scope `receipts:read`; the log records that it was handed out."""
    owner, author = authorize(context, request, site, SCOPE)
    values, now = read_facts(_schema, request.json()), int(time.time())
    account = found_account(context, request, site, values["sub"])[1] if "sub" in values else None
    subject = Subject("account", str(account.number)) if account else subject_of(values)
    with context.engine.begin() as connection:
        found = _receipts_of(connection, owner.id, subject)
        detached = detached_months.of_subject(connection, owner.id, subject)
        if not found and not detached and account is None:
            raise ApiError(404, f"unknown_{subject.kind}", f"This site has {subject.unknown}.")
        count = len(found) + len(detached)
        facts = bundle(connection, owner.id, subject, found, context.privacy.rights, now)
        if account is not None:
            facts["account"] = account.stored.account.to_json()
            others = _copies_on_other_sites(context, connection, owner, subject, now)
            if others:
                facts["other_sites"] = others
            count += sum(_count_receipts(other) for other in others)
        author.record(
            connection,
            owner,
            "access_copy.created",
            SUBJECT_WORDS[subject.kind],
            None,
            {"receipts": count},
            now,
        )
    return json_answer(facts, 200, [NO_STORE])


def _copies_on_other_sites(
    context: ApiContext, connection: Transaction, owner: SiteRow, subject: Subject, now: int
) -> list[JsonObject]:
    """Return the account's data on other sites that share or shared it, if there are any."""
    realm = context.privacy.subjects.realm_of(owner.id, owner.key)
    others = realms.sites_ever_in(connection, realm) if realm != owner.key else []
    copies = list[JsonObject]()
    for other in others:
        kept = _receipts_of(connection, other.id, subject) if other.id != owner.id else []
        if kept or (other.id != owner.id and detached_months.of_subject(connection, other.id, subject)):
            facts = bundle(connection, other.id, subject, kept, context.privacy.rights, now)
            copies.append({"site": other.key, **facts})
    return copies


def _count_receipts(copied: JsonObject) -> int:
    """Return the number of receipts in a copy."""
    parts = (copied["receipts"], copied["detached"])
    return sum(len(part) for part in parts if isinstance(part, list))


def subject_of(values: dict[str, str]) -> Subject:
    """Return the subject whose receipts are requested."""
    return Subject("receipt", values["receipt"]) if "receipt" in values else Subject("visitor", values["visitor"])


def _receipts_of(connection: Transaction, site_id: int, subject: Subject) -> list[ReceiptRecord]:
    if subject.kind == "visitor":
        return receipts.timeline(connection, site_id, subject.id)
    if subject.kind == "account":
        return receipts.timeline_of_account(connection, site_id, subject.id)
    one = receipts.get(connection, subject.id)
    return [one] if one and one.site_id == site_id and not one.erased else []
