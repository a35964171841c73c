"""All published versions of a site, and restoring an older one as a new version."""

import json
from typing import Any

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.changes import readable
from consent.dashboard.drafts import change_draft, config_document, site_state
from consent.dashboard.live_counter import live_counter
from consent.dashboard.permissions import allowed
from consent.dashboard.publishing import publish_now
from consent.dashboard.version_list import VersionRow, version_rows
from consent.snapshots.draft import Draft
from consent.snapshots.publish import differences, thaw
from consent.snapshots.second_person import Look
from consent.storage.sites import FoundSite


@blueprint.get("/sites/<site>/versions")
@allowed("see")
def versions(site: FoundSite) -> ResponseReturnValue:
    """Show who published what and when."""
    state = site_state(site)
    return render_template(
        "dashboard/versions.html", versions=version_rows(site), pending=state.pending, live=live_counter(site)
    )


@blueprint.get("/sites/<site>/versions/<int:number>")
@allowed("see")
def version_page(site: FoundSite, number: int) -> ResponseReturnValue:
    """Show one version and what would change if it were restored."""
    version = _find(site, number)
    state = site_state(site)
    document = config_document(version.name) or {}
    changes = differences(_restored(document, state.draft), state.live)
    return render_template(
        "dashboard/version_page.html",
        version=version,
        lines=readable(changes),
        pending=state.pending,
    )


@blueprint.get("/sites/<site>/versions/<int:number>/config.json")
@allowed("see")
def export_version(site: FoundSite, number: int) -> ResponseReturnValue:
    """Give the whole document of a version, which is too long for a page."""
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
def restore_version(site: FoundSite, number: int) -> ResponseReturnValue:
    """Publish the content of an older version as a new one; the draft becomes the same."""
    version = _find(site, number)
    document = config_document(version.name)
    if document is None:
        abort(404)
    if site_state(site).changes and request.form.get("give_up_draft") != "yes":
        abort(409)
    change_draft(site, lambda draft: _restored(document, draft))
    return publish_now(site, f"Content of version {number} restored", Look(is_known=True))


def _restored(document: dict[str, Any], draft: Draft) -> Draft:
    """Return the draft that an older version becomes; whether all tags are stopped is a state of now and stays."""
    restored = thaw(document, draft)
    return restored | {
        "overrides": restored["overrides"] | {"kill_switch": draft["overrides"]["kill_switch"]},
    }


def _find(site: FoundSite, number: int) -> VersionRow:
    found = next((version for version in version_rows(site) if version.number == number), None)
    if found is None:
        abort(404)
    return found
