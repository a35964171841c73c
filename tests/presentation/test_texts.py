import csv
import re
import unicodedata
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from consent.classifier.purposes import purpose_groups
from consent.presentation import english
from consent.presentation.english import ENGLISH
from consent.presentation.languages import catalog_path
from consent.presentation.texts import (
    ACCOUNT_KEYS,
    HANDOVER_KEYS,
    TEXT_KEYS,
    account_texts,
    banner_texts,
    declaration_texts,
    duration,
    group_texts,
    handover_texts,
    language_info,
    languages,
    purpose_texts,
    receipt_texts,
    request_texts,
    tcf_texts,
)

LANGUAGES = languages()
REGIONS = Path(english.__file__).parent.parent / "data" / "regions" / "regions.csv"
BANNER = Path(__file__).parents[2] / "banner"
BUTTONS = {
    "ar": ("قبول الكل", "رفض الكل"),
    "bg": ("Приемане на всички", "Отхвърляне на всички"),
    "bn": ("সব গ্রহণ করুন", "সব প্রত্যাখ্যান করুন"),
    "bs": ("Prihvati sve", "Odbij sve"),
    "ca": ("Accepta-ho tot", "Rebutja-ho tot"),
    "cs": ("Přijmout vše", "Odmítnout vše"),
    "cy": ("Derbyn y cyfan", "Gwrthod y cyfan"),
    "da": ("Accepter alle", "Afvis alle"),
    "de": ("Alle akzeptieren", "Alle ablehnen"),
    "el": ("Αποδοχή όλων", "Απόρριψη όλων"),
    "en": ("Accept all", "Reject all"),
    "es": ("Aceptar todo", "Rechazar todo"),
    "et": ("Nõustu kõigiga", "Keeldu kõigist"),
    "eu": ("Onartu guztiak", "Baztertu guztiak"),
    "fa": ("پذیرفتن همه", "رد کردن همه"),
    "fi": ("Hyväksy kaikki", "Hylkää kaikki"),
    "fil": ("Tanggapin lahat", "Tanggihan lahat"),
    "fr": ("Tout accepter", "Tout refuser"),
    "fr-CA": ("Tout accepter", "Tout refuser"),
    "ga": ("Glac leo uile", "Diúltaigh dóibh uile"),
    "gl": ("Aceptar todo", "Rexeitar todo"),
    "gu": ("બધી સ્વીકારો", "બધી નકારો"),
    "he": ("אישור הכול", "דחיית הכול"),
    "hi": ("सभी स्वीकारें", "सभी अस्वीकारें"),
    "hr": ("Prihvati sve", "Odbij sve"),
    "hu": ("Összes elfogadása", "Összes elutasítása"),
    "id": ("Terima semua", "Tolak semua"),
    "is": ("Samþykkja allt", "Hafna öllu"),
    "it": ("Accetta tutto", "Rifiuta tutto"),
    "ja": ("すべて許可", "すべて拒否"),
    "kn": ("ಎಲ್ಲಾ ಸ್ವೀಕರಿಸಿ", "ಎಲ್ಲಾ ತಿರಸ್ಕರಿಸಿ"),
    "ko": ("모두 동의", "모두 거부"),
    "lt": ("Priimti visus", "Atmesti visus"),
    "lv": ("Pieņemt visas", "Noraidīt visas"),
    "mk": ("Прифати ги сите", "Одбиј ги сите"),
    "ml": ("എല്ലാം അംഗീകരിക്കുക", "എല്ലാം നിരസിക്കുക"),
    "mr": ("सर्व स्वीकारा", "सर्व नाकारा"),
    "ms": ("Terima semua", "Tolak semua"),
    "mt": ("Aċċetta kollox", "Irrifjuta kollox"),
    "nb": ("Godta alle", "Avvis alle"),
    "nl": ("Alles accepteren", "Alles weigeren"),
    "nn": ("Godta alle", "Avvis alle"),
    "pa": ("ਸਭ ਸਵੀਕਾਰ ਕਰੋ", "ਸਭ ਅਸਵੀਕਾਰ ਕਰੋ"),
    "pl": ("Zaakceptuj wszystko", "Odrzuć wszystko"),
    "pt": ("Aceitar tudo", "Rejeitar tudo"),
    "pt-BR": ("Aceitar tudo", "Rejeitar tudo"),
    "ro": ("Acceptă tot", "Respinge tot"),
    "ru": ("Принять все", "Отклонить все"),
    "sk": ("Prijať všetko", "Odmietnuť všetko"),
    "sl": ("Sprejmi vse", "Zavrni vse"),
    "sq": ("Prano të gjitha", "Refuzo të gjitha"),
    "sr": ("Прихвати све", "Одбиј све"),
    "sr-Latn": ("Prihvati sve", "Odbij sve"),
    "sv": ("Acceptera alla", "Avvisa alla"),
    "ta": ("எல்லாம் ஏற்க", "எல்லாம் மறுக்க"),
    "te": ("అన్నీ ఆమోదించండి", "అన్నీ తిరస్కరించండి"),
    "th": ("ยอมรับทั้งหมด", "ปฏิเสธทั้งหมด"),
    "tr": ("Kabul et", "Reddet"),
    "uk": ("Прийняти все", "Відхилити все"),
    "ur": ("سب قبول کریں", "سب مسترد کریں"),
    "vi": ("Chấp nhận tất cả", "Từ chối tất cả"),
    "zh-Hans": ("全部接受", "全部拒绝"),
    "zh-Hant": ("全部接受", "全部拒絕"),
}
RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}
# In some scripts a zero-width character prevents joining within a word; anywhere else it would be hidden text.
NON_JOINER = {
    "fa": re.compile(r"(?<=[\u0621-\u06cc])\u200c(?=[\u0621-\u06cc])"),
    "kn": re.compile(r"(?<=\u0ccd)\u200c(?=[\u0c85-\u0cb9])"),
    "ml": re.compile(r"(?<=\u0d4d)\u200c(?=[\u0d05-\u0d39])"),
    "te": re.compile(r"(?<=\u0c4d)\u200c(?=[\u0c05-\u0c39])"),
}
# Languages so similar that a long sentence can be identical, those that share short words, and words shared by others.
KIN = [
    {"bs", "hr", "sr-Latn"},
    {"cs", "sk"},
    {"da", "nb", "nn"},
    {"es", "gl"},
    {"fr", "fr-CA"},
    {"id", "ms"},
    {"gl", "pt", "pt-BR"},
]
NEAR = [
    {"ar", "fa", "ur"},
    {"bg", "mk", "ru", "sr", "uk"},
    {"bs", "hr", "sl", "sr-Latn"},
    {"ca", "es", "gl", "it", "pt", "pt-BR"},
    {"ca", "fr", "fr-CA", "ro"},
    {"da", "nb", "nn", "sv"},
    {"hi", "mr"},
    {"ja", "zh-Hans", "zh-Hant"},
]
COMMON = {"Analitik", "Analyse", "Kopiert", "Name", "Nimi", "Nome", "Reklam"}
SHORT = {"accept_all": 24, "reject_all": 24, "settings": 24, "opt_out": 24, "dismiss": 24, "load_once": 24, "back": 32}
LONG = 260
# Names of signals, products and things that stay English in every language.
SAME = {"Cookies", "Global Privacy Control", "Do Not Track", "Transparency and Consent Framework"}
# Statements about the controller's own business, which no software can make for them.
OWNERS_OWN = {"texas_sale_notices", "florida_sale_notices", "sale_notices"}

each_language = pytest.mark.parametrize("language", LANGUAGES)


def all_texts(language: str) -> dict[str, str]:
    return {
        **banner_texts(language),
        **account_texts(language),
        **handover_texts(language),
        **tcf_texts(language),
        **receipt_texts(language),
        **declaration_texts(language),
        **request_texts(language),
        **{f"purpose_{code}": text for code, text in purpose_texts(language).items()},
    }


def places(text: str) -> set[str]:
    return set(re.findall(r"\{[^}]*\}?", text))


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{4,}", text.lower()))


def test_the_languages_that_are_named_here_are_shipped() -> None:
    assert list(BUTTONS) == LANGUAGES


def test_the_docs_name_each_language_and_no_other() -> None:
    page = (Path(__file__).parents[2] / "docs" / "banner.md").read_text("utf-8")
    count, names = re.search(r"has texts in (\d+) languages: ([^.]+)\.", page).groups()  # type: ignore[union-attr]
    named = re.split(r", | and ", " ".join(names.split()))
    assert (int(count), named) == (len(LANGUAGES), sorted(language_info(code).english_name for code in LANGUAGES))


def test_english_is_said_as_it_is_written() -> None:
    assert all_texts("en") == ENGLISH


def test_pybabel_finds_every_sentence_in_its_context() -> None:
    found = extract_from_file("python", english.__file__, keywords={"say": ((1, "c"), 2)})
    assert {context: message for _, message, _, context in found} == ENGLISH


@each_language
def test_a_catalog_holds_every_sentence_and_no_other(language: str) -> None:
    with catalog_path(language).open("rb") as file:
        catalog = read_po(file, locale=language.replace("-", "_"), abort_invalid=True)
    assert {message.context: message.id for message in catalog if message.id} == ENGLISH
    assert not [message for message in catalog if message.id and message.fuzzy]
    assert not catalog.obsolete


@each_language
def test_every_key_has_a_text(language: str) -> None:
    assert list(banner_texts(language)) == list(TEXT_KEYS)
    assert all(text.strip() == text and text for text in all_texts(language).values())
    assert group_texts(language).items() <= banner_texts(language).items()
    assert len(group_texts(language)) == 8


@each_language
def test_every_purpose_has_a_text(language: str) -> None:
    assert list(purpose_texts(language)) == list(purpose_groups())
    assert len(purpose_groups()) == 41


@each_language
def test_the_places_of_a_text_are_those_of_the_english(language: str) -> None:
    for key, text in all_texts(language).items():
        assert places(text) == places(ENGLISH[key]), key
        known = {
            "{controller}",
            "{count}",
            "{host}",
            "{hosts}",
            "{months}",
            "{name}",
            "{settings}",
            "{time}",
            "{partners}",
            "{vendors}",
            "{vendor}",
            "{date}",
            "{period}",
            "{place}",
            "{retention}",
            "{signal}",
        }
        assert places(text) <= known, key


@each_language
def test_texts_are_short_plain_and_without_markup(language: str) -> None:
    for key, text in all_texts(language).items():
        assert len(text) <= SHORT.get(key, LONG), key
        assert not re.search(r"[<>\\\t\n]|\]\(|https?:|&\w+;|!|\.\.\.|  ", text), key
        seen = NON_JOINER[language].sub("", text) if language in NON_JOINER else text
        assert not any(unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cn") for sign in seen), key
        assert text == unicodedata.normalize("NFC", text), key


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_no_text_is_left_in_english(language: str) -> None:
    texts = all_texts(language)
    same = {key for key, text in texts.items() if text == ENGLISH[key]}
    assert same <= {"cookie_name"}, "Name is German for name"
    function_words = {
        "the",
        "your",
        "with",
        "what",
        "which",
        "this",
        "that",
        "from",
        "they",
        "where",
        "were",
        "visitor",
    }
    for key, text in texts.items():
        for name in SAME:
            text = text.replace(name, "")
        assert not words(text) & function_words, key


def test_languages_do_not_share_their_sentences() -> None:
    """A sentence or button label pasted into the wrong catalog would mix two languages in a banner."""
    seen: dict[str, str] = {}
    for language in LANGUAGES:
        for text in {*all_texts(language).values()} - COMMON:
            other = seen.setdefault(text, language)
            close = KIN if len(text) > 30 else [*KIN, *NEAR]
            assert other == language or any({other, language} <= kin for kin in close), text


@each_language
def test_accept_and_reject_are_the_words_that_users_tools_know(language: str) -> None:
    texts = banner_texts(language)
    assert (texts["accept_all"], texts["reject_all"]) == BUTTONS[language]


@each_language
def test_the_first_layer_names_controller_third_parties_and_the_way_back(language: str) -> None:
    texts = banner_texts(language)
    for key in ("text", "notice"):
        assert places(texts[key]) == {"{controller}", "{partners}"}
    assert texts["back"] in texts["withdrawal"]


def test_every_link_that_a_place_asks_for_has_a_label_or_is_the_owners_to_write() -> None:
    rows = csv.DictReader(REGIONS.read_text("utf-8").splitlines())
    tokens = {token for row in rows for token in row["required_links"].split(";") if token and ":" not in token}
    assert {token for token in tokens if f"link_{token}" not in TEXT_KEYS} == OWNERS_OWN


def test_every_text_that_the_script_says_is_there() -> None:
    named = (BANNER / "types.js").read_text("utf-8").split("@typedef {Record<", 1)[1].split("} Texts", 1)[0]
    keys = set(re.findall(r'"([a-z_]+)"', named))
    for path in BANNER.rglob("*.js"):
        keys |= set(re.findall(r'\bsay\("([a-z_]+)"[,)]', path.read_text("utf-8")))
    known = {*TEXT_KEYS, *ACCOUNT_KEYS, *HANDOVER_KEYS, *tcf_texts("en")}
    assert {"accept_all", "reject_all"} < keys <= known


def test_california_reads_the_words_of_its_law() -> None:
    texts = banner_texts("en")
    assert texts["status"] == "Opt-Out Request Honored"
    assert texts["link_do_not_sell_or_share"] == "Do Not Sell or Share My Personal Information"
    assert texts["link_limit_sensitive_pi"] == "Limit the Use of My Sensitive Personal Information"
    assert texts["link_your_privacy_choices"] == "Your Privacy Choices"


@pytest.mark.parametrize("language", ["xx", "", "EN", "en-GB", "../banner", "de/../de"])
def test_a_language_that_is_not_shipped_falls_back_to_none(language: str) -> None:
    for ask in (banner_texts, group_texts, purpose_texts, language_info):
        with pytest.raises(KeyError):
            ask(language)


@each_language
def test_a_language_tells_its_name_direction_and_whether_a_speaker_has_read_it(language: str) -> None:
    info = language_info(language)
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    assert (info.language, info.direction, info.reviewed) == (language, direction, language == "en")
    assert info.name
    assert info.english_name


@each_language
def test_the_names_of_a_language_are_those_of_cldr(language: str) -> None:
    info, locale = language_info(language), Locale.parse(language, sep="-")
    assert (info.name, info.english_name) == (locale.get_display_name(), locale.english_name)
    assert info.direction == locale.text_direction


@each_language
def test_a_catalog_has_the_plural_rule_of_its_language(language: str) -> None:
    """No sentence uses plurals yet; anyone who adds one finds the rule there."""
    with catalog_path(language).open("rb") as file:
        catalog = read_po(file)
    assert catalog.plural_forms == Catalog(Locale.parse(language, sep="-")).plural_forms
    assert str(catalog.locale_identifier) == language.replace("-", "_")


def test_changes_a_caller_makes_to_the_texts_stay_local() -> None:
    banner_texts("en")["accept_all"] = "OK"
    assert banner_texts("en")["accept_all"] == "Accept all"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0, "until the browser is closed"),
        (1, "1 second"),
        (120, "2 minutes"),
        (30 * 60, "30 minutes"),
        (86399, "1 day"),
        (86400, "1 day"),
        (14 * 86400, "14 days"),
        (45 * 86400, "45 days"),
        (90 * 86400, "3 months"),
        (179 * 86400, "6 months"),
        (365 * 86400, "1 year"),
        (390 * 86400, "13 months"),
        (34164000, "13 months"),
        (400 * 86400, "13 months"),
        (2 * 365 * 86400, "2 years"),
        (10**9, "32 years"),
    ],
)
def test_a_lifetime_is_told_in_the_largest_unit_that_is_true(seconds: int | None, words: str) -> None:
    assert duration(seconds, "en") == words


@pytest.mark.parametrize(
    ("language", "months", "years"),
    [
        ("de", "13 Monate", "2 Jahre"),
        ("pl", "13 miesięcy", "2 lata"),
        ("fr", "13\xa0mois", "2 ans"),
        ("pt", "13 meses", "2 anos"),
        ("ar", "13 شهرًا", "سنتان"),
        ("cs", "13 měsíců", "2 roky"),
        ("ga", "13 mí", "2 bhliain"),
        ("he", "13 חודשים", "שנתיים"),
        ("lt", "13 mėnesių", "2 metai"),
        ("lv", "13 mēnešu", "2 gadi"),
        ("mt", "13-il xahar", "sentejn"),
        ("ro", "13 luni", "2 ani"),
        ("sl", "13 mesecev", "2 leti"),
        ("uk", "13 місяців", "2 роки"),
        ("ru", "13 месяцев", "2 года"),
        ("fa", "13 ماه", "2 سال"),
        ("zh-Hant", "13 個月", "2 年"),
        ("cy", "13 mis", "2 flynedd"),
        ("eu", "13 hilabete", "2 urte"),
        ("fil", "13 buwan", "2 taon"),
        ("sr", "13 месеци", "2 године"),
        ("ta", "13 மாதங்கள்", "2 ஆண்டுகள்"),
        ("th", "13 เดือน", "2 ปี"),
        ("ur", "13 مہینے", "2 سال"),
    ],
)
def test_a_lifetime_is_told_in_the_visitors_language(language: str, months: str, years: str) -> None:
    assert duration(34164000, language).replace("\u202f", "\xa0") == months
    assert duration(63072000, language).replace("\xa0", " ") == years


@pytest.mark.parametrize(
    ("language", "days", "words"),
    [
        ("ar", 3, "3 أيام"),
        ("ar", 11, "11 يومًا"),
        ("cs", 5, "5 dnů"),
        ("he", 365, "שנה"),
        ("he", 5 * 365, "5 שנים"),
        ("ga", 7, "7 lá"),
        ("mt", 1, "jum"),
        ("mt", 2, "jumejn"),
        ("mt", 5, "5 ijiem"),
        ("mt", 14, "14-il jum"),
        ("mt", 45, "45 jum"),
        ("pl", 14, "14 dni"),
        ("sl", 1, "1 dan"),
        ("sl", 2, "2 dneva"),
        ("sl", 45, "45 dni"),
        ("sl", 3 * 365, "3 leta"),
        ("sl", 5 * 365, "5 let"),
        ("fa", 45, "45 روز"),
        ("ru", 2, "2 дня"),
        ("ru", 21, "21 день"),
        ("ru", 45, "45 дней"),
        ("ru", 5 * 365, "5 лет"),
        ("uk", 2, "2 дні"),
        ("uk", 21, "21 день"),
        ("uk", 45, "45 днів"),
    ],
)
def test_a_number_has_the_plural_form_of_its_language(language: str, days: int, words: str) -> None:
    assert duration(days * 86400, language).replace("\xa0", " ") == words


@each_language
def test_a_lifetime_is_told_in_whole_words(language: str) -> None:
    """Babel falls back to `5 min`, `13 m` and `2 y` in languages for which it has no words."""
    said = [duration(seconds, language) for seconds in (5, 300, 5 * 3600, 34164000, 63072000)]
    assert not {"s", "min", "nóim", "h", "m", "y"} & {text.replace("\xa0", " ").split()[-1] for text in said}
