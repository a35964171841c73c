"""Page of API tokens: create with scopes, show once, revoke immediately."""

from typing import Any, NamedTuple

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from consent.core.days import DAY_SECONDS
from consent.dashboard.auth.reauthentication import requires_recent_sign_in
from consent.dashboard.frame.audit import audit_account
from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import services
from consent.dashboard.frame.labels import SCOPE_WORDS
from consent.dashboard.frame.locale import Labels
from consent.dashboard.frame.permissions import allowed
from consent.log.audit_labels import FORMER
from consent.storage.accounts import api_tokens as store
from consent.storage.accounts import token_users, users
from consent.storage.accounts.api_tokens import Token
from consent.storage.accounts.token_users import AdminSites
from consent.storage.database.base import db
from consent.storage.log.actors import ActorName
from consent.storage.sites import sites


class TokenRow(NamedTuple):
    """A token with the names of its users, and the scopes that stopped because its user is no longer admin there.

    `is_limited`: they stopped only on some of its sites.
    """

    token: Token
    is_over: bool
    created_by: str
    taken_over_by: str
    stopped_scopes: list[str]
    is_limited: bool
    may_take_over: bool


LIVES = Labels({"30": "30 days", "90": "90 days", "365": "a year", "": "no end"})


@blueprint.get("/tokens")
@allowed("manage_tokens")
def tokens() -> ResponseReturnValue:
    """Show all tokens, without their secrets."""
    return _page({}, None)


@blueprint.post("/tokens")
@allowed("manage_tokens")
@requires_recent_sign_in
def create_token() -> ResponseReturnValue:
    """Create a token and show it once."""
    name, scopes = request.form.get("name", "").strip(), request.form.getlist("scope")
    errors = {}
    if not name or len(name) > 100:
        errors["name"] = gettext("A token needs a name of up to 100 characters, such as who uses it.")
    if not scopes or not set(scopes) <= set(SCOPE_WORDS):
        errors["scope"] = gettext("Choose what the token may do.")
    ids, error = _typed_sites()
    if error:
        errors["sites"] = error
    if request.form.get("days", "") not in LIVES:
        errors["days"] = gettext("Choose one of these.")
    if errors:
        return _page(errors, None), 422
    days = request.form.get("days", "")
    now = services().now
    expires_at = now + int(days) * DAY_SECONDS if days else None
    first = ids[0] if ids else None
    plain = store.create(
        db.session,
        name,
        scopes,
        now=now,
        site_id=first,
        additional_sites=ids[1:],
        expires_at=expires_at,
        created_by=current_user.audit_id,
    )
    token = store.by_hash(db.session, store.hash_of(plain))
    if token is not None:
        _audit_token(token, "token.created", None, _token_facts(token))
    db.session.commit()
    return _page({}, plain)


@blueprint.post("/tokens/<int:token>/revocation")
@allowed("manage_tokens")
@requires_recent_sign_in
def revoke_token(token: int) -> ResponseReturnValue:
    """Revoke a token permanently."""
    row = store.by_id(db.session, token)
    if row is None or not store.revoke(db.session, token, services().now):
        abort(404)
    _audit_token(row, "token.revoked", _token_facts(row), None)
    db.session.commit()
    flash(gettext("The token is revoked. It stops working within two seconds."), "success")
    return redirect(url_for("dashboard.tokens"))


@blueprint.post("/tokens/<int:token>/takeover")
@allowed("manage_tokens")
@requires_recent_sign_in
def take_over_token(token: int) -> ResponseReturnValue:
    """Set the caller as the user of a token whose scopes work only while its user is admin."""
    row = store.by_id(db.session, token)
    if row is None or not _may_take_over(row):
        abort(404)
    store.take_over(db.session, token, current_user.audit_id)
    _audit_token(row, "token.taken_over", None, _token_facts(row))
    db.session.commit()
    flash(gettext("You are now responsible for the token %(name)s.", name=row.name), "success")
    return redirect(url_for("dashboard.tokens"))


def _may_take_over(token: Token) -> bool:
    return token.needs_admin and not token.is_over(services().now) and token.user != current_user.audit_id


def _audit_token(token: Token, action: str, before: Any, after: Any) -> None:
    audit_account(
        ActorName(store.audit_id_of(token.hash), "token", token.label), _only_site(token), action, before, after
    )


def _token_facts(token: Token) -> dict[str, Any]:
    """Return a token's audit facts, with its sites if it has several, since it's then logged for the instance."""
    keys = sorted(site.key for site in sites.present(db.session) if site.id in (token.site_ids or ()))
    return {"scopes": token.scopes.split(), "expires_at": token.expires_at} | ({"sites": keys} if len(keys) > 1 else {})


def _only_site(token: Token) -> int | None:
    return None if token.additional_sites else token.site_id


def _typed_sites() -> tuple[list[int], str]:
    """Return the ids of the ticked sites (none means every site), and an error sentence or an empty string."""
    keys = set(request.form.getlist("sites"))
    by_key = {site.key: site.id for site in sites.present(db.session)}
    if not keys <= set(by_key):
        abort(404)
    if (request.form.get("every") == "1") == bool(keys):
        return [], gettext("Choose the sites that it is for, or every site.")
    return sorted(by_key[key] for key in keys), ""


def _rows(tokens: list[Token]) -> list[TokenRow]:
    ids = {one for token in tokens for one in (token.created_by, token.taken_over_by) if one}
    names = dict.fromkeys(ids, gettext(FORMER)) | users.names_of(db.session, ids)
    admins = token_users.admin_sites(db.session, ids)
    return [_row(token, names, admins.get(token.user or "", AdminSites())) for token in tokens]


def _row(token: Token, names: dict[str, str], admin: AdminSites) -> TokenRow:
    is_over = token.is_over(services().now)
    has_stopped = token.needs_admin and not is_over and not admin.includes_all(token.site_ids)
    return TokenRow(
        token,
        is_over,
        names.get(token.created_by or "", ""),
        names.get(token.taken_over_by or "", ""),
        sorted(store.ADMIN_SCOPES & set(token.scopes.split())) if has_stopped else [],
        admin.includes_any(token.site_ids),
        _may_take_over(token),
    )


def _page(errors: dict[str, str], plain: str | None) -> str:
    all_sites = sites.present(db.session)
    typed: dict[str, Any] = {} if plain else dict(request.form)
    return render_template(
        "dashboard/accounts/api_tokens.html",
        rows=_rows(store.every(db.session)),
        all_sites=all_sites,
        site_names={site.id: site.name for site in all_sites},
        scope_words=SCOPE_WORDS,
        admin_scopes=sorted(store.ADMIN_SCOPES),
        lives=LIVES,
        errors=errors,
        typed=typed,
        scopes=[] if plain else request.form.getlist("scope"),
        ticked=[] if plain else request.form.getlist("sites"),
        plain=plain,
    )
