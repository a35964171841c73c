from typing import Any

import pytest

from consent.classifier.catalog import VENDORS, ParameterError, fill, load_catalog
from consent.classifier.tag_template import read_typed
from consent.classifier.vendor import Parameter, TagTemplate

GA4 = load_catalog(VENDORS).vendor("google-analytics").tag("ga4")


def template(load: dict[str, Any], pattern: str = ".*") -> TagTemplate:
    shape = {"type": "script", "src": None, "attributes": {}, "calls": [], **load}
    return TagTemplate(
        "t", "T", "analytics", ("visitor_statistics",), False, (), None, shape, (Parameter("id", "Id", pattern, "x"),)
    )


def test_a_value_goes_into_the_address_and_the_calls() -> None:
    load = fill(GA4, {"measurement_id": "G-ABC1234567"})
    assert load == {
        "type": "script",
        "src": "https://www.googletagmanager.com/gtag/js?id=G-ABC1234567",
        "attributes": {},
        "calls": [
            {"call": "gtag", "queue": "dataLayer", "args": ["js", {"$": "now"}]},
            {"call": "gtag", "queue": "dataLayer", "args": ["config", "G-ABC1234567"]},
        ],
    }


def test_filling_leaves_the_template_as_it_was() -> None:
    fill(GA4, {"measurement_id": "G-ABC1234567"})
    assert GA4.load["src"].endswith("{measurement_id}")
    assert GA4.load["calls"][1]["args"] == ["config", "{measurement_id}"]


@pytest.mark.parametrize(
    "value",
    [
        "",
        " G-ABC1234567",
        "G-ABC1234567\n",
        "G-ABC1234567&x=1",
        "G-ABC1234567/../evil",
        "G-ABC1234567#",
        "G-ABC123');alert(1)//",
        "</script><script>alert(1)</script>",
        "G-ABC123\u2028456",
        "G-ABC\u0661\u0662\u0663\u0664\u0665\u0666",
        "G-\uff21\uff22\uff231234567",
        "G-ABC1234567\x00",
        "{measurement_id}",
        "g-abc1234567",
        "G-" + "A" * 5000,
    ],
)
def test_a_hostile_value_is_refused(value: str) -> None:
    with pytest.raises(ParameterError) as refused:
        fill(GA4, {"measurement_id": value})
    assert list(refused.value.fields) == ["measurement_id"]


@pytest.mark.parametrize("value", [None, 5, ["G-ABC1234567"], {"G-ABC1234567": 1}, True])
def test_a_value_that_is_no_string_is_refused(value: Any) -> None:
    with pytest.raises(ParameterError):
        fill(GA4, {"measurement_id": value})


def test_names_every_invalid_field() -> None:
    matomo = load_catalog(VENDORS).vendor("matomo").tag("matomo-cloud")
    with pytest.raises(ParameterError) as refused:
        fill(matomo, {"site_id": "one", "other": "x"})
    assert set(refused.value.fields) == {"account", "site_id", "other"}
    assert isinstance(refused.value, ValueError)


def test_a_value_is_percent_encoded_in_addresses_and_one_string_elsewhere() -> None:
    value = "a b/c?d&e\"<'"
    load = fill(
        template(
            {
                "src": "https://x.example/{id}?i={id}",
                "attributes": {"data-id": "{id}"},
                "calls": [{"call": "f", "args": [{"deep": ["{id}!"]}]}],
            }
        ),
        {"id": value},
    )
    assert load["src"] == "https://x.example/a%20b%2Fc%3Fd%26e%22%3C%27?i=a%20b%2Fc%3Fd%26e%22%3C%27"
    assert load["attributes"] == {"data-id": value}
    assert load["calls"][0]["args"] == [{"deep": [value + "!"]}]


def test_a_value_never_makes_a_place_for_another() -> None:
    load = fill(template({"calls": [{"call": "f", "args": ["{id}"]}]}), {"id": "{id}{other}"})
    assert load["calls"][0]["args"] == ["{id}{other}"]


def test_a_call_before_the_element_says_so_as_the_script_reads_it() -> None:
    calls = [{"call": "f", "args": [], "when": "before"}, {"call": "g", "queue": None, "args": [], "when": "after"}]
    filled = fill(template({"src": "https://x.example/{id}", "calls": calls}), {"id": "1"})["calls"]
    assert filled == [{"call": "f", "args": [], "before": True}, {"call": "g", "args": []}]


def test_a_marked_tag_loads_nothing() -> None:
    marked = load_catalog(VENDORS).vendor("stripe").tag("stripe")
    assert fill(marked, {}) == {"type": "marked", "src": None, "attributes": {}, "calls": []}
    with pytest.raises(ParameterError):
        fill(marked, {"key": "pk_live_1"})


CATALOG = load_catalog(VENDORS)


def test_a_parameter_as_a_number_and_as_a_name_is_filled_in() -> None:
    hotjar = fill(CATALOG.vendor("hotjar").tag("hotjar"), {"site_id": "1234567"})
    assert hotjar["setup"][1] == {"name": "_hjSettings", "value": {"hjid": 1234567, "hjsv": 6}}
    tiktok = fill(CATALOG.vendor("tiktok-pixel").tag("tiktok-pixel"), {"pixel_id": "C4ABCDEFGHIJ01234567"})
    assert tiktok["setup"][1]["properties"]["_o"] == {"C4ABCDEFGHIJ01234567": {}}


def test_what_is_made_after_the_code_has_come_is_filled_in() -> None:
    load = fill(CATALOG.vendor("microsoft-ads").tag("uet"), {"tag_id": "12345678"})
    assert load["construct"]["options"]["ti"] == "12345678"
    assert load["calls"] == [{"call": "uetq.push", "args": ["pageLoad"], "loaded": True}]


MATOMO = CATALOG.vendor("matomo").tag("matomo")


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("stats.example.org", "stats.example.org"),
        (" https://Stats.example.org/ ", "stats.example.org"),
        ("http://stats.example.org/matomo/index.php?module=CoreHome", "stats.example.org/matomo"),
    ],
)
def test_a_typed_host_is_read_from_an_address_and_is_one_of_the_tags_own(typed: str, value: str) -> None:
    (host, _) = MATOMO.parameters
    assert read_typed(host, typed) == value
    load = fill(MATOMO, {"host": value, "site_id": "1"})
    assert load["src"] == f"https://{value}/matomo.js"
    assert load["hosts"] == ["stats.example.org"]


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "stats.example.org:8443",
        "a@stats.example.org",
        "stats.example.org/../x",
        "stats.example.org/x?y",
        "stats.example.org//evil.example",
        "-stats.example.org",
        "stats..example.org",
        "javascript:alert(1)//.example.org",
    ],
)
def test_what_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(ParameterError) as refused:
        fill(MATOMO, {"host": host, "site_id": "1"})
    assert list(refused.value.fields) == ["host"]


@pytest.mark.parametrize("account", ["a.b", "a/b", "a-", "A", "a@b"])
def test_a_part_of_a_host_is_one_name(account: str) -> None:
    piwik = CATALOG.vendor("piwik-pro").tag("piwik-pro")
    with pytest.raises(ParameterError) as refused:
        fill(piwik, {"account": account, "site_id": "01234567-89ab-cdef-0123-456789abcdef"})
    assert list(refused.value.fields) == ["account"]
