"""Register of data subject requests: applicable law, deadline, extension and outcome."""

import csv
import io

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext

from consent.core.days import DAY_SECONDS, date_of
from consent.core.privacy_rights import ELSEWHERE, Period
from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.frame.audit import audit, author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.labels import OUTCOME_WORDS, PACE_WORDS, PROOF_WORDS, REQUEST_WORDS, counted_unit
from consent.dashboard.frame.locale import language_words, place_words, translated
from consent.dashboard.frame.permissions import allowed
from consent.exports.csv_format import escape_formula
from consent.presentation.name_order import name_key
from consent.presentation.request_mails import changed_mail
from consent.privacy.request_register import Register, RequestValidationError
from consent.privacy.seal import SealError
from consent.storage.database.base import db
from consent.storage.privacy import privacy_requests as store
from consent.storage.privacy import visitor_requests as visitor_store
from consent.storage.privacy.privacy_requests import Request
from consent.storage.selection.subjects import receipts_of
from consent.storage.sites.sites import SiteRow

COLUMNS = ("id", "kind", "place", "law", "received", "due", "extended", "closed", "outcome", "reason", "reference")


@blueprint.get("/sites/<site>/requests")
@allowed("read_rights")
def requests(site: SiteRow) -> ResponseReturnValue:
    """Show open requests by due date, and closed ones."""
    return _page(site, {})


@blueprint.post("/sites/<site>/requests")
@allowed("exercise_rights")
def add_request(site: SiteRow) -> ResponseReturnValue:
    """Create a privacy request; the law of its place sets the due date."""
    try:
        created = _register(site).add(request.form)
    except RequestValidationError as error:
        return _page(site, error.fields), 422
    return _saved(
        site,
        gettext("Added request %(id)s. It is due on %(due)s.", id=created.id, due=format_date(date_of(created.due))),
    )


@blueprint.post("/sites/<site>/requests/<int:number>/extension")
@allowed("exercise_rights")
def extend_request(site: SiteRow, number: int) -> ResponseReturnValue:
    """Extend a request as far as its law allows, with the reason given to the visitor."""
    try:
        extended = _register(site).extend(_request_or_404(site, number), request.form.get("reason", ""))
    except RequestValidationError as error:
        return _refused(site, error)
    notified = _notify_visitor(site, extended) or gettext("Let the visitor know why.")
    due = gettext(
        "Request %(number)s is due on %(day)s now.", number=number, day=format_date(date_of(extended.last_day))
    )
    return _saved(site, f"{due} {notified}")


@blueprint.post("/sites/<site>/requests/<int:number>/outcome")
@allowed("exercise_rights")
def close_request(site: SiteRow, number: int) -> ResponseReturnValue:
    """Close a request with its outcome and a reason."""
    given = (request.form.get(name, "") for name in ("outcome", "reason"))
    try:
        closed = _register(site).close(_request_or_404(site, number), *given)
    except RequestValidationError as error:
        return _refused(site, error)
    return _saved(
        site, f"{gettext('Request %(number)s is closed.', number=number)} {_notify_visitor(site, closed)}".strip()
    )


@blueprint.post("/sites/<site>/requests/<int:number>/opening")
@allowed("exercise_rights")
def open_request(site: SiteRow, number: int) -> ResponseReturnValue:
    """Reopen a closed request, which removes its outcome."""
    _register(site).reopen(_request_or_404(site, number))
    return _saved(site, gettext("Request %(number)s is open again.", number=number))


@blueprint.post("/sites/<site>/requests/<int:number>/details")
@allowed("exercise_rights")
@requires_recent_sign_in
def open_request_details(site: SiteRow, number: int) -> ResponseReturnValue:
    """Decrypt what a visitor sent with a request, for this response only; the audit trail records who opened it."""
    one, sent = _request_or_404(site, number), visitor_store.of_request(db.session, site.id, number)
    if sent is None:
        abort(404)
    try:
        facts = services().privacy.visitors.open(sent)
    except SealError as error:
        return _refused(site, error)
    audit(site, "privacy_request.opened", f"request {number}", None, None)
    db.session.commit()
    has_receipts = bool(facts.get("visitor")) and bool(receipts_of(db.session, site.id, facts["visitor"]))
    return render_template(
        "dashboard/privacy/request_details.html",
        one=one,
        facts=facts,
        proof=PROOF_WORDS[sent.proof],
        language=language_words(sent.language),
        has_receipts=has_receipts,
        request_words=REQUEST_WORDS,
        day_s=DAY_SECONDS,
    )


def _notify_visitor(site: SiteRow, one: Request) -> str:
    """Mail a visitor who confirmed by mail that the state has changed; return how the visitor is notified, if so."""
    sent, mailer = visitor_store.of_request(db.session, site.id, one.id), services().notifications.mailer
    if sent is None:
        return ""
    if sent.proof != "mail" or mailer is None:
        return gettext("The visitor reads it on the status page; no email is sent.")
    try:
        facts = services().privacy.visitors.open(sent)
    except SealError:
        return ""
    link = f"{services().base_url}/rights/{site.key}/state?key={facts['key']}"
    mail = changed_mail(sent.language, site_state(site).draft["controller"]["name"], one.kind, link)
    mailer.post(facts["mail"], mail.subject, mail.text)
    return gettext("The visitor gets an email about it.")


def _register(site: SiteRow) -> Register:
    return Register(db.session, author(), site, services().privacy.rights, services().now)


def _saved(site: SiteRow, sentence: str) -> ResponseReturnValue:
    db.session.commit()
    flash(sentence, "success")
    return redirect(url_for("dashboard.requests", site=site.key))


def _refused(site: SiteRow, error: ValueError) -> ResponseReturnValue:
    flash(gettext("Nothing was changed. %(error)s", error=translated(str(error))), "error")
    return redirect(url_for("dashboard.requests", site=site.key))


@blueprint.get("/sites/<site>/requests/export")
@allowed("read_rights")
def export_requests(site: SiteRow) -> ResponseReturnValue:
    """Return the register as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in store.every(db.session, site.id, limit=100_000):
        dates = {name: _iso(getattr(one, name)) for name in ("received", "due", "extended", "closed")}
        writer.writerow(
            [escape_formula(str(value)) for value in ({**one._asdict(), **dates}[name] for name in COLUMNS)]
        )
    headers = {"Content-Disposition": f"attachment; filename=requests-{site.key}.csv"}
    return Response(out.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _request_or_404(site: SiteRow, number: int) -> Request:
    row = store.by_id(db.session, site.id, number)
    if row is None:
        abort(404)
    return row


def _today() -> int:
    return services().now // DAY_SECONDS


def _iso(day: int | None) -> str:
    return "" if day is None else date_of(day).isoformat()


def _page(site: SiteRow, errors: dict[str, str]) -> str:
    rights, requests_made = services().privacy.rights, store.every(db.session, site.id)
    state = site_state(site)
    return render_template(
        "dashboard/privacy/requests.html",
        found=requests_made,
        counts=store.counts(db.session, site.id, _today()),
        today=_today(),
        periods={one.id: rights.period(one.place, one.kind, one.received) for one in requests_made},
        paces={one.id: rights.pace(one.place, one.kind, one.received) for one in requests_made},
        pace_words=PACE_WORDS,
        authorities={one.id: rights.authority(one.place) for one in requests_made},
        places=sorted(((code, place_name(code)) for code in rights.places), key=lambda pair: name_key(pair[1])),
        place_name=place_name,
        request_words=REQUEST_WORDS,
        outcome_words=OUTCOME_WORDS,
        period_words=period_words,
        typed=dict(request.form) if errors else {"received": _iso(_today())},
        errors=errors,
        day_s=DAY_SECONDS,
        proofs=visitor_store.proofs_of(db.session, site.id, [one.id for one in requests_made]),
        proof_words=PROOF_WORDS,
        is_live=bool(state.live and state.live["overrides"].get("visitor_requests")),
        is_on=bool(state.draft["overrides"].get("visitor_requests")),
        sends_mail=services().notifications.mailer is not None,
    )


def place_name(code: str) -> str:
    """Return the name of a place such as `DE` or `US-CA` in the language of the page."""
    if code == ELSEWHERE:
        return gettext("A place without a law on file")
    country, _, subdivision = code.partition("-")
    return place_words(country, subdivision or None)


def period_words(period: Period) -> str:
    """Return a law's response period in words, such as `1 month, 2 more by extension`."""
    words = counted_unit(period.length, period.unit)
    return (
        gettext("%(words)s, %(extension)s more by extension", words=words, extension=period.extension)
        if period.extension
        else words
    )
