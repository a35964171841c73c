"""Stopping all tags of a site that are not essential, by one press, and letting them run again by another."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import config_document
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.telling import author
from consent.dashboard.version_list import VersionRow, version_rows
from consent.snapshots.kill_switch import NothingLive, set_kill_switch
from consent.storage.models import db
from consent.storage.sites import FoundSite


@blueprint.post("/sites/<site>/stop")
@allowed("stop_tags")
def stop_tags(site: FoundSite) -> ResponseReturnValue:
    """Stop all tags that are not essential, now."""
    return _set(site, True, "No visitor gets a tag that is not essential any more.")


@blueprint.post("/sites/<site>/resume")
@allowed("stop_tags")
def resume_tags(site: FoundSite) -> ResponseReturnValue:
    """Let the tags run again as they did before they were stopped."""
    return _set(site, False, "The tags run again as they did before they were stopped.")


def _set(site: FoundSite, is_on: bool, sentence: str) -> ResponseReturnValue:
    by = author()
    # The publish has a transaction of its own; on SQLite this one must not wait for it.
    db.session.rollback()
    try:
        set_kill_switch(services().engine, site.key, is_on, services().artefacts, by)
        flash(sentence, "success")
    except NothingLive:
        flash("Nothing is published for this site, so none of its tags runs.", "error")
    return redirect(url_for("dashboard.versions", site=site.key))


def stopped_by(site: FoundSite) -> VersionRow | None:
    """Return the version since which all tags of `site` are stopped, or None where they run."""
    if "stopped_by" not in g:
        document = config_document(site.live_config)
        g.stopped_by = _since(site) if document and document["overrides"]["kill_switch"] else None
    found: VersionRow | None = g.stopped_by
    return found


def _since(site: FoundSite) -> VersionRow | None:
    """Return the first version of those without a break that have the switch on: later ones kept it."""
    found = None
    for version in version_rows(site):
        document = config_document(version.name)
        if not document or not document["overrides"]["kill_switch"]:
            break
        found = version
    return found
