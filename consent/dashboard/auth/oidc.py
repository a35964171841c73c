"""Sign-in with the operator's OpenID Connect provider (Authlib): authorization code, PKCE, state, nonce."""

import secrets
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Blueprint, Flask, abort, current_app, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user, login_user
from joserfc.errors import JoseError

from consent.dashboard.auth.oidc_accounts import SignInRefusedError, take_roles, user_of
from consent.dashboard.auth.session_cookie import this_session
from consent.dashboard.frame.context import Services, services
from consent.dashboard.frame.headers import OIDC
from consent.dashboard.frame.safe_redirects import safe_target
from consent.outbound.deadline import run_with_deadline
from consent.storage.accounts import sessions
from consent.storage.database.base import db

TIMEOUT_SECONDS = 10.0
"""For one request to the provider, from the DNS lookup to the last byte."""
NEXT = "oidc_next"
PROOF = "oidc_proof"
NAME = "consent_oidc"
ALGORITHMS = "id_token_signing_alg_values_supported"
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Accepted algorithms for id tokens: a provider may offer other clients `none`, or a MAC with a key it publishes."""

blueprint = Blueprint(OIDC, __name__)


class _Session(OAuth2Session):  # type: ignore[misc]
    def request(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request with a total deadline, as the library restarts its timeout with each byte. Raises OSError."""
        ask = super().request
        return run_with_deadline(TIMEOUT_SECONDS, lambda: ask(*args, **kwargs))


class _Provider(FlaskOAuth2App):  # type: ignore[misc]
    client_cls = _Session


def init_app(app: Flask, given: Services) -> None:
    """Register single sign-on with `app` if a provider is configured."""
    if given.sign_in.provider is None:
        return
    provider = given.sign_in.provider
    app.extensions[NAME] = OAuth(app).register(
        "provider",
        client_cls=_Provider,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT_SECONDS,
        },
    )
    app.register_blueprint(blueprint)


@blueprint.get("/login/oidc")
def begin() -> ResponseReturnValue:
    """Redirect the browser to the provider, which has to prompt if this is a reauthentication."""
    session[NEXT] = safe_target(request.args.get("next", ""))
    session.pop(PROOF, None)
    extra: dict[str, Any] = {}
    if request.args.get("proof") == "1" and current_user.is_authenticated:
        session[PROOF] = current_user.audit_id
        extra = {"prompt": "login", "max_age": 0}
    try:
        answer: ResponseReturnValue = _client().authorize_redirect(
            f"{services().base_url}/login/oidc/callback", nonce=secrets.token_urlsafe(24), **extra
        )
    except (OSError, OAuthError, ValueError, RuntimeError):
        return _refused(gettext("The provider does not answer. Try again, or sign in with a password."), 503)
    return answer


@blueprint.get("/login/oidc/callback")
def finish() -> ResponseReturnValue:
    """Validate the provider's claims about the user, and sign them in if they are allowed."""
    try:
        claims = _claims()
    except (OSError, OAuthError, JoseError, KeyError, ValueError, RuntimeError):
        return _refused(
            gettext("The provider's answer cannot be used: it is too old, or for another user. Sign in again."), 403
        )
    proof = session.pop(PROOF, None)
    try:
        user = user_of(claims)
        if proof is not None:
            return _reauthenticated(user.audit_id, proof, claims)
        take_roles(user, claims)
    except SignInRefusedError as error:
        db.session.rollback()
        return _refused(str(error), 403)
    target = safe_target(session.pop(NEXT, ""))
    db.session.commit()
    login_user(user, authn_via=["oidc"])
    return redirect(target)


def _claims() -> dict[str, Any]:
    """Return the id token's claims after checking signature, issuer, audience, times and nonce."""
    client, provider = _client(), services().sign_in.provider
    metadata = client.load_server_metadata()
    if provider is None or metadata.get("issuer", "").rstrip("/") != provider.issuer:
        raise ValueError("the provider calls itself by another name")
    # The library reads this metadata again, and accepts every algorithm that it lists.
    metadata[ALGORITHMS] = [name for name in metadata.get(ALGORITHMS, ()) if name in SIGNATURES] or ["RS256"]
    issuer = metadata["issuer"]
    essential = {name: {"essential": True} for name in ("sub", "exp", "iat", "nonce")}
    options = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": provider.client_id}}
    token = client.authorize_access_token(claims_options=options | essential)
    return dict(token["userinfo"])


def _reauthenticated(audit_id: str, wanted: str, claims: dict[str, Any]) -> ResponseReturnValue:
    """Record a reauthentication if the same user has just signed in at the provider."""
    now = services().now
    if not current_user.is_authenticated or not audit_id == wanted == current_user.audit_id:
        return _refused(gettext("That was a different user. Go back and repeat."), 403)
    if not isinstance(claims.get("auth_time"), int) or claims["auth_time"] + 120 < now:
        return _refused(gettext("The provider did not ask you to sign in again. Go back and try again."), 403)
    sessions.set_authenticated(db.session, this_session().id, now)
    db.session.commit()
    return redirect(safe_target(session.pop(NEXT, "")))


def _client() -> Any:
    return current_app.extensions.get(NAME) or abort(404)


def _refused(text: str, status: int) -> ResponseReturnValue:
    return render_template("dashboard/frame/alone_error.html", title="Not signed in", text=text), status
