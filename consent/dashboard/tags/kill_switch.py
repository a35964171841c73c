"""Kill switch: stop all non-essential tags of a site at once, and resume them."""

from flask import flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.dashboard.frame.audit import author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import config_document
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.frame.version_list import VersionRow, version_rows
from consent.publishing.kill_switch import NotPublishedError, set_kill_switch
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow


@blueprint.post("/sites/<site>/stop")
@allowed("stop_tags")
def stop_tags(site: SiteRow) -> ResponseReturnValue:
    """Stop all tags that aren't essential, immediately."""
    return _set(site, True, gettext("Visitors no longer get any tag that is not essential."))


@blueprint.post("/sites/<site>/resume")
@allowed("stop_tags")
def resume_tags(site: SiteRow) -> ResponseReturnValue:
    """Resume the tags as they ran before the kill switch."""
    return _set(site, False, gettext("The tags run again as they did before they were stopped."))


def _set(site: SiteRow, is_on: bool, sentence: str) -> ResponseReturnValue:
    by = author()
    # Publishing uses its own transaction, which on SQLite would have to wait for this one to end.
    db.session.rollback()
    try:
        set_kill_switch(services().engine, site.key, is_on, services().artifacts, by)
        flash(sentence, "success")
    except NotPublishedError:
        flash(gettext("Nothing is published for this site, so none of its tags runs."), "error")
    return redirect(url_for("dashboard.versions", site=site.key))


def stopped_by(site: SiteRow) -> VersionRow | None:
    """Return the version that stopped all tags of `site`, or None if they run."""
    if "stopped_by" not in g:
        document = config_document(site.live_config)
        g.stopped_by = _since(site) if document and document["overrides"]["kill_switch"] else None
    stopping: VersionRow | None = g.stopped_by
    return stopping


def _since(site: SiteRow) -> VersionRow | None:
    """Return the first version in the current unbroken series with the switch on."""
    stopping = None
    for version in version_rows(site):
        document = config_document(version.name)
        if not document or not document["overrides"]["kill_switch"]:
            break
        stopping = version
    return stopping
