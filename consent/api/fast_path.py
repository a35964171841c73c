"""WSGI fast path: answer requests from visitors' browsers before Flask, and forward all others."""

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any, NamedTuple
from wsgiref.types import WSGIEnvironment

from consent.api import receipt_routes
from consent.api.gate import routes as gate_routes
from consent.api.handover import routes as handover_routes
from consent.api.http.context import ApiContext
from consent.api.http.dispatch import answer_preflight, answer_request, attempt
from consent.api.http.request import Request
from consent.api.http.response import HSTS, Answer
from consent.api.page import routes as page_routes
from consent.api.page.record_choice import ReceiptWrite
from consent.api.visitor import routes as visitor_routes
from consent.web.body_timeout import BodyTimeouts
from consent.web.wsgi_bridge import encode_headers

ROUTE_GROUPS = (
    page_routes.ROUTE_GROUP,
    receipt_routes.ROUTE_GROUP,
    handover_routes.ROUTE_GROUP,
    gate_routes.ROUTE_GROUP,
    visitor_routes.ROUTE_GROUP,
)
ROUTES = tuple(route for group in ROUTE_GROUPS for route in group.routes if route.is_fast)
_PREFIXES = tuple(dict.fromkeys(route.prefix for route in ROUTES))
_PATTERNS = {prefix: [(one.pattern, one) for one in ROUTES if one.prefix == prefix] for prefix in _PREFIXES}
METHODS = frozenset(("HEAD", "OPTIONS", *(route.method for route in ROUTES)))
"""The methods of the endpoints; clients may send others, of any length."""
MAX_PATH_LENGTH = 200
"""Characters; every endpoint's path is shorter."""
MAX_CACHED_PATHS = 4096
API_PATHS = (
    "/schemas/",
    *("/api/", "/b/", "/c/", "/docs", "/p/", "/r/", "/rights/", "/log/", "/.well-known/"),
    *("/healthz", "/readyz", "/metrics"),
)
"""Paths with these prefixes belong to the public API."""
_ENCODED_HSTS = encode_headers([HSTS])
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

WSGI = Callable[..., Iterable[bytes]]


class Endpoint(NamedTuple):
    """A function, its arguments from the path and, for a write, the part that may run on the event loop."""

    answer: Callable[..., Answer]
    arguments: tuple[str, ...]
    begin: Callable[..., ReceiptWrite | None] | None = None


class WsgiApp:
    """A WSGI callable around two Flask apps: the public API, and the dashboard for all other paths.

    `timeouts` sets deadlines for bodies. `root` is the path prefix under which a proxy serves the dashboard and which
    it strips, or empty.
    """

    def __init__(self, context: ApiContext, api: WSGI, dashboard: WSGI, timeouts: BodyTimeouts, root: str = "") -> None:
        self._context, self._api, self._dashboard, self._root = context, api, dashboard, root
        self._timeouts = timeouts
        self._is_https = context.settings.is_https

    def __call__(self, environ: WSGIEnvironment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer known endpoints, and forward all other requests."""
        self._timeouts.guard(environ)
        endpoint = find_endpoint(environ["PATH_INFO"], environ["REQUEST_METHOD"])
        if endpoint is None:
            return self.forward(environ, start_response)
        answer = self.answer(Request(environ), endpoint)
        start_response(_STATUS_LINES[answer.status], self.headers_of(answer))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]

    def answer(self, request: Request, endpoint: Endpoint) -> Answer:
        """Return the endpoint's answer to a request."""
        return answer_request(self._context, request, endpoint.answer, endpoint.arguments)

    def begin(self, request: Request, endpoint: Endpoint, wake: Callable[[], object]) -> ReceiptWrite | Answer | None:
        """Begin a write: return one that is answered after `wake`, an immediate answer, or None if not begun."""
        if endpoint.begin is None:
            return None
        call = partial(endpoint.begin, self._context, request, *endpoint.arguments, wake)
        return attempt(self._context, request, endpoint.answer.__name__, endpoint.arguments, call)

    def end(self, request: Request, endpoint: Endpoint, write: ReceiptWrite, *, in_time: bool) -> Answer:
        """Return the answer to a write that was begun, after its `wake` or its timeout."""
        call = partial(write.answer, in_time=in_time)
        return attempt(self._context, request, endpoint.answer.__name__, endpoint.arguments, call)

    def headers_of(self, answer: Answer) -> list[tuple[str, str]]:
        """Return the headers to send with `answer`."""
        return [*answer.headers_with_length(), HSTS] if self._is_https else answer.headers_with_length()

    def encoded_headers_of(self, answer: Answer) -> list[tuple[bytes, bytes]]:
        """Return the same headers in ASGI form."""
        return [*answer.encoded(), *_ENCODED_HSTS] if self._is_https else answer.encoded()

    def forward(self, environ: WSGIEnvironment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Return the response of one of the two Flask apps."""
        if environ["PATH_INFO"].startswith(API_PATHS):
            return self._api(environ, start_response)
        if self._root:
            environ["SCRIPT_NAME"] = self._root
        return self._dashboard(environ, start_response)


def find_endpoint(path: str, method: str) -> Endpoint | None:
    """Return the endpoint for a path and method, with the arguments from the path, or None."""
    if len(path) > MAX_PATH_LENGTH or method not in METHODS or not path.startswith(_PREFIXES):
        return None
    return _find_endpoint(path, method)


@lru_cache(MAX_CACHED_PATHS)
def _find_endpoint(path: str, method: str) -> Endpoint | None:
    prefix = next(one for one in _PREFIXES if path.startswith(one))
    for pattern, route in _PATTERNS[prefix]:
        match = pattern.fullmatch(path)
        if not match:
            continue
        if method == "OPTIONS" and route.has_preflight:
            return Endpoint(answer_preflight, match.groups())
        if route.method == ("GET" if method == "HEAD" else method):
            return Endpoint(route.endpoint, match.groups(), route.begin)
    return None
