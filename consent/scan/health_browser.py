"""*Check my site* in a browser: the page opened once as from a place that asks, and once more with all granted."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from consent.classify.domains import owned_domain
from consent.core.groups import ESSENTIAL
from consent.scan.identify import Promise
from consent.scan.job import Given, Job, OwnBanner
from consent.scan.known_tags import Known, KnownTags
from consent.scan.leaks import Permissions
from consent.scan.other_tools import is_consent_tool
from consent.scan.standing import Standing
from consent.snapshots.blocking import RUN
from consent.snapshots.found_tags import BROWSER, TAG_MANAGER, FoundTag
from consent.snapshots.site_health import FAULT, GOOD, NOTE, Finding, Subject

PLACE = "DE"
"""Where each optional tag waits for an answer."""
HEAD = re.compile(r"<head\b[^>]*>|<html\b[^>]*>|<!doctype[^>]*>", re.IGNORECASE)
ELEMENTS = {"script": "script", "document": "iframe", "stylesheet": "link", "font": "link"}
"""By kind of a request, the element that asks; what else is asked counts where its address says whose it is."""
REFUSED = 400
WHERE = "in a browser, as a visitor from Germany"


class Shown(NamedTuple):
    """The page as the server sends it, and where our lines stand in it."""

    url: str
    html: str
    policy: str
    standing: Standing

    @property
    def has_lines(self) -> bool:
        """Tell whether any of our lines is in it."""
        return self.standing.first is not None


class Asked(NamedTuple):
    """What a page has asked of somebody else. `has_run`: not only asked for, which a browser does ahead of the page."""

    known: Known
    has_run: bool
    by_manager: bool


def job_of(page: Shown, subject: Subject, allow: tuple[str, ...], own: OwnBanner | None) -> Job:
    """Return the two visits. Where the page has no lines of ours, the first one puts them first into its head.

    Where nothing is published there is nobody to answer, so the second visit then goes without our lines.
    """
    given = {}
    if not page.has_lines and not subject.was_seen:
        given["none"] = Given(with_lines(page.html, subject.lines["head"]), page.policy)
    if page.has_lines and not subject.is_published:
        given["accept"] = Given(_without_lines(page), page.policy)
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
    """Return a page with `lines` first in its head."""
    places = {found[0][:5].lower(): found.end() for found in HEAD.finditer(html[:100_000])}
    at = next((places[name] for name in ("<head", "<html", "<!doc") if name in places), 0)
    return html[:at] + lines + html[at:]


def check_look(
    result: dict[str, Any], known: KnownTags, subject: Subject, page: Shown, told: Sequence[Finding]
) -> Iterator[Finding]:
    """Yield what a browser has seen run before any choice, beyond what is `told` as a fault already."""
    visits = {visit["state"]: visit for visit in result["visits"]}
    problem = next((problem for visit in visits.values() if (problem := _problem(visit))), "")
    if problem:
        yield Finding("browser", NOTE, f"The page could not be seen whole {WHERE}: {problem}")
    permissions = Permissions(result, opt_in=True)
    region = visits["none"]["region"]
    ran_early = [
        one.known
        for one in asked_in(visits["none"], known, subject)
        if one.has_run and _is_leak(one.known, permissions, region, subject)
    ]
    names = [one.name for one in ran_early]
    faults = " ".join(one.sentence for one in told if one.level == FAULT)
    new = [name for name in dict.fromkeys(names) if name not in faults]
    lines = "" if page.has_lines else "With our lines first in its head, "
    if new:
        group = next(one.group for one in ran_early if one.name == new[0]) or "advertising"
        ran = f"{', '.join(new)} ran before any choice when the page was opened {WHERE}."
        why = " It comes from where the lines cannot hold it, such as the site's own code: load it after"
        yield Finding("browser", FAULT, f"{lines}{ran}{why}", f'await consent.when("{group}")')
    elif not names and not problem:
        nothing = "nothing that needs a choice ran before one when the page was opened"
        yield Finding("browser", GOOD, f"{lines}{nothing if lines else nothing.capitalize()} {WHERE}.")


def tags_in(
    result: dict[str, Any], known: KnownTags, subject: Subject, page: Shown, html: Sequence[FoundTag]
) -> list[FoundTag]:
    """Return the tags of the page's HTML, and after them those that only a browser has met."""
    visits = {visit["state"]: visit for visit in result["visits"]}
    ran = {one.known.name for one in asked_in(visits["none"], known, subject) if one.has_run}
    every = (one for visit in visits.values() for one in asked_in(visit, known, subject))
    # What our script has loaded is no tag of the page, and is the site's already.
    seen = [one for one in every if not (subject.is_published and one.known.vendor in subject.vendors)]
    found = {tag.name: tag for tag in html}
    for one in seen:
        tag = found.get(one.known.name)
        if tag is None or (not tag.parameters and one.known.parameters and one.known.template == tag.template):
            found[one.known.name] = _tag(one, page, ran, tag)
    return [*(found[tag.name] if not tag.parameters else tag for tag in html), *_added(found, html)]


def asked_in(visit: dict[str, Any], known: KnownTags, subject: Subject) -> list[Asked]:
    """Return what the pages of a visit have asked of others than the site, this service and code libraries."""
    requests = [request for page in visit["pages"] for request in page["requests"]]
    makers = {request["url"]: request["by"] for request in requests}
    pages = {address for page in visit["pages"] for address in (page["url"], page["final_url"])}
    strangers = [one for one in requests if not _is_passed(one["url"], known, subject)]
    return [
        Asked(owner, _has_run(request, pages), _is_managed(_chain(request["url"], makers), known))
        for request in strangers
        for owner in _owners(request, known)
    ]


def _owners(request: dict[str, Any], known: KnownTags) -> Iterator[Known]:
    """Yield whose a request is; of an image, or what code sends, only where the address itself tells."""
    address, tag = request["url"], ELEMENTS.get(request["kind"])
    if tag is None:
        yield from known.exactly(address, "img")
    else:
        yield from (one for one in known.at(address, tag, {}, ()) if one.is_known or tag != "link")


def _has_run(request: dict[str, Any], pages: set[str]) -> bool:
    """Tell whether more came of it than that the browser asked ahead for what the page names."""
    by = request["by"][:1]
    return request["kind"] != "script" or request["ran_at"] is not None or (bool(by) and by[0] not in pages)


def _is_passed(address: str, known: KnownTags, subject: Subject) -> bool:
    return _is_own(address, subject) or known.is_library(address) or is_consent_tool(address)


def _is_own(address: str, subject: Subject) -> bool:
    domains = {owned_domain(urlsplit(one).hostname or "") for one in (*subject.hosts, subject.script)}
    return owned_domain(urlsplit(address).hostname or "") in domains


def _chain(address: str, makers: dict[str, list[str]]) -> Iterator[str]:
    """Yield who asked for `address`, who asked for those, and so on."""
    seen, left = {address}, list(makers.get(address, ()))
    while left:
        maker = left.pop()
        if maker not in seen:
            yield maker
            seen.add(maker)
            left += makers.get(maker, ())


def _is_managed(chain: Iterable[str], known: KnownTags) -> bool:
    """Tell whether a tag manager is among those who asked."""
    return any(known.is_container(one.vendor) for maker in chain for one in known.exactly(maker, "script"))


def _is_leak(known: Known, permissions: Permissions, region: str | None, subject: Subject) -> bool:
    """Tell whether it had to wait: neither essential, nor allowed by the banner, nor let run by the site's settings."""
    if known.group == ESSENTIAL or (not known.is_known and subject.unknown_hosts == RUN):
        return False
    if permissions.permits(known.group or "advertising", known.vendor, "none", region):
        return False
    return not permissions.is_limited(known.vendor, "none", region, Promise())


def _tag(one: Asked, page: Shown, ran: Iterable[str], known: FoundTag | None) -> FoundTag:
    what = one.known
    held = known.held if known else page.has_lines and what.name not in ran
    source = known.source if known else TAG_MANAGER if one.by_manager else BROWSER
    address = known.address if known else what.address
    return FoundTag(
        what.vendor, what.template, what.name, what.group, dict(what.parameters), address, source, held, what.reason
    )


def _added(found: dict[str, FoundTag], html: Sequence[FoundTag]) -> Iterator[FoundTag]:
    known = {tag.name for tag in html}
    yield from (tag for name, tag in found.items() if name not in known)


def _problem(visit: dict[str, Any]) -> str:
    """Return why a visit has not seen its page; empty where it has."""
    told = [visit["problem"], *(page["problem"] for page in visit["pages"])]
    told += [f"It answers {page['status']}." for page in visit["pages"] if (page["status"] or 0) >= REFUSED]
    return next((problem for problem in told if problem), "")


def _without_lines(page: Shown) -> str:
    """Return the page as it is without us: the blocker's text is taken out, and the line leads nowhere."""
    html, standing = page.html, page.standing
    if standing.blocker:
        html = html.replace(standing.blocker.text, "", 1)
    if standing.line:
        html = html.replace(standing.line.attributes["src"], "data:,", 1)
    return html
