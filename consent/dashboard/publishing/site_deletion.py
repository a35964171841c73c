"""Delete an archived site from its page of site facts."""

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.frame.audit import author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.sites.site_facts import facts_page
from consent.publishing.site_deletion import delete_site
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow


@blueprint.post("/sites/<site>/settings/site/deletion")
@allowed("manage_site")
@requires_recent_sign_in
def delete_archived_site(site: SiteRow) -> ResponseReturnValue:
    """Delete the site if its name is typed, since this is irreversible."""
    if site.archived_at is None:
        abort(409)
    if " ".join(request.form.get("typed", "").split()) != site.name:
        return facts_page(
            site, {"typed": gettext("Nothing was deleted. Type %(typed)s to delete.", typed=site.name)}
        ), 422
    left = delete_site(db.session.connection(), site, author(), services().now)
    db.session.commit()
    services().privacy.subjects.drop_keys(site.id)
    kept = ngettext("%(num)s receipt is kept.", "%(num)s receipts are kept.", left.receipts) if left.receipts else ""
    flash(f"{gettext('%(name)s is deleted.', name=site.name)} {kept}".strip(), "success")
    return redirect(url_for("dashboard.site_list"))
