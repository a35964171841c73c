"""The banner editor: look, texts, links and logo in the draft, and what keeps them from being published."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from consent.dashboard.frame.draft_labels import TEXT_WORDS
from consent.presentation.dashboard_texts import TRANSLATED, translate
from consent.presentation.texts import TEXT_KEYS
from tests.dashboard.client import Dashboard
from tests.dashboard.images import PNG, a_file, png
from tests.dashboard.publishing.publish_page import publish
from tests.dashboard.strict_page import strict_page

pytestmark = pytest.mark.extended

PAGE = "/sites/demo/banner"
LOOK = {"accent": "#336699", "radius": "4", "position": "bottom", "font": "system"}
CARD = LOOK | {"own_light": "1", "surface": "#ffffff", "text": "#1b1b1f"}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20"/>{}</svg>'


def test_look_words_and_links_are_saved_together_in_the_draft(dashboard: Dashboard) -> None:
    admin = dashboard.browser("marketing")
    form = CARD | {
        "accent": "#AA0000",
        "position": "bar",
        "scheme": "light",
        "button_settings": "link",
        "text.title": "Your choice, our thanks",
        "text.analytics": "Statistics",
        "text.reject_all": "Reject all",
        "link.policy": "https://www.example.com/privacy",
        "link.label_0": "Legal notice",
        "link.url_0": "https://www.example.com/imprint",
        "site": "x",
    }
    assert admin.post(PAGE, form).status_code == 302
    draft = dashboard.draft()
    assert draft["look"] == {
        "accent": "#aa0000",
        "surface": "#ffffff",
        "text": "#1b1b1f",
        "scheme": "light",
        "radius": 4,
        "position": "bar",
        "font": "system",
        "buttons": {"settings": "link"},
    }
    # A text equal to the shipped one isn't stored as the site's own.
    assert draft["texts"]["languages"]["en"] == {"title": "Your choice, our thanks", "analytics": "Statistics"}
    more = [{"label": "Legal notice", "url": "https://www.example.com/imprint"}]
    assert draft["texts"]["links"] == {"en": {"policy": "https://www.example.com/privacy", "more": more}}
    page = admin.get("/sites/demo/publish").text
    assert "Look: Color of the buttons" in page
    assert "Own words in English" in page
    assert "Your choice, our thanks" in page
    assert "https://www.example.com/imprint" in page
    assert publish(admin) == 302
    frame = admin.get(f"{PAGE}/frame").text
    assert "Legal notice" in frame
    assert "--accent:#aa0000!important" in frame


FAULTY = (
    (LOOK | {"accent": "red; background: url(x)"}, "look.accent"),
    (LOOK | {"radius": "99"}, "look.radius"),
    (LOOK | {"position": "everywhere"}, "look.position"),
    (CARD | {"text": "#1b1b1f}*{display:none"}, "look.text"),
    (LOOK | {"link.policy": "javascript:alert(1)"}, "texts.links.en.policy"),
    (LOOK | {"link.label_0": "Legal notice", "link.url_0": "//evil.example"}, "texts.links.en.more.0.url"),
    (LOOK | {"link.url_1": "https://www.example.com/"}, "texts.links.en.more.0.label"),
    (LOOK | {"text.title": "x" * 2001}, "texts.languages.en.title"),
)


def test_saves_the_reopen_button_only_where_it_differs_from_the_default(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    form = {"language": "en", "accent": "#2f6b45", "radius": "12", "font": "system", "position": "bottom"}
    usual = {"back_side": "start", "back_offset": "12", "foot": ""}
    marketing.post("/sites/demo/banner", form | usual)
    assert {"back", "foot"}.isdisjoint(dashboard.draft()["look"])
    own = {"back_side": "end", "back_offset": "0", "back_icon": "1", "back_own_link": "1", "foot": "64"}
    marketing.post("/sites/demo/banner", form | own)
    look = dashboard.draft()["look"]
    assert look["back"] == {"side": "end", "offset": 0, "icon": True, "own_link": True}
    assert look["foot"] == 64
    answer = marketing.post("/sites/demo/banner", form | {"back_offset": "far", "foot": "900"})
    assert answer.status_code == 422
    assert 'id="fault-look.foot"' in answer.text
    assert 'id="fault-look.back.offset"' in answer.text
    assert dashboard.draft()["look"] == look


def test_an_invalid_value_is_reported_beside_its_field_and_nothing_is_saved(dashboard: Dashboard) -> None:
    before = dashboard.draft()
    marketing = dashboard.browser("marketing")
    for form, fault in FAULTY:
        answer = marketing.post(PAGE, form)
        assert answer.status_code == 422, fault
        assert f'id="fault-{fault}"' in answer.text
        assert marketing.post(f"{PAGE}/frame", form).mimetype == "text/plain"
        assert "Cannot be published" in marketing.post(f"{PAGE}/checks", form).text
    assert dashboard.draft() == before


BREAKS_A_RULE = (
    (CARD | {"text": "#999999"}, "The text has a contrast of 2.8 in the light scheme", "WCAG 2.2"),
    (
        LOOK | {"own_dark": "1", "dark_accent": "#336699", "dark_surface": "#333333", "dark_text": "#555555"},
        "in the dark scheme",
        "WCAG 2.2",
    ),
    (LOOK | {"button_reject": "outlined"}, "Reject is paler than Accept", "11 CCR 7004"),
    (LOOK | {"button_accept": "outlined"}, "Opt out is paler than Close", "11 CCR 7004"),
    (LOOK | {"button_reject": "link"}, "Reject is smaller than Accept", "ePrivacy Dir. art. 5(3)"),
    (LOOK | {"text.text": "We use cookies."}, "must say who is responsible", "GDPR art. 13"),
    (LOOK | {"text.status": "Done"}, "the law gives these words", "11 CCR 7025(c)(6)"),
    (LOOK | {"text.reject_all": "Settings"}, "must not have the same text", "EDPB guidelines 03/2022"),
    (LOOK | {"text.reject_all": "no " * 20}, "at most 40 characters", "EDPB guidelines 03/2022"),
    (LOOK | {"text.reject_all": "Ask me later"}, "must say so, as “Reject all” does", "11 CCR 7004"),
    (LOOK | {"text.withdrawal": "Enjoy our shop."}, "name the button, “Privacy choices”", "GDPR art. 7(3)"),
    (LOOK | {"text.back": "."}, "this has no letters or digits", "GDPR art. 13"),
)


def test_a_rule_violation_is_shown_immediately_and_not_published(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    for form, sentence, rule in BREAKS_A_RULE:
        checks = marketing.post(f"{PAGE}/checks", form).text
        assert sentence in checks
        assert rule in checks
        assert marketing.post(PAGE, form).status_code == 302
        page = marketing.get("/sites/demo/publish").text
        assert sentence in page
        assert f'href="{PAGE}"' in page
        assert publish(marketing) == 422, sentence


def test_buttons_that_are_all_alike_and_quieter_settings_are_fine(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    for form in (
        LOOK | {"button_accept": "outlined", "button_reject": "outlined", "button_settings": "link"},
        LOOK | {"scheme": "dark"},
        CARD,
    ):
        assert "Can be published" in marketing.post(f"{PAGE}/checks", form).text


def test_own_words_that_another_language_lacks_are_counted_and_never_mixed(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    admin.post("/sites/demo/languages", {"languages": ["en", "fr", "fr-CA"], "default_language": "en"})
    admin.post(PAGE, LOOK | {"text.title": "Cookies?", "text.analytics": "Statistics"})
    page = admin.get(PAGE).text
    assert "French (2 missing)" in page
    assert admin.post(PAGE, LOOK | {"language": "fr", "text.title": "Des cookies ?"}).status_code == 302
    assert dashboard.draft()["texts"]["languages"]["en"]["title"] == "Cookies?"
    page = admin.get(PAGE).text
    assert "French (1 missing)" in page
    # A regional variant inherits its language's texts, and texts nobody has changed are the shipped ones.
    assert re.search(r"French \(Canada\)|Canadian French", page)
    frame = admin.get(f"{PAGE}/frame?language=fr-CA").text
    assert "Des cookies ?" in frame
    assert "Statistics" not in frame
    assert admin.get(f"{PAGE}?language=de").status_code == 404


def test_a_logo_is_told_by_its_bytes_and_kept_by_its_hash(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    assert marketing.post(f"{PAGE}/logo", {"logo": a_file(PNG, "logo.txt")}).status_code == 302
    logo = dashboard.draft()["look"]["logo"]
    assert (logo["type"], logo["width"], logo["height"]) == ("image/png", 96, 48)
    frame = marketing.get(f"{PAGE}/frame")
    assert "data:image/png;base64," in frame.text
    assert "width:64px;height:32px" in frame.text
    assert "img-src data:" in frame.headers["Content-Security-Policy"]
    # Saving the look keeps the logo.
    marketing.post(PAGE, LOOK)
    assert dashboard.draft()["look"]["logo"] == logo
    assert marketing.post(f"{PAGE}/logo", {"logo": a_file(SVG.format("").encode())}).status_code == 302
    assert dashboard.draft()["look"]["logo"]["type"] == "image/svg+xml"
    marketing.post(f"{PAGE}/logo/removal")
    assert "logo" not in dashboard.draft()["look"]


BAD_FILES = (
    b"",
    b"GIF89a" + bytes(20),
    b"<html><script>alert(1)</script></html>",
    PNG[:20],
    png(5000, 1),
    b"\x89PNG\r\n\x1a\n" + bytes(49_000),
    b"\xff\xd8\xff\xe0\x00\x00",
    SVG.format("<script>alert(1)</script>").encode(),
    SVG.format('<a onclick="alert(1)"/>').encode(),
    SVG.format('<image href="https://evil.example/x.png"/>').encode(),
    SVG.format('<rect fill="url(https://evil.example/x)"/>').encode(),
    SVG.format("<style>@import 'https://evil.example/x.css';</style>").encode(),
    b'<x:svg xmlns:x="http://www.w3.org/2000/svg" viewBox="0 0 4 2"><x:script>alert(1)</x:script></x:svg>',
    SVG.format('<h:img xmlns:h="http://www.w3.org/1999/xhtml" alt=""/>').encode(),
    SVG.format('<a><set attributeName="href" to="javascript:alert(1)"/></a>').encode(),
    SVG.format('<x:script xmlns:x="http://www.w3.org/2000/svg">alert(1)</x:script>').encode(),
    b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("&a;").encode(),
    SVG.format("<g>").encode(),
)


def test_an_upload_that_is_not_a_plain_small_image_is_rejected_beside_the_field(dashboard: Dashboard) -> None:
    before = dashboard.draft()
    marketing = dashboard.browser("marketing")
    for body in BAD_FILES:
        answer = marketing.post(f"{PAGE}/logo", {"logo": a_file(body)})
        assert answer.status_code == 422, body
        fault = re.search(r'id="fault-logo">([^<]+)<', answer.text)
        assert fault, body
        assert {translate(fault[1], language) == fault[1] for language in TRANSLATED} == {False}, fault[1]
    assert dashboard.draft() == before


def test_a_user_without_edit_permission_sees_the_banner_of_the_draft(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    page = viewer.get(PAGE).text
    assert "Save as draft" not in page
    assert page.count("<fieldset disabled>") == 2
    assert "--accent:#2f6b45" in viewer.post(f"{PAGE}/frame", LOOK).text
    assert viewer.post(PAGE, LOOK).status_code == 403
    assert viewer.get(f"{PAGE}/frame?place=XX").status_code == 404
    assert viewer.get(f"{PAGE}/frame?layer=3").status_code == 404


def test_the_preview_updates_and_sends_nothing(browser: Browser, dashboard: Dashboard, served: str) -> None:
    options: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
    with strict_page(browser, served, **options) as view:
        page = view.sign_in("marketing")
        view.open(PAGE)
        frame = page.frame_locator("#stage iframe:last-child")
        expect(frame.get_by_role("heading", name="Your cookie choices")).to_be_visible()
        page.locator('[name="text.title"]').fill("Crumbs?")
        expect(frame.get_by_role("heading", name="Crumbs?")).to_be_visible()
        page.get_by_role("combobox", name="Reject").select_option("outlined")
        expect(page.get_by_text("Cannot be published: Reject is paler than Accept")).to_be_visible()
        page.get_by_text("Desktop").click()
        expect(page.locator("#stage iframe").last).to_have_css("width", "1280px")
        page.get_by_text("Phone").click()
        page.get_by_role("combobox", name="Visitor in").select_option("US-TX")
        expect(frame.get_by_role("button", name="Opt out")).to_be_visible()
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url))
        frame.get_by_role("button", name="Opt out").click()
        expect(frame.get_by_role("button", name="Privacy choices")).to_be_visible()
        # The page also reports regularly that it is open.
        assert [url for url in sent if not url.endswith("/editors")] == []


def test_texts_are_labeled_by_their_purpose(dashboard: Dashboard) -> None:
    assert set(TEXT_WORDS) <= set(TEXT_KEYS)
    page = dashboard.browser("marketing").get("/sites/demo/banner").text
    assert "Global Privacy Control was treated as a refusal" in page
    assert "Gpc active" not in page


def test_the_preview_is_of_the_scheme_that_was_asked_for(dashboard: Dashboard) -> None:
    admin = dashboard.browser("marketing")
    for device in ("light", "dark"):
        page = admin.get(f"{PAGE}/frame?device={device}").text
        assert f":host{{color-scheme:{device}!important}}" in page
        assert f'<meta name="color-scheme" content="{device}">' in page  # or a light banner would be on a dark page
    both = CARD | {"own_dark": "1", "dark_accent": "#88aaff", "dark_surface": "#101010", "dark_text": "#eeeeee"}
    assert "prefers-color-scheme:dark" in admin.post(f"{PAGE}/frame", both).text
    assert "prefers-color-scheme:dark" not in admin.post(f"{PAGE}/frame", both | {"device": "light"}).text
    only_dark = admin.post(f"{PAGE}/frame", LOOK | {"scheme": "dark", "device": "light"}).text
    assert ":host{color-scheme:dark!important}" in only_dark


@pytest.mark.parametrize("width", [1280, 390])
def test_the_card_of_the_logo_is_as_wide_as_those_above_it(
    browser: Browser, dashboard: Dashboard, served: str, width: int
) -> None:
    with strict_page(browser, served, viewport={"width": width, "height": 800}) as view:
        view.sign_in("marketing")
        page = view.open("/sites/demo/banner")
        words, logo = (page.locator(name).bounding_box() for name in ("#words", "#logo"))
        assert words
        assert logo
        assert abs(words["width"] - logo["width"]) < 1


def test_templates_labels_and_languages_are_in_the_readers_language(dashboard: Dashboard) -> None:
    page = dashboard.browser("marketing").get("/sites/demo/banner", Accept_Language="de").text
    for words in ("Karte", "Texte in Englisch", "Schaltfläche zum Ablehnen", "Link: Datenschutz", "Werbung: Zweck"):
        assert words in page, words
    offered = re.findall(r"<option value=\"\w+(?:-\w+)*\"[^>]*>([^<]+)</option>", page.partition('name="next"')[2])
    assert offered[:3] == ["Albanisch", "Arabisch", "Baskisch"]


def mark_in(text: str) -> str:
    """Return the `seen` mark of a page's first form, which identifies what it showed."""
    found = re.search(r'name="seen" value="([0-9a-f]+)"', text)
    assert found
    return found[1]


def test_a_conflicting_save_asks_and_keeps_the_input(dashboard: Dashboard) -> None:
    first, second = dashboard.browser("marketing"), dashboard.browser("admin")
    seen = mark_in(first.get(PAGE).text)
    assert mark_in(second.get(PAGE).text) == seen
    assert first.post(PAGE, LOOK | {"text.title": "Hello", "seen": seen}).status_code == 302
    # The logo and other languages have forms of their own.
    answer = second.post(PAGE, LOOK | {"text.title": "Good day", "seen": seen})
    assert answer.status_code == 409
    assert "Someone else saved the look or these texts" in answer.text
    assert 'value="Good day"' in answer.text
    assert dashboard.draft()["texts"]["languages"]["en"]["title"] == "Hello"
    again = LOOK | {"text.title": "Good day", "seen": mark_in(answer.text)}
    assert second.post(PAGE, again).status_code == 302
    assert dashboard.draft()["texts"]["languages"]["en"]["title"] == "Good day"
