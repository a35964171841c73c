"""Publishing, the list of versions, and restoring one."""

import re
from typing import Any

import pytest

from consent.dashboard.frame.draft_labels import path_words
from tests.dashboard.client import Dashboard
from tests.dashboard.publishing.publish_page import add_host, publish


def test_the_difference_is_described_in_words(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/tags/demo-video/enabled", {"enabled": "0"})
    marketing.post("/sites/demo/tags/new/google-analytics/ga4", {"measurement_id": "G-ABC1234567"})
    marketing.post("/sites/demo/tags/demo-ads/removal")
    page = _words(marketing.get("/sites/demo/publish").text)
    assert "Publish 3 changes" in page
    assert "Changed Demo Video tag Switched on → off" in page
    assert "Added Google Analytics 4 tag, analytics, on" in page
    assert "Removed Demo Ads tag, advertising, on" in page
    # Of sixty receipts over thirty days, two thirds grant analytics; Germany, France and the United Kingdom ask for it.
    counts = re.search(r"(\d+) visitors will be asked again \(analytics\)\. (\d+) answers still count\.", page)
    assert counts
    assert sum(map(int, counts.groups())) == 60
    assert re.search(r"Germany \d+, ", page)


def test_values_of_the_difference_are_words_not_codes(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    look = {"position": "corner", "accent": "#2f6b45", "radius": "12", "font": "system", "button_reject": "outlined"}
    marketing.post("/sites/demo/banner", look | {"language": "en"})
    marketing.post("/sites/demo/tags/demo-ads", {"part": "limits", "languages": ["de", "fr"]})
    marketing.post("/sites/demo/tags/demo-video/place", {"before": "demo-ads"})
    page = _words(marketing.get("/sites/demo/publish").text)
    assert "Changed Look: Layout Card at the bottom → Corner" in page
    assert "Look: Weight of the buttons Reject nothing → outlined" in page
    assert "Only in languages nothing → German, French" in page
    assert "→ Little Grove itself, Demo Chat, Demo Analytics, Demo Video, Demo Ads" in page


def test_texts_of_many_languages_are_counted(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/tags/demo-ads/removal")
    page = _words(marketing.get("/sites/demo/publish").text)
    assert re.search(r"Banner texts that follow from these changes in \d+ languages", page)


def test_a_first_version_without_a_tag_that_waits_says_that_nobody_is_asked(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    assert "No tag needs consent yet, so the banner won't show" in chief.get("/sites/other/publish").text
    chief.post("/sites/other/tags/new/google-analytics/ga4", {"measurement_id": "G-ABC1234567"})
    assert "Visitors will see the banner wherever the law requires it." in chief.get("/sites/other/publish").text


def test_removing_a_tag_asks_nobody_again(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/tags/demo-ads/removal")
    page = marketing.get("/sites/demo/publish").text
    assert "No visitor is asked again" in page
    assert "Not included: bots" in page


def test_lines_that_change_with_the_draft_must_be_pasted_again(dashboard: Dashboard) -> None:
    admin, words = dashboard.browser("admin"), "The lines in your pages change with this draft."
    admin.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    assert words not in admin.get("/sites/demo/publish").text
    add_host(dashboard)
    page = admin.get("/sites/demo/publish").text
    assert words in page
    assert '<a href="/sites/demo/install#lines">' in page


def test_a_publish_is_a_version_with_author_and_reason(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    assert publish(marketing, "No ads in <winter>") == 302
    page = _words(marketing.get("/sites/demo/versions").text)
    assert "Version 2 Live" in page
    assert "Marketing No ads in &lt;winter&gt;" in page
    assert "command line First version" in page
    assert ">Off<" in marketing.get("/sites/demo/tags").text


def test_a_draft_that_is_live_makes_no_version_when_it_is_published_or_restored(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    for path, form in (("publish", {"revision": "1"}), ("versions/1/restore", {})):
        assert marketing.post(f"/sites/demo/{path}", form).status_code == 302
        page = marketing.get("/sites/demo/versions").text
        assert "Nothing has changed: version 1 stays live." in page
        assert "Version 2" not in page


def test_a_config_names_its_publisher_by_an_opaque_id_only(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    publish(marketing)
    with dashboard.engine.connect() as connection:
        by = connection.exec_driver_sql("SELECT published_by FROM config WHERE version = 2").scalar_one()
        own = connection.exec_driver_sql("SELECT audit_id FROM user WHERE name = 'Marketing'").scalar_one()
    assert by == own
    with dashboard.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM user WHERE name = 'Marketing'")
    assert "a user who is no longer here" in dashboard.browser("viewer").get("/sites/demo/versions").text


def test_a_draft_changed_since_review_is_not_published(dashboard: Dashboard) -> None:
    marketing, admin = dashboard.browser("marketing"), dashboard.browser("admin")
    marketing.post("/sites/demo/tags/demo-ads/enabled", {"enabled": "0"})
    revision = re.search(r'name="revision" value="(\d+)"', marketing.get("/sites/demo/publish").text)
    assert revision
    admin.post("/sites/demo/tags/demo-chat/enabled", {"enabled": "0"})
    answer = marketing.post("/sites/demo/publish", {"revision": revision[1]})
    assert answer.status_code == 409
    assert "Someone changed the draft" in answer.text
    assert "Version 2" not in marketing.get("/sites/demo/versions").text


def test_nothing_is_published_without_the_controllers_facts(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    chief.post("/sites/other/tags/new/google-analytics/ga4", {"measurement_id": "G-ABC1234567"})
    page = chief.get("/sites/other/publish").text
    assert "Required before publishing (GDPR art. 13)." in page
    assert 'href="/sites/other/settings">Fix' in page
    assert "<button disabled>" in page
    assert publish(chief, site="other") == 422
    facts = {
        "name": "Other",
        "address": "Street 1",
        "contact": "us@other.example",
        "policy_url": "https://other.example/p",
    }
    facts |= {"policy_revision": "1", "storage_location": "here", "retention": "36 months"}
    chief.post("/sites/other/settings/controller", facts)
    assert publish(chief, site="other") == 302
    assert "Version 1, since" in chief.get("/sites/other/").text


def test_a_variant_without_a_difference_is_reported_under_the_experiment(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/experiment/variants/b", {"weight": "1", "text.title": "Your choice"})
    look = {name: str(dashboard.draft()["look"][name]) for name in ("accent", "radius", "position", "font")}
    marketing.post("/sites/demo/banner", look | {"text.title": "Your choice"})
    page = _words(marketing.get("/sites/demo/publish").text)
    assert "1 issue to fix before you can publish. Experiment: Variant B: " in page


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("variants", "Experiment"),
        ("variants.1", "Experiment"),
        ("variants.1.texts.de.title", "Experiment"),
        ("tags.0.necessity", "Demo Session"),
        ("tags.99.necessity", "Tags"),
        ("tags", "Tags"),
        ("vendors.0.name", "Demo Session"),
        ("look.dark.text", "Own colors in dark mode"),
        ("texts.languages.de", "Languages and own words"),
        ("texts.links.en.more.0.label", "Links in the banner"),
        ("overrides.rules.0.level", "Own rules"),
        ("overrides.tcf.cmp_version", "European privacy signal for advertising (TCF)"),
        ("cookies.3.name", "Cookie or stored item"),
        ("hosts.1", "Addresses of the site"),
        ("scan.leaks", "Scan"),
        ("browser_check.banner", "Banner"),
        ("version", "Draft"),
        ("id", "Draft"),
    ],
)
def test_an_issue_has_the_name_of_a_setting_a_tag_or_a_section(dashboard: Dashboard, path: str, words: str) -> None:
    draft: Any = dashboard.draft()
    draft["tags"][0]["name"] = draft["vendors"][0]["name"] = "Demo Session"
    with dashboard.app.test_request_context():
        assert path_words(path, draft) == words


def test_an_unchanged_draft_is_not_offered_for_publishing(dashboard: Dashboard) -> None:
    assert "the same as the live version" in dashboard.browser("marketing").get("/sites/demo/publish").text


def test_an_older_version_becomes_a_new_one(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    before = dashboard.draft()
    marketing.post("/sites/demo/tags/demo-ads/removal")
    publish(marketing)
    assert marketing.post("/sites/demo/versions/1/restore").headers["Location"] == "/sites/demo/versions"
    page = _words(marketing.get("/sites/demo/versions").text)
    assert "Version 3 Live" in page
    assert "Content of version 1 restored" in page
    assert dashboard.draft()["tags"] == before["tags"]
    assert marketing.get("/sites/demo/versions/2").status_code == 200


def test_restoring_does_not_overwrite_an_unpublished_draft_without_asking(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post("/sites/demo/tags/demo-ads/removal")
    publish(marketing)
    marketing.post("/sites/demo/tags/demo-chat/enabled", {"enabled": "0"})
    refused = marketing.post("/sites/demo/versions/1/restore", Referer="http://localhost/sites/demo/versions/1")
    assert refused.status_code == 409
    assert 'href="/sites/demo/versions/1" role="button">Open the page again' in refused.text
    assert 'href="/sites/demo/tags"' in refused.text, "the menu of the site is there"
    assert "Discard the 1 change in the draft" in marketing.get("/sites/demo/versions/1").text
    assert marketing.post("/sites/demo/versions/1/restore", {"give_up_draft": "yes"}).status_code == 302


def test_a_viewer_sees_versions_but_no_button(dashboard: Dashboard) -> None:
    marketing, viewer = dashboard.browser("marketing"), dashboard.browser("viewer")
    marketing.post("/sites/demo/tags/demo-ads/removal")
    publish(marketing)
    assert "/restore" not in viewer.get("/sites/demo/versions").text
    assert "Restore as" not in viewer.get("/sites/demo/versions/1").text


def _words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
