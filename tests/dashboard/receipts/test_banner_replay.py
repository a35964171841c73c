"""What was shown: a receipt's banner redrawn in an isolated frame, with its texts checked."""

import base64
import html
import json
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from consent.core.merkle import leaf_hash
from consent.runtime.live_configs import LiveConfigs
from consent.signing.receipt_claims import Signer
from tests.axe import AXE, RUN
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import RECEIPT
from tests.dashboard.strict_page import strict_page

pytestmark = pytest.mark.extended

PAGE = f"/sites/demo/receipts/{RECEIPT}/banner"
CUT_OFF = """html => {
  const all = node => [node, ...[...node.children, ...(node.shadowRoot?.children ?? [])].flatMap(all)];
  return all(html)
    .filter(({ tagName, scrollHeight: has, clientHeight: shows }) => tagName !== "STYLE" && shows && has > shows + 1)
    .map(({ tagName, scrollHeight, clientHeight }) => `${tagName} ${scrollHeight} > ${clientHeight}`);
}"""
"""Finds elements with more content than they show."""


def sign_again(dashboard: Dashboard, **changes: Any) -> None:
    """Change the receipt's claims and sign it again with the right key."""
    with dashboard.database() as connection:
        jws = connection.execute("SELECT jws FROM receipt WHERE id = ?", (RECEIPT,)).fetchone()[0]
        payload = jws.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))) | changes
        signed = Signer(dashboard.keys.receipt).sign(claims)
        row = (signed, leaf_hash(signed.encode()), RECEIPT)
        connection.execute("UPDATE receipt SET jws = ?, leaf_hash = ? WHERE id = ?", row)


def tell_the_true_texts(dashboard: Dashboard) -> None:
    given = dashboard.app.extensions["consent_dashboard"]
    live = LiveConfigs(dashboard.engine, given.rules)
    live.refresh()
    config = live.get("demo")
    assert config
    sign_again(dashboard, text=config.text_hash("en"))


def test_both_layers_are_drawn_and_reach_nobody(windows: Browser, dashboard: Dashboard, served: str) -> None:
    tell_the_true_texts(dashboard)
    with strict_page(windows, served) as view:
        page = view.sign_in("compliance")
        view.open(f"/sites/demo/receipts/{RECEIPT}")
        page.get_by_role("button", name="Show banner as it was").click()
        expect(page.get_by_text("The texts match the receipt")).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)
        first, second = page.frame_locator("iframe").first, page.frame_locator("iframe").last
        expect(first.get_by_role("heading", name="Your cookie choices")).to_be_visible()
        dialog = second.get_by_role("dialog", name="Your privacy choices")
        expect(dialog.get_by_role("switch", name="Advertising", exact=True)).not_to_be_checked()
        dialog.get_by_text("Partners (1)").last.click()
        # This includes purposes and cookies, which a visitor's browser fetches when the layer opens.
        expect(dialog.get_by_text("demo_ads").first).to_be_visible()
        # Pressing a button acts inside the frame as it did then, and nothing is sent.
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        first.get_by_role("button", name="Accept all").click()
        expect(first.get_by_role("button", name="Privacy choices")).to_be_visible()
        assert requests == []
        frame = page.frames[1]
        # Even on purpose: it is the frame's policy that blocks requests, in addition to our stand-ins.
        assert frame.evaluate("location.origin") != frame.evaluate("self.origin") == "null"
        view.expected = ("Content Security Policy",)
        assert (
            frame.evaluate("new Promise(done => { const i = new Image(); i.onerror = () => done('no'); i.src = '/x' })")
            == "no"
        )
    with dashboard.database() as connection:
        assert connection.execute("SELECT count(*) FROM receipt").fetchone() == (60,)


def test_on_paper_both_layers_stand_whole_on_one_page(browser: Browser, dashboard: Dashboard, served: str) -> None:
    # The width of A4 between its margins.
    with strict_page(browser, served, viewport={"width": 680, "height": 1000}) as view:
        page = view.sign_in("compliance")
        view.open(PAGE)
        page.emulate_media(media="print")
        first, second = page.frame_locator("iframe").first, page.frame_locator("iframe").last
        for layer, shown in ((first, first.get_by_role("region")), (second, second.get_by_role("dialog"))):
            expect(shown.get_by_role("button", name="Accept all")).to_be_visible()
            assert layer.locator("html").evaluate(CUT_OFF) == []
        # Chromium prints a frame as shown here, except that it ignores scaling from outside the frame.
        drawn = "frame => ['zoom', 'scale', 'transform'].map(name => getComputedStyle(frame)[name])"
        assert page.locator("iframe").last.evaluate(drawn) == ["1", "none", "none"]
        assert page.pdf(format="A4").count(b"/Type /Page\n") == 1
        for layer in (first, second):
            button = layer.get_by_role("button", name="Accept all").last
            assert button.evaluate("button => getComputedStyle(button).printColorAdjust") == "exact"


def test_a_record_on_paper_has_no_empty_end(browser: Browser, dashboard: Dashboard, served: str) -> None:
    with strict_page(browser, served, viewport={"width": 680, "height": 400}) as view:
        page = view.sign_in("compliance")
        view.open(f"/sites/demo/receipts/{RECEIPT}")
        page.emulate_media(media="print")
        end = page.get_by_role("heading", name="The signed text").evaluate(
            "heading => heading.closest('.card').getBoundingClientRect().bottom + scrollY"
        )
        assert page.evaluate("document.body.scrollHeight") - end < 1


@pytest.mark.parametrize(("scheme", "width"), [pytest.param("light", 1280, marks=pytest.mark.long), ("dark", 390)])
def test_axe_finds_no_fault(browser: Browser, dashboard: Dashboard, served: str, scheme: Any, width: int) -> None:
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "bypass_csp": True}
    with strict_page(browser, served, **options) as view:
        page = view.sign_in("compliance")
        view.open(PAGE)
        page.locator("details.texts").evaluate("one => one.open = true")
        expect(page.frame_locator("iframe").last.get_by_role("dialog")).to_be_visible()
        page.add_script_tag(path=AXE)
        assert page.evaluate(RUN.replace("axe.run(document, {", "axe.run(document, {iframes: false, ")) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_reports_texts_that_differ_from_the_signed_ones(dashboard: Dashboard) -> None:
    page = dashboard.browser("compliance").get(PAGE)
    assert "The texts don't match the receipt" in page.text
    assert page.headers["Content-Security-Policy"].endswith("frame-src 'self'")


def test_reports_a_changed_config(dashboard: Dashboard) -> None:
    tell_the_true_texts(dashboard)
    with dashboard.database() as connection:
        connection.execute("UPDATE config SET body = replace(body, 'Accept all', 'Take all')")
    page = dashboard.browser("compliance").get(PAGE).text
    assert "The texts don't match the receipt" in page
    assert "The config was changed after it was published" in page


def test_reports_a_missing_build(dashboard: Dashboard) -> None:
    with dashboard.database() as connection:
        connection.execute("DELETE FROM artifact WHERE kind = 'banner'")
    assert "The build of that config is not kept here" in dashboard.browser("compliance").get(PAGE).text


def test_reports_a_banner_that_cannot_be_drawn(dashboard: Dashboard) -> None:
    sign_again(dashboard, config="sha256:" + "0" * 64)
    compliance = dashboard.browser("compliance")
    assert "cannot be drawn again" in compliance.get(PAGE).text
    assert compliance.get(f"{PAGE}/1").status_code == 404
    assert compliance.get(f"{PAGE}/3").status_code == 404
    assert compliance.get(f"/sites/demo/receipts/{'0' * 32}/banner").status_code == 404


def test_the_policy_isolates_the_frame(dashboard: Dashboard) -> None:
    policy = dashboard.browser("compliance").get(f"{PAGE}/1").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "sandbox allow-scripts;" in policy
    assert "connect-src" not in policy


def test_an_import_shows_no_banner_but_names_the_config_that_evaluated_it(dashboard: Dashboard) -> None:
    with dashboard.database() as connection:
        (live,) = connection.execute("SELECT config FROM receipt WHERE id = ?", (RECEIPT,)).fetchone()
        blank = "UPDATE receipt SET config = '', language = '', variant = '', layer = 0, method = 'import' WHERE id = ?"
        connection.execute(blank, (RECEIPT,))
    source = {"tool": "klaro", "version": None, "said_at": "2026-10-01", "from": "cookie", "mapping": "sha256:0"}
    shown = dict.fromkeys(("text", "config", "variant", "layer", "language"))
    sign_again(dashboard, schema="consent-receipt/2", method="import", judged_by=live, source=source, **shown)
    page = html.unescape(dashboard.browser("compliance").get(f"/sites/demo/receipts/{RECEIPT}").text)
    assert "Imported from klaro: this banner was not shown. The choice was made there on Oct 1, 2026." in page
    assert f"/receipts/{RECEIPT}/banner" not in page
    assert "no version of this site’s banner was shown" in page
    assert "variant" not in page.partition("<h2>Circumstances</h2>")[2].partition("</section>")[0]
    assert "<dd>Little Grove</dd>" in page
    assert f"<code>{live}</code>" in page
    assert '/versions/1">Version 1</a>' in page
