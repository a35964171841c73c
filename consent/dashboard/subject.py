"""What can be done with one visitor's receipts, or one receipt, at their request: given out, restricted, held, erased."""

import re
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.fresh import fresh
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.telling import author
from consent.dashboard.words import ACTION_WORDS, MARK_WORDS
from consent.proof.audit_words import who_words
from consent.proof.erasing import OnHold
from consent.proof.rights import AlreadyMarked, Marking, NotMarked, lift_mark, put_mark, reason_fault
from consent.storage import actors, detached, marks, subjects
from consent.storage import receipts as store
from consent.storage.erasure_models import LEVELS
from consent.storage.models import db
from consent.storage.receipts import FoundReceipt
from consent.storage.sites import FoundSite
from consent.storage.subjects import Subject, UnknownSubject

KINDS = ("receipt", "visitor")
TYPED = 8
"""How many letters of the id are typed to erase."""


@blueprint.get("/sites/<site>/rights")
@allowed("read_rights")
def find_subject(site: FoundSite) -> ResponseReturnValue:
    """Go to the receipt or visitor whose id was pasted."""
    text = request.args.get("id", "").strip().lower()
    if not text:
        return redirect(url_for("dashboard.requests", site=site.key))
    for kind in KINDS:
        if _ids(site, Subject(kind, text)):
            return redirect(url_for("dashboard.subject", site=site.key, kind=kind, id=text))
    return render_template("dashboard/not_found.html", text=text[:100]), 404


@blueprint.get("/sites/<site>/rights/<kind>/<id>")
@allowed("read_rights")
def subject(site: FoundSite, kind: str, id: str) -> ResponseReturnValue:
    """Show what is kept of them, and all that can be done with it."""
    return subject_page(site, checked_subject(site, kind, id), {})


@blueprint.post("/sites/<site>/rights/<kind>/<id>/marks/<mark>")
@allowed("exercise_rights")
def mark_subject(site: FoundSite, kind: str, id: str, mark: str) -> ResponseReturnValue:
    """Hold or restrict their receipts, or note an objection."""
    found, reason = checked_subject(site, kind, id), request.form.get("reason", "").strip()
    if mark not in MARK_WORDS:
        abort(404)
    if fault := reason_fault(reason):
        return subject_page(site, found, {"reason": fault}), 422
    try:
        put_mark(db.session, author(), site, Marking(mark, found), reason, services().now)
        db.session.commit()
        flash(f"{MARK_WORDS[mark]} noted.", "success")
    except AlreadyMarked:
        flash("There is one already. The first reason stays.", "error")
    return redirect(url_for("dashboard.subject", site=site.key, kind=kind, id=id))


@blueprint.post("/sites/<site>/rights/marks/<mark>/lifted")
@allowed("exercise_rights")
def lift_mark_of(site: FoundSite, mark: str) -> ResponseReturnValue:
    """Take a hold, a restriction or an objection back."""
    of = Subject(request.form.get("kind", ""), request.form.get("id", ""))
    try:
        lift_mark(db.session, author(), site, Marking(mark, of), services().now)
        db.session.commit()
        flash(f"{MARK_WORDS[mark]} lifted.", "success")
    except NotMarked:
        flash("There is none any more.", "error")
    if request.form.get("back") == "subject" and of.kind in KINDS and _ids(site, of):
        return redirect(url_for("dashboard.subject", site=site.key, kind=of.kind, id=of.id))
    return redirect(url_for("dashboard.retention", site=site.key))


@blueprint.post("/sites/<site>/rights/<kind>/<id>/erasure")
@allowed("exercise_rights")
@fresh
def erase_subject(site: FoundSite, kind: str, id: str) -> ResponseReturnValue:
    """Erase their personal part, or all but the hash. Nothing takes it back, so part of the id is typed."""
    found, level = checked_subject(site, kind, id), request.form.get("level", "")
    reason, errors = request.form.get("reason", "").strip(), {}
    if fault := reason_fault(reason):
        errors["reason"] = fault
    if level not in LEVELS:
        errors["level"] = "Choose how far."
    if request.form.get("typed", "").strip().lower() != id[:TYPED]:
        errors["typed"] = f"Nothing was erased. Type {id[:TYPED]} to erase."
    if errors:
        return subject_page(site, found, errors), 422
    who = author().who
    actors.remember(db.session, actors.Name(*who))
    db.session.commit()
    try:
        done = services().eraser.erase(site, found, level, reason=reason, by=who.id)
    except OnHold as error:
        return subject_page(
            site, found, {"level": f"{str(error).capitalize()}: lift it first. Nothing was erased."}
        ), 409
    stay = "other of the same visitor stays" if done.others == 1 else "others of the same visitor stay"
    others = f" {done.others} {stay}." if done.others else ""
    flash(
        f"Erased {done.receipts} receipt{'s' if done.receipts != 1 else ''}. The log holds as before.{others}",
        "success",
    )
    return redirect(url_for("dashboard.retention", site=site.key, _anchor="erased"))


def checked_subject(site: FoundSite, kind: str, text: str) -> Subject:
    """Return whose receipts an address names. Answers 404 where the site has none of that id."""
    found = Subject(kind, text)
    if kind not in KINDS or not _ids(site, found):
        abort(404)
    return found


def _ids(site: FoundSite, found: Subject) -> list[str]:
    """Return whose receipts are meant, or nothing where the site has none of that id."""
    if not re.fullmatch(r"[0-9a-f]{32}", found.id):
        return []
    try:
        return subjects.ids_of(db.session, site.id, found)
    except UnknownSubject:
        return []


def kept_of(site: FoundSite, found: Subject) -> list[FoundReceipt]:
    """Return the receipts of a subject, oldest first, restricted ones too and erased ones not."""
    if found.kind == "visitor":
        return store.timeline(db.session, site.id, found.id)
    one = store.get(db.session, found.id)
    return [one] if one and not one.erased else []


def subject_page(site: FoundSite, found: Subject, errors: dict[str, str]) -> str:
    """Return the page of a subject, with a sentence beside each field that cannot be used."""
    kept = kept_of(site, found)
    put = marks.on_subject(db.session, site.id, found)
    names = actors.names_of(db.session, {mark.by for _, mark in put})
    visitor = next((one.visitor for one in kept if one.visitor), None)
    typed: dict[str, Any] = dict(request.form) if errors else {}
    return render_template(
        "dashboard/subject.html",
        subject=found,
        kept=kept,
        away=detached.of_subject(db.session, site.id, found),
        visitor=visitor if found.kind == "receipt" else None,
        marks=put,
        missing=[kind for kind in MARK_WORDS if kind not in dict(put)],
        who=lambda by: who_words(by, names),
        to_type=found.id[:TYPED],
        action_words=ACTION_WORDS,
        mark_words=MARK_WORDS,
        errors=errors,
        typed=typed,
    )
