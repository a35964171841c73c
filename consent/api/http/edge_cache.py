"""Headers by which caches at the edge may keep a script, where the operator has allowed it (CONSENT_EDGE_CACHE)."""

from collections.abc import Sequence

from consent.api.http.request import Request
from consent.core.rules import Place
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.edge.day_ends import shared_seconds
from consent.runtime.edge.purges import ALL_SITES, site_key

COOKIES = "consent_"
"""How each cookie of the service begins: choices, of devices and accounts, and previews."""
OF_THE_PAGE = {"language"}


def shared_headers(
    request: Request, config: CompiledConfig, place: Place, now: float, *, seconds: int, vary: Sequence[str]
) -> tuple[tuple[str, str], ...] | None:
    """Return the headers of an answer that a cache may give to all who send the same `vary`, else None.

    Only what the edge itself has named the place of may be shared, and nothing of a visitor with a choice, an account or a
    token: those answers stay private.
    """
    kept = shared_seconds(config, now, seconds) if is_shareable(request, place) else 0
    if not kept:
        return None
    browser_s = config.overrides["decision_seconds"]
    keys = (ALL_SITES, site_key(config.site))
    return (
        # s-maxage lets no cache give a stale answer (RFC 9111, 5.2.2.10), so it bounds how long a tag lives that is off.
        ("Cache-Control", f"public, max-age={min(browser_s, kept)}, s-maxage={kept}"),
        ("Vary", ", ".join(vary)),
        ("Surrogate-Key", " ".join(keys)),
        ("Cache-Tag", ",".join(keys)),
    )


def is_shareable(request: Request, place: Place) -> bool:
    """Return whether nothing of a request is a visitor's alone."""
    headers = ("Authorization", "Consent-Subject", "Consent-App")
    is_plain = all(request.header(name) is None for name in headers) and COOKIES not in (
        request.environ.get("HTTP_COOKIE") or ""
    )
    return is_plain and place.source == "edge" and request.query.keys() <= OF_THE_PAGE
