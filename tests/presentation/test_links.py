"""The links that a place requires, and the one that may replace two of California's."""

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
    return page_links(tokens, TEXTS, {"privacy_policy": POLICY}, one)


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


def test_each_link_leads_to_its_own_address_and_without_one_to_the_privacy_policy():
    own = {"privacy_policy": POLICY, "notice_at_collection": "https://shop.example/collection"}
    tokens = ["privacy_policy", "notice_at_collection", "privacy_officer_contact"]
    assert [link.get("url") for link in page_links(tokens, TEXTS, own)[1:]] == [
        POLICY,
        "https://shop.example/collection",
        POLICY,
    ]


def test_a_notice_of_sale_is_in_the_words_of_the_owner_or_not_there():
    notice = "NOTICE: We may sell your sensitive personal data."
    addresses = {"privacy_policy": POLICY}
    (link,) = page_links(["texas_sale_notices"], TEXTS, addresses, notices={"texas_sale_notices": notice})[1:]
    assert link == {"label": notice, "url": POLICY}
    assert page_links(["texas_sale_notices"], TEXTS, addresses)[1:] == []
