"""Mounts: the paths on a site's own hosts under which a vendor is proxied."""

from typing import Any

import pytest

from consent.core.documents.config import Draft
from consent.core.host_patterns import owner_of
from consent.runtime.blocking import blocker_attributes
from consent.runtime.csp_sources import tag_sources
from consent.sites.config_file import read_file, write_yaml
from consent.sites.draft import DraftError, check_draft
from consent.sites.draft_vendors import with_facts
from consent.sites.in_page_tags import hosts_of
from consent.sites.own_host.mounts import mount_warnings, set_mounts
from tests.api.shop import site_draft

GOOGLE = "ga"


def vendor_of(draft: Draft, vendor: str = GOOGLE) -> Any:
    return next(one for one in draft["vendors"] if one["id"] == vendor)


def mounted(*mounts: str) -> Draft:
    return set_mounts(site_draft(), GOOGLE, mounts)


@pytest.mark.parametrize(
    "mount", ["/metrics/*", "/x4f2/*", "/js/script.js", "/wp-content/plugins/google-site-kit/gtg/measurement.php"]
)
def test_a_path_of_the_site_is_a_mount(mount: str) -> None:
    check_draft(mounted(mount))


@pytest.mark.parametrize(
    "mount",
    ["/*", "/", "metrics/*", "/metrics*", "/a b", "/m/*/x", "//evil.example/*", "https://example.com/m/*", "/m?x"],
)
def test_another_form_is_refused_with_one_sentence_that_has_an_example(mount: str) -> None:
    with pytest.raises(DraftError) as refused:
        check_draft(mounted(mount))
    (sentence,) = refused.value.fields.values()
    assert sentence.startswith("Enter a path of the site, such as /metrics/*")


def test_one_path_is_of_one_vendor_and_the_services_own_path_of_none() -> None:
    draft = mounted("/metrics/*", "/consent/*")
    other = next(one["id"] for one in draft["vendors"] if one["id"] != GOOGLE)
    with pytest.raises(DraftError) as refused:
        check_draft(set_mounts(draft, other, ["/metrics/*"]))
    assert sorted(refused.value.fields.values()) == [
        "/metrics/* is already a mount of Session.",
        "This path belongs to this service or to standard web files, so no vendor can be proxied there.",
    ]


def test_a_mount_is_a_place_of_its_vendor_on_all_hosts_of_the_site() -> None:
    draft = mounted("/metrics/*", "/js/script.js")
    places = {"google": hosts_of(draft, vendor_of(draft)), "own": ["example.com", "*.example.com"]}
    for address in ("/metrics/gtag/js?id=G-1", "/metrics/", "/metrics", "/metrics?id=G-1", "/js/script.js"):
        for host in ("example.com", "www.example.com", "a.long.name.of.example.com"):
            assert owner_of(f"https://{host}{address}", places) == "google"
    for address in ("/metricsx", "/", "/js/script.js.map", "/js/", "/a/metrics/x"):
        assert owner_of(f"https://www.example.com{address}", places) == "own"


def test_the_blocker_gets_it_in_the_attribute_of_its_own_element() -> None:
    assert "example.com/metrics/" not in blocker_attributes(site_draft(), "https://consent.example")
    assert " *.example.com/metrics/ " in blocker_attributes(mounted("/metrics/*"), "https://consent.example")


def test_a_policy_names_it_where_its_vendor_is_allowed() -> None:
    draft, origin = mounted("/metrics/*"), site_draft()["hosts"][0]
    tags = {tag["vendor"]: tag["id"] for tag in draft["tags"]}
    assert {f"{origin}/metrics/", f"{origin}/metrics"} <= set(tag_sources(draft, [tags[GOOGLE]]))
    others = [tag for vendor, tag in tags.items() if vendor != GOOGLE]
    assert not any("/metrics" in source for source in tag_sources(draft, others))


def test_a_newer_catalog_leaves_it() -> None:
    draft = mounted("/metrics/*")
    vendor = {name: value for name, value in vendor_of(draft).items() if name != "mounts"}
    renewed = with_facts(draft, vendor | {"company": "Another"}, draft["cookies"])
    assert (vendor_of(renewed)["mounts"], vendor_of(renewed)["company"]) == (["/metrics/*"], "Another")


def test_no_mount_leaves_no_field() -> None:
    assert set_mounts(mounted("/metrics/*"), GOOGLE, []) == site_draft()


def test_a_config_file_has_it() -> None:
    draft = mounted("/metrics/*")
    assert vendor_of(read_file(write_yaml(draft), draft["site"]).draft)["mounts"] == ["/metrics/*"]


@pytest.mark.parametrize(
    ("page", "warns"),
    [
        ("https://example.com/metrics/about", True),
        ("https://example.com/metrics", True),
        ("https://example.com/", False),
        ("https://example.com/metricsx", False),
    ],
)
def test_a_mount_that_has_pages_of_the_site_below_it_gets_a_warning(page: str, warns: bool) -> None:
    sentences = list(mount_warnings(mounted("/metrics/*"), [page]))
    assert len(sentences) == int(warns)
    assert all("/metrics/* of Ga also covers pages of the site" in sentence for sentence in sentences)
