"""`__tcfapi` in a page: what it answers and to whom, with and without an earlier stub."""

from typing import Any

import brotli
import pytest
from playwright.sync_api import Page, expect

from consent.web.static_files import static_folder
from tests.banner.node import in_javascript
from tests.banner.payload import DAY, choice
from tests.banner.service import LINE, Service
from tests.banner.tcf_payload import GOOGLE, make_tcf_payload

pytestmark = pytest.mark.extended

STUB = f"<script>{(static_folder() / 'tcf_stub.js').read_text('utf-8').strip()}</script>"
OTHER_STUB = """<script>
  (() => {
    const queue = []
    window.__tcfapi = function (...args) {
      if (!args.length) return queue
      if (args[0] === "ping") args[2]({ gdprApplies: undefined, cmpLoaded: false, cmpStatus: "stub" })
      else queue.push(args)
    }
    addEventListener("message", ({ data, source }) => {
      const isText = typeof data === "string", call = (isText ? JSON.parse(data) : data)?.__tcfapiCall
      if (call) window.__tcfapi(call.command, call.version, (returnValue, success) => {
        const back = { __tcfapiReturn: { returnValue, success, callId: call.callId } }
        source?.postMessage(isText ? JSON.stringify(back) : back, "*")
      }, call.parameter)
    }, false)
    const addFrame = () => {
      if (!document.body) return setTimeout(addFrame, 5)
      document.body.append(Object.assign(document.createElement("iframe"), { name: "__tcfapiLocator", hidden: true }))
    }
    addFrame()
  })()
</script>"""
"""The stub in IAB Europe's specification: its message handler is anonymous and can't be removed."""
LISTENS = """<script>
  window.heard = []
  __tcfapi("addEventListener", 2, (data, ok) => heard.push([data.eventStatus, data.tcString, data.listenerId, ok]))
</script>"""
ASK = """([command, version, parameter]) =>
  new Promise(done => __tcfapi(command, version, (data, ok) => done([data, ok]), parameter))"""
DATA = "new Promise(done => __tcfapi('addEventListener', 2, data => done(data)))"
PING = "new Promise(done => __tcfapi('ping', 2, data => done(data)))"
EVERY = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
INTERESTS = [2, 7, 8, 9, 10]
WITH_CONSENT, WITH_INTEREST = [1, 2, 4, 7, 20, 21, 755], [2, 4, 8, 11, 21, 755]


def serve(service: Service, place: str = "DE", head: str = "", body: str = "", **more: Any) -> str:
    service.payload = make_tcf_payload(service, place, **more)
    return service.page(body, head=head + LINE)


def is_ready(page: Page) -> dict[str, Any]:
    page.wait_for_function("!!window.consent?.when && !!window.__tcfapi && !!window.frames.__tcfapiLocator")
    answer: dict[str, Any] = page.evaluate(DATA)
    return answer


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()


def ids(flags: dict[str, bool]) -> list[int]:
    return [int(one) for one, is_on in flags.items() if is_on]


def cookie(service: Service, sets: str, day: int = DAY, key: str = "") -> str:
    assert service.payload
    return f"t1.{day}.{key or service.payload['tcf']['key']}.2.en.{sets}"


def come_with(page: Page, service: Service, groups: str, tcf: str) -> None:
    service.visit_with(page, choice(groups))
    page.context.add_cookies([{"name": "consent_demo_tcf", "value": tcf, "url": service.origin}])


def test_the_tcf_scripts_are_within_the_promised_size() -> None:
    sizes = {
        name: len(brotli.compress((static_folder() / "parts" / f"{name}.js").read_bytes(), quality=11))
        for name in ("tcf_api", "tcf_elsewhere", "tcf_screens")
    }
    assert sizes["tcf_api"] <= 3000, sizes
    assert sizes["tcf_elsewhere"] <= 1300, sizes
    assert sizes["tcf_screens"] <= 5000, sizes
    # What a visitor downloads beyond the core: choice, strings and API at first, and the screens once opened.
    core, *parts = ((static_folder() / f"{name}.js").read_bytes() for name in ("banner", "parts/tcf", "parts/tcf_api"))
    beside = len(brotli.compress(b",".join([core, *parts]), quality=11)) - len(brotli.compress(core, quality=11))
    assert beside <= 5000, beside
    assert beside + sizes["tcf_screens"] <= 8000, sizes
    stubs = [(static_folder() / f"{name}_stub.js").stat().st_size for name in ("gpp", "tcf")]
    assert sum(stubs) <= 1800


@pytest.mark.parametrize("stub", [STUB, OTHER_STUB], ids=["ours", "another"])
def test_events_follow_the_visitor_and_the_stub_queue_is_taken_over(page: Page, service: Service, stub: str) -> None:
    page.goto(serve(service, head=stub + LISTENS, settings={"google_providers": GOOGLE}))
    before = is_ready(page)
    assert page.evaluate("heard.length") == 1
    assert (before["eventStatus"], before["cmpStatus"], before["gdprApplies"]) == ("cmpuishown", "loaded", True)
    assert (ids(before["purpose"]["consents"]), ids(before["vendor"]["consents"])) == ([], [])
    assert ids(before["purpose"]["legitimateInterests"]) == INTERESTS
    assert ids(before["vendor"]["legitimateInterests"]) == WITH_INTEREST
    assert ids(before["vendor"]["disclosedVendors"]) == [1, 2, 4, 7, 8, 11, 20, 21, 755]
    assert (before["addtlConsent"], before["enableAdvertiserConsentMode"]) == ("2~~dv.89", True)
    press(page, "Accept all")
    page.wait_for_function("heard.length === 2")
    status, text, listener, ok = page.evaluate("heard[1]")
    assert (status, listener, ok) == ("useractioncomplete", 1, True)
    after = page.evaluate(DATA)
    assert after["tcString"] == text
    assert (ids(after["purpose"]["consents"]), ids(after["purpose"]["legitimateInterests"])) == (EVERY, INTERESTS)
    assert ids(after["vendor"]["consents"]) == WITH_CONSENT
    assert (ids(after["publisher"]["consents"]), ids(after["specialFeatureOptins"])) == (EVERY, [1, 2])
    assert after["addtlConsent"] == "2~89~dv."
    (read,) = in_javascript("tcf_library.mjs", [text])
    assert read["facts"] == [DAY * 86_400_000, 300, 2, 1, "EN", 3, 5, True, "DE"]
    assert (read["purposes"], read["vendors"], read["vendor_interests"]) == (EVERY, WITH_CONSENT, WITH_INTEREST)
    receipt = service.one_receipt()
    assert service.payload
    assert receipt["tcf"] == {
        "key": service.payload["tcf"]["key"],
        "language": "en",
        **dict.fromkeys(("purposes", "interests", "features", "vendors", "vendor_interests", "google"), "*"),
    }
    stored = service.own_cookies(page)["consent_demo_tcf"]
    assert stored == f"t1.{DAY}.{receipt['tcf']['key']}.1.en.*.*.*.*.*.*"
    # The next page has the string from its first answer on.
    page.reload()
    again = is_ready(page)
    assert (again["eventStatus"], again["tcString"]) == ("tcloaded", text)
    assert [one[:2] for one in page.evaluate("heard")] == [["tcloaded", text]]
    page.evaluate("consent.withdraw()")
    page.wait_for_function("heard.length === 2")
    refused = page.evaluate(DATA)
    assert refused["eventStatus"] == "useractioncomplete"
    for part in (refused["purpose"], refused["vendor"]):
        assert ids(part["consents"]) == ids(part["legitimateInterests"]) == []
    assert ids(refused["vendor"]["disclosedVendors"]) == ids(before["vendor"]["disclosedVendors"])


def test_the_second_layer_is_told_of_and_closing_it_says_nothing(page: Page, service: Service) -> None:
    page.goto(serve(service, head=STUB + LISTENS))
    come_with(page, service, "000", cookie(service, "....."))
    page.reload()
    text = is_ready(page)["tcString"]
    assert page.evaluate(PING)["displayStatus"] == "hidden"
    page.evaluate("void consent.open()")
    page.wait_for_function("heard.length === 2")
    assert page.evaluate(PING)["displayStatus"] == "visible"
    page.keyboard.press("Escape")
    page.wait_for_function("heard.length === 3")
    assert [one[:2] for one in page.evaluate("heard")] == [
        ["tcloaded", text],
        ["cmpuishown", text],
        ["tcloaded", text],
    ]
    assert service.receipts == []


def test_each_command_is_answered_and_what_is_handed_out_is_the_callers_own(page: Page, service: Service) -> None:
    page.goto(serve(service))
    before = is_ready(page)

    def ask(command: Any, version: Any = 2, parameter: Any = None) -> Any:
        return page.evaluate(ASK, [command, version, parameter])

    ping, ok = ask("ping")
    assert ok
    assert ping == {
        **{"gdprApplies": True, "cmpLoaded": True, "cmpStatus": "loaded", "displayStatus": "visible"},
        **{"apiVersion": "2.3", "cmpId": 300, "cmpVersion": 2, "gvlVersion": 3, "tcfPolicyVersion": 5},
    }
    for version in (0, None):
        assert ask("ping", version) == [ping, True]
    assert ask("ping", 1) == ask("ping", 3) == ask("addEventListener", "2.3") == [None, False]
    data, ok = ask("getTCData")
    assert ok
    assert "listenerId" not in data
    assert data["tcString"] == before["tcString"]
    assert ask("removeEventListener", 2, 99) == [False, False]
    number = ask("addEventListener")[0]["listenerId"]
    assert ask("removeEventListener", 2, number) == [True, True]
    for command in ("getVendorList", "getInAppTCData", "toString", "__proto__", None, {}):
        assert ask(command) == [None, False], command
    page.evaluate("[__tcfapi(), __tcfapi('ping'), __tcfapi('ping', 2, 'x'), __tcfapi('addEventListener', 2, null)]")
    throws = "({eventStatus}) => { if (eventStatus[0] === 'u') throw Error('of the page') }"
    page.evaluate(f"__tcfapi('addEventListener', 2, {throws})")
    page.evaluate(
        """async () => {
          const change = (object) => { for (const key in object) typeof object[key] === "object" && object[key]
            ? change(object[key]) : (object[key] = 0) }
          for (const command of ["ping", "getTCData", "addEventListener"])
            await new Promise(done => __tcfapi(command, 2, data => (change(data), done())))
        }"""
    )
    assert page.evaluate(DATA) | {"listenerId": 0} == before | {"listenerId": 0}
    press(page, "Reject all")
    page.wait_for_function(f"{DATA}.then(({{ eventStatus }}) => eventStatus === 'useractioncomplete')")


def test_elsewhere_the_framework_does_not_apply_and_callers_get_a_response(page: Page, service: Service) -> None:
    page.goto(serve(service, "US-TX", head=STUB + LISTENS))
    answer = is_ready(page)
    assert answer == {"gdprApplies": False, "cmpId": 300, "cmpVersion": 2, "tcfPolicyVersion": 5, "listenerId": 2}
    assert page.evaluate(PING)["displayStatus"] == "disabled"
    assert page.evaluate("heard") == [[None, None, 1, True]]
    assert "consent_demo_tcf" not in service.own_cookies(page)


@pytest.mark.parametrize(
    "own",
    [
        "window.__tcfapi = (command, version, callback) => callback?.('mine', true)",
        "window.__tcfapi = 7",
        "Object.defineProperty(window, '__tcfapi', { get() { throw Error('mine') } })",
    ],
)
def test_keeps_an_existing_api_and_the_banner_works(page: Page, service: Service, own: str) -> None:
    page.goto(serve(service, head=f"<script>{own}</script>"))
    press(page, "Accept all")
    page.wait_for_function("consent.get().groups.advertising.granted")
    if "callback" in own:
        assert page.evaluate(PING) == "mine"
    assert page.evaluate("!window.frames.__tcfapiLocator")
    assert service.one_receipt()["tcf"]["purposes"] == "*"


VENDOR_FRAME = """<script>
  window.answers = []
  onmessage = ({ data }) => {
    const isText = typeof data === "string", answer = (isText ? JSON.parse(data) : data)?.__tcfapiReturn
    if (answer) answers.push([answer.callId, isText, answer.success, answer.returnValue])
  }
  window.ask = (command, callId, parameter, isText) => {
    const message = { __tcfapiCall: { command, parameter, version: 2, callId } }
    parent.postMessage(isText ? JSON.stringify(message) : message, "*")
  }
  window.answerOf = (callId) => answers.filter(([id]) => id === callId)
</script>"""


def frame_of(page: Page, service: Service, **more: Any) -> Any:
    service.pages["/vendor-frame"] = VENDOR_FRAME
    body = f'<iframe src="{service.vendors}/vendor-frame" data-consent="essential"></iframe>'
    page.goto(serve(service, body=body, **more))
    is_ready(page)
    page.wait_for_function("!!document.querySelector('iframe[src]')?.contentWindow")
    frame = next(frame for frame in page.frames if frame.url.endswith("/vendor-frame"))
    frame.wait_for_function("!!window.ask")
    return frame


@pytest.mark.parametrize("head", ["", STUB, OTHER_STUB])
def test_a_cross_origin_frame_can_query_and_is_notified_of_changes(page: Page, service: Service, head: str) -> None:
    frame = frame_of(page, service, head=head)
    for is_text in (False, True):
        frame.evaluate("isText => ask('ping', 'ping' + isText, null, isText)", is_text)
        frame.wait_for_function(f"answerOf('ping{str(is_text).lower()}').length === 1")
    (as_object, as_text) = frame.evaluate("answers")
    assert as_object[1:3] == [False, True]
    assert as_text[1:3] == [True, True]
    assert as_object[3] == as_text[3]
    frame.evaluate("ask('addEventListener', 'events')")
    frame.wait_for_function("answerOf('events').length === 1")
    press(page, "Accept all")
    frame.wait_for_function("answerOf('events').length === 2")
    assert frame.evaluate("answerOf('events')[1][3].eventStatus") == "useractioncomplete"
    if head != OTHER_STUB:  # its own handler doesn't check which frame asks
        page.evaluate("__tcfapi('addEventListener', 2, data => (window.mine ||= data.listenerId))")
        frame.evaluate(f"ask('removeEventListener', 'foreign', {page.evaluate('mine')})")
        frame.wait_for_function("answerOf('foreign').length === 1")
        assert frame.evaluate("answerOf('foreign')[0][3]") is False


def test_a_frame_that_floods_fills_nothing_and_others_are_answered(page: Page, service: Service) -> None:
    frame = frame_of(page, service)
    frame.evaluate("for (let i = 0; i < 400; i++) ask('addEventListener', 'f' + i)")
    frame.evaluate("for (const bad of ['{', '__tcfapiCall', null, 7, {__tcfapiCall: 1}]) parent.postMessage(bad, '*')")
    frame.wait_for_function("answers.filter(([id]) => id?.[0] === 'f').length === 400")
    granted = frame.evaluate("answers.filter(([, , success]) => success).length")
    assert granted == 200
    assert page.evaluate(DATA)["eventStatus"] == "cmpuishown"
    # Removing a frame frees its slots.
    page.evaluate("document.querySelector('iframe[src]').remove()")
    assert page.evaluate("window.frames.length") > 0


def test_a_signal_and_an_age_take_consent_and_interest_away(page: Page, service: Service) -> None:
    url = serve(service)
    assert service.payload
    service.payload["signals"]["gpc"] = service.payload["resolved"]["gpc"] = True
    page.goto(url)
    come_with(page, service, "111", cookie(service, "*.*.*.*.*."))
    page.reload()
    data = is_ready(page)
    groups = page.evaluate("consent.get().groups")
    assert groups["advertising"]["reason"] == "gpc"
    left = [one for one in EVERY if one in (1, 5, 6, 8, 9, 10, 11)]
    assert ids(data["purpose"]["consents"]) == ids(data["publisher"]["consents"]) == left
    assert ids(data["purpose"]["legitimateInterests"]) == [8, 9, 10]
    assert ids(data["specialFeatureOptins"]) == []


@pytest.mark.parametrize(
    ("sets", "storage", "user_data", "personalization"),
    [
        ("*.*..*.*.", "granted", "granted", "granted"),
        ("2-11.*..*.*.", "denied", "denied", "granted"),
        ("1-6_8-11.*..*.*.", "granted", "denied", "granted"),
        ("1-3_5-11.*..*.*.", "granted", "granted", "denied"),
        ("*.*..1_2_4.*.", "denied", "denied", "denied"),
        (".....", "denied", "denied", "denied"),
    ],
)
def test_consent_mode_says_what_google_reads_in_the_string(
    page: Page, service: Service, sets: str, storage: str, user_data: str, personalization: str
) -> None:
    url = serve(service)
    groups = "111" if sets == "*.*..*.*." else "000"
    come_with(page, service, groups, cookie(service, sets))
    page.goto(url)
    data = is_ready(page)
    told = page.evaluate("dataLayer.filter(entry => entry[0] === 'consent').map(entry => entry[2])")
    # Never more than the final value, not even briefly.
    wanted = {"ad_storage": storage, "ad_user_data": user_data, "ad_personalization": personalization}
    for name, value in wanted.items():
        assert told[-1][name] == value, name
        if value == "denied":
            assert {one[name] for one in told} == {"denied"}
    consents = data["purpose"]["consents"]
    is_google = data["vendor"]["consents"].get("755", False)
    assert (told[-1]["ad_storage"] == "granted") == (consents["1"] and is_google)


def test_gpp_has_the_string_as_its_section_once_nobody_is_asked(page: Page, service: Service) -> None:
    page.goto(serve(service))
    is_ready(page)
    ping = "new Promise(done => __gpp('ping', done))"
    before = page.evaluate(ping)
    # The site's own registration, and whether a layer blocks the signal.
    assert (before["cmpId"], before["cmpDisplayStatus"]) == (300, "visible")
    assert (before["signalStatus"], before["gppString"]) == ("not ready", "")
    assert (before["supportedAPIs"], before["applicableSections"]) == (["2:tcfeuv2"], [2])
    page.evaluate("window.told = []; __gpp('addEventListener', ({eventName, data}) => told.push([eventName, data]))")
    press(page, "Accept all")
    page.wait_for_function("told.length === 4")
    assert page.evaluate("told.slice(1)") == [
        *(["cmpDisplayStatus", "hidden"], ["sectionChange", "tcfeuv2"], ["signalStatus", "ready"]),
    ]
    text = page.evaluate(DATA)["tcString"]
    assert page.evaluate(ping)["gppString"] == f"DBABMA~{text}"
    section = "new Promise(done => __gpp('getSection', (data, ok) => done([data, ok]), 'tcfeuv2'))"
    assert page.evaluate(section) == [None, True]
    library = in_javascript("gpp_library.mjs", [f"DBABMA~{text}"])
    assert library[0]["ids"] == [2]
    page.evaluate("void consent.open()")
    page.wait_for_function("told.length === 5")
    page.keyboard.press("Escape")
    page.wait_for_function("told.length === 6")
    assert page.evaluate("told.slice(4)") == [["cmpDisplayStatus", "visible"], ["cmpDisplayStatus", "hidden"]]
    assert page.evaluate(ping)["gppString"] == f"DBABMA~{text}"


def test_a_tag_of_a_vendor_in_the_list_runs_by_purposes_and_vendor(page: Page, service: Service) -> None:
    url = serve(service)
    for sets, ran in (
        ("*.*..*.*.", ["ads", "stats"]),
        ("*.*..1_20.*.", ["stats"]),
        ("*.2_7..*.*.", ["stats"]),
        ("1-3_5-11.*..*.*.", ["stats"]),
        ("*.*..*.*.", ["ads", "stats"]),
    ):
        come_with(page, service, "000", cookie(service, sets))
        page.goto(url)
        is_ready(page)
        tags = page.evaluate("Object.fromEntries(consent.get().tags.map(tag => [tag.id, [tag.mode, tag.reason]]))")
        assert [tag for tag in ("ads", "stats") if tags[tag] == ["full", "granted"]] == ran, (sets, tags)
        assert tags["chat"] == ["held", "refused"]
        assert page.evaluate("consent.get().show") == "none"


def test_a_refusal_after_the_scope_was_narrowed_is_not_hidden_by_the_domains_cookies(
    page: Page, service: Service
) -> None:
    page.goto(serve(service, scope="shop.localhost"))
    press(page, "Accept all")
    page.wait_for_function("document.cookie.includes('consent_demo_tcf=')")
    service.one_receipt()
    url = serve(service)
    page.goto(url)
    is_ready(page)
    page.evaluate("consent.withdraw()")
    page.wait_for_function("document.cookie.split(/consent_demo(?:_tcf)?=/).length === 3")
    page.goto(url)
    assert ids(is_ready(page)["vendor"]["consents"]) == []
    assert page.evaluate("consent.get().allowed_tags") == ["session"]


def test_asks_again_after_an_answer_to_another_question_unless_all_was_refused(page: Page, service: Service) -> None:
    url = serve(service)
    for sets, shown in (("*.*..*.*.", True), (".....", False)):
        come_with(page, service, "000", cookie(service, sets, key="00000000"))
        page.goto(url)
        data = is_ready(page)
        assert ids(data["purpose"]["consents"]) == []
        banner = page.get_by_role("button", name="Reject all")
        expect(banner).to_be_visible() if shown else expect(banner).to_have_count(0)
    come_with(page, service, "000", "t1.nonsense")
    page.goto(url)
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    # A later choice of groups overrides it.
    come_with(page, service, "000", cookie(service, "*.*..*.*.", day=DAY - 1))
    page.goto(url)
    assert ids(is_ready(page)["purpose"]["consents"]) == []
