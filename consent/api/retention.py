"""How long a site keeps receipts, by tokens: /api/v1/sites/<site>/retention tells with what it would remove, and sets."""

import time

from marshmallow import RAISE, Schema, fields, validate

from consent.api.acting import Acting, acting, read_facts
from consent.api.answer import Answer, ApiError, json_answer
from consent.api.public import Public
from consent.api.request import Request
from consent.api.schemas import StrictBoolean
from consent.proof.retention import Keeping, keeping_of, set_keeping
from consent.storage import retention, retention_runs
from consent.storage.retention import LONGEST_MONTHS
from consent.storage.retention_runs import Run
from consent.storage.rows import to_time

SCOPE = "privacy:erase"
MONTHS = validate.Range(1, LONGEST_MONTHS)


class KeepingSchema(Schema):
    """For how many months after expiry or withdrawal, and whether the service then erases by itself."""

    class Meta:
        unknown = RAISE

    months = fields.Integer(required=True, strict=True, validate=MONTHS)
    prunes_itself = StrictBoolean(required=True)


class RunSchema(Schema):
    """How many receipts are to be erased: as many as the preview said, since nothing takes it back."""

    class Meta:
        unknown = RAISE

    receipts = fields.Integer(required=True, strict=True, validate=validate.Range(0))


class PreviewSchema(Schema):
    """For how many months the preview is."""

    class Meta:
        unknown = RAISE

    months = fields.Integer(validate=MONTHS)


_keeping, _preview, _run = KeepingSchema(), PreviewSchema(), RunSchema()


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


def answer_retention_run(public: Public, request: Request, site: str) -> Answer:
    """Have the service erase what is due, for a token of scope `privacy:erase`; 409 where that is another number."""
    found = acting(public, request, site, SCOPE)
    asked, now = read_facts(_run, request.json())["receipts"], int(time.time())
    with public.engine.begin() as connection:
        due = retention.preview(connection, found.site.id, now).receipts
        if due != asked:
            raise ApiError(409, "other_number", f"{due} receipts are due, and not {asked}; nothing was erased.")
        number = retention_runs.ask(connection, found.site.id, found.author.who.id, now)
        found.author.tell(connection, found.site, "retention.asked", f"run {number}", None, {"receipts": due}, now)
    public.prune()
    return json_answer({"run": number, "receipts": due}, 202, [("Cache-Control", "no-store")])


def _told(public: Public, found: Acting, months: int | None) -> Answer:
    now = int(time.time())
    with public.engine.connect() as connection:
        kept = keeping_of(connection, found.site.id)
        due = retention.preview(connection, found.site.id, now, months)
        end = retention.end_of(connection, found.site.id, now, months)
        runs = retention_runs.newest(connection, found.site.id)
    view = {**kept._asdict(), "preview": {"months": months or kept.months, "ended_before": to_time(end)}}
    view["preview"] |= {"receipts": due.receipts, "exempt": due.exempt}
    view["runs"] = [_run_view(one) for one in runs]
    return json_answer(view, 200, [("Cache-Control", "no-store")])


def _run_view(one: Run) -> dict[str, object]:
    times = {
        name: None if at is None else to_time(at) for name, at in (("asked", one.asked), ("finished", one.finished))
    }
    return {"run": one.id, "by": one.by, "months": one.months, "receipts": one.receipts, "exempt": one.exempt, **times}
