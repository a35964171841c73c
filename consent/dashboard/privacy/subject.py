"""Data subject page: export, restrict, place under legal hold or erase one visitor's receipts."""

import re

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from consent.core.receipt import ReceiptRecord
from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.frame.audit import author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.labels import ACTION_WORDS, MARK_WORDS
from consent.dashboard.frame.permissions import allowed
from consent.log.audit_labels import author_text
from consent.privacy.eraser import LegalHoldError
from consent.privacy.marks_service import (
    DuplicateMarkError,
    Marking,
    UnknownMarkError,
    lift_mark,
    put_mark,
    reason_error,
)
from consent.storage.archive import detached_months
from consent.storage.database.base import db
from consent.storage.log import actors
from consent.storage.privacy import marks
from consent.storage.receipts import receipts as store
from consent.storage.selection import subjects
from consent.storage.selection.subjects import Subject, UnknownSubjectError
from consent.storage.sites.sites import SiteRow
from consent.storage.tables.privacy import LEVELS

KINDS = ("receipt", "visitor")
TYPED = 8
"""How many characters of the id must be typed to erase."""


@blueprint.get("/sites/<site>/rights")
@allowed("read_rights")
def find_subject(site: SiteRow) -> ResponseReturnValue:
    """Redirect to the receipt or visitor whose id was pasted."""
    text = request.args.get("id", "").strip().lower()
    if not text:
        return redirect(url_for("dashboard.requests", site=site.key))
    for kind in KINDS:
        if _ids(site, Subject(kind, text)):
            return redirect(url_for("dashboard.subject", site=site.key, kind=kind, id=text))
    return render_template("dashboard/privacy/not_found.html", text=text[:100]), 404


@blueprint.get("/sites/<site>/rights/<kind>/<id>")
@allowed("read_rights")
def subject(site: SiteRow, kind: str, id: str) -> ResponseReturnValue:
    """Show all data stored about the subject, and the available actions."""
    return subject_page(site, checked_subject(site, kind, id), {})


@blueprint.post("/sites/<site>/rights/<kind>/<id>/marks/<mark>")
@allowed("exercise_rights")
def mark_subject(site: SiteRow, kind: str, id: str, mark: str) -> ResponseReturnValue:
    """Place a hold or restriction on the subject's receipts, or record an objection."""
    known, reason = checked_subject(site, kind, id), request.form.get("reason", "").strip()
    if mark not in MARK_WORDS:
        abort(404)
    if problem := reason_error(reason):
        return subject_page(site, known, {"reason": problem}), 422
    try:
        put_mark(db.session, author(), site, Marking(mark, known), reason, services().now)
        db.session.commit()
        flash(gettext("Recorded: %(mark)s.", mark=MARK_WORDS[mark]), "success")
    except DuplicateMarkError:
        flash(gettext("There is already one. Its reason stays."), "error")
    return redirect(url_for("dashboard.subject", site=site.key, kind=kind, id=id))


@blueprint.post("/sites/<site>/rights/marks/<mark>/lifted")
@allowed("exercise_rights")
def lift_mark_of(site: SiteRow, mark: str) -> ResponseReturnValue:
    """Lift a hold, a restriction or an objection."""
    of = Subject(request.form.get("kind", ""), request.form.get("id", ""))
    try:
        lift_mark(db.session, author(), site, Marking(mark, of), services().now)
        db.session.commit()
        flash(gettext("Lifted: %(mark)s.", mark=MARK_WORDS[mark]), "success")
    except UnknownMarkError:
        flash(gettext("It no longer exists."), "error")
    if request.form.get("back") == "subject" and of.kind in KINDS and _ids(site, of):
        return redirect(url_for("dashboard.subject", site=site.key, kind=of.kind, id=of.id))
    return redirect(url_for("dashboard.retention", site=site.key))


@blueprint.post("/sites/<site>/rights/<kind>/<id>/erasure")
@allowed("exercise_rights")
@requires_recent_sign_in
def erase_subject(site: SiteRow, kind: str, id: str) -> ResponseReturnValue:
    """Erase the receipts' personal part, or all but the hash; irreversible, so part of the id must be typed."""
    known, level = checked_subject(site, kind, id), request.form.get("level", "")
    reason, errors = request.form.get("reason", "").strip(), {}
    if problem := reason_error(reason):
        errors["reason"] = problem
    if level not in LEVELS:
        errors["level"] = gettext("Choose what to delete.")
    if request.form.get("typed", "").strip().lower() != id[:TYPED]:
        errors["typed"] = gettext("Nothing was erased. Type %(typed)s to erase.", typed=id[:TYPED])
    if errors:
        return subject_page(site, known, errors), 422
    who = author().who
    actors.remember(db.session, actors.ActorName(*who))
    db.session.commit()
    try:
        done = services().privacy.eraser.erase(site, known, level, reason=reason, by=who.id)
    except LegalHoldError as error:
        return subject_page(site, known, {"level": held_words(error)}), 409
    words = [
        ngettext(
            "Erased %(num)s receipt. The log stays valid.",
            "Erased %(num)s receipts. The log stays valid.",
            done.receipts,
        )
    ]
    if done.others:
        words.append(
            ngettext(
                "%(num)s other receipt of the same visitor remains.",
                "%(num)s other receipts of the same visitor remain.",
                done.others,
            )
        )
    flash(" ".join(words), "success")
    return redirect(url_for("dashboard.retention", site=site.key, _anchor="erased"))


def held_words(error: LegalHoldError) -> str:
    """Return why nothing was erased; a count of 0 means that the account itself is under a legal hold."""
    if not error.count:
        return gettext("Nothing was erased: the account is under a legal hold. Lift it first.")
    return ngettext(
        "Nothing was erased: %(num)s receipt is under a legal hold. Lift it first.",
        "Nothing was erased: %(num)s receipts are under a legal hold. Lift it first.",
        error.count,
    )


def checked_subject(site: SiteRow, kind: str, text: str) -> Subject:
    """Return the subject in a URL. Answers 404 if the site has no receipts with that id."""
    known = Subject(kind, text)
    if kind not in KINDS or not _ids(site, known):
        abort(404)
    return known


def _ids(site: SiteRow, subject: Subject) -> list[str]:
    """Return the ids of the subject's receipts, or nothing if the site has none."""
    if not re.fullmatch(r"[0-9a-f]{32}", subject.id):
        return []
    try:
        return subjects.ids_of(db.session, site.id, subject)
    except UnknownSubjectError:
        return []


def receipts_of_subject(site: SiteRow, subject: Subject) -> list[ReceiptRecord]:
    """Return a subject's receipts, oldest first, including restricted but not erased ones."""
    if subject.kind == "visitor":
        return store.timeline(db.session, site.id, subject.id)
    one = store.get(db.session, subject.id)
    return [one] if one and not one.erased else []


def subject_page(site: SiteRow, subject: Subject, errors: dict[str, str]) -> str:
    """Return a subject's page, with a sentence next to each invalid field."""
    receipts = receipts_of_subject(site, subject)
    put = marks.on_subject(db.session, site.id, subject)
    names = actors.names_of(db.session, {mark.by for _, mark in put})
    visitor = next((one.visitor for one in receipts if one.visitor), None)
    typed: dict[str, object] = dict(request.form) if errors else {}
    return render_template(
        "dashboard/privacy/subject.html",
        subject=subject,
        kept=receipts,
        away=detached_months.of_subject(db.session, site.id, subject),
        visitor=visitor if subject.kind == "receipt" else None,
        marks=put,
        missing=[kind for kind in MARK_WORDS if kind not in dict(put)],
        who=lambda by: author_text(by, names),
        to_type=subject.id[:TYPED],
        action_words=ACTION_WORDS,
        mark_words=MARK_WORDS,
        errors=errors,
        typed=typed,
    )
