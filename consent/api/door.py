"""The thin door: what visitors' browsers call, answered before Flask; the rest goes on to the API or the dashboard."""

import logging
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from consent.api.answer import HSTS, Answer, ApiError, error_answer
from consent.api.csp_reports import answer_csp_reports
from consent.api.decision import answer_decision
from consent.api.events import answer_event
from consent.api.logo import answer_logo
from consent.api.page_sightings import answer_sightings
from consent.api.public import Public
from consent.api.receipts import answer_receipt_write
from consent.api.request import Request
from consent.api.script import answer_acts, answer_pinned_script, answer_script
from consent.api.visit import cors, find_site

log = logging.getLogger(__name__)

_SITE = r"([a-z0-9][a-z0-9-]{0,62})"
_PATHS: dict[str, list[tuple[re.Pattern[str], dict[str, Callable[..., Answer]]]]] = {
    "/b/": [
        (re.compile(rf"/b/{_SITE}\.js"), {"GET": answer_script}),
        (re.compile(rf"/b/{_SITE}/([0-9a-f]{{64}})\.js"), {"GET": answer_pinned_script}),
        (re.compile(rf"/b/{_SITE}/logo/([0-9a-f]{{64}})"), {"GET": answer_logo}),
        (re.compile(rf"/b/{_SITE}/([0-9a-f]{{16}})/([0-9a-f]{{16}})/([A-Za-z-]{{2,20}})\.js"), {"GET": answer_acts}),
    ],
    "/api/v1/sites/": [
        (re.compile(rf"/api/v1/sites/{_SITE}/decision"), {"GET": answer_decision}),
        (re.compile(rf"/api/v1/sites/{_SITE}/receipts"), {"POST": answer_receipt_write}),
        (re.compile(rf"/api/v1/sites/{_SITE}/events"), {"POST": answer_event}),
        (re.compile(rf"/api/v1/sites/{_SITE}/csp-reports"), {"POST": answer_csp_reports}),
        (re.compile(rf"/api/v1/sites/{_SITE}/sightings"), {"POST": answer_sightings}),
    ],
}
LONGEST_PATH = 200
"""Characters; the path of each endpoint is shorter."""
PATHS_KEPT = 4096
API_PATHS = ("/api/", "/b/", "/c/", "/p/", "/r/", "/log/", "/.well-known/", "/healthz", "/readyz", "/metrics")
"""What begins so is the public API's."""
_PREFIXES = tuple(_PATHS)
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

WSGI = Callable[..., Iterable[bytes]]


class Door:
    """A WSGI callable around two Flask apps: the public API, and the dashboard for all other paths.

    `root` is the path below which a proxy serves the dashboard, and which it cuts off; empty where there is none.
    """

    def __init__(self, public: Public, api: WSGI, dashboard: WSGI, root: str = "") -> None:
        self._public, self._api, self._dashboard, self._root = public, api, dashboard, root

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer what the door knows, hand on what it does not."""
        path = environ["PATH_INFO"]
        found = find_endpoint(path, environ["REQUEST_METHOD"])
        if found is None:
            if path.startswith(API_PATHS):
                return self._api(environ, start_response)
            if self._root:
                environ["SCRIPT_NAME"] = self._root
            return self._dashboard(environ, start_response)
        answer = answer_request(self._public, Request(environ), *found)
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body
        headers = answer.sized()
        if self._public.is_https:
            headers = [*headers, HSTS]
        start_response(_STATUS_LINES[answer.status], headers)
        return [body]


def find_endpoint(path: str, method: str) -> tuple[Callable[..., Answer], tuple[str, ...]] | None:
    """Return the endpoint for a path and method with the arguments that the path holds, or None."""
    if len(path) > LONGEST_PATH or not path.startswith(_PREFIXES):
        return None
    return _find_endpoint(path, method)


@lru_cache(PATHS_KEPT)
def _find_endpoint(path: str, method: str) -> tuple[Callable[..., Answer], tuple[str, ...]] | None:
    prefix = "/b/" if path.startswith("/b/") else "/api/v1/sites/"
    for pattern, methods in _PATHS[prefix]:
        match = pattern.fullmatch(path)
        if match:
            if method == "OPTIONS" and "POST" in methods:
                return answer_preflight, match.groups()
            endpoint = methods.get("GET" if method == "HEAD" else method)
            return (endpoint, match.groups()) if endpoint else None
    return None


def answer_request(
    public: Public, request: Request, endpoint: Callable[..., Answer], arguments: tuple[str, ...]
) -> Answer:
    """Return what `endpoint` answers, an error in the one JSON shape where it refuses, and 500 where it fails."""
    try:
        return endpoint(public, request, *arguments)
    except ApiError as error:
        public.refused.add(endpoint.__name__, error.code)
        return error_answer(error, _readable(public, request, arguments[0]) if arguments else [])
    except SQLAlchemyError as error:
        if not public.outage.explains(error):
            log.warning("%s: the database refuses what is asked (%s)", endpoint.__name__, type(error).__name__)
        public.refused.add(endpoint.__name__, "unavailable")
        away = ApiError(503, "unavailable", "The database does not answer; nothing was written.", retry_after=5)
        return error_answer(away, _readable(public, request, arguments[0]) if arguments else [])
    except Exception:
        log.exception("%s failed", endpoint.__name__)
        public.refused.add(endpoint.__name__, "internal")
        return error_answer(ApiError(500, "internal", "The service failed; nothing was written."))


def answer_preflight(public: Public, request: Request, site: str) -> Answer:
    """Tell a browser that a page of the site may post here (Fetch, CORS preflight)."""
    config = find_site(public, site)
    allowed = [("Access-Control-Allow-Methods", "POST"), ("Access-Control-Allow-Headers", "Content-Type")]
    return Answer(204, [*cors(config, request), *allowed, ("Access-Control-Max-Age", "600")])


def _readable(public: Public, request: Request, site: str) -> list[tuple[str, str]]:
    """Return the CORS headers of an error, so that the site's own page can read why it was refused."""
    config = public.live.get(site)
    try:
        return cors(config, request) if config else []
    except ApiError:
        return []
