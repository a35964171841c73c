"""Versions by API: list them, publish the draft as the next one, restore an older one."""

import json

from marshmallow import RAISE, Schema, fields, validate
from sqlalchemy import Connection

from consent.api.configuration.access import NO_STORE, READ, WRITE, author_of, check_etag, read_body
from consent.api.http.context import ApiContext
from consent.api.http.idempotency import IdempotentWrite, idempotent
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError, json_answer
from consent.api.http.schema_examples import meta
from consent.api.http.site import find_owned
from consent.log.audit_author import Author
from consent.publishing.approval import UNSEEN, Approval, approval_reasons
from consent.publishing.approval import sentence as waiting
from consent.publishing.publish import PublishedConfig, check_in_browser, publish_within
from consent.publishing.restore import UnknownVersionError, restore_draft
from consent.sites.draft import DraftError
from consent.storage.receipts.serializers import to_time
from consent.storage.sites import configs, sites
from consent.storage.sites.sites import SiteRow

MAX_NOTE = 500


class PublishSchema(Schema):
    """A request to publish the draft."""

    class Meta:
        unknown = RAISE

    note = fields.String(
        load_default="",
        validate=validate.Length(max=MAX_NOTE, error=f"At most {MAX_NOTE} characters."),
        **meta("For those who read the list of versions later.", "Merge of 4f1c2d"),
    )


_schema = PublishSchema()


def answer_versions(context: ApiContext, request: Request, key: str) -> Answer:
    """Return all published versions of the site, newest first."""
    with context.engine.connect() as connection:
        site = find_owned(context, request, connection, key, READ)
        rows = configs.versions(connection, site.id)
    items = [
        {
            "version": one.version,
            "config": one.sha256,
            "published": to_time(one.published_at),
            "note": one.note,
            "is_live": one.sha256 == site.live_config,
        }
        for one in rows
    ]
    return json_answer({"items": items}, 200, NO_STORE)


@idempotent(WRITE)
def answer_publish(context: ApiContext, request: Request, once: IdempotentWrite, key: str) -> Answer:
    """Publish the draft named by If-Match: 201 with the new version, 200 with the live one if nothing changed."""
    needs = context.publishing
    with context.engine.connect() as connection:
        site = find_owned(context, request, connection, key, WRITE)
        note = _note(request)
        check_etag(request, sites.read_draft(connection, site.id))
        try:
            check_in_browser(connection, site, needs.rules, needs.artifacts, needs.guard, needs.browser_checks)
        except DraftError as error:
            raise _not_publishable_error(error) from None
    by = author_of(context, request, site)
    with context.engine.begin() as connection:
        sites.lock_site(connection, site.id)
        site = find_owned(context, request, connection, key, WRITE)
        check_etag(request, sites.read_draft(connection, site.id))
        done = _publish(context, connection, site, by, note, UNSEEN)
        return once.keep(connection, _published_answer(done))


@idempotent(WRITE)
def answer_restore(context: ApiContext, request: Request, once: IdempotentWrite, key: str, number: str) -> Answer:
    """Publish the content of an older version again; it replaces the draft named by If-Match."""
    note = _note(request)
    with context.engine.begin() as connection:
        site = find_owned(context, request, connection, key, WRITE)
        sites.lock_site(connection, site.id)
        site, by = find_owned(context, request, connection, key, WRITE), author_of(context, request, site)
        check_etag(request, sites.read_draft(connection, site.id))
        try:
            restore_draft(connection, site, number, context.publishing.guard, by)
        except UnknownVersionError as error:
            raise ApiError(404, "unknown_version", str(error)) from None
        done = _publish(context, connection, site, by, note or f"Content of version {number} restored", _KNOWN)
        return once.keep(connection, _published_answer(done))


_KNOWN = Approval(is_known=True)


def _publish(
    context: ApiContext, connection: Connection, site: SiteRow, by: Author, note: str, approval: Approval
) -> PublishedConfig:
    """Publish the draft. Raises ApiError, which rolls back the transaction."""
    needs = context.publishing
    draft = json.loads(sites.read_draft(connection, site.id).text)
    body = configs.get_config(connection, site.live_config) if site.live_config else None
    reasons = approval_reasons(connection, site, draft, json.loads(body) if body else None, needs.guard)
    try:
        return publish_within(
            connection,
            site,
            needs.rules,
            needs.artifacts,
            needs.guard,
            by,
            note,
            approval,
            needs.browser_checks,
        )
    except DraftError as error:
        if reasons and set(error.fields) == {"approval"}:
            raise ApiError(409, "approval_required", waiting(reasons)) from None
        raise _not_publishable_error(error) from None


def _note(request: Request) -> str:
    note: str = read_body(request, _schema)["note"]
    return note


def _not_publishable_error(error: DraftError) -> ApiError:
    fields = {path: [sentence] for path, sentence in error.fields.items()}
    return ApiError(409, "not_publishable", "The draft cannot be published; nothing was written.", fields)


def _published_answer(done: PublishedConfig) -> Answer:
    view = {"config": done.name, "version": done.version, "is_new": done.is_new}
    return json_answer(view, 201 if done.is_new else 200, NO_STORE)
