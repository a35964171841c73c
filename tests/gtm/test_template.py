"""The Google Tag Manager template, in a stand-in for its sandbox that denies what the template doesn't declare."""

import copy
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from consent import __version__
from consent.runtime.script_build import read_build
from consent.web.static_files import static_folder

TEMPLATE = Path(__file__).parents[2] / "integrations" / "gtm" / "template.tpl"
SANDBOX = Path(__file__).with_name("sandbox.mjs")
SECTIONS = dict(
    re.findall(r"^___([A-Z_]+)___\n\n(.*?)(?=\n\n\n___|\Z)", TEMPLATE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
)
CODE, PERMISSIONS = SECTIONS["SANDBOXED_JS_FOR_WEB_TEMPLATE"], json.loads(SECTIONS["WEB_PERMISSIONS"])
PARAMETERS, TESTS = json.loads(SECTIONS["TEMPLATE_PARAMETERS"]), yaml.safe_load(SECTIONS["TESTS"])
DATA = {"site": "shop", "loadScript": True, "service": "https://consent.example.com", "waitForUpdate": "500"}
ADS, OTHERS = ("ad_storage", "ad_user_data", "ad_personalization"), ("functionality_storage", "personalization_storage")


def run(*cases: dict[str, Any]) -> list[Any]:
    """Run `cases` in the sandbox; values that a case lacks come from the template."""
    whole = [{"code": CODE, "permissions": PERMISSIONS, "data": DATA, "world": {}} | one for one in cases]
    done = subprocess.run(["node", str(SANDBOX)], input=json.dumps(whole), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    results: list[Any] = json.loads(done.stdout)
    return results


def state(functional: bool = False, analytics: bool = False, advertising: bool = False, **more: Any) -> dict[str, Any]:
    """Return the consent mode state for these groups."""
    words = {True: "granted", False: "denied"}
    types = dict.fromkeys(ADS, words[advertising]) | dict.fromkeys(OTHERS, words[functional])
    return types | {"analytics_storage": words[analytics], "security_storage": "granted"} | more


def decision(show: str = "none", **granted: Any) -> dict[str, Any]:
    return {"show": show, "groups": {group: {"granted": value} for group, value in granted.items()}}


def without(permission: str, change: Any = None) -> list[Any]:
    """Return the permissions without `permission`, or with its parameters changed by `change`."""
    made = copy.deepcopy(PERMISSIONS)
    if change is None:
        return [one for one in made if one["instance"]["key"]["publicId"] != permission]
    (found,) = (one for one in made if one["instance"]["key"]["publicId"] == permission)
    change(found["instance"]["param"])
    return made


def without_item(permission: str, text: str) -> list[Any]:
    """Return the permissions without the items containing `text` in the lists of `permission`."""

    def drop(parameters: list[Any]) -> None:
        for value in (one["value"] for one in parameters if one["value"]["type"] == 2):
            value["listItem"] = [item for item in value["listItem"] if f'"{text}"' not in json.dumps(item)]

    return without(permission, drop)


def with_use(permission: str, use: str) -> list[Any]:
    """Return the permissions without the right `use` in each entry of `permission`."""

    def deny(parameters: list[Any]) -> None:
        for item in parameters[0]["value"]["listItem"]:
            at = next(number for number, key in enumerate(item["mapKey"]) if key["string"] == use)
            item["mapValue"][at] = {"type": 8, "boolean": False}

    return without(permission, deny)


def test_defaults_are_denied_and_the_banner_is_loaded() -> None:
    (result,) = run({"data": DATA | {"service": "https://consent.example.com/", "adsDataRedaction": True}})
    assert (result["error"], result["ends"]) == (None, ["success"])
    calls = [
        one for one in result["calls"] if one[0] not in ("copyFromDataLayer", "copyFromWindow", "encodeUriComponent")
    ]
    assert [one for one in calls if one[0] not in ("getType", "makeNumber")] == [
        ["setDefaultConsentState", state(wait_for_update=500)],
        ["gtagSet", {"ads_data_redaction": True, "url_passthrough": False}],
        [
            "injectScript",
            "https://consent.example.com/b/shop.js",
            *["function"] * 2,
            "https://consent.example.com/b/shop.js",
        ],
    ]


def test_a_choice_applies_immediately_and_on_each_change() -> None:
    stored, asked, changed, read, stubbed = run(
        {"world": {"decision": decision(analytics=True, advertising=False)}},
        {"world": {"decision": decision("ask", analytics=False)}},
        {"world": {"decision": decision(advertising=True), "layer": {"event": "consent_change"}}},
        {"world": {"layer": {"event": "consent_change", "consent_functional": "granted", "consent_analytics": "x"}}},
        {"world": {"stub": True}},
    )
    assert ["updateConsentState", state(analytics=True)] in stored["calls"]
    assert ["updateConsentState", state(advertising=True)] in changed["calls"]
    assert ["updateConsentState", state(functional=True)] in read["calls"]
    for one in (asked, stubbed):
        assert (one["error"], "updateConsentState" in str(one["calls"])) == (None, False)
    for one in (changed, read):
        assert one["ends"] == ["success"]
        assert not {"setDefaultConsentState", "injectScript"} & {call[0] for call in one["calls"]}


def test_the_event_and_its_names_are_those_of_the_script() -> None:
    script = read_build(static_folder()).whole.decode()
    acts = (static_folder() / "parts" / "acts.js").read_text("utf-8")
    assert "consent_change" in script + acts
    assert "consent_change" in CODE


ON_CHANGE = {"layer": {"event": "consent_change"}}
DENIED: dict[str, tuple[dict[str, Any], str]] = {
    "consent of a type": (
        {"permissions": without_item("access_consent", "analytics_storage")},
        "access_consent analytics_storage",
    ),
    "to write consent": ({"permissions": with_use("access_consent", "write")}, "access_consent ad_storage"),
    "to read a global": ({"permissions": with_use("access_globals", "read")}, "access_globals read consent.get"),
    "to call a global": (
        {"permissions": with_use("access_globals", "execute"), "world": {"decision": decision()}},
        "access_globals execute consent.get",
    ),
    "to read the event": ({"permissions": without_item("read_data_layer", "event")}, "read_data_layer event"),
    "to read an answer": (
        {"permissions": without_item("read_data_layer", "consent_advertising"), "world": ON_CHANGE},
        "read_data_layer consent_advertising",
    ),
    "to write a setting": (
        {"permissions": without_item("write_data_layer", "url_passthrough")},
        "write_data_layer url_passthrough",
    ),
    "to load from elsewhere": (
        {"data": DATA | {"service": "https://evil.example"}},
        "inject_script https://evil.example/b/shop.js",
    ),
    "to load from a host that begins alike": (
        {"data": DATA | {"service": "https://consent.example.com.evil.example"}},
        "inject_script https://consent.example.com.evil.example/b/shop.js",
    ),
    "to load at all": (
        {"permissions": without("inject_script")},
        "inject_script https://consent.example.com/b/shop.js",
    ),
    "another global": ({"code": f"{CODE}\ncopyFromWindow('dataLayer');"}, "access_globals read dataLayer"),
    "cookies": ({"code": f"{CODE}\nrequire('getCookieValues')('consent_shop');"}, "get_cookies consent_shop"),
    "a pixel": ({"code": f"{CODE}\nrequire('sendPixel')('https://evil.example');"}, "send_pixel https://evil.example"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DENIED)
def test_undeclared_permissions_are_denied(name: str) -> None:
    case, denied = DENIED[name]
    (result,) = run(case)
    assert result["error"] == f"Permission denied: {denied}"
    granted = [call[1] for call in result["calls"] if call[0] == "updateConsentState" and "granted" in call[1].values()]
    assert [one for one in granted if one != state() and name in ("another global", "cookies", "a pixel")] == []


def test_the_sandbox_has_no_globals_and_a_small_language() -> None:
    codes = (
        "window.x",
        "document.cookie",
        "Math.max(1)",
        "require('fs')",
        "new Date()",
        "this.x",
        "data.x.constructor",
        "for (;;) {}",
    )
    results = run(*({"code": code} for code in codes))
    assert [one["error"] is None for one in results] == [False] * len(codes), results


def test_invalid_values_grant_and_load_nothing() -> None:
    odd: list[dict[str, Any]] = [
        {"data": DATA | {"service": "http://consent.example.com"}},
        {"data": DATA | {"service": "javascript:alert(1)"}},
        {"data": DATA | {"service": None}},
        {"data": DATA | {"site": ""}},
        {"data": DATA | {"waitForUpdate": "soon"}},
        {"data": DATA | {"waitForUpdate": -1}},
        {"data": DATA | {"defaults": [{"region": " , ", "advertising": "granted"}, {"advertising": "granted"}]}},
        {"world": {"decision": None}},
        {"world": {"decision": "granted"}},
        {"world": {"fails": True}},
    ]
    results = run(*odd)
    assert [one["error"] for one in results] == [None] * len(odd)
    assert [one["ends"] for one in results] == [["failure"]] * 4 + [["success"]] * 5 + [["failure"]]
    for one in results:
        told = [call[1] for call in one["calls"] if call[0] in ("setDefaultConsentState", "updateConsentState")]
        assert told == [state(wait_for_update=500)]
    assert [any(call[0] == "injectScript" for call in one["calls"]) for one in results] == [False] * 4 + [True] * 6


def test_a_decision_that_says_something_else_than_true_grants_nothing() -> None:
    results = run(*({"world": {"decision": decision(advertising=value)}} for value in ("true", 1, None, {}, "granted")))
    assert all(["updateConsentState", state()] in one["calls"] for one in results)


def test_the_tests_of_the_template_itself_hold() -> None:
    cases = [{"test": one["code"], "setup": TESTS["setup"], "permissions": PERMISSIONS} for one in TESTS["scenarios"]]
    assert len(cases) >= 8
    results = run(*cases)
    assert dict(zip((one["name"] for one in TESTS["scenarios"]), results, strict=True)) == {
        one["name"]: None for one in TESTS["scenarios"]
    }
    assert run(cases[0] | {"code": CODE.replace("'denied'", "'granted'")}) != [None]


def test_fields_take_what_they_should(subtests: pytest.Subtests) -> None:
    fields = {one["name"]: one for one in _fields(PARAMETERS)}
    assert set(re.findall(r"\bdata\.(\w+)", CODE)) - {"gtmOnSuccess", "gtmOnFailure"} == set(fields) - {
        *("region", "functional", "analytics", "advertising", "defaultGroup", "google")
    }
    for name, good, bad in (
        ("site", ("shop", "a-1"), ("Shop", "-a", "a b", "a/b")),
        (
            "service",
            ("https://consent.example.com", "https://a.example/consent"),
            ("http://a.example", "a.example", "https://a b"),
        ),
        ("region", ("US", "US-CA, DE", "GB-ENG"), ("us", "USA", "US-", "US;DE", "*")),
    ):
        (pattern,) = (one["args"][0] for one in fields[name]["valueValidators"] if one["type"] == "REGEX")
        for value in (*good, *bad):
            with subtests.test(name, value=value):
                assert bool(re.search(pattern, value)) is (value in good)


def _fields(parameters: list[Any]) -> list[Any]:
    found = []
    for one in parameters:
        found += [one, *_fields(one.get("subParams", [])), *_fields(one.get("simpleTableColumns", []))]
    return found


def test_the_template_has_the_version_of_the_service() -> None:
    assert f"Version {__version__}." in SECTIONS["NOTES"]
