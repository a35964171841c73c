"""An OpenID Connect provider on a local port, built on Authlib's server; it requires PKCE and a nonce."""

import base64
import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode, UserInfo
from flask import Flask, Response, jsonify
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.wsgi_server import serving

CLIENT_ID, CLIENT_SECRET = "consent", "a secret of tests"
CALLBACK = "http://127.0.0.1:8000/login/oidc/callback"


class Client(ClientMixin):
    """The only client: the service."""

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return CALLBACK

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == CALLBACK

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):
    """An authorization code waiting to be redeemed."""

    code: str
    claims: dict[str, Any]
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    auth_time: int

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


@dataclass
class TestProvider:
    """The provider: `claims` describe the signed-in user; `forge` replaces the genuine id token."""

    __test__ = False

    address: str = ""
    name: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    auth_time: int | None = None
    forge: Callable[[dict[str, Any], dict[str, Any]], str] | None = None
    algorithms: tuple[str, ...] = ("RS256",)
    challenges: tuple[str, ...] = ("S256",)
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))

    def sign(self, claims: dict[str, Any], key: RSAKey | None = None) -> str:
        """Return a signed id token."""
        signing = key or self.key
        return str(jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, signing))


def make_app(provider: TestProvider) -> Flask:
    """Create the provider's app."""
    app = Flask("provider")
    app.config.update(SECRET_KEY="x", OAUTH2_TOKEN_EXPIRES_IN={"authorization_code": 60})
    server = AuthorizationServer(app, query_client=lambda _id: Client(), save_token=lambda *_: None)

    class Grant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            asked = request.payload.data
            provider.asked.append(dict(asked))
            facts = (asked["redirect_uri"], asked["scope"], asked["nonce"])
            challenge = (asked["code_challenge"], asked["code_challenge_method"])
            when = provider.auth_time if provider.auth_time is not None else int(time.time())
            provider.codes[code] = Code(code, dict(provider.claims), *facts, *challenge, when)

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            del provider.codes[authorization_code.code]

        def authenticate_user(self, authorization_code: Code) -> dict[str, Any]:
            return authorization_code.claims

    class IdToken(OpenIDCode):
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return False

        def resolve_client_private_key(self, client: Client) -> RSAKey:
            return provider.key

        def get_client_algorithm(self, client: Client) -> str:
            return "RS256"

        def get_client_claims(self, client: Client) -> dict[str, Any]:
            return {"iss": provider.name, "exp": int(time.time()) + 300}

        def generate_user_info(self, user: dict[str, Any], scope: str) -> UserInfo:
            return UserInfo(user)

    server.register_grant(Grant, [IdToken(require_nonce=True), CodeChallenge(required=True)])

    @app.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        facts = {"issuer": provider.name, "authorization_endpoint": f"{provider.address}/authorize"}
        facts |= {"token_endpoint": f"{provider.address}/token", "jwks_uri": f"{provider.address}/keys"}
        facts |= {"id_token_signing_alg_values_supported": provider.algorithms}
        return jsonify(facts | {"code_challenge_methods_supported": provider.challenges})

    @app.get("/keys")
    def keys() -> Response:
        return jsonify({"keys": [provider.key.as_dict(private=False)]})

    @app.get("/authorize")
    def authorize() -> Any:
        grant = server.get_consent_grant(end_user=provider.claims)
        return server.create_authorization_response(grant=grant, grant_user=provider.claims)

    @app.post("/token")
    def token() -> Any:
        answer = server.create_token_response()
        if provider.forge and answer.status_code == 200:
            head, body, _ = answer.json["id_token"].split(".")
            return jsonify(answer.json | {"id_token": provider.forge(_decoded(body), _decoded(head))})
        return answer

    return app


def _decoded(part: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


@contextlib.contextmanager
def running_provider() -> Iterator[TestProvider]:
    """Run a provider until the block ends."""
    provider = TestProvider()
    with serving(make_app(provider)) as port:
        provider.address = provider.name = f"http://127.0.0.1:{port}"
        yield provider
