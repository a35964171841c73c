"""Drafts by API: read the draft as a config file, check one, list its differences, and replace it."""

import json

from sqlalchemy import Connection

from consent.api.configuration.access import NO_STORE, READ, WRITE, author_of, check_etag, etag_of, read_flag
from consent.api.http.context import ApiContext
from consent.api.http.idempotency import IdempotentWrite, idempotent
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError, json_answer
from consent.api.http.site import find_owned
from consent.core.documents.config import Draft
from consent.publishing.draft_import import Checked, FileError, check_file, import_draft, overwritten_parts
from consent.publishing.publish import Change, differences
from consent.sites.config_file import MAX_BYTES, write_json
from consent.sites.custom.vendor_export import with_custom_vendors
from consent.storage.receipts.serializers import to_time
from consent.storage.sites import configs, sites
from consent.storage.sites.sites import SiteRow

BY_API = "API"
"""The origin recorded for a draft; for a file it is the file's name."""


def answer_draft(context: ApiContext, request: Request, key: str) -> Answer:
    """Return the draft as `consent config export` writes it, with its ETag."""
    with context.engine.connect() as connection:
        site = find_owned(context, request, connection, key, READ)
        row = sites.read_draft(connection, site.id)
        text = write_json(with_custom_vendors(connection, site.id, json.loads(row.text)))
    headers = [("Content-Type", "application/json; charset=utf-8"), ("ETag", etag_of(row)), *NO_STORE]
    return Answer(200, headers, text.encode())


def answer_draft_check(context: ApiContext, request: Request, key: str) -> Answer:
    """Return what is wrong with the config file in the body and what it would change; nothing is saved."""
    with context.engine.connect() as connection:
        site = find_owned(context, request, connection, key, READ)
        unfinished = read_flag(request.query, "unfinished")
        try:
            checked = _check(context, connection, site, _body_text(request), unfinished=unfinished)
        except FileError as error:
            problems = [{"line": line, "field": path, "message": sentence} for line, path, sentence in error.errors]
            return json_answer({"is_valid": False, "problems": problems, "waits": [], "changes": []}, 200, NO_STORE)
        changes = _changes(connection, site, checked.draft)
    view = {"is_valid": True, "problems": [], "waits": list(checked.waits), "changes": changes}
    return json_answer(view, 200, NO_STORE)


def answer_draft_changes(context: ApiContext, request: Request, key: str) -> Answer:
    """Return what publishing the draft would change for visitors."""
    with context.engine.connect() as connection:
        site = find_owned(context, request, connection, key, READ)
        row = sites.read_draft(connection, site.id)
        view = {"etag": etag_of(row), "changes": _changes(connection, site, json.loads(row.text))}
    return json_answer(view, 200, NO_STORE)


@idempotent(WRITE, MAX_BYTES)
def answer_draft_saved(context: ApiContext, request: Request, once: IdempotentWrite, key: str) -> Answer:
    """Replace the draft with the config file in the body, if the file is valid and nobody else was first."""
    unfinished, overwrite = read_flag(request.query, "unfinished"), read_flag(request.query, "overwrite")
    with context.engine.connect() as connection:
        site = find_owned(context, request, connection, key, WRITE)
        check_etag(request, sites.read_draft(connection, site.id))
        checked = _checked(context, request, connection, site, unfinished=unfinished)
    author = author_of(context, request, site)
    # Reading and checking the body takes time, so nothing may be locked meanwhile.
    with context.engine.begin() as connection:
        sites.lock_site(connection, site.id)
        check_etag(request, sites.read_draft(connection, site.id))
        if lost := [] if overwrite else overwritten_parts(connection, site, checked):
            fields = {part: [f"Changed on {to_time(origin.time)}."] for part, origin in lost}
            message = (
                "This would undo changes made since the last import; nothing was written. Send overwrite=true to do so."
            )
            raise ApiError(409, "would_overwrite", message, fields)
        import_draft(connection, site, checked, author)
        etag = etag_of(sites.read_draft(connection, site.id))
        view = {"etag": etag, "waits": list(checked.waits)}
        return once.keep(connection, json_answer(view, 200, [("ETag", etag), *NO_STORE]))


def _checked(
    context: ApiContext, request: Request, connection: Connection, site: SiteRow, *, unfinished: bool
) -> Checked:
    """Return the draft in the body. Raises ApiError with a sentence for each invalid field."""
    try:
        return _check(context, connection, site, _body_text(request), unfinished=unfinished)
    except FileError as error:
        fields = {path: [_with_line(line, sentence)] for line, path, sentence in error.errors}
        message = "The config file cannot be used; nothing was written."
        raise ApiError(400, "invalid_config", message, fields) from None


def _check(context: ApiContext, connection: Connection, site: SiteRow, text: str, *, unfinished: bool) -> Checked:
    needs = context.publishing
    return check_file(connection, site, text, BY_API, needs.rules, needs.artifacts, needs.guard, unfinished)


def _changes(connection: Connection, site: SiteRow, draft: Draft) -> list[dict[str, object]]:
    body = configs.get_config(connection, site.live_config) if site.live_config else None
    found = differences(draft, json.loads(body) if body else None)
    return change_rows(found)


def change_rows(changes: list[Change]) -> list[dict[str, object]]:
    """Return differences as the API lists them."""
    return [{"subject": one.subject, "kind": one.kind, "before": one.before, "after": one.after} for one in changes]


def _body_text(request: Request) -> str:
    """Return the body as text, JSON or YAML; `check_file` parses it strictly."""
    try:
        return request.body(MAX_BYTES).decode("utf-8")
    except UnicodeDecodeError:
        raise ApiError(400, "invalid_config", "The body is not text in UTF-8.") from None


def _with_line(line: int | None, sentence: str) -> str:
    return f"Line {line}: {sentence}" if line else sentence
