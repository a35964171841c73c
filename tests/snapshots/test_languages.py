import pytest

from consent.snapshots.texts import choose_language

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
    assert choose_language(wanted, OFFERED, "en") == chosen


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
def test_a_hostile_or_broken_header_gives_the_default(wanted: str) -> None:
    assert choose_language(wanted, OFFERED, "en") == "en"


def test_a_broken_part_does_not_hide_a_sound_one() -> None:
    assert choose_language("%%%, fr;q=0.3, <b>;q=9", OFFERED, "en") == "fr"


def test_the_answer_is_always_one_that_is_offered_or_the_default() -> None:
    assert choose_language("de", [], "en") == "en"
    assert choose_language("DE-at", ["DE"], "en") == "DE"
    assert choose_language("fr", ("de", "fr"), "de") == "fr"
