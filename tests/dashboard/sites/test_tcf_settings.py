"""The page for a site's TCF settings, and what a receipt's page shows about its TC string."""

import base64
import html
import json
import re
from pathlib import Path

import pytest

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
from tests.tcf_site import TODAY, list_folder

PAGE = "/sites/demo/tcf"
FORM = {
    "tcf": "1",
    "cmp_id": "123",
    "cmp_version": "7",
    "publisher_cc": "de",
    "vendors": "755 Vendor 755 Testing Ltd\n2, 8\n\n",
    "restrictions": "2 not_allowed: 8, 2",
    "google_providers": 'id,name,policy,domains\n89,"Ads, Example",https://a.example/p,a.example\n',
}


@pytest.fixture
def listed(dashboard: Dashboard, tmp_path: Path) -> Dashboard:
    update_lists(dashboard.engine, str(list_folder(tmp_path / "gvl")), TODAY)
    return dashboard


def test_how_a_site_takes_part_is_saved_in_the_draft(listed: Dashboard) -> None:
    admin = listed.browser("admin")
    admin.post(PAGE, FORM)
    owner = listed.draft()["overrides"]
    assert "tcf" in owner["sends"]
    assert owner["tcf"] == {
        "cmp_id": 123,
        "cmp_version": 7,
        "publisher_cc": "DE",
        "vendors": [2, 8, 755],
        "restrictions": [{"purpose": 2, "type": "not_allowed", "vendors": [2, 8]}],
        "google_providers": [{"id": 89, "name": "Ads, Example", "policy_url": "https://a.example/p"}],
    }
    page = html.unescape(admin.get(PAGE).text)
    assert "Version 3 of" not in page
    assert "3 of 2026-01-15, policy version 5" in page
    assert re.search(r"<td>Vendor 8 Testing Ltd</td><td[^>]*>none</td><td[^>]*>7</td>", page)
    assert "platform is 123." in page
    assert "European privacy signal for advertising (TCF)" in admin.get("/sites/demo/publish").text
    # Another settings form leaves it on.
    form = {"ask_for_new_vendors": "now", "cookie_scope": "host", "decision_seconds": "0"}
    admin.post("/sites/demo/settings/overrides", form)
    assert "tcf" in listed.draft()["overrides"]["sends"]


def test_the_id_of_a_tag_is_the_catalogs_its_own_or_none(listed: Dashboard) -> None:
    admin = listed.browser("admin")
    page = admin.get(PAGE).text
    first, second = re.findall(r'name="gvl_id\.([a-z0-9-]+)"', page)[:2]
    admin.post(PAGE, FORM | {f"gvl_id.{first}": "21", f"gvl_id.{second}": "None"})
    ids = {tag["id"]: tag.get("gvl_id", "of the catalog") for tag in listed.draft()["tags"]}
    assert (ids.pop(first), ids.pop(second)) == (21, None)
    assert set(ids.values()) == {"of the catalog"}
    assert "21 Vendor 21 Testing Ltd" in admin.get(PAGE).text
    admin.post(PAGE, FORM | {f"gvl_id.{first}": "", f"gvl_id.{second}": ""})
    assert not any("gvl_id" in tag for tag in listed.draft()["tags"])


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        ({"cmp_id": "1"}, "Enter at least 2."),
        ({"cmp_id": "many"}, "This must be a whole number."),
        ({"publisher_cc": "D"}, "Enter a country code such as DE."),
        ({"vendors": "Google"}, "Line 1 does not start with an ID"),
        ({"vendors": "99999"}, "Enter at most 16383."),
        ({"restrictions": "2 forbidden: 8"}, "Line 1 must look like"),
        ({"google_providers": "89, Ads"}, "Line 1 must look like"),
        ({"google_providers": "89, Ads, javascript:alert(1)"}, "Enter an address that begins with https://"),
    ],
)
def test_an_invalid_value_is_reported_beside_its_field_and_nothing_is_saved(
    listed: Dashboard, form: dict[str, str], fault: str
) -> None:
    before = listed.draft()
    page = html.unescape(listed.browser("admin").post(PAGE, FORM | form).text)
    assert fault in page
    assert "Nothing was saved" in page
    assert listed.draft() == before


def test_vendors_are_found_by_name_and_hostile_names_are_text(dashboard: Dashboard, tmp_path: Path) -> None:
    folder = list_folder(tmp_path / "gvl")
    file = folder / "vendor-list.json"
    file.write_text(file.read_text().replace("Vendor 44 Testing Ltd", "<script>alert(44)</script> Forty-four"))
    update_lists(dashboard.engine, str(folder), TODAY)
    page = dashboard.browser("viewer").get(f"{PAGE}?q=forty-four").text
    assert "&lt;script&gt;alert(44)&lt;/script&gt; Forty-four" in page
    assert "<script>alert" not in page


def test_without_a_list_the_page_says_how_it_comes(dashboard: Dashboard) -> None:
    page = dashboard.browser("admin").get(PAGE).text
    assert "consent gvl update" in page
    assert "register with IAB Europe" in page


def test_a_newer_list_can_be_published_although_the_draft_is_the_same(listed: Dashboard, tmp_path: Path) -> None:
    admin = listed.browser("admin")
    admin.post(PAGE, FORM | {"restrictions": "", "google_providers": ""})
    with listed.engine.begin() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        draft = json.loads(sites.read_draft(connection, site.id).text)
        source = cut_source(connection, draft, load_catalog(VENDORS))
        document = freeze(draft, None, 9, load_artifacts(), source)
        put_live(connection, site, document, load_artifacts(), author_of(listed.folder), TODAY, "")
    assert "Nothing to publish" in admin.get("/sites/demo/publish").text
    update_lists(listed.engine, str(list_folder(tmp_path / "newer", 4)), TODAY)
    page = admin.get("/sites/demo/publish").text
    assert "Publish the newer vendor list" in page
    assert "Visitors get version 4 of the vendor list." in page


def test_a_receipt_shows_its_string_field_by_field(listed: Dashboard) -> None:
    listed.browser("admin").post(PAGE, FORM | {"restrictions": "", "google_providers": ""})
    with listed.engine.begin() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        draft = json.loads(sites.read_draft(connection, site.id).text)
        source = cut_source(connection, draft, load_catalog(VENDORS))
        assert source
        cut = source.cut(draft, None)
        assert cut
        store_files(connection, cut.files)
        document = freeze(draft, None, 9, load_artifacts(), source)
        name = put_live(connection, site, document, load_artifacts(), author_of(listed.folder), TODAY, "").name
    choice = TcfChoice(20_788, cut.document["key"], 2, "en", "1-3", "2", "", "2_755", "2")
    config = CompiledConfig(name, canonical(document), site.id, load_rules())
    groups: dict[str, GroupAnswer] = {one: {"granted": True, "reason": "granted"} for one in OPTIONAL}
    tcf = tcf_claims(config, cut.document, choice, groups)
    with listed.database() as database:
        jws = database.execute("SELECT jws FROM receipt WHERE id = ?", (RECEIPT,)).fetchone()[0]
        payload = jws.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        for purposes in ("1-3", "1"):
            claims |= {"schema": "consent-receipt/2", "config": name, "tcf": tcf | {"purposes": purposes}}
            signed = Signer(listed.keys.receipt).sign(claims)
            database.execute(
                "UPDATE receipt SET jws = ?, leaf_hash = ? WHERE id = ?", (signed, leaf_hash(signed.encode()), RECEIPT)
            )
            database.commit()
            page = html.unescape(listed.browser("compliance").get(f"/sites/demo/receipts/{RECEIPT}").text)
            part = page.partition('id="tcf"')[2].partition("</section>")[0]
            assert "<td>123, version 7</td>" in part
            assert "1 Purpose 1 (test name); 3 Purpose 3 (test name)" in part
            assert "2 Vendor 2 Testing Ltd; 755 Vendor 755 Testing Ltd" in part
            assert ("It says what was chosen and nothing else" in part) is (purposes == "1-3")
            assert ("grants purposes that were not chosen: 3<" in part) is (purposes == "1")
