"""Filter lists that an operator adds."""

from pathlib import Path

import pytest

from consent.classifier.address_book import AddressBook
from consent.classifier.catalog import VENDORS, load_catalog
from consent.classifier.classifier import Classifier, shipped_classifier
from consent.classifier.filter_lists import FilterList, FilterListError, read_list
from consent.classifier.name_index import Names

ADDRESS = "https://px.counter.example/hit/pixel.gif?page=1&utm_x=2"


@pytest.fixture
def listed(tmp_path: Path):
    """Return a function that makes a list from lines."""

    def make(*lines: str, group: str = "analytics", name: str = "mine.txt") -> FilterList:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", "utf-8")
        read_list.cache_clear()
        return read_list(f"{group}={path}")

    return make


@pytest.mark.parametrize(
    "rule",
    [
        "||counter.example^",
        "||px.counter.example^$third-party",
        "||COUNTER.example^$script,image,domain=~shop.example",
        "||counter.example/hit/",
        "||counter.example/*.gif?",
        "||counter.example^*/pixel",
        "|https://px.counter.example/hit",
        "/hit/pixel.",
        "/pixel.gif?*&utm_x=",
        "utm_x=2|",
        "&utm_x=2^",
        "*counter.example/hit*",
        "0.0.0.0 px.counter.example",
        "127.0.0.1\tpx.counter.example # a comment",
    ],
)
def test_a_rule_fits_an_address(rule: str, listed) -> None:
    assert listed(rule).has(ADDRESS)


@pytest.mark.parametrize(
    "rule",
    [
        "||ounter.example^",
        "||counter.example.org^",
        "||counter.exampl^",
        "||hit/pixel",
        "|px.counter.example",
        "|https://counter.example",
        "/hit/pixel|",
        "/pixel.gif*hit^",
        "hits^pixel",
        "0.0.0.0 counter.example.org",
    ],
)
def test_a_rule_does_not_fit_another_address(rule: str, listed) -> None:
    assert not listed(rule).has(ADDRESS)


@pytest.mark.parametrize(
    "rule",
    [
        "! ||counter.example^",
        "[Adblock Plus 2.0]",
        "counter.example##.banner",
        "counter.example#@#.banner",
        "counter.example#$#body { color: red }",
        "##div[style]",
        r"/counter\.example/",
        "/(a+)+$/$script",
        "||counter.example^$domain=shop.example",
        "||counter.example^$domain=shop.example|~other.example",
        "||counter.example^$~third-party",
        "||counter.example^$removeparam=utm_x",
        "||counter.example^$popup",
        "||counter.example^$badfilter",
        "||counter.example^$csp=script-src 'none'",
        "gif",
        "*",
        "||*",
        "^",
        "||",
        "|",
        "@@",
        "$",
        "$third-party",
        "0.0.0.0 localhost",
        "<p>counter.example</p>",
        "a sentence about counter.example",
        "\ufffdcounter.example",
        "x" * 1001,
    ],
)
def test_skips_rules_that_do_not_apply_to_all_requests(rule: str, listed) -> None:
    found = listed(rule, "||other.example^")
    assert found.rules.number == 1
    assert not found.has(ADDRESS)
    assert found.has("https://a.other.example/")


def test_an_exception_takes_an_address_out_of_its_list(listed) -> None:
    found = listed("||counter.example^", "@@||counter.example/hit/", "@@||counter.example^$domain=shop.example")
    assert not found.has(ADDRESS)
    assert found.has("https://px.counter.example/other")


@pytest.mark.parametrize("address", ["", "  ", "about:blank", "http://[::1", "\x00", "//", "https:///x", "a" * 9000])
def test_malformed_addresses_do_not_fail(address: str, listed) -> None:
    assert not listed("||counter.example^", "/hit/pixel.").has(address)


def test_an_address_may_lack_its_scheme_or_be_a_host_alone(listed) -> None:
    found = listed("||counter.example^")
    assert found.has("//px.counter.example/x")
    assert found.has("px.counter.example")


def test_many_wildcards_do_not_run_forever(listed) -> None:
    found = listed("/aaaa" + "*aaaa" * 150 + "b")
    assert not found.has("https://x.example/" + "a" * 3900), "one that goes back and forth never says so"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("trackers.txt", "'trackers.txt' is not GROUP=FILE with one of functional, analytics, advertising."),
        ("essential=trackers.txt", "is not GROUP=FILE"),
        ("analytics=", "is not GROUP=FILE"),
        ("analytics={folder}/none.txt", "none.txt cannot be read: No such file or directory."),
        ("analytics={folder}", "cannot be read: Is a directory."),
        ("analytics={folder}/empty.txt", "empty.txt has no rule for an address"),
        ("analytics={folder}/prose.txt", "prose.txt has no rule for an address"),
        ("analytics={folder}/zip.txt", "zip.txt is not text."),
        ("analytics={folder}/large.txt", "large.txt is larger than 32 MB."),
    ],
)
def test_rejects_an_invalid_list_with_a_message(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "prose.txt").write_text("<html>\nThis page is gone.\n! nothing\n##.ad\n", "utf-8")
    (tmp_path / "zip.txt").write_bytes(b"PK\x03\x04\x00\xff\xfe" * 500)
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(2**25 + 1)
    with pytest.raises(FilterListError) as refused:
        read_list(text.format(folder=tmp_path))
    assert sentence in str(refused.value)


def test_a_list_answers_where_the_catalog_knows_no_group_and_says_so(listed) -> None:
    mine = listed("||counter.example^", "||hotjar.com^", "||cdn.jsdelivr.net/npm/spy.js", group="advertising")
    asked = shipped_classifier().with_lists([mine])
    answer = asked.address(ADDRESS)
    assert (answer.group, answer.layer, answer.vendor, answer.is_sure) == ("advertising", "filter_list", "", False)
    assert answer.reason == "The filter list mine.txt classifies an address at px.counter.example as advertising."
    assert asked.address("https://static.hotjar.com/c/x.js").group == "analytics", "the catalog knows it"
    hosted = asked.address("https://cdn.jsdelivr.net/npm/spy.js")
    assert (hosted.group, hosted.vendor) == ("advertising", "jsDelivr")
    assert asked.address("https://cdn.jsdelivr.net/npm/other.js").group == "unclassified"
    assert shipped_classifier().address(ADDRESS).group == "unclassified", "what is shipped has no list"


def test_the_first_list_that_has_an_address_tells_its_group(listed) -> None:
    first = listed("||counter.example/hit/", group="functional", name="a.txt")
    second = listed("||counter.example^", group="advertising", name="b.txt")
    asked = shipped_classifier().with_lists([first, second])
    assert asked.address(ADDRESS).group == "functional"
    assert asked.address("https://counter.example/").group == "advertising"


def test_a_cookie_of_a_listed_domain_or_script_is_told_by_the_list(listed) -> None:
    book = AddressBook(load_catalog(VENDORS).vendors).with_lists([listed("||counter.example^")])
    asked = Classifier(Names(), book, None)
    by_domain = asked.cookie("zzz", ".counter.example", third_party=True)
    by_script = asked.cookie("zzz", "shop.example", third_party=False, script=ADDRESS)
    assert (by_domain.group, by_domain.layer) == (by_script.group, by_script.layer) == ("analytics", "filter_list")
    assert by_script.reason == "The filter list mine.txt classifies the script that set it as analytics."


def test_nothing_of_a_third_party_on_a_listed_domain_is_essential_but_the_sites_own_may_be(listed) -> None:
    asked = shipped_classifier().with_lists([listed("||counter.example^$third-party")])
    for name in ("csrftoken", "PHPSESSID", "cart"):
        assert asked.cookie(name, "counter.example", third_party=True).group == "analytics"
        assert asked.cookie(name, "counter.example", third_party=False).group == "essential"
