"""Receipt search page: a box for ids, the API's filters, and keyset pagination."""

import json
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.labels import (
    ACTION_WORDS,
    AGE_WORDS,
    FILTER_WORDS,
    METHOD_WORDS,
    SIGNAL_WORDS,
    STATE_WORDS,
    regime_words,
)
from consent.dashboard.frame.locale import language_words, place_words
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.version_list import version_rows
from consent.dashboard.receipts.filter_chips import chips_of
from consent.dashboard.receipts.search_params import Query, duplicate_parameters, is_canonical, read_query
from consent.geo.places import countries
from consent.presentation.name_order import name_key
from consent.storage.archive import detached_months
from consent.storage.archive.detached_months import Month
from consent.storage.database.base import db
from consent.storage.receipts import receipts as store
from consent.storage.receipts.filter_params import FilterError, read_filters
from consent.storage.receipts.receipts import Count, Page
from consent.storage.selection.keyset_cursor import CursorError
from consent.storage.sites.sites import SiteRow

PAGE = 50


@blueprint.get("/sites/<site>/receipts")
@allowed("read_receipts")
def receipts(site: SiteRow) -> ResponseReturnValue:
    """Show the receipts that match the filters, newest first."""
    query = read_query(request.args)
    target = url_for("dashboard.receipts", site=site.key) + query.text
    errors = duplicate_parameters(request.args)
    if not errors and not is_canonical(request.args) and not _is_htmx():
        return redirect(target)
    page, count, detached = Page([], None), Count(0, False), list[Month]()
    try:
        if errors:
            raise FilterError(errors)
        filters = read_filters(query.filters)
        with services().reads.connect() as connection:
            page, count = store.search_and_count(connection, site.id, filters, query.values.get("cursor"), PAGE)
            detached = detached_months.months(connection, site.id, filters.since, filters.until)
    except FilterError as error:
        errors = dict(error.fields)
    except CursorError:
        errors = {"cursor": gettext("The address of this page is damaged. Start with the newest.")}
    response = make_response(
        _page(site, query, (page, count, detached), errors), 400 if errors and not _is_htmx() else 200
    )
    if _is_htmx():
        # The form also sends empty fields, which the URL omits.
        response.headers["HX-Push-Url"] = target
    return response


def _is_htmx() -> bool:
    return "HX-Request" in request.headers


def _page(site: SiteRow, query: Query, results: tuple[Page, Count, list[Month]], errors: dict[str, str]) -> str:
    options, (page, count, detached) = _options(site), results
    return render_template(
        "dashboard/receipts/search.html",
        filter_words=FILTER_WORDS,
        query=query,
        items=page.items,
        next=page.next,
        count=count,
        behind=services().reads.lag_seconds,
        recorded=store.recorded(db.session, site.id),
        away=detached,
        errors=errors,
        options=options,
        chips=chips_of(query, dict(options["vendors"]), {name: number for name, number, _ in options["versions"]}),
        versions={name: number for name, number, *_ in options["versions"]},
        action_words=ACTION_WORDS,
        method_words=METHOD_WORDS,
        vendor_counts=_vendor_counts,
        regime_words=regime_words,
        language_words=language_words,
        has_any=bool(page.items or detached) or store.count(db.session, site.id, read_filters({}), 1).number > 0,
    )


def _vendor_counts(vendors: str) -> dict[bool, int]:
    """Return how many vendors a receipt's `vendors` grants and refuses individually, without zeros."""
    answers = [*json.loads(vendors).values()]
    return {granted: answers.count(granted) for granted in (True, False) if granted in answers}


def _options(site: SiteRow) -> dict[str, list[Any]]:
    """Return the options of each select in the form."""
    state = site_state(site)
    territories = sorted(((code, place_words(code)) for code in countries()), key=lambda pair: name_key(pair[1]))
    vendors = {
        vendor["id"]: vendor["name"] for vendor in [*(state.live or state.draft)["vendors"], *state.draft["vendors"]]
    }
    languages = {*state.draft["texts"]["languages"], *(state.live or state.draft)["texts"]["languages"]}
    return {
        "countries": [("unknown", gettext("Unknown place")), *territories],
        "subdivisions": sorted(code for code in services().rules.codes if "-" in code),
        "regimes": sorted((code, regime_words(code)) for code in services().rules.under),
        "vendors": sorted(vendors.items(), key=lambda pair: name_key(pair[1])),
        "versions": [(row.name, row.number, row.is_live) for row in version_rows(site)],
        "languages": sorted(((code, language_words(code)) for code in languages), key=lambda pair: name_key(pair[1])),
        "actions": list(ACTION_WORDS.items()),
        "methods": list(METHOD_WORDS.items()),
        "signals": list(SIGNAL_WORDS.items()),
        "age_bands": list(AGE_WORDS.items()),
        "states": list(STATE_WORDS.items()),
        "origins": [("true", gettext("one of the site's hosts")), ("false", gettext("none of the site's hosts"))],
        "restricted": [("include", gettext("shown too")), ("only", gettext("alone"))],
    }
