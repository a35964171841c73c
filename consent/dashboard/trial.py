"""A draft tried in Chromium, where the scanner is installed: asked for by the page *Publish* while it is read."""

from flask import render_template
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.snapshots.publish import propose
from consent.snapshots.trial import VISITORS
from consent.storage.models import db
from consent.storage.sites import FoundSite


@blueprint.get("/sites/<site>/publish/trial")
@allowed("publish")
def trial(site: FoundSite) -> ResponseReturnValue:
    """Try the draft, and tell what came of it as a part of the page."""
    given = services()
    proposal = propose(db.session, site, given.rules, given.artefacts)
    found = given.trials.run(db.session, proposal.config, given.artefacts.banner)
    return render_template("dashboard/_trial.html", found=found, visitors=len(VISITORS))
