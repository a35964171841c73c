from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.banner.payload import CAST, choice, make_payload
from tests.banner.service import LINE, Service

STUB = (Path(__file__).parents[2] / "static" / "stub.js").read_text("utf-8")


def page_with_stub(service: Service) -> str:
    """Serve a page whose line comes last: what is met once the decision is there, the stub no longer holds."""
    names = ("stats", "odd")
    unmarked = "".join(f'<script src="{service.vendors}/vendor/{name}.js"></script>' for name in names)
    own = '<script src="/vendor/own.js"></script><script>window.inline = true</script>'
    frame = f'<iframe title="film" src="{service.vendors}/film"></iframe>'
    return service.page(unmarked + own + frame + LINE, head=f"<script>{STUB}</script>")


def with_hosts(service: Service) -> None:
    assert service.payload
    service.payload["acts"]["vendors"]["stats"]["hosts"] = ["*vendors.localhost"]


def test_the_stub_is_at_most_700_bytes() -> None:
    assert len(STUB.encode()) <= 700


def test_the_stub_holds_unmarked_scripts_of_other_sites_and_leaves_the_pages_own(page: Page, service: Service) -> None:
    page.goto(page_with_stub(service))
    expect(page.get_by_role("button", name="Reject all")).to_be_visible()
    page.wait_for_function("(window.ran || []).includes('session')")
    assert sorted(page.evaluate("ran")) == ["own", "session"]
    assert page.evaluate("inline") is True
    assert page.evaluate("dataLayer[0][1] + dataLayer[0][2].ad_storage") == "defaultdenied"


def test_what_the_stub_held_runs_once_it_may(page: Page, service: Service) -> None:
    page.goto(page_with_stub(service))
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("(window.ran || []).includes('odd')")
    assert page.evaluate("ran").count("odd") == 1
    assert page.evaluate("dataLayer[1][1]") == "update"


LOADER = """<script>(function (d, address) {
  const first = d.getElementsByTagName('script')[0], added = d.createElement('script');
  added.async = true; added.src = address; first.parentNode.insertBefore(added, first);
})(document, '%s/vendor/odd.js')</script>"""


APPENDING = """<script>(function (d, address) {
  const added = d.createElement('script'); added.async = true; added.src = address; d.head.appendChild(added);
})(document, '%s/vendor/odd.js')</script>"""


@pytest.mark.parametrize("loader", [LOADER, APPENDING], ids=["before", "at the end"])
@pytest.mark.parametrize("line_is_first", [False, True])
def test_what_a_tag_managers_loader_adds_runs_once_behind_the_default_and_hears_of_the_choice(
    page: Page, service: Service, line_is_first: bool, loader: str
) -> None:
    loader %= service.vendors
    lines = LINE + loader if line_is_first else loader + LINE
    page.goto(service.page(head=f"<script>{STUB}</script>" + lines))
    page.wait_for_function("(window.ran || []).includes('odd')")
    assert "granted" not in page.evaluate(UPDATES)
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("ran.includes('ads')")
    page.wait_for_function(f"{UPDATES}.includes('granted')")
    page.wait_for_timeout(300)
    assert page.evaluate("ran").count("odd") == 1
    assert service.asked_for("/vendor/odd.js") == 1


UPDATES = "dataLayer.filter(entry => entry[1] === 'update').map(entry => entry[2].ad_storage)"


@pytest.mark.parametrize(("answers", "told"), [("111", "granted"), ("000", "denied"), (None, "denied")])
def test_tags_that_wait_for_consent_mode_hear_of_the_stored_choice_alone(
    page: Page, service: Service, answers: str | None, told: str
) -> None:
    service.apart = True
    service.payload = make_payload(service.vendors, tags=[one for one in CAST if one["group"] != "essential"])
    if answers:
        service.visit_with(page, choice(answers))
    page.goto(page_with_stub(service))
    page.wait_for_function("window.consent")
    assert page.evaluate("dataLayer.filter(entry => entry[1] === 'default').length") == 1
    assert page.evaluate(UPDATES) == [told]


def test_what_the_stub_held_belongs_to_the_vendor_of_its_host(page: Page, service: Service) -> None:
    with_hosts(service)
    page.goto(page_with_stub(service))
    page.wait_for_function("window.consent")
    page.evaluate("consent.set({analytics: true})")
    page.wait_for_function("(window.ran || []).includes('odd')")
    assert page.evaluate("consent.get().groups.advertising.granted") is False


def test_what_the_server_has_written_after_asking_runs_at_once_behind_the_default(page: Page, service: Service) -> None:
    written = f'<script data-tag="stats" src="{service.vendors}/vendor/stats.js"></script>'
    service.visit_with(page, choice("010"))
    page.goto(service.page(head=f"<script>{STUB}</script>" + written + LINE))
    page.wait_for_function("(window.ran || []).includes('session')")
    assert sorted(page.evaluate("ran")) == ["session", "stats"]
    assert service.asked_for("/vendor/stats.js") == 1
