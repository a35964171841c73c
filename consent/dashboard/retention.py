"""How long receipts are kept: the months, what that would remove, legal holds, the runs, and all that was erased."""

import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.fresh import fresh
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.telling import author, tell
from consent.dashboard.words import CAUSE_WORDS, LEVEL_WORDS, MARK_WORDS, SUBJECT_WORDS
from consent.proof.audit_words import who_words
from consent.proof.retention import Keeping, keeping_of, set_keeping
from consent.proof.rights import AlreadyMarked, Marking, put_mark, reason_fault
from consent.storage import actors, day_counts, detached, erasures, marks, retention_runs
from consent.storage import retention as store
from consent.storage.detached import Month
from consent.storage.models import db
from consent.storage.partitions import month_name
from consent.storage.sites import FoundSite

SHOWN = 50
"""Of the erasures that the page lists."""
COUNTED_AT_ONCE = 50_000
"""What would be removed is counted with the page where no more receipts were recorded, else after it."""


@blueprint.get("/sites/<site>/retention")
@allowed("read_rights")
def retention(site: FoundSite) -> ResponseReturnValue:
    """Show how long receipts are kept, and what that would remove now: for `months` in the query before it is set."""
    errors: dict[str, str] = {}
    kept = keeping_of(db.session, site.id)
    months = _months(request.args.get("months", str(kept.months)), errors)
    return _page(site, months or kept.months, errors), 400 if errors else 200


@blueprint.post("/sites/<site>/retention")
@allowed("set_retention")
def save_retention(site: FoundSite) -> ResponseReturnValue:
    """Set for how many months receipts are kept, and whether the service erases them by itself."""
    errors: dict[str, str] = {}
    months = _months(request.form.get("months", ""), errors)
    if months is None:
        return _page(site, keeping_of(db.session, site.id).months, errors), 422
    wanted = Keeping(months, request.form.get("by_itself") == "1")
    if wanted != keeping_of(db.session, site.id):
        set_keeping(db.session, author(), site, wanted, services().now)
        db.session.commit()
        services().prune()
    flash("Saved how long receipts are kept.", "success")
    return redirect(url_for("dashboard.retention", site=site.key))


@blueprint.post("/sites/<site>/retention/runs")
@allowed("set_retention")
@fresh
def prune(site: FoundSite) -> ResponseReturnValue:
    """Have what was kept for its time erased now; the number of receipts is typed, since nothing takes it back."""
    due = store.preview(db.session, site.id, services().now)
    typed = request.form.get("number", "").strip().replace(",", "").replace(" ", "")
    if typed != str(due.receipts) or not due.receipts:
        errors = {"number": f"Nothing was erased. Type the number of receipts, {due.receipts}, to erase them."}
        return _page(site, store.months_of(db.session, site.id), errors, due), 422
    run = retention_runs.ask(db.session, site.id, author().who.id, services().now)
    tell(site, "retention.asked", f"run {run}", None, {"receipts": due.receipts})
    db.session.commit()
    services().prune()
    flash("It has begun. The job log tells how far it is.", "success")
    return redirect(url_for("dashboard.retention", site=site.key))


@blueprint.post("/sites/<site>/retention/holds")
@allowed("exercise_rights")
def hold_period(site: FoundSite) -> ResponseReturnValue:
    """Put a legal hold on all receipts of some days."""
    errors: dict[str, str] = {}
    first, last = (_day(name, errors) for name in ("first", "last"))
    reason = request.form.get("reason", "").strip()
    if fault := reason_fault(reason):
        errors["reason"] = fault
    if first and last and last < first:
        errors["last"] = "This lies before the first day."
    if errors or not first or not last:
        return _page(site, store.months_of(db.session, site.id), errors), 422
    marking = Marking(marks.HOLD, marks.period(first, last))
    try:
        put_mark(db.session, author(), site, marking, reason, services().now)
        db.session.commit()
        flash("These days are held: nothing of them is pruned or erased.", "success")
    except AlreadyMarked:
        flash("These days are held already.", "error")
    return redirect(url_for("dashboard.retention", site=site.key))


def _months(text: str, errors: dict[str, str]) -> int | None:
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= store.LONGEST_MONTHS:
        return int(text)
    errors["months"] = f"This must be a number of months from 1 to {store.LONGEST_MONTHS}."
    return None


def _day(name: str, errors: dict[str, str]) -> datetime.date | None:
    try:
        return datetime.datetime.strptime(request.form.get(name, ""), "%Y-%m-%d").replace(tzinfo=datetime.UTC).date()
    except ValueError:
        errors[name] = "This must be a date such as 2026-11-24."
        return None


def _months_of(site: FoundSite) -> list[tuple[str, int, Month | None]]:
    """Return the months that have receipts, newest first: name, how many, and where they lie unless in the database."""
    away = {month.month: month for month in detached.months(db.session, site.id)}
    counts = day_counts.by_month(db.session, site.id) | {month: one.receipts for month, one in away.items()}
    return [(month_name(month), counts[month], away.get(month)) for month in sorted(counts, reverse=True)]


def _page(site: FoundSite, months: int, errors: dict[str, str], due: store.Due | None = None) -> str:
    now, kept, months_of = services().now, keeping_of(db.session, site.id), _months_of(site)
    recorded = sum(count for _, count, _ in months_of)
    if due is None and (recorded <= COUNTED_AT_ONCE or request.args.get("count") == "1"):
        due = store.preview(db.session, site.id, now, months)
    runs = retention_runs.newest(db.session, site.id)
    done = erasures.every(db.session, site.id, SHOWN)
    marked = {kind: marks.every(db.session, site.id, kind) for kind in MARK_WORDS}
    ids = (
        {one.by for found in marked.values() for one in found} | {run.by for run in runs} | {act.by for act, _ in done}
    )
    names = actors.names_of(db.session, ids)
    facts: dict[str, Any] = {
        "level_words": LEVEL_WORDS,
        "cause_words": CAUSE_WORDS,
        "mark_words": MARK_WORDS,
        "subject_words": SUBJECT_WORDS,
    }
    return render_template(
        "dashboard/retention.html",
        kept=kept,
        months=months,
        due=due,
        recorded=recorded,
        end=store.end_of(db.session, site.id, now, months),
        runs=runs,
        is_running=any(run.finished is None for run in runs),
        months_of=months_of,
        marked=marked,
        done=done,
        who=lambda by: who_words(by, names),
        typed=request.form if errors else {},
        errors=errors,
        **facts,
    )
