"""The banner of a TCF site as the dashboard draws it: in the preview, in the editor, and redrawn for a receipt."""

import base64
import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from consent.app import load_artifacts, load_rules
from consent.classifier.catalog import VENDORS, load_catalog
from consent.core.documents.decision import GroupAnswer
from consent.core.groups import OPTIONAL
from consent.core.merkle import leaf_hash
from consent.core.tcf.choice import TcfChoice
from consent.publishing.publish import freeze, put_live
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.tcf_facts import tcf_claims
from consent.signing.canonical_json import canonical
from consent.signing.receipt_claims import Signer
from consent.sites.vendor_lists.site_cut import cut_source, store_files
from consent.sites.vendor_lists.update import update_lists
from consent.storage.sites import sites
from tests.audit_authors import author_of
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import RECEIPT
from tests.dashboard.strict_page import strict_page
from tests.tcf_site import TODAY, list_folder

pytestmark = pytest.mark.extended

FORM = {"tcf": "1", "cmp_id": "123", "cmp_version": "7", "publisher_cc": "DE", "vendors": "2, 8, 755"}


@pytest.fixture
def with_tcf(dashboard: Dashboard, tmp_path: Path) -> Dashboard:
    """Turn on TCF in the draft."""
    update_lists(dashboard.engine, str(list_folder(tmp_path / "gvl")), TODAY)
    dashboard.browser("admin").post("/sites/demo/tcf", FORM)
    return dashboard


def sign_with_tcf(dashboard: Dashboard) -> None:
    """Make the draft live, and turn the receipt into an answer to it."""
    with dashboard.engine.begin() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        draft = json.loads(sites.read_draft(connection, site.id).text)
        source = cut_source(connection, draft, load_catalog(VENDORS))
        cut = source.cut(draft, None) if source else None
        assert cut
        store_files(connection, cut.files)
        document = freeze(draft, None, 9, load_artifacts(), source)
        name = put_live(connection, site, document, load_artifacts(), author_of(dashboard.folder), TODAY, "").name
    config = CompiledConfig(name, canonical(document), site.id, load_rules())
    groups: dict[str, GroupAnswer] = {one: {"granted": True, "reason": "granted"} for one in OPTIONAL}
    tcf = tcf_claims(config, cut.document, TcfChoice(20_788, cut.document["key"], 2, "en", "1-3"), groups)
    with dashboard.database() as database:
        jws = database.execute("SELECT jws FROM receipt WHERE id = ?", (RECEIPT,)).fetchone()[0]
        payload = jws.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        claims |= {"schema": "consent-receipt/2", "config": name, "text": config.text_hash("en"), "tcf": tcf}
        claims |= {"place": {"country": "DE", "subdivision": None, "source": "geoip"}, "regime": "eu_opt_in"}
        signed = Signer(dashboard.keys.receipt).sign(claims)
        database.execute(
            "UPDATE receipt SET jws = ?, leaf_hash = ? WHERE id = ?", (signed, leaf_hash(signed.encode()), RECEIPT)
        )


def test_the_preview_has_purposes_and_vendors_and_follows_what_is_chosen_of_them(
    browser: Browser, with_tcf: Dashboard, served: str
) -> None:
    with strict_page(browser, served, viewport={"width": 1280, "height": 900}) as view:
        page = view.sign_in("marketing")
        view.open("/sites/demo/preview")
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("region")).to_contain_text("our partners (3) store information on your device")
        frame.get_by_role("button", name="Settings").click()
        dialog = frame.get_by_role("dialog")
        expect(dialog.locator("[data-vendor-id='755']")).to_contain_text("Vendor 755 Testing Ltd")
        dialog.locator("[data-purposes='1']").get_by_role("switch").click()
        dialog.get_by_role("button", name="Save my choice").click()
        page.wait_for_url("**/preview?*choice=v1.*t1.*")
        chosen = page.url
        # A visitor with that choice, or a choice of groups, isn't asked.
        page.goto(chosen)
        expect(page.get_by_role("heading", name="No banner is shown")).to_be_visible()
        expect(frame.get_by_role("button", name="Privacy choices")).to_be_visible()
        page.get_by_label("Choice").select_option("all")
        page.wait_for_url("**/preview?choice=all")
        expect(frame.get_by_role("button", name="Privacy choices")).to_be_visible()
        frame.get_by_role("button", name="Privacy choices").click()
        expect(dialog.locator("[data-purposes='4']").get_by_role("switch").first).to_be_checked()
        # The second layer in the editor.
        view.open("/sites/demo/banner/frame?layer=2&place=DE")
        expect(page.locator("[data-purposes='1'] h4")).to_have_text("Purpose 1 (test name)")


def test_a_receipts_banner_is_drawn_again_with_the_texts_and_vendors_of_then(
    browser: Browser, with_tcf: Dashboard, served: str, tmp_path: Path
) -> None:
    sign_with_tcf(with_tcf)
    # A later list has other texts, which no visitor was shown.
    folder = list_folder(tmp_path / "newer", 4)
    file = folder / "vendor-list.json"
    file.write_text(file.read_text().replace("Purpose 1 (test name)", "Another name"))
    update_lists(with_tcf.engine, str(folder), TODAY)
    with strict_page(browser, served) as view:
        page = view.sign_in("compliance")
        view.open(f"/sites/demo/receipts/{RECEIPT}/banner")
        expect(page.get_by_text("The texts match the receipt")).to_be_visible()
        first, second = page.frame_locator("iframe").first, page.frame_locator("iframe").last
        expect(first.get_by_role("region")).to_contain_text("our partners (3) store information on your device")
        dialog = second.get_by_role("dialog")
        expect(dialog.locator("[data-purposes='1'] h4")).to_have_text("Purpose 1 (test name)")
        expect(dialog.locator("[data-vendor-id='8']")).to_contain_text("Vendor 8 Testing Ltd")
        expect(page.get_by_text("tcf_own_text")).to_have_count(1)
