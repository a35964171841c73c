"""*Check my site* names the tags in a page correctly, with their ids, and never names anything falsely."""

from itertools import combinations

import pytest

from consent.classifier.catalog import VENDORS, load_catalog
from consent.classifier.recognition.known_tags import KnownTags
from consent.scanner.health.html_elements import read_parts
from consent.scanner.health.page_tags import PageTags, Place, found_tags, own_files
from consent.sites.found_tags import FoundTag
from tests.scanner.snippets import LOOK_ALIKES, SNIPPETS, Snippet, inline

PAGE = "https://www.shop.example/"
KNOWN = KnownTags(load_catalog(VENDORS))


def places_in(html: str, files: dict[str, str] | None = None) -> list[Place]:
    """Return where the tags are in a page of the site."""
    page = f"<!doctype html><html><head></head><body>{html}</body></html>"
    return PageTags(KNOWN, PAGE, [PAGE[:-1]], files or {}).places(read_parts(PAGE, page).parts, None)


def tags_in(html: str, files: dict[str, str] | None = None) -> list[FoundTag]:
    return found_tags((place, False) for place in places_in(html, files))


@pytest.mark.parametrize("snippet", SNIPPETS.values(), ids=SNIPPETS)
def test_a_snippet_is_named_with_what_it_fills_in(snippet: Snippet) -> None:
    (found,) = tags_in(snippet.html)
    assert (found.vendor, found.template, found.parameters) == (snippet.vendor, snippet.template, snippet.parameters)
    assert found.reason.startswith("The catalog lists")


@pytest.mark.parametrize("html", LOOK_ALIKES.values(), ids=LOOK_ALIKES)
def test_what_only_looks_like_a_tag_is_not_named(html: str) -> None:
    assert tags_in(html) == []


def test_snippets_side_by_side_are_told_apart() -> None:
    for (_, one), (_, other) in combinations(list(SNIPPETS.items())[::4], 2):
        found = {tag.vendor for tag in tags_in(one.html + other.html)}
        assert found == {one.vendor, other.vendor}


def test_two_containers_are_two_tags() -> None:
    manager = SNIPPETS["Tag Manager, the address in pieces"].html
    found = tags_in(manager + manager.replace("GTM-ABC1234", "GTM-XYZ9876"))
    assert [tag.parameters for tag in found] == [{"container_id": "GTM-ABC1234"}, {"container_id": "GTM-XYZ9876"}]


def test_analytics_of_google_are_told_apart_where_a_page_has_both() -> None:
    both = inline(
        "function gtag(){dataLayer.push(arguments)}gtag('config','UA-12345-6');gtag('config','G-ABCDE12345');"
    )
    found = {tag.name: tag.parameters for tag in tags_in(both)}
    assert found == {"Google Analytics 4": {"measurement_id": "G-ABCDE12345"}, "Universal Analytics": {}}


def test_a_vendors_host_alone_tells_none_of_its_products() -> None:
    (found,) = tags_in('<script src="https://www.google-analytics.com/cx/api.js"></script>')
    assert (found.vendor, found.template, found.name) == ("google-analytics", "", "Google Analytics")


def test_another_address_of_a_vendor_is_not_that_of_its_script() -> None:
    (found,) = tags_in('<script src="//s3.amazonaws.com/downloads.mailchimp.com/js/mc-validate.js"></script>')
    assert (found.vendor, found.template) == ("mailchimp", "mailchimp")


def test_what_the_server_wrote_after_asking_is_no_tag_of_the_page() -> None:
    written = '<script async data-tag="ga4" src="https://www.googletagmanager.com/gtag/js?id=G-ABCDE12345"></script>'
    assert tags_in(written) == []
    assert [tag.vendor for tag in tags_in(written.replace('data-tag="ga4" ', ""))] == ["google-analytics"]


def test_an_id_of_another_form_is_not_taken() -> None:
    (found,) = tags_in(inline("fbq('init','YOUR_PIXEL_ID')"))
    assert (found.vendor, found.parameters) == ("meta-pixel", {})


def test_matomo_tells_its_own_host() -> None:
    (found,) = tags_in(SNIPPETS["Matomo at a host of its own"].html)
    assert found.address == "https://stats.elsewhere.example/"


def test_a_host_that_nobody_knows_is_told_by_its_name() -> None:
    (found,) = tags_in('<script src="https://widget.unheard-of.example/w.js"></script>')
    assert (found.vendor, found.name, found.group) == ("", "widget.unheard-of.example", None)
    assert found.reason == "The purpose of widget.unheard-of.example is not known."


@pytest.mark.parametrize("host", ["shop.github.io", "d1.azureedge.net", "d1.kxcdn.com", "shop.herokuapp.com"])
def test_files_that_somebody_keeps_at_a_company_are_not_the_companys(host: str) -> None:
    (found,) = tags_in(f'<script src="https://{host}/app.js"></script>')
    assert (found.vendor, found.name, found.group) == ("", host, None)


def test_a_host_that_many_share_by_folders_is_told_by_the_company() -> None:
    (found,) = tags_in('<script src="https://s3.eu-central-1.amazonaws.com/shop/app.js"></script>')
    assert found.name == "Amazon Web Services"


def test_the_sites_own_style_sheets_and_scripts_are_read() -> None:
    html = '<link rel="stylesheet" href="/a.css"><script src="/app.js"></script>'
    files = {
        PAGE + "a.css": '@import "inner.css"; body { background: url(https://photos.example/x.png) }',
        PAGE + "inner.css": "@font-face { src: url(https://fonts.gstatic.com/s/roboto/v1/x.woff2) }",
        PAGE + "app.js": "fbq('init','1234567890123456');const players=['https://player.vimeo.com/api/player.js']",
    }
    assert own_files(read_parts(PAGE, html).parts, [PAGE[:-1]]) == [PAGE + "a.css", PAGE + "app.js"]
    found = {tag.vendor: tag.parameters for tag in tags_in(html, files)}
    assert found == {"google-fonts": {}, "meta-pixel": {"pixel_id": "1234567890123456"}}


def test_what_waits_for_another_consent_tool_is_a_tag_too() -> None:
    html = '<script type="text/plain" data-cookieconsent="marketing">fbq("init","1234567890123456")</script>'
    assert [tag.vendor for tag in tags_in(html)] == ["meta-pixel"]
    assert [
        tag.vendor for tag in tags_in('<iframe data-cookieblock-src="https://www.youtube.com/embed/a"></iframe>')
    ] == ["youtube-cookies"]


@pytest.mark.parametrize(
    "html",
    [
        '<script type="text/plain" class="_iub_cs_activate" data-suppressedsrc="{}"></script>',
        '<script type="text/plain" class="optanon-category-C0004" src="{}"></script>',
        '<script type="text/plain" data-usercentrics="Tidio" src="{}"></script>',
        '<script type="text/plain" class="cmplz-script" data-category="marketing" src="{}"></script>',
        '<script type="application/consent" consent-original-src-_="{}"></script>',
        '<iframe src="about:blank" class="_iub_cs_activate" suppressedsrc="{}"></iframe>',
        '<script type="opt-in" data-type="text/javascript" data-name="tidio" data-src="{}"></script>',
    ],
)
def test_each_tools_own_marks_are_known_as_such(html: str) -> None:
    (place,) = places_in(html.format("https://code.tidio.co/0123456789abcdef0123456789abcdef.js"))
    assert (place.known.vendor, place.part.is_marked) == ("tidio", True)


def test_next_tells_in_its_data_what_it_loads() -> None:
    data = '{"props":{},"scriptLoader":[{"src":"https://static.klaviyo.com/onsite/js/klaviyo.js?company_id=AbC123"}]}'
    (found,) = tags_in(f'<script id="__NEXT_DATA__" type="application/json">{data}</script>')
    assert (found.vendor, found.parameters) == ("klaviyo", {"company": "AbC123"})
