"""Intercept requests to the site's own banner service: simulate a region, and suppress receipts of scans."""

import json
import re
from contextlib import suppress
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from playwright.async_api import BrowserContext, Error, Route

from consent.runtime.embed_snippets import CHECK_HEADER
from consent.scanner.browser.safe_text import clean
from consent.scanner.model.job import GivenPage, OwnBanner
from consent.scanner.model.visit_record import Visit

WRITES = re.compile(r"/api/v1/sites/[a-z0-9-]+/(receipts|events|sightings|csp-reports)(\?|$)")
HELD_BACK = json.dumps({"error": {"code": "held_back", "message": "A scan is not a visitor.", "fields": {}}})
"""Formatted like an error of the service, the only kind of response a banner accepts."""
ASKS = re.compile(r"/(b/[a-z0-9-]+\.js|api/v1/sites/[a-z0-9-]+/decision)(\?|$)")


async def defer_writes(context: BrowserContext, visit: Visit) -> None:
    """Record this visit's writes instead of sending them: a scan isn't a visitor and must not appear in the log."""

    async def defer(route: Route) -> None:
        with suppress(Error):
            if route.request.method != "POST":
                await route.continue_()
                return
            if "/receipts" in route.request.url and len(visit.receipts) < 200:
                visit.receipts.append(_receipt(route.request.post_data))
            await route.fulfill(status=403, headers=readable_headers(route.request.headers), body=HELD_BACK)

    await context.route(WRITES, defer)


async def request_banner_from(context: BrowserContext, visit: Visit, own: OwnBanner) -> None:
    """Request the site's banner for the visit's region; only `own.origins` receive the token.

    Without a region, the place is unknown. A visit in the state `minor` poses as a child.
    """
    country, _, subdivision = (visit.region or "").partition("-")
    place = {"country": country, "subdivision": subdivision, "age_band": "under13" if visit.state == "minor" else ""}
    place_headers = {name: value for name, value in place.items() if value}

    async def send_place(route: Route) -> None:
        parts = urlsplit(route.request.url)
        with suppress(Error):
            if not _is_from(own, route) or f"/{own.site}" not in parts.path:
                await route.continue_()
                return
            visit.asked_banner = True
            pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in place]
            url = urlunsplit(parts._replace(query=urlencode([*pairs, *place_headers.items()])))
            headers = {**route.request.headers, "authorization": f"Bearer {own.token}"}
            await route.continue_(url=url, headers=headers)

    await context.route(ASKS, send_place)


async def mark_fetches(context: BrowserContext, own: OwnBanner) -> None:
    """Mark the banner requests to `own.origins`, so that the service doesn't count them as a page's."""

    async def mark(route: Route) -> None:
        marks = {CHECK_HEADER.lower(): "1"} if _is_from(own, route) else {}
        with suppress(Error):
            await route.fallback(headers={**route.request.headers, **marks})

    await context.route(ASKS, mark)


async def serve_page(context: BrowserContext, url: str, page: GivenPage) -> None:
    """Respond to `url` with the given page; all other requests pass through."""
    policy = {"content-security-policy": page.policy} if page.policy else {}

    async def answer(route: Route) -> None:
        with suppress(Error):
            if route.request.is_navigation_request() and route.request.frame.parent_frame is None:
                await route.fulfill(body=page.html, headers={"content-type": "text/html; charset=utf-8", **policy})
            else:
                await route.fallback()

    await context.route(lambda address: address == url, answer)


async def cut_off(context: BrowserContext) -> None:
    """Block the site's banner service for this visit."""

    async def drop(route: Route) -> None:
        with suppress(Error):
            await route.abort("connectionrefused")

    await context.route(ASKS, drop)


def _is_from(own: OwnBanner, route: Route) -> bool:
    """Return whether a request goes to an origin that serves the site's own banner."""
    parts = urlsplit(route.request.url)
    return f"{parts.scheme}://{parts.netloc}" in own.origins


def readable_headers(headers: dict[str, str]) -> dict[str, str]:
    """Return headers that let the page read the error, so that the banner removes the refused choice from its queue."""
    origin = headers.get("origin")
    allow = {"access-control-allow-origin": origin, "access-control-allow-credentials": "true"} if origin else {}
    return {"content-type": "application/json", **allow}


def _receipt(body: str | None) -> dict[str, str]:
    with suppress(ValueError, AttributeError):
        document = json.loads(body or "{}")
        return {
            name: clean(document.get(name, ""), 80) for name in ("key", "action", "method", "config", "conflict_shown")
        }
    return {}
