"""Withdrawal and what is recorded: assertions 13 and 33."""

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
import rfc8785
from playwright.sync_api import Page, expect

from tests.law.visits import Arrive, claims_of
from tests.polling import wait_for
from tests.story.demo import Demo

pytestmark = pytest.mark.server


def press_and_read(page: Page, name: str, within: str = "") -> dict[str, Any]:
    """Press a button and return the response to the choice it made."""
    place = page.get_by_role("dialog") if within else page
    with page.expect_response(lambda r: r.url.endswith("/receipts") and r.request.method == "POST") as sent:
        place.get_by_role("button", name=name, exact=True).first.click()
    assert sent.value.status == 201
    found: dict[str, Any] = sent.value.json()
    return found


def test_assertion_13_taking_back_takes_one_act_from_the_reopened_choice_and_reaches_vendors_and_log(
    arrive: Arrive, demo: Demo
) -> None:
    visitor = arrive("DE")
    page = visitor.page
    given = press_and_read(page, "Accept all")
    visitor.settle()
    page.get_by_role("button", name="Privacy choices").first.click()
    page.evaluate("""() => { const stop = demoAnalytics.stop
        demoAnalytics.stop = (...args) => { sessionStorage.stopped = "1"; return stop?.apply(demoAnalytics, args) } }""")
    with page.expect_request(lambda r: r.url.endswith("/receipts") and r.method == "POST") as sent:
        page.get_by_role("dialog").get_by_role("button", name="Reject all", exact=True).click()
    assert sent.value.post_data_json["action"] == "withdraw"
    page.wait_for_function("() => sessionStorage.stopped === '1'")
    token = demo.command("token", "create", "--scope", "receipts:read")
    items = newest(demo, token, given["id"])
    assert items[0]["action"] == "withdraw"


def newest(demo: Demo, token: str, before: str) -> list[dict[str, Any]]:
    """Return the demo's receipts after `before`, newest first, once there is one; both may be from the same second."""

    def later() -> list[dict[str, Any]]:
        answer = requests.get(
            f"{demo.url}/api/v1/sites/demo/receipts", headers={"Authorization": f"Bearer {token}"}, timeout=10
        )
        items: list[dict[str, Any]] = answer.json()["items"]
        since = next(item["time"] for item in items if item["id"] == before)
        return [item for item in items if item["id"] != before and item["time"] >= since]

    found: list[dict[str, Any]] = wait_for(later)
    return found


def test_assertion_33_a_choice_makes_one_receipt_that_holds_what_was_shown_and_can_be_verified(
    arrive: Arrive, demo: Demo, tmp_path: Path
) -> None:
    visitor = arrive("DE")
    page = visitor.page
    token = demo.command(
        "token", "create", "--scope", "receipts:read", "--scope", "receipts:export", "--scope", "log:read"
    )
    bearer = {"Authorization": f"Bearer {token}"}
    before = receipt_ids(demo, bearer)
    made = press_and_read(page, "Accept all")
    page.wait_for_function("() => !localStorage.getItem('consent_demo_queue')")
    assert receipt_ids(demo, bearer) - before == {made["id"]}
    # What the banner could show, hashed as described in design section 8.
    texts = requests.get(f"{demo.url}/api/v1/sites/demo/texts/en", timeout=10).json()["texts"]
    assert claims_of(made["receipt"])["text"] == "sha256:" + hashlib.sha256(rfc8785.dumps(texts)).hexdigest()
    expect(page.get_by_role("button", name=texts["back"]).first).to_be_visible()
    (tmp_path / "demo.vkey").write_bytes(requests.get(f"{demo.url}/log/demo/vkey", headers=bearer, timeout=10).content)
    (tmp_path / "demo.jwks").write_bytes(requests.get(f"{demo.url}/.well-known/jwks.json", timeout=10).content)
    (tmp_path / "one.tlog-proof").write_bytes(proof(demo, made["id"]))
    said = demo.command(
        "verify",
        str(tmp_path / "one.tlog-proof"),
        "--key",
        str(tmp_path / "demo.vkey"),
        "--key",
        str(tmp_path / "demo.jwks"),
    )
    assert made["id"] in said
    schema = json.loads((Path(__file__).parents[2] / "consent" / "data" / "consent-record.schema.json").read_text())
    export = requests.get(
        f"{demo.url}/api/v1/sites/demo/receipts/export", params={"format": "iso27560"}, headers=bearer, timeout=30
    ).json()
    assert any("sec:jws" in node and node["dct:source"].endswith(made["id"]) for node in export["@graph"])
    jsonschema.validate(export, schema)


def receipt_ids(demo: Demo, bearer: dict[str, str]) -> set[str]:
    """Return the ids of the newest receipts, more than the tests before this one can have made."""
    answer = requests.get(
        f"{demo.url}/api/v1/sites/demo/receipts", params={"limit": 500}, headers=bearer, timeout=10
    ).json()
    return {one["id"] for one in answer["items"]}


def proof(demo: Demo, receipt: str) -> bytes:
    """Return the proof of a receipt once it is in the log."""
    until = time.monotonic() + 60
    while (answer := requests.get(f"{demo.url}/api/v1/receipts/{receipt}/proof", timeout=10)).status_code == 202:
        assert time.monotonic() < until
        time.sleep(0.2)
    assert answer.status_code == 200
    return answer.content
