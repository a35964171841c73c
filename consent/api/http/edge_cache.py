"""Headers that let edge caches keep a script, if the operator allows it (CONSENT_EDGE_CACHE)."""

from collections.abc import Sequence

from consent.api.http.request import Request
from consent.core.rules import Place
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.edge.day_ends import shared_seconds
from consent.runtime.edge.purges import ALL_SITES, site_key

COOKIES = "consent_"
"""Name prefix of all cookies of the service: choices, devices, accounts and previews."""
OF_THE_PAGE = {"language"}


def shared_headers(
    request: Request, config: CompiledConfig, place: Place, now: float, *, seconds: int, vary: Sequence[str]
) -> tuple[tuple[str, str], ...] | None:
    """Return the headers of a response that a cache may share among all requests with the same `vary`, or None.

    Only a response whose place was named by the edge itself can be shared, and none for a visitor with a choice, an
    account or a token: those stay private.
    """
    kept = shared_seconds(config, now, seconds) if is_shareable(request, place) else 0
    if not kept:
        return None
    browser_s = config.overrides["decision_seconds"]
    keys = (ALL_SITES, site_key(config.site))
    return (
        # s-maxage forbids stale responses (RFC 9111, 5.2.2.10), so it limits how long a disabled tag keeps running.
        ("Cache-Control", f"public, max-age={min(browser_s, kept)}, s-maxage={kept}"),
        ("Vary", ", ".join(vary)),
        ("Surrogate-Key", " ".join(keys)),
        ("Cache-Tag", ",".join(keys)),
    )


def is_shareable(request: Request, place: Place) -> bool:
    """Return whether a request contains nothing specific to its visitor."""
    headers = ("Authorization", "Consent-Subject", "Consent-App")
    is_plain = all(request.header(name) is None for name in headers) and COOKIES not in (
        request.environ.get("HTTP_COOKIE") or ""
    )
    return is_plain and place.source == "edge" and request.query.keys() <= OF_THE_PAGE
