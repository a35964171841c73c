"""Form to create a site: name, hosts, data controller, language, time zone, and use of Google's ads."""

import json
import re
from collections.abc import Mapping
from operator import itemgetter

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consent.dashboard.frame.audit import author
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.locale import chosen_language, chosen_zone, language_words, page_language
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.sites.settings import typed_origin
from consent.presentation.languages import choose_language, languages
from consent.sites.cookie_domain import HOST
from consent.sites.draft import DraftError
from consent.sites.site_creation import NewSite, create_site, name_error
from consent.storage.database.base import db
from consent.storage.sites import sites

MAIL = re.compile(r"[^\s@,;]{1,64}@[^\s@,;]{1,190}\.[^\s@,;]{1,63}")
"""With bounded repetition, as a long text without an address would otherwise keep the whole service busy (ReDoS)."""
LINK = re.compile(r"https?://\S+")


@blueprint.get("/sites/new")
@allowed("add_site")
def new_site() -> ResponseReturnValue:
    """Show the form for a new site."""
    return _page({}, {})


@blueprint.post("/sites/new")
@allowed("add_site")
def add_site() -> ResponseReturnValue:
    """Create a site with an empty draft, and continue with the installation."""
    form = request.form
    language = form.get("language", "") or _reader_language()
    facts = read_controller(form.get("controller", "")) | {"policy_revision": form.get("policy_revision", "").strip()}
    hosts = [typed_origin(line) for line in form.get("host", "").splitlines() if line.strip()]
    wanted = NewSite(
        form.get("name", ""), hosts, facts, form.get("key", ""), language, form.get("time_zone", "").strip()
    )
    try:
        site = create_site(db.session, wanted, services().base_url, author(), services().now)
        scope = json.loads(sites.read_draft(db.session, site.id).text)["overrides"]["cookie_scope"]
        db.session.commit()
    except DraftError as error:
        db.session.rollback()
        errors = {_field_of(path): sentence for path, sentence in reversed(error.fields.items())}
        return _page(errors, form), 422
    if scope != HOST:
        flash(gettext("A choice counts on all of %(domain)s.", domain=scope), "success")
    return redirect(url_for("dashboard.install", site=site.key, google="1" if form.get("google") == "1" else None))


def _page(errors: dict[str, str], typed: Mapping[str, str]) -> str:
    zone = chosen_zone()
    return render_template(
        "dashboard/sites/create.html",
        errors=errors,
        typed=typed,
        languages=sorted(((code, language_words(code)) for code in languages()), key=itemgetter(1)),
        language=typed.get("language") or _reader_language(),
        zone=typed.get("time_zone", str(zone) if zone else ""),
    )


def _reader_language() -> str:
    """Return the banner's language that the reader prefers: the one chosen under *Account*, else the browser's."""
    return choose_language(chosen_language(), request.headers.get("Accept-Language"), languages(), page_language())


def name_errors(name: str, field: str = "name") -> dict[str, str]:
    """Return the error that prevents a site from having this name, under the name of its field."""
    return {field: sentence} if (sentence := name_error(name)) else {}


def _field_of(path: str) -> str:
    """Return the form field of a new site's field."""
    return (
        "policy_revision" if path == "controller.policy_revision" else path.partition(".")[0].replace("hosts", "host")
    )


def read_controller(text: str) -> dict[str, str]:
    """Return the controller's facts from lines of a legal notice: name first, then address, email and policy URL."""
    mail, link = MAIL.search(text), LINK.search(text)
    for contact in (mail, link):
        text = text.replace(contact[0], "") if contact else text
    lines = [line.strip(" ,;:\t") for line in text.splitlines()]
    name, *remainder = [line for line in lines if line] or [""]
    return {
        "name": name,
        "address": ", ".join(remainder),
        "contact": mail[0] if mail else "",
        "policy_url": link[0] if link else "",
    }
