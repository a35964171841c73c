"""The sheet that a speaker confirms a language with: each text once, next to the English, with its location."""

import html
import re

import pytest

from consent.presentation.english import ENGLISH
from consent.presentation.languages import HEAD
from consent.presentation.review_sheet import PLACES, review_sheet
from consent.presentation.texts import all_texts


def test_each_text_stands_in_one_place() -> None:
    keys = [key for rows in PLACES.values() for key in rows]
    assert sorted(keys) == sorted(ENGLISH)


@pytest.mark.parametrize(("language", "direction"), [("de", "ltr"), ("fa", "rtl")])
def test_the_sheet_has_every_text_beside_its_english(language: str, direction: str) -> None:
    sheet = review_sheet(language)
    cells = re.findall(rf'<td lang="{language}" dir="{direction}">(.*?)</td>', sheet, re.DOTALL)
    assert sorted(map(html.unescape, cells)) == sorted(all_texts(language).values())
    assert "Machine-made; no speaker has read them" in sheet


def test_there_is_no_sheet_of_a_language_that_is_not_shipped() -> None:
    with pytest.raises(KeyError):
        review_sheet("xx")


def test_the_head_of_a_catalog_says_who_read_it_and_when() -> None:
    head = "# Texts of the banner: German.\n# Apache-2.0, as the project.\n# X-Own-Name: Deutsch\n"
    found = HEAD.match(f"{head}# X-Reviewed-By-Speaker: yes\n# X-Reader: Eva Muster, 2026-12-01\nmsgid")
    assert found
    assert (found["read"], found["reader"], found["day"]) == ("yes", "Eva Muster", "2026-12-01")
