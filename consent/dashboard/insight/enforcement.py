"""A site's enforcement page: what browsers and scans observed each day, and which days are signed."""

from typing import Any, NamedTuple

from flask import render_template
from flask.typing import ResponseReturnValue

from consent.alarms.enforcement import MIN_SHARE, MIN_VIEWS, LeakingVendor, disclosable_count, leaking_vendors
from consent.alarms.enforcement_days import SignedDay, signed_days
from consent.alarms.enforcement_journal import facts_of_day
from consent.core.days import DAY_SECONDS, date_of
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.locale import Labels
from consent.dashboard.frame.permissions import allowed
from consent.storage.database.base import db
from consent.storage.sites import configs
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics import enforcement as store
from consent.storage.tables.statistics import STATES

SHOWN_DAYS = 31
MAX_PAGES = 5
STATE_WORDS = Labels(
    {
        "not_asked": "No answer yet",
        "refused": "Refused",
        "granted": "Granted",
        "signal": "Signal",
    }
)


class Vendor(NamedTuple):
    """A vendor that was contacted although it may not run, with the pages where that first happened."""

    leaking: LeakingVendor
    name: str
    pages: list[store.Page]


@blueprint.get("/sites/<site>/enforcement")
@allowed("see")
def enforcement(site: SiteRow) -> ResponseReturnValue:
    """Show the last 31 days."""
    today = services().now // DAY_SECONDS
    first = today - SHOWN_DAYS + 1
    now = facts_of_day(db.session, site, today)
    signed = signed_days(db.session, site.id, date_of(first).isoformat(), date_of(today).isoformat())
    days = [now, *_waiting(site, today - 1, signed), *(one.facts for one in signed)]
    return render_template(
        "dashboard/insight/enforcement.html",
        days=days,
        today=now["day"],
        signed={one.facts["day"] for one in signed},
        curve=_curve(days, first),
        states=STATE_WORDS,
        vendors=_vendors(site, today - 1, today),
        sampled_one_in=now["sampled_one_in"],
        min_views=MIN_VIEWS,
        min_share=round(1 / MIN_SHARE),
        is_empty=all(count == 0 for one in days for count in one["views"].values()),
    )


def _waiting(site: SiteRow, day: int, signed: list[SignedDay]) -> list[dict[str, Any]]:
    """Return the day if it isn't signed yet and has counts."""
    facts = facts_of_day(db.session, site, day)
    is_signed = any(one.facts["day"] == facts["day"] for one in signed)
    return [] if is_signed or all(count == 0 for count in facts["views"].values()) else [facts]


def _vendors(site: SiteRow, first_day: int, last_day: int) -> list[Vendor]:
    live = configs.get_document(db.session, site.live_config)
    names = {one["id"]: one["name"] for one in live["vendors"]} if live else {}
    return [
        Vendor(
            one,
            names.get(one.vendor, one.vendor),
            store.first_pages(db.session, site.id, one.vendor, first_day, last_day, MAX_PAGES),
        )
        for one in leaking_vendors(db.session, site.id, first_day, last_day)
    ]


def _curve(days: list[dict[str, Any]], first: int) -> str:
    """Return the points of an SVG polyline, 100 wide and 30 high; its top is 1% or the highest share."""
    shares = {one["day"]: _share(one) for one in days}
    known = [(step, shares.get(date_of(first + step).isoformat())) for step in range(SHOWN_DAYS)]
    top = max([0.01, *(share for _, share in known if share is not None)])
    width = 100 / (SHOWN_DAYS - 1)
    return " ".join(f"{step * width:.2f},{30 - 30 * share / top:.2f}" for step, share in known if share is not None)


def _share(facts: dict[str, Any]) -> float | None:
    """Return the share of page views that contacted a vendor that may not run, from counts that may be disclosed."""
    views = sum(facts["views"].get(state) or 0 for state in STATES)
    asked = sum(facts["asked"].get(state) or 0 for state in STATES)
    return asked / views if disclosable_count(views) else None
