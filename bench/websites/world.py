"""Responses of every host of the namespace: the current site's files, the service, and stand-ins for the rest."""

import http.client
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from bench.websites import libraries, standins
from bench.websites.markup import FIRST, find_file, headers_in, kind_of, page
from bench.websites.sites import Website

SERVICE = "consent.tried.example"
GERMANY, CALIFORNIA = "DE", "US-CA"
HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length")


class Asked(NamedTuple):
    """One request: where, for what (`Sec-Fetch-Dest`: script, image, iframe, style, empty, ...), by which method."""

    host: str
    path: str
    kind: str
    method: str

    @property
    def url(self) -> str:
        """Return the address."""
        return f"https://{self.host}{self.path}"


class Request(NamedTuple):
    """An incoming request: `asked`, headers and body."""

    asked: Asked
    headers: dict[str, str]
    body: bytes


class Answer(NamedTuple):
    """A status, headers and a body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class World:
    """The current site, the lines in its pages, the visitor's place, and the log of requests."""

    shelf: Path
    site: Website | None = None
    lines: str = ""
    placement: str = FIRST
    place: str = GERMANY
    port: int = 0
    """The service's port on this machine; 0 if it doesn't run."""
    log: list[Asked] = field(default_factory=list)
    last: float = 0.0
    """When the last request was answered, by the monotonic clock."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Answer:
        """Return the response of the requested host, and log the request."""
        asked = request.asked
        with self._lock:
            self.log.append(asked)
        try:
            if asked.host == SERVICE:
                return self._service_answer(request)
            if self.site and asked.host in (self.site.domain, f"www.{self.site.domain}"):
                return self._own_answer(asked, self.site)
            return self._third_party_answer(request)
        finally:
            self.last = time.monotonic()

    def is_own(self, host: str) -> bool:
        """Return whether `host` is the site's own or the service's."""
        domain = self.site.domain if self.site else SERVICE
        return host in (domain, SERVICE) or host.endswith(f".{registrable(domain)}") or host == registrable(domain)

    def _own_answer(self, asked: Asked, site: Website) -> Answer:
        found = find_file(site.folder, urlsplit(asked.path).path)
        headers = headers_in(site.folder / site.headers, f"https://{SERVICE}") if site.headers else {}
        status = 200 if found else 404
        if not found and asked.kind in ("document", "iframe"):
            found = find_file(site.folder, "/404.html")
        if not found:
            return Answer(404, {"Content-Type": "text/plain"}, b"")
        if found.suffix == ".html":
            body = page(found.read_text("utf-8", "replace"), self.lines, self.placement)
            return Answer(status, headers | {"Content-Type": body.kind, "Cache-Control": "no-cache"}, body.data)
        return Answer(status, {"Content-Type": kind_of(found)}, found.read_bytes())

    def _service_answer(self, request: Request) -> Answer:
        if not self.port:
            return Answer(502, {}, b"")
        country, _, region = self.place.partition("-")
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP}
        # As an edge reports a visitor's place; the address is from a documentation range (RFC 5737).
        headers |= {"CF-IPCountry": country, "CF-Connecting-IP": "203.0.113.7", "X-Forwarded-For": "203.0.113.7"}
        headers |= {"CF-Region-Code": region} if region else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(request.asked.method, request.asked.path, request.body or None, headers)
        response = connection.getresponse()
        body = response.read()
        kept = {name: value for name, value in response.getheaders() if name.lower() not in HOP_BY_HOP}
        connection.close()
        return Answer(response.status, kept, body)

    def _third_party_answer(self, request: Request) -> Answer:
        asked, origin = request.asked, request.headers.get("Origin", "")
        headers = {"Cache-Control": "no-cache"}
        headers |= {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"} if origin else {}
        if asked.method == "OPTIONS":
            asked_for = request.headers.get("Access-Control-Request-Headers", "*")
            return Answer(204, headers | {"Access-Control-Allow-Headers": asked_for}, b"")
        if asked.kind in ("font", "video", "audio", "track"):
            data = standins.font() if asked.kind == "font" else b""
            return Answer(200 if data else 404, headers | {"Content-Type": f"{asked.kind}/ttf"}, data)
        body = self._body(asked)
        return Answer(200, headers | {"Content-Type": body.kind}, body.data)

    def _body(self, asked: Asked) -> standins.Body:
        address = f"{asked.host}{asked.path}"
        if libraries.is_library(address) and (found := libraries.read(address, self.shelf)) is not None:
            kind = kind_of(Path(urlsplit(asked.url).path))
            is_script = asked.kind == "script" or "javascript" in kind
            return standins.told_script(asked.url, found) if is_script else standins.Body(kind, found)
        if asked.kind in ("iframe", "frame", "document", "embed", "object"):
            return standins.frame(asked.url)
        if asked.kind == "script" or (asked.kind == "empty" and ".js" in asked.path):
            return standins.script(asked.url)
        if asked.kind == "style":
            return standins.style_sheet(asked.url)
        return standins.image(asked.url) if asked.kind == "image" else standins.Body("application/json", b"{}")


def registrable(domain: str) -> str:
    """Return the last two labels of `domain`, which is enough for the listed sites."""
    return ".".join(domain.split(".")[-2:])
