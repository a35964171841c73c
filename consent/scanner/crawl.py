"""Choose the pages of a scan: the first page, then those in the sitemap and in links, as robots.txt permits."""

import html
import re
import zlib
from collections import Counter, deque
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit
from urllib.robotparser import RobotFileParser

from consent.scanner.browser.fetch import MAX_BYTES, fetch

AGENT = "consent-scan"
LOCATION = re.compile(rb"<loc>\s*(?:<!\[CDATA\[)?\s*([^<\s\]]{1,2000})\s*(?:\]\]>)?\s*</loc>")
NO_PAGE = re.compile(
    r"\.(pdf|zip|gz|jpe?g|png|gif|svg|webp|ico|mp[34]|avi|mov|css|js|json|xml|rss|txt|docx?|xlsx?|exe|dmg)$"
)
CHANGES = re.compile(r"log-?out|sign-?out|abmelden|delete|remove|unsubscribe|add-to-cart|addtocart")
"""URLs that may change something when opened."""
MAX_KNOWN_URLS = 20_000
MAX_SITEMAPS = 5
SAME_PATH = 3
"""Maximum number of URLs that differ only in their query."""


class Frontier:
    """The pages still to be visited, each once, at most `most`."""

    def __init__(self, start: str, most: int, robots: RobotFileParser | None = None) -> None:
        self._host = _host(start)
        self._robots, self._most = robots, most
        self._queue: deque[str] = deque([without_fragment(start)])
        self._known = {without_fragment(start)}
        self._paths: Counter[str] = Counter()
        self.taken: list[str] = []

    def add(self, urls: Iterable[str]) -> None:
        """Queue the `urls` that are new pages of this site."""
        for url in urls:
            page = without_fragment(url)
            if len(self._known) < MAX_KNOWN_URLS and page not in self._known and self._is_wanted(page):
                self._known.add(page)
                self._queue.append(page)

    def next(self) -> str | None:
        """Return the next page, or None if there is none or the limit is reached."""
        if not self._queue or len(self.taken) >= self._most:
            return None
        self.taken.append(self._queue.popleft())
        return self.taken[-1]

    @property
    def is_exhausted(self) -> bool:
        """Return whether every page found has been taken."""
        return not self._queue

    def _is_wanted(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            same = parts.scheme in ("http", "https") and _host(url) == self._host
        except ValueError:
            return False
        path = parts.path.lower()
        if not same or NO_PAGE.search(path[-10:]) or CHANGES.search(url.lower()[:2000]):
            return False
        self._paths[path] += 1
        return self._paths[path] <= SAME_PATH and (self._robots is None or self._robots.can_fetch(AGENT, url))


class Repeated(Frontier):
    """A fixed sequence of pages that ignores new ones."""

    def __init__(self, start: str, pages: list[str]) -> None:
        super().__init__(start, len(pages))
        self._queue = deque(pages)

    def add(self, urls: Iterable[str]) -> None:
        """Ignore `urls`."""


async def read_robots(proxy: str, start: str) -> RobotFileParser:
    """Return the site's robots.txt, or one that allows everything."""
    robots = RobotFileParser()
    answer = await fetch(proxy, _at_root(start, "/robots.txt"))
    is_text = answer is not None and answer.status == 200 and b"<html" not in answer.body[:500].lower()
    robots.parse(answer.body[:500_000].decode("utf-8", "replace").splitlines() if is_text and answer else [])
    return robots


async def read_sitemaps(proxy: str, start: str, robots: RobotFileParser) -> list[str]:
    """Return the pages listed in the site's sitemaps."""
    queue, pages = [*(robots.site_maps() or ()), _at_root(start, "/sitemap.xml")], []
    for _ in range(MAX_SITEMAPS):
        if not queue:
            break
        answer = await fetch(proxy, queue.pop(0))
        if answer is None or answer.status != 200:
            continue
        body = _decompressed(answer.body)
        addresses = [html.unescape(one.decode("utf-8", "replace")) for one in LOCATION.findall(body)[:MAX_KNOWN_URLS]]
        if b"<sitemapindex" in body[:2000]:
            queue += addresses
        else:
            pages += addresses
    return list(dict.fromkeys(pages))[:MAX_KNOWN_URLS]


def without_fragment(url: str) -> str:
    """Return `url` as the server sees it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return urlunsplit(parts._replace(fragment="", path=parts.path or "/"))


def _decompressed(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(31).decompress(body, MAX_BYTES)
    except zlib.error:
        return b""


def _at_root(start: str, path: str) -> str:
    parts = urlsplit(start)
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower().removeprefix("www.")
