"""Watch requests to the site's own host, and judge each once its page is done: its collector, and the ids it contains.

Bodies, responses and cookie values are compared here and discarded; only the results leave.
"""

import asyncio
import base64
import re
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from playwright.async_api import BrowserContext, CDPSession, Error
from playwright.async_api import Request as SeenRequest

from consent.classifier.own_host.signatures import load_signatures
from consent.classifier.registrable_domain import host_of, owned_domain
from consent.scanner.browser.own_host_judge import Sent, judged
from consent.scanner.model.scan_result import PageJson
from consent.scanner.model.visit_record import MAX_REQUESTS, OwnRequest, Request

MAX_BODY, MAX_SCRIPT = 1 << 20, 6 << 20
READ_SECONDS = 5.0
"""How long to wait for bodies and scripts once a page is done."""
MIN_ECHO_LENGTH = 10
PARTS = re.compile(r"[A-Za-z0-9_.-]{10,}")


@dataclass
class _Watched:
    """A request in progress, with data that is read later."""

    request: Request
    sent: Sent
    cookies: list[str] = field(default_factory=list)


class OwnHostWatch:
    """Collects the requests to one site's domain, page by page."""

    def __init__(self, host: str) -> None:
        self._domain = owned_domain(host)
        self.unseen_workers = 0
        """Number of workers of the current page whose requests can't be seen."""
        self._watched: list[_Watched] = []
        self._latest: dict[str, _Watched] = {}
        """The latest request for each id; a redirect has the id of the request that it follows."""
        self._seen_in_pages: Counter[tuple[str, str]] = Counter()
        self._by_context: list[tuple[float, Sent]] = []
        self._reading: set[asyncio.Task[None]] = set()
        self._session: CDPSession | None = None

    def begin(self) -> None:
        """Discard the data of the previous page."""
        self.unseen_workers = 0
        self._watched, self._latest, self._by_context = [], {}, []
        self._seen_in_pages = Counter()

    def listen(self, session: CDPSession) -> None:
        """Subscribe to a page's network events."""
        self._session = session
        session.on("Network.responseReceived", self._on_response)
        session.on("Network.responseReceivedExtraInfo", self._on_headers)
        session.on("Network.loadingFinished", self._on_finished)

    def note_request(self, event: PageJson, request: Request) -> None:
        """Record a page's request if it is to the site's own host."""
        facts = event["request"]
        if not self._is_own(facts["url"]) or len(self._watched) >= MAX_REQUESTS:
            return
        self._seen_in_pages[facts["method"], facts["url"]] += 1
        headers = {name.lower(): value for name, value in facts.get("headers", {}).items()}
        entries = facts.get("postDataEntries", ())
        body: bytes | None = b"".join(base64.b64decode(one["bytes"]) for one in entries if "bytes" in one)
        if facts.get("hasPostData") and not (entries and all("bytes" in one for one in entries)):
            body = None
        sent = Sent(facts["method"], facts["url"], headers.get("content-type", ""), body, request.kind)
        watched = _Watched(request, sent)
        self._watched.append(watched)
        self._latest[event["requestId"]] = watched
        if body is None:
            self._start_reading(self._read_body(event["requestId"], sent))

    def note_worker_request(self, seen: SeenRequest) -> None:
        """Record a request by any page or worker; those by pages are filtered out once a page is done."""
        if not self._is_own(seen.url) or len(self._by_context) >= 2 * MAX_REQUESTS:
            return
        content_type = seen.headers.get("content-type", "")
        sent = Sent(seen.method, seen.url, content_type, seen.post_data_buffer or b"", seen.resource_type)
        self._by_context.append((time.time(), sent))

    async def finish(self, context: BrowserContext, is_after: Callable[[float], bool]) -> tuple[list[OwnRequest], int]:
        """Return the requests that aren't purely the site's own, and the number of those that are by rule."""
        if self._reading:
            await asyncio.wait(self._reading, timeout=READ_SECONDS)
        values = await _cookie_values(context)
        requests, plain = list[OwnRequest](), 0
        for watched in self._watched:
            one = judged(watched.sent, watched.cookies, load_signatures())
            _set_origin(one, watched.request, is_after)
            _set_echoes(one, watched.sent, values)
            plain += _keep(one, requests)
        left = self._seen_in_pages.copy()
        for at, sent in self._by_context:
            if left[sent.method, sent.url] > 0:
                left[sent.method, sent.url] -= 1
                continue
            one = judged(sent, [], load_signatures())
            one.at, one.after_choice, one.by = at, is_after(at), ["worker"]
            _set_echoes(one, sent, values)
            plain += _keep(one, requests)
        requests += [
            OwnRequest("", "worker", "", time.time(), is_after(time.time()), [], "worker")
            for _ in range(self.unseen_workers)
        ]
        return requests, plain

    def _is_own(self, url: str) -> bool:
        return url.startswith(("http:", "https:")) and owned_domain(host_of(url)) == self._domain

    def _on_response(self, event: PageJson) -> None:
        if watched := self._latest.get(event["requestId"]):
            response = event["response"]
            headers = {name.lower(): value for name, value in response["headers"].items()}
            watched.sent.status = response["status"]
            is_image = "image/gif" in headers.get("content-type", "")
            watched.sent.is_tiny_gif = is_image and 0 < int(headers.get("content-length") or 0) <= 64

    def _on_headers(self, event: PageJson) -> None:
        lines = [
            line
            for name, value in event["headers"].items()
            if name.lower() == "set-cookie"
            for line in value.split("\n")
        ]
        if watched := self._latest.get(event["requestId"]):
            watched.cookies += [line.partition("=")[0].strip()[:100] for line in lines[:50]]

    def _on_finished(self, event: PageJson) -> None:
        watched = self._latest.get(event["requestId"])
        if watched and watched.sent.kind == "script":
            self._start_reading(self._read_script(event["requestId"], watched.sent))

    def _start_reading(self, reading: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(reading)
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _read_body(self, request_id: str, sent: Sent) -> None:
        with suppress(Error, TypeError):
            if self._session:
                answer = await self._session.send("Network.getRequestPostData", {"requestId": request_id})
                sent.body = _bytes_of(answer["postData"], bool(answer.get("base64Encoded")))[: MAX_BODY + 1]

    async def _read_script(self, request_id: str, sent: Sent) -> None:
        with suppress(Error, TypeError):
            if self._session:
                answer = await self._session.send("Network.getResponseBody", {"requestId": request_id})
                sent.script = _bytes_of(answer["body"], bool(answer["base64Encoded"]))[:MAX_SCRIPT].decode(
                    "utf-8", "replace"
                )


def _bytes_of(text: str, is_base64: bool) -> bytes:
    return base64.b64decode(text) if is_base64 else text.encode(errors="replace")


def _keep(one: OwnRequest, kept: list[OwnRequest]) -> int:
    """Keep a request unless it is purely the site's own; return 1 if it is, otherwise 0."""
    if one.outcome == "own" and not one.echoes:
        return 1
    kept.append(one)
    return 0


def _set_origin(one: OwnRequest, request: Request, is_after: Callable[[float], bool]) -> None:
    """Set a request's time and initiators; a script fetched by the parser counts from when it runs."""
    one.at, one.after_choice, one.by = request.at, request.after_choice, request.by
    if request.by_parser and request.kind == "script":
        one.ahead = request.is_ahead
        one.at = request.ran_at or request.at
        one.after_choice = is_after(one.at)


async def _cookie_values(context: BrowserContext) -> dict[str, set[str]]:
    """Return the values, and parts of values, that would identify a visitor elsewhere, by cookie name."""
    values: dict[str, set[str]] = {}
    with suppress(Error):
        for cookie in await context.cookies():
            value = unquote(cookie.get("value", ""))
            parts = {value, *PARTS.findall(value), ".".join(value.split(".")[2:4])}
            kept = {part for part in parts if len(part) >= MIN_ECHO_LENGTH and any(sign.isdigit() for sign in part)}
            if kept:
                values.setdefault(cookie.get("name", "")[:100], set()).update(kept)
    return values


def _set_echoes(one: OwnRequest, sent: Sent, values: dict[str, set[str]]) -> None:
    """Record the cookies whose value is repeated in the query or the body."""
    where = unquote(urlsplit(sent.url).query) + "\n" + (sent.read.text or "")
    one.echoes = [name for name, parts in values.items() if any(part in where for part in parts)]
