"""Retention page: period, deletion preview, legal holds, deletion runs, and all past erasures."""

import datetime
from collections.abc import Iterator

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from consent.core.groups import AGE_BANDS
from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.frame.audit import audit, author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.labels import AGE_WORDS, CAUSE_WORDS, LEVEL_WORDS, MARK_WORDS, SUBJECT_WORDS
from consent.dashboard.frame.locale import plain_digits
from consent.dashboard.frame.permissions import allowed
from consent.log.audit_labels import author_text
from consent.privacy.eraser import MAX_OF_BAND
from consent.privacy.marks_service import DuplicateMarkError, Marking, put_mark, reason_error
from consent.privacy.retention_policy import retention_of, set_retention
from consent.storage.archive import detached_months
from consent.storage.archive.detached_months import Month
from consent.storage.database.base import db
from consent.storage.database.partitions import month_name
from consent.storage.log import actors
from consent.storage.privacy import age_bands, erasures, marks, retention_runs
from consent.storage.privacy import retention as store
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics import receipts_per_day
from consent.storage.tables.privacy import LEVELS

SHOWN = 50
"""How many erasures the page lists."""
COUNTED_AT_ONCE = 50_000
"""Up to this many receipts, those due for deletion are counted with the page, else in a second request."""


@blueprint.get("/sites/<site>/retention")
@allowed("read_rights")
def retention(site: SiteRow) -> ResponseReturnValue:
    """Show the retention period, and what it would delete now; `months` in the query previews another."""
    errors: dict[str, str] = {}
    policy = retention_of(db.session, site.id)
    months = _months(request.args.get("months", str(policy.months)), errors)
    return _page(site, months or policy.months, errors), 400 if errors else 200


@blueprint.post("/sites/<site>/retention")
@allowed("set_retention")
def save_retention(site: SiteRow) -> ResponseReturnValue:
    """Set the retention period in months, and whether the service prunes automatically."""
    errors: dict[str, str] = {}
    months = _months(request.form.get("months", ""), errors)
    if months is None:
        return _page(site, retention_of(db.session, site.id).months, errors), 422
    wanted = retention_of(db.session, site.id)._replace(
        months=months, prunes_itself=request.form.get("by_itself") == "1"
    )
    if wanted != retention_of(db.session, site.id):
        set_retention(db.session, author(), site, wanted, services().now)
        db.session.commit()
        services().privacy.prune()
    flash(gettext("Saved how long receipts are kept."), "success")
    return redirect(url_for("dashboard.retention", site=site.key))


@blueprint.post("/sites/<site>/retention/accounts")
@allowed("set_retention")
def save_account_retention(site: SiteRow) -> ResponseReturnValue:
    """Set after how many months without activity an account is forgotten."""
    text, before = request.form.get("account_months", "").strip(), retention_of(db.session, site.id)
    wanted = before._replace(account_months=int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None)
    try:
        if text and wanted.account_months is None:
            raise ValueError
        if wanted != before:
            set_retention(db.session, author(), site, wanted, services().now)
            db.session.commit()
    except ValueError:
        db.session.rollback()
        low, high = store.MIN_ACCOUNT_MONTHS, store.MAX_MONTHS
        sentence = gettext("Enter %(low)s to %(high)s months, or leave it empty.", low=low, high=high)
        return _page(site, before.months, {"account_months": sentence}), 422
    flash(gettext("Saved how long accounts are kept."), "success")
    return redirect(url_for("dashboard.retention", site=site.key, _anchor="accounts"))


@blueprint.post("/sites/<site>/retention/runs")
@allowed("set_retention")
@requires_recent_sign_in
def prune(site: SiteRow) -> ResponseReturnValue:
    """Erase the receipts whose retention has ended; irreversible, so their number must be typed."""
    due = store.preview(db.session, site.id, services().now)
    if plain_digits(request.form.get("number", "")) != str(due.receipts) or not due.receipts:
        errors = {"number": gettext("Type the number of receipts, %(receipts)s, to erase them.", receipts=due.receipts)}
        return _page(site, store.months_of(db.session, site.id), errors, due), 422
    run = retention_runs.request(db.session, site.id, author().who.id, services().now)
    audit(site, "retention.run_requested", f"run {run}", None, {"receipts": due.receipts})
    db.session.commit()
    services().privacy.prune()
    flash(gettext("Started. See the progress in the job log."), "success")
    return redirect(url_for("dashboard.retention", site=site.key))


@blueprint.post("/sites/<site>/retention/holds")
@allowed("exercise_rights")
def hold_period(site: SiteRow) -> ResponseReturnValue:
    """Place a legal hold on all receipts of a period."""
    errors: dict[str, str] = {}
    first, last = (_day(name, errors) for name in ("first", "last"))
    reason = request.form.get("reason", "").strip()
    if error := reason_error(reason):
        errors["reason"] = error
    if first and last and last < first:
        errors["last"] = gettext("This is before the first day.")
    if errors or not first or not last:
        return _page(site, store.months_of(db.session, site.id), errors), 422
    marking = Marking(marks.HOLD, marks.period(first, last))
    try:
        put_mark(db.session, author(), site, marking, reason, services().now)
        db.session.commit()
        flash(gettext("These days are on hold: nothing of them is deleted."), "success")
    except DuplicateMarkError:
        flash(gettext("These days are already on hold."), "error")
    return redirect(url_for("dashboard.retention", site=site.key))


@blueprint.post("/sites/<site>/retention/age-bands")
@allowed("exercise_rights")
@requires_recent_sign_in
def erase_age_band(site: SiteRow) -> ResponseReturnValue:
    """Erase the receipts of an age band; irreversible, so their number must be typed."""
    band, level = request.form.get("band", ""), request.form.get("level", "")
    reason, errors = request.form.get("band_reason", "").strip(), {}
    if band not in AGE_BANDS:
        errors["band"] = gettext("Choose an age band.")
    if level not in LEVELS:
        errors["level"] = gettext("Choose what to delete.")
    if error := reason_error(reason):
        errors["band_reason"] = error
    if not errors:
        count = age_bands.count_of_band(db.session, site.id, band, level)
        if plain_digits(request.form.get("count", "")) != str(count) or not count:
            errors["count"] = _count_error(count)
    if errors:
        return _page(site, store.months_of(db.session, site.id), errors), 422
    who = author().who
    actors.remember(db.session, actors.ActorName(*who))
    db.session.commit()
    erase = services().privacy.eraser.erase_age_band
    done = erase(site, band, level, reason=reason, by=who.id, limit=MAX_OF_BAND)
    flash(" ".join(_erased_words(done.receipts, done.others)), "success")
    return redirect(url_for("dashboard.retention", site=site.key, _anchor="erased"))


def _count_error(count: int) -> str:
    if not count:
        return gettext("No receipt has that age band.")
    return ngettext(
        "%(num)s receipt has that age band. Type that number to erase it.",
        "%(num)s receipts have that age band. Type that number to erase them.",
        count,
    )


def _erased_words(erased: int, left: int) -> Iterator[str]:
    yield ngettext(
        "Erased %(num)s receipt. The log stays valid.", "Erased %(num)s receipts. The log stays valid.", erased
    )
    if left:
        yield ngettext(
            "%(num)s receipt in that age band remains, either under a legal hold or left for the next run.",
            "%(num)s receipts in that age band remain, either under a legal hold or left for the next run.",
            left,
        )


def _months(text: str, errors: dict[str, str]) -> int | None:
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= store.MAX_MONTHS:
        return int(text)
    errors["months"] = gettext("Enter a number of months from 1 to %(max_months)s.", max_months=store.MAX_MONTHS)
    return None


def _day(name: str, errors: dict[str, str]) -> datetime.date | None:
    try:
        return datetime.datetime.strptime(request.form.get(name, ""), "%Y-%m-%d").replace(tzinfo=datetime.UTC).date()
    except ValueError:
        errors[name] = gettext("Enter a date such as 2026-11-24.")
        return None


def _months_of(site: SiteRow) -> list[tuple[str, int, Month | None]]:
    """Return the months with receipts, newest first: name, count, and the detached file if not in the database."""
    detached = {month.month: month for month in detached_months.months(db.session, site.id)}
    counts = receipts_per_day.by_month(db.session, site.id) | {month: one.receipts for month, one in detached.items()}
    return [(month_name(month), counts[month], detached.get(month)) for month in sorted(counts, reverse=True)]


def _page(site: SiteRow, months: int, errors: dict[str, str], due: store.Due | None = None) -> str:
    now, policy, months_of = services().now, retention_of(db.session, site.id), _months_of(site)
    recorded = sum(count for _, count, _ in months_of)
    if due is None and (recorded <= COUNTED_AT_ONCE or request.args.get("count") == "1"):
        due = store.preview(db.session, site.id, now, months)
    runs = retention_runs.newest(db.session, site.id)
    done = erasures.every(db.session, site.id, SHOWN)
    marked = {kind: marks.every(db.session, site.id, kind) for kind in MARK_WORDS}
    ids = (
        {one.by for of_kind in marked.values() for one in of_kind}
        | {run.by for run in runs}
        | {act.by for act, _ in done}
    )
    names = actors.names_of(db.session, ids)
    facts: dict[str, object] = {
        "level_words": LEVEL_WORDS,
        "cause_words": CAUSE_WORDS,
        "mark_words": MARK_WORDS,
        "subject_words": SUBJECT_WORDS,
        "age_words": {band: AGE_WORDS[band] for band in AGE_BANDS},
    }
    return render_template(
        "dashboard/privacy/retention.html",
        kept=policy,
        months=months,
        due=due,
        recorded=recorded,
        end=store.end_of(db.session, site.id, now, months),
        runs=runs,
        is_running=any(run.finished_at is None for run in runs),
        months_of=months_of,
        marked=marked,
        done=done,
        who=lambda by: author_text(by, names),
        typed=request.form if errors else {},
        errors=errors,
        **facts,
    )
