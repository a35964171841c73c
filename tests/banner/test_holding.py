import json

import pytest
from playwright.sync_api import Page, Route, expect

from tests.banner.payload import choice, make_payload
from tests.banner.service import LINE, REST, Service

MARKED = """
<script type="text/plain" data-consent="analytics">ran = (window.ran || []).concat("inline")</script>
<script type="text/plain" data-consent="advertising" src="/vendor/late.js"></script>
<script type="text/plain" data-consent="essential">window.needed = true</script>
<img alt="" data-consent="analytics" data-src="/vendor/pixel.js">
<template data-consent="functional"><b>from a template</b></template>
<script type="text/plain" data-consent="nonsense">ran = (window.ran || []).concat("unknown")</script>
"""


def ran(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.ran || []")
    return found


def accept(page: Page) -> None:
    page.get_by_role("button", name="Accept all").click()


def test_nothing_that_needs_consent_runs_or_is_requested_before_it(page: Page, service: Service) -> None:
    page.goto(service.page(MARKED))
    page.wait_for_function("window.needed")
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.mouse.wheel(0, 500)
    page.locator("body").click(position={"x": 5, "y": 5})
    page.wait_for_function("(window.ran || []).includes('session')")
    assert ran(page) == ["session"]
    assert {path for path in service.requests if path.startswith("/vendor/")} == {"/vendor/session.js"}


def test_accepting_runs_each_once(page: Page, service: Service) -> None:
    page.goto(service.page(MARKED))
    accept(page)
    page.wait_for_function("(window.ran || []).length >= 7")
    expect(page.get_by_text("from a template")).to_have_count(1)
    page.evaluate("consent.set({analytics: true})")
    service.wait_for(lambda: len(service.receipts) == 2)
    assert sorted(ran(page)) == ["ads", "chat", "inline", "late", "session", "stats", "unknown"]
    assert service.asked_for("/vendor/pixel.js") == 1


def test_rejecting_runs_nothing_through_three_pages(page: Page, service: Service) -> None:
    page.goto(service.page(MARKED))
    page.get_by_role("button", name="Reject all").click()
    service.one_receipt()
    for _ in range(3):
        page.reload()
        page.wait_for_function("(window.ran || []).includes('session')")
    assert ran(page) == ["session"]


def test_a_marked_script_that_a_framework_holds_runs_once_and_stays_where_it_looks_for_it(
    page: Page, service: Service
) -> None:
    page.goto(service.page(MARKED))
    held = """() => { window.held = document.querySelectorAll("script[data-consent]:not([data-consent=essential])")
      for (const script of held) script.__reactFiber$test = {} }"""
    page.evaluate(held)
    accept(page)
    page.wait_for_function("(window.ran || []).length >= 7")
    page.evaluate("for (const script of held) script.parentNode.removeChild(script)")  # as React unmounts a component
    page.evaluate("document.body.append(...held)")
    page.evaluate("consent.set({analytics: true, advertising: true, functional: true})")
    service.wait_for(lambda: len(service.receipts) == 2)
    assert sorted(ran(page)) == ["ads", "chat", "inline", "late", "session", "stats", "unknown"]


def test_nodes_added_later_wait_and_run_like_the_first_ones(page: Page, service: Service) -> None:
    page.goto(service.page())
    accept(page)
    page.wait_for_function("(window.ran || []).includes('stats')")
    page.evaluate(
        """() => { const late = document.createElement("script"); late.type = "text/plain"; late.src = "/vendor/late.js";
        late.dataset.consent = "analytics"; const box = document.createElement("div"); box.append(late);
        document.body.append(box) }"""
    )
    page.wait_for_function("(window.ran || []).includes('late')")


def test_a_vendor_that_never_responds_does_not_hold_up_others(page: Page, service: Service) -> None:
    assert service.payload
    service.payload["acts"]["tags"]["chat"]["src"] = service.origin + "/hang.js"
    page.goto(
        service.page(
            '<script type="text/plain" data-consent="analytics" data-vendor="stats" src="/hang2.js"></script>'
        ),
        wait_until="commit",
    )
    accept(page)
    page.wait_for_function("(window.ran || []).includes('ads')")


def test_keeps_the_order_within_a_vendor(page: Page, service: Service) -> None:
    body = """<script type="text/plain" data-consent="analytics" data-vendor="stats" src="/vendor/one.js"></script>
    <script type="text/plain" data-consent="analytics" data-vendor="stats">ran.push("two")</script>
    <script type="text/plain" data-consent="analytics" data-src="VENDORS/vendor/three.js"></script>
    <script type="text/plain" data-consent="analytics">ran.push("four")</script>"""
    assert service.payload
    service.payload["acts"]["vendors"]["stats"]["hosts"] = ["vendors.localhost"]
    page.route("**/vendor/one.js", lambda route: route.continue_())  # slower than the others
    page.goto(service.page(body.replace("VENDORS", service.vendors)))
    accept(page)
    page.wait_for_function("['two', 'three', 'four'].every(name => (window.ran || []).includes(name))")
    order = [name for name in ran(page) if name in ("one", "two", "three", "four")]
    assert order == ["one", "two", "three", "four"]


def test_keeps_the_order_within_a_vendor_with_a_slow_first_script(page: Page, service: Service) -> None:
    body = """<script type="text/plain" data-consent="analytics" data-vendor="stats" src="/hang.js"></script>
    <script type="text/plain" data-consent="analytics" data-vendor="stats">ran.push("after")</script>"""
    held: list[Route] = []
    page.route("**/hang.js", lambda route: held.append(route))
    page.clock.install()
    page.goto(service.page(body))
    page.clock.run_for(2000)
    accept(page)
    for _ in range(20):
        page.clock.run_for(1000)
    assert "after" not in ran(page)
    held[0].fulfill(body="ran.push('slow')", content_type="text/javascript")
    page.wait_for_function("ran.includes('slow')")
    page.clock.run_for(1000)
    page.wait_for_function("ran.includes('after')")
    assert [name for name in ran(page) if name in ("slow", "after")] == ["slow", "after"]


def test_scripts_of_one_host_do_not_wait_for_each_others_download(page: Page, service: Service) -> None:
    names = ["a", "b", "c", "d"]
    mark = 'type="text/plain" data-consent="analytics" data-vendor="stats"'
    held: dict[str, Route] = {}
    page.route("**/part-*.js", lambda route: held.update({route.request.url[-4]: route}))
    page.goto(service.page("".join(f'<script {mark} src="/part-{name}.js"></script>' for name in names)))
    accept(page)
    for _ in range(100):
        if len(held) == len(names):
            break
        page.wait_for_timeout(100)
    assert sorted(held) == names, "all are downloaded before the first has come"
    for name in reversed(names):
        held[name].fulfill(body=f"ran.push('{name}')", content_type="text/javascript")
    page.wait_for_function("ran.includes('d')")
    assert [name for name in ran(page) if name in names] == names


def test_consent_mode_is_set_before_any_tag_with_all_seven_types(page: Page, service: Service) -> None:
    page.goto(service.page())
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    first = page.evaluate("JSON.parse(JSON.stringify(dataLayer[0]))")
    assert (first["0"], first["1"]) == ("consent", "default")
    denied = (
        "ad_storage ad_user_data ad_personalization analytics_storage functionality_storage personalization_storage"
    )
    assert first["2"] == dict.fromkeys(denied.split(), "denied") | {
        "security_storage": "granted",
        "wait_for_update": 500,
    }
    accept(page)
    update = "dataLayer.find(entry => entry[1] === 'update')"
    page.wait_for_function(update)
    update = page.evaluate(f"JSON.parse(JSON.stringify({update}))")
    assert (update["0"], update["1"]) == ("consent", "update")
    assert set(update["2"].values()) == {"granted"}
    assert page.evaluate("Object.prototype.toString.call(dataLayer[0])") == "[object Arguments]"


def test_the_consent_mode_default_includes_a_returning_visitors_grants(page: Page, service: Service) -> None:
    service.visit_with(page, choice("010"))
    page.goto(service.page())
    page.wait_for_function("(window.ran || []).includes('stats')")
    values = page.evaluate("dataLayer[0][2]")
    assert (values["analytics_storage"], values["ad_storage"]) == ("granted", "denied")
    assert sorted(ran(page)) == ["session", "stats"]


def test_calls_are_queued_as_data_before_and_after_the_tag(page: Page, service: Service) -> None:
    assert service.payload
    service.payload["acts"]["tags"]["stats"]["calls"] = [
        {"call": "tool", "queue": "toolLayer", "args": ["js", {"$": "now"}]},
        {"call": "tool", "queue": "toolLayer", "args": ["before"], "before": True},
        {"call": "_list.push", "args": [["one"]]},
        {"call": "kit.load", "args": ["id"]},
    ]
    page.goto(service.page())
    accept(page)
    page.wait_for_function("(window.ran || []).includes('stats')")
    assert page.evaluate("toolLayer.map(a => a[0])") == ["before", "js"]
    assert page.evaluate("toolLayer[1][1] instanceof Date")
    assert page.evaluate("[_list, kit]") == [[["one"]], [["load", "id"]]]


def test_tag_attributes_cannot_inject_code(page: Page, service: Service) -> None:
    assert service.payload
    service.payload["acts"]["tags"]["stats"]["attributes"] = {
        "onload": "window.bad = 1",
        "data-id": "7",
        "crossorigin": "anonymous",
    }
    service.payload["acts"]["tags"]["ads"]["src"] = "javascript:window.bad = 1"
    page.goto(service.page())
    accept(page)
    page.wait_for_function("(window.ran || []).includes('stats')")
    assert page.evaluate("document.querySelector('script[data-id]').dataset.id") == "7"
    assert page.evaluate("window.bad") is None


FRAME = (
    '<iframe title="film" style="width: 400px; height: 250px" data-consent="functional" data-vendor="video"'
    ' data-src="/film"></iframe>'
)


def test_a_held_frame_keeps_its_size_and_loads_once_on_demand(page: Page, service: Service) -> None:
    service.page("film", head="", path="/film")
    page.goto(service.page(f"{FRAME}<p id=after>after</p>"))
    once = page.get_by_role("button", name="Load once")
    expect(once).to_be_visible()
    before = page.locator("#after").bounding_box()
    assert service.asked_for("/film") == 0
    once.click()
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    assert page.locator("#after").bounding_box() == before
    assert service.receipts == []
    assert service.own_cookies(page) == {}


@pytest.mark.parametrize("grants_first", [False, True])
def test_embeds_loaded_once_are_removed_on_refusal_or_withdrawal(
    page: Page, service: Service, grants_first: bool
) -> None:
    service.page("film", head="", path="/film")
    page.goto(service.page(FRAME))
    once = page.get_by_role("button", name="Load once")
    once.click()
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    if grants_first:
        accept(page)
        page.evaluate("consent.withdraw('functional')")
    else:
        page.get_by_role("button", name="Reject all").click()
    expect(once).to_be_visible()
    assert [frame.url for frame in page.frames[1:]] == ["about:blank"]
    once.click()
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()


def test_embeds_loaded_once_stay_while_other_groups_are_answered(page: Page, service: Service) -> None:
    service.visit_with(page, choice("000"))
    service.page("film", head="", path="/film")
    page.goto(service.page(FRAME))
    page.get_by_role("button", name="Load once").click()
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    asked = service.asked_for("/film")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    chat = '<iframe title="chat" data-consent="functional" data-vendor="chat" data-src="/chat"></iframe>'
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", chat)
    page.get_by_role("button", name="Always allow").click()
    service.wait_for_request("/chat")
    expect(page.get_by_role("button", name="Load once")).to_have_count(0)
    assert service.asked_for("/film") == asked


def test_a_frame_in_a_section_opened_later_gets_its_placeholder_then(page: Page, service: Service) -> None:
    page.goto(service.page(f"<details><summary>film</summary>{FRAME}</details>"))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    expect(page.get_by_role("button", name="Load once")).to_have_count(0)
    page.get_by_text("film").click()
    expect(page.get_by_role("button", name="Load once")).to_be_visible()


def test_always_loading_a_frame_grants_only_its_vendor(page: Page, service: Service) -> None:
    service.page("film", head="", path="/film")
    page.goto(service.page(FRAME))
    page.get_by_role("button", name="Always allow").click()
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    receipt = service.one_receipt()
    assert (receipt["action"], receipt["choices"], receipt["vendors"]) == ("save", {}, {"video": True})
    assert service.own_cookies(page)["consent_demo"] == "v1.20782.eu_opt_in.0.-00000000-00000000-00000000.video:1"
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()


def test_a_vendor_grant_keeps_the_day_and_the_groups_of_the_choice_before(page: Page, service: Service) -> None:
    service.visit_with(page, choice("010", day=20700))
    page.goto(service.page(FRAME))
    page.get_by_role("button", name="Always allow").click()
    service.one_receipt()
    assert service.own_cookies(page)["consent_demo"] == choice("010", day=20700, vendors="video:1")


def test_a_withdrawal_takes_a_loaded_frame_away(page: Page, service: Service) -> None:
    service.page("film", head="", path="/film")
    page.goto(service.page(FRAME))
    accept(page)
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    page.evaluate("consent.withdraw()")
    expect(page.get_by_role("button", name="Load once")).to_be_visible()


@pytest.mark.parametrize("reason", ["kill_switch", "switched_off"])
def test_the_visitor_cannot_load_what_the_site_itself_holds(page: Page, service: Service, reason: str) -> None:
    assert service.payload
    for tag in service.payload["resolved"]["tags"]:
        if tag["id"] == "video":
            tag["hold"] = reason
    service.page("film", head="", path="/film")
    page.goto(service.page(FRAME))
    accept(page)
    page.wait_for_function("(window.ran || []).includes('ads')")
    expect(page.get_by_role("button", name="Load once")).to_have_count(0)
    assert service.asked_for("/film") == 0


def test_a_client_side_route_change_is_evaluated_by_its_own_path(page: Page, service: Service) -> None:
    tag = {"id": "stats", "group": "analytics", "purposes": ["p"], "pages": {"only": ["/thanks*"], "except": []}}
    service.payload = make_payload(service.vendors, tags=[tag])
    service.visit_with(page, accepted(service))
    page.goto(service.page())
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    assert ran(page) == []
    page.evaluate("history.pushState({}, '', '/thanks/1')")
    page.wait_for_function("(window.ran || []).includes('stats')")


def accepted(service: Service) -> str:
    assert service.payload
    groups = service.payload["resolved"]["groups"]
    keys = "".join("1" + groups[g]["keys"][0] for g in ("functional", "analytics", "advertising"))
    return f"v1.20782.eu_opt_in.0.{keys}."


def test_the_script_alone_asks_for_the_decision_and_goes_on(page: Page, service: Service) -> None:
    head = f'<script async src="/b/demo/{"ab" * 32}.js"></script>'
    page.goto(service.page(MARKED, head=head))
    accept(page)
    page.wait_for_function("(window.ran || []).includes('inline')")
    assert page.evaluate("dataLayer.map(entry => entry[1]).filter(Boolean)") == ["default", "update"]


def test_a_truncated_script_holds_everything(page: Page, service: Service) -> None:
    whole = service.script()
    service.script = lambda: whole[: len(whole) // 2]  # type: ignore[method-assign]
    context = page.context.browser
    assert context
    other = context.new_page()
    other.goto(service.page(MARKED))
    other.wait_for_load_state("load")
    assert ran(other) == []
    assert json.loads(other.evaluate("JSON.stringify(window.needed || null)")) is None
    other.close()


def test_a_script_loaded_twice_runs_once(page: Page, service: Service) -> None:
    page.goto(service.page(MARKED, head=LINE + LINE))
    accept(page)
    page.wait_for_function("(window.ran || []).length >= 7")
    assert sorted(ran(page)) == sorted(set(ran(page)))
    assert service.one_receipt()["action"] == "accept_all"
    assert len(service.receipts) == 1


@pytest.mark.parametrize("apart", [False, True])
def test_a_marked_script_runs_once_it_is_completely_parsed(page: Page, service: Service, apart: bool) -> None:
    service.apart = apart
    service.visit_with(page, choice("111"))
    body = f"""<script type="text/plain" data-consent="analytics" data-vendor="stats">window.seen = ["first"]
    {REST}seen.push("second")</script><script type="text/plain" data-consent="analytics" data-vendor="stats">
    seen.push("third")</script><b id="end"></b>"""
    page.goto(service.page(body), wait_until="commit")
    page.wait_for_function("window.consent && (window.ran || []).includes('ads')")
    page.evaluate("new Promise(resolve => setTimeout(resolve, 300))")  # long enough for it to have run
    assert page.evaluate("[typeof seen, !!document.querySelector('[data-consent]')]") == ["undefined", True]
    service.rest.set()
    page.wait_for_function("window.seen && seen.length === 3")
    assert page.evaluate("seen") == ["first", "second", "third"]


@pytest.mark.parametrize(
    "body",
    [
        '<template data-consent="functional"><p><template data-consent="functional"><img {mark}></template></template>',
        '<script type="TEXT/Plain " data-consent="functional">document.body.insertAdjacentHTML("beforeend", `<img {mark}>`)'
        "</script>",
    ],
    ids=["template", "script"],
)
@pytest.mark.parametrize("is_back", [False, True])
def test_marked_elements_inside_released_ones_are_released_too(
    page: Page, service: Service, body: str, is_back: bool
) -> None:
    mark = f'alt="" data-consent="functional" data-src="{service.vendors}/pixel"'
    if is_back:
        service.visit_with(page, choice("100"))
    page.goto(service.page(body.replace("{mark}", mark)))
    if not is_back:
        expect(page.get_by_role("button", name="Reject all")).to_be_visible()
        assert service.asked_for("/pixel") == 0
        accept(page)
    service.wait_for_request("/pixel")
    page.wait_for_load_state("load")
    assert service.asked_for("/pixel") == 1


def test_a_template_is_inserted_once_it_is_completely_parsed(page: Page, service: Service) -> None:
    service.visit_with(page, choice("111"))
    body = f'<template data-consent="functional"><b>one</b>{REST}<i>two</i></template>'
    page.goto(service.page(body), wait_until="commit")
    page.wait_for_function("window.consent && (window.ran || []).includes('ads')")
    page.evaluate("new Promise(resolve => setTimeout(resolve, 300))")
    assert page.locator("b").count() == 0
    service.rest.set()
    expect(page.locator("b + i")).to_have_text("two")
