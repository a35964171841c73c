"""Run *Check my site*: check one page and the script's response for installation errors."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from urllib.parse import urlsplit

from consent.classifier.catalog import Catalog
from consent.classifier.recognition.known_tags import KnownTags
from consent.core.translatable import translatable
from consent.outbound.public_addresses import AllowList
from consent.runtime.embed_snippets import CHECK_HEADER
from consent.scanner.browser.allow_list import local_hosts
from consent.scanner.browser.fetch import Answer
from consent.scanner.health.brand_colors import button_colors, distinct, page_colors
from consent.scanner.health.browser_check import PageHtml, check_run, job_of, tags_in
from consent.scanner.health.fetch_page import Fetched, SiteFetcher
from consent.scanner.health.html_checks import check_page, placed_of, placement_of
from consent.scanner.health.html_elements import PageParts, read_parts
from consent.scanner.health.our_lines import OurLines
from consent.scanner.health.page_tags import PageTags, found_tags, own_files
from consent.scanner.health.response_checks import check_answer, check_cookie, check_names, check_policies
from consent.scanner.health.style_sheets import imports
from consent.scanner.model.job import JobValidationError, OwnBanner
from consent.scanner.process import ScanFailedError, run_scan
from consent.scanner.site_scan import UnknownSiteError
from consent.sites.found_tags import FoundTag
from consent.sites.health_report import ERROR, NOTE, BrandColor, Finding, Health, Subject

RequestFrom = Callable[[str, float], AbstractContextManager[OwnBanner]]
Browsed = tuple[list[Finding], list[FoundTag], list[BrandColor]]
SECONDS = 120.0
WAIT_SECONDS = 30.0
"""How long a check waits for the browser of another one."""
HTML = ("text/html", "application/xhtml+xml")


class SiteCheck:
    """Checks sites of this service, which is at `service`; `own_hosts` may be private, as set by the operator.

    `request_from` returns a request for a site's banner from any place, valid for a number of seconds.
    """

    def __init__(
        self,
        catalog: Catalog,
        service: str,
        own_hosts: tuple[str, ...] = (),
        request_from: RequestFrom | None = None,
    ) -> None:
        self._catalog, self._service, self._own_hosts = catalog, service, own_hosts
        self._ask_as_from, self._browsing = request_from, threading.Lock()

    def __call__(self, subject: Subject, url: str) -> Health:
        """Check `url`, a page of `subject`, without a browser; only the site and this service are requested."""
        return asyncio.run(self._check(subject, url))[0]

    def in_browser(self, subject: Subject, url: str) -> Health:
        """Return the same and a browser's result, which takes up to a minute and loads everything the page loads."""
        health, page = asyncio.run(self._check(subject, url))
        if page is None:
            return health
        findings, tags, colors = self._browse(subject, page, health)
        ranked = sorted([*health.findings, *findings], key=lambda finding: finding.rank)
        return Health(health.url, ranked, tags, distinct([*health.colors, *colors]))

    @cached_property
    def _known(self) -> KnownTags:
        return KnownTags(self._catalog)

    async def _check(self, subject: Subject, url: str) -> tuple[Health, PageHtml | None]:
        names = {urlsplit(host).hostname or "" for host in (*subject.hosts, self._service)}
        fetcher = SiteFetcher(names, AllowList(self._allowed(subject)))
        got = await fetcher.fetch(url)
        if problems := list(_of_page(got, subject)):
            return Health(got.url, problems, []), None
        assert got.answer  # noqa: S101 - `_of_page` has found no problem
        parts = read_parts(got.url, html := got.answer.body.decode("utf-8", "replace"))
        page = PageHtml(
            got.url, html, got.answer.headers.get("content-security-policy", ""), placement_of(parts, subject)
        )
        return await self._check_page(fetcher, page, parts, got.answer, subject), page

    async def _check_page(
        self, fetcher: SiteFetcher, page: PageHtml, parts: PageParts, answer: Answer, subject: Subject
    ) -> Health:
        our_lines, placed = page.our_lines, placed_of(page.our_lines)
        files = await _files(fetcher, our_lines, subject)
        tags = PageTags(self._known, page.url, subject.hosts, files)
        places = tags.places(parts.parts, our_lines.line)
        script = await fetcher.fetch(placed.address or subject.script, {CHECK_HEADER: "1"})
        findings = [
            *check_page(parts, our_lines, places, files, self._known, subject),
            *check_policies(parts, answer, placed, subject),
            *check_answer(script, subject),
            *check_names(script.url),
            *check_cookie(script.url, page.url, subject),
        ]
        ranked = sorted(findings, key=lambda finding: finding.rank)
        manifest = (await fetcher.texts([parts.manifest])).get(parts.manifest, "") if parts.manifest else ""
        found = found_tags((place, our_lines.holds(place)) for place in places)
        return Health(page.url, ranked, found, page_colors(parts, manifest))

    def _allowed(self, subject: Subject) -> tuple[str, ...]:
        # The operator may have put this service on a private address.
        return (*self._own_hosts, urlsplit(self._service).netloc, *local_hosts(self._service, subject.hosts))

    def _own(self, subject: Subject) -> AbstractContextManager[OwnBanner | None]:
        if self._ask_as_from is None or not subject.is_published:
            return nullcontext()
        return self._ask_as_from(subject.key, SECONDS)

    def _browse(self, subject: Subject, page: PageHtml, health: Health) -> Browsed:
        """Return the browser's findings, all tags, and the colors of buttons. Only one browser runs at a time."""
        if not self._browsing.acquire(timeout=WAIT_SECONDS):
            sentence = translatable("Another check is running. Try again in a minute.")
            return [Finding("browser", NOTE, sentence)], health.tags, []
        try:
            with self._own(subject) as own:
                result = run_scan(job_of(page, subject, self._allowed(subject), own), lambda _report: None)
        except (ScanFailedError, JobValidationError, UnknownSiteError) as error:
            return [Finding("browser", NOTE, translatable(f"The browser check failed: {error}"))], health.tags, []
        finally:
            self._browsing.release()
        findings = list(check_run(result, self._known, subject, page, health.findings))
        return findings, tags_in(result, self._known, subject, page, health.tags), button_colors(result)


async def _files(fetcher: SiteFetcher, our_lines: OurLines, subject: Subject) -> dict[str, str]:
    """Return the site's own scripts and style sheets used by the page, and the sheets they import."""
    files = await fetcher.texts(
        own_files((part for part in our_lines.parts if part is not our_lines.line), subject.hosts)
    )
    inner = [address for base, text in files.items() for address in imports(text, base)]
    origins = tuple(f"{host}/" for host in subject.hosts)
    return files | await fetcher.texts([one for one in inner if one.startswith(origins) and one not in files])


def _of_page(page: Fetched, subject: Subject) -> Iterator[Finding]:
    """Yield why the page can't be checked."""
    parts = urlsplit(page.url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if origin not in subject.hosts:
        yield Finding(
            "hosts", ERROR, translatable(f"The page is at {origin}, which is not an address of the site: choices made there "
                "are refused. Add it under Settings, Hosts."), origin,
        )  # fmt: skip
    elif parts.scheme == "http" and not _is_local(parts.hostname or ""):
        secure = page.url.replace("http:", "https:", 1)
        yield Finding(
            "tls",
            ERROR,
            translatable("The page is served without TLS, so the choice's cookie is lost. Redirect it to:"),
            secure,
        )
    elif page.answer is None:
        yield Finding("page", ERROR, translatable(f"The page could not be read: {page.problem}"))
    elif page.answer.status != 200:
        yield Finding(
            "page", ERROR, translatable(f"The page returned {page.answer.status}. Enter one that visitors open.")
        )
    elif not page.answer.headers.get("content-type", "").startswith(HTML):
        yield Finding("page", NOTE, translatable("The address does not lead to a page of HTML."))


def _is_local(host: str) -> bool:
    """Return whether `host` is a name of this machine, where TLS isn't needed (RFC 6761, 6.3)."""
    return host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")
