"""The part of the script that follows the first layer, when it is fetched instead of appended."""

import pytest
from playwright.sync_api import Page, expect

from tests.banner.payload import choice, make_payload, tag
from tests.banner.service import LATER, LINE, Service
from tests.banner.split_script import QUIET, asked, split_script

pytestmark = pytest.mark.extended


@pytest.fixture
def service(service: Service) -> Service:
    """Make the service's script fetch its later part."""
    return split_script(service)


def accept(page: Page) -> None:
    page.get_by_role("button", name="Accept all").click()


def test_only_the_script_is_requested_before_something_is_opened_or_chosen(page: Page, service: Service) -> None:
    page.goto(
        service.page('<p>Words</p><script type="text/plain" data-consent="analytics" src="/vendor/late.js"></script>')
    )
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    service.wait_for(lambda: bool(service.events))
    page.mouse.wheel(0, 500)
    page.locator("body").click(position={"x": 5, "y": 5})
    page.evaluate("consent.get()")
    assert asked(service) == []


def test_a_choice_fetches_the_later_part_and_takes_effect(page: Page, service: Service) -> None:
    page.goto(service.page('<script type="text/plain" data-consent="analytics" src="/vendor/late.js"></script>'))
    accept(page)
    page.wait_for_function("(window.ran || []).length === 4")
    assert sorted(page.evaluate("ran")) == ["ads", "chat", "late", "stats"]
    assert service.one_receipt()["action"] == "accept_all"
    assert service.asked_for(LATER) == 1
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()


@pytest.mark.parametrize("is_older", [True, False])
def test_a_page_of_another_config_than_what_it_fetches_asks_once(page: Page, service: Service, is_older: bool) -> None:
    """Before a publish, or right after it on a node that hasn't seen it yet: one more vendor, and so another key."""
    less, more = QUIET, [*QUIET, tag("heat", "analytics")]
    before, after = (make_payload(service.vendors, tags=less), make_payload(service.vendors, tags=more, earlier=[less]))
    service.payload = before if is_older else after
    page.goto(service.page())
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    service.payload = after if is_older else before
    accept(page)
    page.wait_for_function("(window.ran || []).includes('ads')")
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    expect(page.get_by_role("button", name="Accept all")).to_have_count(0)
    assert page.evaluate("(window.ran || []).includes('stats')") is is_older
    assert page.evaluate("(window.ran || []).includes('heat')") is False
    service.payload = after
    page.reload()
    if is_older:  # visitors are asked for the new vendor where the page lists it
        expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    else:
        page.wait_for_function("(window.ran || []).includes('heat')")
    assert page.evaluate("(window.ran || []).includes('heat')") is not is_older


def test_facts_of_a_node_of_earlier_times_give_a_choice_its_keys(page: Page, service: Service) -> None:
    service.apart = False
    assert service.payload
    del service.payload["resolved"]["keys"]
    page.goto(service.page())
    accept(page)
    page.wait_for_function("(window.ran || []).includes('stats')")
    assert service.own_cookies(page)["consent_demo"] == choice("111")


def test_opening_the_second_layer_fetches_it(page: Page, service: Service) -> None:
    page.goto(service.page())
    page.get_by_role("button", name="Settings").click()
    dialog = page.get_by_role("dialog", name="Your privacy choices")
    dialog.get_by_role("switch", name="Analytics", exact=True).check()
    dialog.get_by_role("button", name="Save my choice").click()
    assert service.one_receipt()["choices"] == {"functional": False, "analytics": True, "advertising": False}


@pytest.mark.parametrize(
    "held",
    [
        '<iframe data-consent="functional" data-vendor="video" data-src="/film" width="300" height="200"></iframe>',
        '<script type="text/plain" data-consent="essential" src="/vendor/late.js"></script>',
    ],
)
def test_a_page_that_holds_a_frame_or_something_essential_fetches_it(page: Page, service: Service, held: str) -> None:
    page.goto(service.page(held))
    if "iframe" in held:
        expect(page.get_by_role("button", name="Load once")).to_be_visible()
    else:
        page.wait_for_function("(window.ran || []).includes('late')")
    assert service.asked_for(LATER) == 1


def test_a_returning_visitor_gets_the_later_part_and_sees_only_the_reopen_button(page: Page, service: Service) -> None:
    service.visit_with(page, choice("010"))
    page.goto(service.page())
    page.wait_for_function("(window.ran || []).includes('stats')")
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)
    assert page.evaluate("ran") == ["stats"]


def test_the_tags_of_a_returning_visitor_do_not_wait_for_a_paint(page: Page, service: Service) -> None:
    service.visit_with(page, choice("111"))
    stopped = "<script>requestAnimationFrame = setTimeout = () => 0</script>"
    page.goto(service.page(head=stopped + LINE))
    for name in ("chat", "stats", "ads"):
        service.wait_for_request(f"/vendor/{name}.js")


def test_the_tags_of_a_returning_visitor_run_before_the_reopen_button_is_drawn(page: Page, service: Service) -> None:
    service.visit_with(page, choice("111"))
    noted = """<script>
      const idle = requestIdleCallback, later = setTimeout;
      requestIdleCallback = (...given) => { window.atIdle ??= [...(window.ran || [])]; return idle(...given) };
      setTimeout = (step, ms, ...given) => ms !== 500 && later(step, ms, ...given); // no half second ends
    </script>"""
    page.goto(service.page(head=noted + LINE))
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    assert {"ads", "chat", "stats"} <= set(page.evaluate("atIdle"))


def test_nothing_of_ours_stands_on_the_stack_where_a_cookie_is_read_or_tags_are_asked_for(
    page: Page, service: Service
) -> None:
    """Chromium parses each function on the stack again."""
    service.visit_with(page, choice("111"))
    spied = """<script>
      const { get } = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
      const { append } = Element.prototype;
      window.stacks = { cookie: [], tags: [] };
      const isOurs = line => line.includes(".js") && !line.includes("at async ");
      const note = name => stacks[name].push(new Error().stack.split("\\n").filter(isOurs).join());
      Object.defineProperty(Document.prototype, "cookie", { get() { note("cookie"); return get.call(this) } });
      Element.prototype.append = function (...nodes) {
        if (this === document.head) note("tags");
        return append.apply(this, nodes);
      };
    </script>"""
    page.goto(service.page(head=spied + LINE))
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    assert page.evaluate("stacks") == {"cookie": ["", ""], "tags": [""]}


def test_what_is_of_our_making_is_not_gone_through_and_no_address_taken_apart_for_nothing(
    page: Page, service: Service
) -> None:
    """Marks inside what the page adds are found as before."""
    service.visit_with(page, choice("111"))
    spied = """<script>
      const { querySelectorAll } = Element.prototype;
      window.seen = [];
      Element.prototype.querySelectorAll = function (...given) {
        seen.push(this.src || this.localName);
        return querySelectorAll.apply(this, given);
      };
      URL = class extends URL { constructor(...given) { super(...given); seen.push("URL " + given[0]) } };
    </script>"""
    page.goto(service.page(head=spied + LINE))
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    assert page.evaluate("seen") == []
    page.evaluate("""() => {
      const added = document.createElement("main");
      added.innerHTML = '<script type="text/plain" data-consent="analytics" src="/vendor/late.js"></scr' + 'ipt>';
      document.body.append(added);
    }""")
    page.wait_for_function("(window.ran || []).includes('late')")
    assert "main" in page.evaluate("seen")


def test_the_reopen_button_does_not_wait_for_a_hanging_tag(page: Page, service: Service) -> None:
    assert service.payload
    service.payload["acts"]["tags"]["chat"]["src"] = service.origin + "/hang.js"
    service.visit_with(page, choice("111"))
    patient = "<script>const later = setTimeout; setTimeout = (step, ms) => ms !== 3000 && later(step, ms)</script>"
    page.goto(service.page(head=patient + LINE), wait_until="commit")
    service.wait_for_request("/hang.js")
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()


def test_sets_consent_mode_before_reading_a_cookie(page: Page, service: Service) -> None:
    service.visit_with(page, choice("010"))
    spied = """<script>
      const { get } = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
      const told = [];
      Object.defineProperty(Document.prototype, "cookie", { get() {
        told.push((window.dataLayer || []).map(([, what, { analytics_storage }]) => what + analytics_storage)[0]);
        return get.call(this);
      } });
    </script>"""
    page.goto(service.page(head=spied + LINE))
    page.wait_for_function("(window.ran || []).includes('stats')")
    assert page.evaluate("told.length > 0 && told.every(one => one === 'defaultdenied')")


def test_a_choice_is_kept_while_it_cannot_be_fetched_and_acts_at_the_next_page(page: Page, service: Service) -> None:
    page.goto(service.page())
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    page.route("**" + LATER, lambda route: route.abort())
    accept(page)
    expect(page.get_by_role("button", name="Accept all")).to_have_count(0)
    assert page.evaluate("consent.get().groups.analytics.granted") is True
    assert page.evaluate("window.ran || []") == []
    page.unroute("**" + LATER)
    page.reload()
    page.wait_for_function("(window.ran || []).length === 3")
    assert service.one_receipt()["action"] == "accept_all"


def test_api_calls_of_the_page_wait_for_the_later_part(page: Page, service: Service) -> None:
    page.goto(service.page())
    page.wait_for_function("window.consent")
    page.evaluate("consent.set({analytics: true})")
    assert service.one_receipt()["method"] == "api"
    page.evaluate("consent.withdraw()")
    service.wait_for(lambda: len(service.receipts) == 2)
    assert service.receipts[1]["action"] == "withdraw"
    assert page.evaluate("consent.get().groups.analytics.reason") == "refused"
