"""API token authentication: check the scope and site of a bearer token, and make it the author of audit entries."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from marshmallow import Schema, ValidationError

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import ApiError
from consent.api.http.site import find_site
from consent.log.audit_author import AuditActor, Author
from consent.storage.accounts import api_tokens
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow


class Authorization(NamedTuple):
    """The site acted on, and who is acting."""

    site: SiteRow
    author: Author


def authorize(context: ApiContext, request: Request, site: str, scope: str) -> Authorization:
    """Return the site and the token's author. Raises ApiError if the token lacks `scope` there."""
    config = find_site(context, site)
    token = context.tokens.check(request.header("Authorization") or "", scope, config.site_id)
    with context.engine.connect() as connection:
        owner = sites.by_id(connection, config.site_id)
    if owner is None:
        raise ApiError(404, "unknown_site", "This site does not exist.")
    who = AuditActor(api_tokens.audit_id_of(token.hash), "token", token.label)
    return Authorization(owner, Author(who, context.keys.receipt))


def no_filters(request: Request) -> None:
    """Raise ApiError if a filter is sent to a list without filters, so that nobody takes it for a filtered one."""
    if request.query:
        raise ApiError(
            400, "invalid_filter", "A filter is invalid.", dict.fromkeys(request.query, "This list has no filters.")
        )


def read_facts(schema: Schema, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body's or query's fields, read by `schema`. Raises ApiError with a sentence for each invalid field."""
    try:
        asked: dict[str, Any] = schema.load(facts)
    except ValidationError as error:
        raise ApiError(400, "invalid_field", "A field is not valid.", error.messages_dict) from None
    return asked
