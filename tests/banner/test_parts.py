"""The part of the script that comes after the first layer, where it is fetched and not appended."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from tests.banner.payload import CAST, TEXTS, choice, make_payload, tag
from tests.banner.service import LATER, LINE, Service, with_real_focus

QUIET = [one for one in CAST if one["group"] != "essential"]
"""Tags of which none may run before a choice."""


@pytest.fixture
def service(service: Service) -> Service:
    """Leave the part to be fetched."""
    service.payload = make_payload(service.vendors, tags=QUIET)
    service.apart = True
    return service


def asked(service: Service) -> list[str]:
    """Return what the script asked for, without the page, itself and the browser's icon."""
    return [path for path in service.requests if path not in ("/", "/b/demo.js", "/favicon.ico")]


def accept(page: Page) -> None:
    page.get_by_role("button", name="Accept all").click()


def test_nothing_but_the_script_is_asked_for_before_something_is_opened_or_chosen(page: Page, service: Service) -> None:
    page.goto(
        service.page('<p>Words</p><script type="text/plain" data-consent="analytics" src="/vendor/late.js"></script>')
    )
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    service.wait_for(lambda: bool(service.events))
    page.mouse.wheel(0, 500)
    page.locator("body").click(position={"x": 5, "y": 5})
    page.evaluate("consent.get()")
    assert asked(service) == []


def test_a_choice_fetches_it_and_acts(page: Page, service: Service) -> None:
    page.goto(service.page('<script type="text/plain" data-consent="analytics" src="/vendor/late.js"></script>'))
    accept(page)
    page.wait_for_function("(window.ran || []).length === 4")
    assert sorted(page.evaluate("ran")) == ["ads", "chat", "late", "stats"]
    assert service.one_receipt()["action"] == "accept_all"
    assert service.asked_for(LATER) == 1
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()


@pytest.mark.parametrize("is_older", [True, False])
def test_a_page_of_another_config_than_what_it_fetches_asks_once(page: Page, service: Service, is_older: bool) -> None:
    """Before a publish, or just after it, from a node that has not seen it yet: a vendor more, and so another key."""
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
    if is_older:  # what it did not name is asked for where it is named
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


def test_a_returning_visitor_gets_it_and_nothing_is_painted_but_the_way_back(page: Page, service: Service) -> None:
    service.visit_with(page, choice("010"))
    page.goto(service.page())
    page.wait_for_function("(window.ran || []).includes('stats')")
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    expect(page.get_by_role("button", name="Reject all")).to_have_count(0)
    assert page.evaluate("ran") == ["stats"]


def test_a_returning_visitors_tags_wait_for_no_paint(page: Page, service: Service) -> None:
    service.visit_with(page, choice("111"))
    stopped = "<script>requestAnimationFrame = setTimeout = () => 0</script>"
    page.goto(service.page(head=stopped + LINE))
    for name in ("chat", "stats", "ads"):
        service.wait_for_request(f"/vendor/{name}.js")


def test_a_returning_visitors_tags_run_before_the_way_back_is_drawn(page: Page, service: Service) -> None:
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
    """Chromium parses each function again that does."""
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
    """A mark within what the page adds is found in the same way as before."""
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


def test_the_way_back_waits_for_no_tag_that_hangs(page: Page, service: Service) -> None:
    assert service.payload
    service.payload["acts"]["tags"]["chat"]["src"] = service.origin + "/hang.js"
    service.visit_with(page, choice("111"))
    patient = "<script>const later = setTimeout; setTimeout = (step, ms) => ms !== 3000 && later(step, ms)</script>"
    page.goto(service.page(head=patient + LINE), wait_until="commit")
    service.wait_for_request("/hang.js")
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()


def test_consent_mode_is_told_before_a_cookie_is_read(page: Page, service: Service) -> None:
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


def test_what_the_page_asks_for_by_the_api_waits_for_it(page: Page, service: Service) -> None:
    page.goto(service.page())
    page.wait_for_function("window.consent")
    page.evaluate("consent.set({analytics: true})")
    assert service.one_receipt()["method"] == "api"
    page.evaluate("consent.withdraw()")
    service.wait_for(lambda: len(service.receipts) == 2)
    assert service.receipts[1]["action"] == "withdraw"
    assert page.evaluate("consent.get().groups.analytics.reason") == "refused"


GET = "JSON.stringify(consent.get())"


@contextmanager
def cut_off(page: Page) -> Iterator[None]:
    """Let what is fetched later fail, and go on once all of it has that was asked for, be it by the mouse alone."""
    asked: list[str] = []
    failed: list[str] = []

    def abort(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    page.route("**" + LATER, abort)
    page.on("requestfailed", lambda request: failed.append(request.url) if LATER in request.url else None)
    yield
    while not asked or len(failed) < len(asked):
        page.wait_for_timeout(10)
    page.unroute("**" + LATER)


def come_back(page: Page) -> None:
    """Have the page looked at again: what could not be fetched is asked for anew."""
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()


@pytest.mark.parametrize("place", ["DE", "FR", "CA-QC", "IN"])
@pytest.mark.parametrize("gpc", [False, True])
@pytest.mark.parametrize("answer", ["Accept all", "Reject all"])
def test_what_was_decided_ahead_is_what_the_page_decides(
    page: Page, service: Service, place: str, gpc: bool, answer: str
) -> None:
    service.payload = make_payload(service.vendors, place, tags=QUIET)
    service.payload["signals"]["gpc"] = gpc
    page.add_init_script(
        f"Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {{ value: {json.dumps(gpc)} }})"
    )
    page.goto(service.page())
    expect(page.get_by_role("button", name=answer)).to_be_visible()
    first = page.evaluate(GET)
    page.evaluate("consent.open()")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    assert page.evaluate(GET) == first
    with cut_off(page):
        page.reload()
        page.get_by_role("button", name=answer).click()
        expect(page.get_by_role("button", name=answer)).to_have_count(0)
        then = page.evaluate(GET)
    assert json.loads(then)["groups"]["analytics"]["reason"] == ("granted" if answer == "Accept all" else "refused")
    come_back(page)
    assert page.evaluate(GET) == then


def test_a_returning_visitor_is_not_asked_while_it_cannot_be_fetched_and_nothing_runs(
    page: Page, service: Service
) -> None:
    service.visit_with(page, choice("011"))
    with cut_off(page):
        page.goto(service.page())
        page.wait_for_function("window.consent")
        assert page.evaluate("[consent.get().show, consent.get().allowed_tags, window.ran]") == ["none", [], None]
        expect(page.get_by_role("button", name="Reject all")).to_have_count(0)
    come_back(page)
    page.wait_for_function("(window.ran || []).length === 2")
    assert page.evaluate("consent.get().groups.functional.reason") == "refused"


def test_consent_mode_says_denied_until_a_returning_visitors_grant_is_read(page: Page, service: Service) -> None:
    service.visit_with(page, choice("010"))
    page.goto(service.page())
    page.wait_for_function("window.consent")
    told = page.evaluate(
        "dataLayer.filter(e => e[0] === 'consent').map(e => [e[1], e[2].analytics_storage, e[2].ad_storage])"
    )
    assert told == [["default", "denied", "denied"], ["default", "denied", "denied"], ["update", "granted", "denied"]]
    assert page.evaluate("consent.get().groups.analytics.reason") == "granted"


def test_what_another_tab_refuses_while_it_is_on_its_way_holds(page: Page, service: Service) -> None:
    service.visit_with(page, choice("111"))

    def refuse(route: Route) -> None:
        service.visit_with(page, choice("000"))
        route.continue_()

    page.route("**" + LATER, refuse)
    page.goto(service.page())
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    assert page.evaluate("[consent.get().groups.analytics.reason, consent.get().allowed_tags]") == ["refused", []]
    assert not [path for path in service.requests if path.startswith("/vendor/")]


def test_a_cookie_that_is_no_choice_is_none(page: Page, service: Service) -> None:
    service.visit_with(page, "v1.nothing")
    page.goto(service.page())
    page.get_by_role("button", name="Reject all").click()
    assert service.one_receipt()["action"] == "reject_all"


@pytest.mark.parametrize(
    ("head", "script", "reason"),
    [
        ("", "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true })", "gpc"),
        ("", "Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' })", "dnt"),
        (' data-age-band="under13"', "", "minor"),
    ],
)
def test_what_only_the_page_can_see_is_decided_in_it(
    page: Page, service: Service, head: str, script: str, reason: str
) -> None:
    service.payload = make_payload(service.vendors, tags=QUIET, overrides={"honour_dnt": True})
    page.add_init_script(script)
    page.goto(service.page(head=LINE.replace("async", "async" + head)))
    page.wait_for_function("window.consent")
    assert page.evaluate("consent.get().groups.advertising.reason") == reason
    if reason == "gpc":
        expect(page.get_by_role("region")).to_contain_text(TEXTS["gpc_conflict"])
    assert service.asked_for(LATER) == 1


def test_a_page_that_a_tag_stays_away_from_is_decided_in_it(page: Page, service: Service) -> None:
    away = {"pages": {"only": [], "except": ["/members/*"]}}
    service.payload = make_payload(service.vendors, tags=[tag("ads", "advertising", **away), tag("stats", "analytics")])
    page.goto(service.page())
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    assert asked(service) == []
    reason = "consent.get().tags[0].reason"
    assert page.evaluate(reason) == "opt_in_not_given"
    page.evaluate("history.pushState(null, '', '/members/2'); document.body.append('pay')")
    page.wait_for_function(reason + " === 'out_of_page'")
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    service.page(path="/members/3")
    page.goto(service.origin + "/members/3")
    page.wait_for_function("window.consent")
    assert page.evaluate(reason) == "out_of_page"


@pytest.mark.windows
def test_another_tab_that_knows_no_more_than_what_was_decided_ahead_follows_a_choice(
    page: Page, service: Service
) -> None:
    page.goto(service.page())
    other = page.context.new_page()
    other.goto(service.origin)
    expect(other.get_by_role("button", name="Accept all")).to_be_visible()
    with_real_focus(other)
    page.bring_to_front()
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("switch", name="Analytics", exact=True).check()
    page.get_by_role("button", name="Save my choice").click()
    expect(other.get_by_role("button", name="Accept all")).to_have_count(0)
    other.wait_for_function("(window.ran || []).join() === 'stats'")


def test_a_strict_site_sets_a_returning_visitors_cookies_once_it_knows_that_they_may_be(
    page: Page, service: Service
) -> None:
    assert service.payload
    names = [["analytics", "stats", ["_stats*"]], ["advertising", "ads", ["_ads*"]]]
    service.payload["holding"] = {"hosts": {}, "cookies": names}
    service.early = ["strict"]
    service.visit_with(page, choice("010"))
    sets = "<script>for (const name of ['_stats_1', '_ads_1', 'basket']) document.cookie = name + '=1; path=/'</script>"
    page.goto(service.page(head=LINE.replace("async ", "") + sets))
    page.wait_for_function("document.cookie.includes('_stats_1=1')")
    assert page.evaluate("document.cookie.includes('basket=1') && !document.cookie.includes('_ads_1')")
