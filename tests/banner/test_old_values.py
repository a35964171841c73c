"""What the script reads from other tools' cookies: never more than was granted, refusals first.

`old_values.json` holds what klaro 0.7.22, vanilla-cookieconsent 3.1.0, orejime 3.2.1 and tarteaucitronjs 1.34.0 wrote
in Chromium; the other tools' values are from public files and from the vendors' pages listed in docs/moving.md.
"""

import base64
import datetime
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from consent.core.days import day_of
from consent.sites.moving.old_choices import TOOLS

pytestmark = pytest.mark.extended

FOLDER = Path(__file__).parent
SEEN: dict[str, tuple[str, str]] = json.loads((FOLDER / "old_values.json").read_text())
NOW = 1796126400000
"""2026-12-01 12:00 UTC, in ms."""
TODAY = NOW // 86_400_000
KEYS = dict.fromkeys(("functional", "analytics", "advertising"), "11111111")
KLARO = {"matomo": "analytics", "google-ads": "advertising", "youtube": "functional", "session": "essential"}
OREJIME = {"matomo": "analytics", "ads": "advertising", "core": "essential"}
TAC = {"matomo": "analytics", "googleadwordsconversion": "advertising", "youtube": "functional"}
CC = {"analytics": "analytics", "ads": "advertising", "functionality": "functional"}
CC_SERVICES = CC | {"analytics:matomo": "analytics", "analytics:ga4": "analytics"}
MAPPED = {"onetrust": {"C0002": "analytics", "C0003": "functional", "C0004": "advertising"}}
ALL, NONE = dict.fromkeys(KEYS, True), dict.fromkeys(KEYS, False)
PUBLIC = {
    "onetrust": [
        (
            "OptanonConsent",
            "isGpcEnabled=0&datestamp=Thu+May+08+2025+17%3A43%3A11+GMT%2B0200+(Central+European+Summer+Time)"
            "&version=202409.1.0&browserGpcFlag=0&isIABGlobal=false&hosts=&landingPath=NotLandingPage"
            "&groups=C0003%3A1%2CC0004%3A0%2CC0002%3A1%2CC0001%3A1&geolocation=NO%3B50&AwaitingReconsent=false",
        ),
        ("OptanonAlertBoxClosed", "2026-05-08T15:26:26.423Z"),
    ],
    "cookiebot": [
        (
            "CookieConsent",
            "{stamp:%27Uv9YOAVP5djCBw71lxhE4rNAfTObaGck2Sn3rKWf9dPCYpqcWvAlpA==%27%2Cnecessary:true%2Cpreferences:false"
            "%2Cstatistics:true%2Cmarketing:false%2Cmethod:%27explicit%27%2Cver:6%2Cutc:1780000000000%2Cregion:%27no%27}",
        )
    ],
    "cookieyes": [
        (
            "cookieyes-consent",
            "consentid:ejJWOUJsU3ZZQUdnaTJmWERjUzJvYVljdzFjenYyaTI,consent:no,action:yes,necessary:yes,functional:no,"
            "analytics:no,performance:no,advertisement:no,other:no",
        )
    ],
    "complianz": [
        (name, value)
        for name, value in {
            "cmplz_consented_services": "",
            "cmplz_policy_id": "14",
            "cmplz_marketing": "deny",
            "cmplz_statistics": "allow",
            "cmplz_preferences": "allow",
            "cmplz_banner-status": "dismissed",
        }.items()
    ],
    "iubenda": [
        (
            "_iub_cs-30166201",
            "%7B%22timestamp%22%3A%222026-09-28T08%3A20%3A53.130Z%22%2C%22version%22%3A%221.51.0%22%2C%22purposes%22%3A%7B"
            "%221%22%3Atrue%2C%222%22%3Afalse%2C%223%22%3Atrue%2C%224%22%3Atrue%2C%225%22%3Afalse%7D%2C%22id%22%3A30166201"
            "%2C%22cons%22%3A%7B%22rand%22%3A%22e747e3%22%7D%7D",
        )
    ],
}
ENABLED = {"purposes": {"enabled": ["stats"], "disabled": ["ads"]}, "purposes_li": {"enabled": ["chat"]}}
DIDOMI = {
    "user_id": "1784114c",
    "created": "2026-03-17T16:46:32.344Z",
    "updated": "2026-04-17T16:46:32.344Z",
    "version": 2,
}


def old(tool: str, categories: dict[str, str] | None = None, **facts: Any) -> dict[str, Any]:
    """Return the facts that a page needs to read a choice of `tool`, with the tool's default categories."""
    known = TOOLS[tool]
    common = {"mapping": "sha256:" + "0" * 64, "delete": False, "revision": 0, "keys": KEYS, "months": 12}
    common |= {"vendor_groups": {}, "sold": []}
    chosen = known.categories if categories is None else categories
    return {**common, "tool": tool, "cookie": known.cookie, "categories": chosen, "life": known.life, **facts}


def mapped(*cases: tuple[dict[str, Any], list[tuple[str, str]], str]) -> list[Any]:
    """Return what the script reads from each case's cookies, for a visitor in a place such as `US-CA`."""
    return [found for found, _ in _read(*cases)]


def damaged(*cases: tuple[dict[str, Any], list[tuple[str, str]], str]) -> list[bool]:
    """Return whether the script counts each case as unreadable."""
    return [is_damaged for _, is_damaged in _read(*cases)]


def _read(*cases: tuple[dict[str, Any], list[tuple[str, str]], str]) -> list[Any]:
    asked = []
    for facts, cookies, place in cases:
        country, _, subdivision = place.partition("-")
        asked.append((facts, cookies, {"country": country or None, "subdivision": subdivision or None}))
    script = FOLDER / "old_values.mjs"
    done = subprocess.run(
        ["node", script], input=json.dumps({"now": NOW, "cases": asked}), capture_output=True, text=True, check=True
    )
    found: list[Any] = json.loads(done.stdout)
    return found


def one(tool: str, cookies: list[tuple[str, str]], place: str = "NO", **facts: Any) -> Any:
    return mapped((old(tool, **facts), cookies, place))[0]


WRITTEN = [
    ("klaro.accept", "klaro", KLARO, ALL, 120),
    ("klaro.reject", "klaro", KLARO, NONE, 0),
    ("klaro.part", "klaro", KLARO, NONE | {"analytics": True}, 120),
    ("orejime.accept", "orejime", OREJIME, {"analytics": True, "advertising": True}, 365),
    ("orejime.reject", "orejime", OREJIME, {"analytics": False, "advertising": False}, 0),
    ("cc.accept", "vanilla-cookieconsent", CC_SERVICES, ALL, 1),
    ("cc.reject", "vanilla-cookieconsent", CC_SERVICES, NONE, 0),
    ("cc.part", "vanilla-cookieconsent", CC_SERVICES, NONE, 0),
    ("tac.none", "tarteaucitron", TAC, None, 0),
    ("tac.accept", "tarteaucitron", TAC, ALL, 365),
    ("tac.reject", "tarteaucitron", TAC, NONE, 0),
    ("tac.part", "tarteaucitron", TAC, NONE | {"analytics": True}, 365),
]


def test_reads_values_written_by_the_tools_themselves():
    found = mapped(*((old(tool, names, months=13), [SEEN[case]], "FR") for case, tool, names, _, _ in WRITTEN))
    taken = {row[0]: one and (one["groups"], TODAY - one["day"]) for row, one in zip(WRITTEN, found, strict=True)}
    assert taken == {case: groups and (groups, days) for case, _, _, groups, days in WRITTEN}


def test_reads_values_from_public_sources():
    expected = {
        "onetrust": {"functional": True, "analytics": True, "advertising": False},
        "cookiebot": {"functional": False, "analytics": True, "advertising": False},
        "cookieyes": NONE,
        "complianz": {"functional": True, "analytics": True, "advertising": False},
        "iubenda": {"functional": False, "analytics": True, "advertising": False},
    }
    found = mapped(*((old(tool, MAPPED.get(tool), months=13), PUBLIC[tool], "NO-50") for tool in expected))
    assert {tool: one["groups"] for tool, one in zip(expected, found, strict=True)} == expected
    days = {tool: one["day"] for tool, one in zip(expected, found, strict=True)}
    assert days["onetrust"] == day_of(datetime.date(2026, 5, 8))
    assert days["iubenda"] == day_of(datetime.date(2026, 9, 28))
    assert found[0]["version"] == "202409.1.0"


def test_reads_the_lists_of_didomi_except_those_of_legitimate_interest():
    text = base64.b64encode(json.dumps(DIDOMI | ENABLED).encode()).decode()
    names = {"stats": "analytics", "ads": "advertising", "chat": "functional"}
    found = one("didomi", [("didomi_token", text)], categories=names)
    assert found["groups"] == {"analytics": True, "advertising": False}
    assert found["day"] == day_of(datetime.date(2026, 4, 17))
    later = base64.b64encode(json.dumps(DIDOMI | ENABLED | {"version": 3}).encode()).decode()
    assert one("didomi", [("didomi_token", later)], categories=names)["groups"] == {"advertising": False}


@pytest.mark.parametrize(
    "zone", ["heure+normale+d%E2%80%99Europe+centrale", "Mitteleurop%C3%A4ische+Sommerzeit", "%E4%B8%AD%E5%9B%BD"]
)
def test_onetrust_names_the_time_zone_in_the_language_of_the_browser(zone: str):
    cookies = changed("onetrust", "Central+European+Summer+Time", zone)
    given = "&hosts=H1%3A1%2CH2%3A1&genVendors=V2%3A1%2CV1%3A1%2C"
    cookies = [(name, value.replace("&hosts=", given)) for name, value in cookies]
    found = one("onetrust", cookies, "NO-50", categories=MAPPED["onetrust"])
    assert found["groups"] == {"functional": True, "analytics": True, "advertising": False}


def didomi(purposes: dict[str, list[str]], vendors: dict[str, list[str]]) -> list[tuple[str, str]]:
    facts = DIDOMI | {"purposes": purposes, "vendors": vendors}
    return [("didomi_token", base64.b64encode(json.dumps(facts).encode()).decode())]


def test_a_refused_service_that_the_mapping_does_not_name_may_be_in_any_group():
    flags = {"matomo": True, "hotjar": False, "pixel": True}
    text = json.dumps(flags, separators=(",", ":"))
    names = {"matomo": "analytics", "pixel": "vendor:meta-pixel"}
    vendor_refused = didomi({"enabled": ["p1"]}, {"enabled": ["c:ga"], "disabled": ["c:hotjar"]})
    purpose_refused = didomi({"enabled": ["p1"], "disabled": ["p2"]}, {})
    nothing_refused = didomi({"enabled": ["p1"]}, {"enabled": ["c:ga", "c:hotjar"]})
    found = mapped(
        (old("klaro", names), [("klaro", text)], "FR"),
        (old("orejime", names, life=30), [("eu-consent", text)], "FR"),
        (old("tarteaucitron", names, life=30), [("tarteaucitron", "!matomo=true!hotjar=false!pixel=true")], "FR"),
        (old("klaro", names | {"hotjar": "essential"}), [("klaro", text)], "FR"),
        (old("didomi", {"p1": "analytics"}), vendor_refused, "FR"),
        (old("didomi", {"p1": "analytics"}), purpose_refused, "FR"),
        (old("didomi", {"p1": "analytics", "c:hotjar": "vendor:hotjar"}), vendor_refused, "FR"),
        (old("didomi", {"p1": "analytics"}), nothing_refused, "FR"),
    )
    assert [one and (one["groups"], one["vendors"]) for one in found] == [
        *[({}, {"meta-pixel": True})] * 3,
        ({"analytics": True}, {"meta-pixel": True}),
        *(None, None),
        ({"analytics": True}, {"hotjar": False}),
        ({"analytics": True}, {}),
    ]


def tc_string(purposes: set[int], days_ago: int = 30, service_specific: bool = True) -> str:
    """Return the core of a TC string (IAB, TC string v2) with these purposes granted."""
    stamp = f"{(NOW - days_ago * 86_400_000) // 100:036b}"
    bits = f"{2:06b}" + stamp * 2 + "0" * 60 + f"{int(service_specific)}0" + "0" * 12
    bits = bits[:138] + f"{int(service_specific)}0" + "0" * 12
    bits += "".join("1" if purpose in purposes else "0" for purpose in range(1, 25)) + "0" * 64
    data = bytes(int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8))
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_purposes_of_the_tcf_are_groups_only_where_all_or_none_was_granted():
    strings = [tc_string({1, 5, 6, 8, 9}), tc_string(set()), tc_string({1, 8, 9}, service_specific=False)]
    found = mapped(*((old("tcf"), [("euconsent-v2", text)], "FR") for text in strings))
    assert found[0]["groups"] == {"functional": True, "analytics": True}
    assert found[1]["groups"] == NONE
    assert found[2] is None


def changed(tool: str, before: str, after: str) -> list[tuple[str, str]]:
    assert any(before in value for _, value in PUBLIC[tool])
    return [(name, value.replace(before, after)) for name, value in PUBLIC[tool]]


DOUBTFUL: list[Any] = [
    # `true` without a click
    ("cookiebot", changed("cookiebot", "explicit", "implied"), {"functional": False, "advertising": False}),
    (
        "cookiebot",
        changed("cookiebot", "stamp:%27Uv9YOAVP5djCBw71lxhE4rNAfTObaGck2Sn3rKWf9dPCYpqcWvAlpA==", "stamp:%27-1"),
        {"functional": False, "advertising": False},
    ),
    ("cookiebot", [("CookieConsent", "-1")], None),
    ("cookiebot", [("CookieConsent", "0")], NONE),
    ("cookieyes", changed("cookieyes", "action:yes", "action:"), NONE),
    ("complianz", changed("complianz", "dismissed", "shown"), {"advertising": False}),
    ("onetrust", changed("onetrust", "NotLandingPage", "LandingPage"), {"advertising": False}),
    ("onetrust", PUBLIC["onetrust"][:1], {"advertising": False}),
    ("onetrust", changed("onetrust", "AwaitingReconsent=false", "AwaitingReconsent=true"), {"advertising": False}),
    ("iubenda", [("_iub_cs-1", "%7B%22consent%22%3Atrue%7D")], None),
    ("iubenda", [("_iub_cs-1", "%7B%22consent%22%3Afalse%7D")], NONE),
    (
        "iubenda",
        [*PUBLIC["iubenda"], ("_iub_cs-30166201-uspr", '{"s":true,"sh":true,"adv":false}')],
        {"functional": False, "advertising": False},
    ),
    # versions whose format is unknown
    ("iubenda", changed("iubenda", "1.51.0", "2.0.0"), {"functional": False, "advertising": False}),
    ("onetrust", changed("onetrust", "202409.1.0", "209901.1.0"), {"advertising": False}),
    # a host or vendor that was refused by itself, in a category that isn't named
    ("onetrust", changed("onetrust", "&hosts=", "&hosts=H1%3A1%2CH2%3A0"), {"advertising": False}),
    ("onetrust", changed("onetrust", "&hosts=", "&hosts=H1%3A"), {"advertising": False}),
    ("onetrust", changed("onetrust", "&hosts=", "&hosts=&genVendors=V67%3A0%2CV1%3A1%2C"), {"advertising": False}),
    # damaged or oversize
    ("complianz", changed("complianz", "deny", "x" * 5000), None),
    ("complianz", [*PUBLIC["complianz"], ("cmplz_statistics", "<b>")], {"advertising": False}),
    ("onetrust", changed("onetrust", "&hosts=", "&hosts=" + "x" * 4000), None),
    # a choice made under another law
    ("cookiebot", changed("cookiebot", "%27no%27", "%27US-37%27"), {"functional": False, "advertising": False}),
    # a date in the future, or too long ago
    ("onetrust", changed("onetrust", "2026-05-08", "2031-05-08"), {"advertising": False}),
    ("onetrust", changed("onetrust", "2026-05-08", "2016-05-08"), {"advertising": False}),
    ("onetrust", changed("onetrust", "2026-05-08", "2025-05-08"), {"advertising": False}),
    (
        "onetrust",
        changed("onetrust", "isGpcEnabled=0", "isGpcEnabled=1"),
        {"functional": True, "analytics": True, "advertising": False},
    ),
]


def test_an_import_is_never_wider_than_the_original_choice():
    found = mapped(*((old(tool, MAPPED.get(tool)), cookies, "NO-50") for tool, cookies, _ in DOUBTFUL))
    assert [one and one["groups"] for one in found] == [groups for _, _, groups in DOUBTFUL]


def test_of_contradictory_values_the_strictest_applies():
    name, accept = SEEN["klaro.accept"]
    part, damaged = SEEN["klaro.part"][1], accept[:-9]
    found = mapped(
        (old("klaro", KLARO), [(name, accept), (name, part)], "FR"),
        (old("klaro", KLARO), [(name, part), (name, accept)], "FR"),
        (old("klaro", KLARO), [(name, accept), (name, damaged)], "FR"),
        (old("klaro", KLARO), [(name, part), (name, damaged)], "FR"),
    )
    assert [one and one["groups"] for one in found] == [
        NONE | {"analytics": True},
        NONE | {"analytics": True},
        None,
        {"advertising": False, "functional": False},
    ]


def test_a_group_is_granted_only_where_all_that_maps_to_it_was():
    value = SEEN["klaro.part"]
    both = {"matomo": "analytics", "youtube": "analytics", "google-ads": "vendor:ads", "never": "functional"}
    found = mapped((old("klaro", both), [value], "FR"), (old("klaro", {"matomo": "vendor:matomo"}), [value], "FR"))
    assert (found[0]["groups"], found[0]["vendors"]) == ({"analytics": False}, {"ads": False})
    assert (found[1]["groups"], found[1]["vendors"]) == ({}, {"matomo": True})


def test_only_refusals_are_imported_from_an_outdated_vanilla_cookieconsent_revision():
    found = mapped(
        *(
            (
                old(
                    "vanilla-cookieconsent",
                    CC | {"analytics:ga4": "vendor:ga4", "analytics:matomo": "vendor:matomo"},
                    revision=n,
                ),
                [SEEN["cc.part"]],
                "FR",
            )
            for n in (2, 3)
        )
    )
    assert [one["vendors"] for one in found] == [{"matomo": False, "ga4": True}, {"matomo": False}]
    assert [one["groups"] for one in found] == [{"advertising": False, "functional": False}] * 2


def test_the_second_version_of_vanilla_cookieconsent_names_what_was_accepted_alone():
    value = (
        '{"categories":["necessary","analytics"],"level":["necessary","analytics"],"revision":1,"data":null,'
        '"rfc_cookie":true,"consent_date":"2026-06-17T15:02:36.705Z","consent_uuid":"6862a419",'
        '"last_consent_update":"2026-06-17T15:02:36.705Z"}'
    )
    found = one("vanilla-cookieconsent", [("cc_cookie", value)], categories=CC)
    assert found["groups"] == NONE | {"analytics": True}


def vanilla(**facts: Any) -> list[tuple[str, str]]:
    common = {"revision": 0, "lastConsentTimestamp": "2026-11-30T10:44:33.663Z"}
    return [("cc_cookie", json.dumps(common | facts))]


def test_a_category_of_vanilla_cookieconsent_with_services_counts_only_if_all_are_known_and_accepted():
    part = vanilla(categories=["analytics"], services={"analytics": ["ga4"]})
    services = {"analytics": "analytics", "analytics:ga4": "vendor:ga4"}
    both = services | {"analytics:matomo": "vendor:matomo"}
    names = ({"analytics": "analytics"}, services, both)
    found = mapped(*((old("vanilla-cookieconsent", one), part, "FR") for one in names))
    assert found[0] is None
    assert found[1]["groups"] == {"analytics": True}
    assert (found[2]["groups"], found[2]["vendors"]) == ({}, {"matomo": False, "ga4": True})
    refused = vanilla(categories=["necessary"], services={"necessary": [], "analytics": ["ga4"]})
    later = vanilla(version=4, categories=["analytics"], services={"analytics": [], "ads": []})
    assert one("vanilla-cookieconsent", refused, categories={"analytics:ga4": "vendor:ga4"})["vendors"] == {
        "ga4": False
    }
    assert one("vanilla-cookieconsent", later, categories=CC)["groups"] == {"advertising": False}


def test_a_refused_group_overrides_the_grant_of_its_vendor():
    names = {"ads": "advertising", "pixel": "vendor:demo-ads", "chat": "vendor:chat"}
    groups = {"demo-ads": ["advertising"], "chat": ["functional"]}
    token = "%7B%22ads%22%3Afalse%2C%22pixel%22%3Atrue%2C%22chat%22%3Atrue%7D"
    found = one("klaro", [("klaro", token)], categories=names, vendor_groups=groups, life=30)
    assert (found["groups"], found["vendors"]) == ({"advertising": False}, {"chat": True})


@pytest.mark.parametrize(
    ("purposes", "vendors"),
    [
        ({"disabled": ["p1"]}, None),
        ({}, None),
        ({"enabled": ["p1", "p2"]}, {"demo-ads": True, "chat": True}),
        ({"enabled": ["p2"]}, {"chat": True}),
        ({"enabled": ["p1"], "disabled": ["p2"]}, {"demo-ads": True}),
        ({"enabled": ["p1", "p2"], "disabled": ["unmapped"]}, {}),
    ],
)
def test_a_vendor_of_didomi_also_needs_its_purposes(purposes: dict[str, list[str]], vendors: dict[str, bool] | None):
    facts = DIDOMI | {"purposes": purposes, "vendors": {"enabled": ["google", "chat"]}}
    token = [("didomi_token", base64.b64encode(json.dumps(facts).encode()).decode())]
    names = {"p1": "advertising", "p2": "functional", "google": "vendor:demo-ads", "chat": "vendor:chat"}
    groups = {"demo-ads": ["advertising"], "chat": ["functional"]}
    [found] = mapped((old("didomi", names, vendor_groups=groups), token, "FR"))
    assert (found["vendors"] if found else {}) == (vendors or {})


def test_global_privacy_control_refuses_all_that_is_sold_whatever_the_mapping_names():
    cookies = changed("onetrust", "isGpcEnabled=0", "isGpcEnabled=1")
    names = {"C0002": "analytics", "C0003": "vendor:meta"}
    sold = ["analytics", "vendor:meta"]
    found = one("onetrust", cookies, categories=names, sold=sold)
    assert (found["groups"], found["vendors"]) == ({"advertising": False}, {"meta": False})
    unsold = one("onetrust", cookies, categories=names)
    assert (unsold["groups"], unsold["vendors"]) == ({"analytics": True, "advertising": False}, {"meta": True})


def test_services_that_tarteaucitron_exempts_show_no_answer():
    values = {
        "!matomo=true": None,
        "!matomo=false": {"analytics": False},
        "!matomo=true!gtag=true": {"analytics": True},
    }
    cases = ((old("tarteaucitron", {"matomo": "analytics"}, life=30), [("tarteaucitron", one)], "FR") for one in values)
    assert [one and one["groups"] for one in mapped(*cases)] == [*values.values()]


def test_a_future_date_is_read_as_today():
    found = one("onetrust", changed("onetrust", "2026-05-08T15", "2026-12-02T01"), categories=MAPPED["onetrust"])
    assert (found["day"], found["time"]) == (TODAY, NOW)


def test_values_whose_grants_are_ignored_are_counted_as_unreadable():
    cases: list[Any] = [
        (old("complianz"), changed("complianz", "deny", "<b>"), "FR"),
        (old("onetrust"), changed("onetrust", "202409", "209901"), "FR"),
        (old("iubenda"), changed("iubenda", "1.51.0", "2.0.0"), "FR"),
        (old("vanilla-cookieconsent", CC), vanilla(version=4, categories=[]), "FR"),
        (old("cookieyes"), changed("cookieyes", "action:yes", "action:"), "FR"),
    ]
    assert damaged(*cases) == [True, True, True, True, False]


@pytest.mark.parametrize("version", [3, "3", "two", {"a": 1}, [2], True])
def test_a_version_of_didomi_that_is_no_known_number_grants_nothing(version: Any):
    facts = DIDOMI | {"version": version, "purposes": {"enabled": ["p1"], "disabled": ["p2"]}}
    token = base64.b64encode(json.dumps(facts).encode()).decode()
    names = {"p1": "analytics", "p2": "advertising"}
    assert one("didomi", [("didomi_token", token)], categories=names)["groups"] == {"advertising": False}


def test_a_consent_of_iubenda_that_is_not_true_or_false_is_damaged():
    value = '{"timestamp":"2026-09-28T08:20:53Z","consent":"false","purposes":{"4":true}}'
    cases: Any = (old("iubenda"), [("_iub_cs-1", value)], "FR")
    assert (mapped(cases), damaged(cases)) == ([None], [True])


NAMES = ",".join(f'"n{n}":true' for n in range(501))
HOSTILE = [
    *("", "%", "%E0%A4%A", "null", "true", "[]", "{", '"matomo"', '{"matomo":1}', '{"matomo":"true"}'),
    *('{"matomo":true,"matomo":false}', '{"matomo":true,"matom\\u006f":false}', '{"matomo":{"a":{"b":{"c":{"d":1}}}}}'),
    *('{"__proto__":{"matomo":true}}', '{"matomo":true}' + " " * 4100, "{" + NAMES + "}", '{"mätomo":true}'),
    *("(()=>{document.title='x'})()", '{"matomo":true}//', "%257B%2522matomo%2522%253Atrue%257D"),
]


def test_hostile_values_are_not_choices():
    cases: list[Any] = []
    for text in HOSTILE:
        for tool in TOOLS:
            names = {"matomo": "analytics"} if tool != "tcf" else None
            cookies = [(TOOLS[tool].cookie + ("1" if tool == "iubenda" else ""), text)]
            cookies += [("cmplz_matomo", text)] if tool == "complianz" else []
            cases.append((old(tool, names), cookies, "FR"))
    assert [case for case, found in zip(cases, mapped(*cases), strict=True) if found] == []
