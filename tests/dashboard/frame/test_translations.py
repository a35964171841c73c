"""The dashboard in its users' languages: complete catalogs, pages, services' sentences and mails."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from flask_babel import force_locale

from consent.dashboard.frame.locale import number, place_words
from consent.dashboard.frame.version_list import publisher_names
from consent.outbound.mail import Mailer
from consent.presentation.dashboard_texts import TRANSLATED, catalog_path, translate
from tests.dashboard.client import Dashboard, dashboards
from tests.mail_server import MailServer, running_mail_server
from tools.messages import messages

PLACEHOLDER = re.compile(r"%\(\w+\)s|%%")
TAG = re.compile(r"<[^>]+>")
BARRED = re.compile(
    r"\b(stands?|told|tells?|whoever|desk|takes?)\b|\bis asked\b|should be non-empty|\blasts? a minute\b|\bnobody has\b"
    r"|\blog(ged)? out\b|\blogged in\b",
    re.IGNORECASE,
)
ALLOWED = {
    "Take over": "the usual term for a token that another admin is responsible for from now on",
    "Take over…": "the same",
    "No visitor is asked again.": "the banner asks nobody anew: the verb is meant, and is short",
    "A browser opens the page as a visitor from Germany. This can take a minute. You can leave the page.": "a duration",
    "Counting %(recorded)s receipts. This can take a minute. You can leave the page.": "a duration",
}
"""English sentences in which a barred word is the natural one, with the reason."""


def catalog_of(language: str) -> Catalog:
    """Return a language's committed catalog."""
    with catalog_path(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def parts(text: object) -> list[str]:
    """Return the sentences of a msgid or msgstr: one, or singular and plural."""
    return [str(one) for one in (text if isinstance(text, tuple | list) else (text,))]


@cache
def in_sources() -> set[tuple[str, ...]]:
    """Return the sentences in the sources, which are read once for all languages."""
    return {tuple(parts(one)) for one in messages()}


def entries(language: str) -> list[Message]:
    """Return a catalog's entries."""
    return [one for one in catalog_of(language) if one.id]


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalog_has_the_sentences_of_the_sources_and_no_others(language: str) -> None:
    committed = {tuple(parts(one.id)) for one in entries(language)}
    assert in_sources() == committed, "make messages"


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_sentence_is_translated_with_its_values_and_its_markup(language: str) -> None:
    faults = []
    for one in entries(language):
        if one.fuzzy or not all(parts(one.string)) or len(parts(one.id)) != len(parts(one.string)):
            faults.append(f"not translated: {one.id}")
            continue
        for source, text in zip(parts(one.id), parts(one.string), strict=True):
            if sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(text)):
                faults.append(f"other values: {text}")
            if {*TAG.findall(source)} != {*TAG.findall(text)} and "<kbd>" not in source:
                faults.append(f"other markup: {text}")
            # A straight quote that isn't in the source would end an attribute that the text is inserted into.
            if text.count('"') > source.count('"'):
                faults.append(f"a straight quote: {text}")
    assert faults == []


def test_no_english_sentence_has_a_barred_word() -> None:
    sentences = [text for one in messages() for text in parts(one)]
    assert [text for text in sentences if BARRED.search(text) and text not in ALLOWED] == []
    assert {text for text in ALLOWED if text not in sentences} == set(), "no longer there"


def test_a_page_is_in_the_language_of_the_browser_with_the_numbers_of_its_country(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    german = viewer.get("/sites/demo/statistics", Accept_Language="de-CH, en;q=0.8").text
    assert '<html lang="de">' in german
    assert "Statistik" in german
    assert "25.11.2026" in german
    assert '<html lang="fr">' in viewer.get("/sites/demo/", Accept_Language="nl, fr;q=0.5").text
    swedish = viewer.get("/sites/demo/statistics", Accept_Language="sv").text
    assert '<html lang="en">' in swedish
    assert "25 nov. 2026" in swedish


def test_numbers_have_the_groups_of_each_locale(dashboard: Dashboard) -> None:
    values = (0, 999, 1000, 12345, 1234567)
    for tag in ("en", "de", "de_CH", "fr", "es", "pl", "en_IN"):
        with dashboard.app.test_request_context(), force_locale(tag):
            assert [number(one) for one in values] == [format_decimal(one, locale=tag) for one in values], tag


def test_the_choice_under_account_wins_over_the_browser(dashboard: Dashboard) -> None:
    viewer = dashboard.browser("viewer")
    answer = viewer.post("/account/language", {"language": "es"}, Accept_Language="de")
    assert answer.status_code == 302
    page = viewer.get("/account", Accept_Language="de").text
    assert '<html lang="es">' in page
    assert "Idioma guardado." in page
    assert viewer.post("/account/language", {"language": "xx"}).status_code == 400
    viewer.post("/account/language", {"language": ""})
    assert '<html lang="de">' in viewer.get("/account", Accept_Language="de").text


def test_signing_in_speaks_the_language_of_the_browser(dashboard: Dashboard) -> None:
    client = dashboard.app.test_client()
    page = client.get("/login", headers={"Accept-Language": "de"}).text
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert token
    fields = {"email": "x@example.com", "password": "four quiet green owls", "csrf_token": token[1]}
    answer = client.post("/login", data=fields, headers={"Accept-Language": "de"})
    assert "E-Mail oder Passwort ist falsch." in answer.text


def test_messages_with_values_are_found_by_their_template() -> None:
    said = "Pages of shop contact hosts of unknown vendors: a.example."
    assert translate(said, "de").startswith("Seiten von shop")
    assert "a.example" in translate(said, "de")
    assert translate(said, "en") == said
    assert translate("Nobody has translated this.", "de") == "Nobody has translated this."


def test_an_empty_message_stays_empty_in_each_language(dashboard: Dashboard) -> None:
    assert [translate("", language) for language in TRANSLATED] == ["", "", ""]
    chief = dashboard.browser("chief")
    for path in ("/sites/demo/preview", "/sites/demo/rules"):
        assert "Project-Id-Version" not in chief.get(path, Accept_Language="de").text


@pytest.mark.parametrize(
    ("said", "german"),
    [
        ("ads.js belongs to Ads, which is advertising.", "Werbung"),
        ("Its vendor uses it for essential purposes.", "Notwendig"),
        ("The catalog lists _ga under Google Analytics. 3 sites declared it analytics.", "Analyse"),
    ],
)
def test_a_group_within_a_sentence_of_a_service_is_named_as_on_the_page(said: str, german: str) -> None:
    assert german in translate(said, "de")
    assert not re.search(r"\b(advertising|essential|analytics|catalog|sites)\b", translate(said, "de"))


@pytest.mark.parametrize(
    ("said", "language", "expected"),
    [
        (
            "A change in the law affects visitors of a: Louisiana (2027-01-01); Utah (2027-02-01).",
            "es",
            "a: Luisiana (1 ene 2027); Utah (1 feb 2027).",
        ),
        (
            "It sets _ga-2026-01-01, b, c and 1,200 more, which are analytics.",
            "fr",
            "_ga-2026-01-01, b, c et 1\u202f200 de plus",
        ),
        (
            "On shop, 31 of 1,920 choices (1.6%) since yesterday were lost.",
            "de",
            "31 von 1.920 Entscheidungen (1,6\xa0%)",
        ),
    ],
)
def test_days_numbers_and_lists_within_a_sentence_are_written_as_the_language_does(
    said: str, language: str, expected: str
) -> None:
    assert expected in translate(said, language)


def test_sentences_that_a_service_joins_are_translated_one_by_one() -> None:
    said = (
        "Relay of shop returned 410 Gone, so it gets nothing more. Events for Segment of shop that failed for good: 3."
    )
    german = translate(said, "de")
    assert german.startswith("Relay von shop antwortet")
    assert german.endswith("Ereignisse für Segment von shop: 3.")


def test_a_fault_beside_a_field_is_in_the_language_of_the_page(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    answer = marketing.post("/sites/demo/banner", {"accent": "red"}, Accept_Language="fr")
    assert answer.status_code == 422
    assert '<html lang="fr">' in answer.text
    assert "This " not in "".join(re.findall(r'class="fault"[^>]*>([^<]+)', answer.text))


@pytest.fixture
def server() -> Iterator[MailServer]:
    """Run a mail server."""
    with running_mail_server() as server:
        yield server


def test_a_mail_is_in_the_language_that_its_reader_chose(world: Path, tmp_path: Path, server: MailServer) -> None:
    for dashboard in dashboards(world, tmp_path, mailer=Mailer(server.url, "consent@example.com")):
        dashboard.browser("viewer").post("/account/language", {"language": "de"})
        dashboard.browser("chief").post("/users/4/link")
        mail = server.next()
        assert mail["Subject"] == "Ihr Konto beim Consent- und Tag-Server"
        assert "Der Link gilt einmal" in mail.get_payload(decode=True).decode()  # type: ignore[union-attr]


def test_a_place_is_named_by_its_parts_or_by_its_code(dashboard: Dashboard) -> None:
    with dashboard.app.test_request_context():
        assert place_words("US", "CA") == place_words("US-CA") == "United States, California"
        assert place_words("CA-QC") == "Canada, Quebec"
        assert place_words("DE") == place_words("DE", "") == "Germany"


def test_a_program_that_published_is_named_in_the_language_of_the_page(dashboard: Dashboard) -> None:
    with dashboard.app.test_request_context(headers={"Accept-Language": "de"}):
        assert publisher_names("command line", {}) == "Kommandozeile"


def test_the_preview_names_states_in_the_language_of_the_page(dashboard: Dashboard) -> None:
    page = dashboard.browser("chief").get("/sites/demo/preview", Accept_Language="de").text
    assert "Northern Mariana Islands (MP)" not in page
    assert "(MP)" in page


@pytest.mark.parametrize(
    ("said", "german"),
    [
        ("In English: this is the name of another group.", "Auf Englisch: dies ist der Name einer anderen Gruppe."),
        (
            "Variant B: In Greek: this is the name of another group.",
            "Variante B: Auf Griechisch: dies ist der Name einer anderen Gruppe.",
        ),
        (
            "Variant B: In English: the text must say who is responsible; write {controller} where it belongs.",
            "Variante B: Auf Englisch: der Text muss sagen, wer verantwortlich ist; setzen Sie {controller} an die "
            "passende Stelle.",
        ),
        (
            "In English: this is the name of another group (GDPR art. 13(1)(a) and (e); CNIL guidelines of 17 Sep 2020).",
            "Auf Englisch: dies ist der Name einer anderen Gruppe (GDPR art. 13(1)(a) and (e); CNIL guidelines of 17 "
            "Sep 2020).",
        ),
        (
            "These texts have not been reviewed by a speaker or confirmed here: Greek, German.",
            "Diese Texte wurden hier weder von Sprachkundigen geprüft noch bestätigt: Griechisch, Deutsch.",
        ),
    ],
)
def test_a_fault_within_a_fault_is_translated_with_the_name_of_its_language(said: str, german: str) -> None:
    assert translate(said, "de") == german
    assert translate(said, "en") == said
