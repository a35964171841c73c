"""Consent for pages of a site's own server, in one standard-library file: WSGI and ASGI middleware.

    pages = ConsentPages("https://consent.example.com", "shop", token)
    application = pages.wsgi(application)                                       # Flask, Django
    app.add_middleware(pages.asgi)                                              # FastAPI, Starlette

An element with `data-tag` is sent only if its visitor allows that tag, and each page gets a Content-Security-Policy
with what the visitor allows (docs/python.md). If the service doesn't answer, no third-party content is allowed.
"""

import asyncio
import gzip
import json
import logging
import re
import threading
import time
from collections.abc import Awaitable, Callable, Container, Iterable, Iterator, Mapping, Sequence
from http.client import HTTPException
from itertools import chain
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

log = logging.getLogger("consent.pages")
Wsgi = Callable[..., Iterable[bytes]]
Asgi = Callable[..., Awaitable[None]]
Headers = list[tuple[str, str]]
Directives = dict[str, list[str]]

ENFORCED, REPORTED = "Content-Security-Policy", "Content-Security-Policy-Report-Only"
KINDS = (
    *("script-src", "script-src-elem", "connect-src", "img-src", "frame-src", "child-src"),
    *("style-src", "style-src-elem", "font-src", "media-src"),
)
"""The directives that vendors need; all other directives are left as the site set them."""
DEFAULT = "default-src"
OWN_POLICY = f"{DEFAULT} 'self' data: blob: 'unsafe-inline' 'unsafe-eval'"
"""For a site without a policy of its own: it restricts hosts, but none of the site's own code."""
SOCKETS = {"https://": "wss://", "http://": "ws://"}
REPORTS = ("report-uri", "report-to")

CACHE_SECONDS = 60.0
MAX_CACHED = 2000
RETRY_SECONDS = 5.0
"""How long to leave the service alone after it failed to answer, so that an outage doesn't delay every page."""
MAX_CHOICE_LENGTH = 1024
MAX_PATH_LENGTH = 2048
MAX_NAMED = 100
"""Maximum number of unknown tag ids to log: a page may contain text that visitors wrote."""
PAGES = ("document", "iframe", "frame", "object", "embed")
"""Destinations for which a browser requests a page (Fetch Metadata)."""
FRAGMENTS = ("", "empty")
"""Destinations for which a script makes a request, which may return part of a page."""
CONDITIONS = ("if-none-match", "if-modified-since")
DIRECT_SENDS = ("http.response.pathsend", "http.response.zerocopysend")
"""ASGI extensions with which a server sends a file that this middleware wouldn't see."""

MARK = b"data-tag"
VOID = frozenset(
    (
        *("area", "base", "br", "col", "embed", "hr", "img"),
        *("input", "link", "meta", "param", "source", "track", "wbr"),
    )
)
RAW = frozenset(["iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"])
FOREIGN = {
    "svg": frozenset(["desc", "foreignobject", "title"]),
    "math": frozenset(["annotation-xml", "mi", "mn", "mo", "ms", "mtext"]),
}
"""By the outermost SVG or MathML element: the elements inside it that contain HTML again."""
MAX_LEVELS = 200
Around = tuple[str, "Around"] | None
OUT_OF_FOREIGN = frozenset(
    (
        *("b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr"),
        *("ol", "p", "pre", "ruby", "s", "small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u"),
        *("ul", "var"),
    )
)
"""HTML elements that end SVG and MathML."""
_OLD_FONT = re.compile(r"[\t\n\f\r /](?:color|face|size)", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))", re.DOTALL)
_NAME = re.compile(r"<(/?)([A-Za-z][^\t\n\f\r />]*)")
_ATTRIBUTE = re.compile(
    r"""[\t\n\f\r /]*(?:>|([^\t\n\f\r />][^\t\n\f\r />=]*)"""
    r"""(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|([^\t\n\f\r >]*)))?)"""
)
_CHOICE = re.compile(
    r"v1\.(\d{1,6})\.[a-z_]{1,40}(?:\+[fadx]{1,4})?\.[0-3]\.((?:[01-][0-9a-f]{8}){3})\.([a-z0-9:~-]*)", re.ASCII
)


class UnreadablePageError(Exception):
    """A page in an encoding that hides the elements to leave out."""


class Answer(NamedTuple):
    """What a visitor allows: ids of tags, groups and CSP sources. `known` are all tags of the site."""

    allowed: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    sources: tuple[str, ...] = ()
    known: frozenset[str] | None = None


NOTHING = Answer()


class Decisions:
    """The service's answers, cached for a minute; if it doesn't answer, nothing is allowed."""

    def __init__(self, base: str, site: str, token: str, timeout: float, clock: Callable[[], float] = time.monotonic):
        self._address = f"{base}/api/v1/sites/{site}/decision"
        self._token, self._timeout, self._clock = token, timeout, clock
        self._kept: dict[tuple[tuple[str, str], ...], tuple[float, Answer]] = {}
        self._unavailable_until, self._is_unavailable = 0.0, False
        self._lock = threading.Lock()

    def kept(self, parameters: Mapping[str, str], address: str) -> Answer | None:
        """Return the answer if it is known without a request."""
        now = self._clock()
        with self._lock:
            known = self._kept.get(_key(parameters, address))
            if known and now - known[0] < CACHE_SECONDS:
                return known[1]
            return NOTHING if now < self._unavailable_until else None

    def fetch(self, parameters: Mapping[str, str], address: str) -> Answer:
        """Return the answer for a visitor at `address`. `parameters` are the query parameters of the decision route."""
        if (known := self.kept(parameters, address)) is not None:
            return known
        try:
            answer = self._request(parameters, address)
        except HTTPError as error:
            return self._failed(f"returned {error.code}")
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
            self._unavailable_until = self._clock() + RETRY_SECONDS
            return self._failed(f"does not respond ({type(error).__name__})")
        with self._lock:
            if len(self._kept) >= MAX_CACHED:
                self._kept = {}
            self._kept[_key(parameters, address)] = (self._clock(), answer)
            was_unavailable, self._is_unavailable = self._is_unavailable, False
        if was_unavailable:
            log.warning("The consent service responds again")
        return answer

    def _failed(self, reason: str) -> Answer:
        with self._lock:
            was_unavailable, self._is_unavailable = self._is_unavailable, True
        if not was_unavailable:
            log.error("The consent service %s; blocking everything that needs consent", reason)
        return NOTHING

    def _request(self, parameters: Mapping[str, str], address: str) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}"} | ({"X-Visitor-Address": address} if address else {})
        request = Request(  # noqa: S310 (the scheme was checked)
            f"{self._address}?{urlencode({'view': 'csp', **parameters})}", headers=headers
        )
        with urlopen(request, timeout=self._timeout) as response:  # noqa: S310
            document: dict[str, Any] = json.load(response)
        # The script loads a tag with a trigger once the trigger fires.
        waiting = {tag["id"] for tag in document["tags"] if "trigger" in tag}
        return Answer(
            frozenset(document["allowed_tags"]) - waiting,
            frozenset(group for group, answer in document["groups"].items() if answer["granted"]),
            tuple(str(source) for source in document["sources"]),
            frozenset(tag["id"] for tag in document["tags"]),
        )


class Visit:
    """The decision for one request, fetched when first needed."""

    def __init__(self, decisions: Decisions, parameters: dict[str, str], address: str) -> None:
        self._decisions, self._parameters, self._address = decisions, parameters, address
        self._answer: Answer | None = None

    def answer(self) -> Answer:
        """Return what the visitor allows."""
        if self._answer is None:
            self._answer = self._decisions.fetch(self._parameters, self._address)
        return self._answer

    async def load(self) -> Answer:
        """Return the same without blocking the event loop."""
        if self._answer is None:
            self._answer = self._decisions.kept(self._parameters, self._address)
        return await asyncio.to_thread(self.answer) if self._answer is None else self._answer

    def allows(self, tag: str) -> bool:
        """Return whether the tag with the id `tag` may run."""
        return tag in self.answer().allowed

    def grants(self, group: str) -> bool:
        """Return whether `group` is granted, such as "analytics"."""
        return group in self.answer().groups


class ConsentPages:
    """Middleware of the site `site`, for the service that browsers reach at `service`, with a token of scope `decide`.

    `ask_at` is the address at which this server reaches the service, if it differs. `own` is the site's own policy; a
    page that sends a policy itself, with its nonce, keeps that one instead. `report_only` lets everything load and only
    reports violations; `policy=False` sends no policy. `visitor_address` and `age_band` get the visitor's address, and
    the age in whole years or as a band, from the WSGI environ or the ASGI scope; `address_header` names a proxy's
    header to read the address from instead. If there is no answer within `timeout` seconds, tags are held.
    """

    def __init__(
        self,
        service: str,
        site: str,
        token: str,
        *,
        ask_at: str = "",
        own: str = OWN_POLICY,
        policy: bool = True,
        report_only: bool = False,
        timeout: float = 0.5,
        address_header: str = "",
        visitor_address: Callable[[dict[str, Any]], str] | None = None,
        age_band: Callable[[dict[str, Any]], str] = lambda _: "",
    ) -> None:
        base, asked = service.rstrip("/"), (ask_at or service).rstrip("/")
        for address in (base, asked):
            if not address.startswith(("https://", "http://")):
                raise ValueError(f"{address} is not a URL such as https://consent.example.com")
        self._site, self._own, self._has_policy, self._report_only = site, own, policy, report_only
        parts = urlsplit(base)
        self._service = f"{parts.scheme}://{parts.netloc}"
        self._reports = f"{base}/api/v1/sites/{site}/csp-reports"
        self._decisions = Decisions(asked, site, token, timeout)
        self._address_header, self._visitor_address, self._age_band = address_header.lower(), visitor_address, age_band
        self._unknown: set[str] = set()

    def wsgi(self, app: Wsgi) -> Wsgi:
        """Return `app` with its pages as each visitor allows; `environ["consent"]` is the visit."""

        def pages(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            headers = {
                name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"
            }
            path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
            path = path.encode("latin-1", "replace").decode("utf-8", "replace")
            visit = self._visit(environ, headers, path, environ.get("REMOTE_ADDR", ""))
            others = {name: value for name, value in environ.items() if name[:5] != "HTTP_"}
            kept = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in _page_headers(headers).items()}
            call = _WsgiCall(start_response)
            parts = app(others | kept | {"consent": visit}, call.start)
            return call.answer(parts, lambda sent, body: self._page(visit.answer, sent, body))

        return pages

    def asgi(self, app: Asgi) -> Asgi:
        """Return `app` with its pages as each visitor allows; `scope["consent"]` is the visit, preloaded for pages."""

        async def pages(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            headers = _headers_of_scope(scope)
            path = scope.get("path", "/")
            visit = self._visit(scope, headers, path, (scope.get("client") or ("",))[0])
            if _is_page_wanted(headers):
                await visit.load()

            async def make(sent: Headers, body: bytes) -> tuple[Headers, bytes]:
                await visit.load()
                return self._page(visit.answer, sent, body)

            await app(_page_scope(scope, headers) | {"consent": visit}, receive, _AsgiCall(send, make).send)

        return pages

    def _visit(self, source: dict[str, Any], headers: Mapping[str, str], path: str, peer: str) -> Visit:
        parameters = {"path": path[:MAX_PATH_LENGTH] or "/"}
        parameters |= {name: "1" for name, sent in (("gpc", "sec-gpc"), ("dnt", "dnt")) if headers.get(sent) == "1"}
        if choice := _choice_of(headers.get("cookie", ""), f"consent_{self._site}"):
            parameters["choice"] = choice
        if band := self._age_band(source):
            parameters["age" if band.isdigit() else "age_band"] = band
        if self._visitor_address:
            return Visit(self._decisions, parameters, self._visitor_address(source))
        address = headers.get(self._address_header, "") if self._address_header else peer
        return Visit(self._decisions, parameters, address)

    def _page(self, answer: Callable[[], Answer], headers: Headers, body: bytes) -> tuple[Headers, bytes]:
        body, has_marks = self._without_held(answer, headers, body)
        if has_marks:
            # The page is for this visitor and this moment: after a withdrawal the browser must not show it again.
            headers = _without(headers, "cache-control", "etag", "last-modified", "expires")
            headers = [*headers, ("Cache-Control", "private, no-store")]
        if self._has_policy:
            headers = self._with_policy(answer(), headers)
        return headers, body

    def _without_held(self, answer: Callable[[], Answer], headers: Headers, body: bytes) -> tuple[bytes, bool]:
        encoding = _value(headers, "content-encoding").lower()
        if body and encoding not in ("", "identity", "gzip"):
            raise UnreadablePageError(
                f"The page is compressed with {encoding}; add compression outside of ConsentPages."
            )
        text = gzip.decompress(body) if body and encoding == "gzip" else body
        if MARK not in text.lower():
            if MARK in text.replace(b"\0", b"").lower():
                raise UnreadablePageError("The page is in UTF-16; send it in UTF-8.")
            return body, False
        allowed = answer()
        # In any ASCII-compatible encoding, Latin-1 preserves each byte.
        remaining = strip_held_elements(
            text.decode("latin-1"), allowed.allowed, self._unknown_tag_check(allowed)
        ).encode("latin-1")
        return gzip.compress(remaining) if encoding == "gzip" else remaining, True

    def _unknown_tag_check(self, answer: Answer) -> Callable[[str], None]:
        def check(tag: str) -> None:
            is_known = answer.known is None or tag in answer.known or tag in self._unknown
            if not is_known and len(self._unknown) < MAX_NAMED:
                self._unknown.add(tag)
                log.warning("The site has no tag %r; elements marked with it are never sent", tag)

        return check

    def _with_policy(self, answer: Answer, headers: Headers) -> Headers:
        own = [value for name, value in headers if name.lower() == ENFORCED.lower()] or [self._own]
        if self._report_only:
            # The page's own policies, enforced or report-only, stay as they are; this is a copy for our reports.
            own = [without_reports(value) for value in own]
        else:
            headers = _without(headers, ENFORCED.lower())
        sent = REPORTED if self._report_only else ENFORCED
        policies = [(sent, policy) for policy in policies_with(own, [self._service, *answer.sources], self._reports)]
        # Visitors of one page may allow different things, so a shared cache must not mix up their copies.
        vary = [("Vary", "Cookie, Sec-GPC, DNT")]
        return [*headers, *policies, ("Reporting-Endpoints", f'consent="{self._reports}"'), *vary]


class _WsgiCall:
    """An application's response to one request: a page is buffered, anything else passes straight through."""

    def __init__(self, start_response: Callable[..., Any]) -> None:
        self._start_response, self._is_sent = start_response, False
        self._page: tuple[str, Headers, tuple[Any, ...]] | None = None
        self._written: list[bytes] = []

    def start(self, status: str, headers: Headers, *error: Any) -> Callable[[bytes], Any]:
        if not self._is_sent and _is_page(int(status[:3]), headers):
            self._page = status, headers, error
            return self._written.append
        self._page, self._is_sent = None, True
        write: Callable[[bytes], Any] = self._start_response(status, headers, *error)
        return write

    def answer(
        self, parts: Iterable[bytes], make: Callable[[Headers, bytes], tuple[Headers, bytes]]
    ) -> Iterable[bytes]:
        if self._is_sent:
            return parts
        try:
            rest = iter(parts)
            first = next(rest, b"")  # an application may call `start_response` when the first part is read
            if self._page is None:
                self._is_sent = True
                return _Closing(chain([first], rest), parts)
            body = b"".join([*self._written, first, *rest])
        except BaseException:
            _close(parts)
            raise
        _close(parts)
        status, headers, error = self._page
        headers, page = make(headers, body)
        # A response to HEAD has no body, so the length of the GET response is unknown here.
        length = [("Content-Length", str(len(page)))] if page or not _value(headers, "content-length") else []
        self._start_response(status, [*_without(headers, "content-length"), *length], *error)
        return [page]


class _Closing:
    """A response that passes straight through, with `close` forwarded to the application's iterable."""

    def __init__(self, parts: Iterator[bytes], source: Iterable[bytes]) -> None:
        self._parts, self._source = parts, source

    def __iter__(self) -> Iterator[bytes]:
        return self._parts

    def close(self) -> None:
        _close(self._source)


class _AsgiCall:
    """The ASGI counterpart of `_WsgiCall`."""

    def __init__(
        self,
        send: Callable[..., Awaitable[None]],
        make: Callable[[Headers, bytes], Awaitable[tuple[Headers, bytes]]],
    ) -> None:
        self._send, self._make = send, make
        self._start: dict[str, Any] | None = None
        self._parts: list[bytes] = []

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message.get("headers", [])]
            if _is_page(message["status"], headers):
                self._start = {**message, "headers": headers}
                return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._parts.append(message.get("body", b""))
        if message.get("more_body"):
            return
        start, self._start = self._start, None
        headers, page = await self._make(start["headers"], b"".join(self._parts))
        length = [("Content-Length", str(len(page)))] if page or not _value(headers, "content-length") else []
        sent = [*_without(headers, "content-length"), *length]
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in sent]
        await self._send({**start, "headers": raw})
        await self._send({"type": "http.response.body", "body": page})


def strip_held_elements(page: str, allowed: Container[str], check: Callable[[str], None] = lambda _: None) -> str:
    """Return `page` without the elements whose `data-tag` isn't in `allowed`. `check` is called with each id.

    An unclosed element extends to the end of the page, so all of the rest is removed.
    """
    kept, at = [], 0
    held, depth, foreign = "", 0, _Foreign()
    around = foreign.around
    for start, end, name, is_end, tag in _tags(page, foreign):
        if held:
            depth += (-1 if is_end else 1) if name == held else 0
            if not depth:
                held, at = "", end
                foreign.around = around
        elif tag is not None and not is_end:
            check(tag)
            if tag not in allowed:
                kept.append(page[at:start])
                at, around = end, foreign.before
                held, depth = ("", 0) if name in VOID else (name, 1)
                if not held:
                    foreign.around = around
    return "".join(kept if held else [*kept, page[at:]])


def _tags(
    page: str, foreign: "_Foreign", at: int = 0, stop: int | None = None
) -> Iterator[tuple[int, int, str, bool, str | None]]:
    """Yield each tag as browsers parse it (HTML, 13.2.5): start, end, name, whether it is an end tag, and `data-tag`.

    `foreign` is kept up to date; a caller that removes an element resets `foreign.around` to what was in `before`.
    """
    stop = len(page) if stop is None else stop
    while (at := page.find("<", at, stop)) >= 0:
        if foreign.around and foreign.around[0] in FOREIGN and page.startswith("<![CDATA[", at):
            at = _end_of("]]>", page, at, stop)
            continue
        if comment := _COMMENT.match(page, at, stop):
            at = comment.end()
            continue
        named = _NAME.match(page, at, stop)
        if not named:
            # Before any other character, "<" starts a comment that ends at the next ">", or is text.
            at = _end_of(">", page, at, stop) if page[at + 1 : at + 2] in ("!", "?", "/") else at + 1
            continue
        end, tag = _attributes(page, named.end(), stop)
        is_end, name = bool(named[1]), named[2].lower()
        is_foreign = foreign.pass_by(name, page[at:end], is_end=is_end)
        yield at, end, name, is_end, tag
        at = end
        if is_end or is_foreign or not (name in RAW or name == "noscript"):
            continue
        closed = re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE).search(page, at, stop)
        at = closed.start() if closed else stop
        if name == "noscript":  # text up to here for a browser with scripting, markup for one without
            yield from _tags(page, _Foreign(), end, at)


class _Foreign:
    """Whether the parser is in SVG or MathML, where no element is raw text and CDATA exists (HTML, 13.2.6.5).

    `around` is the innermost open SVG or MathML root, or HTML integration point in one, paired with the next outer one;
    `before` is its value before the last tag.
    """

    def __init__(self) -> None:
        self.around: Around = None
        self.before: Around = None

    def pass_by(self, name: str, text: str, *, is_end: bool) -> bool:
        """Process the tag `text`, and return whether it is an SVG or MathML element."""
        self.before = self.around
        if is_end:
            self._end(name)
            return False
        if name in OUT_OF_FOREIGN or (name == "font" and _OLD_FONT.search(text)):
            while self.around and self.around[0] in FOREIGN:
                self.around = self.around[1]
        outer = self.around[0] if self.around else ""
        is_foreign = name in FOREIGN or outer in FOREIGN
        is_html_within = name in FOREIGN.get(outer, ()) and (name != "annotation-xml" or "encoding" in text.lower())
        if not text.endswith("/>") and (name in FOREIGN or is_html_within):
            self.around = name if name in FOREIGN else f"{outer} {name}", self.around
        return is_foreign

    def _end(self, name: str) -> None:
        found, levels = self.around, 0
        while found and levels < MAX_LEVELS:
            if name in ("p", "br") and found[0] not in FOREIGN:
                self.around = found
                return
            if found[0].rpartition(" ")[2] == name:
                self.around = found[1]
                return
            found, levels = found[1], levels + 1
        if name in ("p", "br"):
            self.around = found


def _attributes(page: str, at: int, stop: int) -> tuple[int, str | None]:
    """Return the end of the tag and its `data-tag`; if an attribute is repeated, the first one counts."""
    tag = None
    while found := _ATTRIBUTE.match(page, at, stop):
        at = found.end()
        if found[1] is None:
            return at, tag
        if tag is None and found[1].lower() == "data-tag":
            tag = next((value for value in found.groups()[1:] if value is not None), "")
    return stop, tag


def _end_of(mark: str, page: str, at: int, stop: int) -> int:
    """Return the position after the next `mark`, or `stop` if there is none."""
    end = page.find(mark, at, stop)
    return end + len(mark) if end >= 0 else stop


def policy_with(own: str, sources: Iterable[str], report_to: str = "") -> str:
    """Return the policy `own` with `sources` added to each directive that vendors need.

    Anything `own` doesn't restrict is restricted as in OWN_POLICY. `report_to` is the address to which violations are
    reported; a policy that already reports elsewhere keeps its own.
    """
    return ", ".join(policies_with([own], sources, report_to))


def policies_with(own: Sequence[str], sources: Iterable[str], report_to: str = "") -> list[str]:
    """Return a page's policies `own`, all of which a browser enforces, each with `sources` added to its directives."""
    policies = [parse(one) for value in own for one in value.split(",") if parse(one)] or [{}]
    if not any(DEFAULT in directives for directives in policies):
        # A default-src in one policy would restrict what another policy names, so it takes over those directives.
        for directives in policies[1:]:
            policies[0] |= {name: directives[name] for name in KINDS if name in directives and name not in policies[0]}
        policies[0] |= parse(OWN_POLICY)
    added = list(dict.fromkeys(sources))
    for directives in policies:
        _add(directives, added)
        if report_to and not any(name in directives for name in REPORTS):
            directives["report-uri"] = [report_to]
            # A browser that supports `report-to` ignores `report-uri`, and sends these reports over TLS only.
            directives |= {"report-to": ["consent"]} if report_to.startswith("https:") else {}
    return [serialize_policy(directives) for directives in policies]


def without_reports(policy: str) -> str:
    """Return `policy` without its reporting directives."""
    return ", ".join(
        serialize_policy({name: values for name, values in parse(one).items() if name not in REPORTS})
        for one in policy.split(",")
    )


def serialize_policy(directives: Directives) -> str:
    """Return one policy in serialized form."""
    return "; ".join(" ".join([name, *values]) for name, values in directives.items())


def parse(policy: str) -> Directives:
    """Return the directives of one serialized policy; if one is repeated, the first one counts (CSP3, 2.2.1)."""
    directives: Directives = {}
    for part in policy.split(";"):
        name, *values = part.split() or [""]
        if name:
            directives.setdefault(name.lower(), values)
    return directives


def _add(directives: Directives, added: list[str]) -> None:
    """Add sources to each directive that vendors need, and their WebSocket forms to the directive for connections."""
    connections = "connect-src" if "connect-src" in directives else DEFAULT
    # An https source doesn't cover WebSockets: Chromium requires wss to be listed.
    sockets = [
        to + one.removeprefix(scheme) for one in added for scheme, to in SOCKETS.items() if one.startswith(scheme)
    ]
    for name in (DEFAULT, *KINDS):
        if name in directives and added:
            sources = [source for source in directives[name] if source.lower() != "'none'"]
            more = [*added, *(sockets if name == connections else [])]
            directives[name] = list(dict.fromkeys([*sources, *more]))


def _is_page(status: int, headers: Headers) -> bool:
    kind = _value(headers, "content-type").lower()
    return not 300 <= status < 400 and kind.startswith(("text/html", "application/xhtml"))


def _is_page_wanted(headers: Mapping[str, str]) -> bool:
    kind = headers.get("sec-fetch-dest")
    return kind in PAGES if kind else "text/html" in headers.get("accept", "")


def _page_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the request headers to pass on, so that a page comes back in full and in a readable encoding."""
    changed = dict(headers)
    if _is_page_wanted(headers):
        # After a 304 the browser would keep the policy it got with the page, whatever has been chosen since.
        changed = {name: value for name, value in changed.items() if name not in CONDITIONS}
    if "accept-encoding" in changed and headers.get("sec-fetch-dest", "") in (*PAGES, *FRAGMENTS):
        changed["accept-encoding"] = "gzip" if "gzip" in changed["accept-encoding"].lower() else "identity"
    return changed


def _headers_of_scope(scope: Mapping[str, Any]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name, text = raw.decode("latin-1").lower(), value.decode("latin-1")
        headers[name] = f"{headers[name]}{'; ' if name == 'cookie' else ', '}{text}" if name in headers else text
    return headers


def _page_scope(scope: dict[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    wanted = _page_headers(headers)
    sent = [(name, value) for name, value in scope["headers"] if name.lower() != b"accept-encoding"]
    sent = [(name, value) for name, value in sent if name.decode("latin-1").lower() in wanted]
    if "accept-encoding" in wanted:
        sent.append((b"accept-encoding", wanted["accept-encoding"].encode("latin-1")))
    known = {name: facts for name, facts in (scope.get("extensions") or {}).items() if name not in DIRECT_SENDS}
    return {**scope, "headers": sent, "extensions": known}


def _choice_of(cookies: str, wanted: str) -> str:
    """Return the choice that counts if both a host and a domain cookie are sent: the newest, then the strictest."""
    pairs = (part.strip().partition("=") for part in cookies.split(";"))
    texts = [value for name, _, value in pairs if name == wanted and len(value) <= MAX_CHOICE_LENGTH]
    choices = [(text, found) for text in texts if (found := _CHOICE.fullmatch(text))]
    if not choices:
        return texts[0] if texts else ""
    return max(choices, key=lambda one: (int(one[1][1]), -_count_grants(one[1])))[0]


def _count_grants(choice: re.Match[str]) -> int:
    states, exceptions = str(choice[2]), str(choice[3])
    return [states[0], states[9], states[18]].count("1") + exceptions.count(":1")


def _key(parameters: Mapping[str, str], address: str) -> tuple[tuple[str, str], ...]:
    return (*sorted(parameters.items()), ("address", address))


def _value(headers: Headers, wanted: str) -> str:
    return next((value for name, value in headers if name.lower() == wanted), "")


def _without(headers: Headers, *names: str) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in names]


def _close(parts: Iterable[bytes]) -> None:
    close = getattr(parts, "close", None)
    if close:
        close()
