"""The links that a place asks for, and the one that may stand for two of California's."""

from consent.core.resolve import resolve
from consent.core.rules import Place
from consent.presentation.links import page_links
from consent.presentation.texts import banner_texts
from tests.golden import make_config, shipped_rules

DAY = 20782
POLICY = "https://shop.example/privacy"
TEXTS = banner_texts("en")
CHOICES, SELL, LIMIT = (
    TEXTS[f"link_{name}"] for name in ("your_privacy_choices", "do_not_sell_or_share", "limit_sensitive_pi")
)


def links_in(country, subdivision, one):
    place = Place(country, subdivision)
    tokens = resolve(make_config([]), shipped_rules(), place, DAY)["links"]
    return page_links(tokens, TEXTS, POLICY, one)


def test_california_asks_for_two_links_or_the_one_with_an_icon():
    two, one = links_in("US", "CA", False), links_in("US", "CA", True)
    assert [link["label"] for link in two[:2]] == [SELL, LIMIT]
    assert not any("icon" in link for link in two)
    assert one[0] == {"label": CHOICES, "icon": True}
    assert one[1:] == two[2:]


def test_where_no_law_lets_one_stand_for_others_nothing_changes():
    for place in (("US", "CO"), ("US", "NV"), ("DE", None)):
        assert links_in(*place, True) == links_in(*place, False)


def test_where_rules_of_many_places_hold_only_those_two_are_replaced():
    two, one = links_in("US", None, False), links_in("US", None, True)
    assert {SELL, LIMIT} <= {link["label"] for link in two}
    kept = [link for link in two if link["label"] not in (SELL, LIMIT)]
    assert [link for link in one if "icon" not in link] == kept
