"""A page with a script cached from before a publish: what it shows, records and runs stays consistent."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import rfc8785
from playwright.sync_api import Error, Page, expect

from tests.law.visits import claims_of
from tests.polling import wait_for
from tests.story.demo import Demo, Visitor

pytestmark = [pytest.mark.server, pytest.mark.long]

NEW = ("demo-chat", "demo-video")
"""What the site uses from the second version on."""
TITLE = "Everything anew"
ASKED = "/api/v1/sites/demo/decision"


def publish(demo: Demo, draft: dict[str, Any]) -> dict[str, Any]:
    """Publish `draft`; return a stranger's decision once it is from that version."""
    demo.command("config", "import", "demo", "-", given=json.dumps(draft))
    seen = ("--seen-by", "admin@shop.localhost")
    done = re.search(r"version (\d+)", demo.command("config", "publish", "demo", *seen, given=f"{demo.password}\n"))
    assert done
    version = int(done[1])

    def there() -> dict[str, Any] | None:
        found: dict[str, Any] = requests.get(demo.url + ASKED, timeout=10).json()
        return found if found["version"] == version else None

    return wait_for(there)


@pytest.fixture
def older(demo: Demo, visitor: Visitor) -> Iterator[tuple[Visitor, dict[str, Any], str]]:
    """Yield a visitor in Germany whose browser has cached an earlier version's script, and that version's facts."""
    draft = json.loads(demo.command("config", "export", "demo"))
    before = json.loads(json.dumps(draft))
    before["overrides"]["decision_seconds"] = 300
    for tag in before["tags"]:
        tag["enabled"] = tag["enabled"] and tag["vendor"] not in NEW
    before["vendors"] = [vendor for vendor in before["vendors"] if vendor["id"] not in NEW]
    before["tags"] = [tag for tag in before["tags"] if tag["vendor"] not in NEW]
    was = publish(demo, before)
    texts = requests.get(f"{demo.url}/api/v1/sites/demo/texts/en", timeout=10).json()["texts"]
    visitor.visit("/", visit="DE", language="en")
    after = json.loads(json.dumps(draft))
    after["texts"]["languages"].setdefault("en", {})["preferences_title"] = TITLE
    next(tag for tag in after["tags"] if tag["vendor"] == "demo-ads")["enabled"] = False
    assert publish(demo, after)["version"] > was["version"]
    demo.forget_hits()
    page = visitor.visit("/plants/monstera")
    assert page.evaluate("consent.get().version") == was["version"]
    yield visitor, was, "sha256:" + hashlib.sha256(rfc8785.dumps(texts)).hexdigest()
    publish(demo, draft)


def receipt_of(page: Page, name: str) -> dict[str, Any]:
    """Press a button and return the claims of that choice's receipt."""
    with page.expect_response(lambda r: r.url.endswith("/receipts") and r.request.method == "POST") as sent:
        page.get_by_role("button", name=name, exact=True).first.click()
    assert sent.value.status == 201, sent.value.text()
    return claims_of(sent.value.json()["receipt"])


def test_all_that_is_accepted_is_what_the_page_told_of_and_what_is_off_since_stays_off(older: Any) -> None:
    visitor, was, text = older
    receipt = receipt_of(visitor.page, "Accept all")
    assert (receipt["config"], receipt["text"]) == (was["config"], text)
    visitor.settle()
    assert set(visitor.demo.hits()) == {"analytics"}
    expect(visitor.page.get_by_role("button", name="Reject all", exact=True)).to_have_count(0)


def test_the_second_layer_offers_what_the_page_told_of_and_its_receipt_is_kept(older: Any) -> None:
    visitor, was, text = older
    page = visitor.page
    page.get_by_role("button", name="Settings", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", level=2)).to_have_text("Your privacy choices")
    for summary in dialog.locator("summary").all():
        summary.click()
    names = dialog.locator("li label").all_inner_texts()
    assert [name for name in names if "chat" in name.lower() or "video" in name.lower()] == []
    dialog.locator("li", has_text="Analytics").get_by_role("switch").check()
    receipt = receipt_of(page, "Save my choice")
    assert (receipt["config"], receipt["text"], receipt["layer"]) == (was["config"], text, 2)
    assert receipt["vendors"] == {"demo-analytics": True}
    visitor.settle()
    assert set(visitor.demo.hits()) == {"analytics"}


def test_a_frame_of_a_vendor_that_the_page_did_not_tell_of_can_be_loaded_once_and_not_be_allowed(older: Any) -> None:
    visitor, _, _ = older
    page = visitor.page
    expect(page.get_by_role("button", name="Load once")).to_be_visible()
    expect(page.get_by_role("button", name="Always allow")).to_have_count(0)
    with pytest.raises(Error, match="name a group or vendor"):
        page.evaluate("consent.set({}, {'demo-video': true})")
    receipt_of(page, "Reject all")
    page.get_by_role("button", name="Load once").click()
    page.wait_for_function("() => document.querySelector('iframe').src")
    # Visitors are asked about what the publish added as soon as the browser fetches the script again.
    page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    visitor.visit("/plants/monstera")
    assert page.evaluate("consent.get().show") == "none"
    expect(page.get_by_role("button", name="Always allow")).to_be_visible()


def test_a_page_in_a_language_that_the_site_no_longer_offers_goes_on_in_it(demo: Demo, visitor: Visitor) -> None:
    draft = json.loads(demo.command("config", "export", "demo"))
    keeping = draft | {"overrides": draft["overrides"] | {"decision_seconds": 300}}
    was = publish(demo, keeping)
    visitor.visit("/", visit="DE", language="de")
    languages = {name: own for name, own in draft["texts"]["languages"].items() if name != "de"}
    publish(demo, draft | {"texts": draft["texts"] | {"languages": languages}})
    page = visitor.visit("/plants/monstera")
    assert page.evaluate("[consent.get().version, consent.get().language]") == [was["version"], "de"]
    page.get_by_role("button", name="Einstellungen", exact=True).first.click()
    expect(page.get_by_role("dialog").get_by_role("switch", name="Funktional", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    assert receipt_of(page, "Alle akzeptieren")["language"] == "de"
    visitor.settle()
    assert "analytics" in visitor.demo.hits()
    publish(demo, draft)
