"""Groups of sites by API: shared settings, applied to drafts and published, site by site."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import RAISE, Schema, fields, validate
from sqlalchemy import Connection

from consent.api.configuration.access import NO_STORE, READ, WRITE, author_of, read_body
from consent.api.configuration.drafts import change_rows
from consent.api.configuration.schemas import CHANGE, DraftProblemSchema
from consent.api.configuration.versions import MAX_NOTE
from consent.api.http.context import ApiContext
from consent.api.http.idempotency import IdempotentWrite, idempotent
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError, json_answer
from consent.api.http.schema_examples import meta
from consent.log.audit_author import Author
from consent.publishing.approval import UNSEEN
from consent.publishing.checks import by_path
from consent.publishing.publish import CHANGED_MEANWHILE, PublishedConfig, UnknownSiteError, publish_within
from consent.publishing.site_groups.dry_run import expected_publish, problems_of
from consent.publishing.site_groups.inheritance import apply_to_member, with_group_values
from consent.publishing.site_groups.shared_settings import (
    SECTIONS,
    GroupSettings,
    differing,
    group_differences,
    own_settings,
    section_of,
    sections_of,
    settings_of,
)
from consent.sites.draft import DraftError
from consent.sites.draft_validation import DraftProblem
from consent.storage.accounts import site_groups
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow, StaleDraftError


class _GroupSchema(Schema):
    class Meta:
        unknown = RAISE

    group = fields.String(required=True, **meta("Name of the group.", "Brand sites"))
    sites = fields.List(
        fields.String(),
        load_default=list,
        **meta("Keys of its sites; without any all that the token may configure.", ["shop"]),
    )


class ApplySchema(_GroupSchema):
    """Which settings of a group to copy into which drafts."""

    sections = fields.List(
        fields.String(validate=validate.OneOf(SECTIONS)),
        load_default=list,
        **meta("Parts to apply; without any all that the group shares.", ["look"]),
    )
    dry_run = fields.Boolean(load_default=False, **meta("Only answer what would change.", True))


class PublishGroupSchema(_GroupSchema):
    """Which drafts to publish."""

    note = fields.String(
        load_default="", validate=validate.Length(max=MAX_NOTE), **meta("For the list of versions.", "Spring look")
    )
    dry_run = fields.Boolean(load_default=False, **meta("Only answer what a publish would do.", True))


class GroupSchema(Schema):
    """One group."""

    name = fields.String(required=True, **meta("Its name.", "Brand sites"))
    sites = fields.List(fields.String(), required=True, **meta("Its sites that the token may configure.", ["shop"]))
    shares = fields.List(fields.String(), required=True, **meta("What its sites share.", ["look", "texts"]))
    realm = fields.String(required=True, allow_none=True, **meta("Realm of shared accounts, or null.", "group:brands"))


class GroupsSchema(Schema):
    """The groups with a site that the token may configure."""

    items = fields.List(fields.Nested(GroupSchema), required=True, **meta("By name."))


class AppliedSiteSchema(Schema):
    """The result of applying a group's settings to one site."""

    site = fields.String(required=True, **meta("Key of the site.", "shop"))
    state = fields.String(
        required=True,
        **meta("`changed`, `same` or `failed`; with `dry_run` `would_change`, `same` or `would_fail`.", "changed"),
    )
    sections = fields.List(fields.String(), required=True, **meta("The parts that `settings` belong to.", ["look"]))
    own_sections = fields.List(
        fields.String(), required=True, **meta("The parts that `own_settings` belong to.", ["controller"])
    )
    settings = fields.List(
        fields.String(),
        required=True,
        **meta("Settings whose value differs from the group's and is replaced by it.", ["look accent"]),
    )
    own_settings = fields.List(
        fields.String(),
        required=True,
        **meta(
            "Settings whose value differs from the group's but which the site overrides, so they don't change.",
            ["controller contact"],
        ),
    )
    changes = fields.List(
        fields.Dict(), required=True, **meta("What changes in the draft because of `settings`.", [CHANGE])
    )
    problems = fields.List(
        fields.Nested(DraftProblemSchema),
        required=True,
        **meta("Each reason why it failed or would fail, by the field of the draft.", []),
    )
    message = fields.String(required=True, **meta("Why it failed or would fail, else empty.", ""))


class AppliedSchema(Schema):
    """The result for each site."""

    items = fields.List(fields.Nested(AppliedSiteSchema), required=True, **meta("By name of the site."))


class PublishedSiteSchema(Schema):
    """The result of publishing one site."""

    site = fields.String(required=True, **meta("Key of the site.", "shop"))
    state = fields.String(
        required=True,
        **meta(
            "`published`, `same` (nothing to publish) or `failed`; with `dry_run` `would_publish`, `same` or "
            "`would_fail`.",
            "published",
        ),
    )
    version = fields.Integer(
        required=True,
        allow_none=True,
        **meta("The live version, or the one that would be live; null where it failed or would fail.", 13),
    )
    changes = fields.List(
        fields.Dict(),
        required=True,
        **meta("Each difference of the draft from what was live; empty if the draft isn't valid.", [CHANGE]),
    )
    problems = fields.List(
        fields.Nested(DraftProblemSchema),
        required=True,
        **meta("Each reason why it failed or would fail; `approval` if a second user must approve it.", []),
    )
    message = fields.String(required=True, **meta("Why it failed or would fail, else empty.", ""))


class GroupPublishedSchema(Schema):
    """The result for each site."""

    items = fields.List(fields.Nested(PublishedSiteSchema), required=True, **meta("By name of the site."))


def answer_groups(context: ApiContext, request: Request) -> Answer:
    """Return the groups of sites that the token may configure, with their shared settings."""
    authorization = request.header("Authorization") or ""
    context.tokens.check_any(authorization, READ)
    items = []
    with context.engine.connect() as connection:
        owned = {one.id: one.key for one in _configurable_sites(context, authorization, connection, READ)}
        for name, ids in site_groups.every(connection).items():
            keys = sorted(owned[one] for one in ids if one in owned)
            shared = site_groups.shared(connection, name)
            if keys:
                shares = sections_of(settings_of(shared))
                items.append({"name": name, "sites": keys, "shares": shares, "realm": shared.realm})
    return json_answer({"items": items}, 200, NO_STORE)


@idempotent(WRITE)
def answer_group_applied(context: ApiContext, request: Request, once: IdempotentWrite) -> Answer:
    """Copy a group's settings into drafts, each in its own transaction: a draft that fails doesn't stop the others."""
    values = _read(context, ApplySchema(), request)
    selected, settings = _selected_sites(context, request, values)
    rows = {row["site"]: row for row in once.items}
    for site in selected:
        if site.key not in rows:
            with context.engine.begin() as connection:
                rows[site.key] = row = _apply(context, request, connection, site, settings, values)
                if row["state"] == "changed":
                    once.note(connection, list(rows.values()))
    return _store_answer(context, once, selected, rows)


def _apply(
    context: ApiContext,
    request: Request,
    connection: Connection,
    site: SiteRow,
    settings: GroupSettings,
    values: Mapping[str, Any],
) -> dict[str, Any]:
    """Apply the group's settings to one site's draft, and return the result."""
    draft = json.loads(sites.read_draft(connection, site.id).text)
    names = [
        one for one in differing(draft, settings) if not values["sections"] or section_of(one) in values["sections"]
    ]
    own = [one for one in names if one in own_settings(settings, site.key)]
    names = [one for one in names if one not in own]
    row = {
        "site": site.key,
        "state": "same",
        "sections": _sections(names),
        "own_sections": _sections(own),
        "settings": names,
        "own_settings": own,
        "changes": change_rows(group_differences(draft, settings, names)),
        "problems": [],
        "message": "",
    }
    if not names:
        return row
    rules, is_dry = context.publishing.rules, values["dry_run"]
    try:
        if is_dry:
            with_group_values(draft, settings, names, rules)
        else:
            by = author_of(context, request, site)
            apply_to_member(connection, site, values["group"], settings, names, by, rules, int(time.time()))
    except DraftError as error:
        return row | {"state": "would_fail" if is_dry else "failed"} | _failure(problems_of(error))
    except StaleDraftError:
        message = "Someone changed the draft in the meantime."
        return row | {"state": "failed"} | _failure([DraftProblem("revision", message)], message)
    return row | {"state": "would_change" if is_dry else "changed"}


def _failure(problems: list[DraftProblem], message: str = "") -> dict[str, object]:
    """Return the problems of a site with the message that sums them up."""
    rows = [{"field": one.path, "message": one.words} for one in problems]
    return {"problems": rows, "message": message or str(DraftError(by_path(problems)))}


def _sections(names: Sequence[str]) -> list[str]:
    return [section for section in SECTIONS if section in {section_of(name) for name in names}]


@idempotent(WRITE)
def answer_group_published(context: ApiContext, request: Request, once: IdempotentWrite) -> Answer:
    """Publish drafts of a group, each with its own checks and approvals: one that fails doesn't stop the others."""
    values = _read(context, PublishGroupSchema(), request)
    selected, _ = _selected_sites(context, request, values)
    rows = {row["site"]: row for row in once.items}
    for site in selected:
        if site.key not in rows:
            rows[site.key] = _publish(context, request, once, site, values, rows)
    return _store_answer(context, once, selected, rows)


def _publish(
    context: ApiContext,
    request: Request,
    once: IdempotentWrite,
    site: SiteRow,
    values: Mapping[str, Any],
    rows: Mapping[str, Any],
) -> dict[str, object]:
    """Publish one site's draft unless it is a dry run, and return the result."""
    with context.engine.connect() as connection:
        seen = sites.read_draft(connection, site.id).revision
        expected = expected_publish(connection, site, context.publishing)
    row: dict[str, object] = {
        "site": site.key,
        "state": "same",
        "version": expected.version,
        "changes": change_rows(expected.changes),
        "problems": [],
        "message": "",
    }
    if expected.problems:
        return row | {"state": "would_fail" if values["dry_run"] else "failed"} | _failure(expected.problems)
    if values["dry_run"]:
        return row | {"state": "same" if expected.is_live else "would_publish"}
    by = author_of(context, request, site)
    try:
        with context.engine.begin() as connection:
            done = _publish_seen(context, connection, site, seen, by, values["note"])
            row |= {"state": "published" if done.is_new else "same", "version": done.version}
            once.note(connection, [*rows.values(), row])
    except DraftError as error:
        return row | {"state": "failed", "version": None} | _failure(problems_of(error))
    except UnknownSiteError:
        message = "The site is deleted."
        return row | {"state": "failed", "version": None} | _failure([DraftProblem("site", message)], message)
    return row


def _publish_seen(
    context: ApiContext, connection: Connection, site: SiteRow, seen: int, by: Author, note: str
) -> PublishedConfig:
    """Publish the draft if its revision is still `seen`. Raises DraftError, UnknownSiteError."""
    needs = context.publishing
    sites.lock_site(connection, site.id)
    current = sites.by_id(connection, site.id)
    if current is None or current.deleted_at is not None:
        raise UnknownSiteError(site.key)
    if sites.read_draft(connection, site.id).revision != seen:
        raise DraftError({"revision": CHANGED_MEANWHILE})
    return publish_within(
        connection, current, needs.rules, needs.artifacts, needs.guard, by, note, UNSEEN, needs.browser_checks
    )


def _store_answer(
    context: ApiContext, once: IdempotentWrite, selected: list[SiteRow], rows: Mapping[str, Any]
) -> Answer:
    """Return the results of the chosen sites, and store that answer under the request's idempotency key."""
    answer = json_answer({"items": [rows[site.key] for site in selected]}, 200, NO_STORE)
    with context.engine.begin() as connection:
        return once.keep(connection, answer)


def _selected_sites(
    context: ApiContext, request: Request, values: Mapping[str, Any]
) -> tuple[list[SiteRow], GroupSettings]:
    """Return the requested sites and their group's settings. Raises ApiError for what the token may not do."""
    authorization = request.header("Authorization") or ""
    with context.engine.connect() as connection:
        ids = site_groups.every(connection).get(values["group"], [])
        owned = [one for one in _configurable_sites(context, authorization, connection, WRITE) if one.id in ids]
        shared = site_groups.shared(connection, values["group"])
    if not owned:
        raise ApiError(404, "unknown_group", "There is no such group of sites that the token may configure.")
    if unknown := sorted({*values["sites"]} - {one.key for one in owned}):
        raise ApiError(400, "unknown_site", "A site is not in this group.", {"sites": [f"{unknown[0]} is not in it."]})
    return [one for one in owned if not values["sites"] or one.key in values["sites"]], settings_of(shared)


def _read(context: ApiContext, schema: Schema, request: Request) -> Mapping[str, Any]:
    context.tokens.check_any(request.header("Authorization") or "", WRITE)
    return read_body(request, schema)


def _configurable_sites(context: ApiContext, authorization: str, connection: Connection, scope: str) -> list[SiteRow]:
    every = [one for one in sites.present(connection) if one.archived_at is None]
    return [one for one in every if context.tokens.allows(authorization, scope, one.id)]
