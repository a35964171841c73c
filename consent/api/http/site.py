"""Find the live config of the site in a request, and build the CORS headers for its pages."""

from sqlalchemy import Connection

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import ApiError
from consent.runtime.compiled_config import CompiledConfig
from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow


def find_site(context: ApiContext, key: str) -> CompiledConfig:
    """Return the live config of the site `key`. Raises ApiError 404 if there is none, 503 if that isn't known yet."""
    live = context.configs.live
    config = live.get(key)
    if config is None and not live.has_loaded:
        # A browser drops a choice that is refused with 404.
        raise ApiError(
            503, "unavailable", "The database has been unavailable since the service started.", retry_after=5
        )
    if config is None:
        raise unknown_site()
    return config


def find_owned(context: ApiContext, request: Request, connection: Connection, key: str, scope: str) -> SiteRow:
    """Return the site, published or not. Raises ApiError if it is unknown or the token lacks `scope` for it."""
    site = sites.by_key(connection, key)
    context.tokens.check(request.header("Authorization") or "", scope, site.id if site else None)
    if site is None or site.deleted_at is not None:
        raise unknown_site()
    return site


def unknown_site() -> ApiError:
    """Return the error for a key without a published site."""
    return ApiError(404, "unknown_site", "This site does not exist or has not been published.")


def cors(config: CompiledConfig, request: Request) -> list[tuple[str, str]]:
    """Return the headers that let a page of the site read the answer. Raises ApiError 403 for a foreign origin."""
    return cors_headers(allowed_origin(config, request))


def cors_headers(origin: str | None) -> list[tuple[str, str]]:
    """Return the headers that let a page of `origin` read the answer; None means no page, or one of our own."""
    if origin is None:
        return [("Vary", "Origin")]
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", "Origin"),
    ]


def allowed_origin(config: CompiledConfig, request: Request) -> str | None:
    """Return the site's origin that sent `request`, or None if it names none. Raises ApiError 403 for a foreign one.

    The service's own pages, such as the cookie declaration, may send requests to their own host.
    """
    origin = request.header("Origin")
    if origin is None or origin in config.origins:
        return origin
    if origin.partition("://")[2] == request.header("Host"):
        return None
    raise ApiError(403, "origin_not_allowed", "This origin is not one of the site's hosts.")
