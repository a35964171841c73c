"""A site as a whole: its name, its copy, its archive, and its row in the list of all sites."""

from consent.log.entry import INSTANCE
from consent.storage.operations import alarms
from consent.storage.privacy import retention_runs
from consent.storage.scans import scans
from consent.storage.scans.scans import Schedule
from consent.storage.sites import configs, custom_vendors, sites
from tests.dashboard.audit_entries import audit_entries
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import DAY, NOW

OF_SITE = "/sites/demo/settings/site"


def test_a_site_is_renamed_and_its_key_stays(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    for empty in (" ", "\u200b\u2060\u202e"):
        assert admin.post(f"{OF_SITE}/name", {"name": empty}).status_code == 422, "nobody could see it"
    assert admin.post(f"{OF_SITE}/name", {"name": "Big Grove"}).headers["Location"] == OF_SITE
    assert "Big Grove" in admin.get("/sites/demo/").text
    _, _, claims = audit_entries(dashboard)[-1]
    assert (claims["action"], claims["after"]) == ("site.renamed", {"name": "Big Grove"})


def test_a_copy_has_the_draft_and_the_vendors_at_addresses_of_its_own(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    answer = chief.post(f"{OF_SITE}/copy", {"copy_name": "Second shop", "copy_hosts": "http://bad host"})
    assert (answer.status_code, 'id="fault-copy_hosts"' in answer.text) == (422, True)
    assert chief.post(f"{OF_SITE}/copy", {"copy_name": "Demo", "copy_hosts": "x.example"}).status_code == 422
    answer = chief.post(f"{OF_SITE}/copy", {"copy_name": "Second shop", "copy_hosts": "second.example"})
    assert answer.headers["Location"] == "/sites/second-shop/install"
    first, second = dashboard.draft(), dashboard.draft("second-shop")
    assert second["hosts"] == ["https://second.example"]
    assert second["overrides"]["cookie_scope"] == "second.example", "the default of its own hosts"
    assert (second["tags"], second["look"], second["texts"]) == (first["tags"], first["look"], first["texts"])
    with dashboard.engine.connect() as connection:
        made = sites.by_key(connection, "second-shop")
        assert made
        assert made.live_config is None
        assert custom_vendors.documents(connection, made.id) == custom_vendors.documents(connection, 1)
    assert dashboard.browser("admin").post(f"{OF_SITE}/copy", {"copy_name": "x"}).status_code == 409


def test_an_archived_site_leaves_the_menu_and_the_scans_and_comes_back(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    with dashboard.engine.begin() as connection:
        scans.save_schedule(connection, 1, Schedule(days=1))
    listed = '<li><a href="/sites/demo/">'
    assert listed in chief.get("/sites/other/").text
    assert "60 receipts" in chief.get(OF_SITE).text
    assert "/settings/site#deletion" not in chief.get("/sites").text
    answer = chief.post(f"{OF_SITE}/archive", {"archived": "1"})
    assert answer.headers["Location"].startswith("/sites")
    assert 'href="/sites/demo/settings/site#deletion"' in chief.get("/sites").text
    assert 'href="/sites/demo/settings/site#deletion"' not in dashboard.browser("viewer").get("/sites").text
    assert chief.get("/").headers["Location"] == "/sites/other/", "the menu has a site that is in use"
    page = chief.get("/sites").text.split("<main")[1]
    assert page.index('id="archived"') < page.index('href="/sites/demo/"')
    assert listed not in chief.get("/sites/other/").text
    assert "This site has been archived since" in chief.get("/sites/demo/receipts").text, (
        "receipts can be read all the same"
    )
    assert due(dashboard) == []
    chief.post(f"{OF_SITE}/archive", {"archived": "0"})
    assert "has been archived since" not in chief.get("/sites/demo/receipts").text
    assert due(dashboard) == ["demo"]


def due(dashboard: Dashboard) -> list[str]:
    """Return the sites that will be due for a scan in three days."""
    with dashboard.engine.connect() as connection:
        return scans.due(connection, NOW + 3 * DAY)


def test_the_list_of_sites_has_the_own_ones_with_their_state(dashboard: Dashboard) -> None:
    with dashboard.engine.begin() as connection:
        alarms.save(connection, {(1, "leak"): alarms.Problem("Scans of demo show 1 open leak: x.")}, NOW)
        live = configs.live_versions(connection, ["demo"])["demo"].version
    page = dashboard.browser("chief").get("/sites").text.split("<main")[1]
    row = page.split('href="/sites/demo/"')[1].split("</tr>")[0]
    assert f"Version {live}" in row
    assert "/sites/demo/alarms" in row
    assert "Not live" in page.split('href="/sites/other/"')[1].split("</tr>")[0]
    assert "/sites/other/" not in dashboard.browser("viewer").get("/sites").text


def test_an_archived_site_is_deleted_by_its_name_and_its_receipts_stay(dashboard: Dashboard) -> None:
    chief, admin = dashboard.browser("chief"), dashboard.browser("admin")
    deletion = chief.get(OF_SITE).text.split('id="deletion"')[1]
    assert "Deleting the site keeps its receipts for 36 months" in deletion
    assert ("Archive the site first." in deletion, 'name="typed"' in deletion) == (True, False)
    assert chief.post(f"{OF_SITE}/deletion", {"typed": "Little Grove"}).status_code == 409, "it is in use"
    chief.post(f"{OF_SITE}/archive", {"archived": "1"})
    page = chief.get(OF_SITE).text
    assert "keeps 60 receipts" in page
    assert "Export the receipts first" in page
    assert "the last one on" in page
    assert chief.post(f"{OF_SITE}/deletion", {"typed": "little"}).status_code == 422
    assert chief.post(f"{OF_SITE}/deletion", {"typed": "Little Grove"}).headers["Location"] == "/sites"
    listed = chief.get("/sites").text.split('id="deleted"')[1]
    assert ("Little Grove" in listed, ">60<" in listed) == (True, True)
    with dashboard.engine.connect() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        assert (site.live_config, configs.versions(connection, site.id)[0].version) == (None, 1)
        assert retention_runs.due_sites(connection, NOW) == [site.id], (
            "receipts go by themselves when their time is over"
        )
    assert "This site was deleted" in chief.get("/sites/demo/receipts").text
    assert [chief.get(f"/sites/demo/{page}").status_code for page in ("", "tags", "settings", "publish")] == [404] * 4
    assert chief.post("/sites/demo/publish").status_code == 404
    assert admin.get("/sites/demo/receipts").status_code == 404, "roles on the site alone went with it"
    site_entry, of_instance = audit_entries(dashboard)[-2:]
    assert {site_entry[0], of_instance[0]} == {site.id, INSTANCE.id}
    assert site_entry[2]["after"] == {"receipts": 60, "kept_months": 36, "config": site_entry[2]["after"]["config"]}
    taken = chief.post("/sites/new", {"name": "Demo", "key": "demo", "host": "new.example"})
    assert (taken.status_code, "There is already a site demo" in taken.text) == (422, True)
