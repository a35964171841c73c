"""No text holds a letter that its language does not write: a word of another language shows by its letters."""

import re
import unicodedata

import pytest

from consent.presentation.texts import (
    banner_texts,
    languages,
    purpose_texts,
    receipt_texts,
    request_texts,
    tcf_texts,
)

# Beside a to z (CLDR, main exemplar characters; of each language what its own words need).
LATIN = {
    "cs": "áčďéěíňóřšťúůýž",
    "da": "æøåé",
    "de": "äöüß",
    "en": "",
    "es": "áéíñóúü",
    "et": "äöüõšž",
    "fi": "äöå",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "fr-CA": "àâæçéèêëîïôœùûüÿ",
    "ga": "áéíóú",
    "hr": "čćđšž",
    "hu": "áéíóöőúüű",
    "is": "áðéíóúýþæö",
    "it": "àèéìòóù",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
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
    "sv": "åäöé",
    "tr": "çğışöüâî̇",
}
# Languages of another script: which letters are theirs, by the first word of a letter's Unicode name.
SCRIPTS = {
    "ar": {"ARABIC"},
    "bg": {"CYRILLIC"},
    "el": {"GREEK"},
    "fa": {"ARABIC"},
    "he": {"HEBREW"},
    "hi": {"DEVANAGARI"},
    "ja": {"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "CJK"},
    "ko": {"HANGUL"},
    "ru": {"CYRILLIC"},
    "uk": {"CYRILLIC"},
    "zh-Hans": {"CJK"},
    "zh-Hant": {"CJK"},
}
# Old character sets hold what one language writes: the simplified signs are not in Big5, the traditional not in GB 2312.
CHARSETS = {"ja": "cp932", "ko": "cp949", "zh-Hans": "gb2312", "zh-Hant": "big5"}
NOT_BULGARIAN, NOT_RUSSIAN, NOT_UKRAINIAN = set("ыэёіїєґ"), set("іїєґ"), set("ыэёъ")
# Arabic writes yeh, kaf and teh marbuta with signs of its own, which look like those of Persian.
NOT_ARABIC, NOT_PERSIAN = set("پچژگکی\u200c"), set("يىكةإ")
NAMES = re.compile(
    r"\{\w+\}(_tcf\b)?|\bGlobal Privacy Control\b|\bDo Not Track\b|\bTransparency and Consent Framework\b|\bGoogle\b"
    r"|\bcookies?\b|\bQR\b",
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


def test_bulgarian_russian_and_ukrainian_are_not_mixed() -> None:
    assert not NOT_BULGARIAN & set("".join(texts_of("bg")).lower())
    assert not NOT_RUSSIAN & set("".join(texts_of("ru")).lower())
    assert not NOT_UKRAINIAN & set("".join(texts_of("uk")).lower())


def test_arabic_and_persian_are_not_mixed() -> None:
    assert not NOT_ARABIC & set("".join(texts_of("ar")))
    assert not NOT_PERSIAN & set("".join(texts_of("fa")))


def test_words_of_another_language_are_found() -> None:
    assert NAMES.sub("", "{vendor}: Cookies, Do Not Track").strip(" :,") == ""
    assert set("přijmout") - set("abcdefghijklmnopqrstuvwxyz" + LATIN["sl"])
    with pytest.raises(UnicodeEncodeError):
        "设置".encode("big5")
