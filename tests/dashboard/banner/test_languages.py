"""A site's languages, and the confirmation of those that no speaker has read."""

from markupsafe import escape
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from consent.presentation.english import ENGLISH
from consent.presentation.languages import languages
from tests.dashboard.client import Browser, Dashboard
from tests.dashboard.publishing.publish_page import publish
from tests.dashboard.strict_page import strict_page

FACTS = ("name", "address", "contact", "policy_revision", "storage_location", "retention")
CONTROLLER = dict.fromkeys(FACTS, "stated") | {"policy_url": "https://other.example/privacy"}


def offer(browser: Browser, *codes: str, **more: object) -> int:
    form = {"languages": list(codes), "default_language": codes[0]} | more
    return browser.post("/sites/other/languages", form).status_code


def test_a_language_that_no_speaker_has_read_is_published_only_after_somebody_confirms_it(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    chief.post("/sites/other/settings/controller", CONTROLLER)
    assert offer(chief, "en", "fi") == 302
    assert dashboard.draft("other")["texts"]["languages"] == {"en": {}, "fi": {}}
    sentence = "have not been reviewed by a speaker or confirmed here: Finnish."
    assert sentence in chief.get("/sites/other/publish").text
    assert "<button disabled>" in chief.get("/sites/other/publish").text
    assert publish(chief, site="other") == 422
    assert offer(chief, "en", "fi", confirmed=["fi", "xx"]) == 302
    assert dashboard.draft("other")["texts"]["confirmed"] == ["fi"]
    page = chief.get("/sites/other/languages").text
    assert "Machine-made; confirmed for this site" in page
    assert "no speaker has read them" not in page
    assert publish(chief, site="other") == 302
    assert sentence not in chief.get("/sites/other/publish").text


def test_a_language_that_is_live_already_needs_no_confirmation(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    chief.post("/sites/other/settings/controller", CONTROLLER)
    offer(chief, "en", "fi", confirmed=["fi"])
    assert publish(chief, site="other") == 302
    offer(chief, "fi", "en")
    assert dashboard.draft("other")["texts"]["confirmed"] == []
    assert publish(chief, site="other") == 302
    offer(chief, "fi", "en", "sv")
    assert publish(chief, site="other") == 422


def test_an_older_version_can_be_restored_in_its_languages(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    chief.post("/sites/other/settings/controller", CONTROLLER)
    offer(chief, "en", "fi", confirmed=["fi"])
    publish(chief, site="other")
    offer(chief, "en")
    publish(chief, site="other")
    assert chief.post("/sites/other/versions/1/restore").status_code == 302
    assert list(dashboard.draft("other")["texts"]["languages"]) == ["en", "fi"]


def test_the_page_says_of_each_language_whether_a_speaker_has_read_it(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    assert offer(chief, *languages()) == 302
    page = chief.get("/sites/other/languages").text
    assert (
        page.count("Machine-made; no speaker has read them") == page.count('name="confirmed"') == len(languages()) - 1
    )
    assert "The original" in page
    assert 'lang="ar" dir="rtl"' in page
    assert "<fieldset disabled>" not in page
    assert "<fieldset disabled>" in dashboard.browser("viewer").get("/sites/demo/languages").text


def test_the_texts_of_a_language_stand_beside_the_english(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    page = viewer.get("/sites/demo/languages/ar").text
    assert "Reject all" in page
    assert '<td lang="ar" dir="rtl">رفض الكل</td>' in page
    for text in ENGLISH.values():
        assert str(escape(text)) in page
    assert viewer.get("/sites/demo/languages/xx").status_code == 404
    assert viewer.get("/sites/demo/languages/..%2Fbanner").status_code == 404


def test_a_language_is_added_by_any_of_its_names(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    for name, code in (("French", "fr"), ("deutsch", "de"), ("sv", "sv"), ("Norwegian Bokmål", "nb")):
        offered = list(dashboard.draft("other")["texts"]["languages"])
        assert offer(chief, *offered, add=name) == 302
        assert list(dashboard.draft("other")["texts"]["languages"]) == [*offered, code]
    offered = list(dashboard.draft("other")["texts"]["languages"])
    page = chief.post("/sites/other/languages", {"languages": offered, "default_language": "en", "add": "Sindarin"})
    assert page.status_code == 422
    assert "Choose a language from the list" in page.text
    assert 'value="Sindarin"' in page.text
    assert list(dashboard.draft("other")["texts"]["languages"]) == offered


def test_many_languages_are_folded_and_found_by_words(browser: Chromium, dashboard: Dashboard, served: str) -> None:
    assert offer(dashboard.browser("chief"), *languages()) == 302
    with strict_page(browser, served, viewport={"width": 390, "height": 844}) as view:
        page = view.sign_in("chief")
        view.open("/sites/other/languages")
        assert page.evaluate("document.documentElement.scrollHeight") < 3100
        expect(page.get_by_role("link", name="Swedish")).to_be_hidden()
        page.get_by_role("searchbox", name="Find a language").fill("svenska")
        expect(page.get_by_role("link", name="Swedish")).to_be_visible()
        expect(page.locator("#offered tbody tr:visible")).to_have_count(1)
        page.get_by_role("searchbox", name="Find a language").fill("")
        expect(page.get_by_role("link", name="Swedish")).to_be_hidden()


def test_an_unavailable_default_language_is_reported_and_nothing_is_saved(dashboard: Dashboard) -> None:
    before = dashboard.draft()
    admin = dashboard.browser("admin")
    answer = admin.post("/sites/demo/languages", {"languages": ["en"], "default_language": "de"})
    assert answer.status_code == 422
    assert "not among the languages" in answer.text
    for codes in ([], ["en", "xx"], ["en", "../de"]):
        faulty = {"languages": codes, "default_language": "en"}
        assert admin.post("/sites/demo/languages", faulty).status_code == 422
    assert dashboard.draft() == before


def test_a_user_who_signs_for_a_language_confirms_it_and_is_named_where_languages_are_chosen(
    dashboard: Dashboard,
) -> None:
    chief = dashboard.browser("chief")
    chief.post("/sites/other/settings/controller", CONTROLLER)
    assert offer(chief, "en", "th") == 302
    assert chief.post("/sites/other/languages/th", {}).status_code == 422
    assert dashboard.draft("other")["texts"]["confirmed"] == []
    assert chief.post("/sites/other/languages/th", {"read": "1"}).status_code == 302
    assert "Read by Chief on 20" in chief.get("/sites/other/languages").text
    assert "Read by Chief on 20" in chief.get("/sites/other/languages/th").text
    assert publish(chief, site="other") == 302
    # Saving the languages page with the box ticked keeps the signature; without it, the signature is withdrawn.
    offer(chief, "en", "th", confirmed=["th"])
    assert "th" in dashboard.draft("other")["texts"]["readers"]
    offer(chief, "en", "th")
    assert "readers" not in dashboard.draft("other")["texts"]


def test_a_signature_says_where_texts_have_changed_since(dashboard: Dashboard) -> None:
    chief = dashboard.browser("chief")
    offer(chief, "en", "vi")
    chief.post("/sites/other/languages/vi", {"read": "1"})
    read = dashboard.draft("other")["texts"]["readers"]["vi"]["texts"]
    with dashboard.database() as connection:
        connection.execute("UPDATE site SET draft = replace(draft, ?, ?)", (read, "0" * 16))
    assert "; some texts have changed since" in chief.get("/sites/other/languages").text


def test_the_sheet_of_a_language_is_downloaded_and_signed_by_nobody_who_may_not_edit(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    sheet = viewer.get("/sites/demo/languages/ur/sheet")
    assert sheet.headers["Content-Disposition"] == "attachment; filename=review-ur.html"
    assert 'dir="rtl"' in sheet.text
    assert viewer.get("/sites/demo/languages/xx/sheet").status_code == 404
    assert viewer.post("/sites/demo/languages/ur", {"read": "1"}).status_code == 403
    assert dashboard.browser("chief").post("/sites/demo/languages/en", {"read": "1"}).status_code == 404
