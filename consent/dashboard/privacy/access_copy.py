"""Export a visitor's stored data for a data subject access request, as JSON or as a printable page."""

import json

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from consent.archive.row_codec import unix
from consent.dashboard.frame.audit import audit
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.labels import ACTION_WORDS, METHOD_WORDS, SIGNAL_WORDS, regime_words
from consent.dashboard.frame.locale import Labels, language_words
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.privacy.delivery_form import REPORTED_WORDS
from consent.dashboard.privacy.subject import checked_subject, receipts_of_subject, subject_page
from consent.exports.access_copy import bundle
from consent.privacy.marks_service import SUBJECT_WORDS, reason_error
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow

PERSONAL_WORDS = Labels(
    {
        "visitor": "Visitor",
        "previous": "Previous receipt",
        "browser": "Browser",
        "page_group": "Group of pages",
        "chosen_at": "Time of the choice",
    }
)


@blueprint.post("/sites/<site>/rights/<kind>/<id>/bundle")
@allowed("exercise_rights")
def export_access_copy(site: SiteRow, kind: str, id: str) -> ResponseReturnValue:
    """Export all data of the subject, and write the audit entry."""
    rows, reason = checked_subject(site, kind, id), request.form.get("reason", "").strip()
    if error := reason_error(reason):
        return subject_page(site, rows, {"reason": error}), 422
    receipts = receipts_of_subject(site, rows)
    facts = bundle(db.session, site.id, rows, receipts, services().privacy.rights, services().now)
    audit(
        site,
        "access_copy.created",
        SUBJECT_WORDS[kind],
        None,
        {"receipts": len(facts["receipts"]) + len(facts["detached"])},
    )
    db.session.commit()
    if request.form.get("format") == "json":
        name = f"attachment; filename=access-{site.key}-{rows.id[:8]}.json"
        text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
        return Response(text, content_type="application/json; charset=utf-8", headers={"Content-Disposition": name})
    words = {"action_words": ACTION_WORDS, "method_words": METHOD_WORDS, "regime_words": regime_words}
    return render_template(
        "dashboard/privacy/access_copy.html",
        facts=facts,
        subject=rows,
        now=services().now,
        seconds=unix,
        language_words=language_words,
        vendors={vendor["id"]: vendor["name"] for vendor in facts["recipients"]},
        signal_words=SIGNAL_WORDS,
        personal_words=PERSONAL_WORDS,
        reported_words=REPORTED_WORDS,
        **words,
    )
