"""Approval of a tag's code by an admin, bound to the hash of what was shown, and its withdrawal."""

from typing import TypedDict

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from consent.core.documents.config import Draft
from consent.core.documents.tags import Tag
from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.frame.audit import audit
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.code_descriptions import CodePart, parts_of_load
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import change_draft, site_state
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.site_catalog import catalog_of
from consent.dashboard.tags.custom_code_form import CodePreview, preview_parsed
from consent.log.audit_labels import FORMER
from consent.publishing.code_approvals import approvals_of, approve, code_problem, withdraw
from consent.sites.custom.code import code_hash, executed_loads, is_code, is_custom
from consent.sites.draft import set_enabled
from consent.sites.html_snippet import Pasted
from consent.storage.database.base import db
from consent.storage.log import actors
from consent.storage.sites.code_approvals import ApprovalRow
from consent.storage.sites.sites import SiteRow


class ShownCode(TypedDict, total=False):
    """What a tag's page shows of its code, or nothing if the code is from the catalog.

    `seen` is for pasted code, `parts` for any other. `approval` is None if the code was never approved or no longer is.
    """

    seen: CodePreview | None
    parts: list[CodePart]
    code_hash: str
    approval: ApprovalRow | None
    approver: str


def shown_code(site: SiteRow, tag: Tag) -> ShownCode:
    """Return what the page of `tag` shows of its code."""
    guard = services().code_guard
    if not is_custom(tag) and not is_code(tag, guard.catalog):
        return {}
    load = tag["load"]
    row = approvals_of(db.session, site, guard).approval_of(load)
    names = actors.names_of(db.session, {row.by}) if row else {}
    return {
        "seen": preview_parsed(Pasted(load.get("nodes", []), []), catalog_of(site)) if is_custom(tag) else None,
        "parts": [] if is_custom(tag) else parts_of_load(load),
        "code_hash": code_hash(load),
        "approval": row,
        "approver": names.get(row.by, FORMER) if row else "",
    }


def code_problems_of(site: SiteRow, draft: Draft) -> dict[str, str]:
    """Return why tags can't be switched on, by tag id, without those that can."""
    guard, live = services().code_guard, site_state(site).live
    approvals, executed = approvals_of(db.session, site, guard), executed_loads(live) if live else set()
    problems = {tag["id"]: code_problem(tag, approvals, guard, executed) for tag in draft["tags"]}
    return {tag_id: sentence for tag_id, sentence in problems.items() if sentence}


@blueprint.post("/sites/<site>/tags/<tag>/approval")
@allowed("approve_code")
@requires_recent_sign_in
def approve_code(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Approve a tag's code, identified by the hash of what the admin saw."""
    found = _find(site, tag)
    if code_hash(found["load"]) != request.form.get("code", ""):
        flash(gettext("The code has changed since you looked at it. Look again."), "error")
        return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag, _anchor="code"))
    given = services()
    approve(db.session, site, given.code_guard, found["load"], current_user.audit_id, given.now)
    audit(site, "code.approved", tag, None, {"code": code_hash(found["load"])})
    db.session.commit()
    flash(gettext("The code is approved. The tag can be switched on."), "success")
    return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag))


@blueprint.post("/sites/<site>/tags/<tag>/approval/withdrawal")
@allowed("approve_code")
def withdraw_approval(site: SiteRow, tag: str) -> ResponseReturnValue:
    """Withdraw the approval of a tag's code, and switch the tag off in the draft; restoring a version can't undo it."""
    found, given = _find(site, tag), services()
    if withdraw(db.session, site, given.code_guard, found["load"], current_user.audit_id, given.now):
        audit(site, "code.approval_withdrawn", tag, {"code": code_hash(found["load"])}, None)
        db.session.commit()
        change_draft(site, lambda draft: set_enabled(draft, tag, False))
        flash(
            gettext("The approval is withdrawn and the tag is off in the draft: publish to remove it for visitors."),
            "info",
        )
    return redirect(url_for("dashboard.tag_page", site=site.key, tag=tag, _anchor="code"))


def _find(site: SiteRow, tag_id: str) -> Tag:
    """Return the tag of the draft if it has code to approve; answers 404 for any other."""
    tag = next((one for one in site_state(site).draft["tags"] if one["id"] == tag_id), None)
    if tag is None or not (is_custom(tag) or is_code(tag, services().code_guard.catalog)):
        abort(404)
    return tag
