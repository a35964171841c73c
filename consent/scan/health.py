"""*Check my site*: what one page and the script's answer show of how the banner was put in, without a browser."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import cached_property
from urllib.parse import urlsplit

from consent.classify.addresses import AddressBook
from consent.classify.catalogue import Catalogue
from consent.scan.addresses import AllowList
from consent.scan.health_answers import check_answer, check_cookie, check_names, check_policies
from consent.scan.health_page import check_page
from consent.scan.page_parts import read_parts
from consent.scan.site_page import Fetched, SiteFetcher
from consent.snapshots.site_health import FAULT, NOTE, Finding, Health, Subject

HTML = ("text/html", "application/xhtml+xml")


class SiteCheck:
    """Checks sites of this service, at its address `service`; `own_hosts` may be private, as the operator says."""

    def __init__(self, catalogue: Catalogue, service: str, own_hosts: tuple[str, ...] = ()) -> None:
        self._catalogue, self._service, self._own_hosts = catalogue, service, own_hosts

    def __call__(self, subject: Subject, url: str) -> Health:
        """Return what `url`, a page of `subject`, shows. Asks the site's hosts and this service alone."""
        return asyncio.run(self._check(subject, url))

    @cached_property
    def _book(self) -> AddressBook:
        return AddressBook(self._catalogue.vendors)

    async def _check(self, subject: Subject, url: str) -> Health:
        service = urlsplit(self._service)
        # This service itself may be on a private address: its operator said so.
        allowed = AllowList((*self._own_hosts, service.netloc))
        names = {urlsplit(host).hostname or "" for host in subject.hosts} | {service.hostname or ""}
        fetcher = SiteFetcher(names, allowed)
        page = await fetcher.fetch(url)
        found = list(_of_page(page, subject))
        if not found:
            found = [finding async for finding in self._look(fetcher, page, subject)]
        return Health(page.url, sorted(found, key=lambda finding: finding.rank), [])

    async def _look(self, fetcher: SiteFetcher, page: Fetched, subject: Subject) -> AsyncIterator[Finding]:
        assert page.answer  # noqa: S101 - `_of_page` has found nothing amiss
        parts = read_parts(page.url, page.answer.body.decode("utf-8", "replace"))
        seen, placed = check_page(parts, page.url, subject, self._book)
        for finding in seen:
            yield finding
        for finding in check_policies(parts, page.answer, placed, subject):
            yield finding
        # By this referrer the service knows that no page asks.
        script = await fetcher.fetch(placed.address or subject.script, f"{self._service}/")
        for finding in (
            *check_answer(script, subject),
            *check_names(script.url),
            *check_cookie(script.url, page.url, subject),
        ):
            yield finding


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
