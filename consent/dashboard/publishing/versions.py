"""Published versions of a site: list, details, export, and restoring one as a new version."""

import json

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.core.documents import Config, Draft
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.change_descriptions import readable
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import SiteState, change_draft, config_document, site_state
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.version_list import VersionRow, version_rows
from consent.dashboard.publishing.approval import waiting
from consent.dashboard.publishing.publish import publish_now
from consent.dashboard.publishing.rollout import live_counter
from consent.publishing.approval import Approval, reasons_to_wait
from consent.publishing.code_approvals import approvals_of
from consent.publishing.publish import differences
from consent.publishing.restore import restored
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow


@blueprint.get("/sites/<site>/versions")
@allowed("see")
def versions(site: SiteRow) -> ResponseReturnValue:
    """Show who published what and when."""
    state = site_state(site)
    return render_template(
        "dashboard/publishing/versions.html",
        versions=version_rows(site),
        pending=state.pending,
        live=live_counter(site),
    )


@blueprint.get("/sites/<site>/versions/<int:number>")
@allowed("see")
def version_page(site: SiteRow, number: int) -> ResponseReturnValue:
    """Show one version and what would change if it were restored."""
    version = _find(site, number)
    state = site_state(site)
    document = config_document(version.name)
    if document is None:
        abort(404)
    draft = _restored(site, document, state)
    given, ids = services(), {tag["id"] for tag in draft["tags"] if not tag["enabled"]}
    return render_template(
        "dashboard/publishing/version.html",
        version=version,
        lines=readable(differences(draft, state.live)),
        pending=state.pending,
        reasons=reasons_to_wait(db.session, site, draft, state.live, given.code_guard),
        barred=[tag["name"] for tag in document["tags"] if tag["enabled"] and tag["id"] in ids],
    )


@blueprint.get("/sites/<site>/versions/<int:number>/config.json")
@allowed("see")
def export_version(site: SiteRow, number: int) -> ResponseReturnValue:
    """Return the whole document of a version, which is too long for a page."""
    document = config_document(_find(site, number).name)
    if document is None:
        abort(404)
    body = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    name = f"{site.key}-version-{number}.json"
    return Response(
        body, mimetype="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@blueprint.post("/sites/<site>/versions/<int:number>/restore")
@allowed("publish")
def restore_version(site: SiteRow, number: int) -> ResponseReturnValue:
    """Restore an older version into the draft, and publish it unless it waits for a second user."""
    version, state = _find(site, number), site_state(site)
    document = config_document(version.name)
    if document is None:
        abort(404)
    if state.changes and request.form.get("give_up_draft") != "yes":
        abort(409)
    new = _restored(site, document, state)
    change_draft(site, lambda draft: new)
    if waiting(site, site_state(site)).reasons:
        flash(f"The draft has the content of version {number}. It waits for a second user.", "info")
        return redirect(url_for("dashboard.review", site=site.key))
    return publish_now(site, f"Content of version {number} restored", Approval(is_known=True))


def _restored(site: SiteRow, document: Config, state: SiteState) -> Draft:
    """Return the draft that an older version of a site becomes."""
    guard = services().code_guard
    if state.live is None:
        abort(404)
    return restored(document, state.live, state.draft, approvals_of(db.session, site, guard), guard)


def _find(site: SiteRow, number: int) -> VersionRow:
    wanted = next((version for version in version_rows(site) if version.number == number), None)
    if wanted is None:
        abort(404)
    return wanted
