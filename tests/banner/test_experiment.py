"""The draw of a variant in the page: weighted, repeated in each page view until a choice, and never stored."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.banner.payload import choice, make_payload
from tests.banner.service import Service

STORED = "() => [document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage)]"


def with_draw(service: Service, weights: tuple[int, int] = (1, 1)) -> None:
    """Make the page draw between the banner and a variant with another title and color."""
    payload: Any = make_payload(service.vendors)
    payload["visit"]["variant"], payload["token"] = "base", "t-base"
    css = payload["look"]["css"].replace("--accent:", "--was:") + ":host,::slotted(*){--accent:#7a1fa2!important}"
    other = {"look": payload["look"] | {"css": css}, "texts": {"title": "Your choice"}}
    payload["draw"] = [
        {"id": "a", "weight": weights[0], "token": "t-a"},
        {"id": "b", "weight": weights[1], "token": "t-b", **other},
    ]
    service.payload = payload


def drawing(page: Page, part: float) -> None:
    """Make the browser's random number this fraction of the maximum."""
    number = int(part * 2**32)
    page.add_init_script(
        "const given = crypto.getRandomValues.bind(crypto); crypto.getRandomValues = (array) =>"
        f" {{ given(array); if (array instanceof Uint32Array) array[0] = {number}; return array; }}"
    )


def test_the_page_draws_counts_and_answers_as_the_variant_it_showed(page: Page, service: Service) -> None:
    with_draw(service)
    drawing(page, 0.75)
    page.goto(service.page())
    layer = page.get_by_role("region", name="Cookies and privacy")
    expect(layer.get_by_role("heading")).to_have_text("Your choice")
    accept = layer.get_by_role("button", name="Accept all")
    assert accept.evaluate("node => getComputedStyle(node).backgroundColor") == "rgb(122, 31, 162)"
    service.wait_for(lambda: len(service.events) == 1)
    stored = page.evaluate(STORED)
    assert stored == ["", "{}", "{}"], "a draw leaves nothing in the browser"
    layer.get_by_role("button", name="Settings").click()
    service.wait_for(lambda: len(service.events) == 2)
    page.get_by_role("button", name="Close without saving").click()
    layer.get_by_role("button", name="Settings").click()
    page.get_by_role("dialog").get_by_role("button", name="Reject all").click()
    assert service.one_receipt()["token"] == "t-b"
    service.wait_for(lambda: len(service.events) == 3)
    assert [(event["event"], event["token"]) for event in service.events] == [
        ("shown", "t-b"),
        ("opened", "t-b"),
        ("chosen", "t-b"),
    ]
    kept = {name: value for name, value in service.own_cookies(page).items() if name != "consent_demo_queue"}
    assert list(kept) == ["consent_demo"]
    # The queue contains the token until the service has answered.
    page.wait_for_function("() => !JSON.stringify([{...localStorage}, {...sessionStorage}]).includes('t-b')")
    # After the choice the page shows the banner itself, and a change doesn't count for the variant.
    page.get_by_role("button", name="Privacy choices").click()
    page.get_by_role("dialog").get_by_role("button", name="Accept all").click()
    service.wait_for(lambda: len(service.receipts) == 2)
    assert service.receipts[-1]["token"] == "t-base"


def test_each_page_view_draws_by_weight_until_a_choice(page: Page, service: Service) -> None:
    with_draw(service, weights=(9, 1))
    address = service.page()
    for part, title in ((0.0, None), (0.89, None), (0.91, "Your choice"), (0.999, "Your choice")):
        view = page.context.new_page()
        drawing(view, part)
        view.goto(address)
        heading = view.get_by_role("region", name="Cookies and privacy").get_by_role("heading")
        expect(heading).to_be_visible()
        assert (heading.text_content() == "Your choice") is (title is not None)
        view.close()
    service.visit_with(page, choice("111"))
    count = len(service.events)
    drawing(page, 0.95)
    page.goto(address)
    page.get_by_role("button", name="Privacy choices").click()
    page.get_by_role("dialog").get_by_role("button", name="Reject all").click()
    assert service.one_receipt()["token"] == "t-base"
    assert [event["event"] for event in service.events[count:]] == ["chosen"]
