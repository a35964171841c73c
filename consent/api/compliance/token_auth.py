"""API token authentication: check scope and site of a bearer token, and name it as author of audit entries."""

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


class Acting(NamedTuple):
    """The site that is acted on, and who acts."""

    site: SiteRow
    author: Author


def acting(context: ApiContext, request: Request, site: str, scope: str) -> Acting:
    """Return the site and the token's author. Raises ApiError where the token may not do `scope` there."""
    config = find_site(context, site)
    token = context.tokens.check(request.header("Authorization") or "", scope, config.site_id)
    with context.engine.connect() as connection:
        owner = sites.by_id(connection, config.site_id)
    if owner is None:
        raise ApiError(404, "unknown_site", "There is no such site here.")
    who = AuditActor(api_tokens.audit_id_of(token.hash), "token", token.label)
    return Acting(owner, Author(who, context.keys.receipt))


def no_filters(request: Request) -> None:
    """Raise ApiError where a list without filters is asked for with one: nobody may take all of it for a part."""
    if request.query:
        raise ApiError(
            400, "invalid_filter", "A filter cannot be used.", dict.fromkeys(request.query, "There is none.")
        )


def read_facts(schema: Schema, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return `facts` of a body or a query by `schema`. Raises ApiError with a sentence for each that cannot be used."""
    try:
        asked: dict[str, Any] = schema.load(facts)
    except ValidationError as error:
        raise ApiError(400, "invalid_field", "A field cannot be used.", error.messages_dict) from None
    return asked
