"""The register of requests: what visitors asked for under which law, until when it is due, and how it ended."""

import csv
import datetime
import io
import re
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.core.days import date_of, day_of
from consent.core.rights import KINDS, Period
from consent.dashboard.blueprint import blueprint
from consent.dashboard.locale import ENGLISH
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.telling import author, tell
from consent.dashboard.words import OUTCOME_WORDS, REQUEST_WORDS, UNIT_WORDS
from consent.exports.csv_rows import neutral
from consent.proof.rights import reason_fault
from consent.storage import requests as store
from consent.storage.models import db
from consent.storage.requests import Request
from consent.storage.sites import FoundSite

DAY_S = 86400
OLDEST_DAYS = 3660
"""How long ago a request may have been received: ten years."""
LATEST_DAYS = 400
"""How long after its receipt it may be due, where no law says so."""
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
    errors: dict[str, str] = {}
    facts = _read(errors)
    if errors:
        return _page(site, errors), 422
    facts |= {"added_at": services().now, "added_by": author().who.id}
    number = store.add(db.session, site.id, facts)
    tell(site, "request.added", f"request {number}", None, _found(site, number).told)
    db.session.commit()
    flash(f"Added request {number}. It is due on {date_of(facts['due']):%d %b %Y}.", "success")
    return redirect(url_for("dashboard.requests", site=site.key))


@blueprint.post("/sites/<site>/requests/<int:number>/extension")
@allowed("exercise_rights")
def extend_request(site: FoundSite, number: int) -> ResponseReturnValue:
    """Extend a request as far as its law lets it, with the reason that the visitor is told."""
    found, reason = _found(site, number), request.form.get("reason", "").strip()
    period = services().rights.period(found.place, found.kind)
    extended = period.extended(found.received) if period else None
    if found.outcome or found.extended is not None or extended is None:
        flash("This request cannot be extended.", "error")
    elif fault := reason_fault(reason):
        flash(f"Nothing was changed. {fault}", "error")
    else:
        facts = {"extended": extended, "extension_reason": reason}
        _change(site, found, "request.extended", facts)
        flash(f"Request {number} is due on {date_of(extended):%d %b %Y} now. Tell the visitor why.", "success")
    return redirect(url_for("dashboard.requests", site=site.key))


@blueprint.post("/sites/<site>/requests/<int:number>/outcome")
@allowed("exercise_rights")
def close_request(site: FoundSite, number: int) -> ResponseReturnValue:
    """Close a request with its outcome and a reason."""
    found, reason = _found(site, number), request.form.get("reason", "").strip()
    outcome = request.form.get("outcome", "")
    fault = reason_fault(reason) if reason or outcome != "done" else ""
    if found.outcome or outcome not in store.OUTCOMES:
        flash("This request cannot be closed like this.", "error")
    elif fault:
        flash(f"Nothing was changed. {fault}", "error")
    else:
        _change(site, found, "request.closed", {"outcome": outcome, "reason": reason, "closed": _today()})
        flash(f"Request {number} is closed.", "success")
    return redirect(url_for("dashboard.requests", site=site.key))


@blueprint.post("/sites/<site>/requests/<int:number>/opening")
@allowed("exercise_rights")
def open_request(site: FoundSite, number: int) -> ResponseReturnValue:
    """Open a closed request again, which takes its outcome back."""
    found = _found(site, number)
    if found.outcome:
        _change(site, found, "request.opened", {"outcome": "", "reason": "", "closed": None})
        flash(f"Request {number} is open again.", "success")
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


def _read(errors: dict[str, str]) -> dict[str, Any]:
    """Return the facts of a new request from the form, and note in `errors` what cannot be used."""
    form, rights = request.form, services().rights
    kind, place = form.get("kind", ""), form.get("place", "")
    if kind not in KINDS:
        errors["kind"] = "Choose what is asked for."
    if place not in rights.places:
        errors["place"] = "Choose a place from the list."
    received = _date("received")
    if received is None or not _today() - OLDEST_DAYS <= received <= _today():
        errors["received"] = "This must be a date such as 2026-11-24, of the last ten years and not after today."
    reference = form.get("reference", "").strip()
    if reference and not re.fullmatch(r"[A-Za-z0-9 ./#_-]{1,60}", reference):
        errors["reference"] = "A number such as DSR-2026-17, and nobody's name."
    if errors or received is None:
        return {}
    period = rights.period(place, kind)
    due = period.due(received) if period else _date("due")
    if due is None or not 0 <= due - received <= LATEST_DAYS:
        errors["due"] = "No law on file sets a day for this in that place: choose one, within 400 days."
        return {}
    law = f"{period.law} {period.article}" if period else "no period on file"
    return {"kind": kind, "place": place, "law": law, "received": received, "due": due, "reference": reference}


def _date(name: str) -> int | None:
    """Return the day that a field names, or None where it names none."""
    text = request.form.get(name, "")
    try:
        return day_of(datetime.date.fromisoformat(text)) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None


def _change(site: FoundSite, found: Request, action: str, facts: dict[str, Any]) -> None:
    store.change(db.session, site.id, found.id, facts)
    tell(site, action, f"request {found.id}", found.told, _found(site, found.id).told)
    db.session.commit()


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
    name = ENGLISH.territories.get(country, country)
    return f"{name}, {subdivision}" if subdivision else name


def period_words(period: Period) -> str:
    """Return how long a law gives, such as `1 month, 2 more by extension`."""
    unit = UNIT_WORDS[period.unit]
    words = f"{period.length} {unit}{'s' if period.length > 1 else ''}"
    return f"{words}, {period.extension} more by extension" if period.extension else words
