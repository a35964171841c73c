"""POST /api/v1/sites/<site>/evidence: what a regulator asks for, of one day, as a signed archive."""

import datetime
import time

from marshmallow import RAISE, Schema, fields

from consent.api.acting import acting, read_facts
from consent.api.answer import Answer, ApiError
from consent.api.public import Public
from consent.api.request import Request
from consent.evidence import NothingInForce

SCOPE = "receipts:export"


class EvidenceSchema(Schema):
    """Of which day, in UTC."""

    class Meta:
        unknown = RAISE

    date = fields.Date(required=True, format="%Y-%m-%d", metadata={"description": "Not after today"})


_schema = EvidenceSchema()


def answer_evidence(public: Public, request: Request, site: str) -> Answer:
    """Answer the archive for a token of scope `receipts:export`; the log is told that it was made."""
    owner, author = acting(public, request, site, SCOPE)
    day: datetime.date = read_facts(_schema, request.json())["date"]
    now = int(time.time())
    if day > datetime.datetime.fromtimestamp(now, datetime.UTC).date():
        raise ApiError(400, "bad_field", "A field cannot be used.", {"date": ["This day has not come yet."]})
    try:
        pack = public.evidence.make(owner, day)
    except NothingInForce:
        raise ApiError(404, "nothing_in_force", "Nothing of this site had been published by that day.") from None
    public.evidence.tell(author, owner, day, pack, now)
    headers = [("Content-Type", "application/zip"), ("Content-Disposition", f'attachment; filename="{pack.name}"')]
    return Answer(200, [*headers, ("Cache-Control", "no-store")], pack.data)
