"""A draft tried in Chromium, where the scanner is installed: asked for by the page *Publish* while it is read."""

import contextlib

from flask import render_template
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.snapshots.draft import DraftError
from consent.snapshots.publish import propose
from consent.snapshots.trial import VISITORS
from consent.storage.models import db
from consent.storage.sites import FoundSite


@blueprint.get("/sites/<site>/publish/trial")
@allowed("publish")
def trial(site: FoundSite) -> ResponseReturnValue:
    """Try the draft, and tell what came of it as a part of the page."""
    given, found = services(), None
    # The page says what else is wrong with a draft whose form is faulty.
    with contextlib.suppress(DraftError):
        config = propose(db.session, site, given.rules, given.artefacts).config
        found = given.trials.run(db.session, config, given.artefacts.banner)
    return render_template("dashboard/_trial.html", found=found, visitors=len(VISITORS))
