"""Vendors that a site defines itself, in the format of catalog files."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from consent.classifier.catalog import document_errors
from consent.dashboard.tags.custom_vendor_form import SPARE_ROWS
from consent.storage.sites import custom_vendors
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import OWN_VENDOR
from tests.dashboard.strict_page import strict_page

pytestmark = pytest.mark.extended

NEW = "/sites/demo/vendors/new"
FORM = {
    "name": "Acme Chat",
    "company": "Acme Ltd",
    "country": "de",
    "recipient_kind": "processor",
    "privacy_url": "https://acme.example/privacy",
    "opt_out_url": "",
    "hosts": "chat.acme.example\n*.acme.example",
    "data_categories": "IP address, pages seen",
    "purposes": "chat",
    "cookies.0.name": "acme_chat",
    "cookies.0.purpose": "chat",
    "cookies.0.days": "30",
    "cookies.2.name": "acme_draft_*",
    "cookies.2.kind": "local",
    "cookies.2.purpose": "form_state",
    "cookies.2.days": "",
}


def _own(dashboard: Dashboard) -> list[dict[str, Any]]:
    with dashboard.engine.connect() as connection:
        return [one for one in custom_vendors.documents(connection, 1) if one["id"] != OWN_VENDOR["id"]]


def test_a_vendor_is_described_found_and_added_as_a_marked_tag(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    assert marketing.post(NEW, FORM).headers["Location"] == "/sites/demo/catalog/own-acme-chat"
    (document,) = _own(dashboard)
    assert document_errors(document) == {}
    assert (document["country"], document["group"], document["opt_out_url"]) == ("DE", "functional", None)
    kept = {cookie["name"]: (cookie["kind"], cookie["group"], cookie["lifetime_s"]) for cookie in document["cookies"]}
    assert kept == {"acme_chat": ("cookie", "functional", 2592000), "acme_draft_*": ("local", "essential", None)}
    page = marketing.get("/sites/demo/catalog/own-acme-chat").text
    assert "not known" in page
    assert "Entered for this site" in page
    assert "/own-acme-chat" in marketing.get("/sites/demo/tags/new?q=acme&kind=own").text
    assert marketing.post("/sites/demo/tags/new/own-acme-chat/own-acme-chat", {}).status_code == 302
    draft = dashboard.draft()
    assert (draft["tags"][-1]["vendor"], draft["tags"][-1]["load"]["type"]) == ("own-acme-chat", "marked")
    assert "acme_chat" in {cookie["name"] for cookie in draft["cookies"]}


def test_a_host_may_have_a_path_which_stays_as_it_was_typed(dashboard: Dashboard) -> None:
    dashboard.browser("marketing").post(NEW, FORM | {"hosts": "WWW.Acme.example/Chat/ *.acme.example/js?id=A-"})
    (document,) = _own(dashboard)
    assert document["hosts"] == ["www.acme.example/Chat/", "*.acme.example/js?id=A-"]


@pytest.mark.parametrize("fact", ["purpose", "days", "domain"])
def test_a_cookie_that_was_described_but_not_named_is_not_dropped_in_silence(dashboard: Dashboard, fact: str) -> None:
    typed = FORM | {f"cookies.1.{fact}": {"purpose": "chat", "days": "7", "domain": "acme.example"}[fact]}
    answer = dashboard.browser("marketing").post(NEW, typed)
    assert (answer.status_code, "Enter a name, or leave the row empty." in answer.text) == (422, True)
    assert _own(dashboard) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_of_the_empty_rows_of_cookies_one_is_shown_and_another_once_it_has_a_name(
    browser: Browser, dashboard: Dashboard, served: str, width: int
) -> None:
    with strict_page(browser, served, viewport={"width": width, "height": 800}) as view:
        view.sign_in("marketing")
        page = view.open(NEW)
        rows = page.locator(".own-cookies tbody tr")
        assert [row.is_visible() for row in rows.all()] == [True] + [False] * 7
        page.get_by_label("Name, row 1").fill("acme_chat")
        assert [row.is_visible() for row in rows.all()] == [True, True] + [False] * 6
        kind, purpose = (page.get_by_label(f"{label}, row 1").bounding_box() for label in ("Kind", "What it is for"))
        assert kind
        assert purpose
        assert abs(kind["y"] - purpose["y"]) < 1, "beside each other on a phone too"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("button", name="Save").click()
        sentence, name = page.get_by_text("Choose a purpose. It decides"), page.get_by_label("Name, row 1")
        expect(name).to_have_value("acme_chat")
        below, field = sentence.bounding_box(), name.bounding_box()
        assert below
        assert field
        assert below["y"] >= field["y"] + field["height"], "the sentence is not drawn over its field"
        view.expected = ("422",)


def test_a_change_reaches_the_draft_and_its_tags_follow_into_a_later_group(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post(NEW, FORM)
    marketing.post("/sites/demo/tags/new/own-acme-chat/own-acme-chat", {})
    form = marketing.get("/sites/demo/vendors/own-acme-chat").text
    for words in ('value="acme_draft_*"', 'value="30"', "Save in catalog and draft"):
        assert words in form
    more = {"company": "Acme GmbH", "cookies.1.name": "acme_ads", "cookies.1.purpose": "retargeting"}
    assert marketing.post("/sites/demo/vendors/own-acme-chat", FORM | more).status_code == 302
    draft = dashboard.draft()
    assert (draft["tags"][-1]["group"], draft["tags"][-1]["sale_or_share"]) == ("advertising", True)
    assert draft["vendors"][-1]["company"] == "Acme GmbH"
    assert [c["name"] for c in draft["cookies"] if c["vendor"] == "own-acme-chat"] == [
        "acme_chat",
        "acme_ads",
        "acme_draft_*",
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a" * 201}, "name"),
        ({"name": "Acme \u202etahC"}, "name"),
        ({"company": " "}, "company"),
        ({"company": "\u2067Acme\u2069"}, "company"),
        ({"data_categories": "IP address, \u202dpages"}, "data_categories"),
        ({"country": "Germany"}, "country"),
        ({"recipient_kind": "friend"}, "recipient_kind"),
        ({"privacy_url": "javascript:alert(1)"}, "privacy_url"),
        ({"opt_out_url": "http://acme.example"}, "opt_out_url"),
        ({"hosts": "acme"}, "hosts"),
        ({"hosts": "https://acme.example/x"}, "hosts"),
        ({"hosts": "acme.example/x;y"}, "hosts"),
        ({"hosts": "acme.example/*"}, "hosts"),
        ({"purposes": "", "cookies.0.name": "", "cookies.2.name": ""}, "purposes"),
        ({"cookies.0.name": "a b"}, "cookies.0"),
        ({"cookies.0.name": "*"}, "cookies.0"),
        ({"cookies.0.purpose": ""}, "cookies.0"),
        ({"cookies.0.days": "long"}, "cookies.0"),
        ({"cookies.2.domain": "not a domain"}, "cookies.2"),
    ],
)
def test_a_faulty_field_is_refused_and_nothing_is_kept(
    dashboard: Dashboard, change: dict[str, str], field: str
) -> None:
    marketing = dashboard.browser("marketing")
    answer = marketing.post(NEW, FORM | change)
    assert answer.status_code == 422
    if field != "recipient_kind":
        assert f'id="fault-{field}"' in answer.text
    assert "acme_draft_*" in answer.text or not change.get("cookies.2.name", "x"), "what was typed is still there"
    assert _own(dashboard) == []


@pytest.mark.parametrize("name", ["cookies.x.name", "cookies.1", "cookies.999999999.name", "cookies.-1.days"])
def test_an_invalid_row_is_dropped_and_empty_rows_do_not_accumulate(dashboard: Dashboard, name: str) -> None:
    answer = dashboard.browser("marketing").post("/sites/demo/vendors/new", {"cookies.0.kind": "cookie", name: "odd"})
    assert answer.status_code == 422
    assert answer.text.count('aria-label="Name, row ') == SPARE_ROWS


def test_two_vendors_of_one_name_have_two_ids(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    for _ in range(2):
        marketing.post(NEW, FORM)
    assert [document["id"] for document in _own(dashboard)] == ["own-acme-chat", "own-acme-chat-2"]


def test_a_vendor_with_a_tag_cannot_be_removed(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post(NEW, FORM)
    marketing.post("/sites/demo/tags/new/own-acme-chat/own-acme-chat", {})
    assert "Remove its tags" in marketing.post("/sites/demo/vendors/own-acme-chat/removal").text
    marketing.post("/sites/demo/tags/own-acme-chat/removal")
    assert marketing.post("/sites/demo/vendors/own-acme-chat/removal").status_code == 302
    assert _own(dashboard) == []


def test_a_vendor_of_one_site_is_unknown_to_another(dashboard: Dashboard) -> None:
    dashboard.browser("marketing").post(NEW, FORM)
    chief = dashboard.browser("chief")
    assert chief.get("/sites/other/catalog/own-acme-chat").status_code == 404
    assert chief.get("/sites/other/vendors/own-acme-chat").status_code == 404
    assert "own-acme-chat" not in chief.get("/sites/other/tags/new?q=acme").text
