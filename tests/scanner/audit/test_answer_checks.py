"""What an audit reports about answers, from values only."""

import base64
import datetime
from typing import Any

import pytest

from consent.scanner.audit.answer_checks import purposes_of, terms_of
from consent.scanner.audit.audit import REASONS, audit
from consent.scanner.audit.classify_items import Promise
from consent.scanner.audit.leaks import Finding
from consent.scanner.banner.probes import with_other_keys
from consent.scanner.model.job import Job, Term, from_json, to_json
from tests.golden import shipped_rules
from tests.scanner.scan_results import SITE, TRACKER, choice, decision, frame, page, request, result, visit

NOTHING = {"functional": False, "analytics": False, "advertising": False}


def found(*visits: dict[str, Any], number: int, promise: Promise | None = None, opt_in: bool = True) -> list[Finding]:
    audited = audit(result(*visits), promise or Promise(), opt_in)
    return [finding for finding in audited.findings if finding.assertion == number]


def tc_string(consents: tuple[int, ...], interests: tuple[int, ...]) -> str:
    """Return the core segment of a TC string, version 2, with all other fields zero."""
    fields = "".join("1" if number in part else "0" for part in (consents, interests) for number in range(1, 25))
    bits = f"{2:06b}" + "0" * 146 + fields + "0" * 40
    data = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_a_tc_string_is_read() -> None:
    assert purposes_of(tc_string((1, 3, 24), (2, 7)) + ".more") == ([1, 3, 24], [2, 7])


def test_a_string_that_a_real_cmp_has_made_is_read() -> None:
    # The example in the IAB's "Consent string and vendor list format v2".
    text = "COtybn4PA_zT4KjACBENAPCIAEBAAECAAIAAAAAAAAAA"
    assert purposes_of(text) == ([2, 10], [2, 9])


@pytest.mark.parametrize("text", ["", "x", "é", "A" * 60, "!!!!", "C"])
def test_an_invalid_tc_string_yields_no_purposes(text: str) -> None:
    assert purposes_of(text) == ([], [])


def test_a_purpose_that_needs_consent_is_no_legitimate_interest_whatever_the_page_says_beside() -> None:
    said = {"string": tc_string((), (3,)), "consents": [], "interests": []}
    (finding,) = found(visit("none", page(frames=[frame(tcf=[said])])), number=10)
    assert finding.level == "fail"
    assert "purposes 3 are claimed under legitimate interest" in finding.sentence


def test_in_italy_a_cross_has_to_say_that_it_refuses() -> None:
    def seen(words: str) -> list[Finding]:
        banner = {"accept 1280": CONTROL | {"notice_words": words}}
        closing = visit("close", region="IT", choice=choice(1) | {"how": "cross"})
        return found(visit("none", region="IT", banner=banner), closing, number=9)

    assert [one.level for one in seen("Usiamo i cookie.")] == ["fail"]
    assert [one.level for one in seen("Chiudendo questo banner si rifiuta.")] == ["ok"]


def test_requests_that_also_ran_before_are_not_blamed_on_closing() -> None:
    before = page(requests=[request(TRACKER)])
    closed = page(requests=[request(TRACKER, after=True, at=150.0)])
    seen = (visit("none", before), visit("close", closed, choice=choice(1) | {"how": "escape"}))
    assert [one.sentence for one in found(*seen, number=9)] == ["Closing the banner by Escape granted nothing."]
    assert [one.level for one in found(visit("none"), seen[1], number=9)] == ["fail"]


def test_after_its_end_a_grant_lets_nothing_run() -> None:
    urls = ["https://www.example.com/", "https://www.google-analytics.com/g/collect?v=2"]
    later = [{"days": 366, "asks": True, "problem": None, "urls": urls}]
    (finding,) = found(visit("accept", probes={"later": later}), number=19)
    assert (
        finding.sentence
        == "366 days after a grant, these were contacted before the new answer: www.google-analytics.com."
    )


def test_a_part_of_a_host_that_others_share_is_told_by_itself_where_a_grant_has_ended() -> None:
    urls = ["https://www.google.com/maps/embed?pb=1", "https://www.google.com/recaptcha/api.js"]
    later = [{"days": 366, "asks": True, "problem": None, "urls": urls}]
    tag = {"id": "captcha", "vendor": "google-recaptcha", "group": "essential", "limited": None, "enabled": True}
    vendor = {"id": "google-recaptcha", "name": "Google reCAPTCHA", "hosts": ["www.google.com/recaptcha/"]}
    promise = Promise(tags=(tag | {"load": {"src": urls[1]}},), vendors=(vendor,))
    audited = audit(result(visit("accept", probes={"later": later})), promise)
    (finding,) = [one for one in audited.findings if one.assertion == 19]
    assert finding.sentence.endswith("contacted before the new answer: www.google.com/maps.")


def test_a_receipt_of_a_grant_against_gpc_says_that_the_conflict_was_told() -> None:
    def seen(told: str) -> list[Finding]:
        tried = {"offers": True, "tells": True, "receipts": [told]}
        return found(visit("gpc", probes={"against_signal": tried}), number=29, opt_in=False)

    assert [one.level for one in seen("True")] == ["ok"]
    assert [one.level for one in seen("False")] == ["fail"]


def test_a_place_that_was_not_feigned_is_not_called_unknown() -> None:
    here = visit("unknown", page(frames=[frame(decision(NOTHING, country="FR"))]))
    (finding,) = [one for one in found(here, number=38) if one.rule == "unknown-place"]
    assert (finding.level, finding.sentence[:24]) == ("skipped", "The site did not respond")


def test_reports_each_check_of_the_list() -> None:
    told = {finding.assertion for finding in audit(result(visit("none")), Promise()).findings}
    assert set(range(1, 39)) <= told
    assert set(REASONS) == set(range(1, 39))


@pytest.mark.parametrize("number", [20, 30, 35, 38])
def test_a_check_of_an_own_site_names_the_state_that_was_left_out(number: int) -> None:
    states = {20: "accept", 30: "minor", 35: "down", 38: "unknown"}
    (foreign,) = found(visit("none"), number=number)
    assert "(--site)" in foreign.sentence
    (own,) = found(visit("none"), number=number, promise=Promise("shop"))
    assert own.sentence == f"Not checked: it requires {states[number]} in --states."
    for one in found(visit("none"), visit(states[number]), number=number, promise=Promise("shop")):
        assert not one.sentence.endswith("among the --states.")


def test_a_check_names_all_states_that_were_left_out() -> None:
    (clicks,) = found(visit("none"), number=4)
    assert clicks.sentence == "Not checked: it requires reject and accept in --states."
    (clicks,) = found(visit("none"), visit("reject"), number=4)
    assert clicks.sentence == "Not checked: it requires accept in --states."
    (clicks,) = found(visit("none"), visit("reject"), visit("accept", choice=None), number=4)
    assert clicks.sentence == "Not checked: the required visit wasn't made or failed."


def test_terms_are_those_of_the_law_at_the_place() -> None:
    terms = terms_of(shipped_rules(), ["FR", "US-CA"], datetime.date(2026, 11, 26), opt_in=True)
    assert terms == {"FR": Term(181, 181, True), "US-CA": Term(None, 365, False), "": Term(365, 181, True)}
    job = Job(SITE, terms=terms)
    assert from_json(to_json(job)) == job


CONTROL = {
    **dict.fromkeys(
        ("tag", "role", "label", "font", "size", "weight", "language", "page_language", "notice_role", "notice_name"),
        "x",
    ),
    **dict.fromkeys(("width", "height", "spots", "opacity", "text_contrast", "contrast", "notice_share"), 9),
    **dict.fromkeys(("is_in_view", "is_enabled", "is_uncovered"), True),
    **{"blocked_spots": 0, "scroll_locked": False, "overflow": 0, "words_before": "", "notice_words": ""},
}


@pytest.mark.parametrize(
    ("same", "other", "urls", "level", "words"),
    [
        (False, True, [], "ok", "are asked again after a grant for other purposes"),
        (False, False, [], "ok", "are asked when it expires"),
        (True, True, [], "fail", "Visitors who granted exactly these purposes and vendors are asked again."),
        (
            False,
            True,
            ["https://www.google-analytics.com/g/collect"],
            "fail",
            "weren't asked before these ran: www.google-analytics.com.",
        ),
    ],
)
def test_a_grant_of_other_purposes_is_no_grant_of_these(
    same: bool, other: bool, urls: list[str], level: str, words: str
) -> None:
    def look(asks: bool, urls: list[str], problem: str | None = None) -> dict[str, Any]:
        return {"asks": asks, "problem": problem, "urls": urls}

    def audited(**tried: Any) -> list[Finding]:
        accepted = visit("accept", page(), choice=choice(1), probes={"purposes": tried})
        return found(visit("none", page()), accepted, number=20)

    by_rule = {one.rule: one for one in audited(same=look(same, []), other=look(other, urls))}
    assert by_rule["other-purposes"].level == level
    assert words in by_rule["other-purposes"].sentence
    assert "a new look asks nobody again" in by_rule["not-checked"].sentence
    (finding,) = audited(same=look(same, []), other=look(other, [], "no answer"))
    assert finding.sentence.startswith("Not checked: ")


def test_other_purposes_are_feigned_for_grants_alone() -> None:
    kept = "v1.20783.eu_opt_in.0.1aaaaaaaa0bbbbbbbb-cccccccc.hotjar:1"
    assert with_other_keys(kept) == "v1.20783.eu_opt_in.0.1000000000bbbbbbbb-cccccccc.hotjar:1"
    assert with_other_keys(with_other_keys(kept)) == kept.replace("aaaaaaaa", "ffffffff")
    assert with_other_keys("something else") == "something else"
