"""A page's life, identical in Chromium, Firefox and WebKit: routes, transitions, pages cached for Back, other tabs."""

from tests.banner.payload import CAST, make_payload, tag
from tests.banner.service import LINE, Service
from tests.engines.engine import Visitor

RAN = "(window.ran || [])"
EVERYTHING = f"{RAN}.toSorted().join(' ') === 'ads chat session stats'"
NEXT = """() => { const body = document.createElement("body")
    body.innerHTML = "<h1>Next</h1><p><span data-choices-link></span></p>"; document.body.replaceWith(body) }"""
REASON = "consent.get().tags.find(tag => tag.id === 'blogstats').reason"


def with_blog(service: Service) -> None:
    """Add a tag that runs only on the pages of a blog."""
    assert service.payload
    day = service.payload["resolved"]["day"]  # type: ignore[index]
    service.payload = make_payload(service.vendors, tags=[*CAST, tag("blogstats", "analytics")], day=day)
    found = next(one for one in service.payload["resolved"]["tags"] if one["id"] == "blogstats")
    found["only"] = ["/blog*"]


def accept(visitor: Visitor, address: str) -> None:
    visitor.visit(address)
    visitor.press_button("Accept all")
    visitor.wait(EVERYTHING)


def test_a_new_route_is_decided_anew_and_so_is_the_way_back(visitor: Visitor, service: Service) -> None:
    with_blog(service)
    accept(visitor, service.page("<h1>Shop</h1>"))
    visitor.see("void history.pushState(null, '', '/blog/first')")
    visitor.wait(f"{RAN}.includes('blogstats')")
    assert visitor.see(REASON) == "granted"
    visitor.see("void setTimeout(() => history.back())")
    visitor.wait(f"{REASON} === 'out_of_page'")
    assert service.one_receipt()["action"] == "accept_all"


def test_a_route_of_the_navigation_api_is_decided_before_the_page_has_drawn_it(
    visitor: Visitor, service: Service
) -> None:
    with_blog(service)
    accept(visitor, service.page("<h1>Shop</h1>"))
    never = "event.intercept({ handler: () => new Promise(() => {}) })"
    visitor.see(f"void navigation.addEventListener('navigate', event => {never})")
    visitor.see("void navigation.navigate('/blog/first')")
    visitor.wait(f"{RAN}.includes('blogstats')")


def test_a_view_transition_that_takes_the_body_away_keeps_the_question(visitor: Visitor, service: Service) -> None:
    visitor.visit(service.page("<h1>Shop</h1>"))
    visitor.button("Accept all")
    visitor.see(f"document.startViewTransition({NEXT}).finished.then(() => 1)")
    visitor.wait("document.querySelector('h1').innerText === 'Next'")
    visitor.button("Privacy choices")
    visitor.press_button("Reject all")
    visitor.button("Privacy choices")
    visitor.see(f"void ({NEXT})()")
    visitor.button("Privacy choices")
    assert not visitor.has_button("Accept all")
    assert [event["event"] for event in service.events] == ["shown", "chosen"]


def test_a_view_transition_to_another_page_knows_the_choice(visitor: Visitor, service: Service) -> None:
    head = "<style>@view-transition { navigation: auto }</style>" + LINE
    service.page("<h1>Second</h1>", head=head, path="/second")
    accept(visitor, service.page('<h1>Shop</h1><a role="button" href="/second">On</a>', head=head))
    visitor.press_button("On")
    visitor.wait("location.pathname === '/second'")
    visitor.wait(EVERYTHING)
    assert not visitor.has_button("Accept all")


def test_a_page_that_comes_back_follows_what_was_chosen_and_withdrawn_meanwhile(
    visitor: Visitor, service: Service
) -> None:
    service.headers = {"Cache-Control": "no-cache"}
    first, second = service.page("<h1>Shop</h1>"), service.page("<h1>Second</h1>", path="/second")
    visitor.visit(first)
    visitor.button("Accept all")
    visitor.see("void addEventListener('pageshow', event => (window.cameBack = event.persisted))")
    accept(visitor, second)
    visitor.see("void setTimeout(() => history.back())")
    visitor.wait("location.pathname === '/'")
    # Playwright disables Chromium's page cache; tests/banner/test_life.py enables it.
    assert visitor.engine.name == "chromium" or visitor.wait("window.cameBack")
    visitor.wait(EVERYTHING)
    visitor.button("Privacy choices")
    assert not visitor.has_button("Accept all")
    visitor.see("void setTimeout(() => history.forward())")
    visitor.wait(f"location.pathname === '/second' && {EVERYTHING}")
    visitor.see("void consent.withdraw()")
    visitor.wait("consent.get().groups.analytics.reason === 'refused'")
    visitor.see("void setTimeout(() => history.back())")
    visitor.wait("location.pathname === '/' && consent.get().groups.analytics.reason === 'refused'")
    service.wait_for(lambda: len(kept(service)) == 2)


def test_another_tab_follows_a_choice_and_its_withdrawal(visitor: Visitor, service: Service) -> None:
    service.apart = True  # as before a choice: the later part, which isn't loaded yet, reads the storage
    takes = "<script>window.revocations = []; window.revoked = name => revocations.push(name)</script>"
    address = service.page("<h1>Shop</h1>", head=takes + LINE)
    visitor.visit(address)
    visitor.button("Accept all")
    visitor.see("void (window.isFirst = true)")
    visitor.open_tab()
    visitor.visit(address)
    visitor.button("Accept all")
    # Not with the pointer: without a window manager, a screen has no second window to press in.
    visitor.see("void consent.set({functional: true, analytics: true, advertising: true})")
    visitor.wait(EVERYTHING)
    visitor.switch_tab(0)
    visitor.wait(EVERYTHING + " && window.isFirst")
    assert not visitor.has_button("Accept all")
    visitor.switch_tab(1)
    visitor.see("void consent.withdraw()")
    visitor.wait("consent.get().groups.analytics.reason === 'refused'")
    visitor.switch_tab(0)
    visitor.wait("revocations.includes('stats') && revocations.includes('ads')")
    visitor.button("Privacy choices")
    # Each tab may send the browser's queue; the key marks both as one choice.
    service.wait_for(lambda: len(kept(service)) == 2)
    assert sorted(kept(service).values()) == ["save", "withdraw"]


def kept(service: Service) -> dict[str, str]:
    return {receipt["key"]: receipt["action"] for receipt in service.receipts}
