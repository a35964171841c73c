"""GET /b/<site>/tcf/<digits>.json: texts or vendors of the second layer of a site with TCF, which never change."""

from collections.abc import Iterable
from functools import partial

from consent.api.http.context import ApiContext
from consent.api.http.request import Request
from consent.api.http.response import Answer, ApiError
from consent.api.http.response_cache import CachedBody
from consent.api.http.site import find_site
from consent.runtime.tcf_facts import DIGITS, file_digits
from consent.signing.canonical_json import sha256_name
from consent.sites.vendor_lists.site_cut import KIND
from consent.storage.sites import configs
from consent.web.compression import best_encoding

TYPE = "application/json; charset=utf-8"
IMMUTABLE = "public, max-age=31536000, immutable"


def answer_tcf_file(context: ApiContext, request: Request, site: str, digits: str) -> Answer:
    """Return a file by the first digits of its hash; each config names its own, including earlier versions."""
    find_site(context, site)
    ready = context.caches.scripts.get(_key(digits), lambda: CachedBody(_stored(context, digits)))
    encoding = best_encoding(request.header("Accept-Encoding") or "")
    headers = [
        ("Content-Type", TYPE),
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Access-Control-Allow-Origin", "*"),
        ("Cache-Control", IMMUTABLE),
        ("Vary", "Accept-Encoding"),
        *([("Content-Encoding", encoding)] if encoding else []),
    ]
    return Answer(200, headers, ready.in_encoding(encoding))


def keep_draft_files(context: ApiContext, files: Iterable[bytes]) -> None:
    """Keep a draft's files in memory for a while: a preview shows them, and no version names them yet."""
    for body in files:
        context.caches.scripts.get(_key(file_digits(sha256_name(body))), partial(CachedBody, body))


def _key(digits: str) -> tuple[str, str]:
    return "tcf", digits


def find_artifact(context: ApiContext, kind: str, digits: str) -> bytes | None:
    """Return what is stored under the first digits of its hash, or None.

    Raises ApiError 503 if there are too many look-ups of unknown names.
    """
    if not context.configs.live.lookups.admits():
        raise ApiError(503, "unavailable", "Too many requests for unknown names; try again.", retry_after=1)
    with context.engine.connect() as connection:
        return configs.find_artifact(connection, kind, digits)


def _stored(context: ApiContext, digits: str) -> bytes:
    artifact = find_artifact(context, KIND, digits) if len(digits) == DIGITS else None
    if artifact is None:
        raise ApiError(404, "unknown_build", "There is no such file here.")
    return artifact
