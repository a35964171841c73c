import pytest
from playwright.sync_api import Page, expect

from tests.banner.payload import TEXTS, choice, make_payload
from tests.banner.service import Service

GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })"


def ran(page: Page) -> list[str]:
    page.wait_for_function("(window.ran || []).includes('session')")
    found: list[str] = page.evaluate("window.ran")
    return found


@pytest.mark.parametrize("source", ["header", "property"])
def test_gpc_holds_advertising_in_california_and_shows_a_notice(page: Page, service: Service, source: str) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    if source == "header":
        service.payload["signals"]["gpc"] = True
    else:
        page.add_init_script(GPC)
    page.goto(service.page())
    expect(page.get_by_text("Opt-Out Request Honored")).to_be_visible()
    page.wait_for_function("(window.ran || []).includes('stats')")
    assert "ads" not in ran(page)


def test_records_an_obeyed_signal_once_without_a_click_or_an_id(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    page.add_init_script(GPC)
    page.goto(service.page())
    receipt = service.one_receipt()
    assert (receipt["action"], receipt["method"], receipt["choices"]) == ("opt_out", "gpc", {"advertising": False})
    page.wait_for_function("!localStorage.getItem('consent_demo_queue')")
    page.reload()
    expect(page.get_by_text("Opt-Out Request Honored")).to_be_visible()
    assert len(service.receipts) == 1
    assert page.evaluate("JSON.stringify(localStorage)") == '{"consent_demo_gpc":"14"}'
    assert service.own_cookies(page) == {}


def test_a_grant_against_the_signal_is_recorded_with_the_notice_shown(page: Page, service: Service) -> None:
    page.add_init_script(GPC)
    page.goto(service.page())
    expect(page.get_by_text("counts instead of that signal")).to_be_visible()
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).includes('ads')")
    service.wait_for(lambda: any(r["method"] == "click" for r in service.receipts))
    receipt = next(r for r in service.receipts if r["method"] == "click")
    assert receipt["conflict_shown"] is True
    assert service.own_cookies(page)["consent_demo"] == choice("111", told=1)


def test_an_older_grant_does_not_override_a_new_signal(page: Page, service: Service) -> None:
    service.visit_with(page, choice("111"))
    page.add_init_script(GPC)
    page.goto(service.page())
    page.wait_for_function("(window.ran || []).includes('stats')")
    assert "ads" not in ran(page)


def test_a_grant_by_the_page_itself_counts_as_made_without_a_notice(page: Page, service: Service) -> None:
    page.add_init_script(GPC)
    page.goto(service.page())
    page.wait_for_function("window.consent")
    page.evaluate("consent.set({advertising: true, analytics: true})")
    page.wait_for_function("(window.ran || []).includes('stats')")
    assert "ads" not in ran(page)


@pytest.mark.parametrize(("band", "held"), [("13_15", True), ("adult", False), ("nonsense", False)])
def test_an_age_band_can_only_narrow(page: Page, service: Service, band: str, held: bool) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    page.goto(service.page(head=f'<script async src="/b/demo.js" data-age-band="{band}"></script>'))
    page.wait_for_function("(window.ran || []).includes('stats')")
    assert page.evaluate("consent.get().groups.advertising.granted") is not held


@pytest.mark.parametrize(("age", "asked"), [("14", False), ("15", True), ("17", True), ("40", True), ("1x", True)])
def test_an_age_in_years_applies_to_the_decision_and_is_not_stored(
    page: Page, service: Service, age: str, asked: bool
) -> None:
    service.payload = make_payload(service.vendors, "FR")
    page.goto(service.page(head=f'<script async src="/b/demo.js" data-age-band="{age}"></script>'))
    page.wait_for_function("window.consent")
    reason = page.evaluate("consent.get().groups.advertising.reason")
    assert reason == ("opt_in_not_given" if asked else "minor")
    if not asked:
        return
    service.status = 503
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).includes('ads')")
    waiting = page.evaluate("localStorage.getItem('consent_demo_queue')")
    assert f'"age_band":"{ {"15": "13_15", "17": "16_17"}.get(age, "unknown") }"' in waiting
    assert service.one_receipt()["age_band"] == (age if age in ("15", "17") else "unknown")


def test_a_teenager_who_is_asked_himself_can_grant_and_is_not_asked_again(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    where = service.page(head='<script async src="/b/demo.js" data-age-band="13_15"></script>')
    page.goto(where)
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).includes('ads')")
    assert service.own_cookies(page)["consent_demo"].split(".")[2] == "us_ca+d"
    assert service.one_receipt()["age_band"] == "13_15"
    page.goto(where)
    page.wait_for_function("(window.ran || []).includes('ads')")
    expect(page.get_by_role("button", name="Accept all")).to_have_count(0)


def test_says_that_the_signal_is_honored_when_the_location_is_unknown(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "")
    page.add_init_script(GPC)
    page.goto(service.page())
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    expect(page.get_by_text(TEXTS["status"])).to_be_visible()
    expect(page.get_by_text(TEXTS["gpc_conflict"])).to_be_visible()


def test_a_site_for_children_ignores_an_adult_age_that_the_page_states(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "US-CA", overrides={"addresses_children": True})
    page.goto(service.page(head='<script async src="/b/demo.js" data-age-band="adult"></script>'))
    page.wait_for_function("window.consent")
    assert page.evaluate("consent.get().groups.advertising.reason") == "minor"


DNT = "Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' })"


def test_dnt_is_an_objection_where_the_law_recognizes_it_and_nothing_is_asked(page: Page, service: Service) -> None:
    page.add_init_script(DNT)
    page.goto(service.page())
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    expect(page.get_by_role("button", name="Accept all")).to_have_count(0)
    assert page.evaluate("consent.get().groups.advertising.reason") == "dnt"
    page.get_by_role("button", name="Privacy choices").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(TEXTS["dnt_conflict"])).to_be_visible()
    dialog.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).includes('ads')")
    assert service.one_receipt()["conflict_shown"] is True
    assert service.own_cookies(page)["consent_demo"] == choice("111", told=2)


@pytest.mark.parametrize("honors", [False, True])
def test_dnt_applies_elsewhere_when_the_owner_enables_it_and_the_question_says_so(
    page: Page, service: Service, honors: bool
) -> None:
    service.payload = make_payload(service.vendors, "FR", overrides={"honour_dnt": honors})
    page.add_init_script(DNT)
    page.goto(service.page())
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    expect(page.get_by_text(TEXTS["dnt_conflict"])).to_have_count(int(honors))
    assert page.evaluate("consent.get().groups.advertising.reason") == ("dnt" if honors else "opt_in_not_given")


def test_of_two_signals_the_stronger_is_shown_and_a_grant_overrides_both(page: Page, service: Service) -> None:
    page.add_init_script(GPC + ";" + DNT)
    service.payload = make_payload(service.vendors, "FR", overrides={"honour_dnt": True})
    page.goto(service.page())
    expect(page.get_by_text(TEXTS["gpc_conflict"])).to_be_visible()
    expect(page.get_by_text(TEXTS["dnt_conflict"])).to_have_count(0)
    assert page.evaluate("consent.get().groups.advertising.reason") == "gpc"
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).includes('ads')")


def test_an_age_overrides_a_grant_made_with_a_notice_of_the_signal(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    service.visit_with(page, choice("111", place="US-CA", told=1))
    page.add_init_script(GPC)
    page.goto(service.page(head='<script async src="/b/demo.js" data-age-band="under13"></script>'))
    page.wait_for_function("window.consent")
    assert page.evaluate("consent.get().groups.advertising.reason") == "minor"
    page.evaluate("consent.open()")
    expect(page.get_by_role("dialog").get_by_text(TEXTS["locked"]).first).to_be_visible()
    expect(page.get_by_role("switch", name=TEXTS["advertising"], exact=True)).to_be_disabled()


def test_a_held_frame_shows_the_signal_that_its_grant_would_override(page: Page, service: Service) -> None:
    page.add_init_script(GPC)
    frame = '<iframe data-consent="advertising" data-vendor="ads" data-src="/film" width="400" height="300"></iframe>'
    page.goto(service.page(frame))
    host = page.locator("consent-placeholder[lang=en]").filter(has=page.get_by_role("button", name="Always allow"))
    expect(host.get_by_text(TEXTS["gpc_conflict"])).to_be_visible()


def test_a_manual_opt_out_is_shown_as_honored_and_the_switch_reflects_it(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    page.goto(service.page("<p><span data-choices-link></span></p>"))
    page.get_by_role("button", name="Do Not Sell or Share").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(TEXTS["status"])).to_be_visible()
    expect(dialog.get_by_role("switch", name=TEXTS["advertising"], exact=True)).not_to_be_checked()
    assert service.one_receipt()["action"] == "opt_out"
