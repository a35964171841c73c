from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from consent.classifier.catalog import VENDORS, load_catalog
from consent.runtime.container_cookies import contained_cookies
from tests.banner.payload import make_payload, named, tag
from tests.banner.service import LINE, Service
from tests.framework_cookies import ALL

SETS = """<script>
  for (const text of ["_stats=1;path=/", "_stats_7=1;path=/deep", "_stats_8=1;domain=shop.localhost;path=/",
    "_stats_9=1;path=/deep/", "basket=1;path=/", "_statsoid=1;path=/"]) document.cookie = text
  for (const items of [localStorage, sessionStorage])
    for (const name of ["stats_state", "stats_tab", "basket"]) items.setItem(name, "1")
  window.revocations = []
  window.revoked = name => revocations.push(name)
</script>"""


def accept_and_withdraw(page: Page, service: Service) -> None:
    page.goto(service.page(head=SETS + LINE, path="/deep/page"))
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).includes('ads') && ran.includes('stats')")
    page.get_by_role("button", name="Privacy choices").click()
    page.get_by_role("dialog").get_by_role("button", name="Reject all").click()
    service.wait_for(lambda: len(service.receipts) == 2)
    page.wait_for_function("!document.cookie.includes('_stats=') && !document.cookie.includes('consent_demo_queue')")


def test_a_withdrawal_deletes_the_named_cookies_wherever_they_were_set_and_no_others(
    page: Page, service: Service
) -> None:
    accept_and_withdraw(page, service)
    left = {c["name"] for c in page.context.cookies([service.origin, service.origin + "/deep/page"])}
    assert left == {"consent_demo", "basket", "_statsoid"}
    assert page.evaluate("[Object.keys(localStorage), Object.keys(sessionStorage)].map(names => names.sort())") == [
        ["basket", "stats_tab"],
        ["basket", "stats_state"],
    ]


def test_a_cookie_of_many_places_is_looked_for_in_each_once(page: Page, service: Service) -> None:
    page.goto(service.page("<p>Deep</p>", path="/deep/page"))
    page.evaluate(
        """() => { for (const path of ["/", "/deep", "/deep/", "/deep/page"]) document.cookie = "_stats=1;path=" + path
        const found = Object.getOwnPropertyDescriptor(Document.prototype, "cookie"), set = found.set
        window.tried = []
        found.set = function (text) { if (text.startsWith("_stats=")) tried.push(text); set.call(this, text) }
        Object.defineProperty(Document.prototype, "cookie", found) }"""
    )
    page.get_by_role("button", name="Reject all").click()
    page.wait_for_function("!document.cookie.includes('_stats=')")
    tried = page.evaluate("tried")
    assert len(tried) == len(set(tried)) > 0


def test_what_a_container_has_loaded_is_deleted_with_its_own_group(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors, tags=[tag("chat", "functional")])
    essential = {"name": "_fbc", "pattern": False, "kind": "cookie", "group": "essential"}
    document = {"tags": [{"vendor": "google-tag-manager", "enabled": True}], "cookies": [essential]}
    service.payload["acts"]["cookies"] = contained_cookies(document)
    page.goto(service.page(path="/deep/page"))
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).includes('chat')")
    page.evaluate(
        """() => {
        for (const name of ["_ga", "_ga_X1", "_fbp", "_fbc", "_ym_uid", "_gap"]) document.cookie = name + "=1;path=/"
        for (const name of ["_ym_retryReqs", "basket"]) localStorage.setItem(name, "1") }"""
    )
    page.get_by_role("button", name="Privacy choices").click()
    page.get_by_role("dialog").get_by_role("button", name="Reject all").click()
    service.wait_for(lambda: len(service.receipts) == 2)
    page.wait_for_function("!document.cookie.includes('_fbp') && !document.cookie.includes('consent_demo_queue')")
    left = {cookie["name"] for cookie in page.context.cookies(service.origin)}
    assert left == {"consent_demo", "_gap", "_fbc"}
    assert page.evaluate("Object.keys(localStorage).filter(name => !name.startsWith('consent_'))") == ["basket"]


def test_a_withdrawal_calls_what_the_loaded_vendors_offer_for_it(page: Page, service: Service) -> None:
    accept_and_withdraw(page, service)
    page.wait_for_function("revocations.length > 0")
    assert sorted(page.evaluate("revocations")) == ["ads", "chat", "stats"]


def test_deletes_the_earlier_cookies_of_a_refused_vendor_at_a_first_refusal(page: Page, service: Service) -> None:
    page.goto(service.page(head=SETS + LINE))
    page.get_by_role("button", name="Reject all").click()
    page.wait_for_function("!document.cookie.includes('_stats=')")
    assert "basket=1" in page.evaluate("document.cookie")


def test_nothing_is_deleted_before_a_choice(page: Page, service: Service) -> None:
    page.goto(service.page(head=SETS + LINE))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    assert "_stats=1" in page.evaluate("document.cookie")


def test_keeps_a_name_shared_with_an_allowed_vendor(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors)
    service.payload["acts"]["cookies"].append(named("_stats", "functional", "chat"))
    page.goto(service.page(head=SETS + LINE))
    page.wait_for_function("window.consent")
    page.evaluate("consent.set({functional: true, analytics: false})")
    page.wait_for_function("!localStorage.getItem('stats_state')")
    assert "_stats=1" in page.evaluate("document.cookie")


def test_reloads_the_page_when_a_loaded_vendor_has_no_revoke_call(page: Page, service: Service) -> None:
    service.payload = make_payload(service.vendors)
    service.payload["acts"]["vendors"]["stats"]["revoke"] = []
    page.goto(service.page(head=SETS + LINE))
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).includes('stats')")
    with page.expect_event("load"):
        page.evaluate("void consent.withdraw()")
    service.wait_for(lambda: len(service.receipts) >= 2)
    page.wait_for_function("(window.ran || []).includes('session')")
    assert page.evaluate("ran") == ["session"]


@pytest.mark.parametrize(
    "marked",
    [
        '<script type="text/plain" data-consent="analytics">document.body.id = "ran"</script>',
        '<script type="text/plain" data-consent="analytics functional">document.body.id = "ran"</script>',
        '<template data-consent="analytics"><script>document.body.id = "ran"</script></template>',
        '<script type="text/plain" data-consent="unheard">document.body.id = "ran"</script>',
    ],
)
def test_reloads_the_page_when_a_script_of_an_unknown_vendor_ran(page: Page, service: Service, marked: str) -> None:
    page.goto(service.page(marked))
    page.get_by_role("button", name="Accept all").click()
    expect(page.locator("body#ran")).to_have_count(1)
    with page.expect_event("load"):
        page.evaluate("void consent.withdraw()")
    page.wait_for_function("window.consent && (window.ran || []).includes('session')")
    expect(page.locator("body#ran")).to_have_count(0)


@pytest.mark.parametrize(
    "typing",
    [
        lambda page: page.fill("#name", "Ada"),
        lambda page: page.fill("textarea", "A long letter"),
        lambda page: page.select_option("select", "b"),
        lambda page: page.check("#agrees"),
        lambda page: page.locator("[contenteditable]").click(),
    ],
    ids=["line", "text", "selection", "box", "note"],
)
def test_a_reload_waits_for_typed_input(page: Page, service: Service, typing: Callable[[Page], None]) -> None:
    assert service.payload
    service.payload["acts"]["vendors"]["stats"]["revoke"] = []
    fields = """<input id="name" value="-"><input type="hidden" id="made" value="1"><textarea></textarea>
      <select><option>a<option>b</select><input type="checkbox" id="agrees"><p contenteditable>note</p>"""
    page.goto(service.page(fields))
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).includes('stats')")
    typing(page)
    page.evaluate("window.isFirst = true, void consent.withdraw()")
    page.wait_for_function("consent.get().groups.analytics.reason === 'refused'")
    page.wait_for_timeout(300)
    assert page.evaluate("window.isFirst")
    page.evaluate("history.pushState(null, '', '/further')")
    page.wait_for_function("!window.isFirst")
    assert page.url.endswith("/further")


def test_a_script_of_a_group_that_stays_granted_keeps_the_page(page: Page, service: Service) -> None:
    page.goto(service.page('<script type="text/plain" data-consent="functional">document.body.id = "ran"</script>'))
    page.get_by_role("button", name="Accept all").click()
    expect(page.locator("body#ran")).to_have_count(1)
    page.evaluate("void consent.withdraw('analytics')")
    service.wait_for(lambda: len(service.receipts) == 2)
    expect(page.locator("body#ran")).to_have_count(1)


def test_navigating_back_after_a_withdrawal_does_not_load_a_frame_again(page: Page, service: Service) -> None:
    service.page("film", head="", path="/film")
    frame = '<iframe width="400" height="250" title="f" data-consent="functional" data-src="/film"></iframe>'
    service.page("start", head="", path="/start")
    page.goto(service.origin + "/start")
    page.goto(service.page(frame))
    page.get_by_role("button", name="Accept all").click()
    expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
    page.evaluate("void consent.withdraw()")
    expect(page.get_by_role("button", name="Load once")).to_be_visible()
    page.evaluate("setTimeout(() => history.back())")
    page.wait_for_url("**/start")
    assert service.asked_for("/film") == 1


def test_template_content_is_removed_and_comes_back(page: Page, service: Service) -> None:
    service.page("film", head="", path="/film")
    held = '<template data-consent="functional"><p>player</p><iframe src="/film" title="f"></iframe> words</template>'
    page.goto(service.page(held))
    page.wait_for_function("window.consent")
    page.evaluate("window.isFirst = true")
    for _ in range(2):
        page.evaluate("void consent.set({functional: true})")
        expect(page.frame_locator("iframe").get_by_text("film")).to_be_visible()
        page.evaluate("void consent.set({functional: false})")
        expect(page.locator("iframe, p:text('player')")).to_have_count(0)
        assert "words" not in page.inner_text("body")
    assert page.evaluate("window.isFirst")


def test_a_partitioned_cookie_is_deleted_as_well(page: Page, service: Service) -> None:
    sets = """<script>document.cookie = "_stats=1;path=/;Secure;SameSite=None;Partitioned"
      document.cookie = "basket=1;path=/;Secure;SameSite=None;Partitioned"</script>"""
    page.goto(service.page(head=sets + LINE))
    assert "_stats=1" in page.evaluate("document.cookie")
    page.get_by_role("button", name="Reject all").click()
    page.wait_for_function("!document.cookie.includes('_stats=')")
    assert "basket=1" in page.evaluate("document.cookie")


def test_sessions_tokens_and_carts_survive_every_choice_with_the_whole_catalog_named(
    page: Page, service: Service
) -> None:
    assert service.payload
    service.payload["acts"]["cookies"] += [
        {fact: cookie[fact] for fact in ("name", "pattern", "kind", "group", "domain")} | {"vendor": None}
        for vendor in load_catalog(VENDORS).vendors
        for cookie in vendor.document["cookies"]
        if cookie["group"] != "essential" and not cookie["third_party"]
    ]
    facts = {"value": "1", "url": service.origin + "/"}
    names = [(name, "ession" in name) for name in [*dict.fromkeys(ALL), "_ga", "_fbp"]]
    page.context.add_cookies([{"name": name, "httpOnly": hidden, **facts} for name, hidden in names])  # type: ignore[typeddict-item]
    page.goto(service.page(head="<script>localStorage.setItem('mage-cache-storage', '{}')</script>" + LINE))
    page.wait_for_function("window.consent")
    for act in (
        "set({functional: false, analytics: false})",
        "set({analytics: true})",
        "withdraw('analytics')",
        "withdraw()",
    ):
        page.evaluate(f"consent.{act}")
    page.wait_for_function("!document.cookie.includes('_ga=') && !document.cookie.includes('_fbp=')")
    left = {cookie["name"] for cookie in page.context.cookies(service.origin)}
    assert left >= set(ALL)
    assert page.evaluate("localStorage.getItem('mage-cache-storage')") == "{}"


@pytest.mark.parametrize("has_call", [True, False])
def test_what_a_withdrawal_does_not_reach_is_named_with_the_vendors_opt_out(
    page: Page, service: Service, has_call: bool
) -> None:
    assert service.payload
    vendors = service.payload["acts"]["vendors"]
    vendors["stats"]["opt_out"] = {"url": "https://stats.example/out", "text": "Opt out with Stats"}
    vendors["chat"]["opt_out"] = {"url": "javascript:void 0", "text": "Opt out with Chat"}
    if not has_call:
        vendors["stats"]["revoke"] = []
    page.goto(service.page())
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).includes('stats') && ran.includes('chat')")
    expect(page.get_by_role("link", name="Opt out with")).to_have_count(0)
    page.evaluate("window.isFirst = true, void consent.withdraw()")
    if not has_call:
        page.wait_for_function("!window.isFirst")  # a vendor without a revoke call ends with its page
    link = page.get_by_role("link", name="Opt out with")
    expect(link).to_have_attribute("href", "https://stats.example/out")
    page.reload()
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()
    expect(link).to_have_count(0)


@pytest.mark.parametrize(
    "held",
    [
        '<iframe data-consent="functional" data-vendor="video" data-src="/film" width="400" height="250"></iframe>',
        '<template data-consent="functional" data-vendor="video"><i>Film</i></template>',
        '<img data-consent="functional" data-vendor="video" data-src="/film.gif" alt="">',
    ],
    ids=["frame", "template", "image"],
)
def test_the_opt_out_of_a_vendor_whose_frame_or_image_was_there_is_named_without_a_reload(
    page: Page, service: Service, held: str
) -> None:
    assert service.payload
    opt_out = {"url": "https://video.example/out", "text": "Opt out with Video"}
    service.payload["acts"]["vendors"]["video"]["opt_out"] = opt_out
    page.goto(service.page(held))
    link = page.get_by_role("link", name="Opt out with Video")
    page.evaluate("window.isFirst = true, void consent.set({functional: true, analytics: false, advertising: false})")
    expect(page.locator("iframe[src], i, img[src]")).to_have_count(1)
    page.evaluate("void consent.set({analytics: true})")  # another choice doesn't withdraw anything
    page.wait_for_function("consent.get().groups.analytics.granted")
    expect(link).to_have_count(0)
    page.evaluate("void consent.withdraw('functional')")
    expect(link).to_have_attribute("href", "https://video.example/out")
    assert page.evaluate("window.isFirst") is True
