"""Texts contain only letters of their language: a word in another language is detected by its letters."""

import re
import unicodedata

import pytest

from consent.core.documents.script_payload import PageTheme
from consent.presentation.texts import (
    banner_texts,
    languages,
    purpose_texts,
    receipt_texts,
    request_texts,
    tcf_texts,
)
from consent.presentation.theme import theme_in

# In addition to a to z (CLDR, main exemplar characters; only those that a language's own words need).
LATIN = {
    "bs": "ćčđšž",
    "ca": "àçèéíïòóúü",
    "cs": "áčďéěíňóřšťúůýž",
    "cy": "àáâäèéêëìíîïòóôöùúûüýÿŵŷẁẃẅỳ",
    "da": "æøåé",
    "de": "äöüß",
    "en": "",
    "es": "áéíñóúü",
    "et": "äöüõšž",
    "eu": "ñ",
    "fi": "äöå",
    "fil": "ñ",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "fr-CA": "àâæçéèêëîïôœùûüÿ",
    "ga": "áéíóú",
    "gl": "áéíïñóúü",
    "hr": "čćđšž",
    "hu": "áéíóöőúüű",
    "id": "",
    "is": "áðéíóúýþæö",
    "it": "àèéìòóù",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
    "ms": "",
    "mt": "àċġħż",
    "nb": "æøåéò",
    "nl": "éêëïöü",
    "nn": "æøåéèò",
    "pl": "ąćęłńóśźż",
    "pt": "áâãàçéêíóôõú",
    "pt-BR": "áâãàçéêíóôõú",
    "ro": "ăâîșț",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "sl": "čšž",
    "sq": "çë",
    "sr-Latn": "ćčđšž",
    "sv": "åäöé",
    "tr": "çğışöüâî̇",
    "vi": "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
}
# Languages in other scripts: their letters, by the first word of a letter's Unicode name.
SCRIPTS = {
    "ar": {"ARABIC"},
    "bg": {"CYRILLIC"},
    "bn": {"BENGALI"},
    "el": {"GREEK"},
    "fa": {"ARABIC"},
    "gu": {"GUJARATI"},
    "he": {"HEBREW"},
    "hi": {"DEVANAGARI"},
    "ja": {"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "CJK"},
    "kn": {"KANNADA"},
    "ko": {"HANGUL"},
    "mk": {"CYRILLIC"},
    "ml": {"MALAYALAM"},
    "mr": {"DEVANAGARI"},
    "pa": {"GURMUKHI"},
    "ru": {"CYRILLIC"},
    "sr": {"CYRILLIC"},
    "ta": {"TAMIL"},
    "te": {"TELUGU"},
    "th": {"THAI"},
    "uk": {"CYRILLIC"},
    "ur": {"ARABIC"},
    "zh-Hans": {"CJK"},
    "zh-Hant": {"CJK"},
}
# Legacy character sets cover one language: simplified characters aren't in Big5, nor traditional ones in GB 2312.
CHARSETS = {"ja": "cp932", "ko": "cp949", "zh-Hans": "gb2312", "zh-Hant": "big5"}
CYRILLIC = {chr(code) for code in range(0x400, 0x530)}
MACEDONIAN, SERBIAN = set("абвгдѓежзѕијклљмнњопрстќуфхцчџшѐѝ"), set("абвгдђежзијклљмнњопрстћуфхцчџш")
NOT_BULGARIAN, NOT_RUSSIAN, NOT_UKRAINIAN = set("ыэёіїєґ"), set("іїєґ"), set("ыэёъ")
# Arabic has its own yeh, kaf and teh marbuta, which look like the Persian letters.
NOT_ARABIC, NOT_PERSIAN, NOT_URDU = set("پچژگکی\u200c"), set("يىكةإ"), set("يىكةإه")
NAMES = re.compile(
    r"\{\w+\}(_tcf\b)?|\bGlobal Privacy Control\b|\bDo Not Track\b|\bTransparency and Consent Framework\b|\bGoogle\b"
    r"|\bcookies?\b|\bQR\b|\bA/B\b|\bIDs?\b",
    re.IGNORECASE | re.ASCII,
)


def texts_of(language: str) -> list[str]:
    return [
        NAMES.sub("", text)
        for texts in (banner_texts, tcf_texts, purpose_texts, receipt_texts, request_texts)
        for text in texts(language).values()
    ]


def test_each_language_says_here_what_it_writes() -> None:
    assert sorted([*LATIN, *SCRIPTS]) == languages()


@pytest.mark.parametrize("language", LATIN)
def test_a_latin_language_has_only_its_own_letters(language: str) -> None:
    allowed = set("abcdefghijklmnopqrstuvwxyz" + LATIN[language])
    for text in texts_of(language):
        assert not {letter for letter in text.lower() if letter.isalpha()} - allowed, text


@pytest.mark.parametrize("language", SCRIPTS)
def test_a_language_of_another_script_has_no_letter_of_ours(language: str) -> None:
    for text in texts_of(language):
        letters = {letter for letter in text if unicodedata.category(letter)[0] in "LM"}
        assert {unicodedata.name(letter).split()[0] for letter in letters} <= SCRIPTS[language], text


@pytest.mark.parametrize("language", CHARSETS)
def test_chinese_is_simplified_or_traditional_and_japanese_and_korean_are_neither(language: str) -> None:
    for text in texts_of(language):
        assert text.encode(CHARSETS[language])


def test_the_languages_that_write_cyrillic_are_not_mixed() -> None:
    assert not NOT_BULGARIAN & set("".join(texts_of("bg")).lower())
    assert not NOT_RUSSIAN & set("".join(texts_of("ru")).lower())
    assert not NOT_UKRAINIAN & set("".join(texts_of("uk")).lower())
    assert set("".join(texts_of("mk")).lower()) & CYRILLIC <= MACEDONIAN
    assert set("".join(texts_of("sr")).lower()) & CYRILLIC <= SERBIAN


def test_arabic_persian_and_urdu_are_not_mixed() -> None:
    assert not NOT_ARABIC & set("".join(texts_of("ar")))
    assert not NOT_PERSIAN & set("".join(texts_of("fa")))
    assert not NOT_URDU & set("".join(texts_of("ur")))


def test_signs_above_and_below_each_other_have_room_between_the_lines() -> None:
    """Thai, Nastaliq, and the scripts of India."""
    theme: PageTheme = {"css": "", "position": "bottom"}
    high = {language for language in languages() if "line-height" in theme_in(theme, language)["css"]}
    scripts = {"BENGALI", "DEVANAGARI", "GUJARATI", "GURMUKHI", "KANNADA", "MALAYALAM", "TAMIL", "TELUGU", "THAI"}
    assert high == {"ur"} | {language for language, written in SCRIPTS.items() if written & scripts}
    assert [language for language in languages() if "Nastaliq" in theme_in(theme, language)["css"]] == ["ur"]
    assert [language for language in languages() if '"Noto Sans Tamil"' in theme_in(theme, language)["css"]] == ["ta"]


def test_words_of_another_language_are_found() -> None:
    assert NAMES.sub("", "{vendor}: Cookies, Do Not Track").strip(" :,") == ""
    assert set("přijmout") - set("abcdefghijklmnopqrstuvwxyz" + LATIN["sl"])
    with pytest.raises(UnicodeEncodeError):
        "设置".encode("big5")
