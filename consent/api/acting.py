"""Whoever acts by a token of the API: checked against scope and site, and the author of what the log tells."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from marshmallow import Schema, ValidationError

from consent.api.answer import ApiError
from consent.api.public import Public
from consent.api.request import Request
from consent.api.visit import find_site
from consent.proof.audit import Author, Who
from consent.storage import sites, tokens
from consent.storage.sites import FoundSite


class Acting(NamedTuple):
    """The site that is acted on, and who acts."""

    site: FoundSite
    author: Author


def acting(public: Public, request: Request, site: str, scope: str) -> Acting:
    """Return the site and the token's author. Raises ApiError where the token may not do `scope` there."""
    config = find_site(public, site)
    token = public.tokens.check(request.header("Authorization") or "", scope, config.site_id)
    with public.engine.connect() as connection:
        owner = sites.by_id(connection, config.site_id)
    if owner is None:
        raise ApiError(404, "unknown_site", "There is no such site here.")
    who = Who(tokens.audit_id_of(token.hash), "token", token.label)
    return Acting(owner, Author(who, public.keys.receipt))


def no_filters(request: Request) -> None:
    """Raise ApiError where a list without filters is asked for with one: nobody may take all of it for a part."""
    if request.query:
        raise ApiError(400, "bad_filter", "A filter cannot be used.", dict.fromkeys(request.query, "There is none."))


def read_facts(schema: Schema, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return `facts` of a body or a query by `schema`. Raises ApiError with a sentence for each that cannot be used."""
    try:
        asked: dict[str, Any] = schema.load(facts)
    except ValidationError as error:
        raise ApiError(400, "bad_field", "A field cannot be used.", error.messages_dict) from None
    return asked
