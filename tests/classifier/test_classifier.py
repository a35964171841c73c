"""The classifier's layers, in order, with a catalog small enough to read."""

import pytest

from consent.classifier.address_book import AddressBook
from consent.classifier.catalog import VENDORS, load_catalog
from consent.classifier.classifier import Classifier, Decisions, new_classifier, shipped_classifier
from consent.classifier.name_index import KnownName, Names
from consent.classifier.result import LAYERS, Answer
from tests.classifier.small_model import model_of

HOSTS = AddressBook(load_catalog(VENDORS).vendors)
MODEL = model_of({"w:uid": [0, 0, 0, 8000], "w:basketball": [8000, 0, 0, 0]})


def names(*known: KnownName) -> Names:
    found = Names()
    for one in known:
        found.add(one)
    return found


LISTED = names(
    KnownName("sid", "analytics", "session_statistics", "counter", ("counter.example",)),
    KnownName("sid", "essential", "session", "framework"),
    KnownName("shop_session", "essential", "session", "framework"),
    KnownName("pref_*", "functional", "display_settings", "framework"),
    KnownName("_*_session", "essential", "session", "framework"),
    KnownName("same", "analytics", None, "one"),
    KnownName("same", "analytics", "ab_test", "two"),
)
SMALL = Classifier(LISTED, HOSTS, MODEL)


def said(answer: Answer) -> tuple[str, str]:
    return answer.group, answer.layer


@pytest.mark.parametrize(
    ("name", "domain", "wanted"),
    [
        ("sid", ".counter.example", ("analytics", "catalog_name_and_domain")),
        ("shop_session", "shop.example", ("essential", "catalog_name")),
        ("pref_left", "shop.example", ("functional", "catalog_pattern")),
        ("my_csrf_token", "shop.example", ("essential", "catalog_pattern")),
        ("nothing", ".criteo.net", ("advertising", "vendor_domain")),
        ("uid", "shop.example", ("advertising", "model")),
        ("nothing", "shop.example", ("unclassified", "none")),
    ],
)
def test_the_first_layer_with_an_answer_wins(name: str, domain: str, wanted: tuple[str, str]) -> None:
    assert said(SMALL.cookie(name, domain)) == wanted


def test_a_decision_by_a_user_of_the_site_comes_first() -> None:
    cookies = {("sid", "counter.example"): ("functional", "chat"), ("uid", ""): ("essential", None)}
    decided = SMALL.with_decisions(Decisions(cookies, {"x.example": ("analytics", None)}))
    assert said(decided.cookie("sid", ".counter.example")) == ("functional", "decision")
    assert said(decided.cookie("sid", "shop.example"))[1] != "decision"
    assert said(decided.cookie("uid", ".criteo.com")) == ("essential", "decision")
    assert said(decided.address("https://x.example/a.js")) == ("analytics", "decision")
    assert said(SMALL.cookie("uid", "shop.example")) == ("advertising", "model")


def test_names_of_which_vendors_disagree_are_not_decided_by_the_name() -> None:
    assert said(SMALL.cookie("sid", "shop.example")) == ("unclassified", "none")


def test_vendors_that_agree_on_the_group_but_not_on_the_purpose_give_the_group_alone() -> None:
    answer = SMALL.cookie("same")
    assert (answer.group, answer.purpose, answer.vendor) == ("analytics", None, "")


@pytest.mark.parametrize("domain", [".criteo.net", "script.hotjar.io", ".doubleclick.net"])
def test_nothing_on_a_trackers_domain_is_called_essential(domain: str) -> None:
    for name in ("shop_session", "csrftoken", "cart"):
        assert SMALL.cookie(name, domain).group in ("analytics", "advertising")


@pytest.mark.parametrize("domain", [".criteo.com", "www.hotjar.com", ".hubspot.com", "linkedin.com"])
def test_nothing_at_a_trackers_own_website_is_called_essential(domain: str) -> None:
    for name in ("shop_session", "csrftoken", "cart"):
        assert SMALL.cookie(name, domain).group != "essential"
        assert shipped_classifier().cookie(name, domain).group != "essential"


@pytest.mark.parametrize(
    "name", ["user_consent", "gdpr_consent", "csrf_token", "xsrf", "consent_samesite", "auth_security", "cart"]
)
@pytest.mark.parametrize(
    "domain", ["www.facebook.com", "linkedin.com", "twitter.com", "tiktok.com", "pinterest.com", "sync.criteo.com"]
)
def test_a_reassuring_word_makes_nothing_essential_at_an_advertiser_or_a_social_network(name: str, domain: str) -> None:
    for third_party in (None, True, False):
        assert shipped_classifier().cookie(name, domain, third_party=third_party).group != "essential"


def test_a_name_alone_is_essential_where_the_site_sets_it_or_nobody_is_known_who_tracks() -> None:
    asked = Classifier(LISTED, HOSTS, model_of({"w:uid": [0, 0, 0, 8000]}))
    assert asked.cookie("my_csrf_token", "shop.example").group == "essential"
    assert asked.cookie("uid_csrf_token", "shop.example").group != "essential", "the model leans to tracking"
    assert asked.cookie("uid_csrf_token", "shop.example", third_party=False).group == "essential"
    assert SMALL.cookie("my_csrf_token", "player.vimeo.com").group != "essential", "a vendor's host is another party's"


def test_what_sites_declared_of_a_foreign_cookie_makes_it_not_essential() -> None:
    met = KnownName("sync_samesite", "essential", None, "", ("sync.example",), 3)
    assert (
        Classifier(names(met), HOSTS, MODEL).cookie("sync_samesite", "sync.example", third_party=True).group
        != "essential"
    )
    own = KnownName("sync_samesite", "essential", None, "", (), 3)
    assert (
        Classifier(names(own), HOSTS, MODEL).cookie("sync_samesite", "shop.example", third_party=False).group
        == "essential"
    )


def test_a_foreign_cookie_is_essential_only_by_name_and_domain_together() -> None:
    assert SMALL.cookie("shop_session", "other.example", third_party=True).group == "unclassified"
    placed = Classifier(names(KnownName("shop_session", "essential", "session", "pay", ("pay.example",))), HOSTS, MODEL)
    assert placed.cookie("shop_session", "pay.example", third_party=True).group == "essential"


def test_the_model_alone_never_says_essential_and_tells_what_it_thinks() -> None:
    answer = SMALL.cookie("basketball", "shop.example")
    assert said(answer) == ("unclassified", "none")
    assert (answer.suggestion, answer.is_sure) == ("essential", False)
    assert "essential" in answer.reason


def test_the_model_strengthens_or_weakens_what_the_other_layers_say() -> None:
    agreed, opposed = SMALL.cookie("uid", ".criteo.net"), SMALL.cookie("basketball", ".criteo.net")
    assert agreed.group == opposed.group == "advertising"
    assert agreed.is_sure
    assert opposed.confidence < agreed.confidence


def test_an_owners_own_website_tells_less_than_where_it_only_delivers_from() -> None:
    agreed, opposed = SMALL.cookie("uid", ".outbrain.com"), SMALL.cookie("basketball", ".outbrain.com")
    assert said(agreed) == ("advertising", "vendor_domain")
    assert agreed.confidence < SMALL.cookie("uid", ".criteo.net").confidence
    assert "its own website" in agreed.reason
    assert said(opposed) == ("unclassified", "none")
    assert (opposed.suggestion, opposed.vendor) == ("essential", "outbrain")


def test_the_table_of_hosts_knows_where_owners_have_their_own_websites() -> None:
    hosts = ("app.hubspot.com", "js.hs-scripts.com", "shop.example")
    assert [HOSTS.place(host).is_website for host in hosts] == [1, 0, 0]
    assert not AddressBook((), None).place("app.hubspot.com").is_website


@pytest.mark.parametrize(
    "name",
    [
        "cart_tracking_pixel",
        "visitor_cart_id",
        "ad_cart",
        "abandoned_cart_tracker",
        "cart_affiliate_id",
        "checkout_conversion",
        "basket_sync",
        "cart_analytics",
        "tracked_start_checkout",
    ],
)
def test_a_name_of_what_trackers_measure_in_a_cart_keeps_no_cart(name: str) -> None:
    assert shipped_classifier().cookie(name, "www.shop.example", third_party=False).group != "essential"


@pytest.mark.parametrize(
    "name", ["cart", "shop_cart", "cartItemID", "basket_count", "checkout_step", "user_cart", "guest_cart", "pCartId"]
)
def test_a_name_that_says_cart_alone_keeps_one(name: str) -> None:
    assert shipped_classifier().cookie(name, "www.shop.example", third_party=False).group == "essential"


def test_a_short_beginning_is_nobodys_beyond_its_domain() -> None:
    found = Classifier(
        names(
            KnownName("ab_*", "analytics", None, "one"), KnownName("xyz_*", "analytics", None, "two", ("two.example",))
        ),
        HOSTS,
        None,
    )
    assert said(found.cookie("ab_cd", "shop.example")) == ("unclassified", "none")
    assert said(found.cookie("xyz_long", "shop.example")) == ("unclassified", "none")
    assert said(found.cookie("xyz_long", "two.example")) == ("analytics", "catalog_name_and_domain")


def test_the_script_that_sets_a_cookie_tells_its_group() -> None:
    answer = SMALL.cookie("nothing", "shop.example", script="https://static.criteo.net/js/ld/ld.js")
    assert said(answer) == ("advertising", "vendor_script")


@pytest.mark.parametrize(
    ("url", "vendor"),
    [
        ("https://www.googletagmanager.com/gtag/js?id=G-ABC1234567", "google-analytics"),
        ("https://www.googletagmanager.com/gtag/js?id=AW-123456789", "google-ads"),
        ("//www.googletagmanager.com/gtm.js?id=GTM-ABC", "google-tag-manager"),
        ("https://region1.google-analytics.com/g/collect?v=2", "google-analytics"),
        ("https://dis.criteo.com/x", "criteo"),
        ("https://sync.bidtheatre.com/x", "BidTheatre"),
    ],
)
def test_an_address_tells_its_vendor(url: str, vendor: str) -> None:
    assert shipped_classifier().address(url).vendor == vendor


@pytest.mark.parametrize(
    "url", ["", "https://", "nonsense", "http://[::1", "https://shop.example/a.js", "https://a..b/"]
)
def test_an_unknown_address_stays_unclassified(url: str) -> None:
    assert said(shipped_classifier().address(url)) == ("unclassified", "none")


def test_an_owner_without_a_group_suggests_what_its_kind_is_for_most_often() -> None:
    answer = Classifier(names(), AddressBook(()), None).address("https://firestore.googleapis.com/x.js")
    assert (answer.group, answer.suggestion) == ("unclassified", "functional")
    answer = Classifier(names(), AddressBook(()), None).address("https://x.amazonaws.com/x.js")
    assert (answer.group, answer.suggestion) == ("unclassified", "")


@pytest.mark.parametrize("name", ["_grove_session", "_my_app_session"])
def test_an_application_s_own_name_in_the_middle_is_the_framework_s(name: str) -> None:
    for third_party in (None, False):
        answer = SMALL.cookie(name, "www.shop.example", third_party=third_party)
        assert said(answer) == ("essential", "catalog_pattern")
        assert "_*_session under framework" in answer.reason
    assert SMALL.cookie(name, "www.shop.example", third_party=True).group != "essential"
    assert SMALL.cookie(name, "doubleclick.net").group != "essential"
    assert SMALL.cookie(name, "www.shop.example", script="https://shop.example/app.js").group != "essential"


@pytest.mark.parametrize(
    "name",
    [
        "_ad_session",
        "_click_session",
        "_visitor_session",
        "_sp_wa_first_session",
        "_pixel_session",
        "__session",
        "_session",
    ],
)
def test_an_own_name_that_hints_at_tracking_is_no_application_s(name: str) -> None:
    assert SMALL.cookie(name, "www.shop.example", third_party=False).group != "essential"


def test_names_of_ones_own_come_before_the_shipped_ones() -> None:
    own = new_classifier(load_catalog(VENDORS), [KnownName("_ga", "functional", None, "mine")])
    assert said(own.cookie("_ga", "shop.example")) == ("functional", "catalog_name")
    assert said(shipped_classifier().cookie("_ga", "shop.example")) == ("analytics", "catalog_name")


@pytest.mark.parametrize("name", ["", "\x00\x1b[31m", "(a+)+$" * 50, "é" * 5000, "_" * 20000, "%" * 300])
def test_strange_names_get_an_answer_with_a_reason(name: str) -> None:
    answer = shipped_classifier().cookie(name, "\x00.example..", value="\x00" * 9000, expiry_s=-5)
    assert answer.layer in LAYERS
    assert answer.reason


def test_a_host_that_a_template_names_by_a_parameter_is_known_in_whole_alone() -> None:
    assert HOSTS.find("https://js.hs-scripts.com/1.js").vendor == "hubspot"
    assert HOSTS.find("https://js/x.js") is None


def test_images_of_wordpress_coms_cdn_and_emoji_belong_to_no_vendor() -> None:
    for address in ("https://i0.wp.com/shop.example/photo.jpg", "https://s.w.org/images/core/emoji/1f642.svg"):
        assert HOSTS.find(address).vendor == ""
