"""The domain that a choice counts for: what a new site gets, and what its settings offer."""

import pytest

from consent.sites.cookie_domain import default_scope, possible_scopes


@pytest.mark.parametrize(
    ("hosts", "scope"),
    [
        (["www.myshop.example", "myshop.example"], "myshop.example"),
        (["shop.myshop.example", "blog.myshop.example:8443"], "myshop.example"),
        (["shop.uni.example", "www.shop.uni.example"], "shop.uni.example"),
        (["myshop.example"], "myshop.example"),
        (["www.myshop.example"], "myshop.example"),
        (["www.myshop.co.uk"], "myshop.co.uk"),
        (["shop.myshop.example"], "host"),
        (["myshop.example", "myshop.org"], "host"),
        (["one.github.io", "two.github.io"], "host"),
        (["one.github.io"], "one.github.io"),
        (["co.uk"], "host"),
        (["192.0.2.7"], "host"),
        (["[2001:db8::1]"], "host"),
        (["localhost:8000"], "host"),
        (["www.shop.localhost", "shop.localhost"], "host"),
        ([], "host"),
    ],
)
def test_a_new_site_counts_choices_on_the_domain_that_only_its_hosts_share(hosts: list[str], scope: str) -> None:
    assert default_scope([f"https://{host}" for host in hosts]) == scope


def test_settings_offer_each_shared_domain_from_the_narrowest_up() -> None:
    assert possible_scopes(["https://a.shop.uni.example", "https://b.shop.uni.example"]) == [
        "shop.uni.example",
        "uni.example",
    ]
    assert possible_scopes(["https://shop.uni.example"]) == ["shop.uni.example", "uni.example"]
    assert possible_scopes(["https://shop.uni.example", "http://192.0.2.7"]) == []
