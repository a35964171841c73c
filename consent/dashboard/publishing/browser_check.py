"""Run the browser check of a draft in Chromium, requested by the page *Publish* if the scanner is installed."""

import contextlib

from flask import render_template
from flask.typing import ResponseReturnValue

from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.drafts import site_state
from consent.dashboard.frame.permissions import allowed
from consent.publishing.browser_check import VISITORS
from consent.publishing.publish import propose
from consent.sites.draft import DraftError
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow


@blueprint.get("/sites/<site>/publish/browser-check")
@allowed("publish")
def browser_check(site: SiteRow) -> ResponseReturnValue:
    """Check the draft in a browser, and render the result as a part of the page."""
    given, problems = services(), None
    # The page itself shows the errors of an invalid draft.
    with contextlib.suppress(DraftError):
        config = propose(db.session, site, given.rules, given.artifacts, given.code_guard).config
        problems = given.scans.browser_checks.run(db.session, config, given.artifacts.banner)
    return render_template(
        "dashboard/publishing/_browser_check.html",
        found=problems,
        visitors=len(VISITORS),
        is_headless="headless" in site_state(site).draft["overrides"],
    )
