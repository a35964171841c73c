"""WSGI fast path: answer the requests of visitors' browsers before Flask, and forward all others."""

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
"""Of the endpoints; a stranger may invent others, of any length."""
MAX_PATH_LENGTH = 200
"""Characters; the path of each endpoint is shorter."""
MAX_CACHED_PATHS = 4096
API_PATHS = (
    "/schemas/",
    *("/api/", "/b/", "/c/", "/docs", "/p/", "/r/", "/rights/", "/log/", "/.well-known/"),
    *("/healthz", "/readyz", "/metrics"),
)
"""What begins so is the public API's."""
_ENCODED_HSTS = encode_headers([HSTS])
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

WSGI = Callable[..., Iterable[bytes]]


class Endpoint(NamedTuple):
    """A function, the arguments that the path holds, and what of it may run on the event loop where it writes."""

    answer: Callable[..., Answer]
    arguments: tuple[str, ...]
    begin: Callable[..., ReceiptWrite | None] | None = None


class WsgiApp:
    """A WSGI callable around two Flask apps: the public API, and the dashboard for all other paths.

    `timeouts` gives bodies their deadline.
    `root` is the path below which a proxy serves the dashboard, and which it cuts off; empty where there is none.
    """

    def __init__(self, context: ApiContext, api: WSGI, dashboard: WSGI, timeouts: BodyTimeouts, root: str = "") -> None:
        self._context, self._api, self._dashboard, self._root = context, api, dashboard, root
        self._timeouts = timeouts
        self._is_https = context.settings.is_https

    def __call__(self, environ: WSGIEnvironment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer what this app knows, hand on what it does not."""
        self._timeouts.guard(environ)
        endpoint = find_endpoint(environ["PATH_INFO"], environ["REQUEST_METHOD"])
        if endpoint is None:
            return self.forward(environ, start_response)
        answer = self.answer(environ, endpoint)
        start_response(_STATUS_LINES[answer.status], self.headers_of(answer))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]

    def answer(self, environ: WSGIEnvironment, endpoint: Endpoint) -> Answer:
        """Return what the endpoint of a request answers."""
        return answer_request(self._context, Request(environ), endpoint.answer, endpoint.arguments)

    def begin(
        self, environ: WSGIEnvironment, endpoint: Endpoint, wake: Callable[[], object]
    ) -> ReceiptWrite | Answer | None:
        """Begin what writes: return what has an answer after `wake`, an answer, or None where nothing was begun."""
        if endpoint.begin is None:
            return None
        request = Request(environ)
        call = partial(endpoint.begin, self._context, request, *endpoint.arguments, wake)
        return attempt(self._context, request, endpoint.answer.__name__, endpoint.arguments, call)

    def end(self, environ: WSGIEnvironment, endpoint: Endpoint, write: ReceiptWrite, *, in_time: bool) -> Answer:
        """Return the answer of what was begun, after its `wake` or its timeout."""
        call = partial(write.answer, in_time=in_time)
        return attempt(self._context, Request(environ), endpoint.answer.__name__, endpoint.arguments, call)

    def headers_of(self, answer: Answer) -> list[tuple[str, str]]:
        """Return the headers with which `answer` is sent."""
        return [*answer.sized(), HSTS] if self._is_https else answer.sized()

    def encoded_headers_of(self, answer: Answer) -> list[tuple[bytes, bytes]]:
        """Return the same as ASGI has them."""
        return [*answer.encoded(), *_ENCODED_HSTS] if self._is_https else answer.encoded()

    def forward(self, environ: WSGIEnvironment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Return what one of the two Flask apps answers."""
        if environ["PATH_INFO"].startswith(API_PATHS):
            return self._api(environ, start_response)
        if self._root:
            environ["SCRIPT_NAME"] = self._root
        return self._dashboard(environ, start_response)


def find_endpoint(path: str, method: str) -> Endpoint | None:
    """Return the endpoint for a path and method with the arguments that the path holds, or None."""
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
