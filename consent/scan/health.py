"""*Check my site*: what one page and the script's answer show of how the banner was put in."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from urllib.parse import urlsplit

from consent.classify.catalogue import Catalogue
from consent.scan.addresses import AllowList
from consent.scan.fetch import Answer
from consent.scan.health_answers import check_answer, check_cookie, check_names, check_policies
from consent.scan.health_browser import Shown, check_look, job_of, tags_in
from consent.scan.health_page import check_page, placed_of, stand
from consent.scan.job import BadJob, OwnBanner
from consent.scan.known_tags import KnownTags
from consent.scan.page_parts import PageParts, read_parts
from consent.scan.page_tags import PageTags, found_tags, own_files
from consent.scan.process import ScanFailed, run_scan
from consent.scan.site_page import Fetched, SiteFetcher
from consent.scan.site_scan import NoSite
from consent.scan.standing import Standing
from consent.scan.style_sheets import imports
from consent.snapshots.found_tags import FoundTag
from consent.snapshots.site_health import FAULT, NOTE, Finding, Health, Subject

AskAsFrom = Callable[[str, float], AbstractContextManager[OwnBanner]]
SECONDS = 120.0
WAIT_S = 30.0
"""How long a check waits for the browser of another one."""
HTML = ("text/html", "application/xhtml+xml")


class SiteCheck:
    """Checks sites of this service, at its address `service`; `own_hosts` may be private, as the operator says.

    `ask_as_from` gives the way to ask a site's banner as from a place, for so many seconds.
    """

    def __init__(
        self, catalogue: Catalogue, service: str, own_hosts: tuple[str, ...] = (), ask_as_from: AskAsFrom | None = None
    ) -> None:
        self._catalogue, self._service, self._own_hosts = catalogue, service, own_hosts
        self._ask_as_from, self._browsing = ask_as_from, threading.Lock()

    def __call__(self, subject: Subject, url: str) -> Health:
        """Return what `url`, a page of `subject`, shows without a browser: only the site and this service are asked."""
        return asyncio.run(self._check(subject, url))[0]

    def in_browser(self, subject: Subject, url: str) -> Health:
        """Return that and what a browser shows beside it, which takes up to a minute and asks whom the page asks."""
        health, page = asyncio.run(self._check(subject, url))
        if page is None:
            return health
        findings, tags = self._browse(subject, page, health)
        return Health(health.url, sorted([*health.findings, *findings], key=lambda finding: finding.rank), tags)

    @cached_property
    def _known(self) -> KnownTags:
        return KnownTags(self._catalogue)

    async def _check(self, subject: Subject, url: str) -> tuple[Health, Shown | None]:
        service = urlsplit(self._service)
        # This service itself may be on a private address: its operator said so.
        allowed = AllowList((*self._own_hosts, service.netloc))
        names = {urlsplit(host).hostname or "" for host in subject.hosts} | {service.hostname or ""}
        fetcher = SiteFetcher(names, allowed)
        got = await fetcher.fetch(url)
        if found := list(_of_page(got, subject)):
            return Health(got.url, found, []), None
        assert got.answer  # noqa: S101 - `_of_page` has found nothing amiss
        parts = read_parts(got.url, html := got.answer.body.decode("utf-8", "replace"))
        page = Shown(got.url, html, got.answer.headers.get("content-security-policy", ""), stand(parts, subject))
        return await self._look(fetcher, page, parts, got.answer, subject), page

    async def _look(
        self, fetcher: SiteFetcher, page: Shown, parts: PageParts, answer: Answer, subject: Subject
    ) -> Health:
        standing, placed = page.standing, placed_of(page.standing)
        tags = PageTags(self._known, page.url, subject.hosts, await _files(fetcher, standing, subject))
        places = tags.places(parts.parts, standing.line)
        # By this referrer the service knows that no page asks.
        script = await fetcher.fetch(placed.address or subject.script, f"{self._service}/")
        findings = [
            *check_page(parts, standing, places, self._known, subject),
            *check_policies(parts, answer, placed, subject),
            *check_answer(script, subject),
            *check_names(script.url),
            *check_cookie(script.url, page.url, subject),
        ]
        ranked = sorted(findings, key=lambda finding: finding.rank)
        return Health(page.url, ranked, found_tags((place, standing.holds(place)) for place in places))

    def _own(self, subject: Subject) -> AbstractContextManager[OwnBanner | None]:
        if self._ask_as_from is None or not subject.is_published:
            return nullcontext()
        return self._ask_as_from(subject.key, SECONDS)

    def _browse(self, subject: Subject, page: Shown, health: Health) -> tuple[list[Finding], list[FoundTag]]:
        """Return what a browser finds besides, and all tags. One browser looks at a time, whoever presses."""
        allow = (*self._own_hosts, urlsplit(self._service).netloc)
        if not self._browsing.acquire(timeout=WAIT_S):
            return [Finding("browser", NOTE, "Another check has the browser. Press again in a minute.")], health.tags
        try:
            with self._own(subject) as own:
                result = run_scan(job_of(page, subject, allow, own), lambda _told: None)
        except (ScanFailed, BadJob, NoSite) as error:
            return [Finding("browser", NOTE, f"A browser could not look: {error}")], health.tags
        finally:
            self._browsing.release()
        findings = list(check_look(result, self._known, subject, page, health.findings))
        return findings, tags_in(result, self._known, subject, page, health.tags)


async def _files(fetcher: SiteFetcher, standing: Standing, subject: Subject) -> dict[str, str]:
    """Return the site's own scripts and style sheets that the page names, and the sheets that those import."""
    files = await fetcher.texts(
        own_files((part for part in standing.parts if part is not standing.line), subject.hosts)
    )
    inner = [address for base, text in files.items() for address in imports(text, base)]
    origins = tuple(f"{host}/" for host in subject.hosts)
    return files | await fetcher.texts([one for one in inner if one.startswith(origins) and one not in files])


def _of_page(page: Fetched, subject: Subject) -> Iterator[Finding]:
    """Yield why the page cannot be looked at."""
    parts = urlsplit(page.url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if origin not in subject.hosts:
        yield Finding(
            "hosts", FAULT, f"The page is at {origin}, which is no address of the site: choices made there are refused. "
            "Add it under Settings, Hosts.", origin,
        )  # fmt: skip
    elif parts.scheme == "http" and not _is_local(parts.hostname or ""):
        secure = page.url.replace("http:", "https:", 1)
        yield Finding(
            "tls", FAULT, "The page is served without TLS, so the choice's cookie is lost. Lead it to:", secure
        )
    elif page.answer is None:
        yield Finding("page", FAULT, f"The page could not be read: {page.problem}")
    elif page.answer.status != 200:
        yield Finding("page", FAULT, f"The page answers {page.answer.status}; name one that visitors open.")
    elif not page.answer.headers.get("content-type", "").startswith(HTML):
        yield Finding("page", NOTE, "The address does not lead to a page of HTML.")


def _is_local(host: str) -> bool:
    """Tell whether `host` is a name of this machine, where TLS has nothing to keep (RFC 6761, 6.3)."""
    return host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")
