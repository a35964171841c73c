"""*Try it* on the API page: call a read operation with the signed-in user's roles."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf.csrf import generate_csrf

from consent.dashboard.frame.blueprint import blueprint
from consent.dashboard.frame.context import console, services
from consent.dashboard.frame.permissions import ACTIONS, allowed, last_site, my_sites, roles_on
from consent.storage.accounts import api_tokens
from consent.storage.database.base import db
from consent.storage.sites.sites import SiteRow

ACTION_OF_SCOPE = {
    "": "see",
    "decide": "see",
    "config:read": "see",
    "config:write": "manage_subject_keys",
    "receipts:read": "read_receipts",
    "receipts:export": "export_receipts",
    "accounts:read": "read_rights",
    "delivery:write": "read_rights",
    "privacy:erase": "read_rights",
    "log:read": "read_audit",
}
"""The action that a user must be allowed on a site to read there what a token with the scope can read."""
TOKEN_SECONDS = 60
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@blueprint.get("/api-console")
@allowed("own_account")
def api_console() -> ResponseReturnValue:
    """Return the signed-in user, their sites, the last one visited, and the session's CSRF token.

    `sites` has the names of the sites by key, and `readable` the keys of those that the user may read with each scope.
    """
    own = my_sites()
    site = last_site(own)
    return jsonify(
        user=current_user.name or current_user.email,
        sites={one.key: one.name for one in own},
        readable={scope: [one.key for one in _readable(own, scope)] for scope in ACTION_OF_SCOPE},
        site=site.key if site else None,
        csrf=generate_csrf(),
    )


@blueprint.post("/api-console")
@allowed("own_account")
def try_operation() -> ResponseReturnValue:
    """Call the API operation `path` with the form's parameters, and return its response as JSON."""
    template = request.form.get("path", "")
    scopes = console().scopes
    if template not in scopes:
        return jsonify(error="This operation cannot be tried here."), 422
    path = _filled(template)
    scope = scopes[template]
    sites = _readable(my_sites(), scope)
    answer = _call_with_token(path, scope, sites) if scope and sites else _call(path, "")
    return jsonify(path=path, **answer)


def _readable(own_sites: list[SiteRow], scope: str) -> list[SiteRow]:
    """Return those of `own_sites` where the user may read what a token with `scope` can read."""
    return [site for site in own_sites if roles_on(site) & ACTIONS[ACTION_OF_SCOPE[scope]]]


def _filled(template: str) -> str:
    """Return the path with its parameters filled in, omitting empty query parameters."""
    path = _PLACEHOLDER.sub(lambda found: quote(request.form.get(f"path.{found[1]}", ""), safe=""), template)
    prefix = "query."
    query = [
        (name.removeprefix(prefix), text) for name, text in request.form.items() if name.startswith(prefix) and text
    ]
    return f"{path}?{urlencode(query)}" if query else path


def _call_with_token(path: str, scope: str, sites: list[SiteRow]) -> Mapping[str, object]:
    """Call with a token that is never shown and grants `scope` on `sites` for the duration of the call."""
    now = services().now
    ids = [site.id for site in sites]
    name = f"{current_user.name or current_user.email}, API documentation"[:100]
    plain = api_tokens.create(
        db.session, name, [scope], now=now, site_id=ids[0], additional_sites=ids[1:], expires_at=now + TOKEN_SECONDS
    )
    db.session.commit()
    try:
        return _call(path, plain)
    finally:
        api_tokens.forget(db.session, plain)
        db.session.commit()


def _call(path: str, token: str) -> Mapping[str, object]:
    return console().call(path, token, request.remote_addr or "")
