"""What an audit reports about what a scan saw, from values only."""

import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from consent.classifier.result import SURE
from consent.scanner.audit.audit import BANNER_CHECKS, Audit, audit
from consent.scanner.audit.classify_items import Promise, Verdict
from consent.scanner.audit.inventory import MAX_ITEMS
from consent.scanner.audit.reports import as_json, as_junit, as_sarif, text_lines, verdict
from consent.scanner.browser.safe_text import clean
from tests.scanner.scan_results import SITE, TRACKER, choice, decision, frame, page, request, result, visit, write

REFUSED = {"functional": False, "analytics": False, "advertising": False}
TAG = {
    "id": "ga4",
    "vendor": "google-analytics",
    "group": "analytics",
    "limited": "cookieless",
    "enabled": True,
    "load": {},
}
VENDOR = {"id": "google-analytics", "name": "Google Analytics", "hosts": ["*.google-analytics.com"]}
PROMISE = Promise("shop", ("www.example.com",), "Shop Ltd", (TAG,), (VENDOR,))
GA = {"name": "_ga", "domain": ".example.com", "path": "/", "lifetime_s": 1, "httpOnly": False, "secure": True}
GA |= {"sameSite": "Lax", "partitioned": False}


def levels(audited: Audit) -> dict[str, str]:
    return {finding.rule: finding.level for finding in audited.findings}


def test_a_tracker_before_a_choice_is_a_leak_that_names_page_and_maker() -> None:
    audited = audit(result(visit("none", page(requests=[request(TRACKER)]))), Promise())
    (leak, *_) = audited.findings
    assert (leak.rule, leak.level) == ("leak-before-choice", "leak")
    assert (
        "www.google-analytics.com (google-analytics) is analytics and was contacted before a choice." in leak.sentence
    )
    assert leak.evidence == (f"on {SITE}", f"by {SITE}", TRACKER)
    assert audited.exit_code("leak") == 1
    assert audited.exit_code("never") == 0


def test_a_reason_has_the_vendors_name() -> None:
    promise = replace(PROMISE, tags=(TAG | {"limited": None},), vendors=(VENDOR | {"name": "Google Analytics"},))
    (leak, *_) = audit(result(visit("none", page(requests=[request(TRACKER)]))), promise).findings
    assert "It is a host of Google Analytics, whose tag is analytics on this site." in leak.sentence


@pytest.mark.parametrize(
    ("state", "rule"),
    [
        ("reject", "leak-after-reject"),
        ("gpc", "leak-under-gpc"),
        ("withdraw", "leak-after-withdrawal"),
        ("down", "leak-without-service"),
    ],
)
def test_a_tracker_after_a_refusal_is_a_leak_of_its_own(state: str, rule: str) -> None:
    seen = visit(state, page(requests=[request(TRACKER, after=True, at=150.0)]))
    assert levels(audit(result(seen), Promise()))[rule] == "leak"


@pytest.mark.parametrize(
    ("state", "number"), [("none", 1), ("reject", 11), ("withdraw", 11), ("gpc", 24), ("down", 35)]
)
def test_a_leak_has_the_number_of_its_check_which_is_not_called_unmade(state: str, number: int) -> None:
    seen = visit(state, page(requests=[request(TRACKER, after=True, at=150.0)]))
    told = {one.level for one in audit(result(seen), Promise()).findings if one.assertion == number}
    assert "leak" in told
    assert "skipped" not in told


def test_a_leak_names_who_made_it_in_that_situation_alone() -> None:
    """After accepting, the banner itself loads the tag; that doesn't make the banner the source of what ran before."""
    hard_coded = {**request(TRACKER), "by": [SITE]}
    by_banner = {**request(TRACKER, after=True, at=150.0), "by": ["https://consent.example/b/shop.js"]}
    seen = [visit("accept", page(requests=[by_banner])), visit("none", page(requests=[hard_coded]))]
    (leak,) = [one for one in audit(result(*seen), Promise()).findings if one.level == "leak"]
    assert leak.evidence == (f"on {SITE}", f"by {SITE}", TRACKER)


def test_a_tracker_may_run_after_a_grant() -> None:
    seen = visit("accept", page(requests=[request(TRACKER, after=True, at=150.0)], writes=[write("_ga", after=True)]))
    assert "leak" not in levels(audit(result(seen), Promise())).values()


def test_what_happens_before_the_click_counts_as_before_a_choice() -> None:
    seen = visit("accept", page(requests=[request(TRACKER)]))
    assert levels(audit(result(seen), Promise()))["leak-before-choice"] == "leak"


def test_where_the_law_is_opt_out_a_tracker_may_run_until_it_is_refused() -> None:
    none = visit("none", page(requests=[request(TRACKER)]))
    gpc = visit("gpc", page(requests=[request("https://googleads.g.doubleclick.net/pagead/id")]))
    found = levels(audit(result(none, gpc), Promise(), opt_in=False))
    assert "leak-before-choice" not in found
    assert found["leak-under-gpc"] == "leak"


def test_the_banners_own_decision_is_the_promise() -> None:
    allowed = frame(decision(dict.fromkeys(REFUSED, True), mode="full", show="notice"))
    seen = visit("none", page(requests=[request(TRACKER)], frames=[allowed]), region="DE")
    assert "leak" not in levels(audit(result(seen), PROMISE)).values()


def test_a_declared_limited_mode_is_told_as_such_and_never_green() -> None:
    limited = frame(decision(REFUSED, mode="limited"))
    seen = visit("none", page(requests=[request(TRACKER)], frames=[limited]), region="DE")
    audited = audit(result(seen), PROMISE)
    (finding,) = [one for one in audited.findings if one.rule == "limited-mode"]
    assert finding.level == "limited"
    assert "in the limited mode declared for" in finding.sentence
    assert verdict(audited, "leak").startswith("Not clean")
    assert audited.exit_code("limited") == 1


def test_a_cookie_in_limited_mode_is_a_leak_all_the_same() -> None:
    limited = frame(decision(REFUSED, mode="limited"))
    seen = visit("none", page(writes=[write("_ga")], frames=[limited]), region="DE")
    assert levels(audit(result(seen), PROMISE))["leak-before-choice"] == "leak"


def test_an_unrecognized_host_is_unknown_and_not_a_leak() -> None:
    seen = visit("none", page(requests=[request("https://cdn.unheard-of.example/x.js")]))
    audited = audit(result(seen), Promise())
    assert levels(audited)["unknown"] == "unknown"
    assert (audited.exit_code("leak"), audited.exit_code("unknown")) == (0, 1)


def test_an_uncertain_guess_of_the_model_is_not_a_leak() -> None:
    seen = visit("none", page(writes=[write("日本語のキー", kind="local_storage"), write("_ga")]))
    audited = audit(result(seen), Promise())
    assert [(f.level, "most likely" in f.sentence) for f in audited.findings if "日本語" in f.sentence] == [
        ("unknown", True)
    ]
    assert [f.level for f in audited.findings if "Cookie _ga " in f.sentence] == ["leak"]
    said = [Verdict("analytics", None, "", "model", sure, "", "analytics").is_known for sure in (SURE - 0.01, SURE)]
    assert said == [False, True]


@pytest.mark.parametrize("layer", ["catalog_name", "catalog_pattern"])
def test_a_name_alone_accuses_nobody_where_it_is_likelier_wrong_than_right(layer: str) -> None:
    said = [
        Verdict("functional", None, "a", layer, sure, "", "functional").is_known for sure in (0.35, 0.49, 0.5, 0.97)
    ]
    assert said == [False, False, True, True]
    assert Verdict("analytics", None, "a", "vendor_domain", 0.46, "", "analytics").is_known


def test_a_sites_own_lang_is_not_called_the_cookie_of_a_network_that_has_one_too() -> None:
    audited = audit(result(visit("none", page(writes=[write("lang"), write("_hjSessionUser_1")]))), Promise())
    levels = {finding.level for finding in audited.findings if "Cookie lang " in finding.sentence}
    assert (levels, audited.exit_code("leak")) == ({"unknown"}, 1)
    assert [f.level for f in audited.findings if "_hjSessionUser_1" in f.sentence] == ["leak"]


def test_an_audit_that_saw_nothing_is_not_green() -> None:
    broken = page(problem="It did not respond within 30 s.", frames=[])
    audited = audit(result(visit("none", broken)), Promise())
    assert audited.blind == ("[none] No page could be loaded.",)
    assert audited.exit_code("leak") == 2
    assert verdict(audited, "leak").startswith("Inconclusive")


def test_an_audit_that_found_no_way_to_reject_is_not_green() -> None:
    seen = [visit("none"), visit("reject", choice=choice(0, found=False))]
    assert audit(result(*seen), Promise()).exit_code("leak") == 2


def test_reports_a_region_that_the_site_ignored() -> None:
    here = frame(decision(REFUSED, country="FR"))
    audited = audit(result(visit("none", page(frames=[here]), region="DE")), PROMISE)
    assert audited.blind == ("[none DE] The site did not respond as to a visitor from DE.",)


def test_rejecting_may_not_take_more_clicks() -> None:
    audited = audit(result(visit("accept"), visit("reject", choice=choice(2))), Promise())
    assert levels(audited)["clicks"] == "fail"


def test_cookies_that_outlive_a_withdrawal_are_named() -> None:
    seen = visit("withdraw", page(), cookies=[GA])
    (left,) = [f for f in audit(result(seen), Promise()).findings if f.rule == "cookies-left"]
    assert left.sentence == "After withdrawing, these cookies of the site remained: _ga."


@pytest.mark.parametrize(
    ("kept", "asked", "told"),
    [([], TRACKER, ["leak"]), ([GA], SITE, ["leak", "fail"]), ([], SITE, ["ok", "ok"])],
)
def test_no_half_of_a_check_is_good_beside_the_other_that_failed(
    kept: list[dict[str, Any]], asked: str, told: list[str]
) -> None:
    refused = visit("reject", page(requests=[request(asked, after=True, at=150.0)]), cookies=kept)
    assert [f.level for f in audit(result(refused), Promise()).findings if f.assertion == 11] == told


def test_what_is_unknown_leaves_its_check_open_in_words() -> None:
    found = audit(result(visit("none", page(writes=[write("qzx_1")]))), Promise()).findings
    unknown, good = [f for f in found if f.assertion == 1]
    assert (unknown.level, good.level) == ("unknown", "ok")
    assert good.sentence == "Before a choice, nothing ran without permission. Unknown items need review."


def test_consent_mode_has_to_come_first_and_be_whole() -> None:
    call = {"command": "default", "at": 60.0, "values": {"ad_storage": "denied"}, "after_choice": False}
    seen = visit("none", page(requests=[request(TRACKER, at=50.0)], consent_mode=[call]))
    found = levels(audit(result(seen), Promise()))
    assert found["consent-mode-order"] == "fail"
    assert found["consent-mode-types"] == "fail"


@pytest.mark.parametrize(("ran_at", "level"), [(59.0, "fail"), (61.0, "ok"), (None, "fail")])
def test_a_script_that_the_page_names_comes_when_it_runs_not_when_it_is_asked_for(
    ran_at: float | None, level: str
) -> None:
    call = {"command": "default", "at": 60.0, "values": {}, "after_choice": False}
    seen = visit("none", page(requests=[request(TRACKER, at=50.0, ran_at=ran_at)], consent_mode=[call]))
    assert levels(audit(result(seen), Promise()))["consent-mode-order"] == level


@pytest.mark.parametrize(("values", "levels_seen"), [({}, ["fail"]), ({"ad_storage": "granted"}, [])])
def test_an_update_is_missed_only_where_something_was_left_to_be_granted(
    values: dict[str, str], levels_seen: list[str]
) -> None:
    default = {"command": "default", "at": 10.0, "values": {"ad_storage": "denied"}, "after_choice": False}
    early = {"command": "update", "at": 11.0, "values": values, "after_choice": False}
    seen = visit("accept", page(consent_mode=[default, early]))
    found = [f.level for f in audit(result(seen), Promise()).findings if f.rule == "consent-mode-update"]
    assert found == levels_seen


def test_a_mark_on_a_link_is_a_leak() -> None:
    seen = visit("none", page(frames=[frame(decorated=[["_gl", "other.example"]])]))
    (leak,) = [f for f in audit(result(seen), Promise()).findings if f.rule == "link-decoration"]
    assert leak.sentence == "Links carry a visitor's id without a grant: _gl on links to other.example."


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ('{"gpc": true, "lastUpdate": "2026-01-31"}', "ok"),
        ('{"gpc": "yes"}', "fail"),
        ("[" * 2000, "fail"),
        ("", "fail"),
    ],
)
def test_the_gpc_file_has_its_form(text: str, level: str) -> None:
    assert levels(audit(result(visit("none"), gpc_json=text), Promise()))["gpc-json"] == level


def test_the_reports_agree() -> None:
    audited = audit(result(visit("none", page(requests=[request(TRACKER)])), visit("reject")), Promise())
    count = audited.count()
    document: dict[str, Any] = json.loads(json.dumps(as_json(audited, "leak")))
    suite = ElementTree.fromstring(as_junit(audited, "leak"))
    (run,) = as_sarif(audited, "1.0")["runs"]
    assert document["exit_code"] == 1
    assert len(document["findings"]) == sum(count.values())
    assert suite.get("failures") == str(count["leak"] + count["fail"])
    assert len(run["results"]) == sum(count.values()) - count["ok"]
    assert list(text_lines(audited, "leak"))[-1].startswith("Failed: 1 leak, ")


def test_code_scanning_tells_findings_of_one_rule_on_one_page_apart_and_knows_them_again() -> None:
    tracked = page(requests=[request(TRACKER)], writes=[write("_ga"), write("_fbp")])
    audited = audit(result(visit("none", tracked, region="DE"), visit("none", tracked, region="GB")), Promise())
    (run,) = as_sarif(audited, "1.0")["runs"]
    leaks = [one for one in run["results"] if one["ruleId"] == "leak-before-choice"]
    prints = [one["partialFingerprints"]["consentAudit/v1"] for one in run["results"]]
    assert sorted(one["properties"]["region"] for one in leaks) == ["DE"] * 3 + ["GB"] * 3
    assert len(set(prints)) == len(prints)
    assert as_sarif(audited, "1.0")["runs"][0]["results"] == run["results"]
    rules = run["tool"]["driver"]["rules"]
    assert {rule["id"] for rule in rules} == {one["ruleId"] for one in run["results"]}
    assert all(rule[text]["text"] for rule in rules for text in ("shortDescription", "fullDescription", "help"))


def test_names_that_would_break_a_report_are_carried_whole() -> None:
    seen = visit("none", page(writes=[write('<b>&"]]>')], requests=[request(TRACKER)]))
    audited = audit(result(seen), Promise())
    assert any('<b>&"]]>' in (case.get("name") or "") for case in ElementTree.fromstring(as_junit(audited, "leak")))


def test_a_site_that_sets_thousands_of_names_hides_no_tracker_and_is_not_called_clean() -> None:
    many = [write(f"name{number}", kind="local_storage") for number in range(MAX_ITEMS + 1)]
    later = page(f"{SITE}later", requests=[request(TRACKER)])
    audited = audit(result(visit("none", page(writes=many), later)), Promise())
    assert levels(audited)["leak-before-choice"] == "leak"
    told = f"Local storage: only the first {MAX_ITEMS:,} are kept, and there were more."
    assert told in audited.blind


def test_a_name_that_xml_may_not_have_leaves_junit_readable() -> None:
    name = clean("a\uffff\ufffe\x00\ud800]]>b")
    audited = audit(result(visit("none", page(writes=[write(name)]))), Promise())
    assert "a\\uffff\\ufffe\\u0000\\ud800]]>b" in as_junit(audited, "leak").replace("&gt;", ">")
    ElementTree.fromstring(as_junit(audited, "leak").encode())


@pytest.mark.parametrize(("kind", "name"), [("service_worker", f"{SITE}sw.js"), ("cache", "assets-v2")])
def test_a_worker_or_cache_of_a_name_that_says_nothing_is_unknown_and_no_leak(kind: str, name: str) -> None:
    audited = audit(result(visit("none", page(writes=[write(name, kind=kind)]))), Promise())
    told = [finding for finding in audited.findings if name in finding.sentence]
    assert [finding.level for finding in told] == ["unknown"]
    assert "most likely" not in told[0].sentence


@pytest.mark.parametrize(("fail_on", "failures", "skipped"), [("leak", 0, 1), ("never", 0, 1), ("unknown", 1, 0)])
def test_junit_fails_what_fails_the_audit(fail_on: str, failures: int, skipped: int) -> None:
    audited = audit(result(visit("none", page(writes=[write(f"{SITE}sw.js", kind="service_worker")]))), Promise())
    assert (audited.exit_code(fail_on) == 1) == bool(failures)
    (case,) = [one for one in ElementTree.fromstring(as_junit(audited, fail_on)) if one.get("classname") == "unknown"]
    assert (len(case.findall("failure")), len(case.findall("skipped"))) == (failures, skipped)


def test_junit_has_all_that_the_strictest_readers_ask_for() -> None:
    """Ant's schema, which many servers validate against: element order and required elements."""
    seen = visit(
        "none", page(requests=[request(TRACKER)]), problem="The time limit was reached before all pages were visited."
    )
    suite = ElementTree.fromstring(as_junit(audit(result(seen, began_at=1795564800), Promise()), "leak"))
    tags = [one.tag for one in suite]
    assert tags == ["properties", *["testcase"] * int(suite.get("tests", "0")), "system-out", "system-err"]
    assert (suite.get("timestamp"), suite.get("hostname")) == ("2026-11-25T00:00:00", "www.example.com")
    for case in suite.findall("testcase"):
        assert all(case.get(name) for name in ("name", "classname", "time"))
        assert len(case) <= 1
        assert all(one.get("type") for one in case if one.tag in ("failure", "error"))
    assert len(suite.findall("testcase/error")) == int(suite.get("errors", "0")) > 0


def test_a_report_says_as_whom_it_looked_and_what_its_words_mean() -> None:
    seen = (visit(state, page(requests=[request(TRACKER)]), region="DE") for state in ("none", "gpc"))
    lines = list(text_lines(audit(result(*seen), Promise()), "leak"))
    assert lines[:2] == [
        f"Audit of {SITE}: 1 page in 2 visits, 1 s",
        "Visited before a choice, under GPC, as from DE.",
    ]
    meanings = [line for line in lines if line.endswith("something non-essential ran or was stored without permission")]
    assert [line.split()[0] for line in meanings] == ["LEAK:"]
    assert not any("LIMITED" in line for line in lines)


def test_what_was_found_alike_in_several_regions_is_told_once_and_counted_in_each() -> None:
    seen = [visit("none", page(requests=[request(TRACKER)]), region=region) for region in ("DE", "FR", "GB")]
    audited = audit(result(*seen, visit("gpc", page(requests=[request(TRACKER)]), region="DE")), Promise())
    lines = list(text_lines(audited, "leak"))
    leaks = [line for line in lines if line.startswith("LEAK ")]
    assert [line.split(": ")[0] for line in leaks] == ["LEAK     [1] DE, FR, GB", "LEAK     [24] DE"]
    assert lines.count(f"           on {SITE}") == len(
        [line for line in lines if line.startswith(("LEAK ", "UNKNOWN "))]
    )
    assert lines[-1].startswith("Failed: 4 leaks, ")
    assert "  DE, GB: the same in each of these regions; the totals below count each one" in lines
    suite = ElementTree.fromstring(as_junit(audited, "leak"))
    assert suite.get("failures") == "4"


def test_a_report_names_no_more_than_a_few_pages_of_what_is_in_many_regions() -> None:
    seen = [
        visit("none", page(f"{SITE}{number}", requests=[request(TRACKER)]), region=region)
        for number, region in enumerate(("AT", "BE", "DE", "ES", "FR", "GB", "IT", "NL", "PL"))
    ]
    lines = list(text_lines(audit(result(*seen), Promise()), "leak"))
    (at,) = [index for index, line in enumerate(lines) if line.startswith("LEAK ")]
    assert lines[at].startswith("LEAK     [1] AT, BE, DE, ES, FR, GB, IT, NL, PL: ")
    assert len([line for line in lines[at + 1 : at + 9] if line.startswith("           ")]) == 8
    assert lines[at + 9].strip().startswith("and ")


def test_a_way_to_refuse_alone_is_no_banner_that_has_to_say_what_it_asks() -> None:
    link = {"language": "en", "page_language": "en", "words_before": ""}
    audited = audit(result(visit("none", banner={"reject 1280": link})), Promise(), opt_in=False)
    assert [finding.level for finding in audited.findings if finding.assertion == 14] == ["skipped"]


def test_beside_a_former_tool_that_still_runs_only_what_ran_is_checked() -> None:
    promise = Promise("shop", ("www.example.com",), old_tool="klaro")
    held = decision(REFUSED, show="none")
    for answer in held["groups"].values():
        answer["reason"] = "opt_in_not_given"
    seen = [
        visit("none", page(requests=[request(TRACKER)], frames=[frame(held)])),
        visit("reject", page(frames=[frame(held)])),
    ]
    audited = audit(result(*seen), promise)
    assert levels(audited)["leak-before-choice"] == "leak"
    (note,) = [one for one in audited.findings if one.rule == "former-tool"]
    assert "klaro still runs in the pages" in note.sentence
    assert not [one for one in audited.findings if one.assertion in BANNER_CHECKS]
    # Once the tool is gone, the banner asks and is checked like any other.
    asks = [visit("none", page(frames=[frame(decision(REFUSED))])), visit("reject", page())]
    assert {one.assertion for one in audit(result(*asks), promise).findings} >= BANNER_CHECKS
