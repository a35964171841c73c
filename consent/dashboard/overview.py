"""The first page of a site: what was shown and chosen in the last 30 days, what is live, and the line to paste."""

from dataclasses import dataclass

from flask import redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from consent.core.groups import OPTIONAL
from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import site_state
from consent.dashboard.my_sites import last_site, my_sites
from consent.dashboard.permissions import allowed, may_everywhere
from consent.dashboard.services import services
from consent.dashboard.version_list import VersionRow, version_rows
from consent.snapshots.draft import missing_controller_facts
from consent.storage import overview as numbers
from consent.storage.models import db
from consent.storage.overview import DAY_S, DayOfChoices
from consent.storage.sites import FoundSite

DAYS = 30


@dataclass(frozen=True, slots=True)
class GroupNumbers:
    """How many receipts grant a group, refuse it, or say nothing of it."""

    group: str
    granted: int
    refused: int
    unsaid: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the chart; `granted` has the receipts that grant each optional group."""

    time: int
    shown: int
    receipts: int
    granted: dict[str, int]


@blueprint.get("/")
@allowed("start")
def start() -> ResponseReturnValue:
    """Go to the site that was looked at last."""
    site = last_site(my_sites())
    if site is None:
        if may_everywhere("add_site"):
            return redirect(url_for("dashboard.new_site"))
        return render_template("dashboard/no_site.html")
    return redirect(url_for("dashboard.overview", site=site.key))


@blueprint.get("/sites/<site>/")
@allowed("see")
def overview(site: FoundSite) -> ResponseReturnValue:
    """Show the numbers, the live version and the next step of a site."""
    session["site"] = site.key
    today = services().now // DAY_S
    since = today - DAYS + 1
    shown = numbers.shown_by_day(db.session, site.id, since)
    choices = numbers.choices_by_day(db.session, site.id, since)
    receipts = sum(day.receipts for day in choices)
    state = site_state(site)
    return render_template(
        "dashboard/overview.html",
        shown=sum(shown.values()),
        receipts=receipts,
        groups=[_of_group(group, choices, receipts) for group in OPTIONAL],
        days=_days(since, today, shown, choices),
        lines=_lines(since, today, choices),
        live=_live_version(site),
        pending=state.pending,
        missing=missing_controller_facts(state.draft),
        tags=len(state.draft["tags"]),
        script=f'<script async src="{services().base_url}/b/{site.key}.js"></script>',
        warnings=services().warnings(),
    )


def _live_version(site: FoundSite) -> VersionRow | None:
    return next((version for version in version_rows(site) if version.is_live), None)


def _of_group(group: str, choices: list[DayOfChoices], receipts: int) -> GroupNumbers:
    granted = sum(getattr(day, f"{group}_granted") for day in choices)
    refused = sum(getattr(day, f"{group}_refused") for day in choices)
    return GroupNumbers(group, granted, refused, receipts - granted - refused)


def _days(since: int, today: int, shown: dict[int, int], choices: list[DayOfChoices]) -> list[Day]:
    by_day = {day.day: day for day in choices}
    found = []
    for day in range(since, today + 1):
        known = by_day.get(day)
        granted = {group: getattr(known, f"{group}_granted") if known else 0 for group in OPTIONAL}
        found.append(Day(day * DAY_S, shown.get(day, 0), known.receipts if known else 0, granted))
    return found


def _lines(since: int, today: int, choices: list[DayOfChoices]) -> dict[str, list[str]]:
    """Return for each group the polylines of its rate in a square of 100 by 100, broken where a day has no receipt."""
    by_day = {day.day: day for day in choices}
    lines: dict[str, list[str]] = {}
    for group in OPTIONAL:
        parts: list[list[str]] = [[]]
        for day in range(since, today + 1):
            known = by_day.get(day)
            if known is None:
                parts.append([])
                continue
            x = 100 * (day - since) / max(today - since, 1)
            y = 100 - 100 * getattr(known, f"{group}_granted") / known.receipts
            parts[-1].append(f"{x:.2f},{y:.2f}")
        # A day between two without receipts would be a line without length, which is not painted.
        lines[group] = [" ".join(part if len(part) > 1 else part * 2) for part in parts if part]
    return lines
