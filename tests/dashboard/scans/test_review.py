"""The review queue: its order, a decision with its reasons, the draft that it changes, and undo."""

import html
import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from consent.classifier.result import SURE
from consent.dashboard.scans.review import SHOWN
from consent.dashboard.scans.scan import OPEN_ROWS
from consent.storage.scans import reviews, scans
from consent.storage.sites import sites as stored
from tests.axe import page_problems
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import NOW
from tests.dashboard.scan_findings import found, kept
from tests.dashboard.strict_page import strict_page

pytestmark = pytest.mark.extended

PATH = "/sites/demo/review"
GUESSED = {"suggestion": "analytics", "layer": "model", "group": "analytics", "reason": "Like other analytics items."}
BY_NAME = {"layer": "catalog_name", "suggestion": "advertising", "group": "advertising", "confidence": 0.87}
FORM = {"kind": "cookie", "name": "mystery", "host": "www.shop.localhost", "group": "advertising"}


def decided(dashboard: Dashboard) -> list[reviews.Decided]:
    with dashboard.engine.connect() as connection:
        return reviews.decisions(connection, 1)


def in_draft(dashboard: Dashboard, name: str) -> list[dict[str, object]]:
    return [entry for entry in dashboard.draft()["cookies"] if entry["name"] == name]


def test_leaks_come_first_then_the_least_certain_items(dashboard: Dashboard) -> None:
    found(
        dashboard,
        kept("sure_one", **GUESSED, confidence=0.96),
        kept("likely_one", **GUESSED, confidence=0.6),
        kept("mystery"),
        kept("leaking_one", **GUESSED, confidence=0.9, is_leak=True),
        kept("by_config", layer="config", group="analytics", confidence=1.0),
        kept("demo_ads_id", kind="fingerprint"),
    )
    page = dashboard.browser("viewer").get(PATH).text
    places = [page.find(name) for name in ("leaking_one", "mystery", "likely_one", "sure_one")]
    assert -1 not in places
    assert places == sorted(places)
    assert "4 to decide" in page
    assert "2 in doubt" in page
    assert "90% sure" in page, "as in what a decision and a reason say"
    assert "Names like this one are mostly used for analytics; this is an estimate from the name alone." in page
    assert "by_config" not in page
    assert "demo_ads_id" not in page
    assert 'name="group"' not in page, "who may not decide sees no buttons"


def test_a_decision_is_kept_explains_itself_and_names_the_cookie_in_the_draft(dashboard: Dashboard) -> None:
    found(dashboard, kept("mystery", **GUESSED, confidence=0.7))
    marketing = dashboard.browser("marketing")
    assert marketing.post(PATH, FORM).status_code == 302
    (one,) = decided(dashboard)
    assert (one.key, one.group, one.decided_at) == (("cookie", "mystery", "www.shop.localhost"), "advertising", NOW)
    assert one.reason == (
        "The suggestion was analytics, 70% sure. Names like this one are mostly used for analytics; this is an "
        "estimate from the name alone."
    )
    (entry,) = in_draft(dashboard, "mystery")
    assert (entry["kind"], entry["group"], entry["vendor"]) == ("cookie", "advertising", None)
    page = marketing.get(PATH).text
    assert "0 to decide" in page
    assert "Marketing" in page
    assert one.reason in page
    assert "Someone on your team decided this." in marketing.get("/sites/demo/scan").text


@pytest.mark.parametrize("name", ["", "  "])
def test_an_item_without_a_name_is_labeled_as_such_and_not_added_to_the_draft(dashboard: Dashboard, name: str) -> None:
    found(dashboard, kept(name, kind="local_storage"))
    marketing = dashboard.browser("marketing")
    assert "<code>(without a name)</code></a>" in marketing.get(PATH).text
    assert "<code>(without a name)</code>" in marketing.get("/sites/demo/scan").text
    marketing.post(PATH, FORM | {"kind": "local_storage", "name": name})
    assert [one.key[1] for one in decided(dashboard)] == [name]
    assert in_draft(dashboard, name) == []


def test_what_is_met_whatever_is_chosen_is_told_in_one_word(dashboard: Dashboard) -> None:
    found(dashboard, kept("always", situations="none,reject,gpc,accept"), kept("late", situations="gpc,accept"))
    page = dashboard.browser("marketing").get(PATH).text
    assert "<td>before a choice and after each<small>" in page
    assert "<td>under GPC, after accepting<small>" in page


@pytest.mark.parametrize(("group", "vendor"), [("advertising", "demo-ads"), ("analytics", "demo-ads")])
def test_a_cookie_of_a_vendor_whose_tag_covers_it_is_the_vendors(dashboard: Dashboard, group: str, vendor: str) -> None:
    found(dashboard, kept("mystery", vendor="demo-ads"))
    dashboard.browser("marketing").post(PATH, FORM | {"group": group})
    assert in_draft(dashboard, "mystery")[0]["vendor"] == vendor


def test_a_cookie_beyond_its_vendors_tag_is_nobodys_so_that_its_own_group_decides(dashboard: Dashboard) -> None:
    found(dashboard, kept("mystery", vendor="demo-chat"))
    dashboard.browser("marketing").post(PATH, FORM)
    assert in_draft(dashboard, "mystery")[0]["vendor"] is None


def test_undoing_a_decision_restores_draft_and_queue(dashboard: Dashboard) -> None:
    found(dashboard, kept("mystery"))
    before, marketing = dashboard.draft(), dashboard.browser("marketing")
    marketing.post(PATH, FORM)
    assert marketing.post(f"{PATH}/undone", FORM).status_code == 302
    assert (decided(dashboard), dashboard.draft()) == ([], before)
    assert "1 to decide" in marketing.get(PATH).text


def test_a_host_is_decided_and_leaves_the_draft_alone(dashboard: Dashboard) -> None:
    found(dashboard, kept("cdn.example", kind="host", host="cdn.example"))
    before, marketing = dashboard.draft(), dashboard.browser("marketing")
    marketing.post(PATH, {"kind": "host", "name": "cdn.example", "host": "cdn.example", "group": "essential"})
    assert [one.group for one in decided(dashboard)] == ["essential"]
    assert dashboard.draft() == before


def test_a_host_reported_by_visitors_is_queued_too(dashboard: Dashboard) -> None:
    found(
        dashboard, kept("cdn.example", kind="host", host="cdn.example", layer=scans.REPORTED, situations=scans.REPORTED)
    )
    marketing = dashboard.browser("marketing")
    assert "by visitors&#39; browsers" in marketing.get(PATH).text
    marketing.post(PATH, {"kind": "host", "name": "cdn.example", "host": "cdn.example", "group": "functional"})
    assert "unknown vendor" not in marketing.get("/sites/demo/scan").text


@pytest.mark.parametrize(
    ("name", "layer", "patterns"),
    [
        ("visitor-*", scans.REPORTED, [True]),
        ("visitor-*", "none", [False]),
        ("*", scans.REPORTED, []),
        ("u_*", scans.REPORTED, []),
    ],
)
def test_a_name_that_a_browser_masked_is_named_as_a_pattern(
    dashboard: Dashboard, name: str, layer: str, patterns: list[bool]
) -> None:
    with dashboard.engine.begin() as connection:
        scans.save_sighting(connection, 1, kept(name, layer=layer), NOW - 60)
    before = dashboard.draft()["cookies"]
    marketing = dashboard.browser("marketing")
    marketing.post(PATH, FORM | {"name": name})
    assert [one.key[1] for one in decided(dashboard)] == [name]
    assert [entry["pattern"] for entry in in_draft(dashboard, name)] == patterns
    marketing.post(f"{PATH}/undone", FORM | {"name": name})
    assert dashboard.draft()["cookies"] == before


def test_a_mask_that_was_named_as_it_stands_is_taken_back_and_named_as_a_pattern(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        scans.save_sighting(connection, 1, kept("visitor-*", layer=scans.REPORTED), NOW - 60)
    marketing = dashboard.browser("marketing")
    marketing.post(PATH, FORM | {"name": "visitor-*"})
    draft = dashboard.draft()
    literal = [one | {"pattern": False} if one["name"] == "visitor-*" else one for one in draft["cookies"]]
    with dashboard.engine.begin() as connection:
        stored.save_draft(
            connection, 1, json.dumps(draft | {"cookies": literal}), stored.read_draft(connection, 1).revision
        )
    marketing.post(f"{PATH}/undone", FORM | {"name": "visitor-*"})
    assert in_draft(dashboard, "visitor-*") == []
    marketing.post(PATH, FORM | {"name": "visitor-*"})
    assert [entry["pattern"] for entry in in_draft(dashboard, "visitor-*")] == [True]


def test_an_item_that_a_draft_cannot_name_can_still_be_decided(dashboard: Dashboard) -> None:
    found(dashboard, kept("a name with blanks", kind="local_storage"))
    before, marketing = dashboard.draft(), dashboard.browser("marketing")
    marketing.post(PATH, FORM | {"kind": "local_storage", "name": "a name with blanks"})
    assert len(decided(dashboard)) == 1
    assert dashboard.draft() == before


def test_a_decision_whose_scan_came_later_is_asked_anew_when_it_is_taken_back(dashboard: Dashboard) -> None:
    found(dashboard, kept("PHPSESSID", layer="decision", group="advertising", confidence=1.0, suggestion="advertising"))
    page = dashboard.browser("viewer").get(PATH).text
    assert "uses this name" in page
    assert "A user decided" not in page


def test_the_second_answer_to_one_item_changes_nothing(dashboard: Dashboard) -> None:
    found(dashboard, kept("mystery"))
    marketing = dashboard.browser("marketing")
    marketing.post(PATH, FORM)
    marketing.post(PATH, FORM | {"group": "essential"})
    assert "Someone has decided this already." in marketing.get(PATH).text
    assert [one.group for one in decided(dashboard)] == ["advertising"]
    assert len(in_draft(dashboard, "mystery")) == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [({"group": "marketing"}, 400), ({"group": ""}, 400), ({"name": "never seen"}, 404), ({"kind": "\x00"}, 400)],
)
def test_rejects_invalid_answers_and_stores_nothing(dashboard: Dashboard, change: dict[str, str], status: int) -> None:
    found(dashboard, kept("mystery"))
    before = dashboard.draft()
    assert dashboard.browser("marketing").post(PATH, FORM | change).status_code == status
    assert (decided(dashboard), dashboard.draft()) == ([], before)


def test_a_viewer_can_only_read(dashboard: Dashboard) -> None:
    found(dashboard, kept("mystery"), kept("counter", **GUESSED, confidence=0.9))
    viewer = dashboard.browser("viewer")
    page = viewer.get(PATH).text
    assert "mystery" in page
    assert "Accept 1 suggestion" not in page
    assert [viewer.post(f"{PATH}{path}", FORM).status_code for path in ("", "/undone", "/accepted")] == [403] * 3


def test_compliance_classifies_what_a_scan_found_but_changes_no_tag(dashboard: Dashboard) -> None:
    found(dashboard, kept("mystery", vendor="demo-ads"))
    compliance, before = dashboard.browser("compliance"), dashboard.draft()
    assert compliance.post(PATH, FORM).status_code == 302
    after = dashboard.draft()
    assert [one["name"] for one in after["cookies"] if one not in before["cookies"]] == ["mystery"]
    assert after | {"cookies": before["cookies"]} == before
    assert compliance.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"}).status_code == 403


def test_hostile_names_are_shown_as_text(dashboard: Dashboard) -> None:
    found(dashboard, kept("<script>alert(1)</script>"), kept('"><img src=x onerror=alert(1)>'))
    page = dashboard.browser("marketing").get(PATH).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_no_later_scan_forgets_a_decision(dashboard: Dashboard) -> None:
    found(dashboard, kept("mystery"))
    dashboard.browser("marketing").post(PATH, FORM)
    found(dashboard, kept("mystery"))
    with dashboard.engine.connect() as connection:
        assert len(scans.findings(connection, 1)) == 1
    assert "0 to decide" in dashboard.browser("marketing").get(PATH).text


def test_three_keys_decide_on_three_rows_and_u_takes_the_last_back(
    browser: Browser, dashboard: Dashboard, served: str
) -> None:
    found(dashboard, *(kept(name) for name in ("a_first", "b_second", "c_third")))
    with strict_page(browser, served) as view:
        page = view.sign_in("marketing")
        view.open(PATH)
        page.keyboard.press("1")
        page.keyboard.press("3")
        page.keyboard.press("4")
        expect(page.get_by_text("0 to decide")).to_be_visible()
        said = {one.name: one.group for one in decided(dashboard)}
        assert said == {"a_first": "essential", "b_second": "analytics", "c_third": "advertising"}
        expect(page.locator("#pending")).to_contain_text("1")
        page.keyboard.press("u")
        expect(page.get_by_text("1 to decide")).to_be_visible()
        assert {one.name for one in decided(dashboard)} == {"a_first", "b_second"}
        view.open(PATH)
        page.keyboard.press("u")
        expect(page.locator(".toast")).to_have_text("There is nothing to undo.")


def test_keys_pressed_faster_than_the_responses_act_in_order(
    browser: Browser, dashboard: Dashboard, served: str
) -> None:
    found(dashboard, *(kept(name) for name in ("a_first", "b_second", "c_third", "d_fourth")))
    with strict_page(browser, served) as view:
        page = view.sign_in("marketing")
        view.open(PATH)
        page.evaluate(
            "for (const key of '13u4j2') document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))"
        )
        expect(page.get_by_text("1 to decide")).to_be_visible()
        said = {one.name: one.group for one in decided(dashboard)}
        assert said == {"a_first": "essential", "b_second": "advertising", "d_fourth": "functional"}


def test_arrows_and_letters_move_and_the_next_row_keeps_the_focus(
    browser: Browser, dashboard: Dashboard, served: str
) -> None:
    found(dashboard, *(kept(name) for name in ("a_first", "b_second", "c_third")))
    with strict_page(browser, served) as view:
        page = view.sign_in("marketing")
        view.open(PATH)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("j")
        expect(page.get_by_role("link", name="b_second")).to_be_focused()
        page.keyboard.press("2")
        expect(page.get_by_role("link", name="c_third")).to_be_focused()
        page.keyboard.press("ArrowUp")
        expect(page.get_by_role("link", name="a_first")).to_be_focused()
        assert [(one.name, one.group) for one in decided(dashboard)] == [("b_second", "functional")]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), pytest.param(390, "dark", marks=pytest.mark.long)])
def test_the_rest_of_a_long_queue_unfolds_for_the_keys_and_stays_so(
    browser: Browser, dashboard: Dashboard, served: str, width: int, scheme: Any
) -> None:
    found(dashboard, *(kept(f"name_{number:03}") for number in range(300)))
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "bypass_csp": True}
    with strict_page(browser, served, **options) as view:
        page = view.sign_in("marketing")
        view.open(PATH)
        rows = page.locator("#queue tbody tr")
        expect(rows).to_have_count(SHOWN)
        expect(rows.locator("visible=true")).to_have_count(OPEN_ROWS)
        assert page.evaluate("document.documentElement.scrollHeight") < 6000
        assert page_problems(page) == []
        page.keyboard.press("4")
        expect(rows.locator("visible=true")).to_have_count(OPEN_ROWS)
        expect(page.get_by_text("299 to decide")).to_be_visible()
        for _ in range(OPEN_ROWS):
            page.keyboard.press("j")
        expect(page.get_by_role("link", name=f"name_{OPEN_ROWS + 1:03}")).to_be_focused()
        expect(rows.locator("visible=true")).to_have_count(SHOWN)
        page.keyboard.press("1")
        expect(page.get_by_role("link", name=f"name_{OPEN_ROWS + 2:03}")).to_be_focused()
        expect(rows.locator("visible=true")).to_have_count(SHOWN)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        said = [(one.name, one.group) for one in decided(dashboard)]
        assert sorted(said) == [("name_000", "advertising"), (f"name_{OPEN_ROWS + 1:03}", "essential")]


def test_a_long_queue_is_answered_without_a_script(browser: Browser, dashboard: Dashboard, served: str) -> None:
    found(dashboard, *(kept(f"name_{number:03}") for number in range(OPEN_ROWS + 5)))
    with strict_page(browser, served, java_script_enabled=False) as view:
        page = view.sign_in("marketing")
        view.open(PATH)
        page.locator("#queue summary").click()
        row = page.locator("#queue tbody tr", has_text=f"name_{OPEN_ROWS + 3:03}")
        row.get_by_role("button", name="Analytics").click()
        expect(page.get_by_text(f"{OPEN_ROWS + 4} to decide")).to_be_visible()
    assert [(one.name, one.group) for one in decided(dashboard)] == [(f"name_{OPEN_ROWS + 3:03}", "analytics")]


def test_a_short_queue_folds_nothing(dashboard: Dashboard) -> None:
    found(dashboard, *(kept(f"name_{number:03}") for number in range(OPEN_ROWS)))
    assert 'class="more"' not in dashboard.browser("marketing").get(PATH).text


def _suggested(page: str) -> list[str]:
    """Return the groups whose buttons are marked as suggested; none is filled like a choice that was made."""
    assert len(re.findall(r'<button name="group"[^>]* class="outline', page)) == page.count('<button name="group"')
    return re.findall(r'<button name="group" value="([a-z]+)" title="Key \d" class="outline suggested">', page)


SUGGESTIONS = (
    kept("counter", **GUESSED, confidence=0.9),
    kept("PHPSESSID", layer="catalog_name", suggestion="essential", group="essential", confidence=0.97),
    kept("login_state", layer="none", suggestion="essential", confidence=0.95),
    kept("reported_state", layer=scans.REPORTED, suggestion="essential", confidence=0.95),
    kept("pref2", layer="model", suggestion="functional", group="functional", confidence=0.59),
    kept("mystery"),
)
"""The first two can be accepted; the next two are essential by a guess, and the last two have no suggestion."""


def _seen(page: str) -> dict[str, str]:
    (mark,) = re.findall(r'name="seen" value="([0-9a-f]+)"', page)
    return {"seen": mark}


def test_all_suggestions_are_accepted_together_but_never_essential_by_a_guess(dashboard: Dashboard) -> None:
    found(dashboard, *SUGGESTIONS)
    marketing, before = dashboard.browser("marketing"), dashboard.draft()
    page = marketing.get(PATH).text
    assert "Accept 2 suggestions" in page
    assert page.count("Suggested: ") == 2
    answer = marketing.post(f"{PATH}/accepted", _seen(page), HX_Request="true")
    toast = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert toast["text"] == "2 suggestions accepted."
    assert {one.name: one.group for one in decided(dashboard)} == {"counter": "analytics", "PHPSESSID": "essential"}
    assert [one["group"] for name in ("counter", "PHPSESSID") for one in in_draft(dashboard, name)] == [
        "analytics",
        "essential",
    ]
    assert "4 to decide" in answer.text
    assert "Accept" not in answer.text
    trail = dashboard.browser("admin").get("/sites/demo/audit").text
    assert all(f"cookie {name} on www.shop.localhost" in trail for name in ("counter", "PHPSESSID"))
    undone = marketing.post(toast["undo"]["url"], toast["undo"]["values"], HX_Request="true")
    assert "2 items are back in the queue." in undone.headers["HX-Trigger"]
    assert (decided(dashboard), dashboard.draft()) == ([], before)


def test_suggestions_that_changed_since_the_page_was_opened_are_not_accepted(dashboard: Dashboard) -> None:
    found(dashboard, *SUGGESTIONS)
    marketing = dashboard.browser("marketing")
    seen = _seen(marketing.get(PATH).text)
    found(dashboard, *SUGGESTIONS, kept("new_one", **GUESSED, confidence=0.9))
    for form in (seen, {}):
        marketing.post(f"{PATH}/accepted", form)
        assert "The suggestions have changed. Check them and accept them again." in marketing.get(PATH).text
    assert decided(dashboard) == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_scan_and_review_give_the_same_plain_reasons(dashboard: Dashboard, language: str) -> None:
    fragments = "Like other functional items by “wl” in its name, beside one other name that begins with lg_."
    found(
        dashboard,
        kept("pref2", layer="model", suggestion="functional", group="functional", confidence=0.59, reason=fragments),
        kept("login", layer="none", suggestion="essential", confidence=0.95, reason=fragments),
        kept("mystery"),
        kept("lib.example", kind="host", host="lib.example", layer="vendor_domain", vendor="adform", third_party=True),
        kept("_fbp", **BY_NAME, vendor="meta-pixel", reason="The catalog lists _fbp under meta-pixel."),
        kept("seen", layer=scans.REPORTED, suggestion="analytics", group="analytics", confidence=0.9, reason=fragments),
    )
    viewer = dashboard.browser("viewer")
    review, scan = (
        html.unescape(viewer.get(path, Accept_Language=language).text) for path in (PATH, "/sites/demo/scan")
    )
    reasons = re.findall(r"</span><small>([^<]+)</small></td>", review)
    assert len(set(reasons)) == 6
    assert [one for one in reasons if f"<small>{one}</small>" not in scan] == []
    for page in (review, scan):
        assert "in its name" not in page
        assert "meta-pixel" not in page


def test_a_shared_name_on_a_third_partys_host_is_not_said_to_be_the_vendors(dashboard: Dashboard) -> None:
    found(dashboard, kept("uid", **BY_NAME, vendor="adform", host="pixel.example.com", third_party=True))
    for path in (PATH, "/sites/demo/scan"):
        assert "Adform, for one, uses this name." in dashboard.browser("viewer").get(path).text
    found(dashboard, kept("_fbp", **BY_NAME, vendor="meta-pixel"))
    assert "Meta Pixel uses this name." in dashboard.browser("viewer").get(PATH).text


@pytest.mark.parametrize(
    ("facts", "shown", "suggested"),
    [
        ({"layer": "model", "suggestion": "essential", "confidence": 0.95}, "Essential", []),
        ({"layer": "model", "suggestion": "analytics", "confidence": 0.9}, "Suggested: Analytics", ["analytics"]),
        ({"layer": "model", "suggestion": "essential", "confidence": 0.37}, "Unknown", []),
        ({"layer": "model", "suggestion": "analytics", "confidence": SURE - 0.01}, "Unknown", []),
        (
            {"layer": "catalog_name", "suggestion": "essential", "confidence": 0.97},
            "Suggested: Essential",
            ["essential"],
        ),
        ({}, "Unknown", []),
    ],
)
def test_a_guess_never_suggests_essential_and_below_the_threshold_it_is_unknown(
    dashboard: Dashboard, facts: dict[str, Any], shown: str, suggested: list[str]
) -> None:
    found(dashboard, kept("mystery", **{"reason": "Essential 37% sure by 'track' and 'ck'.", **facts}))
    page = dashboard.browser("marketing").get(PATH).text
    queue = page[page.index('class="rows review"') :]
    assert _suggested(page) == suggested
    assert re.search(rf"<td>(<span class=\"badge draft\">)?{shown}", queue)
    assert "by 'track'" not in html.unescape(page)


def test_alike_names_have_one_suggestion_and_are_decided_and_undone_together(dashboard: Dashboard) -> None:
    found(
        dashboard,
        kept("sess_17", layer="model", suggestion="advertising", confidence=0.5),
        kept("sess_2044", layer="model", suggestion="analytics", group="analytics", confidence=0.9),
        kept("sess_0a1b2c3d4e"),
        kept("session_x"),
    )
    marketing, before = dashboard.browser("marketing"), dashboard.draft()
    page = marketing.get(PATH).text
    assert page.count("Also 2 with a similar name") == 3
    assert _suggested(page) == ["analytics"] * 3
    answer = marketing.post(PATH, FORM | {"name": "sess_17", "alike": "1"}, HX_Request="true")
    assert {one.name for one in decided(dashboard)} == {"sess_17", "sess_2044", "sess_0a1b2c3d4e"}
    undo = json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]
    marketing.post(undo["url"], undo["values"])
    assert (decided(dashboard), dashboard.draft()) == ([], before)
    marketing.post(PATH, FORM | {"name": "sess_17"})
    assert len(decided(dashboard)) == 1


def test_the_pages_where_it_was_seen_are_listed(dashboard: Dashboard) -> None:
    pages = [f"https://www.example.com/{name}" for name in ("", "cart", "help")]
    found(dashboard, kept("mystery", pages=json.dumps(pages), made_by="https://cdn.example/a.js"))
    page = dashboard.browser("viewer").get(PATH).text
    assert "2 more pages" in page
    assert all(f"<code>{address}</code>" in page for address in [*pages, "https://cdn.example/a.js"])
