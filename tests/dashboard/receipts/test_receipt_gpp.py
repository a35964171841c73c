"""The GPP string derived from a receipt: recomputed, and explained field by field."""

import base64
import html
import json
import re
from typing import Any

import pytest

from consent.app import load_artifacts, load_rules
from consent.core.merkle import leaf_hash
from consent.publishing.publish import publish
from consent.signing.receipt_claims import Signer
from consent.storage.sites import sites
from tests.audit_authors import author_of
from tests.code_guards import guard_of
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import RECEIPT

PAGE = f"/sites/demo/receipts/{RECEIPT}"
GPP = {"approach": "both", "mspa": "none", "sensitive": ["health"], "opt_out_notice": True}
TEXAN = {"country": "US", "subdivision": "TX", "source": "geoip"}


@pytest.fixture
def config(dashboard: Dashboard) -> str:
    """Publish the demo with GPP, and return its config's name."""
    draft = dashboard.draft()
    draft["overrides"] |= {"sends": ["gpp"], "gpp": GPP, "sensitive_paths": ["/health*"]}
    with dashboard.engine.begin() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        sites.save_draft(connection, site.id, json.dumps(draft), sites.read_draft(connection, site.id).revision)
    author, guard = author_of(dashboard.folder, "command line"), guard_of(dashboard.folder)
    published = publish(dashboard.engine, "demo", load_rules(), load_artifacts(), guard, author)
    return published.name


def sign_again(dashboard: Dashboard, **changes: Any) -> None:
    with dashboard.database() as connection:
        jws = connection.execute("SELECT jws FROM receipt WHERE id = ?", (RECEIPT,)).fetchone()[0]
        payload = jws.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))) | changes
        signed = Signer(dashboard.keys.receipt).sign(claims)
        connection.execute(
            "UPDATE receipt SET jws = ?, leaf_hash = ? WHERE id = ?", (signed, leaf_hash(signed.encode()), RECEIPT)
        )


def choice(advertising: bool | None, **signals: Any) -> dict[str, Any]:
    answers = {"functional": None, "analytics": None, "advertising": advertising}
    seen = {"gpc": False, "dnt": False, "age_band": "unknown"} | signals
    return {"requested": answers, "effective": answers, "signals": seen, "regime": "us_tx", "place": TEXAN}


def shown(dashboard: Dashboard) -> tuple[str, dict[str, str]]:
    """Return the string on the page, and the text for each field of its first section."""
    page = dashboard.browser("compliance").get(PAGE).text
    part = html.unescape(page.partition('id="gpp"')[2].partition("</section>")[0])
    found = re.search(r"<p><code>([^<]+)</code>", part)
    rows = re.findall(r"<small><code>(\w+)</code></small></td><td>([^<]+)</td>", part.partition("</details>")[0])
    return found[1] if found else "", dict(rows)


def test_a_refusal_is_described_in_words(dashboard: Dashboard, config: str) -> None:
    sign_again(dashboard, config=config, **choice(False))
    string, words = shown(dashboard)
    assert string == "DBACLRg~CVVVBAAAAACA.Q~BVUEAAg.Q"
    assert words["SaleOptOut"] == words["SharingOptOut"] == words["TargetedAdvertisingOptOut"] == "opted out"
    assert words["SaleOptOutNotice"] == "given"
    assert words["SensitiveDataProcessing"] == "Health: no consent"
    assert (words["KnownChildSensitiveDataConsents"], words["MspaCoveredTransaction"]) == ("not applicable", "no")
    assert (words["Version"], words["Gpc"]) == ("2", "not seen")


def test_a_grant_and_a_signal_are_described_as_they_were_decided(dashboard: Dashboard, config: str) -> None:
    sign_again(dashboard, config=config, **choice(True))
    _, words = shown(dashboard)
    assert (words["SaleOptOut"], words["SensitiveDataProcessing"]) == ("did not opt out", "Health: consent")
    sign_again(dashboard, config=config, conflict_shown=False, **choice(True, gpc=True))
    _, words = shown(dashboard)
    assert (words["SaleOptOut"], words["Gpc"]) == ("opted out", "seen")
    sign_again(dashboard, config=config, conflict_shown=True, **choice(True, gpc=True))
    assert shown(dashboard)[1]["SaleOptOut"] == "did not opt out"
    sign_again(dashboard, config=config, **choice(False, age_band="under13"))
    assert shown(dashboard)[1]["KnownChildSensitiveDataConsents"] == "under 13: no consent"


def test_elsewhere_none_applies_and_a_site_without_it_shows_none(dashboard: Dashboard, config: str) -> None:
    german = {"country": "DE", "subdivision": None, "source": "geoip"}
    sign_again(dashboard, config=config, **(choice(False) | {"place": german, "regime": "eu_opt_in"}))
    assert shown(dashboard) == ("DBAA", {})
    assert "No section applies" in dashboard.browser("compliance").get(PAGE).text


def test_a_site_that_did_not_send_it_shows_none(dashboard: Dashboard) -> None:
    page = dashboard.browser("compliance").get(PAGE).text
    assert "What could run after this choice" in page
    assert 'id="gpp"' not in page
