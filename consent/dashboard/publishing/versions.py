"""A site's published versions: list, details, export, and restoring one as a new version."""

import json
from collections.abc import Sequence

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.core.documents.config import Config, Draft
from consent.core.translatable import translatable
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.change_descriptions import readable
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import SiteState, change_draft, config_document, site_state
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.version_list import VersionRow, version_rows
from consent.dashboard.publishing.approval import waiting
from consent.dashboard.publishing.comments import comment_rows
from consent.dashboard.publishing.passkey_approval import approval_row
from consent.dashboard.publishing.publish import publish_now
from consent.dashboard.publishing.rollout import live_counter
from consent.publishing.approval import Approval, approval_reasons
from consent.publishing.code_approvals import approvals_of
from consent.publishing.publish import differences, version_differences
from consent.publishing.restore import restored
from consent.sites.experiments.variants import is_experiment
from consent.storage.database.base import db
from consent.storage.sites import configs
from consent.storage.sites.sites import SiteRow

DRAFT = "draft"
"""The value that means the draft when choosing a version."""


@blueprint.get("/sites/<site>/versions")
@allowed("see")
def versions(site: SiteRow) -> ResponseReturnValue:
    """Show who published what and when."""
    state = site_state(site)
    return render_template(
        "dashboard/publishing/versions.html",
        versions=version_rows(site),
        experiments=configs.experiment_names(db.session, site.id),
        pending=state.pending,
        live=live_counter(site),
    )


@blueprint.get("/sites/<site>/versions/compare")
@allowed("see")
def compare_versions(site: SiteRow) -> ResponseReturnValue:
    """Show the differences between any two versions, or between a version and the draft."""
    rows = version_rows(site)
    numbers = [row.number for row in rows]
    before = _chosen("before", numbers, numbers[1] if len(numbers) > 1 else None)
    after = _chosen("after", [*numbers, DRAFT], numbers[0] if numbers else None)
    lines = None
    if isinstance(before, int) and after is not None:
        old = _document(rows, before)
        is_draft = after == DRAFT
        changes = (
            differences(site_state(site).draft, old) if is_draft else version_differences(old, _document(rows, after))
        )
        lines = readable(changes)
    return render_template(
        "dashboard/publishing/compare.html", versions=rows, before=before, after=after, draft=DRAFT, lines=lines
    )


def _chosen(name: str, offered: Sequence[int | str], usual: int | None) -> int | str | None:
    """Return the version in field `name`, or `usual` if none is chosen; answers 404 for an unknown one."""
    text = request.args.get(name, "")
    if not text:
        return usual
    found = next((one for one in offered if str(one) == text), None)
    if found is None:
        abort(404)
    return found


def _document(rows: list[VersionRow], number: int | str) -> Config:
    document = config_document(next(row.name for row in rows if row.number == number))
    if document is None:
        abort(404)
    return document


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
        live=next((row.number for row in version_rows(site) if row.is_live), None),
        variants=document["variants"] if is_experiment(document["variants"]) else [],
        comments=comment_rows(site, number),
        reasons=approval_reasons(db.session, site, draft, state.live, given.code_guard),
        signed=approval_row(version.name),
        barred=[tag["name"] for tag in document["tags"] if tag["enabled"] and tag["id"] in ids],
    )


@blueprint.get("/sites/<site>/versions/<int:number>/config.json")
@allowed("see")
def export_version(site: SiteRow, number: int) -> ResponseReturnValue:
    """Send a version's whole document, which is too long for a page."""
    document = config_document(_find(site, number).name)
    if document is None:
        abort(404)
    body = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    name = f"{site.key}-version-{number}.json"
    return Response(
        body, mimetype="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@blueprint.get("/sites/<site>/versions/<int:number>/approval.json")
@allowed("see")
def export_approval(site: SiteRow, number: int) -> ResponseReturnValue:
    """Send a version's approval that was signed with a passkey."""
    body = configs.get_approval(db.session, _find(site, number).name)
    if body is None:
        abort(404)
    name = f"{site.key}-version-{number}-approval.json"
    return Response(
        body + "\n", mimetype="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@blueprint.post("/sites/<site>/versions/<int:number>/restore")
@allowed("publish")
def restore_version(site: SiteRow, number: int) -> ResponseReturnValue:
    """Restore an older version into the draft, and publish it unless that requires a second user."""
    version, state = _find(site, number), site_state(site)
    document = config_document(version.name)
    if document is None:
        abort(404)
    if state.changes and request.form.get("give_up_draft") != "yes":
        abort(409)
    new = _restored(site, document, state)
    change_draft(site, lambda draft: new)
    state = site_state(site)
    if waiting(site, state).reasons:
        flash(
            gettext("The draft has the content of version %(number)s. It waits for a second user.", number=number),
            "info",
        )
        return redirect(url_for("dashboard.review", site=site.key))
    note = translatable(f"Content of version {number} restored")
    return publish_now(site, note, state.revision, Approval(is_known=True))


def _restored(site: SiteRow, document: Config, state: SiteState) -> Draft:
    """Return the draft that results from restoring an older version."""
    guard = services().code_guard
    if state.live is None:
        abort(404)
    return restored(document, state.live, state.draft, approvals_of(db.session, site, guard), guard)


def _find(site: SiteRow, number: int) -> VersionRow:
    wanted = next((version for version in version_rows(site) if version.number == number), None)
    if wanted is None:
        abort(404)
    return wanted
