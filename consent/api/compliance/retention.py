"""/api/v1/sites/<site>/retention: read and set the retention period, preview and start a deletion run."""

import time

from marshmallow import RAISE, Schema, fields, validate

from consent.api.compliance.token_auth import Authorization, authorize, read_facts
from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.request_schemas import StrictBoolean
from consent.api.http.response import NO_STORE, Answer, ApiError, json_answer
from consent.api.http.schema_examples import meta
from consent.privacy.retention_policy import retention_of, set_retention
from consent.storage.privacy import retention, retention_runs
from consent.storage.privacy.retention import MAX_MONTHS, MIN_ACCOUNT_MONTHS
from consent.storage.privacy.retention_runs import Run
from consent.storage.receipts.serializers import to_time

SCOPE = "privacy:erase"
MONTHS = validate.Range(1, MAX_MONTHS)


class KeepingSchema(Schema):
    """Months to keep receipts after expiry or withdrawal, and whether the service then erases them automatically."""

    class Meta:
        unknown = RAISE

    months = fields.Integer(
        required=True,
        strict=True,
        validate=MONTHS,
        **meta("Retention period after expiry or withdrawal, in months.", 24),
    )
    prunes_itself = StrictBoolean(required=True, **meta("Whether due receipts are erased automatically.", False))
    account_months = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(MIN_ACCOUNT_MONTHS, MAX_MONTHS),
        **meta("Months without a visit after which an account is deleted, or null for never.", None),
    )


class RunSchema(Schema):
    """How many receipts to erase: the number from the preview, since erasure can't be undone."""

    class Meta:
        unknown = RAISE

    receipts = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(0),
        **meta("Number of due receipts according to the preview.", 120),
    )


class PreviewSchema(Schema):
    """Retention period to preview, in months."""

    class Meta:
        unknown = RAISE

    months = fields.Integer(validate=MONTHS)


_keeping, _preview, _run = KeepingSchema(), PreviewSchema(), RunSchema()


def answer_retention(context: ApiContext, request: Request, site: str) -> Answer:
    """Return the settings and what they would erase now, to a token of scope `privacy:erase`, or preview `months`."""
    found = authorize(context, request, site, SCOPE)
    return _retention_answer(context, found, read_facts(_preview, request.query).get("months"))


def answer_retention_set(context: ApiContext, request: Request, site: str) -> Answer:
    """Set the retention for a token of scope `privacy:erase`."""
    found = authorize(context, request, site, SCOPE)
    values = read_facts(_keeping, request.json())
    with context.engine.begin() as connection:
        wanted = retention_of(connection, found.site.id)._replace(**values)
        set_retention(connection, found.author, found.site, wanted, int(time.time()))
    return _retention_answer(context, found, None)


def answer_retention_run(context: ApiContext, request: Request, site: str) -> Answer:
    """Erase what is due, for a token of scope `privacy:erase`; 409 if the number differs."""
    found = authorize(context, request, site, SCOPE)
    count, now = read_facts(_run, request.json())["receipts"], int(time.time())
    with context.engine.begin() as connection:
        due = retention.preview(connection, found.site.id, now).receipts
        if due != count:
            raise ApiError(409, "count_mismatch", f"{due} receipts are due, not {count}; nothing was erased.")
        number = retention_runs.request(connection, found.site.id, found.author.who.id, now)
        found.author.record(
            connection, found.site, "retention.run_requested", f"run {number}", None, {"receipts": due}, now
        )
    context.privacy.prune()
    return json_answer({"run": number, "receipts": due}, 202, [NO_STORE])


def _retention_answer(context: ApiContext, found: Authorization, months: int | None) -> Answer:
    now = int(time.time())
    with context.engine.connect() as connection:
        kept = retention_of(connection, found.site.id)
        due = retention.preview(connection, found.site.id, now, months)
        end = retention.end_of(connection, found.site.id, now, months)
        runs = retention_runs.newest(connection, found.site.id)
    view = {**kept._asdict(), "preview": {"months": months or kept.months, "ended_before": to_time(end)}}
    view["preview"] |= {"receipts": due.receipts, "exempt": due.exempt}
    view["runs"] = [_run_view(one) for one in runs]
    return json_answer(view, 200, [NO_STORE])


def _run_view(one: Run) -> dict[str, object]:
    times = {
        name: None if at is None else to_time(at)
        for name, at in (("asked", one.requested_at), ("finished", one.finished_at))
    }
    return {"run": one.id, "by": one.by, "months": one.months, "receipts": one.receipts, "exempt": one.exempt, **times}
