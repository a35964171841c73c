"""The logo of the banner: uploaded, told by its bytes, kept by its hash."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.banner_editor import banner_page
from consent.dashboard.blueprint import blueprint
from consent.dashboard.drafts import change_draft
from consent.dashboard.permissions import allowed
from consent.snapshots.logo import MOST_BYTES, LogoError, read_logo
from consent.storage import configs
from consent.storage.models import db
from consent.storage.sites import FoundSite


@blueprint.post("/sites/<site>/banner/logo")
@allowed("edit_look")
def upload_logo(site: FoundSite) -> ResponseReturnValue:
    """Put a logo into the draft."""
    file = request.files.get("logo")
    try:
        logo = read_logo(file.read(MOST_BYTES + 1) if file else b"")
    except LogoError as error:
        return banner_page(site, {"logo": str(error)}), 422
    name = configs.put_artefact(db.session, "logo", logo.body)
    db.session.commit()
    found = {"sha256": name.removeprefix("sha256:"), "type": logo.type, "width": logo.width, "height": logo.height}
    change_draft(site, lambda draft: draft | {"look": draft["look"] | {"logo": found}})
    flash("The logo is in the draft.", "success")
    return redirect(url_for("dashboard.banner", site=site.key))


@blueprint.post("/sites/<site>/banner/logo/removal")
@allowed("edit_look")
def remove_logo(site: FoundSite) -> ResponseReturnValue:
    """Take the logo out of the draft."""
    change_draft(site, lambda draft: draft | {"look": {k: v for k, v in draft["look"].items() if k != "logo"}})
    flash("The logo is out of the draft.", "success")
    return redirect(url_for("dashboard.banner", site=site.key))
