"""A site's rules: what applies where and why, the owner's own rules with their reasons, and known gaps."""

import csv
import io
import re
from typing import Any

import pytest
from playwright.sync_api import Browser

from consent.sites.law.packages import RulePackage
from consent.sites.law.sources import sources_of
from consent.sites.shipped_rules import load_rules, rule_file, shipped_files
from tests.axe import AXE, RUN
from tests.dashboard.client import Dashboard
from tests.dashboard.publishing.publish_page import publish
from tests.dashboard.sample_data import RECEIPT
from tests.dashboard.strict_page import strict_page

pytestmark = pytest.mark.extended

PAGE = "/sites/demo/rules"
GENERAL = {"rest_of_world": "strictest"}
REPLAY = {"what": "session_replay", "level": "opt_in", "reason": "Suits over recordings"}


def rows_of(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(rule_file(table))))


def words(html: str) -> str:
    """Return a page's text on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_each_place_has_its_law_and_how_sure_it_is(dashboard: Dashboard) -> None:
    page = words(dashboard.browser("viewer").get(PAGE).text)
    assert f"Places ({len(load_rules().codes)})" in page
    assert re.search(r"France opt-in opt-in opt-in the law is silent GDPR \+ Loi Informatique .* confirmed", page)
    assert re.search(r"Vermont from Jan 1, 2028; until then United States default", page)
    assert "Florida asks for a notice of sale, a statement about your business" in page
    found = words(dashboard.browser("viewer").get(f"{PAGE}?q=ccr+7004").text)
    assert f"Places (1 of {len(load_rules().codes)}) " in found
    assert "California" in found
    assert "No place or law matches" in dashboard.browser("viewer").get(f"{PAGE}?q=atlantis").text


def test_the_duties_of_a_place_are_in_the_language_of_the_reader(dashboard: Dashboard) -> None:
    german = dashboard.browser("viewer").get("/sites/demo/rules/US-CA", Accept_Language="de").text
    assert "eigene Einwilligung nötig" in german
    assert "Besucher können die Nutzung beschränken" in german
    for english in ("sale or share", "functional, analytics", "Limit use"):
        assert english not in german


def test_a_rule_that_begins_later_is_shown_beside_what_applies_today(dashboard: Dashboard) -> None:
    page = words(dashboard.browser("viewer").get(f"{PAGE}/US-VT").text)
    today, _, later = page.partition("What applies from Jan 1, 2028")
    assert "What applies today" in today
    assert "Row US, " in today or "; row US, " in today
    assert "Row US-VT, compared with a source" in later
    assert "What applies from" not in words(dashboard.browser("viewer").get(f"{PAGE}/US-CA").text)


def test_unconfirmed_fields_of_a_rule_are_named_in_words(dashboard: Dashboard) -> None:
    browser = dashboard.browser("viewer")
    for code, row in load_rules().rows.items():
        page = browser.get(f"{PAGE}/{code}").text
        stated = re.search(r"<dt>No source confirms</dt><dd>(.*?)</dd>", page)
        assert bool(stated) == bool(row["recalled_fields"]), code
        assert not any(name in page for name in row["recalled_fields"].split(";") if "_" in name), code
        assert not (stated and re.search(r"_|months|\d-\d", stated[1])), code


def test_an_own_rule_needs_a_reason_and_says_by_whom_and_when(dashboard: Dashboard) -> None:
    compliance = dashboard.browser("compliance")
    before = dashboard.draft()
    answer = compliance.post(f"{PAGE}/US-CA", REPLAY | {"reason": " "})
    assert answer.status_code == 422
    assert 'id="fault-reason"' in answer.text
    for form in (REPLAY | {"level": "none"}, REPLAY | {"what": "mind_reading"}, REPLAY | {"what": ""}):
        assert compliance.post(f"{PAGE}/US-CA", form).status_code == 422
    assert dashboard.draft() == before
    assert compliance.post(f"{PAGE}/US-CA", REPLAY).status_code == 302
    rule = dashboard.draft()["overrides"]["rules"][0]
    assert {
        "place": "US-CA",
        "purpose": "session_replay",
        "level": "opt_in",
        "on": "2026-11-25",
    }.items() <= rule.items()
    page = words(compliance.get(f"{PAGE}/US-CA").text)
    assert "Purpose: session replay Waits until it is granted own rule" in page
    assert ">A/B test</option>" in compliance.get(f"{PAGE}/US-CA").text
    assert "Suits over recordings — Compliance, Nov 25, 2026" in page
    assert "11 CCR 7004, 7013-7015, 7025-7028 (2026 text)" in page
    assert "Row US-CA, compared with a source" in page
    assert "Limit the Use of My Sensitive Personal Information, or Your Privacy Choices, with its icon" in page
    assert "California own rule" in words(compliance.get(PAGE).text)
    # The same rule again replaces the first.
    compliance.post(f"{PAGE}/US-CA", REPLAY | {"reason": "Our lawyer of 2027"})
    assert [one["reason"] for one in dashboard.draft()["overrides"]["rules"]] == ["Our lawyer of 2027"]


def test_an_own_rule_stands_in_the_difference_and_the_audit_trail(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    admin.post(f"{PAGE}/US-CA", REPLAY)
    page = words(admin.get("/sites/demo/publish").text)
    assert "Own rule: United States, California: session replay" in page
    assert "Suits over recordings" in page
    assert "Suits over recordings" in admin.get("/sites/demo/audit").text
    assert publish(admin) == 302
    admin.post(f"{PAGE}/US-CA/removal", {"what": "session_replay"})
    assert dashboard.draft()["overrides"]["rules"] == []


def test_a_rule_that_was_taken_out_comes_back_as_it_was(dashboard: Dashboard) -> None:
    compliance, admin = dashboard.browser("compliance"), dashboard.browser("admin")
    compliance.post(f"{PAGE}/US-CA", REPLAY)
    before = dashboard.draft()["overrides"]["rules"]
    assert admin.post(f"{PAGE}/US-CA/removal", {"what": "chat"}).status_code == 404
    admin.post(f"{PAGE}/US-CA/removal", {"what": "session_replay"})
    assert dashboard.draft()["overrides"]["rules"] == []
    page = admin.get(f"{PAGE}/US-CA").text
    undo = re.search(r'action="([^"]+/restored)".*?name="rule" value="([^"]+)".*?data-undo>Undo<', page, re.DOTALL)
    assert undo
    assert admin.post(undo[1], {"rule": undo[2] + "x"}).status_code == 400
    assert admin.post(undo[1], {"rule": undo[2]}).status_code == 302
    assert dashboard.draft()["overrides"]["rules"] == before


def test_a_rule_laxer_than_a_confirmed_law_is_refused_with_that_law(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    answer = admin.post(f"{PAGE}/DE", {"what": "analytics", "level": "opt_out", "reason": "We would like to"})
    assert answer.status_code == 422
    assert (
        "A rule of your own cannot be laxer than the law: in Germany, anything in analytics waits until it is granted"
        in answer.text
    )
    assert "TDDDG s.25" in answer.text
    assert dashboard.draft()["overrides"]["rules"] == []
    # A law that no source confirms can be relaxed, with a warning.
    assert (
        admin.post(f"{PAGE}/AE", {"what": "analytics", "level": "opt_out", "reason": "Counsel in Dubai"}).status_code
        == 302
    )
    assert "Your rule for United Arab Emirates is laxer than the law as far as it is known here" in admin.get(PAGE).text
    assert "runs until it is refused" in admin.get(f"{PAGE}/AE").text.lower()


def test_a_draft_made_elsewhere_is_checked_at_publish(dashboard: Dashboard) -> None:
    with dashboard.database() as connection:
        rule = '[{"place": "FR", "group": "analytics", "level": "notice", "reason": "x"}]'
        connection.execute(
            "UPDATE site SET draft = json_set(draft, '$.overrides.rules', json(?)) WHERE key = 'demo'", (rule,)
        )
    admin = dashboard.browser("admin")
    assert "cannot be laxer than the law: in France" in admin.get("/sites/demo/publish").text
    assert "cannot be laxer than the law: in France" in admin.get(PAGE).text
    assert publish(admin) == 422


def test_the_choices_for_all_places_need_a_reason_where_they_are_new(dashboard: Dashboard) -> None:
    compliance = dashboard.browser("compliance")
    before = dashboard.draft()
    more = GENERAL | {"one_rule": "US", "sensitive_paths": "/health*\n/money"}
    answer = compliance.post(PAGE, more)
    assert answer.status_code == 422
    assert 'id="fault-reason"' in answer.text
    assert compliance.post(PAGE, more | {"sensitive_paths": "health", "reason": "x"}).status_code == 422
    assert compliance.post(PAGE, more | {"one_rule": "DE", "reason": "x"}).status_code == 422
    assert compliance.post(PAGE, more | {"rest_of_world": "XX", "reason": "x"}).status_code == 422
    assert dashboard.draft() == before
    assert compliance.post(PAGE, more | {"reason": "One notice for all states"}).status_code == 302
    owner = dashboard.draft()["overrides"]
    assert (owner["sensitive_paths"], owner["one_rule"][0]["country"]) == (["/health*", "/money"], "US")
    assert set(owner["reasons"]) == {"sensitive_paths"}
    page = words(compliance.get(PAGE).text)
    assert "as the strictest of United States" in page
    assert "One notice for all states — Compliance, Nov 25, 2026" in page
    assert "strictest of the rows of US" in compliance.get(f"{PAGE}/US-TX").text
    # An existing setting needs no second reason, and removing it removes its reason.
    assert compliance.post(PAGE, more).status_code == 302
    assert compliance.post(PAGE, GENERAL).status_code == 302
    assert dashboard.draft()["overrides"]["reasons"] == {}
    assert dashboard.draft()["overrides"]["one_rule"] == []


def test_warns_of_gaps_between_tags_and_law(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    chief.post("/sites/demo/tags/new/hotjar/hotjar", {"site_id": "1234567"})
    page = words(chief.get(PAGE).text)
    assert re.search(r"records sessions and runs in California before consent", page)
    chief.post(f"{PAGE}/US-CA", REPLAY)
    assert "records sessions and runs in California" not in words(chief.get(PAGE).text)
    chief.post(f"{PAGE}/everywhere", {"what": "bidding", "level": "opt_in", "reason": "x"})
    chief.post(f"{PAGE}/DE", {"what": "analytics", "level": "opt_in", "reason": "x"})
    chief.post(PAGE, {"rest_of_world": "NZ", "ignore_gpc_where_silent": "1", "reason": "x"})
    page = words(chief.get(PAGE).text)
    assert "Your rule on bidding in every place matches no tag" in page
    assert "Your rule on analytics in Germany asks for what the law already requires" in page
    assert "Countries whose law is not in the table follow the rule of New Zealand" in page
    assert "Global Privacy Control is ignored where no law asks for it" in page
    assert "The rule of Chile begins automatically on 2026-12-01" in page


def test_an_exemption_has_its_legal_note_and_the_tags_that_carry_it(dashboard: Dashboard) -> None:
    page = words(dashboard.browser("viewer").get(f"{PAGE}/FR").text)
    assert "tracker life 13 months, data 25 months, opt-out offered" in page
    assert "Demo Analytics carries it" in page or "No tag carries it" in page
    assert "https://" in dashboard.browser("viewer").get(f"{PAGE}/FR").text
    assert dashboard.browser("viewer").get(f"{PAGE}/XX").status_code == 404


def test_a_user_without_edit_permission_can_view_the_rules(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    assert "Save as draft" not in marketing.get(PAGE).text
    assert "Add to the draft" not in marketing.get(f"{PAGE}/US-CA").text
    assert marketing.post(f"{PAGE}/US-CA", REPLAY).status_code == 403


@pytest.mark.long
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_axe_finds_no_fault(browser: Browser, dashboard: Dashboard, served: str, width: int, scheme: Any) -> None:
    dashboard.browser("admin").post(f"{PAGE}/US-CA", REPLAY)
    options: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, "bypass_csp": True}
    with strict_page(browser, served, **options) as view:
        page = view.sign_in("compliance")
        for path in (PAGE, f"{PAGE}/US-CA", f"{PAGE}/everywhere"):
            view.open(path)
            page.add_script_tag(path=AXE)
            assert page.evaluate(RUN) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_what_the_law_changes_for_the_site_is_dated_and_marked_where_it_is_near(dashboard: Dashboard) -> None:
    page = words(dashboard.browser("viewer").get(PAGE).text)
    vermont = r"Jan 1, 2027 Vermont within 60 days No longer run for visitors of these ages: Demo Ads \(13–17\)"
    assert re.search(vermont, page)
    assert re.search(r"May 1, 2027 Alabama From the US notice rule to US opt-out", page)
    assert re.search(r"Jan 1, 2027 California within 60 days .*sends Global Privacy Control: Demo Ads", page)
    assert "United Kingdom draft of law decides nothing" in page
    assert "Draft law: decides nothing (1) draft of law Digital Omnibus (position of the Council)" in page
    assert "If it applied today, nothing would change for visitors of this site." in page


def test_a_waiting_package_shows_what_it_alters_in_the_coming_changes(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = rows_of("regions.csv")
    next(row for row in rows if row["code"] == "US-OK")["in_force_since"] = "2027-03-01"
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    files = {**shipped_files(), "regions.csv": out.getvalue()}
    package = RulePackage("2026-12-01", "2026-12-02", "kid", files)
    monkeypatch.setattr("consent.dashboard.sites.law_calendar.waiting_rules", lambda: package)
    page = words(dashboard.browser("viewer").get(PAGE).text)
    assert "They change nothing for visitors of this site today." in page
    assert "What they alter in the next 24 months (1)" in page
    assert re.search("Mar 1, 2027 Oklahoma moved from Jan 1, 2027 From the US notice rule to US opt-out", page)


def test_places_are_folded_by_region_until_somebody_searches(dashboard: Dashboard) -> None:
    browser = dashboard.browser("viewer")
    folded = browser.get(PAGE).text
    assert "<summary>European Economic Area (31)</summary>" in folded
    assert '<details class="more" open>' not in folded
    assert browser.get(f"{PAGE}?q=ccr+7004").text.count('<details class="more" open><summary>United States (1)') == 1


def test_a_row_links_its_statutes_and_says_until_when_requests_are_due(dashboard: Dashboard) -> None:
    page = dashboard.browser("viewer").get(f"{PAGE}/UY").text
    assert 'href="https://www.impo.com.uy/bases/leyes/18331-2008"' in page
    assert "Ley 18.331, art. 9" in page
    assert "Access: 5 business days (Ley 18.331 art. 14)" in words(page)
    assert "Unidad Reguladora y de Control de Datos Personales" in page
    assert "over USD 25 million" in dashboard.browser("viewer").get(f"{PAGE}/US-SC").text


def test_a_row_says_where_to_complain_and_what_is_not_known(dashboard: Dashboard) -> None:
    browser = dashboard.browser("viewer")
    japan, carolina = browser.get(f"{PAGE}/JP").text, browser.get(f"{PAGE}/US-SC").text
    assert 'href="https://www.ppc.go.jp/personalinfo/pipldial/"' in japan
    assert "complaints · in Japanese · address found on Dec 1, 2026" in words(japan)
    assert "Access: without delay; the law sets no number of days (APPI art. 33(2))" in words(japan)
    assert "No address on file" in words(carolina)
    assert "No period on file" in words(carolina)
    without = [row for row in rows_of("authorities.csv") if not row["complaint_url"] and not row["mail"]]
    assert len(without) > 3
    for row in without:
        assert "No address on file" in words(browser.get(f"{PAGE}/{row['place']}").text), row["place"]
    vermont = words(browser.get(f"{PAGE}/US-VT").text)
    assert "portability, do not sell or share: from 2028-01-01: 45 days, 45 more where needed" in vermont


def test_a_receipt_links_the_statutes_of_its_place(dashboard: Dashboard) -> None:
    page = dashboard.browser("compliance").get(f"/sites/demo/receipts/{RECEIPT}").text
    code = re.search(r'href="[^"]*/rules/([A-Z-]+)">Row ', page)
    assert code
    assert all(one.url in page for one in sources_of(code[1]))


def test_places_and_days_are_written_as_the_reader_does(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    page = words(viewer.get(PAGE, Accept_Language="de").text)
    assert "Deutschland" in page
    assert "Kalifornien" in page
    assert "Germany" not in page
    assert "1. Jan. 2028" in page or "01.01.2028" in page
