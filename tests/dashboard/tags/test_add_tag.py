"""Adding a tag from the catalog."""

from tests.dashboard.client import Dashboard

NEW = "/sites/demo/tags/new/google-analytics/ga4"


def test_a_few_letters_find_a_product(dashboard: Dashboard) -> None:
    page = dashboard.browser("marketing").get("/sites/demo/tags/new?q=ga").text
    assert page.index("Google Analytics 4") < len(page)
    assert NEW in page


def test_does_not_offer_a_discontinued_product(dashboard: Dashboard) -> None:
    page = dashboard.browser("marketing").get("/sites/demo/tags/new?q=universal").text
    assert "universal-analytics" not in page


def test_a_product_missing_from_the_catalog_gets_a_next_step(dashboard: Dashboard) -> None:
    page = dashboard.browser("marketing").get("/sites/demo/tags/new?q=zzz<i>zzz").text
    assert "No match in the catalog for “zzz&lt;i&gt;zzz”" in page


def test_the_group_is_filled_in_with_its_reason(dashboard: Dashboard) -> None:
    page = dashboard.browser("marketing").get(NEW).text
    assert "<strong>Analytics</strong>" in page
    assert "It sets _ga, _ga_*, " in page
    assert "www.googletagmanager.com" in page


def test_a_parameter_is_checked_beside_its_field_and_nothing_is_saved(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    before = dashboard.draft()
    wrong = marketing.post(NEW + "/check", {"measurement_id": "UA-1"}, HX_Request="true")
    assert wrong.status_code == 200
    assert 'aria-invalid="true" aria-describedby="fault-measurement_id"' in wrong.text
    assert "Enter a value like G-ABC1234567" in wrong.text
    right = marketing.post(NEW + "/check", {"measurement_id": "G-ABC1234567"}, HX_Request="true")
    assert 'aria-invalid="false"' in right.text
    assert dashboard.draft() == before


def test_a_saved_tag_is_a_draft_with_its_vendor_and_cookies(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    answer = marketing.post(NEW, {"measurement_id": " G-ABC1234567 "})
    assert answer.headers["Location"] == "/sites/demo/tags"
    draft = dashboard.draft()
    assert draft["tags"][-1]["load"]["src"] == "https://www.googletagmanager.com/gtag/js?id=G-ABC1234567"
    assert draft["tags"][-1]["parameters"] == {"measurement_id": "G-ABC1234567"}
    assert "google-analytics" in {vendor["id"] for vendor in draft["vendors"]}
    assert "not published yet" in marketing.get("/sites/demo/tags").text


def test_the_same_id_added_twice_is_pointed_out(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    for number, warned in ((1, False), (2, False), (1, True)):
        marketing.post(NEW, {"measurement_id": f"G-ABC123456{number}"})
        page = marketing.get("/sites/demo/tags").text
        assert ("Google Analytics 4 has the same values, so Google Analytics 4 (G-ABC1234561)" in page) == warned
    assert "Google Analytics 4 (G-ABC1234561) is in the draft." in page


def test_the_id_in_a_tags_name_follows_its_field(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    for number in (1, 2):
        marketing.post(NEW, {"measurement_id": f"G-ABC123456{number}"})
    marketing.post("/sites/demo/tags/ga4-2", {"part": "place", "measurement_id": "G-NEW1234567"})
    assert dashboard.draft()["tags"][-1]["name"] == "Google Analytics 4 (G-NEW1234567)"


def test_the_same_product_may_be_added_twice(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    for number in (1, 2):
        marketing.post(NEW, {"measurement_id": f"G-ABC123456{number}"})
    assert [tag["id"] for tag in dashboard.draft()["tags"][-2:]] == ["ga4", "ga4-2"]
    assert "already in the draft" in marketing.get("/sites/demo/tags/new?q=ga").text


def test_code_in_a_parameter_is_refused(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    before = dashboard.draft()
    for value in (
        "G-ABC'); alert(1)//",
        '"><script>alert(1)</script>',
        "G-ABC1234567\n",
        "",
        "G-" + "A" * 400,
        "Ｇ-ABC1234567",
    ):
        assert (
            marketing.post(
                NEW, {"measurement_id": value if value != "G-ABC1234567\n" else "G-ABC\n1234567"}
            ).status_code
            == 422
        )
    assert dashboard.draft() == before


def test_the_catalog_can_be_narrowed_to_a_group_and_a_kind(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    loaded = marketing.get("/sites/demo/tags/new?q=microsoft&kind=loaded&group=advertising").text
    assert "/microsoft-ads/uet" in loaded
    assert "/microsoft-maps/microsoft-maps" not in loaded
    assert (
        "No match in the catalog for “matomo” with these filters"
        in marketing.get("/sites/demo/tags/new?q=matomo&group=advertising").text
    )
    assert "No match in the catalog for these filters" in marketing.get("/sites/demo/tags/new?kind=nonsense").text


def test_an_exemption_that_depends_on_settings_is_told_and_not_taken(dashboard: Dashboard) -> None:
    page = dashboard.browser("marketing").get("/sites/demo/tags/new/matomo/matomo-cloud").text
    assert "With some product settings it needs less consent: audience:FR." in page
    assert "<dt>Exemptions</dt>" not in page


def test_a_vendor_without_a_tag_is_shown_with_what_is_not_known(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    assert "/sites/demo/catalog/django" in marketing.get("/sites/demo/tags/new?q=django&kind=known").text
    page = marketing.get("/sites/demo/catalog/django").text
    assert "csrftoken" in page
    assert "not known" in page
    assert "too little to add a tag" in page
    assert marketing.get("/sites/demo/catalog/never").status_code == 404


def test_a_vendor_whose_loading_nobody_checked_is_added_as_marked(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    assert "How it is loaded has not been checked" in marketing.get("/sites/demo/catalog/chartbeat").text
    assert marketing.post("/sites/demo/tags/new/chartbeat/chartbeat", {}).status_code == 302
    assert dashboard.draft()["tags"][-1]["load"]["type"] == "marked"


def test_an_unknown_product_is_not_found(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    assert marketing.get("/sites/demo/tags/new/google-analytics/never").status_code == 404
    assert marketing.get("/sites/demo/tags/new/never/ga4").status_code == 404


def test_missing_facts_of_a_vendor_have_a_reason(dashboard: Dashboard) -> None:
    page = dashboard.browser("marketing").get("/sites/demo/catalog/tiktok-pixel").text
    assert "Which of its companies is responsible depends on the visitor&#39;s place." in page
