"""Start page of a site: banners and choices of the last 30 days, the live version, the embed snippet."""

from dataclasses import replace

from flask import redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from consent.core.groups import OPTIONAL
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.permissions import allowed, last_site, may_everywhere, my_sites
from consent.dashboard.frame.site_catalogue import newer_of
from consent.dashboard.frame.version_list import VersionRow, version_rows
from consent.dashboard.scans.review import waiting_items
from consent.sites.draft import missing_controller_facts
from consent.storage.database.base import db
from consent.storage.operations import alarms
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics import rates
from consent.storage.statistics.losses import losses
from consent.storage.statistics.query_params import DAY_SECONDS, DAYS
from consent.storage.statistics.rates import Answers, Numbers, StatisticsQuery


@blueprint.get("/")
@allowed("start")
def start() -> ResponseReturnValue:
    """Redirect to the site that was visited last."""
    site = last_site(my_sites())
    if site is None:
        if may_everywhere("add_site"):
            return redirect(url_for("dashboard.new_site"))
        return render_template("dashboard/insight/no_site.html")
    return redirect(url_for("dashboard.overview", site=site.key))


@blueprint.get("/sites/<site>/")
@allowed("see")
def overview(site: SiteRow) -> ResponseReturnValue:
    """Show the numbers, the live version and the next step of a site."""
    session["site"] = site.key
    today = services().now // DAY_SECONDS
    since = today - DAYS + 1
    wanted = StatisticsQuery(since, today)
    numbers = rates.numbers(db.session, site.id, wanted, rates.DAY, services().rules.asking)
    days = [(day, numbers.get(str(day), Numbers())) for day in range(since, today + 1)]
    whole, state = rates.total(numbers), site_state(site)
    return render_template(
        "dashboard/insight/overview.html",
        whole=whole,
        of_bots=Numbers() if whole.answers else _of_bots(site, wanted),
        days=[(day * DAY_SECONDS, one) for day, one in days],
        lines={group: _lines([one.groups[group] for _, one in days]) for group in OPTIONAL},
        lost=losses(db.session, site.id, since, today),
        live=_live_version(site),
        pending=state.pending,
        missing=missing_controller_facts(state.draft),
        newer=newer_of(site, state.draft),
        to_review=len(waiting_items(site, state.draft)),
        tags=len(state.draft["tags"]),
        first_page=f"{state.draft['hosts'][0]}/",
        script=f'<script async src="{services().base_url}/b/{site.key}.js"></script>',
        warnings=[*services().warnings(), *(one.sentence for one in alarms.present(db.session, site.id))],
    )


def _of_bots(site: SiteRow, wanted: StatisticsQuery) -> Numbers:
    asking = services().rules.asking
    return rates.total(rates.numbers(db.session, site.id, replace(wanted, bots="only"), rates.DAY, asking))


def _live_version(site: SiteRow) -> VersionRow | None:
    return next((version for version in version_rows(site) if version.is_live), None)


def _lines(days: list[Answers]) -> list[str]:
    """Return the polylines of a rate in a square of 100 by 100, broken on days without answers."""
    parts: list[list[str]] = [[]]
    for place, day in enumerate(days):
        if not day.asked:
            parts.append([])
            continue
        x = 100 * place / max(len(days) - 1, 1)
        parts[-1].append(f"{x:.2f},{100 - 100 * day.granted / day.asked:.2f}")
    # A day between two without answers would be a line without length, which is not painted.
    return [" ".join(part if len(part) > 1 else part * 2) for part in parts if part]
