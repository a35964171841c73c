"""`__gpp` in a page: what it answers and to whom, with and without an earlier stub."""

import json
import subprocess
from pathlib import Path
from typing import Any

import brotli
import pytest
from playwright.sync_api import Page

from consent.core.gpp.mapping import GppSite, gpp_sections
from consent.web.static_files import static_folder
from tests.banner.payload import choice, make_payload
from tests.banner.service import LINE, Service

pytestmark = pytest.mark.extended

HERE = Path(__file__).parent
GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })"
SETTINGS: Any = {"approach": "national", "mspa": "none", "sensitive": [], "opt_out_notice": True}
GRANTED, REFUSED = "DBABL~CVQqAAAAAACA.Q", "DBABL~CVQVAAAAAACA.Q"
PING = "new Promise(done => __gpp('ping', done))"
STUB = f"<script>{(static_folder() / 'gpp_stub.js').read_text('utf-8').strip()}</script>"
OTHER_STUB = """<script>
  window.__gpp = function () {
    const [command, callback, parameter] = arguments
    __gpp.queue = __gpp.queue || []
    __gpp.events = __gpp.events || []
    if (command === "queue") return __gpp.queue
    if (command === "events") return __gpp.events
    if (command !== "addEventListener") return void __gpp.queue.push([...arguments])
    __gpp.lastId = (__gpp.lastId || 0) + 1
    __gpp.events.push({ id: __gpp.lastId, callback, parameter })
    callback({ eventName: "listenerRegistered", listenerId: __gpp.lastId, data: true, pingData: {} }, true)
  }
</script>"""
"""The other stub in common use, which stores waiting calls as properties."""
LISTENS = """<script>
  window.heard = []
  __gpp("addEventListener", ({ eventName, listenerId, data, pingData }) =>
    heard.push([eventName, listenerId, data, pingData.signalStatus, pingData.gppString]))
  __gpp("getField", (value, ok) => (window.field = [value, ok]), "usnat.SaleOptOut")
</script>"""
COMMAND = "([command, parameter]) => new Promise(done => __gpp(command, (data, ok) => done([data, ok]), parameter))"


def serve(service: Service, place: str = "US-TX", head: str = "", body: str = "", **settings: Any) -> str:
    country, _, subdivision = place.partition("-")
    sections = gpp_sections(GppSite(SETTINGS | settings), country or None, subdivision or None)
    facts = {"gpp": sections} if sections else {}
    service.payload = make_payload(service.vendors, place, sends=["gpp", "us_privacy"], **facts)
    return service.page(body, head=head + LINE)


def is_ready(page: Page) -> dict[str, Any]:
    page.wait_for_function("!!window.consent && !!window.__gpp")
    answer: dict[str, Any] = page.evaluate(PING)
    return answer


def test_every_decision_gives_the_string_that_the_service_gives() -> None:
    cases = json.loads((HERE.parent / "golden" / "gpp_decisions.json").read_text("utf-8"))
    given = []
    for case in cases:
        facts = case["given"]
        settings: Any = {name: facts[name] for name in SETTINGS}
        site = GppSite(settings, facts["privacy_policy"])
        reason = "granted" if facts["by_own_act"] else "opt_out_default" if facts["advertising"] else "refused"
        given.append(
            {
                "sections": gpp_sections(site, facts["country"], facts["subdivision"]),
                "signals": {"gpc": facts["gpc"], "age_band": facts["age_band"]},
                "advertising": {"granted": facts["advertising"], "reason": reason},
            }
        )
    runner = ["node", HERE / "gpp_decisions.mjs"]
    done = subprocess.run(runner, input=json.dumps(given), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [case["string"] for case in cases]


def test_the_gpp_scripts_are_within_the_promised_size() -> None:
    parts = static_folder() / "parts"
    sections = json.dumps(gpp_sections(GppSite(SETTINGS), "US", None), separators=(",", ":")).encode()
    assert len(brotli.compress((parts / "gpp.js").read_bytes() + sections, quality=11)) <= 2500
    assert len(brotli.compress((parts / "gpp_elsewhere.js").read_bytes(), quality=11)) <= 1300
    assert (static_folder() / "gpp_stub.js").stat().st_size <= 1200


def test_the_answer_follows_the_visitor(page: Page, service: Service) -> None:
    page.goto(serve(service))
    first = is_ready(page)
    assert (first["gppVersion"], first["cmpStatus"], first["signalStatus"]) == ("1.1", "loaded", "ready")
    assert (first["sectionList"], first["applicableSections"], first["gppString"]) == ([7], [7], GRANTED)
    # 1 is the id of an unregistered CMP; under an opt-out law no layer delays the signal.
    assert (first["cmpId"], first["cmpDisplayStatus"]) == (1, None)
    core, gpc = first["parsedSections"]["usnat"]
    assert (core["SaleOptOut"], gpc) == (2, {"SubsectionType": 1, "Gpc": False})
    page.evaluate("window.heard = []; __gpp('addEventListener', (event, ok) => heard.push([event, ok]))")
    page.evaluate("consent.set({advertising: false})")
    page.wait_for_function("heard.length === 4")
    events = page.evaluate("heard")
    assert [(one["eventName"], one["data"], one["pingData"]["signalStatus"]) for one, _ in events] == [
        ("listenerRegistered", True, "ready"),
        ("signalStatus", "not ready", "not ready"),
        ("sectionChange", "usnat", "not ready"),
        ("signalStatus", "ready", "ready"),
    ]
    assert events[-1][0]["pingData"]["gppString"] == REFUSED == page.evaluate("consent.debug().gpp")
    assert {ok for _, ok in events} == {True}
    # A change without effect on the signal causes no event.
    page.evaluate(
        """new Promise(done => {
          addEventListener('consent:change', done, {once: true})
          consent.set({analytics: false})
        })"""
    )
    assert page.evaluate("heard.length") == 4
    page.evaluate("consent.set({advertising: true})")
    page.wait_for_function("heard.length === 7")
    assert page.evaluate(PING)["gppString"] == GRANTED
    usp = "new Promise(done => __uspapi('getUSPData', 1, data => done(data.uspString)))"
    assert page.evaluate(usp) == "1YNN"


def test_a_signal_that_only_the_page_sees_sets_the_opt_outs(page: Page, service: Service) -> None:
    page.add_init_script(GPC)
    service.apart = True
    page.goto(serve(service, "US-CA", approach="both"))
    page.wait_for_function("!!window.__gpp && consent.get().groups.advertising.reason === 'gpc'")
    sections = is_ready(page)["parsedSections"]
    assert sections["usnat"][0]["SaleOptOut"] == sections["usca"][0]["SharingOptOut"] == 1
    assert sections["usnat"][1] == sections["usca"][1] == {"SubsectionType": 1, "Gpc": True}


def test_reports_an_age_that_the_page_states(page: Page, service: Service) -> None:
    page.goto(serve(service, "US-CA", approach="state"))
    service.page(head=LINE.replace("<script", '<script data-age-band="13_15"'))
    page.reload()
    (core, _) = is_ready(page)["parsedSections"]["usca"]
    assert (core["SaleOptOut"], core["KnownChildSensitiveDataConsents"]) == (1, [1, 1])


def test_elsewhere_no_section_applies_and_callers_get_a_response(page: Page, service: Service) -> None:
    page.goto(serve(service, "DE", head=STUB + LISTENS))
    answer = is_ready(page)
    assert (answer["gppString"], answer["applicableSections"], answer["sectionList"]) == ("DBAA", [-1], [])
    assert (answer["parsedSections"], answer["signalStatus"]) == ({}, "ready")
    assert page.evaluate("heard.at(-1)") == ["signalStatus", 1, "ready", "ready", "DBAA"]
    assert page.evaluate("field") == [None, True]
    page.evaluate("consent.set({advertising: true})")
    page.wait_for_function("consent.get().groups.advertising.granted")
    assert page.evaluate(PING)["gppString"] == "DBAA"


@pytest.mark.parametrize("stub", [STUB, OTHER_STUB], ids=["ours", "another"])
def test_takes_over_the_queue_of_a_stub(page: Page, service: Service, stub: str) -> None:
    service.visit_with(page, choice("000"))
    page.goto(serve(service, head=stub + LISTENS))
    page.wait_for_function("!!window.field && !!window.consent")
    assert page.evaluate("field") == [1, True]
    heard = page.evaluate("heard")
    assert [one[:3] for one in heard] == [
        ["listenerRegistered", 1, True],
        ["cmpStatus", 1, "loaded"],
        ["sectionChange", 1, "usnat"],
        ["signalStatus", 1, "ready"],
    ]
    assert heard[-1][3:] == ["ready", REFUSED]
    # The stub's listener ids stay valid, and new ones continue from them.
    new = "new Promise(done => __gpp('addEventListener', ({listenerId}) => done(listenerId)))"
    assert page.evaluate(new) == 2
    assert page.evaluate(COMMAND, ["removeEventListener", 1]) == [True, True]
    page.evaluate("consent.set({advertising: true})")
    page.wait_for_function("consent.get().groups.advertising.granted")
    assert len(page.evaluate("heard")) == 4
    assert page.evaluate("document.getElementsByName('__gppLocator').length") == 1


def test_a_stub_alone_reports_that_nothing_is_known_yet(page: Page, service: Service) -> None:
    page.goto(service.page(head=STUB + LISTENS))
    answer = page.evaluate(PING)
    assert (answer["cmpStatus"], answer["signalStatus"], answer["applicableSections"]) == ("stub", "not ready", [0])
    assert page.evaluate("[heard, window.field]") == [[["listenerRegistered", 1, True, "not ready", ""]], None]
    assert page.evaluate(COMMAND, ["hasSection", "usnat"]) == [False, True]


def test_each_command_gets_a_response(page: Page, service: Service) -> None:
    page.goto(serve(service))
    is_ready(page)

    def ask(command: Any, parameter: Any = None) -> Any:
        return page.evaluate(COMMAND, [command, parameter])

    assert ask("hasSection", "usnat") == [True, True]
    assert ask("hasSection", "tcfeuv2") == ask("hasSection", "toString") == [False, True]
    assert ask("getSection", "usnat")[0][1] == {"SubsectionType": 1, "Gpc": False}
    assert ask("getSection", "usca") == ask("getSection", "constructor") == [None, True]
    assert ask("getField", "usnat.MspaCoveredTransaction") == [2, True]
    assert ask("getField", "usnat.Gpc") == [False, True]
    assert ask("getField", "usnat.toString") == ask("getField", "usca.SaleOptOut") == [None, True]
    assert ask("removeEventListener", 99) == [False, True]
    faulty: list[Any] = [["getSection", None], ["getField", "usnat"], ["getField", 7], ["getTCData", 2], [None, None]]
    for command, parameter in [*faulty, ["toString", None], ["__proto__", None], [{}, {}]]:
        assert ask(command, parameter) == [None, False], (command, parameter)
    page.evaluate("[__gpp(), __gpp('ping'), __gpp('ping', 'x'), __gpp('addEventListener', null)]")
    page.evaluate(
        "__gpp('addEventListener', ({eventName}) => { if (eventName[0] === 's') throw Error('of the page') })"
    )
    page.evaluate("consent.set({advertising: false})")
    page.wait_for_function("consent.get().groups.advertising.reason === 'refused'")
    page.wait_for_function(f"{PING}.then(({{ gppString }}) => gppString === '{REFUSED}')")


def test_returned_objects_are_copies_for_the_caller(page: Page, service: Service) -> None:
    page.goto(serve(service))
    before = is_ready(page)
    page.evaluate(
        """async () => {
          const change = (object) => { for (const key in object) typeof object[key] === "object" && object[key]
            ? change(object[key]) : (object[key] = 0) }
          for (const ask of [["ping"], ["getSection", "usnat"], ["addEventListener"]])
            await new Promise(done => __gpp(ask[0], data => (change(data), done()), ask[1]))
        }"""
    )
    assert page.evaluate(PING) == before


@pytest.mark.parametrize(
    "own",
    [
        "window.__gpp = (command, callback) => callback?.('mine', true)",
        "window.__gpp = 7",
        "Object.defineProperty(window, '__gpp', { get() { throw Error('mine') } })",
        "window.__gpp = () => { throw Error('mine') }",
    ],
)
def test_keeps_an_existing_api_and_the_banner_works(page: Page, service: Service, own: str) -> None:
    page.goto(serve(service, head=f"<script>{own}</script>"))
    page.wait_for_function("!!window.consent && !!window.__uspapi")
    if "callback" in own:
        assert page.evaluate(PING) == "mine"
    assert page.evaluate("!window.frames.__gppLocator")
    page.evaluate("consent.set({advertising: false})")
    page.wait_for_function("consent.get().choice")


VENDOR_FRAME = """<script>
  window.answers = []
  onmessage = ({ data }) => {
    const isText = typeof data === "string", answer = (isText ? JSON.parse(data) : data)?.__gppReturn
    if (answer) answers.push([answer.callId, isText, answer.success, answer.returnValue])
  }
  window.ask = (command, callId, parameter, isText) => {
    const message = { __gppCall: { command, parameter, version: "1.1", callId } }
    parent.postMessage(isText ? JSON.stringify(message) : message, "*")
  }
  window.answerOf = (callId) => answers.filter(([id]) => id === callId)
</script>"""


def frame_of(page: Page, service: Service, **more: Any) -> Any:
    service.pages["/vendor-frame"] = VENDOR_FRAME
    page.goto(
        serve(service, body=f'<iframe src="{service.vendors}/vendor-frame" data-consent="essential"></iframe>', **more)
    )
    page.wait_for_function("!!window.consent && !!window.frames.__gppLocator")
    page.wait_for_function("!!document.querySelector('iframe[src]')?.contentWindow")
    frame = next(frame for frame in page.frames if frame.url.endswith("/vendor-frame"))
    frame.wait_for_function("!!window.ask")
    return frame


@pytest.mark.parametrize("head", ["", STUB])
def test_a_cross_origin_frame_can_query_and_is_notified_of_changes(page: Page, service: Service, head: str) -> None:
    frame = frame_of(page, service, head=head)
    for is_text in (False, True):
        frame.evaluate("isText => ask('ping', 'ping' + isText, null, isText)", is_text)
        frame.wait_for_function(f"answerOf('ping{str(is_text).lower()}').length === 1")
    (object_answer, text_answer) = frame.evaluate("answers")
    assert object_answer[1:3] == [False, True]
    assert text_answer[1:3] == [True, True]
    assert object_answer[3]["gppString"] == text_answer[3]["gppString"] == GRANTED
    frame.evaluate("ask('addEventListener', 'events')")
    frame.wait_for_function("answerOf('events').length === 1")
    page.evaluate("consent.set({advertising: false})")
    frame.wait_for_function("answerOf('events').length === 4")
    assert frame.evaluate("answerOf('events').at(-1)[3].pingData.gppString") == REFUSED


def test_a_frame_can_neither_block_others_nor_flood_the_queue(page: Page, service: Service) -> None:
    frame = frame_of(page, service)
    page.evaluate("window.heard = 0; __gpp('addEventListener', () => heard++)")
    page.evaluate("consent")
    frame.evaluate(
        """() => {
          for (let id = 0; id < 50; id++) ask("removeEventListener", "remove", id)
          for (let n = 0; n < 3000; n++) ask("addEventListener", "flood", null, n % 2 === 0)
          for (const odd of ["__gppCall", '{"__gppCall":', '{"__gppCall":7}', null, 7, [], {__gppCall: null}])
            parent.postMessage(odd, "*")
          parent.postMessage({ __gppCall: { command: { toString: 1 }, parameter: {}, callId: {} } }, "*")
          ask("ping", "last")
        }"""
    )
    frame.wait_for_function("answerOf('last').length === 1")
    registered = frame.evaluate("answerOf('flood').filter(([, , ok]) => ok).length")
    assert 0 < registered <= 200
    assert frame.evaluate("answerOf('flood').length") == 3000
    assert not frame.evaluate("answerOf('remove').some(([, , , removed]) => removed)")
    page.evaluate("consent.set({advertising: false})")
    page.wait_for_function("heard === 4")
    # Removing a frame frees its slots.
    page.evaluate("document.querySelector('iframe[src]').remove()")
    page.evaluate(
        f"""() => {{
          const frame = document.createElement("iframe")
          frame.src = "{service.vendors}/vendor-frame"
          frame.dataset.consent = "essential"
          document.body.append(frame)
        }}"""
    )
    page.wait_for_function("document.querySelector('iframe[src]')")
    other = page.wait_for_selector("iframe[src]").content_frame()  # type: ignore[union-attr]
    assert other
    other.wait_for_function("!!window.ask")
    other.evaluate("ask('addEventListener', 'mine')")
    other.wait_for_function("answerOf('mine').length === 1")
    assert other.evaluate("answerOf('mine')[0][2]") is True
