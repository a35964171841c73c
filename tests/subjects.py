"""Visitors who sign in: a site's keys, tokens as its server makes them, and devices with their cookies."""

import hmac
import json
import os
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from consent.core.choice import parse_choice
from consent.core.groups import OPTIONAL
from consent.signing.keys import base64url
from consent.signing.subject_token import subject_of
from tests.api.shop import ORIGIN, Shop

ID_KEY = bytes(range(32))
ACCOUNT = "customer 4711"
PLACES = {"FR": "?country=FR", "US-CA": "?country=US&subdivision=CA", "US-CO": "?country=US&subdivision=CO"}


def make_key(shop: Shop, site: str = "shop") -> str:
    """Create a key for a site's subject tokens through the API, and return its text."""
    headers = {"Authorization": shop.token("config:write"), "Content-Type": "application/json"}
    made = shop.client.post(f"/api/v1/sites/{site}/subject-keys", data="{}", headers=headers)
    assert made.status_code == 201, made.data
    return str(made.json["key"])


def make_token(key: str, account: str = ACCOUNT, site: str = "shop", realm: str = "shop", **claims: Any) -> str:
    """Return a token as the site's server makes it; `claims` are added to its claims or replace them."""
    _, kid, secret = key.split("_", 2)
    import base64

    now = int(time.time())
    said = {"aud": site, "sub": subject_of(ID_KEY, realm, account), "iat": now, "exp": now + 300}
    said |= {"jti": os.urandom(16).hex()} | claims
    head = {"alg": "HS256", "kid": kid, "typ": "consent-subject+jwt"}
    text = ".".join(base64url(json.dumps(part).encode()) for part in (head, said))
    mac = hmac.digest(base64.urlsafe_b64decode(secret + "="), text.encode(), "sha256")
    return f"{text}.{base64url(mac)}"


@dataclass
class Device:
    """One browser in one place, with its cookies from a site; `realm` is the one in the server's subject ids."""

    shop: Shop
    key: str
    place: str = "FR"
    gpc: bool = False
    account: str = ACCOUNT
    site: str = "shop"
    origin: str = ORIGIN
    realm: str = "shop"
    cookies: dict[str, str] = field(default_factory=dict)
    last: Any = None

    def token(self, **claims: Any) -> str:
        return make_token(self.key, self.account, **{"site": self.site, "realm": self.realm} | claims)

    def post(self, path: str, body: dict[str, Any]) -> TestResponse:
        url = f"/api/v1/sites/{self.site}/{path}{PLACES[self.place]}"
        answer = self.shop.client.post(url, data=json.dumps(body), headers=self._headers())
        self._keep(answer)
        return answer

    def sign_in(self, **facts: Any) -> TestResponse:
        """Join the account, as the page does at sign-in."""
        answer = self.post("account", {"subject": self.token()} | facts)
        self.last = answer.json
        return answer

    def sign_out(self) -> TestResponse:
        return self.post("account/forget", {})

    def decision(self, **headers: str) -> TestResponse:
        """Request the decision as a page does for a signed-in user."""
        url = f"/api/v1/sites/{self.site}/decision{PLACES[self.place]}"
        name = f"consent_{self.site}_own"
        own = {"own": self.cookies[name]} if name in self.cookies else {}
        query = "".join(f"&{name}={value}" for name, value in own.items())
        query += "&gpc=1" if self.gpc else ""
        return self.shop.client.get(url + query, headers=self._headers() | headers)

    def choose(self, *, granted: bool, signed_in: bool = True, **facts: Any) -> TestResponse:
        """Answer the banner, for the account if `signed_in`."""
        decision = self.page_decision()
        body: dict[str, Any] = {
            "key": secrets.token_hex(16),
            "config": decision["config"],
            "token": decision["token"],
            "action": "accept_all" if granted else "reject_all",
            "method": "click",
            "choices": dict.fromkeys(OPTIONAL, granted),
        }
        if signed_in:
            seen = self.decision(Consent_Subject=self.token()).json["account"]["version"]
            body |= {"subject": self.token(), "seen": seen}
        answer = self.post("receipts", body | facts)
        if answer.status_code in (200, 201):
            self.last = answer.json
        return answer

    def page_decision(self) -> Any:
        """Return the decision, with the write token, of a page that shows the banner in this place."""
        url = f"/api/v1/sites/{self.site}/decision{PLACES[self.place]}&view=banner"
        return self.shop.client.get(url, headers=self._headers()).json["banner"] | {"config": self.config()}

    def config(self) -> str:
        url = f"/api/v1/sites/{self.site}/decision"
        return str(self.shop.client.get(url, headers={"Host": self.origin.partition("://")[2]}).json["config"])

    @property
    def runs(self) -> list[str]:
        """Return the optional tags that run here according to the last answer."""
        return [tag for tag in self.last["decision"]["allowed_tags"] if tag != "session"]

    @property
    def own(self) -> Any:
        """Return the device's own choice from its cookies."""
        return parse_choice(self.cookies.get(f"consent_{self.site}"))

    def _headers(self) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Origin": self.origin,
            "Host": self.origin.partition("://")[2],
            "Authorization": self.shop.decide_token,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        return headers | ({"Sec-GPC": "1"} if self.gpc else {})

    def _keep(self, answer: TestResponse) -> None:
        for cookie in answer.headers.getlist("Set-Cookie"):
            pair, _, attributes = cookie.partition(";")
            name, _, value = pair.partition("=")
            if "Max-Age=0" in attributes:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
