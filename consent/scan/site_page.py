"""One page of a site and the script that it names, fetched through the scan's proxy: no other host is asked."""

import asyncio
import contextlib
import http.client
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from consent.scan.addresses import Address, AllowList
from consent.scan.fetch import MOST_REDIRECTS, REDIRECTS, Answer, ask
from consent.scan.proxy import FilteringProxy
from consent.scan.resolve import Refused, Resolver, system_resolver

HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; consent check of this site)", "Accept": "text/html,*/*"}
WHOLE_S = 12.0
MOST_FILES = 30
MOST_TEXT = 2_000_000


class Fetched(NamedTuple):
    """What was got from `url`, after redirects; `answer` is None where nothing was, and `problem` then says why."""

    url: str
    answer: Answer | None
    problem: str = ""


def only(names: set[str]) -> Resolver:
    """Return a resolver that knows no host but `names`."""

    async def resolve(host: str, port: int) -> list[Address]:
        if host.lower() not in names:
            raise Refused(f"{host} was not asked: it is no address of this site.")
        return await system_resolver(host, port)

    return resolve


class SiteFetcher:
    """Fetches from the hosts of one site; private addresses only where `allowed` names them."""

    def __init__(self, names: set[str], allowed: AllowList) -> None:
        self._proxy = FilteringProxy(allowed=allowed, resolve=only(names))

    async def fetch(self, url: str, referrer: str = "") -> Fetched:
        """Return what `url` answers to whoever comes from `referrer`."""
        headers = HEADERS | ({"Referer": referrer} if referrer else {})
        try:
            async with asyncio.timeout(WHOLE_S), self._proxy.running() as proxy:
                return await self._follow(proxy, url, headers)
        except TimeoutError:
            return Fetched(url, None, f"{_host(url)} did not answer in {WHOLE_S:.0f} seconds.")

    async def texts(self, urls: Sequence[str]) -> dict[str, str]:
        """Return the text of each of `urls` that answers: the first of them alone, within the time of one and so much."""
        found, left = dict[str, str](), MOST_TEXT
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WHOLE_S), self._proxy.running() as proxy:
                for url in urls[:MOST_FILES]:
                    got = await self._follow(proxy, url, HEADERS)
                    if got.answer and got.answer.status == 200:
                        found[url] = got.answer.body[:left].decode("utf-8", "replace")
                        left -= len(found[url])
        return found

    async def _follow(self, proxy: str, url: str, headers: dict[str, str]) -> Fetched:
        for _ in range(MOST_REDIRECTS):
            try:
                answer = await asyncio.to_thread(ask, proxy, url, headers)
            except (OSError, ValueError, http.client.HTTPException):
                answer = None
            # The proxy's own refusal: an answer of 403 on http, a failed connection on https.
            if refusal := self._proxy.reasons.get(_host(url)):
                return Fetched(url, None, refusal)
            if answer is None:
                return Fetched(url, None, f"{_host(url)} gives no answer that can be read.")
            if answer.status not in REDIRECTS or "location" not in answer.headers:
                return Fetched(url, answer)
            url = urljoin(url, answer.headers["location"])
        return Fetched(url, None, "It redirects again and again.")


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
