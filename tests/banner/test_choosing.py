import json

import pytest
from playwright.sync_api import Page, Route, expect

from tests.banner.payload import choice, make_payload
from tests.banner.service import LINE, Service, with_real_focus

STORED = "JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])"


def test_accepting_writes_the_cookie_the_contract_names_and_one_receipt(page: Page, service: Service) -> None:
    page.goto(service.page())
    page.get_by_role("button", name="Accept all").click()
    receipt = service.one_receipt()
    page.wait_for_function("!localStorage.getItem('consent_demo_queue')")
    assert service.own_cookies(page) == {"consent_demo": choice("111")}
    assert receipt.pop("key").isalnum()
    assert receipt.pop("chosen_at").startswith("2026-11-25T12:00")
    assert receipt == {
        "config": "sha256:" + "9f" * 32,
        "token": "a-token",
        "action": "accept_all",
        "method": "click",
        "choices": {"functional": True, "analytics": True, "advertising": True},
        "vendors": {},
        "layer": 1,
        "conflict_shown": False,
        "age_band": "unknown",
        "keep_proof": False,
    }


def test_the_choice_cookie_lives_400_days_and_is_lax(page: Page, service: Service) -> None:
    page.goto(service.page())
    page.get_by_role("button", name="Reject all").click()
    service.one_receipt()
    cookie = next(c for c in page.context.cookies(service.origin) if c["name"] == "consent_demo")
    assert (cookie["sameSite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "www.shop.localhost")


def test_the_scope_of_the_site_is_the_cookies_domain(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, scope="shop.localhost")
    page.goto(service.page())
    page.get_by_role("button", name="Reject all").click()
    service.one_receipt()
    cookie = next(c for c in page.context.cookies(service.origin) if c["name"] == "consent_demo")
    assert cookie["domain"] == ".shop.localhost"


def test_after_a_first_refusal_the_browser_holds_nothing_unique(page: Page, service: Service) -> None:
    page.goto(service.page())
    page.get_by_role("button", name="Reject all").click()
    key = service.one_receipt()["key"]
    page.wait_for_function("!localStorage.getItem('consent_demo_queue')")
    assert json.loads(page.evaluate(STORED)) == [f"consent_demo={choice('000')}", {}, {}]
    assert key not in page.evaluate(STORED)


def test_the_receipt_of_a_grant_is_kept_and_that_of_its_withdrawal_is_not(page: Page, service: Service) -> None:
    page.goto(service.page())
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("localStorage.getItem('consent_demo_receipt')")
    assert page.evaluate("localStorage.getItem('consent_demo_receipt')") == "1", "no id that a script could read"
    page.get_by_role("button", name="Privacy choices").click()
    page.get_by_role("dialog").get_by_role("button", name="Reject all").click()
    service.wait_for(lambda: len(service.receipts) == 2)
    page.wait_for_function("!localStorage.getItem('consent_demo_queue')")
    assert service.receipts[1]["action"] == "withdraw"
    assert page.evaluate("localStorage.length") == 0


def test_the_receipt_of_a_grant_is_kept_as_long_as_one_stands(page: Page, service: Service) -> None:
    page.goto(service.page())
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("localStorage.getItem('consent_demo_receipt')")
    for number, group in enumerate(("functional", "analytics", "advertising"), 2):
        page.evaluate(f"void consent.withdraw('{group}')")
        service.wait_for(lambda number=number: len(service.receipts) == number)  # type: ignore[misc]
        page.wait_for_function("!localStorage.getItem('consent_demo_queue')")
        assert page.evaluate("'consent_demo_receipt' in localStorage") is (group != "advertising")


def test_proof_is_kept_of_a_refusal_where_the_visitor_asks_for_it(page: Page, service: Service) -> None:
    page.goto(service.page())
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Keep proof").check()
    page.get_by_role("dialog").get_by_role("button", name="Reject all").click()
    page.wait_for_function("localStorage.getItem('consent_demo_receipt')")
    assert service.one_receipt()["keep_proof"] is True


def test_a_choice_made_during_an_outage_is_sent_later_with_one_key(page: Page, service: Service) -> None:
    service.status = 503
    page.goto(service.page())
    with page.expect_response("**/receipts"):
        page.get_by_role("button", name="Reject all").click()
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    with page.expect_response("**/receipts"):
        page.reload()
    service.status = 201
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_function("!localStorage.getItem('consent_demo_queue')")
    sent = len(service.receipts)
    page.reload()
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    bodies = {json.dumps(receipt) for receipt in service.receipts}
    assert len(bodies) == 1
    assert len(service.receipts) == sent


@pytest.mark.parametrize(("status", "kind"), [(200, "text/html"), (404, "text/html"), (200, "application/json")])
def test_a_response_from_another_server_does_not_confirm_a_choice(
    page: Page, service: Service, status: int, kind: str
) -> None:
    """The response of a proxy, a maintenance page or a captive portal."""
    answered: list[str] = []

    def answer(route: Route) -> None:
        answered.append(route.request.post_data or "")
        route.fulfill(status=status, content_type=kind, body="{}" if kind.endswith("json") else "<h1>Back soon</h1>")

    page.route("**/receipts", answer)
    page.goto(service.page())
    with page.expect_response("**/receipts"):
        page.get_by_role("button", name="Reject all").click()
    page.unroute("**/receipts")
    page.reload()
    assert json.loads(answered[0]) == service.one_receipt()
    page.wait_for_function("!localStorage.getItem('consent_demo_queue')")


MARK = "document.cookie.includes('consent_demo_queue=1')"
SPIED = """<script>
  const { get } = Object.getOwnPropertyDescriptor(window, "localStorage");
  window.looked = 0;
  Object.defineProperty(window, "localStorage", { get() { looked++; return get.call(this) } });
</script>"""


def test_a_cookie_marks_a_pending_choice_until_it_is_delivered_on_the_next_page(page: Page, service: Service) -> None:
    service.status = 503
    page.goto(service.page())
    page.get_by_role("button", name="Reject all").click()
    service.one_receipt()
    assert page.evaluate(MARK)
    service.status = 201
    page.reload()
    page.wait_for_function("!localStorage.getItem('consent_demo_queue')")
    assert not page.evaluate(MARK)
    assert page.evaluate("localStorage.length") == 0


def test_does_not_touch_the_storage_without_a_pending_choice(page: Page, service: Service) -> None:
    service.visit_with(page, choice("111"))
    page.goto(service.page(head=SPIED + LINE))
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    assert page.evaluate("looked") == 0
    page.evaluate("document.cookie = 'consent_demo_queue=1;path=/'")
    page.reload()
    page.wait_for_function("looked > 0")
    page.wait_for_function(f"!{MARK}")


def test_sends_a_choice_whose_cookie_was_lost_on_page_unload(page: Page, service: Service) -> None:
    service.status = 503
    page.goto(service.page())
    page.get_by_role("button", name="Reject all").click()
    service.one_receipt()
    page.evaluate("document.cookie = 'consent_demo_queue=;Max-Age=0;path=/'")
    service.page("elsewhere", head="", path="/elsewhere")
    page.goto(service.origin + "/elsewhere")
    page.goto(service.origin)
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    heard = len(service.receipts)
    page.goto(service.origin + "/elsewhere")
    service.wait_for(lambda: len(service.receipts) > heard)
    assert len({receipt["key"] for receipt in service.receipts}) == 1


def test_records_a_signal_immediately_for_a_visitor_who_chose_before(page: Page, service: Service) -> None:
    assert service.payload
    service.payload["signals"]["gpc"] = True
    service.visit_with(page, choice("011"))
    page.goto(service.page())
    assert service.one_receipt()["method"] == "gpc"


@pytest.mark.parametrize("status", [409, 410, 422])
def test_does_not_resend_what_the_service_rejects(page: Page, service: Service, status: int) -> None:
    service.status = status
    page.goto(service.page())
    page.get_by_role("button", name="Accept all").click()
    service.one_receipt()
    page.wait_for_function("!localStorage.getItem('consent_demo_queue')")
    assert len(service.receipts) == 1
    assert page.evaluate("localStorage.length") == 0


def test_a_choice_older_than_thirty_days_is_not_sent(page: Page, service: Service) -> None:
    old = [{"key": "0" * 32, "chosen_at": "2026-10-01T00:00:00Z", "choices": {}, "vendors": {}}]
    page.goto(service.page("", head="", path="/plain"))
    page.evaluate("old => localStorage.setItem('consent_demo_queue', JSON.stringify(old))", old)
    page.goto(service.page())
    page.get_by_role("button", name="Reject all").click()
    assert service.one_receipt()["key"] != "0" * 32


def test_a_beacon_is_sent_as_the_page_goes_away_while_the_service_is_down(page: Page, service: Service) -> None:
    service.status = 503
    page.goto(service.page())
    page.get_by_role("button", name="Reject all").click()
    service.one_receipt()
    page.wait_for_timeout(100)  # the page must receive the failed response before it is left
    service.page("elsewhere", head="", path="/elsewhere")
    page.goto(service.origin + "/elsewhere")
    service.wait_for(lambda: len(service.receipts) >= 2)
    assert service.receipts[0] == service.receipts[-1]


@pytest.mark.windows
def test_another_window_updates_immediately(page: Page, service: Service) -> None:
    page.goto(service.page())
    other = page.context.new_page()
    other.goto(service.origin)
    expect(other.get_by_role("button", name="Accept all")).to_be_visible()
    with_real_focus(other)
    page.bring_to_front()
    page.get_by_role("button", name="Accept all").click()
    expect(other.get_by_role("button", name="Accept all")).to_have_count(0)
    other.wait_for_function("(window.ran || []).includes('stats')")
    service.one_receipt()


@pytest.mark.windows
def test_another_window_applies_a_choice_made_before_it_listened(page: Page, service: Service) -> None:
    page.goto(service.page())
    other = page.context.new_page()  # it keeps its focus, so it gets no focus event
    other.goto(service.origin)
    expect(other.get_by_role("button", name="Accept all")).to_be_visible()
    page.get_by_role("button", name="Accept all").click()
    service.one_receipt()
    expect(other.get_by_role("button", name="Accept all")).to_have_count(1)
    with_real_focus(other)
    page.bring_to_front()
    expect(other.get_by_role("button", name="Accept all")).to_have_count(0)
    other.wait_for_function("(window.ran || []).includes('stats')")


def test_a_window_that_opens_without_focus_updates_immediately(page: Page, service: Service) -> None:
    page.goto(service.page())
    other = page.context.new_page()
    other.add_init_script("Document.prototype.hasFocus = () => false")  # Playwright gives every new page the focus
    other.goto(service.origin)
    expect(other.get_by_role("button", name="Accept all")).to_be_visible()
    page.get_by_role("button", name="Accept all").click()
    expect(other.get_by_role("button", name="Accept all")).to_have_count(0)
    other.wait_for_function("(window.ran || []).includes('stats')")


def test_registers_no_storage_listener_while_the_page_keeps_the_focus(page: Page, service: Service) -> None:
    page.add_init_script(
        "const { addEventListener: add } = EventTarget.prototype; window.heard = [];"
        " EventTarget.prototype.addEventListener = function (name) { heard.push(name); add.apply(this, arguments) }"
    )
    service.visit_with(page, choice("111"))
    page.goto(service.page())
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    assert "blur" in page.evaluate("heard")
    assert "storage" not in page.evaluate("heard")
    page.evaluate("dispatchEvent(new Event('blur'))")
    assert "storage" in page.evaluate("heard")


def test_a_grant_in_a_place_of_opt_out_after_a_refusal_is_an_opt_in(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    service.visit_with(page, choice("000", "US-CA"))
    page.goto(service.page())
    page.get_by_role("button", name="Privacy choices").click()
    page.get_by_role("dialog").get_by_role("button", name="Accept all").click()
    assert service.one_receipt()["action"] == "opt_in"


@pytest.mark.parametrize("held", ["\n  ", "<!-- links -->", "Your rights: "])
def test_a_place_for_links_is_filled_once_whatever_text_it_holds(page: Page, service: Service, held: str) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    count = len(service.payload["links"])
    page.goto(service.page(f"<footer><span data-choices-link>{held}</span></footer>"))
    links = page.locator("footer [data-choices-link] > a")
    expect(links).to_have_count(count)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p><span data-choices-link></span></p>')")
    expect(page.locator("p [data-choices-link] > a")).to_have_count(count)
    expect(links).to_have_count(count)
    assert page.evaluate("h => document.querySelector('footer span').innerHTML.startsWith(h)", held)


def test_a_link_of_the_place_opts_out_of_sale_alone(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, "US-CA")
    page.goto(service.page("<footer><span data-choices-link></span></footer>"))
    page.get_by_role("button", name="Do Not Sell or Share").click()
    receipt = service.one_receipt()
    assert receipt["action"] == "opt_out"
    assert receipt["choices"] == {"advertising": False}
    assert service.own_cookies(page)["consent_demo"].split(".")[4].startswith("-00000000-000000000")
    expect(page.get_by_role("dialog")).to_contain_text("Opt-Out Request Honored")
