"""The register of requests: what visitors asked for under which law, until when it is due, and how it ended."""

import csv
import io

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.core.days import date_of
from consent.core.rights import Period
from consent.dashboard.blueprint import blueprint
from consent.dashboard.locale import place_words
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.telling import author
from consent.dashboard.words import OUTCOME_WORDS, REQUEST_WORDS, UNIT_WORDS
from consent.exports.csv_rows import neutral
from consent.proof.register import Register, RequestFault
from consent.storage import requests as store
from consent.storage.models import db
from consent.storage.requests import Request
from consent.storage.sites import FoundSite

DAY_S = 86400
COLUMNS = ("id", "kind", "place", "law", "received", "due", "extended", "closed", "outcome", "reason", "reference")


@blueprint.get("/sites/<site>/requests")
@allowed("read_rights")
def requests(site: FoundSite) -> ResponseReturnValue:
    """Show open requests by the day they are due, and closed ones."""
    return _page(site, {})


@blueprint.post("/sites/<site>/requests")
@allowed("exercise_rights")
def add_request(site: FoundSite) -> ResponseReturnValue:
    """Add a request; the law of its place says until when it is due."""
    try:
        made = _register(site).add(request.form)
    except RequestFault as fault:
        return _page(site, fault.fields), 422
    return _saved(site, f"Added request {made.id}. It is due on {date_of(made.due):%d %b %Y}.")


@blueprint.post("/sites/<site>/requests/<int:number>/extension")
@allowed("exercise_rights")
def extend_request(site: FoundSite, number: int) -> ResponseReturnValue:
    """Extend a request as far as its law lets it, with the reason that the visitor is told."""
    try:
        made = _register(site).extend(_found(site, number), request.form.get("reason", ""))
    except RequestFault as fault:
        return _refused(site, fault)
    return _saved(site, f"Request {number} is due on {date_of(made.last_day):%d %b %Y} now. Tell the visitor why.")


@blueprint.post("/sites/<site>/requests/<int:number>/outcome")
@allowed("exercise_rights")
def close_request(site: FoundSite, number: int) -> ResponseReturnValue:
    """Close a request with its outcome and a reason."""
    given = (request.form.get(name, "") for name in ("outcome", "reason"))
    try:
        _register(site).close(_found(site, number), *given)
    except RequestFault as fault:
        return _refused(site, fault)
    return _saved(site, f"Request {number} is closed.")


@blueprint.post("/sites/<site>/requests/<int:number>/opening")
@allowed("exercise_rights")
def open_request(site: FoundSite, number: int) -> ResponseReturnValue:
    """Open a closed request again, which takes its outcome back."""
    _register(site).open_again(_found(site, number))
    return _saved(site, f"Request {number} is open again.")


def _register(site: FoundSite) -> Register:
    return Register(db.session, author(), site, services().rights, services().now)


def _saved(site: FoundSite, sentence: str) -> ResponseReturnValue:
    db.session.commit()
    flash(sentence, "success")
    return redirect(url_for("dashboard.requests", site=site.key))


def _refused(site: FoundSite, fault: RequestFault) -> ResponseReturnValue:
    flash(f"Nothing was changed. {fault}", "error")
    return redirect(url_for("dashboard.requests", site=site.key))


@blueprint.get("/sites/<site>/requests/export")
@allowed("read_rights")
def export_requests(site: FoundSite) -> ResponseReturnValue:
    """Return the register as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in store.every(db.session, site.id, limit=100_000):
        dates = {name: _iso(getattr(one, name)) for name in ("received", "due", "extended", "closed")}
        writer.writerow([neutral(str(value)) for value in ({**one._asdict(), **dates}[name] for name in COLUMNS)])
    headers = {"Content-Disposition": f"attachment; filename=requests-{site.key}.csv"}
    return Response(out.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _found(site: FoundSite, number: int) -> Request:
    found = store.by_id(db.session, site.id, number)
    if found is None:
        abort(404)
    return found


def _today() -> int:
    return services().now // DAY_S


def _iso(day: int | None) -> str:
    return "" if day is None else date_of(day).isoformat()


def _page(site: FoundSite, errors: dict[str, str]) -> str:
    rights, found = services().rights, store.every(db.session, site.id)
    return render_template(
        "dashboard/requests.html",
        found=found,
        counts=store.counts(db.session, site.id, _today()),
        today=_today(),
        periods={one.id: rights.period(one.place, one.kind) for one in found},
        authorities={one.id: rights.authority(one.place) for one in found},
        places=sorted(((code, place_name(code)) for code in rights.places), key=lambda pair: pair[1]),
        place_name=place_name,
        request_words=REQUEST_WORDS,
        outcome_words=OUTCOME_WORDS,
        period_words=period_words,
        typed=dict(request.form) if errors else {"received": _iso(_today())},
        errors=errors,
        day_s=DAY_S,
    )


def place_name(code: str) -> str:
    """Return the English name of a place such as `DE` or `US-CA`."""
    country, _, subdivision = code.partition("-")
    return place_words(country, subdivision or None)


def period_words(period: Period) -> str:
    """Return how long a law gives, such as `1 month, 2 more by extension`."""
    unit = UNIT_WORDS[period.unit]
    words = f"{period.length} {unit}{'s' if period.length > 1 else ''}"
    return f"{words}, {period.extension} more by extension" if period.extension else words
