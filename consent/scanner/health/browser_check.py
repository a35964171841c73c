"""Browser part of *Check my site*: load the page from an opt-in region, then again with everything granted."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from consent.classifier.recognition.consent_tools import is_consent_tool
from consent.classifier.recognition.known_tags import KnownProduct, KnownTags
from consent.classifier.registrable_domain import owned_domain
from consent.core.groups import ESSENTIAL
from consent.core.translatable import translatable
from consent.runtime.blocking import RUN
from consent.scanner.audit.classify_items import Promise
from consent.scanner.audit.leaks import Permissions
from consent.scanner.health.our_lines import OurLines
from consent.scanner.health.page_tags import with_products
from consent.scanner.model.job import GivenPage, Job, OwnBanner
from consent.scanner.model.scan_result import RequestResult, ScanResult, VisitResult
from consent.sites.found_tags import BROWSER, TAG_MANAGER, FoundTag
from consent.sites.health_report import ERROR, GOOD, NOTE, Finding, Subject

PLACE = "DE"
"""A place where every optional tag requires an answer."""
HEAD = re.compile(r"<head\b[^>]*>|<html\b[^>]*>|<!doctype[^>]*>", re.IGNORECASE)
ELEMENTS = {"script": "script", "document": "iframe", "stylesheet": "link", "font": "link"}
"""HTML elements by request kind; a request of another kind counts only if its URL identifies the owner."""
REFUSED = 400
WHERE = translatable("in a browser, as a visitor from Germany")


class PageHtml(NamedTuple):
    """The page as sent by the server, and the position of our lines in it."""

    url: str
    html: str
    policy: str
    our_lines: OurLines

    @property
    def has_lines(self) -> bool:
        """Return whether it contains any of our lines."""
        return self.our_lines.first is not None


class PageRequest(NamedTuple):
    """A page's request to a third party; `has_run` means that it was more than a preload."""

    known: KnownProduct
    has_run: bool
    by_manager: bool


def job_of(page: PageHtml, subject: Subject, allow: tuple[str, ...], own: OwnBanner | None) -> Job:
    """Return the two visits. If the page lacks our lines, the first visit adds them at the start of its head.

    If nothing is published, nothing would respond, so the second visit runs without our lines.
    """
    given = {}
    if not page.has_lines and not subject.was_seen:
        given["none"] = GivenPage(with_lines(page.html, subject.lines["head"]), page.policy)
    if page.has_lines and not subject.is_published:
        given["accept"] = GivenPage(_without_lines(page), page.policy)
    return Job(
        page.url,
        states=("none", "accept"),
        regions=(PLACE,) if own else (),
        pages=1,
        delay_s=0.0,
        page_s=20.0,
        settle_s=4.0,
        choice_s=5.0,
        total_s=60.0,
        allow=allow,
        own=own,
        given=given,
        robots=False,
    )


def with_lines(html: str, lines: str) -> str:
    """Return a page with `lines` at the start of its head."""
    places = {match[0][:5].lower(): match.end() for match in HEAD.finditer(html[:100_000])}
    at = next((places[name] for name in ("<head", "<html", "<!doc") if name in places), 0)
    return html[:at] + lines + html[at:]


def check_run(
    result: ScanResult, known: KnownTags, subject: Subject, page: PageHtml, findings: Sequence[Finding]
) -> Iterator[Finding]:
    """Yield what ran in the browser before any choice, except errors already in `findings`."""
    visits = {visit["state"]: visit for visit in result["visits"]}
    problem = next((problem for visit in visits.values() if (problem := _problem(visit))), "")
    if problem:
        yield Finding("browser", NOTE, translatable(f"The page could not be seen whole {WHERE}: {problem}"))
    permissions = Permissions(result, opt_in=True)
    region = visits["none"]["region"]
    ran_early = [
        one.known
        for one in requests_in(visits["none"], known, subject)
        if one.has_run and _is_leak(one.known, permissions, region, subject)
    ]
    names = [one.name for one in ran_early]
    errors = " ".join(one.sentence for one in findings if one.level == ERROR)
    new = [name for name in dict.fromkeys(names) if name not in errors]
    mounted = {one.name: one.mount for one in ran_early if one.mount and one.name in new}
    if mounted:
        yield _proxied_finding(mounted)
        new = [name for name in new if name not in mounted]
    if new:
        group = next(one.group for one in ran_early if one.name == new[0]) or "advertising"
        yield Finding("browser", ERROR, _early_sentence(new, page), translatable(f'await consent.when("{group}")'))
    elif not names and not problem:
        yield Finding("browser", GOOD, _good_sentence(page))


def _early_sentence(new: Sequence[str], page: PageHtml) -> str:
    names = ", ".join(new)
    if page.has_lines:
        return translatable(
            f"{names} ran before any choice when the page was opened {WHERE}. It is loaded from a place that the lines "
            "can't block, such as the site's own code. Load it after:"
        )
    return translatable(
        f"With our lines first in its head, {names} ran before any choice when the page was opened {WHERE}. It is loaded "
        "from a place that the lines can't block, such as the site's own code. Load it after:"
    )


def _good_sentence(page: PageHtml) -> str:
    if page.has_lines:
        return translatable(f"Nothing that needs a choice ran before one when the page was opened {WHERE}.")
    return translatable(
        f"With our lines first in its head, nothing that needs a choice ran before one when the page was opened {WHERE}."
    )


def _proxied_finding(mounts: Mapping[str, str]) -> Finding:
    """Return a finding that names what ran before any choice proxied on the site's host, with the mounts to enter."""
    sentence = translatable(
        f"{', '.join(mounts)} ran before any choice when the page was opened {WHERE}, proxied on the site's own host. "
        "Press Add what was found, or enter the mount on the page of the tag, and publish:"
    )
    return Finding("browser", ERROR, sentence, "\n".join(dict.fromkeys(mounts.values())))


def tags_in(
    result: ScanResult, known: KnownTags, subject: Subject, page: PageHtml, html: Sequence[FoundTag]
) -> list[FoundTag]:
    """Return the tags in the page's HTML, followed by those found only in a browser."""
    visits = {visit["state"]: visit for visit in result["visits"]}
    ran = {one.known.name for one in requests_in(visits["none"], known, subject) if one.has_run}
    every = (one for visit in visits.values() for one in requests_in(visit, known, subject))
    # Tags loaded by our script aren't part of the page and are already on the site.
    seen = [
        one
        for one in every
        if one.known.mount not in ("", *subject.mounts)
        or not (subject.is_published and one.known.vendor in subject.vendors)
    ]
    by_name = {tag.name: tag for tag in html}
    for one in seen:
        tag = by_name.get(one.known.name)
        if tag is None or (not tag.parameters and one.known.parameters and one.known.template == tag.template):
            by_name[one.known.name] = _tag(one, page, ran, tag)
    named = [*(by_name[tag.name] if not tag.parameters else tag for tag in html), *_added(by_name, html)]
    return with_products([_with_mounts(tag, seen) for tag in named])


def requests_in(visit: VisitResult, known: KnownTags, subject: Subject) -> list[PageRequest]:
    """Return a visit's requests to hosts other than the site, this service and code libraries."""
    requests = [request for page in visit["pages"] for request in page["requests"]]
    makers = {request["url"]: request["by"] for request in requests}
    pages = {address for page in visit["pages"] for address in (page["url"], page["final_url"])}
    strangers = [one for one in requests if not _is_exempt(one["url"], known, subject)]
    proxied = [one for page in visit["pages"] for one in page["own_host"] if one["is_sure"]]
    return [
        *(
            PageRequest(owner, _has_run(request, pages), _is_managed(_chain(request["url"], makers), known))
            for request in strangers
            for owner in _owners(request, known)
        ),
        *(
            PageRequest(owner, not one["ahead"], False)
            for one in proxied
            if (owner := known.proxied_vendor(one["vendor"], one["url"], one["mount"]))
        ),
    ]


def _owners(request: RequestResult, known: KnownTags) -> Iterator[KnownProduct]:
    """Yield the owners of a request; for images and requests by code, only by exact URL."""
    address, tag = request["url"], ELEMENTS.get(request["kind"])
    if tag is None:
        yield from known.exact_matches(address, "img")
    else:
        yield from (one for one in known.products_at(address, tag, {}, ()) if one.is_known or tag != "link")


def _has_run(request: RequestResult, pages: set[str]) -> bool:
    """Return whether the resource was used, not merely preloaded by the browser."""
    by = request["by"][:1]
    return request["kind"] != "script" or request["ran_at"] is not None or (bool(by) and by[0] not in pages)


def _is_exempt(address: str, known: KnownTags, subject: Subject) -> bool:
    return _is_own(address, subject) or known.is_library(address) or is_consent_tool(address)


def _is_own(address: str, subject: Subject) -> bool:
    domains = {owned_domain(urlsplit(one).hostname or "") for one in (*subject.hosts, subject.script)}
    return owned_domain(urlsplit(address).hostname or "") in domains


def _chain(address: str, makers: dict[str, list[str]]) -> Iterator[str]:
    """Yield the initiators of `address`, their initiators, and so on."""
    seen, left = {address}, list(makers.get(address, ()))
    while left:
        maker = left.pop()
        if maker not in seen:
            yield maker
            seen.add(maker)
            left += makers.get(maker, ())


def _is_managed(chain: Iterable[str], known: KnownTags) -> bool:
    """Return whether a tag manager is among the initiators."""
    return any(known.is_container(one.vendor) for maker in chain for one in known.exact_matches(maker, "script"))


def _is_leak(known: KnownProduct, permissions: Permissions, region: str | None, subject: Subject) -> bool:
    """Return whether it should have waited: it isn't essential, nor permitted by the banner or the site's settings."""
    if known.group == ESSENTIAL or (not known.is_known and subject.unknown_hosts == RUN):
        return False
    if permissions.permits(known.group or "advertising", known.vendor, "none", region):
        return False
    return not permissions.is_limited(known.vendor, "none", region, Promise())


def _tag(one: PageRequest, page: PageHtml, ran: Iterable[str], known: FoundTag | None) -> FoundTag:
    what = one.known
    held = known.held if known else page.has_lines and what.name not in ran
    source = known.source if known else TAG_MANAGER if one.by_manager else BROWSER
    address = known.address if known else what.address
    mounts = known.mounts if known else ()
    facts = (
        what.vendor,
        what.template,
        what.name,
        what.group,
        dict(what.parameters),
        address,
        source,
        held,
        what.reason,
    )
    return FoundTag(*facts, mounts=mounts)


def _with_mounts(tag: FoundTag, seen: Iterable[PageRequest]) -> FoundTag:
    """Return a tag with the mounts under which its vendor was found."""
    met = [one.known.mount for one in seen if one.known.mount and one.known.vendor == tag.vendor]
    return tag._replace(mounts=[*dict.fromkeys([*tag.mounts, *met])])


def _added(tags: dict[str, FoundTag], html: Sequence[FoundTag]) -> Iterator[FoundTag]:
    known = {tag.name for tag in html}
    yield from (tag for name, tag in tags.items() if name not in known)


def _problem(visit: VisitResult) -> str:
    """Return why a visit couldn't load its page, or ""."""
    problems = [visit["problem"], *(page["problem"] for page in visit["pages"])]
    problems += [f"It returned {page['status']}." for page in visit["pages"] if (page["status"] or 0) >= REFUSED]
    return next((problem for problem in problems if problem), "")


def _without_lines(page: PageHtml) -> str:
    """Return the page without our lines: the blocker's code is removed, and the line points to an empty URL."""
    html, our_lines = page.html, page.our_lines
    if our_lines.blocker:
        html = html.replace(our_lines.blocker.text, "", 1)
    if our_lines.line:
        html = html.replace(our_lines.line.attributes["src"], "data:,", 1)
    return html
