"""The blocker in a page decided long before its HTML has loaded, as for returning visitors with a cached script."""

import pytest
from playwright.sync_api import Page, Route

from tests.banner.blocker import blocker, stranger
from tests.banner.payload import choice
from tests.banner.script_insertion import RAN
from tests.banner.service import LINE, REST, Service

pytestmark = pytest.mark.extended

HEAD = blocker(hold="vendors.localhost") + LINE


@pytest.fixture
def service(service: Service) -> Service:
    """Assign all vendor hosts to the vendor stats and mark its tag; `odd.localhost` belongs to no known vendor."""
    assert service.payload
    service.payload["acts"]["vendors"]["stats"]["hosts"] = ["vendors.localhost"]
    service.payload["acts"]["tags"]["stats"]["type"] = "marked"
    for path in ("/film", "/ad"):
        service.page(path, head="", path=path)
    return service


def tags(service: Service) -> str:
    odd = stranger(service)
    return (
        f'<p>words</p><script src="{service.vendors}/vendor/known.js"></script>'
        f'<script src="{odd}/vendor/odd.js"></script><script async src="{odd}/vendor/odd-async.js"></script>'
        f'<script defer src="{odd}/vendor/odd-defer.js"></script>'
        f'<iframe title="film" src="{service.vendors}/film"></iframe><iframe title="ad" src="{odd}/ad"></iframe>'
        '<script src="/vendor/own.js"></script>'
    )


def open_slowly(page: Page, service: Service, rest: str, head: str = HEAD, first: str = "") -> None:
    """Send the rest of the page only after the decision."""
    page.goto(service.page(f"{first}<h1>Shop</h1>{REST}{rest}", head=head), wait_until="commit")
    page.wait_for_function("window.consent?.get")
    service.rest.set()
    page.wait_for_load_state()


def where(page: Page) -> list[str]:
    """Return the text in each of the page's frames."""
    # A frame that has just been released may have no body yet.
    return sorted(frame.locator("body").inner_text() for frame in page.frames[1:])


FURTHER_DOWN = [
    ("000", "own session", ["", ""]),
    ("010", "known own session", ["", "/film"]),
    ("101", "ads chat odd odd-async odd-defer own session", ["", "/ad"]),
    ("111", "ads chat known odd odd-async odd-defer own session", ["/ad", "/film"]),
    (None, "own session", ["", ""]),
]


@pytest.mark.parametrize(
    ("apart", "answers", "ran", "frames"),
    [
        *((False, *one) for one in FURTHER_DOWN),
        *(pytest.param(True, *one, marks=[pytest.mark.long] if one[0] != "010" else []) for one in FURTHER_DOWN),
    ],
)
def test_a_later_script_waits_for_its_answer_and_runs_once(
    page: Page, service: Service, apart: bool, answers: str | None, ran: str, frames: list[str]
) -> None:
    service.apart = apart
    if answers:
        service.visit_with(page, choice(answers))
    open_slowly(page, service, tags(service))
    page.wait_for_function(f"wanted => wanted.every(name => {RAN}.includes(name))", arg=ran.split())
    page.wait_for_timeout(300)
    assert sorted({"session", *page.evaluate("ran")}) == ran.split()
    assert where(page) == frames
    page.evaluate("consent.set({functional: true, analytics: true, advertising: true})")
    every = "ads chat known odd odd-async odd-defer own session"
    page.wait_for_function("wanted => wanted.every(name => ran.includes(name))", arg=every.split())
    page.wait_for_timeout(300)
    assert page.evaluate(RAN) == every


def grant_all(page: Page) -> None:
    page.evaluate("consent.set({functional: true, analytics: true, advertising: true})")
    page.wait_for_function("ran.includes('ads') && ran.includes('chat')")
    page.wait_for_timeout(300)


ADDS = """<script>window.add = (name, parent, ...more) => { const added = document.createElement("script")
  Object.assign(added, ...more); added.src = `%s/vendor/${name}.js`; parent.append(added) }</script>"""
BY_A_TIMER = """for (const [name, parent] of [["head", document.head], ["body", document.body]]) {
  add(name, parent, { async: true }); add(name + "-in-order", parent, { async: false }) }"""


def test_what_a_timer_adds_while_the_page_is_read_waits_and_runs_once(page: Page, service: Service) -> None:
    service.visit_with(page, choice("000"))
    head = HEAD + ADDS % stranger(service)
    page.goto(service.page(f"<p>words</p>{REST}<p>more</p>", head=head), wait_until="commit")
    page.wait_for_function("window.consent?.get && document.body")
    page.evaluate(f"new Promise(done => setTimeout(() => {{ {BY_A_TIMER}; done() }}))")
    assert page.evaluate("document.querySelectorAll('[data-consent=unmarked]').length") == 4
    service.rest.set()
    page.wait_for_load_state()
    grant_all(page)
    page.wait_for_function("ran.length === 7")
    assert page.evaluate(RAN) == "ads body body-in-order chat head head-in-order session"
    page.wait_for_function("!document.querySelector('[data-consent=unmarked], [type=text\\\\/plain]')")


def test_what_the_html_names_after_what_was_held_comes_after_it(page: Page, service: Service) -> None:
    service.visit_with(page, choice("111"))
    held: list[Route] = []
    page.route("**/vendor/first.js", lambda route: held.append(route))
    first, second = (f"<script src='{service.vendors}/vendor/{name}.js'></script>" for name in ("first", "second"))
    page.goto(service.page(first + REST + second, head=HEAD), wait_until="commit")
    page.wait_for_function("window.consent?.get && consent.get().groups.analytics.granted")
    while not held:
        page.wait_for_timeout(50)
    service.rest.set()
    page.wait_for_load_state("domcontentloaded")
    assert "second" not in page.evaluate("window.ran || []")
    held[0].continue_()
    page.wait_for_function("(window.ran || []).includes('second')")
    assert [name for name in page.evaluate("ran") if name in ("first", "second")] == ["first", "second"]


@pytest.mark.parametrize("apart", [False, True])
def test_what_may_run_adds_frames_while_the_page_is_read(page: Page, service: Service, apart: bool) -> None:
    """Frames from a managed tag, custom code and a template load; one from a script in the page waits."""
    assert service.payload
    service.apart = apart
    odd = stranger(service)
    for name in ("managed", "pasted", "template", "script"):
        service.page(name, head="", path=f"/{name}")
    tags = service.payload["acts"]["tags"]
    tags["chat"] |= {"type": "frame", "src": f"{odd}/managed"}
    pasted = {"element": "iframe", "src": f"{odd}/pasted", "text": "", "attributes": {}}
    tags["video"] |= {"type": "html", "src": None, "nodes": [pasted]}
    service.visit_with(page, choice("100"))
    held = f'<template data-consent="functional"><iframe src="{odd}/template"></iframe></template>'
    script = f"""<script>const added = document.createElement("iframe"); added.src = "{odd}/script"
    document.body.append(added)</script>"""
    page.goto(service.page(f"<p>words</p>{held}{REST}{script}", head=HEAD), wait_until="commit")
    page.wait_for_function("document.querySelectorAll('iframe').length === 3")
    assert page.evaluate("document.readyState") == "loading"
    service.rest.set()
    page.wait_for_load_state()
    assert where(page) == ["", "managed", "pasted", "template"]


def test_a_choice_made_during_parsing_applies_to_what_follows(page: Page, service: Service) -> None:
    rest = f'<script src="{stranger(service)}/vendor/odd.js"></script><script>after = ran.includes("odd")</script>'
    page.goto(service.page(f"<p>words</p>{REST}{rest}", head=HEAD), wait_until="commit")
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).includes('ads')")
    service.rest.set()
    page.wait_for_load_state()
    assert page.evaluate("after") is True
    assert page.evaluate("ran").count("odd") == 1


def test_a_withdrawal_during_parsing_holds_what_follows(page: Page, service: Service) -> None:
    service.visit_with(page, choice("111"))
    page.goto(service.page(f"<p>words</p>{REST}{tags(service)}", head=HEAD), wait_until="commit")
    page.wait_for_function("(window.ran || []).includes('ads')")
    page.evaluate("void consent.withdraw()")
    page.wait_for_function("!consent.get().groups.advertising.granted")
    service.rest.set()
    page.wait_for_function("ran.includes('own')")
    page.wait_for_load_state()
    assert {"odd", "odd-async", "odd-defer", "known"} & {*page.evaluate("ran")} == set()


def test_a_script_keeps_its_type_and_inert_scripts_keep_the_marks_of_another_tool(page: Page, service: Service) -> None:
    assert service.payload
    service.payload["foreign"] = True
    service.early = ["marks"]
    odd = stranger(service)
    service.visit_with(page, choice("010"))
    module = f'<script type="module" data-type="popup" src="{odd}/vendor/module.js"></script>'
    old = f'<script nomodule src="{odd}/vendor/old.js"></script>'
    other = f'<script type="text/plain" data-cookieconsent="statistics" src="{odd}/vendor/bot.js"></script>'
    open_slowly(page, service, module + old + other)
    page.wait_for_function("(window.ran || []).includes('bot')")
    assert page.evaluate(RAN) == "bot session"
    grant_all(page)
    page.wait_for_function("ran.includes('module')")
    assert page.evaluate(RAN) == "ads bot chat module session"
    assert page.evaluate("document.querySelector('[data-type]').type") == "module"


def test_a_page_that_is_written_anew_while_it_is_read_goes_on_to_hold(page: Page, service: Service) -> None:
    service.visit_with(page, choice("000"))
    page.goto(service.page(f"<p>words</p>{REST}", head=HEAD), wait_until="commit")
    page.wait_for_function("window.consent?.get && document.body")
    page.evaluate("""() => { document.open(); document.write("<!doctype html><body><p>Anew</p>"); document.close() }""")
    service.rest.set()
    page.evaluate("void document.body.append(document.createElement('p'))")
    page.evaluate(f"""() => {{ const added = document.createElement("iframe"); added.src = "{stranger(service)}/film"
    document.body.append(added) }}""")
    assert where(page) == [""]
    page.evaluate("consent.set({functional: true, analytics: true, advertising: true})")
    page.frame_locator("iframe").get_by_text("/film").wait_for()


def test_what_a_prepared_page_holds_waits_for_the_visit_and_its_answer(page: Page, service: Service) -> None:
    page.add_init_script(
        """let prepared = true
        Object.defineProperty(Document.prototype, "prerendering", { get: () => prepared, configurable: true })
        window.activate = () => { prepared = false; document.dispatchEvent(new Event("prerenderingchange")) }"""
    )
    service.visit_with(page, choice("010"))
    page.goto(service.page(tags(service), head=HEAD))
    page.wait_for_function("(window.ran || []).includes('own') && dataLayer.length > 0")
    assert page.evaluate("ran") == ["own"]
    page.evaluate("activate()")
    page.wait_for_function("ran.includes('known') && ran.includes('session')")
    assert page.evaluate(RAN) == "known own session"
    assert where(page) == ["", "/film"]
