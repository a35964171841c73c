"""Scenario for one page: without our lines; before a choice; rejected; accepted; withdrawn; from California."""

from pathlib import Path

from playwright.sync_api import Browser

from bench.websites.sites import Website
from bench.websites.visit import Seen, Visitor, visitor
from bench.websites.world import CALIFORNIA, World

WITHOUT = ("without", "without again")
PICTURES = ("", "-2", "-3")
"""Suffixes of a page's pictures; there are several for each visit without our lines."""
ACCEPT, REJECT = "Accept all", "Reject all"
Walk = dict[str, Seen]
"""Recorded pages by state."""


def without(browser: Browser, world: World, site: Website, path: str, folder: Path) -> Walk:
    """Return the page as it is, for a new and a returning visitor: differences between these aren't caused by us."""
    world.site, world.lines = site, ""
    walk: Walk = {}
    with visitor(browser, world) as one:
        for state in WITHOUT:
            one.open(site.origin + path)
            walk[state] = one.look(state)
            one.draw([folder / f"{state.replace(' ', '-')}{number}.png" for number in PICTURES])
    return walk


def with_us(browser: Browser, world: World, site: Website, path: str, lines: str, folder: Path) -> Walk:
    """Return the page with `lines` in each state. If it shows no banner, the states after an answer are missing."""
    world.site, world.lines = site, lines
    url, other = site.origin + path, site.origin + next((one for one in site.pages if one != path), path)
    seen: list[Seen] = []
    with visitor(browser, world) as one:
        one.open(url)
        seen.append(one.look("before", folder / "before.png"))
    with visitor(browser, world) as one:
        one.open(url)
        if one.press(REJECT):
            seen.append(one.look("refused here"))
            seen += [_revisit(one, url, "refused again", folder), _revisit(one, other, "refused elsewhere", None)]
    with visitor(browser, world) as one:
        one.open(url)
        if one.press(ACCEPT):
            seen.append(one.look("accepted here"))
            seen.append(_revisit(one, url, "accepted again", folder))
            one.withdraw()
            seen.append(one.look("withdrawn here"))
            seen.append(_revisit(one, url, "withdrawn again", folder))
    with visitor(browser, world, CALIFORNIA) as one:
        one.open(url)
        seen.append(one.look("California with GPC", folder / "california.png"))
    return {one.state: one for one in seen}


def _revisit(one: Visitor, url: str, state: str, folder: Path | None) -> Seen:
    one.open(url)
    return one.look(state, folder / f"{state.replace(' ', '-')}.png" if folder else None)
