"""The search box: what it finds, for whom, and the grammar of receipt searches."""

import datetime
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from consent.dashboard.frame.navigation import INSTANCE_PAGES, SITE_PAGES
from consent.dashboard.insight.docs_search import DOCS, search_docs
from consent.dashboard.insight.find import EXAMPLES
from consent.dashboard.insight.find_results import OTHER_PAGES, PAGE_WORDS
from consent.dashboard.insight.receipt_grammar import read_receipt_query
from consent.dashboard.insight.word_match import rank, words_of
from consent.storage.receipts.filter_params import read_filters
from tests.axe import page_problems
from tests.dashboard.client import Dashboard
from tests.dashboard.sample_data import RECEIPT
from tests.dashboard.scan_findings import found, kept
from tests.dashboard.strict_page import strict_page
from tests.dashboard.timed_walk import WIDE_FIRST

ROOT = Path(__file__).parents[3]
TODAY = datetime.date(2026, 11, 25)
FIND = "/sites/demo/find"
QUERIES = {
    "Germany rejected last week": {"country": "DE", "action": "reject_all", "from": "2026-11-16", "to": "2026-11-22"},
    "germany": {"country": "DE"},
    "DE accepted today": {"country": "DE", "action": "accept_all", "from": "2026-11-25", "to": "2026-11-25"},
    "rejected in the UK": {"country": "GB", "action": "reject_all"},
    "California": {"country": "US", "subdivision": "CA"},
    "US-TX opted out": {"country": "US", "subdivision": "TX", "action": "opt_out"},
    "Georgia": {"country": "GE"},
    "US-GA": {"country": "US", "subdivision": "GA"},
    "GPC California this month": {
        "signal": "gpc",
        "country": "US",
        "subdivision": "CA",
        "from": "2026-11-01",
        "to": "2026-11-30",
    },
    "do not track yesterday": {"signal": "dnt", "from": "2026-11-24", "to": "2026-11-24"},
    "withdrawn": {"action": "withdraw"},
    "withdrawals from France last month": {
        "action": "withdraw",
        "country": "FR",
        "from": "2026-10-01",
        "to": "2026-10-31",
    },
    "opt-outs in the last 7 days": {"action": "opt_out", "from": "2026-11-19", "to": "2026-11-25"},
    "last 2 weeks": {"from": "2026-11-12", "to": "2026-11-25"},
    "receipts since 2026-11-01": {"from": "2026-11-01"},
    "until 2026-10-31": {"to": "2026-10-31"},
    "from 2026-10-01 to 2026-10-31 Spain": {"from": "2026-10-01", "to": "2026-10-31", "country": "ES"},
    "on 2026-11-03": {"from": "2026-11-03", "to": "2026-11-03"},
    "March 2026": {"from": "2026-03-01", "to": "2026-03-31"},
    "in December": {"from": "2025-12-01", "to": "2025-12-31"},
    "February 2024 Italy": {"from": "2024-02-01", "to": "2024-02-29", "country": "IT"},
    "no advertising": {"group.advertising": "refused"},
    "analytics accepted in Sweden": {"group.analytics": "granted", "country": "SE"},
    "with functional without analytics": {"group.functional": "granted", "group.analytics": "refused"},
    "in German": {"language": "de"},
    "saved this week": {"action": "save", "from": "2026-11-23", "to": "2026-11-29"},
    "imported last year": {"method": "import", "from": "2025-01-01", "to": "2025-12-31"},
    "who objected in Great Britain": {"action": "object", "country": "GB"},
    "visitors in Austria who accepted all": {"country": "AT", "action": "accept_all"},
    "South Korea, opted in": {"country": "KR", "action": "opt_in"},
}
TWINS = {
    "de": {
        "Deutschland abgelehnt letzte Woche": "Germany rejected last week",
        "Frankreich abgelehnt gestern": "France rejected yesterday",
        "ÖSTERREICH akzeptiert heute": "Austria accepted today",
        "Osterreich alles akzeptiert": "Austria accepted all",
        "GPC Kalifornien diesen Monat": "GPC California this month",
        "keine Werbung seit 1.11.2026": "no advertising since 2026-11-01",
        "Werbung abgelehnt in Schweden": "advertising refused in Sweden",
        "vom 1. Oktober 2026 bis 31. Oktober 2026 Spanien": "from 2026-10-01 to 2026-10-31 Spain",
        "teilweise im März 2026": "partly March 2026",
        "widerrufen in den letzten 7 Tagen": "withdrawn in the last 7 days",
        "Großbritannien widersprochen": "Great Britain objected",
        "Belege auf Deutsch letzten Monat": "receipts in German last month",
        "Germany rejected last week": "Germany rejected last week",
        "zwischen dem 03.11.2026 und dem 04.11.2026": "between 2026-11-03 and 2026-11-04",
        "am 3. November": "on 2026-11-03",
        "Georgien": "GE",
        "Georgia": "US-GA",
    },
    "fr": {
        "Allemagne refusé la semaine dernière": "Germany rejected last week",
        "allemagne REFUSE semaine derniere": "Germany rejected last week",
        "France accepté aujourd’hui": "France accepted today",
        "refusés d'Espagne hier": "rejected from Spain yesterday",
        "GPC Californie ce mois-ci": "GPC California this month",
        "sans publicité depuis le 1er novembre 2026": "no advertising since 2026-11-01",
        "publicité refusée en Suède": "advertising refused in Sweden",
        "du 01/10/2026 au 31/10/2026 Espagne": "from 2026-10-01 to 2026-10-31 Spain",
        "en partie en mars 2026": "partly in March 2026",
        "retraits des 7 derniers jours": "withdrawals in the last 7 days",
        "Royaume-Uni opposition": "UK objected",
        "en allemand le mois dernier": "in German last month",
        "entre le 3 novembre 2026 et le 4 novembre 2026": "between 2026-11-03 and 2026-11-04",
        "États-Unis": "USA",
        "mesure d’audience acceptée": "analytics accepted",
        "Côte d’Ivoire": "CI",
        "jusqu'au 31 octobre 2026": "until 2026-10-31",
        "rejected last week": "rejected last week",
    },
    "es": {
        "Alemania rechazó la semana pasada": "Germany rejected last week",
        "España rechazado ayer": "Spain rejected yesterday",
        "espana aceptado hoy": "Spain accepted today",
        "GPC California este mes": "GPC California this month",
        "sin publicidad desde el 1 de noviembre de 2026": "no advertising since 2026-11-01",
        "publicidad rechazada en Suecia": "advertising refused in Sweden",
        "del 1/10/2026 al 31/10/2026 España": "from 2026-10-01 to 2026-10-31 Spain",
        "en parte en marzo de 2026": "partly in March 2026",
        "retirados en los últimos 7 días": "withdrawn in the last 7 days",
        "Reino Unido se opuso": "UK objected",
        "en alemán el mes pasado": "in German last month",
        "entre el 3/11/2026 y el 4/11/2026": "between 2026-11-03 and 2026-11-04",
        "hasta el 31 de octubre de 2026": "until 2026-10-31",
        "el año pasado importados": "imported last year",
        "con funcional sin análisis": "with functional without analytics",
        "withdrawn yesterday": "withdrawn yesterday",
    },
}
"""Queries in the other languages, each with an English one of the same meaning."""
NOT_OF_RECEIPTS = (
    *("", "tags", "banner colors", "Germany banana", "rejected accepted", "Germany France", "in", "no", "2026-13-45"),
    *("last 0 days", "last 9999 months", "US-ZZ", "demo ads"),
)


@pytest.mark.parametrize("text", QUERIES)
def test_words_are_filters_of_receipts(text: str) -> None:
    filters = read_receipt_query(text, TODAY)
    assert filters == QUERIES[text]
    assert filters is not None
    read_filters(filters)


@pytest.mark.parametrize(("language", "text"), [(language, text) for language in TWINS for text in TWINS[language]])
def test_words_of_each_language_are_the_same_filters_as_english_ones(language: str, text: str) -> None:
    filters = read_receipt_query(text, TODAY, language)
    assert filters is not None
    assert filters == read_receipt_query(TWINS[language][text], TODAY)


@pytest.mark.parametrize("language", EXAMPLES)
def test_examples_are_receipt_searches_in_their_language(language: str) -> None:
    read = [read_receipt_query(text, TODAY, language) for text in EXAMPLES[language]]
    assert read == [read_receipt_query(text, TODAY) for text in EXAMPLES["en"]]
    assert None not in read


def test_digits_of_dates_follow_the_readers_order() -> None:
    for locale, day in (
        ("en", "2026-11-03"),
        ("en_US", "2026-11-03"),
        ("en_GB", "2026-03-11"),
        ("fr_CA", "2026-03-11"),
    ):
        assert read_receipt_query("11/3/2026", TODAY, locale) == {"from": day, "to": day}
    assert read_receipt_query("November 3, 2026", TODAY) == {"from": "2026-11-03", "to": "2026-11-03"}


def test_other_languages_than_the_readers_are_unknown() -> None:
    assert read_receipt_query("Deutschland abgelehnt", TODAY, "fr") is None
    assert read_receipt_query("Deutschland Banane", TODAY, "de") is None


@pytest.mark.parametrize("text", NOT_OF_RECEIPTS)
def test_a_partly_understood_query_filters_nothing(text: str) -> None:
    assert read_receipt_query(text, TODAY) is None


@pytest.mark.parametrize(
    ("text", "title", "path"),
    [
        ("chat", "Demo Chat", "/sites/demo/tags/demo-chat"),
        ("roll back", "Versions", "/sites/demo/versions"),
        ("time zone", "Time zone", "/sites/demo/settings#overrides"),
        ("hotj", "Hotjar", "/sites/demo/catalog/hotjar"),
        ("GA4", "Google Analytics", "/sites/demo/catalog/google-analytics"),
        ("fb pixel", "Meta Pixel", "/sites/demo/catalog/meta-pixel"),
        ("demo_ads", "demo_ads", "/sites/demo/tags/demo-ads"),
        (RECEIPT[:8], f"Receipt {RECEIPT[:8]}", f"/sites/demo/receipts/{RECEIPT}"),
        ("germany rejected", "Receipts: Germany, Refused all", "/sites/demo/receipts?country=DE&amp;action=reject_all"),
        ("other", "Other shop", "/sites/other/"),
        ("marketing@", "Marketing", "/users/"),
        ("invite", "Users", "/users"),
        ("dsar", "Requests", "/sites/demo/requests"),
        ("rename", "Name, duplicate, archive and delete", "/sites/demo/settings/site"),
        ("duplicate", "Name, duplicate, archive and delete", "/sites/demo/settings/site"),
        ("delete site", "Name, duplicate, archive and delete", "/sites/demo/settings/site"),
        ("weekly summary", "Weekly summary", "/sites/demo/alarms#channels"),
        ("dark mode", "Theme and time zone", "/account"),
        ("sessions", "Where you are signed in", "/account/sessions"),
        ("roles", "Roles", "/roles"),
        ("groups of sites", "Groups of sites", "/users/groups"),
        ("all sites", "All sites", "/sites"),
        ("TCF", "European privacy signal (TCF)", "/sites/demo/tcf"),
        ("version 1", "Version 1", "/sites/demo/versions/1"),
        ("v1", "Version 1", "/sites/demo/versions/1"),
        ("text of reject button", "Reject button", "/sites/demo/banner#words"),
        ("restore a version", "Versions", "/sites/demo/versions"),
        ("time zone", "Theme and time zone", "/account"),
        ("GPC", "Rules", "/sites/demo/rules"),
        ("GPC", "Ignore Global Privacy Control where no law asks for it", "/sites/demo/rules"),
    ],
)
def test_each_kind_is_found(dashboard: Dashboard, text: str, title: str, path: str) -> None:
    page = dashboard.browser("chief").get(f"{FIND}?part=1&q={text}")
    assert re.search(rf'<a href="{re.escape(path)}[^"]*">{re.escape(title)}</a>', page.text), page.text


@pytest.mark.parametrize(
    ("text", "title", "path"),
    [
        ("Löschen", "Name, Duplikat, Archiv und Löschung", "/sites/demo/settings/site"),
        ("Umbenennen", "Name, Duplikat, Archiv und Löschung", "/sites/demo/settings/site"),
        ("Konto", "Konto", "/account"),
        ("Frankreich abgelehnt", "Belege: Frankreich, Alles abgelehnt", "/sites/demo/receipts?country=FR&amp;action="),
        ("Benachrichtigungen", "Alarme", "/sites/demo/alarms"),
        ("Text der Schaltfläche zum Ablehnen", "Schaltfläche zum Ablehnen", "/sites/demo/banner#words"),
        (RECEIPT[:8], f"Beleg {RECEIPT[:8]}", f"/sites/demo/receipts/{RECEIPT}"),
    ],
)
def test_words_of_the_readers_language_are_found(dashboard: Dashboard, text: str, title: str, path: str) -> None:
    page = dashboard.browser("chief").get(f"{FIND}?part=1&q={text}", Accept_Language="de")
    assert re.search(rf'<a href="{re.escape(path)}[^"]*">{re.escape(title)}</a>', page.text), page.text


def test_finds_only_what_the_caller_may_open(dashboard: Dashboard) -> None:
    viewer, marketing, stranger = (dashboard.browser(name) for name in ("viewer", "marketing", "stranger"))
    for text in ("germany", RECEIPT[:8], RECEIPT, "users", "marketing@", "exports", "other", "tokens", "receipts"):
        page = viewer.get(f"{FIND}?q={text}").text
        listed = page[page.index('id="found"') :]
        assert not re.search(r'href="(/sites/demo/receipts|/users|/tokens|/sites/other)', listed), text
    assert 'custom">Custom code</a>' not in viewer.get(f"{FIND}?q=custom+code").text
    assert 'custom">Custom code</a>' in marketing.get(f"{FIND}?q=custom+code").text
    assert stranger.get(f"{FIND}?q=chat").status_code == 404


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("retention", "erasure.html"),
        ("consent mode", "guides.html#google-tag-manager"),
        ("how do I delete a visitor", "rights.html#one-visitor-s-data"),
        ("2fa", "users.html#second-factor"),
        ("gtm", "guides.html#google-tag-manager"),
        ("backup", "one-server.html#backup"),
        ("dsar deadline", "rights.html#the-register"),
        ("nonce", "embedding.html#content-in-the-page"),
        ("Kubernetes probes", "install.html#kubernetes"),
        ("WordPress", "wordpress.html"),
    ],
)
def test_docs_are_found_by_headings_and_paragraphs(dashboard: Dashboard, text: str, expected: str) -> None:
    page = dashboard.browser("viewer").get(f"{FIND}?part=1&q={text}").text
    links = re.findall(r'href="/docs/([^"]+)"', page)
    assert expected in links, links
    assert len(links) <= 6
    assert len(page) < 15_000, "the palette asks for this at each pause"


def test_results_in_the_docs_are_marked_as_english_on_pages_of_other_languages(dashboard: Dashboard) -> None:
    viewer, path = dashboard.browser("viewer"), f"{FIND}?part=1&q=retention"
    result = '<li data-row lang="en"><a href="/docs/'
    assert result not in viewer.get(path).text
    viewer.post("/account/language", {"language": "de"})
    page = viewer.get(path).text
    assert page.count(result) == page.count('<a href="/docs/') > 0
    assert page.count('lang="en"') < page.count("<li data-row"), "results of the dashboard are German"


def test_docs_need_each_word_and_show_the_place(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    assert "/docs/" not in viewer.get(f"{FIND}?part=1&q=retention+zebra").text
    page = viewer.get(f"{FIND}?part=1&q=authenticator+app").text
    assert re.search(r">Second factor</a> <small>Users, roles and sessions: .*authenticator app", page), page


def test_whole_words_and_starts_come_before_middles() -> None:
    assert [rank(["ads"], title) for title in ("Google Ads", "Adscale", "Roads", "Maps")] == [0, 1, 3, None]
    assert rank(["ga"], "Google Analytics", "_ga") == 2
    assert rank(["ga"], "Sugar") is None, "two letters are no middle"
    assert rank(words_of("demo_ads"), "demo_ads") == rank(words_of("opt-in"), "Opt-in rate") == 0


@pytest.mark.parametrize("text", ["TCF", "GPC", "time zone"])
def test_letters_within_a_cookie_name_are_no_reason_for_a_vendor(dashboard: Dashboard, text: str) -> None:
    assert "/catalog/" not in dashboard.browser("chief").get(f"{FIND}?part=1&q={text}").text


def test_vendors_say_by_which_cookie_or_host_they_are_found(dashboard: Dashboard) -> None:
    page = dashboard.browser("chief").get(f"{FIND}?part=1&q=hjsession").text
    assert re.search(r">Hotjar</a> <small>[^<]+, _hjsession", page), page


def test_what_a_scan_found_leads_to_its_row_or_to_the_scan(dashboard: Dashboard) -> None:
    found(dashboard, kept("basket_first"), kept("lg_wishlist_v2", is_leak=True), kept("lg_known", layer="own"))
    viewer = dashboard.browser("viewer")
    page = viewer.get(f"{FIND}?part=1&q=lg_wishlist_v2").text
    link = re.search(r'<a href="(/sites/demo/review#(item-\d+))">lg_wishlist_v2</a> <small>cookie, www', page)
    assert link, page
    assert f'<a id="{link[2]}" href="#{link[2]}"><code>lg_wishlist_v2</code>' in viewer.get("/sites/demo/review").text
    assert '<a href="/sites/demo/scan">lg_known</a>' in viewer.get(f"{FIND}?part=1&q=lg_known").text


def test_dates_of_a_receipt_search_are_written_out(dashboard: Dashboard) -> None:
    for language, dates in (("en", "from Nov 3, 2026, to Nov 4, 2026"), ("de", "ab 03.11.2026, bis 04.11.2026")):
        page = dashboard.browser("chief").get(
            f"{FIND}?part=1&q=from+2026-11-03+to+2026-11-04", Accept_Language=language
        )
        assert dates in page.text, page.text


@pytest.mark.long
def test_every_search_result_can_be_opened(dashboard: Dashboard) -> None:
    words = {word for texts in PAGE_WORDS.values() for word in texts.split()}
    words |= {word for page in OTHER_PAGES for word in page.title.split()} | {"policy", "payment", "rules", "a", "e"}
    for name in ("chief", "viewer"):
        browser = dashboard.browser(name)
        pages = [browser.get(f"{FIND}?part=1&q={word}").text for word in words]
        links = {link for page in pages for link in re.findall(r'href="((?!/docs/)[^"]+)"', page)}
        assert len(links) > 20
        assert {link for link in links if browser.get(link.replace("&amp;", "&")).status_code != 200} == set()


def test_an_id_or_filters_lead_to_receipts_at_once(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    for text in (RECEIPT, "country=DE"):
        answer = admin.get(f"{FIND}?q={text}")
        assert answer.location.startswith("/sites/demo/receipts/find?q=")
    assert admin.get(f"{FIND}?q={RECEIPT}+{'eyJ' * 2000}").status_code == 200, "nobody looks for ids in a long text"
    assert dashboard.browser("viewer").get(f"{FIND}?q={RECEIPT}").status_code == 200


def test_pages_and_docs_of_the_search_are_there() -> None:
    menu = {page.section for pages in (*SITE_PAGES.values(), INSTANCE_PAGES) for page in pages}
    assert set(PAGE_WORDS) == menu
    assert [name for name in DOCS if not (ROOT / "docs" / f"{name}.md").is_file()] == []


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "x" * 5000, "%00"])
def test_odd_queries_cause_no_server_error_and_are_escaped(dashboard: Dashboard, text: str) -> None:
    answer = dashboard.browser("admin").get(FIND + "?q=" + text)
    assert answer.status_code in (200, 400)
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(("width", "scheme"), WIDE_FIRST)
def test_the_palette_opens_by_a_key_and_leads_there(
    dashboard: Dashboard, browser: Browser, served: str, width: int, scheme: str
) -> None:
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "bypass_csp": True}
    with strict_page(browser, served, **options) as view:
        page = view.sign_in("admin")
        view.open("/sites/demo/")
        page.keyboard.press("?")
        expect(page.get_by_role("heading", name="Keyboard shortcuts").or_(page.locator("#keys"))).to_be_visible()
        assert page_problems(page) == []
        page.keyboard.press("Escape")
        page.keyboard.press("Control+k")
        expect(page.locator("#palette [type=search]")).to_be_focused()
        page.keyboard.type("germany rejected last week")
        expect(page.locator("#palette-found")).to_contain_text(
            re.compile(r"Germany, Refused all, from \d+ [A-Z][a-z]{2} 20")
        )
        assert page_problems(page) == []
        page.keyboard.press("ArrowDown")
        expect(page.locator("#palette-found a").first).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url("**/receipts?**country=DE**")
        page.keyboard.press("Control+k")
        page.keyboard.type("demo ads")
        page.keyboard.press("Enter")
        page.wait_for_url("**/tags/demo-ads")


def test_the_search_works_without_a_script(dashboard: Dashboard, browser: Browser, served: str) -> None:
    with strict_page(browser, served, java_script_enabled=False) as view:
        page = view.sign_in("viewer")
        view.open("/sites/demo/")
        page.get_by_role("searchbox", name="Search this dashboard").fill("chat")
        page.keyboard.press("Enter")
        page.locator("#found").get_by_role("link", name="Demo Chat").first.click()
        expect(page.get_by_role("heading", name="Demo Chat").first).to_be_visible()


@pytest.mark.parametrize("text", ["поиск", "日本語", "für Größe", "!!!"])
def test_the_docs_have_no_place_for_words_that_they_do_not_contain(dashboard: Dashboard, text: str) -> None:
    with dashboard.app.test_request_context():
        assert [*search_docs(text)] == []
