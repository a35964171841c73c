"""Live count of the hosts that have fetched the live version since it was published."""

from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue

from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import config_document
from consent.dashboard.frame.permissions import allowed
from consent.storage.database.base import db
from consent.storage.sites import configs, script_fetches
from consent.storage.sites.script_fetches import Fetch
from consent.storage.sites.sites import SiteRow

WATCHED_SECONDS = 120
"""How long the page polls each second after a publish."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host of the site: the version that its pages last fetched, how many seconds ago, and whether it is live."""

    origin: str
    version: int | None
    ago: int
    is_live: bool


@dataclass(frozen=True, slots=True)
class LiveCounter:
    """The rollout of the live version; `ago` is seconds since a page on these hosts fetched it, None if none has."""

    version: int
    hosts: list[Host]
    ago: int | None
    is_watched: bool

    @property
    def count(self) -> int:
        """Return how many hosts have fetched the live version."""
        return sum(host.is_live for host in self.hosts)


@blueprint.get("/sites/<site>/live")
@allowed("see")
def live(site: SiteRow) -> ResponseReturnValue:
    """Render the rollout of the live version as a part of a page."""
    return render_template("dashboard/publishing/_rollout.html", live=live_counter(site))


def live_counter(site: SiteRow) -> LiveCounter | None:
    """Return the rollout of the live version of `site`, or None if nothing is published."""
    document = config_document(site.live_config)
    if document is None:
        return None
    now = services().now
    versions = {version.sha256: version for version in configs.versions(db.session, site.id)}
    fetched = {one.origin: one for one in script_fetches.of_site(db.session, site.id)}
    numbers = {name: version.version for name, version in versions.items()}
    hosts = [_host(origin, fetched.get(origin), site.live_config, numbers, now) for origin in document["hosts"]]
    published_at = versions[str(site.live_config)].published_at
    return LiveCounter(
        version=document["version"],
        hosts=hosts,
        ago=min((host.ago for host in hosts if host.is_live), default=None),
        is_watched=now - published_at < WATCHED_SECONDS,
    )


def _host(origin: str, last: Fetch | None, live_config: str | None, numbers: dict[str, int], now: int) -> Host:
    if last is None:
        return Host(origin, None, 0, False)
    return Host(origin, numbers.get(last.config), max(now - last.fetched_at, 0), last.config == live_config)
