"""Run *Check my site* and add the found tags, as an owner does before the first publish."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

from bench.websites.service import ORIGIN
from consent.classifier.catalog import VENDORS, load_catalog
from consent.core.documents.config import Draft
from consent.dashboard.tags.unknown_hosts import HELD_AS
from consent.runtime.blocking import HOLD
from consent.runtime.embed_snippets import blocker, blocker_hash, lines_of
from consent.scanner.health.check import SiteCheck
from consent.scanner.model.job import OwnBanner
from consent.sites.add_found_tags import CONFIRM, UNKNOWN, add, offers
from consent.sites.found_tags import FoundTag
from consent.sites.health_report import Health, Subject, requested_groups

NECESSITY = "The pages of this website do not work without it."


def check_of(draft: Draft) -> Callable[[str], Health]:
    """Return a function that checks a page of the draft's site in a browser, like *Check my site*."""
    check = SiteCheck(load_catalog(VENDORS), ORIGIN, (), _no_banner)
    subject = Subject(
        key=draft["site"],
        hosts=draft["hosts"],
        scope=draft["overrides"]["cookie_scope"],
        vendors=frozenset(),
        lines=lines_of(draft["site"], ORIGIN, draft),
        blocker=blocker(),
        blocker_hash=blocker_hash(),
        was_seen=False,
        unknown_hosts=HOLD,
        allowed_hosts=tuple(draft["overrides"]["allowed_hosts"]),
        is_published=False,
        foreign_marks=draft["overrides"]["foreign_marks"],
        asks=requested_groups(draft["tags"]),
    )
    # In its own thread: Playwright's has a running event loop, and the check starts one.
    return lambda url: ThreadPoolExecutor(1).submit(check, subject, url).result()


def with_found(draft: Draft, found: list[FoundTag]) -> Draft:
    """Return `draft` with the found tags, as *Add what was found* adds them, each essential one with a reason."""
    offered = offers(draft, found, load_catalog(VENDORS))
    necessities = {offer.key: NECESSITY for offer in offered if offer.state == CONFIRM}
    awaited = [HELD_AS] if any(offer.state == UNKNOWN for offer in offered) else []
    return add(draft, offered, necessities, awaited)[0]


def _no_banner(site: str, seconds: float) -> AbstractContextManager[OwnBanner]:
    raise AssertionError(f"{site} is not published, so there is no banner to ask as from a place")
