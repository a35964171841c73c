"""The whole test run: every page without our lines, then with the service and one site for each, and the comparison."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from bench.websites import libraries
from bench.websites.compare import judge
from bench.websites.cost import Cost, cost_of
from bench.websites.found import check_of, with_found
from bench.websites.pictures import difference
from bench.websites.report import Tried, details
from bench.websites.service import FOUND, empty_draft, lines, running_service, sold_hosts
from bench.websites.sites import Website
from bench.websites.walk import PICTURES, WITHOUT, Walk, with_us, without
from bench.websites.world import World
from consent.core.documents.config import Draft
from consent.core.host_patterns import matches
from consent.sites.health_report import Health

SHOWN = {
    "before": "before.png",
    "refused again": "refused-again.png",
    "accepted again": "accepted-again.png",
    "withdrawn again": "withdrawn-again.png",
}
"""The states whose pictures are compared with the page without us."""


class Run:
    """What was recorded so far, by site, set-up ("" is without us) and path."""

    def __init__(self, browser: Browser, world: World, out: Path, scratch: Path) -> None:
        self._browser, self._world, self._out, self._scratch = browser, world, out, scratch
        self.checks: list[dict[str, Any]] = []
        """The results of the pages' checks."""
        self._walks: dict[tuple[str, str, str], Walk] = {}

    def seen(self) -> list[dict[str, Any]]:
        """Return everything that was recorded, as JSON."""
        return [
            {"site": site, "set_up": set_up, "path": path, "states": [one.as_json() for one in walk.values()]}
            for (site, set_up, path), walk in self._walks.items()
        ]

    def without_us(self, sites: Sequence[Website]) -> None:
        """Record every page as it is."""
        for site in sites:
            for path in site.pages:
                folder = self._folder(site, "", path)
                self._walks[site.name, "", path] = without(self._browser, self._world, site, path, folder)
                print(f"{site.name} {path} without us", flush=True)

    def with_us(self, sites: Sequence[Website], set_ups: Sequence[str]) -> list[Tried]:
        """Record every page with the lines, with each of `set_ups`, and return what is wrong."""
        drafts = {(site, up): self._draft(site, up) for site in sites for up in set_ups}
        with running_service(self._scratch, [*drafts.values()]) as self._world.port:
            return [
                self._try_page(site, up, path, draft) for (site, up), draft in drafts.items() for path in site.pages
            ]

    def costs(self, sites: Sequence[Website]) -> list[Cost]:
        """Return what the lines cost on the first page of each site, with the tags found there."""
        drafts = {site: self._draft(site, FOUND) for site in sites}
        with running_service(self._scratch, [*drafts.values()]) as self._world.port:
            return [cost_of(self._browser, self._world, site, lines(draft)) for site, draft in drafts.items()]

    def _draft(self, site: Website, set_up: str) -> Draft:
        """Return the draft of a set-up; for FOUND, with the tags that a check of each page finds."""
        draft = empty_draft(site, set_up)
        self._world.site, self._world.lines = site, lines(draft)
        for path in site.pages if set_up == FOUND else []:
            health = check_of(draft)(site.origin + path)
            self.checks.append({"site": site.name, "path": path} | _health_facts(health))
            draft = with_found(draft, health.tags)
            print(f"{site.name} {path} checked: {', '.join(tag.name for tag in health.tags)}", flush=True)
        return draft

    def _try_page(self, site: Website, set_up: str, path: str, draft: Draft) -> Tried:
        folder, bare = self._folder(site, set_up, path), self._walks[site.name, "", path]
        walk = with_us(self._browser, self._world, site, path, lines(draft), folder)
        self._walks[site.name, set_up, path] = walk
        differing = self._differences(walk, self._folder(site, "", path), folder)
        verdict = judge(bare | walk, self._free_on(site), _matches_any(sold_hosts(draft)), differing)
        tried = Tried(site.name, set_up, path, "refused here" in walk, verdict)
        print(details(tried), flush=True)
        return tried

    def _free_on(self, site: Website) -> Callable[[str], bool]:
        """Return a function that says whether what ran may always run on `site`: its own code or a library."""

        def is_free(ran: str) -> bool:
            address = ran.removeprefix("frame ")
            host = address.partition("/")[0]
            return libraries.is_library(address) or self._world.is_own(host) or host in site.allowed

        return is_free

    def _differences(self, walk: Walk, bare: Path, folder: Path) -> dict[str, str]:
        page = self._browser.new_page()
        known = [bare / f"{state.replace(' ', '-')}{end}.png" for state in WITHOUT for end in PICTURES]
        try:
            shown = {state: folder / name for state, name in SHOWN.items() if state in walk}
            return {state: difference(page, known, picture) for state, picture in shown.items()}
        finally:
            page.close()

    def _folder(self, site: Website, set_up: str, path: str) -> Path:
        folder = self._out / site.name / (path.strip("/").replace("/", "+") or "home") / (set_up or "without")
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _matches_any(entries: list[str]) -> Callable[[str], bool]:
    """Return a function that says whether something that ran is at one of `entries`, hosts with or without a path."""
    return lambda ran: any(matches(ran.removeprefix("frame "), entry) for entry in entries)


def _health_facts(health: Health) -> dict[str, Any]:
    tags, findings = ([one._asdict() for one in rows] for rows in (health.tags, health.findings))
    return {"tags": tags, "findings": findings}
