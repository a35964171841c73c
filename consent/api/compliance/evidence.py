"""POST /api/v1/sites/<site>/evidence: the evidence pack of one day, as a signed archive for a regulator."""

import datetime
import time

from marshmallow import RAISE, Schema, fields

from consent.api.compliance.token_auth import authorize, read_facts
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import NO_STORE, Answer, ApiError
from consent.api.http.schema_examples import meta
from consent.evidence import NotPublishedError

SCOPE = "receipts:export"


class EvidenceSchema(Schema):
    """The day of the pack, in UTC."""

    class Meta:
        unknown = RAISE

    date = fields.Date(required=True, format="%Y-%m-%d", **meta("Date (UTC), not in the future.", "2026-11-24"))


_schema = EvidenceSchema()


def answer_evidence(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the archive to a token of scope `receipts:export`; the log records that it was made."""
    owner, author = authorize(context, request, site, SCOPE)
    day: datetime.date = read_facts(_schema, request.json())["date"]
    now = int(time.time())
    if day > datetime.datetime.fromtimestamp(now, datetime.UTC).date():
        raise ApiError(400, "invalid_field", "A field is not valid.", {"date": ["Must not be in the future."]})
    try:
        pack = context.evidence.create(owner, day)
    except NotPublishedError:
        raise ApiError(404, "not_published", "This site had not been published by that day.") from None
    context.evidence.record(author, owner, day, pack, now)
    headers = [("Content-Type", "application/zip"), ("Content-Disposition", f'attachment; filename="{pack.name}"')]
    return Answer(200, [*headers, NO_STORE], pack.data)
