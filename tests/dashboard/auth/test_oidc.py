"""Signing in with a real OpenID Connect provider on this machine: who gets in, as which user, with which roles."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from consent.config import SettingsError, load_settings
from consent.dashboard.auth import oidc
from consent.outbound.oidc_provider import Grant, Provider
from tests.dashboard.client import Browser, Dashboard, dashboards
from tests.dashboard.oidc_provider import CLIENT_ID, CLIENT_SECRET, TestProvider, running_provider
from tests.dashboard.sample_data import NOW
from tests.wsgi_server import serving

pytestmark = pytest.mark.attack

GRANTS = (
    Grant("legal", "compliance", site="demo"),
    Grant("web", "marketing", group="Shops"),
    Grant("boss", "admin"),
    Grant("gone", "admin", site="never-made"),
)
SERVICE = "http://127.0.0.1:8000"
ANN = {"sub": "ann-1", "email": "ann@corp.example", "email_verified": True, "name": "Ann"}


@pytest.fixture(scope="module")
def running() -> Iterator[TestProvider]:
    """Run one provider for all tests."""
    with pytest.MonkeyPatch.context() as patch, running_provider() as provider:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        yield provider


@pytest.fixture
def provider(running: TestProvider) -> TestProvider:
    """Return the provider in its initial state."""
    running.claims, running.forge, running.auth_time, running.name = dict(ANN), None, None, running.address
    running.algorithms, running.challenges = ("RS256",), ("S256",)
    running.asked.clear()
    return running


@pytest.fixture
def oidc_dashboard(world: Path, tmp_path: Path, provider: TestProvider) -> Iterator[Dashboard]:
    """Open a dashboard that accepts accounts from corp.example and maps `groups` to roles."""
    known = Provider(provider.address, CLIENT_ID, CLIENT_SECRET, "Corp", ("corp.example",), "groups", GRANTS)
    yield from dashboards(world, tmp_path, provider=known, second_factor="everyone")


@pytest.fixture
def plain_dashboard(world: Path, tmp_path: Path, provider: TestProvider) -> Iterator[Dashboard]:
    """Open a dashboard that accepts existing users and leaves their roles as they are."""
    yield from dashboards(world, tmp_path, provider=Provider(provider.address, CLIENT_ID, CLIENT_SECRET, "Corp"))


def sign_on(browser: Browser, begin: str = "/login/oidc") -> TestResponse:
    """Go to the provider and back."""
    there = browser.get(begin).headers["Location"]
    back = requests.get(there, allow_redirects=False, timeout=60).headers["Location"]
    return browser.get(back.removeprefix("http://127.0.0.1:8000"))


def roles_by_email(dashboard: Dashboard) -> dict[str, list[str]]:
    """Return the roles of each user by email address."""
    with dashboard.database() as connection:
        rows = connection.execute(
            "SELECT email, role, site_id, NULL FROM user JOIN site_role ON user_id = user.id UNION ALL "
            "SELECT email, role, NULL, group_role.name FROM user JOIN group_role ON user_id = user.id"
        )
        found: dict[str, list[str]] = {}
        for email, *role in rows:
            found.setdefault(email, []).append(str(role))
    return found


def test_a_new_user_of_an_allowed_domain_gets_an_account_and_the_roles_of_the_claim(
    oidc_dashboard: Dashboard, provider: TestProvider
) -> None:
    provider.claims["groups"] = ["legal", "gone", "unmapped"]
    browser = oidc_dashboard.browser()
    assert "Sign in with Corp" in browser.get("/login").text
    assert sign_on(browser, "/login/oidc?next=/sites/demo/receipts").headers["Location"] == "/sites/demo/receipts"
    assert browser.get("/sites/demo/receipts").status_code == 200, "no second factor of ours is asked for"
    assert browser.get("/sites/other/").status_code == 404
    assert roles_by_email(oidc_dashboard)["ann@corp.example"] == ["['compliance', 1, None]"]


def test_the_authorization_request_has_pkce_state_and_nonce(oidc_dashboard: Dashboard, provider: TestProvider) -> None:
    for _ in range(2):
        sign_on(oidc_dashboard.browser())
    first, second = provider.asked
    assert {first["code_challenge_method"], first["response_type"], first["scope"]} == {
        "S256",
        "code",
        "openid email profile",
    }
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 20
        assert first[name] != second[name], name


def test_roles_follow_the_claim_at_each_sign_on(oidc_dashboard: Dashboard, provider: TestProvider) -> None:
    with oidc_dashboard.database() as connection:
        connection.execute("INSERT INTO site_group_member (site_id, name) VALUES (2, 'Shops')")
    provider.claims["groups"] = ["legal", "web"]
    browser = oidc_dashboard.browser()
    sign_on(browser)
    assert browser.get("/sites/other/tags").status_code == 200
    provider.claims["groups"] = "web"
    sign_on(oidc_dashboard.browser())
    assert browser.get("/sites/demo/").status_code == 404, "at once, in the older session too"
    assert roles_by_email(oidc_dashboard)["ann@corp.example"] == ["['marketing', None, 'Shops']"]


def test_the_last_admin_keeps_the_role_regardless_of_the_claim(
    oidc_dashboard: Dashboard, provider: TestProvider
) -> None:
    provider.claims = {"sub": "c", "email": "chief@example.com", "email_verified": True, "groups": []}
    browser = oidc_dashboard.browser()
    assert sign_on(browser).status_code == 302
    assert browser.get("/users").status_code == 200


def test_a_known_user_is_found_by_the_verified_address_then_by_the_providers_subject(
    plain_dashboard: Dashboard, provider: TestProvider
) -> None:
    provider.claims = {"sub": "v-1", "email": "Viewer@Example.com", "email_verified": True}
    browser = plain_dashboard.browser()
    assert sign_on(browser).status_code == 302
    assert browser.get("/sites/demo/").status_code == 200
    provider.claims = {"sub": "v-1", "email": "married@example.com", "email_verified": False}
    assert sign_on(plain_dashboard.browser()).status_code == 302
    provider.claims = {"sub": "v-2", "email": "viewer@example.com", "email_verified": True}
    answer = sign_on(plain_dashboard.browser())
    assert (answer.status_code, "another account" in answer.text) == (403, True)
    assert "Was linked with the sign-on provider" in plain_dashboard.browser("chief").get("/audit").text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"email": "eve@elsewhere.example"}, "You have no account here"),
        ({"email": "eve@sub.corp.example"}, "You have no account here"),
        ({"email_verified": False}, "has not verified"),
        ({"email_verified": "true"}, "has not verified"),
        ({"email_verified": None}, "has not verified"),
        ({"email": "no address"}, "does not share your email address"),
        ({"email": "ann@corp.example\r\nBcc: eve@corp.example"}, "does not share your email address"),
        ({"email": "eve@evil.example,ann@corp.example"}, "does not share your email address"),
    ],
)
def test_rejects_an_unknown_unverified_or_invalid_address(
    oidc_dashboard: Dashboard, provider: TestProvider, change: dict[str, Any], sentence: str
) -> None:
    provider.claims |= change
    browser = oidc_dashboard.browser()
    answer = sign_on(browser)
    assert (answer.status_code, sentence in answer.text) == (403, True)
    assert browser.get("/").headers["Location"].startswith("/login")
    with oidc_dashboard.database() as connection:
        assert connection.execute("SELECT count(*) FROM user").fetchone() == (7,)


def test_a_deactivated_user_cannot_sign_in(plain_dashboard: Dashboard, provider: TestProvider) -> None:
    plain_dashboard.browser("chief").post("/users/4/active", {"active": "0"})
    provider.claims |= {"email": "viewer@example.com"}
    assert "switched off" in sign_on(plain_dashboard.browser()).text


def _none(claims: dict[str, Any], _head: dict[str, Any]) -> str:
    parts = ({"alg": "none"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


def _by_public_key(provider: TestProvider, claims: dict[str, Any]) -> str:
    """Return a token signed with the provider's public key, which is known to everyone, as an HMAC secret."""
    head = {"alg": "HS256", "kid": provider.key.kid, "typ": "JWT"}
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, claims))
    text = b".".join(parts)
    mac = hmac.new(provider.key.as_pem(private=False), text, hashlib.sha256).digest()
    return (text + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


FORGERIES = {
    "another audience": lambda provider, claims: provider.sign(claims | {"aud": ["somebody else"]}),
    "another issuer": lambda provider, claims: provider.sign(claims | {"iss": "https://evil.example"}),
    "another nonce": lambda provider, claims: provider.sign(claims | {"nonce": "planted"}),
    "no nonce": lambda provider, claims: provider.sign({k: v for k, v in claims.items() if k != "nonce"}),
    "no subject": lambda provider, claims: provider.sign({k: v for k, v in claims.items() if k != "sub"}),
    "too old": lambda provider, claims: provider.sign(claims | {"exp": int(time.time()) - 600}),
    "another key": lambda provider, claims: provider.sign(claims, RSAKey.generate_key(2048)),
    "no signature": lambda _, claims: _none(claims, {}),
    "the public key as a secret": _by_public_key,
    "no token": lambda _, claims: "x.y.z",
}


@pytest.mark.parametrize("algorithms", [("RS256",), ("none", "HS256", "RS256")], ids=["one", "all"])
@pytest.mark.parametrize("forgery", FORGERIES)
def test_rejects_a_forged_id_token(
    oidc_dashboard: Dashboard, provider: TestProvider, forgery: str, algorithms: tuple[str, ...]
) -> None:
    provider.algorithms = algorithms
    provider.forge = lambda claims, _head: FORGERIES[forgery](provider, claims)
    browser = oidc_dashboard.browser()
    answer = sign_on(browser)
    assert (answer.status_code, "cannot be used" in answer.text) == (403, True)
    assert browser.get("/").headers["Location"].startswith("/login")


def test_rejects_a_response_that_this_browser_did_not_request(
    oidc_dashboard: Dashboard, provider: TestProvider
) -> None:
    there = oidc_dashboard.browser().get("/login/oidc").headers["Location"]
    back = requests.get(there, allow_redirects=False, timeout=60).headers["Location"]
    other = oidc_dashboard.browser()
    assert other.get(back.removeprefix("http://127.0.0.1:8000")).status_code == 403
    assert oidc_dashboard.browser().get("/login/oidc/callback?error=access_denied").status_code == 403


def test_a_response_its_state_and_its_nonce_work_only_once(plain_dashboard: Dashboard, provider: TestProvider) -> None:
    provider.claims |= {"email": "viewer@example.com"}
    browser = plain_dashboard.browser()
    there = browser.get("/login/oidc").headers["Location"]
    back = requests.get(there, allow_redirects=False, timeout=60).headers["Location"].removeprefix(SERVICE)
    kept, tokens = dict(provider.codes), []
    provider.forge = lambda claims, _head: tokens.append(provider.sign(claims)) or tokens[-1]
    assert browser.get(back).status_code == 302
    # The provider would accept the code again, but the state has been used up.
    provider.codes.update(kept)
    assert browser.get(back).status_code == 403
    # The id token from that sign-on, reused in another one: its nonce is the first sign-on's.
    provider.forge = lambda _claims, _head: tokens[0]
    assert sign_on(plain_dashboard.browser()).status_code == 403


def test_a_code_of_somebody_else_is_not_redeemed_and_pkce_is_never_weaker(
    plain_dashboard: Dashboard, provider: TestProvider
) -> None:
    provider.claims |= {"email": "viewer@example.com"}
    provider.challenges = ("plain",)  # a provider, or someone in the middle, that claims to support only plain
    code = _answer_of(plain_dashboard.browser())["code"]
    victim = plain_dashboard.browser()
    own = _answer_of(victim)
    assert {asked["code_challenge_method"] for asked in provider.asked} == {"S256"}
    injected = urlencode({"code": code, "state": own["state"]})
    assert victim.get(f"/login/oidc/callback?{injected}").status_code == 403
    assert victim.get("/").headers["Location"].startswith("/login")


def _answer_of(browser: Browser) -> dict[str, str]:
    """Go to the provider, and return the callback parameters that it would send through this browser."""
    there = browser.get("/login/oidc").headers["Location"]
    back = requests.get(there, allow_redirects=False, timeout=60).headers["Location"]
    return dict(parse_qsl(urlsplit(back).query))


def test_rejects_a_provider_with_another_issuer(oidc_dashboard: Dashboard, provider: TestProvider) -> None:
    provider.name = "https://elsewhere.example"
    assert sign_on(oidc_dashboard.browser()).status_code == 403


def test_signing_in_redirects_to_no_other_host(plain_dashboard: Dashboard, provider: TestProvider) -> None:
    provider.claims |= {"email": "viewer@example.com"}
    assert sign_on(plain_dashboard.browser(), "/login/oidc?next=//evil.example/").headers["Location"] == "/"


def test_reports_an_unavailable_provider(world: Path, tmp_path: Path) -> None:
    away = Provider("http://127.0.0.1:9", CLIENT_ID, CLIENT_SECRET)
    for dashboard in dashboards(world, tmp_path, provider=away):
        answer = dashboard.browser().get("/login/oidc")
        assert (answer.status_code, "does not answer" in answer.text) == (503, True)


def test_a_provider_that_responds_byte_by_byte_gets_no_extra_time(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "TIMEOUT_SECONDS", 0.3)

    def drip(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        where = f"http://{environ['HTTP_HOST']}"
        facts = {"issuer": where, "authorization_endpoint": f"{where}/authorize", "token_endpoint": f"{where}/token"}
        for letter in json.dumps(facts):
            time.sleep(0.02)
            yield letter.encode()

    with serving(drip) as port:
        slow = Provider(f"http://127.0.0.1:{port}", CLIENT_ID, CLIENT_SECRET)
        for dashboard in dashboards(world, tmp_path, provider=slow):
            answer = dashboard.browser().get("/login/oidc")
            assert (answer.status_code, "does not answer" in answer.text) == (503, True)


def test_reauthentication_is_accepted_only_from_a_recent_sign_in_at_the_provider(
    plain_dashboard: Dashboard, provider: TestProvider
) -> None:
    provider.claims = {"sub": "c", "email": "chief@example.com", "email_verified": True}
    browser = plain_dashboard.browser()
    sign_on(browser)
    fields = {"name": "Shop", "scope": ["decide"], "days": "30", "every": "1"}
    with plain_dashboard.database() as connection:
        connection.execute("UPDATE browser_session SET authenticated_at = 0")
    page = browser.post("/tokens", fields)
    assert (page.status_code, "Confirm with Corp" in page.text) == (401, True)
    provider.auth_time = NOW - 3600
    assert sign_on(browser, "/login/oidc?proof=1&next=/tokens").status_code == 403
    provider.auth_time = NOW
    assert sign_on(browser, "/login/oidc?proof=1&next=/tokens").headers["Location"] == "/tokens"
    assert (provider.asked[-1]["prompt"], provider.asked[-1]["max_age"]) == ("login", "0")
    assert browser.post("/tokens", fields).status_code == 200


def test_who_has_no_password_is_asked_for_none_and_gets_none_by_an_open_session(
    oidc_dashboard: Dashboard, provider: TestProvider
) -> None:
    provider.claims["groups"] = "legal"
    browser = oidc_dashboard.browser()
    sign_on(browser)
    page = browser.get("/account").text
    assert "With Corp, which also asks for a second factor" in page
    assert "Current password" not in page
    assert "knows your password" not in page
    fields = {"new_password": "nine red umbrellas", "new_password_confirm": "nine red umbrellas"}
    assert browser.post("/account", fields).status_code == 404
    with oidc_dashboard.database() as connection:
        assert connection.execute("SELECT password FROM user WHERE email LIKE 'ann@%'").fetchone() == (None,)


def test_reauthentication_by_another_user_is_rejected(plain_dashboard: Dashboard, provider: TestProvider) -> None:
    chief = plain_dashboard.browser("chief")
    provider.claims, provider.auth_time = {"sub": "v", "email": "viewer@example.com", "email_verified": True}, NOW
    assert "a different user" in sign_on(chief, "/login/oidc?proof=1").text


def test_without_a_provider_the_page_does_not_exist(dashboard: Dashboard) -> None:
    assert dashboard.browser().get("/login/oidc").status_code == 404


BASE = {"CONSENT_SECRET_KEY": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}
GOOD = {
    "CONSENT_OIDC_ISSUER": "https://login.example.com/realm/",
    "CONSENT_OIDC_CLIENT_ID": "consent",
    "CONSENT_OIDC_CLIENT_SECRET": "s",
    "CONSENT_OIDC_CREATE": "corp.example, Other.example",
    "CONSENT_OIDC_ROLE_CLAIM": "groups",
    "CONSENT_OIDC_ROLES": "staff=viewer, web team=marketing@shop,legal=admin@group:Brand sites",
}


def test_reads_the_provider_and_its_grants_from_the_settings() -> None:
    provider = load_settings(BASE | GOOD).provider
    assert provider
    assert (provider.issuer, provider.create) == ("https://login.example.com/realm", ("corp.example", "other.example"))
    assert provider.grants == (
        Grant("staff", "viewer"),
        Grant("web team", "marketing", site="shop"),
        Grant("legal", "admin", group="Brand sites"),
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"CONSENT_OIDC_ISSUER": "http://login.example.com"}, "must be https"),
        ({"CONSENT_OIDC_ISSUER": "login.example.com"}, "CONSENT_OIDC_ISSUER must be a URL such as"),
        ({"CONSENT_OIDC_ISSUER": ""}, "requires CONSENT_OIDC_ISSUER"),
        ({"CONSENT_OIDC_CLIENT_SECRET": ""}, "requires CONSENT_OIDC_CLIENT_ID and"),
        ({"CONSENT_OIDC_ROLES": "staff=owner"}, "CONSENT_OIDC_ROLES: 'staff=owner' is not like"),
        ({"CONSENT_OIDC_ROLES": ""}, "must be set together"),
        ({"CONSENT_OIDC_CREATE": "@corp"}, "is not a domain"),
    ],
)
def test_rejects_invalid_settings_at_startup(change: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        load_settings(BASE | GOOD | change)
