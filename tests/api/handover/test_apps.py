"""Native apps: the example in the docs runs against the service, and its receipts record the channel."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.api.shop import ORIGIN, claims_of
from tests.handovers import add_brand, publish_site, share
from tests.subjects import make_key, make_token
from tests.wsgi_server import serving

pytestmark = pytest.mark.app

APP = "com.example.shop"


@pytest.fixture
def shop_with_app(shop):
    publish_site(shop, "shop", lambda draft: draft["overrides"].update(apps=[APP]))
    return shop


def test_the_example_app_refuses_chooses_offline_signs_in_and_drops_what_was_erased(shop_with_app):
    shop = shop_with_app
    add_brand(shop)
    publish_site(shop, "brand-b", share("shop"))
    publish_site(shop, "shop", lambda draft: share("brand-b")(draft) or draft["overrides"].update(accounts=True))
    key = make_key(shop)
    with serving(shop.service.wsgi_app) as port:
        facts = {
            "service": f"http://127.0.0.1:{port}",
            "eraser": shop.token("receipts:read", "privacy:erase", "privacy:write"),
            "tokens": [make_token(key) for _ in range(4)],
        }
        run = ["node", str(Path(__file__).parent / "app_story.mjs")]
        done = subprocess.run(run, input=json.dumps(facts), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    story = json.loads(done.stdout)
    assert story["first"] == {"show": "ask", "runs": False, "hasTexts": True}
    assert (story["refused"]["runs"], story["refused"]["waits"]) == (False, 0)
    assert story["refused"]["choice"].startswith("v1.")
    assert story["offline"] == {"waits": 1, "runs": False}
    assert (story["online"]["waits"], story["online"]["runs"]) == (0, True)
    assert '"site":"shop","choice":"v1.' in story["online"]["webview"]
    assert story["late"] == {"runs": False, "decision": None}
    assert story["erased"] == {"status": 201, "waits": 0}
    # The place is unknown, so the strictest law applies: the device's opt-out became the account's.
    assert story["account"] == ["account_applied"]
    assert story["signedIn"] == {"waits": 0, "runs": False}
    assert story["signedOut"]["runs"] is False
    assert "consent_shop_own" not in story["signedOut"]["cookies"]
    # The choice grants, so the handover leaves the grants out: anybody may be using the browser that opens the link.
    assert story["address"].startswith(
        "https://brand-b.example/page#top&cho=h1.app:com%2Eexample%2Eshop.brand-b%2Eexample."
    )
    assert "-00000000" in story["address"]
    assert story["foreign"] == 403


@pytest.mark.parametrize(("sent", "channel"), [("header", "app"), ("body", "webview")])
def test_a_receipt_records_its_channel_and_nothing_else_changes(shop_with_app, sent, channel):
    body = shop_with_app.choice(**({"channel": "webview"} if sent == "body" else {}))
    if sent == "header":
        answer = shop_with_app.choose(body, origin=None, Consent_App=f"app:{APP}", Host="consent.example.com")
        assert "consent_shop" in answer.headers["Set-Cookie"]
    else:
        answer = shop_with_app.choose(body)
    claims = claims_of(shop_with_app, answer)
    assert (claims["schema"], claims["channel"], claims["origin_checked"]) == (
        "consent-receipt/2",
        channel,
        channel == "webview",
    )
    assert not {"scope", "carried", "judged_by", "source"} & set(claims)
    plain = claims_of(shop_with_app, shop_with_app.choose(shop_with_app.choice(key="f" * 32)))
    assert (plain["schema"], "channel" in plain) == ("consent-receipt/1", False)


def test_rejects_an_app_that_the_site_does_not_list(shop_with_app):
    body = shop_with_app.choice()
    answer = shop_with_app.choose(body, origin=None, Consent_App="app:com.example.other")
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "unknown_app")
    page = shop_with_app.choose(body, origin=ORIGIN, Consent_App=f"app:{APP}")
    assert claims_of(shop_with_app, page)["schema"] == "consent-receipt/1"
