"""A draft tried in Chromium, where the scanner is installed: asked for by the page, remembered until the draft changes."""

from flask import render_template
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import SiteState, site_state
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.snapshots.preview import config_of
from consent.snapshots.publish import freeze
from consent.snapshots.trial import VISITORS, trial_pages
from consent.storage.models import db
from consent.storage.sites import FoundSite

KEPT = 64
_tried: dict[str, list[str]] = {}
"""What came of a trial, by the name of the config that the draft would become."""


@blueprint.get("/sites/<site>/publish/trial")
@allowed("publish")
def trial(site: FoundSite) -> ResponseReturnValue:
    """Try the draft, and tell what came of it as a part of the page."""
    return render_template("dashboard/_trial.html", found=try_draft(site, site_state(site)), visitors=len(VISITORS))


def try_draft(site: FoundSite, state: SiteState) -> list[str] | None:
    """Return what the banner of the draft throws in Chromium; None where it could not be tried."""
    given = services()
    if given.try_pages is None:
        return None
    version = state.live["version"] + 1 if state.live else 1
    config = config_of(freeze(state.draft, state.live, version, given.artefacts), site.id, given.rules)
    if config.name not in _tried:
        found = given.try_pages(trial_pages(db.session, config, given.artefacts.banner))
        if found is None:
            return None
        while len(_tried) >= KEPT:
            _tried.pop(next(iter(_tried)), None)
        _tried[config.name] = found
    return _tried[config.name]
