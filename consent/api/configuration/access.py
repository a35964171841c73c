"""Access to sites and drafts for tokens of the configuration scopes."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError

from consent.api.http.context import ApiContext
from consent.api.http.request import MAX_BODY, Request
from consent.api.http.response import ApiError
from consent.log.audit_author import AuditActor, Author
from consent.storage.accounts import api_tokens
from consent.storage.accounts.api_tokens import Token
from consent.storage.sites.sites import Draft, SiteRow

READ, WRITE = "config:read", "config:write"
NO_STORE = [("Cache-Control", "no-store")]
SWITCHES = {"true": True, "false": False}


def author_of(context: ApiContext, request: Request, site: SiteRow) -> Author:
    """Return the token as the author of audit entries."""
    return _author(context, context.tokens.check(request.header("Authorization") or "", WRITE, site.id))


def author_everywhere(context: ApiContext, request: Request) -> Author:
    """Return the token as an author, as `author_of` does. Raises ApiError 403 unless it is valid for every site."""
    authorization = request.header("Authorization") or ""
    token = context.tokens.check_any(authorization, WRITE)
    if token.site_ids is not None:
        message = "Only a token for every site may add a site; this one is for some sites."
        raise ApiError(403, "insufficient_scope", message)
    return _author(context, context.tokens.check(authorization, WRITE, None))


def _author(context: ApiContext, token: Token) -> Author:
    return Author(AuditActor(api_tokens.audit_id_of(token.hash), "token", token.label), context.keys.receipt)


def etag_of(draft: Draft) -> str:
    """Return the entity tag of a draft; each save changes it."""
    return f'"draft-{draft.revision}"'


def check_etag(request: Request, draft: Draft) -> None:
    """Raise ApiError unless the If-Match header names the current draft (RFC 9110, 13.1.1, RFC 6585, 3)."""
    named = request.header("If-Match")
    if not named:
        message = "Send the ETag of the draft that you have read as If-Match."
        raise ApiError(428, "etag_required", message)
    if named != etag_of(draft):
        raise ApiError(412, "stale_draft", "Someone changed the draft since you read it; nothing was written.")


def read_flag(query: Mapping[str, str], name: str) -> bool:
    """Return a query parameter that is `true` or `false`, the default. Raises ApiError for anything else."""
    value = query.get(name, "false")
    if value not in SWITCHES:
        raise ApiError(400, "invalid_parameter", "A parameter cannot be used.", {name: ["Send true or false."]})
    return SWITCHES[value]


def read_body(request: Request, schema: Schema, most: int = MAX_BODY) -> Mapping[str, Any]:
    """Return the fields of the JSON body of at most `most` bytes, read by `schema`.

    Raises ApiError with sentences for each invalid field.
    """
    try:
        values: Mapping[str, Any] = schema.load(request.json(most))
    except ValidationError as error:
        fields = dict(_sentences(error.messages_dict))
        raise ApiError(400, "invalid_field", "A field is not valid.", fields) from None
    return values


def _sentences(messages: Mapping[Any, Any], path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield the sentences for each field by its dotted path; marshmallow nests those of parts."""
    for name, held in messages.items():
        if isinstance(held, Mapping):
            yield from _sentences(held, f"{path}{name}.")
        else:
            yield f"{path}{name}", held
