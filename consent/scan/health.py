"""*Check my site*: what one page and the script's answer show of how the banner was put in, without a browser."""

import asyncio
from collections.abc import Iterator
from functools import cached_property
from urllib.parse import urlsplit

from consent.classify.catalogue import Catalogue
from consent.scan.addresses import AllowList
from consent.scan.health_answers import check_answer, check_cookie, check_names, check_policies
from consent.scan.health_page import check_page, placed_of, stand
from consent.scan.known_tags import KnownTags
from consent.scan.page_parts import read_parts
from consent.scan.page_tags import PageTags, found_tags, own_files
from consent.scan.site_page import Fetched, SiteFetcher
from consent.scan.standing import Standing
from consent.scan.style_sheets import imports
from consent.snapshots.found_tags import FoundTag
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
    def _known(self) -> KnownTags:
        return KnownTags(self._catalogue)

    async def _check(self, subject: Subject, url: str) -> Health:
        service = urlsplit(self._service)
        # This service itself may be on a private address: its operator said so.
        allowed = AllowList((*self._own_hosts, service.netloc))
        names = {urlsplit(host).hostname or "" for host in subject.hosts} | {service.hostname or ""}
        fetcher = SiteFetcher(names, allowed)
        page = await fetcher.fetch(url)
        found, tags = list(_of_page(page, subject)), list[FoundTag]()
        if not found:
            found, tags = await self._look(fetcher, page, subject)
        return Health(page.url, sorted(found, key=lambda finding: finding.rank), tags)

    async def _look(
        self, fetcher: SiteFetcher, page: Fetched, subject: Subject
    ) -> tuple[list[Finding], list[FoundTag]]:
        assert page.answer  # noqa: S101 - `_of_page` has found nothing amiss
        parts = read_parts(page.url, page.answer.body.decode("utf-8", "replace"))
        standing = stand(parts, subject)
        placed = placed_of(standing)
        tags = PageTags(self._known, page.url, subject.hosts, await _files(fetcher, standing, subject))
        places = tags.places(parts.parts, standing.line)
        # By this referrer the service knows that no page asks.
        script = await fetcher.fetch(placed.address or subject.script, f"{self._service}/")
        findings = [
            *check_page(parts, standing, places, self._known, subject),
            *check_policies(parts, page.answer, placed, subject),
            *check_answer(script, subject),
            *check_names(script.url),
            *check_cookie(script.url, page.url, subject),
        ]
        return findings, found_tags((place, standing.holds(place)) for place in places)


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
