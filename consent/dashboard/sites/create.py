"""Form to create a site: name, hosts, data controller, language, time zone, and use of Google's ads."""

import ipaddress
import json
import re
import unicodedata
from collections.abc import Mapping
from operator import itemgetter
from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.exc import IntegrityError

from consent.dashboard.frame.audit import audit
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.locale import chosen_language, chosen_zone, language_words, page_language
from consent.dashboard.frame.permissions import allowed
from consent.dashboard.sites.settings import typed_origin
from consent.presentation.default_facts import default_period, default_place
from consent.presentation.languages import choose_language, languages
from consent.sites.cookie_domain import HOST, default_scope
from consent.sites.draft import DraftError, check_draft, new_draft
from consent.sites.time_zones import UTC
from consent.storage.database.base import db
from consent.storage.sites import sites

MAX_NAME = 255
DEFAULT_MONTHS = 36
"""How long receipts of a new site are kept after their end: the default of `site.retention_months`."""
MAIL = re.compile(r"[^\s@,;]{1,64}@[^\s@,;]{1,190}\.[^\s@,;]{1,63}")
"""With bounded repetition, as a long text without an address would otherwise keep the whole service busy (ReDoS)."""
LINK = re.compile(r"https?://\S+")
UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
"""Controls that change the direction of the text after a name, and control characters other than whitespace."""


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
    name = site_name(form.get("name", ""))
    key = form.get("key", "").strip().lower() or key_of(name)
    hosts = [typed_origin(line) for line in form.get("host", "").splitlines() if line.strip()]
    errors = name_errors(name)
    if not hosts:
        errors["host"] = gettext("Enter where visitors find it, such as www.example.com.")
    language = form.get("language", "") or _reader_language()
    facts = read_controller(form.get("controller", "")) | _own_facts(language)
    facts["policy_revision"] = form.get("policy_revision", "").strip()
    draft = new_draft(key, list(dict.fromkeys(hosts)), facts, language)
    draft["overrides"]["time_zone"] = form.get("time_zone", "").strip() or UTC
    try:
        check_draft(draft)
    except DraftError as error:
        for path, text in error.fields.items():
            errors.setdefault(_field_of(path), text)
    if "name" in errors and not form.get("key", "").strip():
        # The key is made from the name.
        errors.pop("key", None)
    if not errors:
        scope = draft["overrides"]["cookie_scope"] = default_scope(draft["hosts"])
        try:
            site = sites.create(db.session, key, name, json.dumps(draft), services().now)
            audit(site, "site.created", key, None, {"name": name, "hosts": draft["hosts"]})
            db.session.commit()
            if scope != HOST:
                flash(gettext("A choice counts on all of %(domain)s.", domain=scope), "success")
            return redirect(url_for("dashboard.install", site=key, google="1" if form.get("google") == "1" else None))
        except IntegrityError:
            db.session.rollback()
            errors["key"] = gettext("There is already a site %(key)s.", key=key)
    return _page(errors, form), 422


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
    if not name:
        return {field: gettext("Enter a name for the site.")}
    return {field: gettext("A site needs a name of up to 255 characters.")} if len(name) > MAX_NAME else {}


def _field_of(path: str) -> str:
    """Return the form field that a part of the draft comes from."""
    if path in ("controller.policy_revision", "overrides.time_zone"):
        return path.partition(".")[2]
    if path.startswith("texts."):
        return "language"
    return path.partition(".")[0].replace("hosts", "host").replace("site", "key")


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


def _own_facts(language: str) -> dict[str, str]:
    """Return the default facts, which follow from this service itself, in the language of the site."""
    if language not in languages():
        return {}
    host = urlsplit(services().base_url).hostname or ""
    return {
        "storage_location": default_place(language, "" if _is_loopback(host) else host),
        "retention": default_period(language, DEFAULT_MONTHS),
    }


def _is_loopback(host: str) -> bool:
    """Return whether `host` means only the machine itself, which says nothing to a visitor."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def site_name(text: str) -> str:
    """Return a name as it is stored: without control characters and text direction marks.

    The result is empty if it would be invisible, such as a name of only zero-width characters.
    """
    name = " ".join(UNSEEN.sub("", text).split())
    return name if any(unicodedata.category(sign)[0] in "LNPS" for sign in name) else ""


def key_of(name: str) -> str:
    """Return a key made from a name: `Ökö shop` becomes `oko-shop`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63]
