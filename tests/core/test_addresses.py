"""Which vendor an address belongs to: hosts, subdomains and paths."""

import pytest

from consent.core.host_patterns import host_and_path, matches, owner_of, owners_of

HOSTS = {
    "google": ["*.google.com", "www.google.com"],
    "maps": ["www.google.com/maps/", "google.com/maps/", "maps.google.com"],
    "recaptcha": ["www.google.com/recaptcha/", "www.recaptcha.net"],
    "tag": ["tags.example/js"],
    "ads": ["tags.example/js?id=AW-", "tags.example/js"],
    "jsdelivr": ["cdn.jsdelivr.net"],
    "posthog": ["cdn.jsdelivr.net/npm/posthog-js"],
    "shop": ["*.shops.example"],
    "shop-media": ["*.media.shops.example", "*.shops.example/media/"],
}


@pytest.mark.parametrize(
    ("address", "owner"),
    [
        ("https://www.google.com/maps/embed?pb=1", "maps"),
        ("//www.google.com/maps/embed", "maps"),
        ("www.google.com/maps/embed", "maps"),
        ("https://WWW.GOOGLE.COM:443/maps/embed", "maps"),
        ("https://www.google.com./maps/embed", "maps"),
        ("https://www.google.com/recaptcha/api.js?render=x", "recaptcha"),
        ("https://www.google.com/Maps/embed", "google"),
        ("https://www.google.com/search?q=/maps/", "google"),
        ("https://www.google.com", "google"),
        ("www.google.com", "google"),
        ("https://google.com/", None),
        ("https://evil.example/www.google.com/maps/", None),
        ("https://www.google.com@evil.example/maps/", None),
        ("https://evil-google.com/maps/", None),
        ("https://maps.google.com/maps?q=x", "maps"),
        ("https://cdn.jsdelivr.net/npm/posthog-js@1.2.3/dist/array.js", "posthog"),
        ("https://tags.example/js?id=AW-1&x=2", "ads"),
        ("https://tags.example/js?id=G-1", "tag"),
        ("https://cdn.jsdelivr.net/npm/jquery@3/dist/jquery.min.js", "jsdelivr"),
        ("https://a.media.shops.example/", "shop-media"),
        ("https://a.shops.example/media/", "shop-media"),
        ("https://a.shops.example/", "shop"),
        ("https://shops.example/", None),
        ("wss://a.shops.example/socket", "shop"),
        ("data:text/html,//a.shops.example/", None),
        ("", None),
    ],
)
def test_the_longest_path_owns_an_address_then_the_exact_host(address, owner):
    assert owner_of(address, HOSTS) == owner


def test_of_two_equal_entries_the_first_owner_counts_and_both_are_told():
    hosts = {"below": ["*.example"], "one": ["a.example"], "two": ["*.example", "a.example"]}
    assert owner_of("https://a.example/", hosts) == "one"
    assert owners_of("https://a.example/", hosts) == ["one", "two"]
    assert owners_of("https://a.other/", hosts) == []


def test_an_entry_matches_only_its_own_addresses():
    assert matches("https://code.example/libs/a.js", "code.example/libs/")
    assert matches("https://x.code.example/libs/a.js", "*.code.example/libs/")
    assert not matches("https://code.example/libs/a.js", "*.code.example")
    assert not matches("https://code.example/other/libs/a.js", "code.example/libs/")


def test_a_host_alone_has_the_path_of_its_first_page():
    assert host_and_path("https://Example.com#/b/") == ("example.com", "/")
    assert host_and_path("https://Example.com?x=/A/#/b/") == ("example.com", "/?x=/A/")
