"""Fetch one page of a site and its own files through the scan's proxy, without requests to other hosts."""

import asyncio
import contextlib
import http.client
import ssl
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from consent.core.translatable import translatable
from consent.outbound.public_addresses import Address, AllowList
from consent.scanner.browser.dns import BlockedHostError, Resolver, system_resolver
from consent.scanner.browser.egress_proxy import FilteringProxy
from consent.scanner.browser.fetch import MAX_REDIRECTS, REDIRECTS, Answer, request

HEADERS = {
    "User-Agent": (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
    ),
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-US,en;q=0.9",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "none",
    "Upgrade-Insecure-Requests": "1",
}
"""Headers like a browser's, since CDNs insert tags into pages only for browsers."""
WHOLE_SECONDS = 12.0
MAX_FILES = 30
MAX_TEXT_LENGTH = 2_000_000


class Fetched(NamedTuple):
    """The response from `url`, after redirects; `answer` is None on failure, with the reason in `problem`."""

    url: str
    answer: Answer | None
    problem: str = ""


def resolver_for(names: set[str]) -> Resolver:
    """Return a resolver that resolves only `names`."""

    async def resolve(host: str, port: int) -> list[Address]:
        if host.lower() not in names:
            raise BlockedHostError(translatable(f"{host} was not checked: it is not an address of this site."))
        return await system_resolver(host, port)

    return resolve


class SiteFetcher:
    """Fetches from the hosts of one site; private addresses only if `allowed` lists them."""

    def __init__(self, names: set[str], allowed: AllowList) -> None:
        self._proxy = FilteringProxy(allowed=allowed, resolve=resolver_for(names))

    async def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """Return the response from `url` to a request with `headers` beside the usual ones."""
        try:
            async with asyncio.timeout(WHOLE_SECONDS), self._proxy.running() as proxy:
                return await self._follow(proxy, url, HEADERS | dict(headers or {}))
        except TimeoutError:
            return Fetched(url, None, translatable(f"{_host(url)} did not respond within {WHOLE_SECONDS:.0f} seconds."))

    async def texts(self, urls: Sequence[str]) -> dict[str, str]:
        """Return the text of each of `urls` that responds: up to MAX_FILES of them, within time and size limits."""
        by_address, left = dict[str, str](), MAX_TEXT_LENGTH
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WHOLE_SECONDS), self._proxy.running() as proxy:
                for url in urls[:MAX_FILES]:
                    got = await self._follow(proxy, url, HEADERS)
                    if got.answer and got.answer.status == 200:
                        by_address[url] = got.answer.body[:left].decode("utf-8", "replace")
                        left -= len(by_address[url])
        return by_address

    async def _follow(self, proxy: str, url: str, headers: dict[str, str]) -> Fetched:
        for _ in range(MAX_REDIRECTS):
            problem = ""
            try:
                answer = await asyncio.to_thread(request, proxy, url, headers)
            except (OSError, ValueError, http.client.HTTPException) as error:
                answer, problem = None, _problem_of(error, url)
            # The proxy refused the request: a 403 response for http, a failed connection for https.
            if refusal := self._proxy.reasons.get(_host(url)):
                return Fetched(url, None, refusal)
            if answer is None:
                return Fetched(url, None, problem)
            if answer.status not in REDIRECTS or "location" not in answer.headers:
                return Fetched(url, answer)
            url = urljoin(url, answer.headers["location"])
        return Fetched(url, None, translatable("It redirects again and again."))


def _problem_of(error: Exception, url: str) -> str:
    """Return why there is no response; a certificate that can't be verified is still an answer over https."""
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLCertVerificationError):
        return translatable(
            f"{_host(url)} does not answer over https. If your site uses http, enter http:// under Settings, Hosts."
        )
    return translatable(f"{_host(url)} returned a response that can't be read.")


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
