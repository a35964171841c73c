"""GET /b/<site>/logo/<sha256>: the logo image of the live config, served by its hash."""

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError
from consent.api.http.response_cache import CachedBody
from consent.api.http.site import find_site
from consent.storage.sites import configs

IMMUTABLE = "public, max-age=31536000, immutable"


def answer_logo(context: ApiContext, request: Request, site: str, sha256: str) -> Answer:
    """Return the logo that the live config of `site` names; any other hash is unknown."""
    logo = find_site(context, site).document["look"].get("logo")
    if not logo or logo["sha256"] != sha256:
        raise ApiError(404, "unknown_logo", "The live banner of this site does not use this logo.")
    body = context.caches.scripts.get(("logo", sha256), lambda: CachedBody(_read(context, sha256))).body
    headers = [
        ("Content-Type", logo["type"]),
        ("X-Content-Type-Options", "nosniff"),
        # Opened directly, an SVG is inert.
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Cache-Control", IMMUTABLE),
    ]
    return Answer(200, headers, body)


def _read(context: ApiContext, sha256: str) -> bytes:
    with context.engine.connect() as connection:
        body = configs.get_artifact(connection, f"sha256:{sha256}")
    if body is None:
        raise ApiError(404, "unknown_logo", "The live banner of this site does not use this logo.")
    return body
