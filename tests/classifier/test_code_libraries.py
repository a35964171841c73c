"""The list of hosts whose code is harmless."""

import re

from consent.classifier.catalog import load_catalog
from consent.classifier.code_libraries import code_libraries
from consent.core.host_patterns import owner_of

ADDRESS = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+(/[A-Za-z0-9._~@-]+)*/?")


def test_each_address_is_a_host_or_a_folder_and_has_a_name():
    assert {one for one in code_libraries() if not ADDRESS.fullmatch(one)} == set()
    assert all(name.strip() == name != "" for name in code_libraries().values())


def test_what_a_page_needs_is_code_and_what_counts_visits_is_not():
    for address in (
        "https://code.jquery.com/jquery-3.7.1.min.js",
        "https://ajax.googleapis.com/ajax/libs/jquery/3.7.1/jquery.min.js",
        "https://cdnjs.cloudflare.com/ajax/libs/gsap/3.12.5/gsap.min.js",
        "https://maxcdn.bootstrapcdn.com/bootstrap/3.4.1/js/bootstrap.min.js",
        "https://i0.wp.com/shop.example/photo.jpg?w=600",
        "https://s.w.org/images/core/emoji/2.2.1/svg/1f642.svg",
    ):
        assert owner_of(address, {"code": list(code_libraries())}) == "code"
    for address in (
        "https://static.cloudflareinsights.com/beacon.min.js",
        "https://stats.wp.com/e-202648.js",
        "https://polyfill.io/v3/polyfill.min.js",
        "https://www.gstatic.com/recaptcha/releases/x/recaptcha__en.js",
        "https://yastatic.net/share2/share.js",
    ):
        assert owner_of(address, {"code": list(code_libraries())}) is None


def test_no_address_of_the_list_is_a_trackers():
    trackers = {v.id: v.hosts for v in load_catalog().vendors if v.group in ("analytics", "advertising")}
    ours = {"": list(code_libraries())}
    assert {one: found for one in code_libraries() if (found := owner_of(one, trackers | ours))} == {}
