"""Fetch small files, such as robots.txt, through the proxy."""

import asyncio
import http.client
import ssl
import time
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

TIMEOUT_SECONDS = 10.0
WHOLE_SECONDS = 20.0
MAX_BYTES = 5 * 1024 * 1024
MAX_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)


class Answer(NamedTuple):
    """A response, with header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


async def fetch(proxy: str, url: str, headers: Mapping[str, str] | None = None) -> Answer | None:
    """Return the response from `url`, following redirects, or None on failure."""
    for _ in range(MAX_REDIRECTS):
        try:
            answer = await asyncio.to_thread(request, proxy, url, dict(headers or {}))
        except (OSError, ValueError, http.client.HTTPException):
            return None
        if answer.status not in REDIRECTS or "location" not in answer.headers:
            return answer
        url = urljoin(url, answer.headers["location"])
    return None


def request(proxy: str, url: str, headers: dict[str, str]) -> Answer:
    """Return the response from `url` without following redirects. Raises OSError, ValueError or HTTPException."""
    parts, proxy_parts = urlsplit(url), urlsplit(proxy)
    if parts.scheme not in ("http", "https") or not parts.hostname or not proxy_parts.hostname:
        raise ValueError
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(proxy_parts.hostname, proxy_parts.port, timeout=TIMEOUT_SECONDS)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(
            proxy_parts.hostname, proxy_parts.port, timeout=TIMEOUT_SECONDS, context=context
        )
        connection.set_tunnel(parts.hostname, parts.port or 443)
    else:
        path = f"http://{parts.netloc.rpartition('@')[2]}{path}"
    try:
        connection.request("GET", path, headers={"Accept": "*/*", "Accept-Encoding": "identity", **headers})
        answer = connection.getresponse()
        names: dict[str, str] = {}
        for name, value in answer.getheaders():
            known = names.get(name.lower())
            names[name.lower()] = f"{known}, {value}" if known else value
        return Answer(answer.status, names, _read(answer))
    finally:
        connection.close()


def _read(answer: http.client.HTTPResponse) -> bytes:
    until, pieces, size = time.monotonic() + WHOLE_SECONDS, [], 0
    while size < MAX_BYTES and time.monotonic() < until:
        piece = answer.read1(64 * 1024)
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)
