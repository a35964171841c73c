"""A tag's legal properties, and the site's payment pages."""

from typing import Any

import pytest

from tests.dashboard.client import Dashboard

CHAT = "/sites/demo/tags/demo-chat"
STATS = "/sites/demo/tags/demo-analytics"


def _tag(dashboard: Dashboard, tag_id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(tag for tag in dashboard.draft()["tags"] if tag["id"] == tag_id)
    return found


def test_an_admin_says_otherwise_than_the_catalog_with_a_note(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    refused = admin.post(f"{STATS}", {"part": "flags", "sale_or_share": "1"})
    assert refused.status_code == 422
    assert "Say why this differs from the catalog." in refused.text
    assert not _tag(dashboard, "demo-analytics")["sale_or_share"]
    said = {"sale_or_share": "1", "exemptions": "audience:FR", "flags_note": "Legal read the contract on 3 March"}
    assert admin.post(f"{STATS}", {"part": "flags"} | said).status_code == 302
    tag = _tag(dashboard, "demo-analytics")
    assert (tag["sale_or_share"], tag["exemptions"], tag["flags_note"]) == (
        True,
        ["audience:FR"],
        said["flags_note"],
    )
    assert said["flags_note"] in admin.get(STATS).text


def test_back_to_the_catalog_needs_no_note_and_keeps_none(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    before = _tag(dashboard, "demo-analytics")
    admin.post(f"{STATS}", {"part": "flags", "sale_or_share": "1", "flags_note": "It sells"})
    as_known = {"exemptions": before["exemptions"]}
    assert admin.post(f"{STATS}", {"part": "flags"} | as_known).status_code == 302
    tag = _tag(dashboard, "demo-analytics")
    assert (tag["sale_or_share"], tag["exemptions"], tag["flags_note"]) == (False, before["exemptions"], "")


@pytest.mark.parametrize("exemption", ["audience:XX", "appearance:GB", "<b>", ""])
def test_an_exemption_that_the_rules_do_not_know_for_the_group_is_refused(dashboard: Dashboard, exemption: str) -> None:
    before = dashboard.draft()
    answer = dashboard.browser("admin").post(
        f"{STATS}", {"part": "flags", "exemptions": exemption, "flags_note": "Because"}
    )
    assert answer.status_code == 422
    assert 'id="fault-exemptions"' in answer.text
    assert dashboard.draft() == before


def test_advertising_always_counts_as_sale(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    assert admin.post("/sites/demo/tags/demo-ads", {"part": "flags"}).status_code == 302
    assert _tag(dashboard, "demo-ads")["sale_or_share"]


@pytest.mark.parametrize("role", ["marketing", "compliance", "viewer"])
def test_other_roles_can_only_read(dashboard: Dashboard, role: str) -> None:
    browser = dashboard.browser(role)
    assert "Only an admin can change this." in browser.get(CHAT).text
    assert browser.post(f"{CHAT}", {"part": "flags", "sale_or_share": "1", "flags_note": "x"}).status_code == 403
    assert browser.post(f"{CHAT}", {"part": "payment", "on_payment_pages": "1", "payment_note": "x"}).status_code == 403


def test_an_essential_tag_says_what_does_not_work_without_it(dashboard: Dashboard) -> None:
    marketing, path = dashboard.browser("marketing"), "/sites/demo/tags/demo-session"
    answer = marketing.post(f"{path}", {"part": "necessity", "necessity": "  "})
    assert answer.status_code == 422
    assert "Say what visitors asked for that does not work without it." in answer.text
    marketing.post(f"{path}", {"part": "necessity", "necessity": "Keeps the basket  until it is paid"})
    assert _tag(dashboard, "demo-session")["necessity"] == "Keeps the basket until it is paid"


def test_an_essential_tag_of_the_catalog_is_added_with_its_necessity(dashboard: Dashboard) -> None:
    marketing, path = dashboard.browser("marketing"), "/sites/demo/tags/new/stripe/stripe"
    assert "Detects fraud in accounts and payments; carries out a payment" in marketing.get(path).text
    refused = marketing.post(path, {"necessity": ""})
    assert refused.status_code == 422
    assert 'id="fault-necessity"' in refused.text
    assert marketing.post(path, {"necessity": "Cards are paid through it"}).status_code == 302
    assert dashboard.draft()["tags"][-1]["necessity"] == "Cards are paid through it"


def test_an_admin_lets_a_tag_on_payment_pages_with_a_reason(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    assert "It is blocked" in admin.get(CHAT).text
    assert admin.post(f"{CHAT}", {"part": "payment", "on_payment_pages": "1"}).status_code == 422
    admin.post(f"{CHAT}", {"part": "payment", "on_payment_pages": "1", "payment_note": "Help while paying"})
    assert _tag(dashboard, "demo-chat")["payment_note"] == "Help while paying"
    assert "Help while paying" in admin.get("/sites/demo/payment-pages").text
    admin.post(f"{CHAT}", {"part": "payment", "payment_note": "Help while paying"})
    assert _tag(dashboard, "demo-chat")["payment_note"] == ""


def test_the_payment_pages_of_a_site_are_patterns(dashboard: Dashboard) -> None:
    compliance, path = dashboard.browser("compliance"), "/sites/demo/payment-pages"
    assert "/checkout*" in compliance.get(path).text
    refused = compliance.post(path, {"payment_paths": "till\n/pay?x=1"})
    assert refused.status_code == 422
    assert "Each pattern begins with a slash" in refused.text
    assert "till" in refused.text
    assert compliance.post(path, {"payment_paths": "/till*\n/till*\n /pay"}).status_code == 302
    assert dashboard.draft()["overrides"]["payment_paths"] == ["/till*", "/pay"]
    assert dashboard.browser("marketing").post(path, {"payment_paths": ""}).status_code == 403


def test_a_save_of_other_settings_leaves_the_payment_pages_alone(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    before = dashboard.draft()["overrides"]["payment_paths"]
    chief.post("/sites/demo/settings/overrides", {"rest_of_world": "strictest", "ask_for_new_vendors": "now"})
    assert dashboard.draft()["overrides"]["payment_paths"] == before


def test_a_tag_is_limited_to_languages(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post(f"{CHAT}", {"part": "limits", "languages": ["de", "fr"]})
    assert _tag(dashboard, "demo-chat")["languages"] == ["de", "fr"]
    assert "some languages" not in marketing.get("/sites/demo/tags").text, "it is a change of the draft so far"
    assert "de, fr" in marketing.get(CHAT).text
    assert marketing.post(f"{CHAT}", {"part": "limits", "languages": "xx"}).status_code == 422
    assert marketing.post(f"{CHAT}", {"part": "limits", "languages": "<b>"}).status_code == 422


def test_the_last_day_is_not_before_the_first(dashboard: Dashboard) -> None:
    answer = dashboard.browser("marketing").post(
        f"{CHAT}", {"part": "limits", "schedule.from": "2026-12-24", "schedule.until": "2026-12-01"}
    )
    assert answer.status_code == 422
    assert "The end is before the start." in answer.text


def test_a_site_without_payment_pages_gets_the_usual_ones_by_one_press(dashboard: Dashboard) -> None:
    admin, hint = dashboard.browser("admin"), "so tags also run where visitors pay"
    usual = dashboard.draft()["overrides"]["payment_paths"]
    assert hint not in admin.get("/sites/demo/tags").text
    admin.post("/sites/demo/payment-pages", {"payment_paths": ""})
    assert dashboard.draft()["overrides"]["payment_paths"] == []
    assert hint in dashboard.browser("marketing").get("/sites/demo/tags").text
    assert "Keep tags off" not in dashboard.browser("marketing").get("/sites/demo/tags").text
    assert "Keep tags off the usual payment pages" in admin.get("/sites/demo/tags").text
    assert admin.post("/sites/demo/payment-pages", {"usual": "1"}).status_code == 302
    assert dashboard.draft()["overrides"]["payment_paths"] == usual
    assert hint not in admin.get("/sites/demo/tags").text
