"""Custom code: pasted, looked at, kept off, approved by an admin."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from consent.storage import own_vendors
from tests.dashboard.cast import OWN_VENDOR, Browser, Desk
from tests.dashboard.test_hostile import TEXTS
from tests.dashboard.watched import watched

NEW = "/sites/demo/tags/new/custom"
CODE = "<script>document.cookie = 'acme_id=1'; document.write('<b>')</script><img src=https://pixel.acme.example/i>"
FORM = {"code": CODE, "purpose": "visitor_statistics"}
TAG = "custom-code-from-pixel-acme-example"


def _tag(desk: Desk, tag_id: str = TAG) -> dict[str, Any]:
    found: dict[str, Any] = next(tag for tag in desk.draft()["tags"] if tag["id"] == tag_id)
    return found


def _own(desk: Desk) -> list[dict[str, Any]]:
    with desk.engine.connect() as connection:
        return [one for one in own_vendors.documents(connection, 1) if one["id"] != OWN_VENDOR["id"]]


def _hash(browser: Browser, tag: str = TAG) -> str:
    found = re.search(r'name="code" value="(sha256:[0-9a-f]{64})"', browser.get(f"/sites/demo/tags/{tag}").text)
    assert found
    return found[1]


def test_what_can_be_seen_of_code_is_shown_before_anything_is_saved(desk: Desk) -> None:
    marketing, before = desk.browser("marketing"), desk.draft()
    page = marketing.post(f"{NEW}/check", {"code": CODE}, HX_Request="true").text
    for words in ("pixel.acme.example", "in no vendor of the catalogue", "acme_id", "document.write empties the page"):
        assert words in page
    known = marketing.post(f"{NEW}/check", {"code": "https://static.hotjar.com/c/hotjar-1.js"}).text
    assert re.search(r'<option value="hotjar" selected>Hotjar', known)
    tagged = marketing.post(f"{NEW}/check", {"code": "https://www.googletagmanager.com/gtag/js?id=G-1"}).text
    assert "/tags/new/google-analytics/ga4" in tagged, "the catalogue has a tag for it"
    assert desk.draft() == before


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"purpose": ""}, "purpose", "Choose what it is for"),
        ({"purpose": "world_peace"}, "purpose", "Choose what it is for"),
        ({"code": ""}, "code", "no script, image or frame"),
        ({"code": "<div>hi</div>"}, "code", "this has &lt;div&gt;"),
        ({"code": "javascript:alert(1)"}, "code", "text outside of scripts"),
        ({"purpose": "payment"}, "necessity", "Say what visitors asked for"),
        ({"vendor": "never-made"}, "vendor", "There is no such vendor"),
        ({"vendor": "another", "company": "a" * 201}, "company", "This must be filled in"),
        ({"vendor": "hotjar", "purpose": "chat"}, "purpose", "belongs to a later group"),
        ({"name": "Acme\u202efdp"}, "name", "without signs that turn the direction of writing"),
        ({"vendor": "another", "company": "\u2066Acme"}, "company", "without signs that turn"),
    ],
)
def test_code_that_cannot_be_kept_is_refused_beside_its_field(
    desk: Desk, change: dict[str, str], field: str, words: str
) -> None:
    before = desk.draft()
    answer = desk.browser("marketing").post(NEW, FORM | change)
    assert answer.status_code == 422
    fault = re.search(rf'id="fault-{field}">([^<]+)<', answer.text)
    assert fault, answer.text
    assert words in fault[1]
    assert (desk.draft(), _own(desk)) == (before, [])


def test_code_is_kept_off_with_its_vendor_hosts_and_cookies(desk: Desk) -> None:
    marketing = desk.browser("marketing")
    answer = marketing.post(NEW, FORM | {"company": "Acme Ltd"})
    assert answer.headers["Location"] == f"/sites/demo/tags/{TAG}#code"
    tag = _tag(desk)
    assert (tag["enabled"], tag["group"], tag["vendor"], tag["sale_or_share"]) == (
        False,
        "analytics",
        "own-acme-ltd",
        True,
    )
    assert tag["load"]["hosts"] == ["pixel.acme.example"]
    assert {"name": "acme_id", "vendor": "own-acme-ltd", "group": "analytics"}.items() <= desk.draft()["cookies"][
        -1
    ].items()
    (document,) = _own(desk)
    assert (document["id"], document["company"], document["hosts"]) == (
        "own-acme-ltd",
        "Acme Ltd",
        ["pixel.acme.example"],
    )
    page = marketing.get("/sites/demo/tags").text
    assert "waits for an admin to approve its code" in page
    assert "Approve this code" not in marketing.get(f"/sites/demo/tags/{TAG}").text


def test_code_without_a_host_is_the_sites_own(desk: Desk) -> None:
    desk.browser("marketing").post(NEW, {"code": "<script>go()</script>", "purpose": "feature_state", "name": "Go"})
    tag = _tag(desk, "go")
    assert (tag["third_party"], tag["vendor"]) == (False, "own-little-grove")
    assert _own(desk)[0]["company"] == "Little Grove"


def test_code_of_a_known_vendor_brings_its_cookies(desk: Desk) -> None:
    form = {"code": "https://static.hotjar.com/c/hotjar-1.js", "purpose": "session_replay"}
    assert desk.browser("marketing").post(NEW, form).status_code == 302
    draft = desk.draft()
    assert draft["tags"][-1]["vendor"] == "hotjar"
    assert "_hjSession_*" in {cookie["name"] for cookie in draft["cookies"]}
    assert _own(desk) == []


def test_it_runs_once_an_admin_has_approved_the_very_hash(desk: Desk) -> None:
    marketing, admin = desk.browser("marketing"), desk.browser("admin")
    marketing.post(NEW, FORM)
    path = f"/sites/demo/tags/{TAG}"
    assert marketing.post(f"{path}/enabled", {"enabled": "1"}).status_code == 422
    seen = _hash(admin)
    assert marketing.post(f"{path}/approval", {"code": seen}).status_code == 403
    admin.post(f"{path}/approval", {"code": "sha256:" + "0" * 64})
    assert "approved" not in _tag(desk), "another hash approves nothing"
    admin.post(f"{path}/approval", {"code": seen})
    assert _tag(desk)["approved"]["code"] == seen
    assert re.search(r"Approved</span> by\s+Admin", admin.get(path).text)
    assert marketing.post(f"{path}/enabled", {"enabled": "1"}).status_code == 302
    assert _tag(desk)["enabled"]


def test_an_approval_asks_who_is_there(desk: Desk) -> None:
    admin = desk.browser("admin")
    desk.browser("marketing").post(NEW, FORM)
    seen = _hash(admin)
    with desk.database() as connection:
        connection.execute("UPDATE browser_session SET proved_at = 0")
    answer = admin.post(f"/sites/demo/tags/{TAG}/approval", {"code": seen})
    assert answer.status_code == 401
    assert "approved" not in _tag(desk)


def test_other_code_is_off_again_and_the_old_hash_approves_it_no_more(desk: Desk) -> None:
    admin = desk.browser("admin")
    admin.post(NEW, FORM)
    seen, path = _hash(admin), f"/sites/demo/tags/{TAG}"
    admin.post(f"{path}/approval", {"code": seen})
    admin.post(f"{path}/enabled", {"enabled": "1"})
    assert "&lt;img src=" in admin.get(f"{path}/code").text
    admin.post(f"{path}/code", FORM | {"code": "https://pixel.acme.example/other.js"})
    assert (_tag(desk)["enabled"], "approved" in _tag(desk)) == (False, False)
    admin.post(f"{path}/approval", {"code": seen})
    assert "approved" not in _tag(desk)
    page = admin.get(path).text
    assert "The code has changed since you looked at it." in page
    assert admin.post(f"{path}/code", {"code": "<b>", "purpose": "chat"}).status_code == 422


def test_tags_that_are_no_custom_code_have_none(desk: Desk) -> None:
    admin = desk.browser("admin")
    assert admin.get("/sites/demo/tags/demo-ads/code").headers["Location"] == "/sites/demo/tags/demo-ads"
    assert admin.get("/sites/demo/tags/never/code").status_code == 404
    assert admin.post("/sites/demo/tags/demo-ads/code", FORM).status_code == 404
    assert admin.post("/sites/demo/tags/demo-ads/approval", {"code": "x"}).status_code == 404


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_code_and_names_are_text(desk: Desk, text: str) -> None:
    marketing = desk.browser("marketing")
    code = f"<script>/* {text} */ document.cookie='<i>x=1'</script>" if "</" not in text else "<script>1</script>"
    answer = marketing.post(NEW, {"code": code, "purpose": "chat", "name": text, "company": text, "vendor": "another"})
    pages = [answer.text, marketing.post(f"{NEW}/check", {"code": text, "company": text, "name": text}).text]
    pages += [marketing.get(f"/sites/demo/tags{path}").text for path in ("", f"/{desk.draft()['tags'][-1]['id']}")]
    for page in pages:
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page
        assert "<svg onload" not in page


def test_a_marketer_pastes_code_with_four_clicks(browser: Chromium, desk: Desk, served: str) -> None:
    with watched(browser, served) as view:
        page = view.sign_in("marketing")
        view.open("/sites/demo/tags")
        page.get_by_role("button", name="Custom code").click()  # 1
        expect(page.get_by_label("Address of a script, or HTML")).to_be_focused()
        page.keyboard.insert_text(CODE)  # 2, a field
        expect(page.get_by_text("document.write empties the page")).to_be_visible()
        expect(page.locator("#findings")).to_contain_text("acme_id")
        page.get_by_label("What is it for?").select_option("visitor_statistics")  # 3
        expect(page.get_by_text("Its group is analytics")).to_be_visible()
        page.get_by_role("button", name="Save as draft, off").click()  # 4
        expect(page.get_by_text("Not approved")).to_be_visible()
    assert not _tag(desk)["enabled"]
