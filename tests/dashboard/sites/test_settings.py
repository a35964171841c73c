"""A site's settings."""

import re

import pytest
from playwright.sync_api import Browser, expect

from consent.storage.sites import sites
from consent.storage.statistics.event_counters import Refusal, add_counts
from consent.storage.statistics.losses import old_tool_code
from tests.dashboard.client import Dashboard
from tests.dashboard.publishing.publish_page import publish
from tests.dashboard.sample_data import DAY, NOW
from tests.dashboard.strict_page import strict_page

OVERRIDES = {
    "ask_for_new_vendors": "now",
    "cookie_scope": "host",
    "decision_seconds": "0",
}


def test_each_part_is_saved_by_itself_in_the_draft(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    admin.post(
        "/sites/demo/settings/hosts",
        {"hosts": "https://WWW.shop.example/path?x=1\nshop.example\n\nhttps://shop.example"},
    )
    blocking = {
        "unknown_hosts": "ask",
        "foreign_marks": "1",
        "allowed_hosts": "https://CDN.example.net/shop/?v=1\n*.b.example",
    }
    admin.post("/sites/demo/settings/overrides", OVERRIDES | blocking)
    draft = dashboard.draft()
    assert draft["hosts"] == ["https://www.shop.example", "https://shop.example"]
    assert (draft["overrides"]["unknown_hosts"], draft["overrides"]["foreign_marks"]) == ("ask", True)
    assert draft["overrides"]["allowed_hosts"] == ["cdn.example.net/shop/", "*.b.example"]
    assert "Settings: Unknown third parties" in admin.get("/sites/demo/publish").text
    assert draft["overrides"]["public_log"] is False
    assert draft["controller"]["name"] == "Little Grove"


def test_the_domain_of_a_choice_is_selected_from_those_that_all_hosts_share(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    admin.post("/sites/demo/settings/hosts", {"hosts": "a.shop.example b.shop.example"})
    assert '<option value="shop.example">All of shop.example</option>' in admin.get("/sites/demo/settings").text
    admin.post("/sites/demo/settings/overrides", OVERRIDES | {"cookie_scope": "shop.example"})
    assert dashboard.draft()["overrides"]["cookie_scope"] == "shop.example"
    admin.post("/sites/demo/settings/hosts", {"hosts": "a.shop.example other.example"})
    page = admin.get("/sites/demo/settings").text
    assert '<option value="shop.example" selected>' in page, "what is set stays until someone changes it"


@pytest.mark.parametrize(
    ("part", "form", "fault"),
    [
        ("controller", {"policy_url": "javascript:alert(1)"}, "fault-controller.policy_url"),
        ("controller", {"name": "Little \u202eevorG"}, "fault-controller.name"),
        ("overrides", OVERRIDES | {"cookie_scope": "localhost"}, "fault-overrides.cookie_scope"),
        ("overrides", OVERRIDES | {"cookie_scope": "co.uk"}, "fault-overrides.cookie_scope"),
        ("overrides", OVERRIDES | {"decision_seconds": "-1"}, "fault-overrides.decision_seconds"),
        ("overrides", OVERRIDES | {"allowed_hosts": "not a host!"}, "fault-overrides.allowed_hosts"),
        ("overrides", OVERRIDES | {"unknown_hosts": "loose"}, "fault-overrides.unknown_hosts"),
        ("overrides", OVERRIDES | {"old_tool": "tcf"}, "fault-overrides.old_tool"),
    ],
)
def test_an_invalid_value_is_reported_beside_its_field_and_nothing_is_saved(
    dashboard: Dashboard, part: str, form: dict[str, str], fault: str
) -> None:
    before = dashboard.draft()
    answer = dashboard.browser("admin").post(f"/sites/demo/settings/{part}", form)
    assert answer.status_code == 422
    assert f'id="{fault}"' in answer.text
    assert dashboard.draft() == before


def test_reports_an_invalid_host(dashboard: Dashboard) -> None:
    answer = dashboard.browser("admin").post(
        "/sites/demo/settings/hosts", {"hosts": "https://fine.example\nhttps://under_score"}
    )
    assert "(line 2)" in answer.text
    assert dashboard.browser("admin").post("/sites/demo/settings/hosts", {"hosts": ""}).status_code == 422


def test_fields_that_a_role_may_not_save_are_shown_read_only(dashboard: Dashboard) -> None:
    page = dashboard.browser("marketing").get("/sites/demo/settings").text
    assert page.count("<fieldset disabled>") == 6
    assert page.count("<fieldset>") == page.count(">Save<") == 0


def test_the_signals_for_everybody_are_switched_on_in_the_draft(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    admin.post("/sites/demo/settings/overrides", OVERRIDES | {"sends": ["wp_consent", "us_privacy"]})
    assert dashboard.draft()["overrides"]["sends"] == ["wp_consent", "us_privacy"]
    assert 'value="wp_consent" checked' in admin.get("/sites/demo/settings").text
    answer = admin.post("/sites/demo/settings/overrides", OVERRIDES | {"sends": ["smoke"]})
    assert answer.status_code == 422
    assert dashboard.draft()["overrides"]["sends"] == ["wp_consent", "us_privacy"]


def test_names_that_browsers_meet_are_asked_for_by_the_owner_alone(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    assert dashboard.draft()["overrides"].get("sightings", 0) == 0
    admin.post("/sites/demo/settings/overrides", OVERRIDES | {"sightings": "100"})
    assert dashboard.draft()["overrides"]["sightings"] == 100
    assert admin.post("/sites/demo/settings/overrides", OVERRIDES | {"sightings": "7"}).status_code == 422
    assert dashboard.draft()["overrides"]["sightings"] == 100


def test_the_overview_tells_whether_the_former_tool_still_runs_once_it_is_named_and_published(
    dashboard: Dashboard,
) -> None:
    admin = dashboard.browser("admin")
    assert "klaro" not in admin.get("/sites/demo/").text
    admin.post("/sites/demo/settings/overrides", OVERRIDES | {"old_tool": "klaro"})
    assert dashboard.draft()["overrides"]["old_tool"] == "klaro"
    assert "klaro" not in admin.get("/sites/demo/").text, "visitors do not have it yet"
    publish(admin)
    assert "No page view in the last 7 days had klaro." in admin.get("/sites/demo/").text
    with dashboard.engine.begin() as connection:
        site = sites.by_key(connection, "demo")
        klaro = Refusal(site.id if site else 0, NOW // DAY, old_tool_code("klaro"))
        add_counts(connection, {klaro: 1_200, klaro._replace(day=NOW // DAY - 7): 5})
    assert "klaro ran in 1,200 page views of the last 7 days." in admin.get("/sites/demo/").text
    admin.post("/sites/demo/settings/overrides", OVERRIDES | {"old_tool": ""})
    assert "old_tool" not in dashboard.draft()["overrides"]


GPP = {"approach": "both", "mspa": "none", "gpp": "1"}


def test_gpp_is_switched_on_with_what_the_owner_states(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    admin.post("/sites/demo/settings/gpp", GPP)
    overrides = dashboard.draft()["overrides"]
    assert overrides["gpp"] == {"approach": "both", "mspa": "none", "sensitive": []}
    assert "gpp" in overrides["sends"]
    page = admin.get("/sites/demo/publish").text
    assert "Say under Settings whether your pages give the notice of the right to opt out" in page
    admin.post("/sites/demo/settings/gpp", GPP | {"opt_out_notice": "not_given", "sensitive": ["health", "geo"]})
    assert dashboard.draft()["overrides"]["gpp"] == {
        "approach": "both",
        "mspa": "none",
        "sensitive": ["health", "geo"],
        "opt_out_notice": False,
    }
    page = admin.get("/sites/demo/publish").text
    assert "mark the pages that it comes from as sensitive" in page
    admin.post("/sites/demo/settings/gpp", GPP | {"opt_out_notice": "given"})
    page = admin.get("/sites/demo/publish").text
    assert "Say under Settings" not in page
    assert "mark the pages" not in page
    # The other form keeps it, and its own switch turns it off.
    admin.post("/sites/demo/settings/overrides", OVERRIDES | {"sends": ["us_privacy"]})
    assert dashboard.draft()["overrides"]["sends"] == ["us_privacy", "gpp"]
    admin.post("/sites/demo/settings/gpp", {name: value for name, value in GPP.items() if name != "gpp"})
    assert dashboard.draft()["overrides"]["sends"] == ["us_privacy"]


@pytest.mark.parametrize("faulty", [{"approach": "none"}, {"mspa": ""}, {"sensitive": ["health", "shoes"]}])
def test_rejects_invalid_gpp_settings(dashboard: Dashboard, faulty: dict[str, str]) -> None:
    before = dashboard.draft()
    answer = dashboard.browser("admin").post("/sites/demo/settings/gpp", GPP | faulty)
    assert answer.status_code == 422
    assert 'id="fault-overrides.gpp"' in answer.text
    assert dashboard.draft() == before


def test_links_that_laws_ask_for_get_an_address_each_and_a_publish_says_which_are_missing(dashboard: Dashboard) -> None:
    compliance = dashboard.browser("compliance")
    chief = dashboard.browser("chief")
    page = chief.get("/sites/demo/publish").text
    # There are recent receipts from California; the service's own page serves as cookie policy.
    assert "Notice at collection: United States, California" in page
    assert "Cookie policy: " not in page
    form = {
        "notice_at_collection": " https://shop.example/collection ",
        "texas_sale_notices": "NOTICE: We may sell it.",
    }
    compliance.post("/sites/demo/settings/links", form)
    overrides = dashboard.draft()["overrides"]
    assert overrides["link_addresses"] == {"notice_at_collection": "https://shop.example/collection"}
    assert overrides["sale_notices"] == {"texas_sale_notices": "NOTICE: We may sell it."}
    assert "Notice at collection: United States, California" not in chief.get("/sites/demo/publish").text
    compliance.post("/sites/demo/settings/links", {})
    assert "link_addresses" not in dashboard.draft()["overrides"]


def test_a_place_whose_state_is_unknown_is_named_so(dashboard: Dashboard) -> None:
    with dashboard.database() as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(choice_count)")]
        values = ", ".join("''" if name == "subdivision" else name for name in columns)
        in_state = f"SELECT {values} FROM choice_count WHERE country = 'US' AND subdivision = 'CA'"
        connection.execute(f"INSERT INTO choice_count ({', '.join(columns)}) {in_state}")
    page = dashboard.browser("chief").get("/sites/demo/publish").text
    assert "Notice at collection: United States, state unknown; United States, California" in page


def test_an_invalid_address_is_reported_beside_its_link(dashboard: Dashboard) -> None:
    compliance = dashboard.browser("compliance")
    answer = compliance.post("/sites/demo/settings/links", {"external_transmission_notice": "javascript:alert(1)"})
    assert answer.status_code == 422
    assert 'id="fault-external_transmission_notice"' in answer.text
    assert "link_addresses" not in dashboard.draft()["overrides"]


def test_who_saves_a_form_after_somebody_else_is_asked_and_other_forms_go_on(dashboard: Dashboard) -> None:
    first, second = dashboard.browser("admin"), dashboard.browser("chief")
    forms = re.findall(
        r'action="/sites/demo/settings/(\w+)".*?name="seen" value="(\w+)"',
        second.get("/sites/demo/settings").text,
        re.S,
    )
    marks = dict(forms)
    hosts = {"hosts": "https://a.example"}
    assert first.post("/sites/demo/settings/hosts", hosts | {"seen": marks["hosts"]}).status_code == 302
    answer = second.post("/sites/demo/settings/hosts", {"hosts": "https://b.example", "seen": marks["hosts"]})
    assert (answer.status_code, "Someone else saved these settings" in answer.text) == (409, True)
    assert "https://b.example" in answer.text
    assert dashboard.draft()["hosts"] == ["https://a.example"]
    for part in ("controller", "links", "headless"):
        assert second.post(f"/sites/demo/settings/{part}", {"seen": marks[part]}).status_code == 302, part


def test_schema_errors_are_in_the_language_of_the_reader(dashboard: Dashboard) -> None:
    answer = dashboard.browser("admin").post("/sites/demo/settings/hosts", {"hosts": "ftp://x"}, Accept_Language="de")
    assert answer.status_code == 422
    assert "Geben Sie eine Adresse wie https://www.example.com ein, ohne Pfad." in answer.text


def test_a_rejected_form_focuses_the_invalid_field(browser: Browser, dashboard: Dashboard, served: str) -> None:
    with strict_page(browser, served) as view:
        view.sign_in("admin")
        page = view.open("/sites/demo/settings")
        view.expected = ("422",)
        page.locator("[name=hosts]").fill("ftp://x")
        page.locator("#hosts button").click()
        expect(page.locator("[name=hosts]")).to_be_focused()
        expect(page.locator("#hosts .fault")).to_contain_text("Enter an address such as https://www.example.com")
        view.open("/sites/demo/settings")
        links = page.locator("#links")
        links.locator("summary").click()
        links.locator("[name=notice_at_collection]").fill("ftp://x")
        links.locator("button").click()
        expect(page.locator("[name=notice_at_collection]")).to_be_focused()
