"""A label and what follows it, as each language writes them."""

import re

import pytest

from consent.presentation.texts import banner_texts, declaration_texts, group_lines, labeled, languages


def colon(language: str) -> str:
    """Return the colon in "Proof of your choice is kept here: Frankfurt", with the space before it."""
    found = re.search(r"([\u00a0\u202f]?[:\uff1a]) ?\{place\}", declaration_texts(language)["proof_kept"])
    assert found, f"the sentence has no colon in {language}"
    return found[1]


def test_a_group_and_what_it_is_for_are_one_line() -> None:
    assert group_lines(banner_texts("en"), "en")["analytics_line"] == "Analytics: Measures how the site is used."


def test_french_keeps_the_colon_on_the_line_of_its_label() -> None:
    for language in ("fr", "fr-CA"):
        line = group_lines(banner_texts(language), language)["functional_line"]
        assert line.startswith(f"{banner_texts(language)['functional']}\u00a0: ")


@pytest.mark.parametrize("language", languages())
def test_the_colon_is_that_of_the_languages_own_sentences(language: str) -> None:
    assert labeled("", "", language).rstrip() == colon(language)
