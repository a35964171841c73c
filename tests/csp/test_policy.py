"""A site's policy with sources added, and the sources themselves, without a service or a server."""

import pytest

from consent.csp import OWN_POLICY, policy_with
from consent.csp.middleware import parse
from consent.runtime.csp_sources import tag_sources


@pytest.mark.parametrize(
    ("own", "added"),
    [
        ("default-src 'none'", "default-src https://v.example wss://v.example"),
        (
            "default-src 'self'; connect-src api.example; style-src 'self'; object-src 'none'",
            "default-src 'self' https://v.example; connect-src api.example https://v.example wss://v.example; "
            "style-src 'self' https://v.example; object-src 'none'",
        ),
        (
            "default-src 'self'; script-src-elem 'self'; child-src 'self'",
            "default-src 'self' https://v.example wss://v.example; script-src-elem 'self' https://v.example; "
            "child-src 'self' https://v.example",
        ),
        ("frame-ancestors 'self'", f"frame-ancestors 'self'; {OWN_POLICY} https://v.example wss://v.example"),
        (
            "script-src 'nonce-a', img-src cdn.example; frame-ancestors 'none'",
            f"script-src 'nonce-a' https://v.example; img-src cdn.example https://v.example; "
            f"{OWN_POLICY} https://v.example wss://v.example, "
            "img-src cdn.example https://v.example; frame-ancestors 'none'",
        ),
    ],
)
def test_what_a_policy_restricts_is_added_to_and_what_it_leaves_open_is_held(own: str, added: str) -> None:
    assert policy_with(own, ["https://v.example"]) == added


@pytest.mark.parametrize(
    ("address", "names"), [("https://c.example/r", ["report-uri", "report-to"]), ("http://c.example/r", ["report-uri"])]
)
def test_a_trial_without_tls_reports_too_which_a_browser_does_by_the_older_directive_alone(
    address: str, names: list[str]
) -> None:
    assert [name for name in parse(policy_with(OWN_POLICY, [], address)) if name.startswith("report")] == names


def test_ignores_hosts_that_would_end_a_directive() -> None:
    vendor = {"id": "v", "hosts": ["*.good.example", "bad.example; script-src *", "*", "a b.example"]}
    tag = {"id": "t", "vendor": "v", "load": {"src": "https://{account}.bad.example/x.js"}}
    assert tag_sources({"tags": [tag], "vendors": [vendor]}, ["t"]) == ["https://*.good.example"]


def test_a_host_that_a_wildcard_stands_for_is_not_named_again() -> None:
    vendor = {"id": "v", "hosts": ["*.v.example", "a.v.example", "*.b.v.example", "v.example", "*.other.example"]}
    tag = {"id": "t", "vendor": "v", "load": {"src": "https://cdn.v.example/x.js"}}
    assert tag_sources({"tags": [tag], "vendors": [vendor]}, ["t"]) == [
        "https://*.other.example",
        "https://*.v.example",
        "https://v.example",
    ]


def test_a_vendor_that_shares_a_host_gets_its_own_files_and_folders_alone() -> None:
    hosts = [
        "www.v.example/maps/",
        "www.v.example/js/tag?id=G-",
        "www.v.example/tr",
        "cdn.v.example",
        "cdn.v.example/npm/",
    ]
    vendor = {"id": "v", "hosts": hosts}
    tag = {"id": "t", "vendor": "v", "load": {"src": "https://www.v.example/maps/embed?key=x"}}
    assert tag_sources({"tags": [tag], "vendors": [vendor]}, ["t"]) == [
        "https://cdn.v.example",
        "https://www.v.example/js/tag",
        "https://www.v.example/js/tag/",
        "https://www.v.example/maps/",
        "https://www.v.example/tr",
        "https://www.v.example/tr/",
    ]


def test_of_a_repeated_directive_the_first_applies() -> None:
    assert parse(policy_with("img-src a.example; IMG-SRC b.example", []))["img-src"] == ["a.example"]
