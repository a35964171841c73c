"""Both layers under the TCF policies (IAB Europe, appendix B): each requirement is tested."""

import dataclasses
import json
import re
from typing import Any, Literal

import brotli
import pytest
from playwright.sync_api import Locator, Page, expect

from consent.core.tcf.choice import SETS
from consent.core.tcf.cut import cut_of
from consent.core.tcf.id_sets import read_ids
from consent.core.tcf.vendor_list import KINDS, VendorList, read_list
from tests.axe import AXE, violated_rules
from tests.banner.payload import DAY, choice, first_form
from tests.banner.service import Service
from tests.banner.tcf_payload import GOOGLE, GVL, SITE, SMALL, make_tcf_payload

pytestmark = pytest.mark.extended

RAW: dict[str, Any] = json.loads((GVL / "gvl_small.json").read_text("utf-8"))
GERMAN: dict[str, Any] = json.loads((GVL / "purposes-de.json").read_text("utf-8"))


def serve(service: Service, **more: Any) -> str:
    service.payload = make_tcf_payload(service, **more)
    return service.page("<main><h1>Shop</h1></main>", language=more.get("language", "en"))


def first_layer(page: Page) -> Locator:
    layer = page.locator("section[data-position]")
    expect(layer.get_by_role("button", name=re.compile("Reject all|Alle ablehnen"))).to_be_visible()
    return layer


def second_layer(page: Page) -> Locator:
    page.evaluate("void consent.open()")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("[data-part=own]")).to_be_visible()
    return dialog


def switch(place: Locator, at: int = 0) -> Locator:
    return place.get_by_role("switch").nth(at)


def press(page: Page, name: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=name).click()


def ids(*texts: str) -> list[list[int]]:
    return [sorted(read_ids(text)) for text in texts]


def big_list(count: int) -> VendorList:
    """Return the small list with `count` vendors: copies of its own under other ids."""
    kept = list(SMALL.vendors.values())
    vendors = {
        number: dataclasses.replace(kept[number % len(kept)], id=number, name=f"Vendor {number} Ltd")
        for number in range(1, count + 1)
    }
    return dataclasses.replace(SMALL, vendors=vendors)


def test_the_first_layer_says_what_the_policies_ask_for(page: Page, service: Service) -> None:
    page.goto(serve(service))
    layer = first_layer(page)
    text = re.sub(r"\s+", " ", layer.inner_text())
    # C2 and C3: what is stored and processed, with examples, by how many vendors, and the way to their list.
    for said in ("store information on your device, such as cookies and identifiers", "process personal data"):
        assert said in text
    assert "(9)" in text
    expect(layer.get_by_role("button", name="List of partners")).to_be_visible()
    # C4: each purpose appears once, by its own name or in a stack.
    assert service.payload
    named = [*RAW["purposes"].values(), *RAW["stacks"].values()]
    shown = [one for one in named if f"{one['name']};" in text or f"{one['name']}." in text]
    covered = [number for one in shown for number in one.get("purposes", [one["id"]])]
    assert sorted(covered) == list(range(1, 12))
    # C5 to C8.
    assert all(one["name"] in text for one in RAW["specialFeatures"].values())
    assert "Your choice counts on www.shop.example." in text
    assert "Change or withdraw your choice at any time under" in text
    assert "legitimate interest. Under “Settings” you can object." in text
    # C1: a banner that is labeled as one, first in the page.
    assert layer.get_attribute("role") == "region"


def test_the_calls_to_act_are_equal_and_nothing_is_on_before_one(page: Page, service: Service) -> None:
    page.goto(serve(service))
    layer = first_layer(page)
    # C9 and C10: accept, reject and settings; the two answers look alike and are easy to read.
    looks = [
        layer.get_by_role("button", name=name).evaluate(
            """node => { const { color, backgroundColor, font, width, height } = getComputedStyle(node)
              return [color, backgroundColor, font, width, height] }"""
        )
        for name in ("Accept all", "Reject all")
    ]
    assert looks[0] == looks[1]
    assert contrast(looks[0][0], looks[0][1]) >= 5
    expect(layer.get_by_role("button", name="Settings")).to_be_visible()
    # C11: nothing is on by default, and closing makes no choice.
    ask = "new Promise(done => __tcfapi('addEventListener', 2, done))"
    page.wait_for_function("!!window.__tcfapi")
    assert not any(page.evaluate(ask)["purpose"]["consents"].values())
    layer.get_by_role("button", name="Settings").click()
    expect(page.get_by_role("dialog").locator("[data-part=own]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(layer.get_by_role("button", name="Reject all")).to_be_visible()
    assert (service.receipts, service.own_cookies(page)) == ([], {})
    assert page.evaluate("window.ran || []") == ["session"]


def contrast(*colors: str) -> float:
    """Return the contrast ratio of two colors such as `rgb(1, 2, 3)` (WCAG 2)."""
    lights = []
    for color in colors:
        parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_the_second_layer_has_the_lists_own_texts_with_their_vendors(page: Page, service: Service) -> None:
    page.goto(serve(service))
    dialog = second_layer(page)
    kinds = (("purposes", "purposes"), ("special_purposes", "specialPurposes"), ("features", "features"))
    for kind, name in (*kinds, ("special_features", "specialFeatures")):
        for number, text in RAW[name].items():
            entry = dialog.locator(f"[data-{kind}='{number}']")
            assert entry.locator("h4").inner_text() == text["name"]
            # S1, S10: description and examples, unchanged.
            entry.locator("summary").click()
            assert entry.locator("details p").first.text_content() == text["description"]
            assert entry.locator("li").all_text_contents() == text["illustrations"]
            # S4: how many vendors, and which.
            vendors = [
                vendor["name"]
                for vendor in RAW["vendors"].values()
                if int(number) in [*vendor[name], *(vendor["legIntPurposes"] if kind == "purposes" else [])]
                and vendor["id"] in SITE["vendors"]
            ]
            assert f"partners: {len(vendors)}" in entry.locator("summary").inner_text()
            assert entry.locator("details").inner_text().endswith(" · ".join(vendors))
            # S7: items without a choice have no control and say so.
            controls = entry.get_by_role("switch").count()
            assert controls > 0 if kind in ("purposes", "special_features") else controls == 0
    assert "you cannot object to special purposes" in dialog.locator("[data-part=special_purposes]").inner_text()
    assert "you cannot choose them separately" in dialog.locator("[data-part=features]").inner_text()


def test_every_consent_is_off_and_no_interest_is_objected_to_at_first(page: Page, service: Service) -> None:
    page.goto(serve(service))
    dialog = second_layer(page)
    # S2, S3, S6, S13.
    for number in range(1, 12):
        entry = dialog.locator(f"[data-purposes='{number}']")
        expect(switch(entry)).not_to_be_checked()
        assert entry.get_by_role("switch").count() == (2 if number in (2, 7, 8, 9, 10) else 1)
        if number in (2, 7, 8, 9, 10):
            expect(switch(entry, 1)).to_be_checked()
            expect(switch(entry, 1)).to_have_accessible_name(re.compile("Legitimate interest · Purpose"))
    for number in (1, 2):
        expect(switch(dialog.locator(f"[data-special_features='{number}']"))).not_to_be_checked()
    for number in SITE["vendors"]:
        entry = dialog.locator(f"[data-vendor-id='{number}']")
        expected = [number in (1, 2, 4, 7, 20, 21, 755), number in (2, 4, 8, 11, 21, 755)]
        assert entry.get_by_role("switch").count() == sum(expected)
        if expected[0]:
            expect(switch(entry)).not_to_be_checked()
        if expected[1]:
            expect(switch(entry, -1)).to_be_checked()


def test_each_vendor_shows_everything_it_declares(page: Page, service: Service) -> None:
    page.goto(serve(service, settings={"google_providers": GOOGLE}))
    dialog = second_layer(page)
    assert f"({len(SITE['vendors'])})" in dialog.locator("[data-part=vendors] h3").inner_text()
    # S5.
    entry = dialog.locator("[data-vendor-id='20']")
    assert entry.locator("dl").count() == 0, "it is made when it is opened"
    entry.locator("summary").click()
    expect(entry.locator("dl")).to_be_visible()
    text = entry.inner_text()
    for said in ("Purpose 8 (test name) (kept for 240 days)", "Special purpose 2 (test name) (kept for 90 days)"):
        assert said in text
    for said in ("Purposes by consent", "Category 6 (test name)", "Uses cookies · for 365 days at most"):
        assert said in text
    assert "renewed" not in text
    entry = dialog.locator("[data-vendor-id='21']")
    entry.locator("summary").click()
    expect(entry.locator("dl")).to_be_visible()
    text = entry.inner_text()
    for said in (
        "Purposes by legitimate interest",
        "Purpose 10 (test name) (kept for 365 days)",
        "Feature 3 (test name)",
    ):
        assert said in text
    for said in ("Special feature 1 (test name)", "renewed with each use"):
        assert said in text
    for name, path in (("Privacy policy", "privacy"), ("About its legitimate interest", "interest")):
        link = entry.get_by_role("link", name=name)
        assert link.get_attribute("href") == f"https://vendor21.example/{path}"
    link = entry.get_by_role("link", name="What it stores on your device")
    assert link.get_attribute("href") == "https://vendor21.example/devicestorage.json"
    # S8: what isn't part of the framework is separate and says so.
    outside = dialog.locator("[data-group=functional]")
    assert "not part of the Transparency and Consent Framework" in outside.inner_text()
    outside.locator("summary").click()
    expect(outside.get_by_role("switch", name="Chat")).to_be_visible()
    assert dialog.locator("[data-group=advertising] li").count() == 0
    google = dialog.locator("[data-part=google]")
    assert "not part of the Transparency and Consent Framework" in google.inner_text()
    expect(switch(google)).not_to_be_checked()
    assert google.get_by_role("link").get_attribute("href") == GOOGLE[0]["policy_url"]
    # S11.
    own = dialog.locator("[data-part=own]").inner_text()
    assert "consent_demo and consent_demo_tcf, for 400 days. It counts for 13 months" in own
    # A5: requests go only to this service.
    assert {path for path in service.requests if "consensu" in path} == set()


def test_a_restriction_changes_what_is_shown(page: Page, service: Service) -> None:
    rules = [
        {"purpose": 2, "type": "require_consent", "vendors": [2, 8, 755]},
        {"purpose": 7, "type": "not_allowed", "vendors": [4]},
    ]
    page.goto(serve(service, settings={"restrictions": rules, "written": [[2, 1, "2_8_755"], [7, 0, "4"]]}))
    dialog = second_layer(page)
    # S9: now no vendor uses purpose 2 under legitimate interest, and vendor 4 has lost purpose 7.
    assert dialog.locator("[data-purposes='2']").get_by_role("switch").count() == 1
    entry = dialog.locator("[data-vendor-id='4']")
    entry.locator("summary").click()
    expect(entry.locator("dl")).to_be_visible()
    assert "Purpose 7 (test name)" not in entry.inner_text()
    data = page.evaluate("new Promise(done => __tcfapi('addEventListener', 2, done))")
    assert data["publisher"]["restrictions"] == {"2": {"2": 1, "8": 1, "755": 1}, "7": {"4": 0}}


def test_saves_the_switches_as_set(page: Page, service: Service) -> None:
    url = serve(service)
    page.goto(url)
    dialog = second_layer(page)
    for number in (1, 2, 7):
        switch(dialog.locator(f"[data-purposes='{number}']")).click()
    group = dialog.locator("[data-group=advertising]")
    expect(group).to_contain_text("in part")
    expect(switch(group)).not_to_be_checked()
    # Vendors follow their purposes until they are chosen individually.
    expect(switch(dialog.locator("[data-vendor-id='755']"))).to_be_checked()
    switch(dialog.locator("[data-vendor-id='20']")).click()
    switch(dialog.locator("[data-purposes='10']"), 1).click()
    switch(dialog.locator("[data-vendor-id='4']"), 1).click()
    switch(dialog.locator("[data-special_features='1']")).click()
    press(page, "Save my choice")
    receipt = service.one_receipt()
    assert receipt["choices"] == {"functional": False, "analytics": False, "advertising": False}
    told = receipt["tcf"]
    assert ids(told["purposes"], told["interests"]) == [[1, 2, 7], [2, 7, 8, 9]]
    assert ids(told["features"]) == [[1]]
    assert ids(told["vendors"], told["vendor_interests"]) == [[1, 2, 4, 7, 21, 755], [2, 8, 11, 21, 755]]
    assert receipt["layer"] == 2
    value = service.own_cookies(page)["consent_demo_tcf"]
    assert value == ".".join([f"t1.{DAY}.{told['key']}.2.en", *(told[name] for name in SETS)])
    data = page.evaluate("new Promise(done => __tcfapi('addEventListener', 2, done))")
    assert [one for one, is_on in data["purpose"]["consents"].items() if is_on] == ["1", "2", "7"]
    assert data["vendor"]["consents"]["20"] is False
    # The saved choice is shown again, including on the next page.
    page.reload()
    dialog = second_layer(page)
    expect(switch(dialog.locator("[data-purposes='7']"))).to_be_checked()
    expect(switch(dialog.locator("[data-purposes='3']"))).not_to_be_checked()
    expect(switch(dialog.locator("[data-purposes='10']"), 1)).not_to_be_checked()
    expect(switch(dialog.locator("[data-vendor-id='20']"))).not_to_be_checked()
    expect(dialog.locator("[data-group=advertising]")).to_contain_text("in part")
    # A1, S12: withdrawing everything is as easy as granting it.
    press(page, "Reject all")
    service.wait_for(lambda: len(service.receipts) > 1)
    last = service.receipts[-1]
    assert set(last["tcf"].values()) == {"", last["tcf"]["key"], "en"}
    expect(page.get_by_role("button", name="Privacy choices")).to_be_visible()


def test_a_group_is_the_short_choice_of_its_purposes(page: Page, service: Service) -> None:
    page.goto(serve(service))
    dialog = second_layer(page)
    group = switch(dialog.locator("[data-group=analytics]"))
    group.click()
    for number in (1, 8, 9):
        expect(switch(dialog.locator(f"[data-purposes='{number}']"))).to_be_checked()
    expect(group).to_be_checked()
    expect(switch(dialog.locator("[data-purposes='2']"))).not_to_be_checked()
    switch(dialog.locator("[data-purposes='9']")).click()
    expect(group).not_to_be_checked()
    assert group.evaluate("node => node.indeterminate")
    switch(dialog.locator("[data-purposes='9']")).click()
    expect(group).to_be_checked()
    switch(dialog.locator("[data-purposes='1']")).click()
    expect(group).not_to_be_checked()
    group.click()
    press(page, "Save my choice")
    receipt = service.one_receipt()
    assert receipt["choices"] == {"functional": False, "analytics": True, "advertising": False}
    assert (ids(receipt["tcf"]["purposes"]), receipt["tcf"]["vendors"]) == ([[1, 8, 9]], "*")
    page.wait_for_function("consent.get().groups.analytics.granted")
    # Setting another group changes only that group.
    page.evaluate("consent.set({functional: true})")
    service.wait_for(lambda: len(service.receipts) > 1)
    assert ids(service.receipts[-1]["tcf"]["purposes"]) == [[1, 5, 6, 8, 9, 10, 11]]
    page.evaluate("consent.set({}, {chat: false})")
    service.wait_for(lambda: len(service.receipts) > 2)
    assert ids(service.receipts[-1]["tcf"]["purposes"]) == [[1, 5, 6, 8, 9, 10, 11]]


def test_texts_of_another_language_say_so_and_are_the_lists_own(page: Page, service: Service) -> None:
    page.goto(serve(service, language="en", spoken="de"))
    assert first_layer(page).locator("[lang=de]").count() > 0
    dialog = second_layer(page)
    heading = dialog.locator("[data-purposes='1'] h4")
    assert (heading.inner_text(), heading.get_attribute("lang")) == (GERMAN["purposes"]["1"]["name"], "de")


def test_the_sentences_around_the_list_are_those_of_the_banner_also_where_the_list_has_no_translation(
    page: Page, service: Service
) -> None:
    page.goto(serve(service, language="pl", spoken="en"))
    layer = first_layer(page)
    assert "przechowujemy na Państwa urządzeniu informacje" in layer.inner_text()
    expect(layer.locator("i").first).to_have_attribute("lang", "en")
    dialog = second_layer(page)
    assert "Państwa wybór, w plikach cookie consent_demo i consent_demo_tcf" in dialog.inner_text()
    entry = dialog.locator("[data-vendor-id='2']")
    entry.locator("summary").click()
    expect(entry.locator("dl")).to_contain_text("Kategorie danych")
    assert re.search(r"okres przechowywania: \d+ dni", entry.inner_text())
    assert entry.locator("dd[lang=en]").count() > 0


def test_hostile_texts_of_a_list_stay_texts(page: Page, service: Service) -> None:
    url = serve(service)
    evil = "<img src=x onerror='window.hit=1'>"
    texts = json.loads(service.files["/b/demo/tcf/texts.json"])
    texts["purposes"]["1"] |= {"name": evil, "description": evil, "illustrations": [evil]}
    vendors = json.loads(service.files["/b/demo/tcf/vendors.json"])
    vendors["vendors"][0] |= {"name": evil, "disclosure": "javascript:window.hit=1"}
    vendors["vendors"][0]["urls"] = [{"lang": "en", "privacy": "javascript:window.hit=1", "claim": "data:text/html,x"}]
    service.files |= {"/b/demo/tcf/texts.json": json.dumps(texts), "/b/demo/tcf/vendors.json": json.dumps(vendors)}
    page.goto(url)
    dialog = second_layer(page)
    for summary in dialog.locator("summary").all():
        summary.click()
    assert dialog.locator("[data-purposes='1'] h4").inner_text() == evil
    assert dialog.locator("img").count() == 0
    assert dialog.locator("[data-vendor-id='1'] a").count() == 0
    assert page.evaluate("window.hit === undefined")


def test_a_list_of_markup_is_read_and_both_layers_show_it_as_text(page: Page, service: Service) -> None:
    evil = "</script><img src=x onerror='window.hit=1'><a href=javascript:window.hit=1>{controller} $& ${7*7}</a>"
    raw = json.loads(json.dumps(RAW))
    for kind in KINDS:
        for entry in raw[kind].values():
            entry |= {"name": evil, "description": evil, "illustrations": [evil]}
    for vendor in raw["vendors"].values():
        vendor |= {"name": evil, "deviceStorageDisclosureUrl": "javascript:window.hit=1"}
        vendor["urls"] = [
            {"langId": evil, "privacy": f"https://a.example/{evil}", "legIntClaim": "javascript:window.hit=1"}
        ]
    page.goto(serve(service, listed=read_list(json.dumps(raw).encode())))
    assert evil in first_layer(page).inner_text()
    dialog = second_layer(page)
    for summary in dialog.locator("summary").all():
        summary.click()
    assert dialog.locator("[data-purposes='1'] h4").inner_text() == evil
    assert dialog.locator("[data-vendor-id] label").first.inner_text() == evil
    assert page.locator("img").count() == 0
    assert page.locator("a[href^=javascript]").count() == 0
    assert page.evaluate("window.hit === undefined")


def test_without_its_code_or_texts_groups_can_be_chosen(page: Page, service: Service) -> None:
    url = serve(service)
    assert service.payload
    service.payload["screens"] = "/b/demo/tcf/none.json"
    page.goto(url)
    first_layer(page)
    page.evaluate("void consent.open()")
    switch(page.get_by_role("dialog").locator("[data-group=analytics]")).click()
    press(page, "Save my choice")
    assert ids(service.one_receipt()["tcf"]["purposes"]) == [[1, 8, 9]]


def test_fifteen_hundred_vendors_open_at_once_and_each_can_be_found(page: Page, service: Service) -> None:
    listed = big_list(1500)
    cut = cut_of(listed, range(1, 1501), {})
    assert len(cut.vendors) == 1500
    url = serve(service, listed=listed, settings={"vendors": list(range(1, 1501))})
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(url)
    assert "(1500)" in first_layer(page).inner_text()
    # A4: script time only, without layout, and with a generous margin for slow machines.
    spent = "performance.getEntriesByType('longtask')"
    assert page.evaluate(spent) is not None
    dialog = second_layer(page)
    assert dialog.locator("[data-vendor-id]").count() == 50
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert dialog.evaluate("node => node.scrollWidth <= node.clientWidth")
    # By keyboard: find one and switch it on.
    field = dialog.get_by_role("searchbox", name="Find by name").first
    field.focus()
    page.keyboard.type("vendor 1204 ")
    expect(dialog.locator("[data-vendor-id]")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(switch(dialog.locator("[data-vendor-id='1204']"))).to_be_checked()
    field.fill("")
    more = dialog.get_by_role("button", name="Show more (1450 left)")
    more.focus()
    page.keyboard.press("Enter")
    expect(dialog.locator("[data-vendor-id]")).to_have_count(100)
    focused = "document.querySelector('div[lang]').shadowRoot.activeElement.closest('li').dataset.vendorId"
    assert page.evaluate(focused) == "51"
    press(page, "Save my choice")
    receipt = service.one_receipt()
    assert receipt["tcf"]["vendors"] == "1204"
    assert len(json.dumps(receipt)) < 8192


@pytest.mark.parametrize(
    ("colors", "width", "language"),
    [("light", 1280, "en"), ("dark", 320, "de"), pytest.param("light", 390, "de", marks=pytest.mark.long)],
)
def test_axe_finds_no_fault_in_either_layer(
    page: Page, service: Service, colors: Literal["light", "dark"], width: int, language: str
) -> None:
    page.emulate_media(color_scheme=colors)
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(serve(service, spoken=language, settings={"google_providers": GOOGLE}))
    first_layer(page)
    page.evaluate(AXE.read_text("utf-8"))
    assert violated_rules(page) == []
    dialog = second_layer(page)
    switch(dialog.locator("[data-purposes='7']")).click()
    for summary in dialog.locator("summary").all():
        summary.click()
    assert violated_rules(page) == []


def test_the_tcf_data_is_within_the_promised_size(service: Service) -> None:
    serve(service)
    assert service.payload
    with_tcf = first_form(service.payload)
    plain = {name: value for name, value in with_tcf.items() if name not in ("tcf", "screens")}
    weights = [len(brotli.compress(json.dumps(one, separators=(",", ":")).encode())) for one in (plain, with_tcf)]
    assert weights[1] - weights[0] <= 1200
    texts, vendors = (service.files[f"/b/demo/tcf/{name}.json"].encode() for name in ("texts", "vendors"))
    assert len(brotli.compress(texts)) + len(brotli.compress(vendors)) <= 7000 + 130 * len(SITE["vendors"])


def test_it_is_asked_again_when_the_law_has_an_end_and_not_before(page: Page, service: Service) -> None:
    url = serve(service)
    assert service.payload
    tcf = f"t1.{DAY - 400}.{service.payload['tcf']['key']}.2.en.*.*..*.*."
    for day, is_asked in ((DAY - 400, True), (DAY - 30, False)):
        service.visit_with(page, choice("111", day=day))
        value = tcf.replace(str(DAY - 400), str(day))
        page.context.add_cookies([{"name": "consent_demo_tcf", "value": value, "url": service.origin}])
        page.goto(url)
        page.wait_for_function("!!window.__tcfapi && !!window.consent?.when")
        assert (page.evaluate("consent.get().show") == "ask") is is_asked
        data = page.evaluate("new Promise(done => __tcfapi('addEventListener', 2, done))")
        assert any(data["purpose"]["consents"].values()) is not is_asked
