"""Adding a site by a few questions: its name, its addresses, who is responsible, and whether it shows Google's ads."""

import json
import re
import unicodedata
from urllib.parse import urlsplit

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

MAIL = re.compile(r"[^\s@,;]{1,64}@[^\s@,;]{1,190}\.[^\s@,;]{1,63}")
"""As long as its parts can be: without an end, a long text that holds no address would keep the whole service busy."""
LINK = re.compile(r"https?://\S+")


@blueprint.get("/sites/new")
@allowed("add_site")
def new_site() -> ResponseReturnValue:
    """Ask for the few facts of a new site."""
    return render_template("dashboard/site_new.html", errors={}, typed={})


@blueprint.post("/sites/new")
@allowed("add_site")
def add_site() -> ResponseReturnValue:
    """Add a site with an empty draft, and go on to the lines for its pages."""
    form = request.form
    name = form.get("name", "").strip()
    key = form.get("key", "").strip().lower() or _key_of(name)
    hosts = [typed_origin(line) for line in form.get("host", "").splitlines() if line.strip()]
    errors = {} if name and len(name) <= 255 else {"name": "A site needs a name of up to 255 characters."}
    if not hosts:
        errors["host"] = "Say where visitors find it, such as www.example.com."
    draft = new_draft(key, list(dict.fromkeys(hosts)), read_controller(form.get("controller", "")) | _own_facts())
    try:
        check_draft(draft)
    except DraftError as error:
        for path, text in error.fields.items():
            errors.setdefault(path.partition(".")[0].replace("hosts", "host").replace("site", "key"), text)
    if not errors:
        try:
            site = sites.create(db.session, key, name, json.dumps(draft), services().now)
            tell(site, "site.added", key, None, {"name": name, "hosts": draft["hosts"]})
            db.session.commit()
            return redirect(url_for("dashboard.install", site=key, google="1" if form.get("google") == "1" else None))
        except IntegrityError:
            db.session.rollback()
            errors["key"] = f"There is a site {key} already."
    return render_template("dashboard/site_new.html", errors=errors, typed=dict(form)), 422


def read_controller(text: str) -> dict[str, str]:
    """Return the controller's facts from lines as an imprint has them: name first, then address, mail address and policy."""
    mail, link = MAIL.search(text), LINK.search(text)
    for found in (mail, link):
        text = text.replace(found[0], "") if found else text
    lines = [line.strip(" ,;:\t") for line in text.splitlines()]
    name, *rest = [line for line in lines if line] or [""]
    return {
        "name": name,
        "address": ", ".join(rest),
        "contact": mail[0] if mail else "",
        "policy_url": link[0] if link else "",
    }


def _own_facts() -> dict[str, str]:
    """Return what is so by this service's own doing, until the owner says otherwise."""
    host = urlsplit(services().base_url).hostname
    return {"storage_location": f"On our own server, {host}", "retention": "36 months after expiry or withdrawal"}


def _key_of(name: str) -> str:
    """Return a key made from a name: `Ökö shop` becomes `oko-shop`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63]
