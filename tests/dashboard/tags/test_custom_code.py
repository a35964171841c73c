"""Custom code: pasted, checked, saved as off, approved by an admin."""

import html
import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from consent.storage.sites import custom_vendors
from tests.dashboard.client import Browser, Dashboard
from tests.dashboard.hostile_texts import TEXTS
from tests.dashboard.sample_data import OWN_VENDOR
from tests.dashboard.strict_page import strict_page

pytestmark = pytest.mark.extended

NEW = "/sites/demo/tags/new/custom"
CODE = "<script>document.cookie = 'acme_id=1'; document.write('<b>')</script><img src=https://pixel.acme.example/i>"
FORM = {"code": CODE, "purpose": "visitor_statistics"}
TAG = "custom-code-from-pixel-acme-example"


def _tag(dashboard: Dashboard, tag_id: str = TAG) -> dict[str, Any]:
    found: dict[str, Any] = next(tag for tag in dashboard.draft()["tags"] if tag["id"] == tag_id)
    return found


def _own(dashboard: Dashboard) -> list[dict[str, Any]]:
    with dashboard.engine.connect() as connection:
        return [one for one in custom_vendors.documents(connection, 1) if one["id"] != OWN_VENDOR["id"]]


def _hash(browser: Browser, tag: str = TAG) -> str:
    found = re.search(r'name="code" value="(sha256:[0-9a-f]{64})"', browser.get(f"/sites/demo/tags/{tag}").text)
    assert found
    return found[1]


def test_what_can_be_seen_of_code_is_shown_before_anything_is_saved(dashboard: Dashboard) -> None:
    marketing, before = dashboard.browser("marketing"), dashboard.draft()
    page = marketing.post(f"{NEW}/check", {"code": CODE}, HX_Request="true").text
    for words in ("pixel.acme.example", "in no vendor of the catalog", "acme_id", "document.write empties the page"):
        assert words in page
    known = marketing.post(f"{NEW}/check", {"code": "https://static.hotjar.com/c/hotjar-1.js"}).text
    assert re.search(r'<option value="hotjar" selected>Hotjar', known)
    tagged = marketing.post(f"{NEW}/check", {"code": "https://www.googletagmanager.com/gtag/js?id=G-1"}).text
    assert "/tags/new/google-analytics/ga4" in tagged, "the catalog has a tag for it"
    assert dashboard.draft() == before


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
        ({"vendor": "another", "company": "a" * 201}, "company", "Enter one line of at most 200 characters"),
        ({"vendor": "hotjar", "purpose": "chat"}, "purpose", "belongs to a later group"),
        ({"name": "Acme\u202efdp"}, "name", "without text-direction marks"),
        ({"vendor": "another", "company": "\u2066Acme"}, "company", "without text-direction marks"),
    ],
)
def test_code_that_cannot_be_kept_is_refused_beside_its_field(
    dashboard: Dashboard, change: dict[str, str], field: str, words: str
) -> None:
    before = dashboard.draft()
    answer = dashboard.browser("marketing").post(NEW, FORM | change)
    assert answer.status_code == 422
    fault = re.search(rf'id="fault-{field}">([^<]+)<', answer.text)
    assert fault, answer.text
    assert words in fault[1]
    assert (dashboard.draft(), _own(dashboard)) == (before, [])


def test_code_is_kept_off_with_its_vendor_hosts_and_cookies(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    answer = marketing.post(NEW, FORM | {"company": "Acme Ltd"})
    assert answer.headers["Location"] == f"/sites/demo/tags/{TAG}#code"
    tag = _tag(dashboard)
    assert (tag["enabled"], tag["group"], tag["vendor"], tag["sale_or_share"]) == (
        False,
        "analytics",
        "own-acme-ltd",
        True,
    )
    assert tag["load"]["hosts"] == ["pixel.acme.example"]
    assert {"name": "acme_id", "vendor": "own-acme-ltd", "group": "analytics"}.items() <= dashboard.draft()["cookies"][
        -1
    ].items()
    (document,) = _own(dashboard)
    assert (document["id"], document["company"], document["hosts"]) == (
        "own-acme-ltd",
        "Acme Ltd",
        ["pixel.acme.example"],
    )
    page = marketing.get("/sites/demo/tags").text
    assert "waits for an admin to approve its code" in page
    assert "Approve this code" not in marketing.get(f"/sites/demo/tags/{TAG}").text


def test_code_without_a_host_is_the_sites_own(dashboard: Dashboard) -> None:
    dashboard.browser("marketing").post(
        NEW, {"code": "<script>go()</script>", "purpose": "feature_state", "name": "Go"}
    )
    tag = _tag(dashboard, "go")
    assert (tag["third_party"], tag["vendor"]) == (False, "own-little-grove")
    assert _own(dashboard)[0]["company"] == "Little Grove"


def test_code_of_a_known_vendor_brings_its_cookies(dashboard: Dashboard) -> None:
    form = {"code": "https://static.hotjar.com/c/hotjar-1.js", "purpose": "session_replay"}
    assert dashboard.browser("marketing").post(NEW, form).status_code == 302
    draft = dashboard.draft()
    assert draft["tags"][-1]["vendor"] == "hotjar"
    assert "_hjSession_*" in {cookie["name"] for cookie in draft["cookies"]}
    assert _own(dashboard) == []


def test_it_runs_once_an_admin_has_approved_the_very_hash(dashboard: Dashboard) -> None:
    marketing, admin = dashboard.browser("marketing"), dashboard.browser("admin")
    marketing.post(NEW, FORM)
    path = f"/sites/demo/tags/{TAG}"
    assert marketing.post(f"{path}/enabled", {"enabled": "1"}).status_code == 422
    seen = _hash(admin)
    assert marketing.post(f"{path}/approval", {"code": seen}).status_code == 403
    admin.post(f"{path}/approval", {"code": "sha256:" + "0" * 64})
    assert "Not approved" in admin.get(path).text, "another hash approves nothing"
    admin.post(f"{path}/approval", {"code": seen})
    assert "approved" not in _tag(dashboard), "no field of a document approves"
    assert re.search(r"Approved</span> by\s+Admin", admin.get(path).text)
    assert marketing.post(f"{path}/enabled", {"enabled": "1"}).status_code == 302
    assert _tag(dashboard)["enabled"]


def test_an_approval_asks_who_is_there(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    dashboard.browser("marketing").post(NEW, FORM)
    seen = _hash(admin)
    with dashboard.database() as connection:
        connection.execute("UPDATE browser_session SET authenticated_at = 0")
    answer = admin.post(f"/sites/demo/tags/{TAG}/approval", {"code": seen})
    assert answer.status_code == 401
    assert "Not approved" in admin.get(f"/sites/demo/tags/{TAG}").text


def test_other_code_is_off_again_and_the_old_hash_approves_it_no_more(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    admin.post(NEW, FORM)
    seen, path = _hash(admin), f"/sites/demo/tags/{TAG}"
    admin.post(f"{path}/approval", {"code": seen})
    admin.post(f"{path}/enabled", {"enabled": "1"})
    assert "&lt;img src=" in admin.get(f"{path}/code").text
    admin.post(f"{path}/code", FORM | {"code": "https://pixel.acme.example/other.js"})
    assert not _tag(dashboard)["enabled"]
    admin.post(f"{path}/approval", {"code": seen})
    page = admin.get(path).text
    assert "The code has changed since you looked at it." in page
    assert "Not approved" in page
    assert admin.post(f"{path}/enabled", {"enabled": "1"}).status_code == 422
    assert admin.post(f"{path}/code", {"code": "<b>", "purpose": "chat"}).status_code == 422


def test_a_withdrawn_approval_switches_the_tag_off_and_keeps_it_off(dashboard: Dashboard) -> None:
    marketing, admin, path = dashboard.browser("marketing"), dashboard.browser("admin"), f"/sites/demo/tags/{TAG}"
    marketing.post(NEW, FORM)
    admin.post(f"{path}/approval", {"code": _hash(admin)})
    admin.post(f"{path}/enabled", {"enabled": "1"})
    assert marketing.post(f"{path}/approval/withdrawal").status_code == 403
    admin.post(f"{path}/approval/withdrawal")
    assert "The approval is withdrawn" in admin.get(path).text
    assert not _tag(dashboard)["enabled"]
    answer = marketing.post(f"{path}/enabled", {"enabled": "1"})
    assert (answer.status_code, "An admin withdrew the approval of its code" in answer.text) == (422, True)
    admin.post(f"{path}/approval", {"code": _hash(admin)})
    assert marketing.post(f"{path}/enabled", {"enabled": "1"}).status_code == 302


def test_a_load_that_the_catalog_does_not_give_is_shown_and_approved_as_code(dashboard: Dashboard) -> None:
    admin, path = dashboard.browser("admin"), "/sites/demo/tags/demo-ads"
    assert "Approve this code" not in admin.get(path).text
    draft = dashboard.draft()
    tag = next(one for one in draft["tags"] if one["id"] == "demo-ads")
    tag |= {"enabled": False, "load": tag["load"] | {"calls": [{"call": "jQuery.load", "args": ["<b>"]}]}}
    with dashboard.database() as connection:
        connection.execute("UPDATE site SET draft = ? WHERE key = 'demo'", (json.dumps(draft),))
    assert admin.post(f"{path}/enabled", {"enabled": "1"}).status_code == 422
    page = html.unescape(admin.get(path).text)
    assert 'jQuery.load("<b>")' in page
    admin.post(f"{path}/approval", {"code": _hash(admin, "demo-ads")})
    assert admin.post(f"{path}/enabled", {"enabled": "1"}).status_code == 302


def test_tags_that_are_no_custom_code_have_none(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    assert admin.get("/sites/demo/tags/demo-ads/code").headers["Location"] == "/sites/demo/tags/demo-ads"
    assert admin.get("/sites/demo/tags/never/code").status_code == 404
    assert admin.post("/sites/demo/tags/demo-ads/code", FORM).status_code == 404
    assert admin.post("/sites/demo/tags/demo-ads/approval", {"code": "x"}).status_code == 404


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_code_and_names_are_text(dashboard: Dashboard, text: str) -> None:
    marketing = dashboard.browser("marketing")
    code = f"<script>/* {text} */ document.cookie='<i>x=1'</script>" if "</" not in text else "<script>1</script>"
    answer = marketing.post(NEW, {"code": code, "purpose": "chat", "name": text, "company": text, "vendor": "another"})
    pages = [answer.text, marketing.post(f"{NEW}/check", {"code": text, "company": text, "name": text}).text]
    pages += [marketing.get(f"/sites/demo/tags{path}").text for path in ("", f"/{dashboard.draft()['tags'][-1]['id']}")]
    for page in pages:
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page
        assert "<svg onload" not in page


def test_a_marketer_pastes_code_with_four_clicks(browser: Chromium, dashboard: Dashboard, served: str) -> None:
    with strict_page(browser, served) as view:
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
    assert not _tag(dashboard)["enabled"]
