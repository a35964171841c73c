"""Parts of a draft by API: one tag, and the texts of one language, under the ETag of the whole draft."""

import json
from collections.abc import Callable
from functools import partial

from marshmallow import INCLUDE, RAISE, Schema, fields

from consent.api.configuration.access import (
    NO_STORE,
    READ,
    WRITE,
    author_of,
    check_etag,
    etag_of,
    read_body,
    read_flag,
)
from consent.api.http.context import ApiContext
from consent.api.http.idempotency import IdempotentWrite, idempotent
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError, json_answer
from consent.api.http.schema_examples import meta
from consent.api.http.site import find_owned
from consent.classifier.catalog import Catalog
from consent.core.documents.config import Draft
from consent.publishing.draft_import import Needs, check_changed, save_edit
from consent.publishing.text_checks import confirmed
from consent.sites.custom.vendor_export import site_catalog
from consent.sites.draft import DraftError, remove_tag
from consent.sites.draft_parts import find_tag, put_tag, put_texts
from consent.storage.sites import sites

MAX_PART = 256 * 1024
"""The largest tag, whose pasted code may be long, and the longest texts of a language, in bytes."""
MAX_TAG_DEPTH = 16
"""How deep a tag may be nested: calls with objects in their arguments are deeper than other bodies."""
Edit = Callable[[Draft, Catalog], Draft]


class LinksSchema(Schema):
    """The site's own links on the first layer, in one language."""

    class Meta:
        unknown = INCLUDE

    policy = fields.String(**meta("Address of the privacy policy in this language.", "https://www.example.com/privacy"))
    more = fields.List(
        fields.Dict(), **meta("Further links.", [{"label": "Imprint", "url": "https://www.example.com/imprint"}])
    )


class NewTextsSchema(Schema):
    """The site's own texts in one language; all others are those of the service."""

    class Meta:
        unknown = RAISE

    texts = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        **meta("Texts by name.", {"title": "Your privacy at Example"}),
    )
    links = fields.Nested(LinksSchema, **meta("Own links; if left out, they stay as they are."))


_texts = NewTextsSchema()


def answer_draft_tag(context: ApiContext, request: Request, key: str, tag_id: str) -> Answer:
    """Return one tag of the draft, with the draft's ETag."""
    with context.engine.connect() as connection:
        site = find_owned(context, request, connection, key, READ)
        row = sites.read_draft(connection, site.id)
    tag = find_tag(json.loads(row.text), tag_id)
    if tag is None:
        raise _unknown_tag(tag_id)
    return json_answer(dict(tag), 200, [("ETag", etag_of(row)), *NO_STORE])


@idempotent(WRITE, MAX_PART)
def answer_draft_tag_saved(
    context: ApiContext, request: Request, once: IdempotentWrite, key: str, tag_id: str
) -> Answer:
    """Replace a tag of the draft, or add it at the end: 201 if it is new."""

    def change(draft: Draft, catalog: Catalog) -> Draft:
        return put_tag(draft, tag_id, _tag_facts(request, tag_id), catalog)

    return _changed(context, request, once, key, change, tag_id)


@idempotent(WRITE)
def answer_draft_tag_removed(
    context: ApiContext, request: Request, once: IdempotentWrite, key: str, tag_id: str
) -> Answer:
    """Remove a tag from the draft, and its vendor and cookies if no other tag needs them."""
    return _changed(context, request, once, key, partial(_removed, tag_id))


def answer_draft_texts(context: ApiContext, request: Request, key: str, language: str) -> Answer:
    """Return the site's own texts and links in one language of the draft, with the draft's ETag."""
    with context.engine.connect() as connection:
        site = find_owned(context, request, connection, key, READ)
        row = sites.read_draft(connection, site.id)
    draft: Draft = json.loads(row.text)
    own = draft["texts"]["languages"].get(language)
    if own is None:
        raise ApiError(404, "unknown_language", f"The draft has no texts in the language {language[:20]}.")
    view = {
        "texts": own,
        "links": draft["texts"].get("links", {}).get(language, {}),
        "is_default": draft["texts"]["default_language"] == language,
        "is_confirmed": language in confirmed(draft),
    }
    return json_answer(view, 200, [("ETag", etag_of(row)), *NO_STORE])


@idempotent(WRITE, MAX_PART)
def answer_draft_texts_saved(
    context: ApiContext, request: Request, once: IdempotentWrite, key: str, language: str
) -> Answer:
    """Replace the site's own texts in one language, which is added if the draft lacks it."""

    def change(draft: Draft, _: Catalog) -> Draft:
        values = read_body(request, _texts, MAX_PART)
        return put_texts(draft, language, values["texts"], values.get("links"))

    return _changed(context, request, once, key, change)


def _tag_facts(request: Request, tag_id: str) -> dict[str, object]:
    """Return the fields in the body. Raises ApiError if they name another tag than the path."""
    facts = request.json(MAX_PART, MAX_TAG_DEPTH)
    if facts.get("id", tag_id) != tag_id:
        raise ApiError(400, "invalid_config", "The tag has another id than the path.", {"id": [f"Send {tag_id}."]})
    return facts


def _removed(tag_id: str, draft: Draft, _: Catalog) -> Draft:
    if find_tag(draft, tag_id) is None:
        raise _unknown_tag(tag_id)
    return remove_tag(draft, tag_id)


def _changed(
    context: ApiContext, request: Request, once: IdempotentWrite, key: str, edit: Edit, tag_id: str = ""
) -> Answer:
    """Save the changed draft if it is valid and nobody else was first: 201 if the edit adds the tag, else 200.

    `edit` may raise DraftError and ApiError; it reads the body, which only a token that may write gets to send.
    """
    unfinished, given = read_flag(request.query, "unfinished"), context.publishing
    with context.engine.connect() as connection:
        site = find_owned(context, request, connection, key, WRITE)
        row = sites.read_draft(connection, site.id)
        check_etag(request, row)
        draft: Draft = json.loads(row.text)
        try:
            new = edit(draft, site_catalog(connection, site.id, given.guard.catalog))
            needs = Needs(given.rules, given.artifacts, given.guard)
            checked = check_changed(connection, site, new, "", needs, unfinished)
        except DraftError as error:
            raise _invalid(error, draft, tag_id) from None
    is_new = bool(tag_id) and find_tag(draft, tag_id) is None
    author = author_of(context, request, site)
    # Checking takes time, so nothing may be locked meanwhile.
    with context.engine.begin() as connection:
        sites.lock_site(connection, site.id)
        check_etag(request, sites.read_draft(connection, site.id))
        save_edit(connection, site, checked.draft, author)
        etag = etag_of(sites.read_draft(connection, site.id))
        view = {"etag": etag, "waits": list(checked.waits)}
        return once.keep(connection, json_answer(view, 201 if is_new else 200, [("ETag", etag), *NO_STORE]))


def _invalid(error: DraftError, draft: Draft, tag_id: str) -> ApiError:
    """Return the error for an invalid part; fields of the tag are named without its place in the draft."""
    places = [number for number, tag in enumerate(draft["tags"]) if tag["id"] == tag_id]
    prefix = f"tags.{places[0] if places else len(draft['tags'])}." if tag_id else ""
    found = {path.removeprefix(prefix): [sentence] for path, sentence in error.fields.items()}
    return ApiError(400, "invalid_config", "The draft cannot be changed like this; nothing was written.", found)


def _unknown_tag(tag_id: str) -> ApiError:
    return ApiError(404, "unknown_tag", f"The draft has no tag {tag_id[:64]}.")
