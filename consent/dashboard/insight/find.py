"""Find anything: pages, settings, tags, vendors, cookies, receipts, users, sites and docs, from one box."""

import datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.locale import page_language
from consent.dashboard.frame.permissions import ACTIONS, allowed, roles_on
from consent.dashboard.insight.find_results import results_of
from consent.dashboard.receipts.quick_find import MAX_LENGTH, filters_in, ids_in
from consent.storage.sites.sites import SiteRow

MAX_QUERY_LENGTH = 200
EXAMPLES = {
    "en": (
        "Germany rejected last week",
        "GPC California this month",
        "no advertising since 2026-11-01",
        "withdrawn yesterday",
    ),
    "de": (
        "Deutschland abgelehnt letzte Woche",
        "GPC Kalifornien diesen Monat",
        "keine Werbung seit 1.11.2026",
        "widerrufen gestern",
    ),
    "fr": (
        "Allemagne refusé la semaine dernière",
        "GPC Californie ce mois-ci",
        "sans publicité depuis le 1er novembre 2026",
        "retiré hier",
    ),
    "es": (
        "Alemania rechazó la semana pasada",
        "GPC California este mes",
        "sin publicidad desde el 1 de noviembre de 2026",
        "retirado ayer",
    ),
}
"""Examples of the grammar for the empty page, by language."""


@blueprint.get("/sites/<site>/find")
@allowed("see")
def find(site: SiteRow) -> ResponseReturnValue:
    """Show what matches the text, or redirect users who may read receipts if it is a receipt id or filter."""
    text = request.args.get("q", "").strip()
    is_part = request.args.get("part") == "1"
    may_read = bool(roles_on(site) & ACTIONS["read_receipts"])
    is_receipt = may_read and not is_part and len(text) <= MAX_LENGTH  # longer text takes seconds to search for ids
    if text and is_receipt and (filters_in(text) or ids_in(text)):
        return redirect(url_for("dashboard.find_receipt", site=site.key, q=text))
    today = datetime.datetime.fromtimestamp(services().now, datetime.UTC).date()
    text = text[:MAX_QUERY_LENGTH]
    found = results_of(site, text, today) if text else []
    template = "dashboard/insight/_found.html" if is_part else "dashboard/insight/find.html"
    return render_template(template, text=text, found=found, examples=EXAMPLES[page_language()] if may_read else ())
