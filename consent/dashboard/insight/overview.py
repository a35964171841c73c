"""A site's start page: health, pending tasks, and the banners and choices of the last 30 days."""

from dataclasses import replace

from babel import Locale
from babel.numbers import format_decimal, format_percent
from flask import redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.days import DAY_SECONDS
from consent.core.groups import OPTIONAL
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.locale import viewer_locale
from consent.dashboard.frame.permissions import allowed, last_site, may_on_all_sites, my_sites
from consent.dashboard.frame.version_list import VersionRow, version_rows
from consent.dashboard.insight.overview_chart import MIN_ASKED, charts
from consent.dashboard.insight.site_health import BAD, health_lines
from consent.dashboard.insight.waiting_tasks import waiting_tasks
from consent.dashboard.sites.first_steps import first_steps
from consent.runtime.embed_snippets import lines_of
from consent.sites.draft import missing_controller_facts
from consent.storage.database.base import db
from consent.storage.sites import script_fetches
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics import rates
from consent.storage.statistics.losses import losses
from consent.storage.statistics.query_params import DAYS
from consent.storage.statistics.rates import Numbers, StatisticsQuery


@blueprint.get("/")
@allowed("start")
def start() -> ResponseReturnValue:
    """Redirect to the last visited site."""
    site = last_site(my_sites())
    if site is None:
        if may_on_all_sites("add_site"):
            return redirect(url_for("dashboard.new_site"))
        return render_template("dashboard/insight/no_site.html")
    return redirect(url_for("dashboard.overview", site=site.key))


@blueprint.get("/sites/<site>/")
@allowed("see")
def overview(site: SiteRow) -> ResponseReturnValue:
    """Show the site's health, pending tasks, numbers compared with the 30 days before, and the next step."""
    session["site"] = site.key
    today = services().now // DAY_SECONDS
    since = today - DAYS + 1
    wanted = StatisticsQuery(since - DAYS, today)
    numbers = rates.numbers(db.session, site.id, wanted, rates.DAY, services().rules.opt_in_regimes)
    days = [(day, numbers.get(str(day), Numbers())) for day in range(since, today + 1)]
    whole, state = rates.total({str(day): one for day, one in days}), site_state(site)
    before = rates.total({day: one for day, one in numbers.items() if int(day) < since})
    health = health_lines(site, losses(db.session, site.id, since, today))
    return render_template(
        "dashboard/insight/overview.html",
        whole=whole,
        changes=_changes(whole, before),
        of_bots=Numbers() if whole.answers else _bot_numbers(site, replace(wanted, first_day=since)),
        days=[(day * DAY_SECONDS, one) for day, one in days],
        charts=charts(numbers, since, today),
        min_asked=MIN_ASKED,
        health=health,
        problems=sum(line.state == BAD for line in health),
        tasks=waiting_tasks(site, state),
        live=_live_version(site),
        steps=first_steps(site, state),
        missing=missing_controller_facts(state.draft),
        tags=len(state.draft["tags"]),
        first_page=f"{state.draft['hosts'][0]}/",
        head_lines=lines_of(site.key, services().base_url, state.draft)["head"],
        is_installed=bool(script_fetches.of_site(db.session, site.id)),
        warnings=services().warnings(),
    )


def _bot_numbers(site: SiteRow, wanted: StatisticsQuery) -> Numbers:
    asking = services().rules.opt_in_regimes
    return rates.total(rates.numbers(db.session, site.id, replace(wanted, bots="only"), rates.DAY, asking))


def _live_version(site: SiteRow) -> VersionRow | None:
    return next((version for version in version_rows(site) if version.is_live), None)


def _changes(whole: Numbers, before: Numbers) -> dict[str, str | None]:
    """Return how each number compares with the 30 days before, in words, or None if there is too little data."""
    counts = {name: _count_change(getattr(whole, name), getattr(before, name)) for name in ("shown", "answers")}
    return counts | {group: _rate_change(whole, before, group) for group in OPTIONAL}


def _count_change(now: int, before: int) -> str | None:
    if before < MIN_ASKED:
        return None
    if not round(100 * (now / before - 1)):
        return _unchanged()
    plain = Locale.parse(viewer_locale()).percent_formats[None].pattern
    change = format_percent(now / before - 1, f"+{plain};−{plain}", locale=viewer_locale())
    return gettext("%(change)s vs. the previous 30 days", change=change)


def _rate_change(whole: Numbers, before: Numbers, group: str) -> str | None:
    now, earlier = whole.groups[group], before.groups[group]
    if min(now.asked, earlier.asked) < MIN_ASKED:
        return None
    points = 100 * (now.granted / now.asked - earlier.granted / earlier.asked)
    if not round(points, 1):
        return _unchanged()
    words = format_decimal(points, "+0.0;−0.0", locale=viewer_locale())
    return gettext("%(points)s points vs. the previous 30 days", points=words)


def _unchanged() -> str:
    return gettext("about the same as in the previous 30 days")
