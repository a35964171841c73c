"""Judge one request to the site's own host by the collectors' signatures."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from consent.classifier.own_host.judge import (
    Match,
    SentRequest,
    answer_owners,
    is_opaque,
    judge,
    libraries,
    library_mount,
    visitor_facts,
)
from consent.classifier.own_host.signatures import Collector, Signatures
from consent.scanner.browser.safe_text import clean
from consent.scanner.model.visit_record import OwnRequest

PLAIN = ("document", "stylesheet", "font", "media", "manifest", "texttrack", "preflight")
"""Kinds of requests that count as the site's own by rule."""
SERVICE = re.compile(r"/(b|c)/[a-z0-9-]+(\.js|/)|/api/v1/sites/[a-z0-9-]+/")
"""Requests to the consent service, which may be proxied under the site's own host."""
MAX_URL_LENGTH = 600


@dataclass
class Sent:
    """The data about a request while its page is open; `body` is None if the browser doesn't provide it."""

    method: str
    url: str
    content_type: str
    body: bytes | None
    kind: str
    status: int | None = None
    is_tiny_gif: bool = False
    script: str = ""

    @cached_property
    def read(self) -> SentRequest:
        """Return the request in the form used by the signatures."""
        return SentRequest(self.method, self.url, self.content_type, self.body or b"")

    @property
    def is_beacon(self) -> bool:
        """Return whether the request or its response looks like a beacon's."""
        return self.kind == "ping" or self.status == 204 or self.is_tiny_gif


def judged(sent: Sent, cookies: Sequence[str], signatures: Signatures) -> OwnRequest:
    """Return the judged request; `cookies` are the names set by its response."""
    parts = urlsplit(sent.url)
    address = clean(f"{parts.scheme}://{parts.netloc}{parts.path or '/'}", MAX_URL_LENGTH)
    one = OwnRequest(address, sent.kind, clean(sent.method, 20), 0.0, False, [], "own")
    if sent.kind in PLAIN or (sent.kind == "image" and not parts.query) or SERVICE.search(parts.path):
        return one
    if match := judge(sent.read, signatures):
        _set_collector(one, match.collector, match)
    elif owners := answer_owners(cookies, signatures):
        _set_collector(one, owners[0])
        one.what = f"answer that sets {', '.join(name for name in cookies if name in owners[0].answer_cookies)}"
    elif sent.script and (known := libraries(sent.script, signatures)):
        _set_collector(one, known[0])
        one.what, one.is_sure = "library", not known[0].is_bundled
        one.mount = library_mount(parts.path, signatures)
    else:
        _judge_unknown(one, sent, signatures)
    return one


def _set_collector(one: OwnRequest, collector: Collector, match: Match | None = None) -> None:
    one.outcome, one.collector, one.vendor = "named", collector.id, collector.vendor or ""
    if match:
        one.what, one.is_sure, one.mount = match.shape.what, True, match.mount
        one.vendor, one.ids = match.vendor or "", list(match.ids)


def _judge_unknown(one: OwnRequest, sent: Sent, signatures: Signatures) -> None:
    """Set the outcome of a request without a signature: whether it resembles a collector's or can't be judged."""
    if sent.body is None or sent.read.text is None:
        one.outcome = "packed"
    elif is_opaque(sent.read.path, signatures) and (
        sent.method == "POST" or (sent.kind == "script" and not sent.script)
    ):
        one.outcome = "opaque"
    else:
        ids, has_words = visitor_facts(sent.read, signatures)
        if ids and (has_words or sent.is_beacon):
            one.outcome = "unknown" if has_words and sent.is_beacon else "alike"
            one.ids = [clean(name, 60) for name in ids[:5]]
            one.what = "beacon"
