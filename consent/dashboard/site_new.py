"""Adding a site: its name, its key, and one address."""

import json
import re
import unicodedata

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from consent.dashboard.blueprint import blueprint
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.site_settings import typed_origin
from consent.dashboard.telling import tell
from consent.snapshots.draft import DraftError, check_draft, new_draft
from consent.storage import sites
from consent.storage.models import db


@blueprint.get("/sites/new")
@allowed("add_site")
def new_site() -> ResponseReturnValue:
    """Ask for the three facts of a new site."""
    return render_template("dashboard/site_new.html", errors={}, typed={})


@blueprint.post("/sites/new")
@allowed("add_site")
def add_site() -> ResponseReturnValue:
    """Add a site with an empty draft."""
    name = request.form.get("name", "").strip()
    key = request.form.get("key", "").strip().lower() or _key_of(name)
    errors = {} if name and len(name) <= 255 else {"name": "A site needs a name of up to 255 characters."}
    draft = new_draft(key, [typed_origin(request.form.get("host", ""))])
    try:
        check_draft(draft)
    except DraftError as error:
        errors |= {"host" if path.startswith("hosts") else "key": text for path, text in error.fields.items()}
    if not errors:
        try:
            site = sites.create(db.session, key, name, json.dumps(draft), services().now)
            tell(site, "site.added", key, None, {"name": name, "hosts": draft["hosts"]})
            db.session.commit()
            return redirect(url_for("dashboard.overview", site=key))
        except IntegrityError:
            db.session.rollback()
            errors["key"] = f"There is a site {key} already."
    return render_template("dashboard/site_new.html", errors=errors, typed=dict(request.form)), 422


def _key_of(name: str) -> str:
    """Return a key made from a name: `Ökö shop` becomes `oko-shop`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63]
