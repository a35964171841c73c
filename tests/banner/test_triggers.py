"""Tags with triggers: each kind, what happens before the choice, and selectors that are treated as data only."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from consent.core.groups import OPTIONAL
from tests.banner.blocker import blocker
from tests.banner.payload import CAST, DAY, make_payload, tag
from tests.banner.service import LINE, Service

pytestmark = pytest.mark.extended

BODY = """
<div id="shop"><button id="buy" onclick="event.stopPropagation()"><b>Buy</b> now</button></div>
<div id="app"></div>
<form id="signup" onsubmit="event.preventDefault()"><input name="matches"><button>Send</button></form>
<div style="height: 4000px"></div>
<p id="far">Far down</p>
<div style="height: 4000px"></div>
"""
KINDS: dict[str, dict[str, Any]] = {
    "on-click": {"on": "click", "selector": "#buy"},
    "on-each": {"on": "click", "selector": "#shop", "repeat": True},
    "on-shadow": {"on": "click", "selector": ".inner"},
    "on-submit": {"on": "submit", "selector": "#signup"},
    "on-far": {"on": "visible", "selector": "#far", "percent": 50},
    "on-added": {"on": "visible", "selector": ".added", "percent": 100},
    "on-depth": {"on": "scroll", "percent": 90},
    "on-event": {"on": "event", "name": "signup"},
    "on-push": {"on": "data_layer", "name": "purchase"},
    "on-gtag": {"on": "data_layer", "name": "begin_checkout"},
    "on-past": {"on": "data_layer", "name": "early"},
}
EARLY = "<script>window.dataLayer = [{ event: 'early' }]; window.ran = []</script>"
STANDS = "consent.debug().triggers"


def waiting(name: str, trigger: dict[str, Any], group: str = "analytics", **facts: Any) -> dict[str, Any]:
    return tag(name, group, trigger=trigger, **facts)


def serve(service: Service, *tags: dict[str, Any], apart: bool = False, head: str = EARLY, **facts: Any) -> str:
    service.payload = make_payload(service.vendors, tags=[*CAST, *tags], **facts)
    service.apart = apart
    return service.page(BODY, head=head + LINE)


def come_with_all_granted(page: Page, service: Service) -> None:
    """Set the cookie of a visitor who has granted everything in the current payload."""
    assert service.payload
    groups = service.payload["resolved"]["groups"]
    states = "".join("1" + groups[one]["keys"][0] for one in OPTIONAL)
    service.visit_with(page, f"v1.{DAY}.eu_opt_in.0.{states}.")


def has_run(page: Page, *names: str) -> None:
    """Wait until exactly the triggered tags `names` have run, in any order."""
    wanted = json.dumps(sorted(names))
    page.wait_for_function(
        f"JSON.stringify(ran.filter((one) => one.startsWith('on-')).sort()) === JSON.stringify({wanted})"
    )


def test_each_kind_runs_its_tag_when_it_happens_and_no_other(page: Page, service: Service) -> None:
    url = serve(service, *(waiting(name, trigger) for name, trigger in KINDS.items()))
    come_with_all_granted(page, service)
    page.goto(url)
    page.wait_for_function("ran.includes('stats') && document.readyState === 'complete'")
    has_run(page, "on-past")  # pushed before the script loaded, but after the visitor's choice
    assert "on-click" in page.evaluate("consent.get().allowed_tags")
    answer = page.evaluate("consent.get().tags.find(({id}) => id === 'on-click')")
    assert (answer["mode"], answer["reason"], answer["trigger"]) == ("full", "granted", KINDS["on-click"])
    assert page.evaluate(STANDS) == dict.fromkeys(KINDS, "listens") | {"on-past": "loaded"}

    page.evaluate("document.querySelector('#buy b').click()")  # a child whose clicks the page doesn't let bubble
    ran = ["on-past", "on-click", "on-each"]
    has_run(page, *ran)
    page.evaluate("document.querySelector('#buy').click()")
    has_run(page, *ran, "on-each")
    ran += ["on-each"]
    page.evaluate("document.querySelector('#signup button').click()")
    has_run(page, *ran, "on-submit")
    ran += ["on-submit"]
    page.evaluate("""() => {
      const root = document.querySelector('#app').attachShadow({ mode: 'open' })
      root.innerHTML = '<button class="inner">Open</button>'
      root.querySelector('button').click()
    }""")
    has_run(page, *ran, "on-shadow")
    ran += ["on-shadow"]
    page.evaluate("consent.event('other'), consent.event('signup')")
    has_run(page, *ran, "on-event")
    ran += ["on-event"]
    page.evaluate("dataLayer.push({ event: 'other' }, null, 'purchase', { event: { purchase: 1 } })")
    page.evaluate("dataLayer.push({ event: 'purchase', value: 9 })")
    has_run(page, *ran, "on-push")
    ran += ["on-push"]
    page.evaluate("(function () { dataLayer.push(arguments) })('event', 'begin_checkout', { value: 9 })")
    has_run(page, *ran, "on-gtag")
    ran += ["on-gtag"]
    page.evaluate("document.body.insertAdjacentHTML('afterbegin', '<p class=added>New</p>')")
    has_run(page, *ran, "on-added")
    ran += ["on-added"]
    page.evaluate("scrollTo(0, 3900)")
    has_run(page, *ran, "on-far")
    ran += ["on-far"]
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    has_run(page, *ran, "on-depth")
    loaded = page.evaluate("consent.debug().loaded")
    assert set(KINDS) <= set(loaded)


@pytest.mark.parametrize("apart", [False, True])
def test_a_trigger_before_the_choice_runs_once_after_a_grant_or_is_dropped(
    page: Page, service: Service, apart: bool
) -> None:
    click = {"on": "click", "selector": "#buy"}
    tags = [
        waiting("on-keep", click),
        waiting("on-keep-each", click | {"repeat": True}),
        waiting("on-drop", click | {"before_choice": "drop"}),
        waiting("on-refused", click, group="advertising"),
        waiting("on-essential", click, group="essential", third_party=False),
    ]
    page.goto(serve(service, *tags, apart=apart))
    page.wait_for_function("window.consent?.debug?.().triggers['on-keep'] === 'listens'")
    stands = page.evaluate(STANDS)
    assert stands == dict.fromkeys(stands, "listens") | {"on-drop": "off"}
    page.evaluate("document.querySelector('#buy').click(), document.querySelector('#buy').click()")
    has_run(page, "on-essential")  # needs no consent
    assert page.evaluate(STANDS)["on-keep"] == "kept"
    assert page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])") == "[{},{}]"
    assert "consent_demo" not in service.own_cookies(page)

    page.evaluate("consent.set({ functional: false, analytics: true, advertising: false })")
    has_run(page, "on-essential", "on-keep", "on-keep-each")
    stands = page.evaluate(STANDS)
    assert (stands["on-drop"], stands["on-refused"]) == ("listens", "off")
    page.evaluate("document.querySelector('#buy').click()")
    has_run(page, "on-essential", "on-keep", "on-keep-each", "on-keep-each", "on-drop")
    # Refused events are dropped: after a later grant, the tag waits for the next click.
    page.evaluate("consent.set({ advertising: true })")
    page.wait_for_function(f"{STANDS}['on-refused'] === 'listens'")
    page.evaluate("document.querySelector('#buy').click()")
    page.wait_for_function("ran.includes('on-refused')")


def test_an_event_pushed_before_the_script_loads_counts(page: Page, service: Service) -> None:
    early = "<script>consent.event('signup'); consent.event('other')</script>"
    url = serve(service, waiting("on-event", KINDS["on-event"]), head=EARLY + blocker() + early)
    page.goto(url)
    page.get_by_role("button", name="Accept all").click()
    has_run(page, "on-event")


def test_on_a_site_without_triggers_an_event_has_no_effect(page: Page, service: Service) -> None:
    early = "<script>consent.event('signup').then(() => window.answered = true)</script>"
    page.goto(serve(service, head=EARLY + blocker() + early))
    page.wait_for_function("window.answered && consent.get")


def test_a_refusal_drops_all_and_a_withdrawal_ends_the_listening(page: Page, service: Service) -> None:
    each = {"on": "click", "selector": "#buy", "repeat": True}
    url = serve(service, waiting("on-click", each), waiting("on-push", {"on": "data_layer", "name": "purchase"}))
    page.goto(url)
    page.wait_for_function("window.consent?.debug?.().triggers['on-click'] === 'listens'")
    page.evaluate("document.querySelector('#buy').click(), dataLayer.push({ event: 'purchase' })")
    page.get_by_role("button", name="Reject all").click()
    page.wait_for_function(f"{STANDS}['on-click'] === 'off'")
    page.evaluate("consent.set({ analytics: true })")
    page.wait_for_function(f"{STANDS}['on-click'] === 'listens' && ran.includes('stats')")
    has_run(page)
    page.evaluate("document.querySelector('#buy').click()")
    has_run(page, "on-click")
    page.evaluate("consent.withdraw('analytics')")
    page.wait_for_function("window.consent && !consent.get().groups.analytics.granted")
    page.evaluate("window.ran ||= [], document.querySelector('#buy').click(), dataLayer.push({ event: 'purchase' })")
    assert page.evaluate(STANDS)["on-push"] == "off"
    page.evaluate("consent.set({ functional: true })")
    page.wait_for_function("ran.includes('chat')")
    assert not {"on-push"} & set(page.evaluate("ran"))
    assert page.evaluate("ran.filter((one) => one === 'on-click').length") <= 1
    assert service.asked_for("/vendor/on-click.js") == 1


def test_time_counts_from_when_the_tag_is_on_its_page_and_what_passes_before_the_choice_follows_the_setting(
    page: Page, service: Service
) -> None:
    time = {"on": "time", "seconds": 20}
    tags = [
        waiting("on-keep", time),
        waiting("on-drop", time | {"before_choice": "drop"}),
        waiting("on-late", {"on": "time", "seconds": 60, "before_choice": "drop"}),
        waiting("on-route", time, pages={"only": ["/pricing"], "except": []}),
    ]
    page.clock.install()
    page.goto(serve(service, *tags))
    page.wait_for_function("window.consent?.debug?.().triggers['on-keep'] === 'listens'")
    page.clock.run_for(21_000)
    page.evaluate("consent.set({ analytics: true })")
    page.clock.run_for(1000)
    page.wait_for_function("ran.includes('on-keep')")
    page.evaluate("history.pushState({}, '', '/pricing'), document.querySelector('#app').replaceChildren('Prices')")
    page.wait_for_function(f"{STANDS}['on-route'] === 'listens'")
    page.clock.run_for(15_000)
    assert page.evaluate(STANDS) == {
        "on-keep": "loaded",
        "on-drop": "off",
        "on-late": "listens",
        "on-route": "listens",
    }
    page.clock.run_for(6000)
    page.wait_for_function("ran.includes('on-route')")
    page.clock.run_for(40_000)
    page.wait_for_function("ran.includes('on-late')")
    has_run(page, "on-keep", "on-route", "on-late")


def test_a_route_of_a_single_page_app_begins_and_ends_the_listening_and_forgets_what_was_kept(
    page: Page, service: Service
) -> None:
    bound = waiting("on-cart", {"on": "click", "selector": ".add"}, pages={"only": ["/cart"], "except": []})
    page.goto(serve(service, bound, waiting("on-any", {"on": "click", "selector": ".add"})))
    page.wait_for_function("window.consent?.debug?.().triggers['on-any'] === 'listens'")
    go = """(path) => {
      history.pushState({}, '', path)
      document.querySelector('#app').innerHTML = '<button class=add>Add</button>'
    }"""
    page.evaluate(go, "/cart")
    page.wait_for_function(f"{STANDS}['on-cart'] === 'listens'")
    page.evaluate("document.querySelector('.add').click()")
    assert page.evaluate(STANDS) == {"on-cart": "kept", "on-any": "kept"}
    page.evaluate(go, "/thanks")
    page.wait_for_function(f"{STANDS}['on-cart'] === 'off'")
    page.get_by_role("button", name="Accept all").click()
    has_run(page, "on-any")
    page.evaluate(go, "/cart")
    page.wait_for_function(f"{STANDS}['on-cart'] === 'listens'")
    page.evaluate("document.querySelector('.add').click()")
    has_run(page, "on-any", "on-cart")


HOSTILE = [
    "</script><script>ran.push('on-hostile')</script>",
    "a[onclick=ran.push('on-hostile')]",
    "javascript:ran.push('on-hostile')",
    "*:not(",
    ":has(" * 20,
    "constructor",
    "[" + "a" * 290,
]


def test_hostile_selectors_and_names_are_only_compared(page: Page, service: Service) -> None:
    tags = [waiting(f"on-hostile{n}", {"on": "click", "selector": text}) for n, text in enumerate(HOSTILE)]
    tags += [
        waiting(f"on-seen{n}", {"on": "visible", "selector": text, "percent": 1}) for n, text in enumerate(HOSTILE)
    ]
    tags += [waiting(f"on-named{n}", {"on": "event", "name": n}) for n in ("__proto__", "constructor", "toString")]
    tags += [
        waiting("constructor", {"on": "event", "name": "go"}),
        waiting("on-good", {"on": "click", "selector": "#buy"}),
    ]
    url = serve(service, *tags)
    come_with_all_granted(page, service)
    page.goto(url)
    page.wait_for_function(f"{STANDS}['on-good'] === 'listens'")
    page.evaluate(
        "document.querySelector('#buy').click(), consent.event({}), consent.event(), consent.event('__proto__')"
    )
    page.evaluate("dataLayer.push({ get event() { throw 1 } }, { event: 'constructor' })")
    has_run(page, "on-good", "on-named__proto__")
    page.evaluate("consent.event('go')")
    page.wait_for_function("ran.includes('constructor')")
    has_run(page, "on-good", "on-named__proto__")


def test_a_page_that_is_older_than_a_trigger_does_not_run_its_tag(page: Page, service: Service) -> None:
    url = serve(service, waiting("on-click", {"on": "click", "selector": "#buy"}))
    assert service.payload
    del service.payload["triggers"]  # so the script comes without the triggers part
    come_with_all_granted(page, service)
    page.goto(url)
    page.wait_for_function("ran.includes('stats') && ran.includes('ads') && ran.includes('chat')")
    has_run(page)
