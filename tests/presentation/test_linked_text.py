import pytest

from consent.presentation.links import linked_facts, pieces
from consent.presentation.partner_counts import link_partners
from consent.presentation.texts import banner_texts, first_words


def test_a_text_is_taken_apart_at_its_links():
    text = "See [our terms](https://shop.example/terms) or [law](http://law.example/)."
    assert pieces(text) == [
        ["See "],
        ["our terms", "https://shop.example/terms"],
        [" or "],
        ["law", "http://law.example/"],
        ["."],
    ]
    assert pieces("[only](https://a.example/)") == [["only", "https://a.example/"]]


def test_keeps_anything_that_is_not_a_web_link_as_text():
    for text in ("plain", "[bad](javascript:alert(1))", "<a href=x>", "[half](https://a.example/"):
        assert pieces(text) == [[text]]


def test_only_texts_with_links_come_in_pieces():
    assert linked_facts({"notice": "plain", "title": "[t](https://a.example/)"}) == {}
    assert linked_facts({"notice": "[t](https://a.example/)"}) == {"linked": {"notice": [["t", "https://a.example/"]]}}


def test_the_first_layer_comes_in_pieces_with_its_links_and_the_names_of_its_groups():
    texts = banner_texts("en") | {"text": "See [our terms](https://shop.example/terms)."}
    assert first_words(texts, "en", ["analytics"]) == [
        ["See "],
        ["our terms", "https://shop.example/terms"],
        ["."],
        [" ", "p"],
        ["Analytics", "b"],
        [": Measures how the site is used. "],
        [" ", "p"],
        [texts["withdrawal"] + " "],
    ]


def test_the_number_of_partners_is_the_button_that_opens_their_list():
    words = [["We and 4 partners use cookies."], ["4 partners", "https://shop.example/4"]]
    assert link_partners(words, "4 partners", "List") == [
        ["We and "],
        ["4 partners", "v"],
        [" use cookies."],
        words[1],
    ]


@pytest.mark.parametrize("text", ["We use cookies.", "We and 14 partners use cookies."])
def test_without_the_number_the_list_is_a_button_of_its_own_after_the_text(text: str):
    assert link_partners([[text]], "4 partners", "List") == [[text], ["List", "v"]]
