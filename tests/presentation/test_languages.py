import re

import pytest
from babel.languages import get_official_languages

from consent.presentation.languages import HOME, choose_language, languages, other_languages, other_languages_pattern

OFFERED = ["de", "en", "fr", "pt-BR", "zh-Hant"]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (None, "en"),
        ("", "en"),
        ("de", "de"),
        ("DE", "de"),
        ("de-CH", "de"),
        ("de-CH-1996", "de"),
        ("fr-CA, en;q=0.8", "fr"),
        ("en;q=0.5, de;q=0.9", "de"),
        ("en;q=0.5,de;q=0.5", "en"),
        ("sv, da;q=0.9, fr;q=0.1", "fr"),
        ("sv", "en"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("zh-Hant-TW", "zh-Hant"),
        ("*", "en"),
        ("sv, *;q=0.5, de;q=0.1", "en"),
        ("de;q=0", "en"),
        ("de;q=0, fr;q=0.2", "fr"),
        ("pt-BR;q=0, pt;q=0.9, de;q=0.1", "de"),
        ("de ; q=0.8 , fr ; q=0.9", "fr"),
        ("de;q=1.000", "de"),
    ],
)
def test_the_header_chooses_among_what_is_offered(wanted: str | None, chosen: str) -> None:
    assert choose_language(None, wanted, OFFERED, "en") == chosen


@pytest.mark.parametrize(
    "wanted",
    [
        ";q=1",
        ",,,,",
        "q=1;de",
        "de_DE",
        "de;q=2",
        "de;q=-1",
        "de;q=0.1234",
        "de;level=1",
        "d\u00e9",
        "d\u0435",
        "de\x00",
        "\u0661",
        "../../etc/passwd",
        "'; DROP TABLE receipts; --",
        "<script>alert(1)</script>",
        "a" * 100_000,
        "a-" * 50_000,
        "sv," * 50_000 + "de",
        "sv;q=0.9," * 20 + "de",
        " " * 100_000 + "de",
    ],
)
def test_a_hostile_or_malformed_header_gives_the_default(wanted: str) -> None:
    assert choose_language(None, wanted, OFFERED, "en") == "en"


def test_a_broken_part_does_not_hide_a_sound_one() -> None:
    assert choose_language(None, "%%%, fr;q=0.3, <b>;q=9", OFFERED, "en") == "fr"


def test_the_answer_is_always_one_that_is_offered_or_the_default() -> None:
    assert choose_language(None, "de", [], "en") == "en"
    assert choose_language(None, "DE-at", ["DE"], "en") == "DE"
    assert choose_language(None, "fr", ("de", "fr"), "de") == "fr"


ALL = [
    *("de", "en", "fa", "fil", "fr", "fr-CA", "he", "id", "nb", "pt", "pt-BR", "ru", "sr", "sr-Latn", "th", "uk"),
    *("zh-Hans", "zh-Hant"),
]


@pytest.mark.parametrize(
    ("tag", "chosen"),
    [
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh-Hans-TW", "zh-Hans"),
        ("pt-BR", "pt-BR"),
        ("pt-PT", "pt"),
        ("pt-AO", "pt"),
        ("fr-CA", "fr-CA"),
        ("fr-BE", "fr"),
        ("no", "nb"),
        ("no-NO", "nb"),
        ("nn", "nb"),
        ("nn-NO", "nb"),
        ("iw", "he"),
        ("iw-IL", "he"),
        ("ru-KZ", "ru"),
        ("fa-AF", "fa"),
        ("prs-AF", "fa"),
        ("in", "id"),
        ("in-ID", "id"),
        ("tl", "fil"),
        ("tl-PH", "fil"),
        ("sr", "sr"),
        ("sr-RS", "sr"),
        ("sr-Cyrl-RS", "sr"),
        ("sr-Latn-RS", "sr-Latn"),
        ("sr-ME", "sr-Latn"),
        ("sh", "sr-Latn"),
        ("cnr", "sr-Latn"),
    ],
)
def test_a_language_is_found_by_each_of_its_names(tag: str, chosen: str) -> None:
    assert choose_language(None, tag, ALL, "en") == chosen
    assert choose_language(tag, "de", ALL, "en") == chosen


def test_punjabi_of_pakistan_gets_no_letters_of_india() -> None:
    for tag in ("pa-PK", "pa-Arab", "pa-Arab-PK"):
        assert choose_language(tag, None, ["en", "pa", "ur"], "en") == "ur"
        assert choose_language(None, f"{tag}, en;q=0.5", ["de", "en", "pa"], "de", "PK") == "en"
        assert choose_language(tag, None, ["en", "pa"], "en") == "en"
    assert [choose_language(tag, None, ["en", "pa", "ur"], "en") for tag in ("pa", "pa-IN", "pa-Guru-IN")] == ["pa"] * 3


def test_each_norwegian_stands_for_the_other_where_that_is_not_offered() -> None:
    both = [*ALL, "nn"]
    assert [choose_language(tag, "de", both, "en") for tag in ("nn", "nb", "no")] == ["nn", "nb", "nb"]
    assert [choose_language(tag, "de", ["de", "nn"], "de") for tag in ("nn", "nb", "no")] == ["nn", "nn", "nn"]
    assert choose_language(None, "nn, nb;q=0, de;q=0.1", ALL, "en") == "de"


def test_serbian_is_read_in_the_script_that_is_offered_and_bosnian_and_croatian_for_each_other() -> None:
    for tag in ("sr", "sr-RS", "sr-Latn", "sr-ME", "sh", "cnr"):
        assert choose_language(tag, "de", ["de", "sr"], "de") == "sr"
        assert choose_language(tag, "de", ["de", "sr-Latn"], "de") == "sr-Latn"
    assert [choose_language("bs-BA", None, ["de", *offered], "de") for offered in (["bs", "hr"], ["hr"])] == [
        "bs",
        "hr",
    ]
    assert choose_language("hr", None, ["bs", "de"], "de") == "bs"


@pytest.mark.parametrize("asked", ["fr", "FR-be"])
def test_the_pages_own_language_comes_before_the_browsers(asked: str) -> None:
    assert choose_language(asked, "de, en", ALL, "en") == "fr"


@pytest.mark.parametrize("asked", [None, "", "sv", "x y", "*", "<b>", "fr_CA", "a" * 5000])
def test_a_page_that_tells_none_that_is_offered_leaves_it_to_the_browser(asked: str | None) -> None:
    assert choose_language(asked, "sv, de", ALL, "en") == "de"
    assert choose_language(asked, None, ALL, "en") == "en"


@pytest.mark.parametrize(("place", "tag", "home"), [("BR", "pt", "pt-BR"), ("CA-QC", "fr", "fr-CA")])
def test_a_place_whose_law_names_a_language_gets_it(place: str, tag: str, home: str) -> None:
    assert choose_language(None, None, ALL, "en", place) == home
    assert choose_language(None, "sv", ALL, "en", place) == home
    assert choose_language(None, tag, ALL, "en", place) == home
    assert choose_language(None, tag, ALL, "en", "DE") == tag
    assert choose_language(None, None, [tag, "en"], "en", place) == tag
    assert choose_language(None, "de", ALL, "en", place) == "de"
    assert choose_language(None, None, ["en"], "en", place) == "en"


@pytest.mark.parametrize(
    ("place", "home"), [(place, home) for place, home in HOME.items() if place not in ("BR", "CA-QC")]
)
def test_a_place_gets_the_language_that_is_official_there(place: str, home: str) -> None:
    assert home.replace("-", "_") in get_official_languages(place)
    for spoken in (None, "kk", "ps-AF"):
        assert choose_language(None, spoken, languages(), "en", place) == home
    assert choose_language(None, "de", ALL, "en", place) == "de"
    assert choose_language("fr", None, ALL, "en", place) == "fr"
    assert choose_language(None, None, ["de", "en"], "en", place) == "en"


def test_a_page_asks_again_only_where_its_lang_can_mean_another_language() -> None:
    assert other_languages("en", ["en"]) == []
    assert other_languages("en", ["de", "en"]) == ["de"]
    assert other_languages("en", ["en", "he", "nb"]) == ["he", "iw", "nb", "nn", "no"]
    assert other_languages("en", ["en", "nn"]) == ["nb", "nn", "no"]
    assert other_languages("nb", ["nb"]) == []
    assert other_languages("nb", ["nb", "nn"]) == ["nn"]
    assert other_languages("de", ["de", "fr", "fr-CA", "zh-Hant"]) == ["fr", "zh"]
    assert other_languages("pt", ["pt", "pt-BR"]) == ["pt-br"]
    assert other_languages("pt-BR", ["pt", "pt-BR"]) == ["pt"]
    assert other_languages("zh-Hans", ["zh-Hans", "zh-Hant"]) == ["zh-hant", "zh-hk", "zh-mo", "zh-tw"]
    assert other_languages("en", ["en", "fil", "sr-Latn"]) == ["cnr", "fil", "sh", "sr", "tl"]
    assert other_languages("sr", ["sr", "sr-Latn"]) == ["cnr", "sh", "sr-latn", "sr-me"]
    assert other_languages("zh-Hant", ["en", "zh-Hans", "zh-Hant"]) == ["en", "zh", "zh-hans"]


PAGES = (
    *("fr-BE", "pt-AO", "zh", "zh-TW", "zh-CN", "no", "iw-IL", "en-GB", "de-AT", "nn-NO", "sh", "sr-ME", "tl"),
    *("pa-IN", "pa-PK", "pa-Arab-PK"),
)


def asks(page: str, language: str, offered: list[str]) -> bool:
    """Return whether a page sends another request, as the script does."""
    pattern = other_languages_pattern(language, tuple(offered))
    return page != language and bool(re.search(f"^({pattern})(-|$)", page, re.IGNORECASE))


@pytest.mark.parametrize("language", languages())
def test_a_page_that_would_get_another_language_asks_again(language: str) -> None:
    """For each language tag a page may have: if the response would differ, the pattern matches."""
    for offered in (languages(), sorted({*languages()[::3], language})):
        for tag in (*languages(), *PAGES):
            assert asks(tag, language, offered) or choose_language(tag, language, offered, "en") == language, tag


def test_a_page_in_the_language_of_the_answer_asks_nothing_more_however_many_there_are() -> None:
    for language, pages in {"en": ["en", "en-GB"], "fr": ["fr-BE"], "nb": ["no", "nb-NO"], "he": ["iw"]}.items():
        assert not [page for page in pages if asks(page, language, languages())]
    assert asks("fr-CA", "fr", languages())
    assert asks("sr-Latn-RS", "sr", languages())
    assert len(other_languages_pattern("en", tuple(languages()))) < 20
    assert other_languages_pattern("en", ("de", "en", "fr")) == "de|fr"
