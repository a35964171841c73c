"""Names of places are listed in the order of the reader's language."""

import pytest

from consent.presentation.name_order import name_key


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["Afghanistan", "Åland Islands", "Albania", "Türkiye", "Tuvalu"]),
        ("de", ["Dänemark", "Deutschland", "Oman", "Österreich", "Zypern"]),
        ("fr-CA", ["Égypte", "Émirats arabes unis", "Équateur", "Espagne"]),
        ("sv", ["Danmark", "Zambia", "Åland", "Österrike"]),
        ("ru", ["Италия", "Йемен", "Казахстан"]),
    ],
)
def test_names_are_in_the_order_of_their_language(language: str, names: list[str]) -> None:
    assert sorted(set(names), key=lambda name: name_key(name, language)) == names


def test_case_does_not_change_the_order() -> None:
    assert sorted({"iPhone", "Zebra", "Apple"}, key=name_key) == ["Apple", "iPhone", "Zebra"]
