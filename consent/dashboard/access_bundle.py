"""What is kept of a visitor, given out at their request: as JSON, or as a page to print."""

import json

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.locale import language_words
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.subject import checked_subject, kept_of, subject_page
from consent.dashboard.telling import tell
from consent.dashboard.words import ACTION_WORDS, METHOD_WORDS, SIGNAL_WORDS, regime_words
from consent.exports.bundle import bundle
from consent.months.rows import unix
from consent.proof.rights import TOLD, reason_fault
from consent.storage.models import db
from consent.storage.sites import FoundSite


@blueprint.post("/sites/<site>/rights/<kind>/<id>/bundle")
@allowed("exercise_rights")
def give_access(site: FoundSite, kind: str, id: str) -> ResponseReturnValue:
    """Give out all that is kept of them, and tell the log that it was given out."""
    found, reason = checked_subject(site, kind, id), request.form.get("reason", "").strip()
    if fault := reason_fault(reason):
        return subject_page(site, found, {"reason": fault}), 422
    kept = kept_of(site, found)
    facts = bundle(db.session, site.id, found, kept, services().rights, services().now)
    tell(site, "access.given", TOLD[kind], None, {"receipts": len(facts["receipts"]) + len(facts["detached"])})
    db.session.commit()
    if request.form.get("format") == "json":
        name = f"attachment; filename=access-{site.key}-{found.id[:8]}.json"
        text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
        return Response(text, content_type="application/json; charset=utf-8", headers={"Content-Disposition": name})
    words = {"action_words": ACTION_WORDS, "method_words": METHOD_WORDS, "regime_words": regime_words}
    return render_template(
        "dashboard/bundle.html",
        facts=facts,
        subject=found,
        now=services().now,
        seconds=unix,
        language_words=language_words,
        vendors={vendor["id"]: vendor["name"] for vendor in facts["recipients"]},
        signal_words=SIGNAL_WORDS,
        **words,
    )
