"""How long a site keeps receipts, by tokens: /api/v1/sites/<site>/retention tells with what it would remove, and sets."""

import time

from marshmallow import RAISE, Schema, fields, validate

from consent.api.acting import Acting, acting, read_facts
from consent.api.answer import Answer, json_answer
from consent.api.public import Public
from consent.api.request import Request
from consent.api.schemas import StrictBoolean
from consent.proof.retention import Keeping, keeping_of, set_keeping
from consent.storage import retention
from consent.storage.retention import LONGEST_MONTHS
from consent.storage.rows import to_time

SCOPE = "privacy:erase"
MONTHS = validate.Range(1, LONGEST_MONTHS)


class KeepingSchema(Schema):
    """For how many months after expiry or withdrawal, and whether the service then erases by itself."""

    class Meta:
        unknown = RAISE

    months = fields.Integer(required=True, strict=True, validate=MONTHS)
    prunes_itself = StrictBoolean(required=True)


class PreviewSchema(Schema):
    """For how many months the preview is."""

    class Meta:
        unknown = RAISE

    months = fields.Integer(validate=MONTHS)


_keeping, _preview = KeepingSchema(), PreviewSchema()


def answer_retention(public: Public, request: Request, site: str) -> Answer:
    """Tell what is set and what it would remove now, for a token of scope `privacy:erase`; `months` previews others."""
    found = acting(public, request, site, SCOPE)
    return _told(public, found, read_facts(_preview, request.query).get("months"))


def answer_retention_set(public: Public, request: Request, site: str) -> Answer:
    """Set both, for a token of scope `privacy:erase`."""
    found = acting(public, request, site, SCOPE)
    asked = read_facts(_keeping, request.json())
    with public.engine.begin() as connection:
        set_keeping(connection, found.author, found.site, Keeping(**asked), int(time.time()))
    return _told(public, found, None)


def _told(public: Public, found: Acting, months: int | None) -> Answer:
    now = int(time.time())
    with public.engine.connect() as connection:
        kept = keeping_of(connection, found.site.id)
        due = retention.preview(connection, found.site.id, now, months)
        end = retention.end_of(connection, found.site.id, now, months)
    view = {**kept._asdict(), "preview": {"months": months or kept.months, "ended_before": to_time(end)}}
    view["preview"] |= {"receipts": due.receipts, "exempt": due.exempt}
    return json_answer(view, 200, [("Cache-Control", "no-store")])
