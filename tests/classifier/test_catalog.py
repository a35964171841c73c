import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from consent.classifier.catalog import VENDORS, Catalog, CatalogError, load_catalog
from consent.classifier.vendor_search import short_names

Change = Callable[[dict[str, Any]], object]
GOOD: dict[str, Any] = json.loads((VENDORS / "google-analytics.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(VENDORS)


def write(folder: Path, document: Any, name: str = "google-analytics.json") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return folder


def test_a_vendor_is_found_by_its_id(catalog: Catalog) -> None:
    vendor = catalog.vendor("google-analytics")
    assert (vendor.name, vendor.company, vendor.tag("ga4").group) == ("Google Analytics", "Google", "analytics")
    assert vendor.document == GOOD
    with pytest.raises(KeyError):
        catalog.vendor("nobody")
    with pytest.raises(KeyError):
        vendor.tag("nothing")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("ga", "google-analytics"),
        ("GA4", "google-analytics"),
        ("google an", "google-analytics"),
        ("  tag manager ", "google-tag-manager"),
        ("gtm", "google-tag-manager"),
        ("facebook", "meta-pixel"),
        ("_fbp", "meta-pixel"),
        ("clarity.ms", "microsoft-clarity"),
        ("bing", "microsoft-ads"),
        ("linked", "linkedin-insight"),
        ("youtube", "youtube"),
        ("turnstile", "cloudflare-turnstile"),
        ("fb", "meta-pixel"),
        ("FB Pixel", "meta-pixel"),
        ("meta", "meta-pixel"),
        ("face", "meta-pixel"),
        ("google", "google-analytics"),
        ("google ads", "google-ads"),
        ("adwords", "google-ads"),
        ("universal analytics", "google-analytics"),
        ("floodlight", "doubleclick-google-marketing"),
        ("gpt", "google-publisher-tag"),
        ("uet", "microsoft-ads"),
        ("ms", "microsoft-clarity"),
        ("yt", "youtube"),
        ("insta", "instagram"),
        ("tt", "tiktok-pixel"),
        ("twitter", "x-ads"),
        ("x", "x-ads"),
        ("hs", "hubspot"),
        ("piwik", "matomo"),
        ("ttd", "the-trade-desk"),
        ("mc", "mailchimp"),
        ("add to any", "addtoany"),
    ],
)
def test_what_people_type_finds_the_vendor_first(catalog: Catalog, typed: str, first: str) -> None:
    assert catalog.search(typed)[0].id == first


def test_names_come_before_companies_and_middles(catalog: Catalog) -> None:
    found = [vendor.id for vendor in load_catalog(VENDORS).search("ga")]
    assert found[:2] == ["google-analytics", "google-ads"]
    assert found.index("sketchfab") > found.index("google-ads"), "it is only of a company whose name begins with ga"


def test_short_names_are_of_known_vendors_and_codes_are_unique() -> None:
    known, codes = load_catalog(VENDORS), [one.code for one in short_names().values()]
    assert [vendor for vendor in short_names() if not known.vendor(vendor)] == []
    assert len(set(codes)) == len(codes)
    assert all(1 <= len(code) <= 4 for code in codes)


def test_nothing_typed_gives_all_and_nonsense_gives_none(catalog: Catalog) -> None:
    assert catalog.search(" ") == list(catalog.vendors)
    assert catalog.search("google zebra") == []
    assert catalog.search("(.*)+$") == []


@pytest.mark.parametrize(
    ("host", "ids"),
    [
        ("region1.google-analytics.com", ["google-analytics"]),
        ("WWW.GOOGLETAGMANAGER.COM", ["google-tag-manager"]),
        ("https://www.googletagmanager.com/gtm.js?id=GTM-X", ["google-tag-manager"]),
        ("https://www.googletagmanager.com/gtag/js?id=G-X", ["google-analytics"]),
        ("https://www.googletagmanager.com/gtag/js?id=AW-X", ["google-ads"]),
        ("https://www.googletagmanager.com/gtag/destination", ["google-ads", "google-analytics"]),
        ("https://www.google.com/maps/embed?pb=x", ["google-maps"]),
        ("https://www.google.com/maps?q=x&output=embed", ["google-maps"]),
        ("https://www.google.com/recaptcha/api.js", ["google-recaptcha"]),
        ("https://www.gstatic.com/recaptcha/releases/x/recaptcha__en.js", ["google-recaptcha"]),
        ("https://www.google.com/pagead/1p-user-list/1", ["google-ads"]),
        ("https://ajax.googleapis.com/ajax/libs/jquery/3/jquery.min.js", []),
        ("https://www.gstatic.com/charts/loader.js", []),
        ("https://connect.facebook.net/en_US/fbevents.js", ["meta-pixel"]),
        ("https://connect.facebook.net/de_DE/sdk.js", ["meta-social-plugins"]),
        ("https://www.facebook.com/tr?id=1", ["meta-pixel"]),
        ("https://www.facebook.com/plugins/page.php", ["meta-social-plugins"]),
        ("https://www.linkedin.com/px/li_sync", ["linkedin-insight"]),
        ("https://www.linkedin.com/embed/feed/update/1", ["linkedin"]),
        ("https://bat.bing.com/bat.js", ["microsoft-ads"]),
        ("https://www.bing.com/maps/embed", ["microsoft-maps"]),
        ("https://cdn.jsdelivr.net/npm/posthog-js@1/dist/array.js", ["posthog"]),
        ("https://cdn.jsdelivr.net/npm/jquery@3", []),
        ("https://mc.yandex.ru/metrika/tag.js", ["yandex-metrica"]),
        ("google-analytics.com.evil.example", []),
        ("notgoogle-analytics.com", []),
        ("plausible.io", ["plausible"]),
        ("", []),
    ],
)
def test_a_host_tells_its_vendors(catalog: Catalog, host: str, ids: list[str]) -> None:
    assert [vendor.id for vendor in catalog.vendors_at(host)] == ids


def test_an_owner_can_add_a_folder_of_his_own(tmp_path: Path) -> None:
    own = {**copy.deepcopy(GOOD), "id": "own-statistics", "name": "Own statistics"}
    found = load_catalog(VENDORS, write(tmp_path / "own", own, "own-statistics.json"))
    assert found.vendor("own-statistics").name == "Own statistics"
    assert found.vendor("google-analytics").name == "Google Analytics"


def test_two_folders_may_not_describe_one_vendor(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"google-analytics\.json: two folders"):
        load_catalog(VENDORS, write(tmp_path / "own", GOOD))


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"google-analytics\.json: this is no JSON"):
        load_catalog(write(tmp_path / "own", "{"))


def tag(document: dict[str, Any]) -> dict[str, Any]:
    first: dict[str, Any] = document["tags"][0]
    return first


def load(document: dict[str, Any]) -> dict[str, Any]:
    part: dict[str, Any] = tag(document)["load"]
    return part


def set_call(call: Any) -> Change:
    return lambda document: load(document).update(calls=[*load(document)["calls"], call])


def set_up(entry: Any) -> Change:
    return lambda document: load(document).update(setup=[entry])


FAULTY: dict[str, tuple[Change, str]] = {
    "unknown field": (lambda d: d.update(script="alert(1)"), "Additional properties"),
    "missing field": (lambda d: d.pop("sources"), "'sources' is a required property"),
    "host": (
        lambda d: d.update(hosts=["WWW.Example.com"]),
        "'WWW.Example.com' is not right here: A host in lower case",
    ),
    "no such day": (lambda d: d["sources"][0].update(checked="2026-02-31"), "checked: there is no day 2026-02-31"),
    "no day": (lambda d: d["sources"][0].update(checked="yesterday"), "'yesterday' is not right here: A day such as"),
    "long line": (lambda d: d.update(name="x" * 300), "x… is too long"),
    "common name of no cookie": (lambda d: d.update(common_names=["sid"]), "sid is not a cookie in this file"),
    "told a place": (lambda d: d["consent"]["limited"][0]["args"].append({"$": "city"}), "is not one of"),
    "fact without a source": (lambda d: d["sources"].pop(0), "cookies: no source says"),
    "known after all": (lambda d: d.update(not_known={"privacy_url": "x"}), "not_known: privacy_url is known"),
    "other id": (lambda d: d.update(id="other"), "must be named after it"),
    "line break": (lambda d: d.update(name="Google\nAnalytics"), "control character"),
    "http": (lambda d: load(d).update(src="http://www.example.com/{measurement_id}"), "is not right here: "),
    "http, like localhost": (
        lambda d: load(d).update(src="http://localhost.example.com/{measurement_id}"),
        "is not right here: https",
    ),
    "javascript": (lambda d: load(d).update(src="javascript:alert(1)//{measurement_id}"), "is not right here: "),
    "data": (lambda d: load(d).update(src="data:text/javascript,{measurement_id}"), "is not right here: "),
    "value in domain": (lambda d: load(d).update(src="https://{measurement_id}.com/x"), "is not right here: "),
    "value in host": (
        lambda d: load(d).update(src="https://{measurement_id}.example.com/x"),
        "a part of a host, and G-",
    ),
    "value as host": (lambda d: load(d).update(src="https://{measurement_id}/x"), "and not of the kind host"),
    "several names in host": (
        lambda d: (
            load(d).update(src="https://{measurement_id}.example.com/x"),
            tag(d)["parameters"][0].update(pattern="[a-z.]+", example="a"),
        ),
        "may be more than one name",
    ),
    "other choice": (lambda d: tag(d)["parameters"][0].update(choices={"a": "A", "b": "B"}), "the choice a of"),
    "value after host": (lambda d: load(d).update(src="https://example.com{measurement_id}"), "is not right here: "),
    "user in address": (lambda d: load(d).update(src="https://a@example.com/{measurement_id}"), "is not right here: "),
    "handler": (lambda d: load(d).update(attributes={"onload": "alert(1)"}), "attributes"),
    "srcdoc": (lambda d: load(d).update(attributes={"srcdoc": "<script>"}), "attributes"),
    "value in attribute": (lambda d: load(d).update(attributes={"id": "{measurement_id}"}), r"only data-\*"),
    "eval": (set_call({"call": "eval", "args": ["alert(1)"]}), "is not right here: A global function"),
    "document.write": (set_call({"call": "document.write", "args": ["<b>"]}), "is not right here: A global function"),
    "setTimeout": (set_call({"call": "setTimeout", "args": ["alert(1)"]}), "is not right here: A global function"),
    "constructor": (
        set_call({"call": "gtag.constructor", "args": ["alert(1)"]}),
        "is not right here: A global function",
    ),
    "code as a call": (set_call({"call": "gtag();alert", "args": []}), "is not right here: "),
    "other token": (set_call({"call": "gtag", "args": [{"$": "random"}]}), "'random' is not one of"),
    "token within": (set_call({"call": "gtag", "args": [[{"$": "country"}]]}), "'country' is not one of"),
    "number of what": (set_call({"call": "gtag", "args": [{"$": "number"}]}), "'of' is a required property"),
    "number of a text": (set_call({"call": "gtag", "args": [{"$": "number", "of": "1"}]}), "'1' does not match"),
    "global of the page": (set_up({"name": "location", "value": "{measurement_id}"}), "is not right here: A global"),
    "handler of the page": (set_up({"name": "onerror", "value": "x"}), "is not right here: A global"),
    "global without a value": (set_up({"name": "it"}), "'value' is a required property"),
    "value beside a stub": (set_up({"name": "it", "stub": "array", "value": 1}), "should not be valid"),
    "stub of code": (set_up({"name": "it", "stub": "code"}), "'code' is not one of"),
    "prototype of a stub": (set_up({"name": "it", "stub": "array", "properties": {"__proto__": {}}}), "__proto__"),
    "class that runs a text": (
        lambda d: load(d).update(construct={"class": "Function", "name": "it", "queue": "q", "options": {}}),
        "is not right here: A global",
    ),
    "unknown place": (set_call({"call": "gtag", "args": ["{other}"]}), "places for"),
    "unused parameter": (lambda d: load(d).update(src="https://example.com/", calls=[]), "places for"),
    "marked with source": (lambda d: load(d).update(type="marked"), "is not of type 'null'"),
    "script without source": (lambda d: load(d).update(src=None), "is not of type 'string'"),
    "faulty pattern": (lambda d: tag(d)["parameters"][0].update(pattern="("), "is faulty"),
    "other example": (lambda d: tag(d)["parameters"][0].update(example="UA-1"), "does not match its pattern"),
    "doubled tag": (lambda d: d["tags"].append(tag(d)), "several tags named ga4"),
    "earlier group": (lambda d: tag(d).update(group="functional"), "its group must be analytics"),
    "later purpose": (lambda d: tag(d).update(purposes=["retargeting"]), "a purpose of a later group"),
    "unknown purpose": (lambda d: tag(d).update(purposes=["nonsense"]), "no purpose nonsense"),
    "advertising kept": (lambda d: tag(d).update(group="advertising"), "always counts as sale"),
    "purpose of another group": (lambda d: d["cookies"][0].update(purpose="cart"), "not a purpose of the group"),
    "star without pattern": (lambda d: d["cookies"][0].update(name="_g*a"), "does not match"),
    "pattern without star": (lambda d: d["cookies"][1].update(name="_ga_"), "does not match"),
    "star alone": (lambda d: d["cookies"][1].update(name="*"), "does not match"),
    "revoke with code": (lambda d: d["revoke"][0].update(code="x"), "Additional properties"),
}


@pytest.mark.parametrize(("change", "sentence"), FAULTY.values(), ids=FAULTY)
def test_a_faulty_file_is_refused_and_named(tmp_path: Path, change: Change, sentence: str) -> None:
    document = copy.deepcopy(GOOD)
    change(document)
    with pytest.raises(CatalogError, match=rf"google-analytics\.json: .*{sentence}"):
        load_catalog(write(tmp_path / "own", document))


def test_a_restricted_mode_has_calls_that_signal_it(catalog: Catalog) -> None:
    restricted = [vendor for vendor in catalog.vendors for tag in vendor.tags if tag.limited == "restricted"]
    assert restricted
    assert all(vendor.document["consent"]["limited"] for vendor in restricted)
