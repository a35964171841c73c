"""Signing in by the operator's OpenID Connect provider, by Authlib: authorization code, PKCE, state, nonce."""

import secrets
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, abort, current_app, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_security import current_user, login_user
from joserfc.errors import JoseError
from requests.exceptions import RequestException

from consent.dashboard.headers import OIDC
from consent.dashboard.oidc_people import NotLetIn, person_of, take_roles
from consent.dashboard.own_paths import own_or_start
from consent.dashboard.services import Services, services
from consent.dashboard.sessions import this_session
from consent.storage import sessions
from consent.storage.models import db

TIMEOUT_S = 10
NEXT = "oidc_next"
PROOF = "oidc_proof"
NAME = "consent_oidc"

blueprint = Blueprint(OIDC, __name__)


def init_app(app: Flask, given: Services) -> None:
    """Give `app` the way over the provider, where one is set."""
    if given.provider is None:
        return
    provider = given.provider
    app.extensions[NAME] = OAuth(app).register(
        "provider",
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT_S,
        },
    )
    app.register_blueprint(blueprint)


@blueprint.get("/login/oidc")
def begin() -> ResponseReturnValue:
    """Send the browser to the provider; for a fresh proof it has to ask who is there."""
    session[NEXT] = own_or_start(request.args.get("next", ""))
    session.pop(PROOF, None)
    extra: dict[str, Any] = {}
    if request.args.get("proof") == "1" and current_user.is_authenticated:
        session[PROOF] = current_user.audit_id
        extra = {"prompt": "login", "max_age": 0}
    try:
        answer: ResponseReturnValue = _client().authorize_redirect(
            f"{services().base_url}/login/oidc/callback", nonce=secrets.token_urlsafe(24), **extra
        )
    except (RequestException, OAuthError, ValueError, RuntimeError):
        return _refused("The provider does not answer. Try again, or sign in with a password.", 503)
    return answer


@blueprint.get("/login/oidc/callback")
def finish() -> ResponseReturnValue:
    """Take what the provider says about who is there, and sign them in where they may."""
    try:
        claims = _claims()
    except (OAuthError, JoseError, RequestException, KeyError, ValueError, RuntimeError):
        return _refused(
            "The provider's answer cannot be used: it is too old, or for somebody else. Sign in again.", 403
        )
    proof = session.pop(PROOF, None)
    try:
        user = person_of(claims)
        if proof is not None:
            return _proved(user.audit_id, proof, claims)
        take_roles(user, claims)
    except NotLetIn as error:
        db.session.rollback()
        return _refused(str(error), 403)
    target = own_or_start(session.pop(NEXT, ""))
    db.session.commit()
    login_user(user, authn_via=["oidc"])
    return redirect(target)


def _claims() -> dict[str, Any]:
    """Return the claims of the id token, checked: signature, issuer, audience, times, nonce."""
    client, provider = _client(), services().provider
    if provider is None or client.load_server_metadata().get("issuer", "").rstrip("/") != provider.issuer:
        raise ValueError("the provider calls itself by another name")
    issuer = client.load_server_metadata()["issuer"]
    essential = {name: {"essential": True} for name in ("sub", "exp", "iat", "nonce")}
    options = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": provider.client_id}}
    token = client.authorize_access_token(claims_options=options | essential)
    return dict(token["userinfo"])


def _proved(audit_id: str, wanted: str, claims: dict[str, Any]) -> ResponseReturnValue:
    """Note a fresh proof, where the same person gave it just now."""
    now = services().now
    if not current_user.is_authenticated or not audit_id == wanted == current_user.audit_id:
        return _refused("That was somebody else. Go back and repeat.", 403)
    if not isinstance(claims.get("auth_time"), int) or claims["auth_time"] + 120 < now:
        return _refused("The provider did not ask who is there. Go back and repeat.", 403)
    sessions.proved(db.session, this_session().id, now)
    db.session.commit()
    return redirect(own_or_start(session.pop(NEXT, "")))


def _client() -> Any:
    return current_app.extensions.get(NAME) or abort(404)


def _refused(text: str, status: int) -> ResponseReturnValue:
    return render_template("dashboard/alone_error.html", title="Not signed in", text=text), status
