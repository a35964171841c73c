"""Tokens of the public API: made with their scopes, shown once, revoked at once."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consent.dashboard.blueprint import blueprint
from consent.dashboard.fresh import fresh
from consent.dashboard.permissions import allowed
from consent.dashboard.services import services
from consent.dashboard.telling import tell_of
from consent.dashboard.words import SCOPE_WORDS
from consent.storage import sites
from consent.storage import tokens as store
from consent.storage.actors import Name
from consent.storage.models import db
from consent.storage.tokens import Token

LIVES = {"30": "30 days", "90": "90 days", "365": "a year", "": "no end"}
DAY_S = 86400


@blueprint.get("/tokens")
@allowed("manage_tokens")
def tokens() -> ResponseReturnValue:
    """Show all tokens, without what they are."""
    return _page({}, None)


@blueprint.post("/tokens")
@allowed("manage_tokens")
@fresh
def make_token() -> ResponseReturnValue:
    """Make a token and show it this once."""
    name, scopes = request.form.get("name", "").strip(), request.form.getlist("scope")
    errors = {}
    if not name or len(name) > 100:
        errors["name"] = "A token needs a name of up to 100 characters, such as who uses it."
    if not scopes or not set(scopes) <= set(SCOPE_WORDS):
        errors["scope"] = "Choose what the token may do."
    if request.form.get("days", "") not in LIVES:
        errors["days"] = "Choose one of these."
    if errors:
        return _page(errors, None), 422
    days = request.form.get("days", "")
    now = services().now
    expires_at = now + int(days) * DAY_S if days else None
    plain = store.create(db.session, name, scopes, now=now, site_id=_site_id(), expires_at=expires_at)
    made = store.by_hash(db.session, store.hash_of(plain))
    if made is not None:
        _tell(made, "token.made", None, {"scopes": made.scopes.split(), "expires_at": expires_at})
    db.session.commit()
    return _page({}, plain)


@blueprint.post("/tokens/<int:token>/revocation")
@allowed("manage_tokens")
@fresh
def revoke_token(token: int) -> ResponseReturnValue:
    """End a token for good."""
    found = store.by_id(db.session, token)
    if found is None or not store.revoke(db.session, token, services().now):
        abort(404)
    _tell(found, "token.revoked", {"scopes": found.scopes.split(), "expires_at": found.expires_at}, None)
    db.session.commit()
    flash("The token is revoked. It may be answered for ten more seconds.", "success")
    return redirect(url_for("dashboard.tokens"))


def _tell(token: Token, action: str, before: Any, after: Any) -> None:
    tell_of(Name(store.audit_id_of(token.hash), "token", token.name), token.site_id, action, before, after)


def _site_id() -> int | None:
    key = request.form.get("site", "")
    site = sites.by_key(db.session, key) if key else None
    if key and site is None:
        abort(404)
    return site.id if site else None


def _page(errors: dict[str, str], plain: str | None) -> str:
    all_sites = sites.every(db.session)
    typed: dict[str, Any] = {} if plain else dict(request.form)
    return render_template(
        "dashboard/tokens.html",
        tokens=store.every(db.session),
        all_sites=all_sites,
        site_names={site.id: site.name for site in all_sites},
        scope_words=SCOPE_WORDS,
        lives=LIVES,
        errors=errors,
        typed=typed,
        scopes=[] if plain else request.form.getlist("scope"),
        plain=plain,
        now=services().now,
    )
