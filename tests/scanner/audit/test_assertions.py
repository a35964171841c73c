"""The legal checks on small sites: one site that passes each check, and one that fails it with the right message."""

from typing import Any

import pytest

from consent.scanner.audit.audit import audit
from consent.scanner.audit.classify_items import Promise
from consent.scanner.audit.leaks import Finding
from consent.scanner.model.job import OwnBanner, Term
from tests.scanner.banner_sites import TEXT, serve_notice, serve_own
from tests.scanner.scan_site import ScanSite
from tests.scanner.websites import Sites, serving

pytestmark = pytest.mark.long
OPT_IN, OPT_OUT = {"": Term(365, 180, True)}, {"": Term(None, 365, False)}


def found(scan_in_shell: ScanSite, sites: Sites, *states: str, opt_in: bool = True, **more: Any) -> dict[int, Finding]:
    """Return the audit's findings for these states by check number, the most severe for each."""
    terms = OPT_IN if opt_in else OPT_OUT
    result = scan_in_shell(sites.url(), states=states, pages=2, measure=True, terms=terms, settle_s=1.0, **more)
    audited = audit(result, Promise("shop" if "own" in more else ""), opt_in)
    by_number: dict[int, Finding] = {}
    for finding in sorted(audited.findings, key=lambda one: one.rule == "not-checked"):
        by_number.setdefault(finding.assertion or 0, finding)
    return by_number


@pytest.fixture(scope="module")
def good(scan_in_shell: ScanSite) -> dict[int, Finding]:
    with serving() as sites:
        serve_notice(sites)
        return found(scan_in_shell, sites, "none", "reject", "accept", "close")


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (9, "Closing the banner by its close button granted nothing."),
        (10, "After rejecting, no purpose is on under any legal basis."),
        (
            14,
            "Above its answers, the first layer states controller, purposes, number of third parties, and withdrawal.",
        ),
        (15, "Everything that can load, and everything stored after accepting, is listed."),
        (18, "1, 30, 179 days after a refusal, the banner did not ask again."),
        (19, "366 days after a grant, the banner asked again, and nothing ran until then."),
        (27, "Refusing asks for nothing else, and no question follows."),
    ],
)
def test_a_good_site_passes(good: dict[int, Finding], number: int, sentence: str) -> None:
    assert (good[number].level, good[number].sentence) == ("ok", sentence)


def test_checks_that_cannot_be_made_from_outside_are_listed_with_the_reason(good: dict[int, Finding]) -> None:
    assert set(range(1, 39)) <= set(good)
    for number in (20, 30, 38):
        assert good[number].level == "skipped"
        assert good[number].sentence.startswith("Not checked: ")


@pytest.mark.parametrize(
    ("number", "states", "changed", "sentence"),
    [
        (
            9,
            "close",
            {"CLOSE": "answer('yes')"},
            "Closing the banner counts as consent: these ran only afterwards: _ga.",
        ),
        (
            10,
            "reject",
            {"INTERESTS": "{2: true, 7: true}"},
            "purposes 2, 7 continue under legitimate interest after rejecting",
        ),
        (
            10,
            "reject",
            {"INTERESTS": "{1: true}"},
            "purposes 1 are claimed under legitimate interest, which the TCF never allows",
        ),
        (10, "reject", {"LEFT_ON": "true"}, "these switches are on after rejecting: Analytics"),
        (14, "none", {"TEXT": "We like cookies."}, "that the choice can be withdrawn"),
        (14, "accept", {"TEXT": TEXT.replace("2 third", "third")}, "how many third parties are involved"),
        (15, "accept", {"LISTED": "We keep things."}, "on a policy page: _ga."),
        (
            18,
            "reject",
            {"REFUSAL_DAYS": "7"},
            "The banner asked again 30 days after a refusal; more than 179 days must pass.",
        ),
        (19, "accept", {"GRANT_DAYS": "390"}, "366 days after a grant, the banner did not ask again."),
        (27, "reject", {"ARGUE": "if (!confirm('Are you sure?')) {}"}, "another question follows right away"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else str(value)[:12],
)
def test_a_bad_site_fails_with_the_right_words(
    scan_in_shell: ScanSite, sites: Sites, number: int, states: str, changed: dict[str, str], sentence: str
) -> None:
    serve_notice(sites, **changed)
    finding = found(scan_in_shell, sites, *dict.fromkeys(("none", states)))[number]
    assert finding.level == "fail", finding
    assert sentence in finding.sentence


def test_a_banner_without_reject_is_held_against_all_that_takes_one_answer(
    scan_in_shell: ScanSite, sites: Sites
) -> None:
    reject = '<button onclick="refuse()">Reject all</button>\n  <button onclick="more()">'
    serve_notice(sites, **{"TEXT": "We like cookies.", reject: '<button onclick="more()">', "LEFT_ON": "true"})
    by_number = found(scan_in_shell, sites, "none")
    assert by_number[3].sentence == "The first layer has no direct control to reject."
    assert by_number[8].sentence == "These switches are on before a choice: Analytics."
    assert by_number[14].level == "fail"
    assert {by_number[number].level for number in (17, 21, 34)} == {"ok"}
    for number in (5, 6, 7, 22):
        assert (
            by_number[number].sentence
            == "Not checked: the first layer has only one answer, so there is nothing to compare."
        )


@pytest.mark.parametrize("is_agreed", [True, False])
def test_a_radio_button_that_is_chosen_in_advance_fails(scan_in_shell: ScanSite, sites: Sites, is_agreed: bool) -> None:
    allow, deny = ("checked", "") if is_agreed else ("", "checked")
    group = f"""<fieldset><legend>Statistics</legend> <label><input type="radio" name="s" {allow}> Allow</label>
      <label><input type="radio" name="s" {deny}> Deny</label></fieldset>"""
    serve_notice(sites, LISTED=group)
    finding = found(scan_in_shell, sites, "none")[8]
    assert finding.level == ("fail" if is_agreed else "ok")
    assert ("Statistics: Allow" in finding.sentence) is is_agreed


def test_an_opt_out_that_asks_for_an_address_fails(scan_in_shell: ScanSite, sites: Sites) -> None:
    sites.page("/", '<footer><a href="/opt-out">Do Not Sell or Share My Personal Information</a></footer>')
    sites.page("/opt-out", '<form action="/opt-out"><input type="email"> <button>Submit</button></form>')
    finding = found(scan_in_shell, sites, "none", "reject", opt_in=False)[27]
    assert finding.sentence == "Refusing takes more than one step: it asks for more than the answer (email)."
    sites.page("/opt-out", "<button onclick=\"this.textContent = 'Done'\">Opt out</button>")
    assert found(scan_in_shell, sites, "none", "reject", opt_in=False)[27].level == "ok"


@pytest.mark.parametrize(
    ("changed", "year", "told"),
    [
        (
            {},
            "1, 180, 364 days after the signal, the banner did not ask again.",
            "Visitors are told of the conflict before they opt in",
        ),
        (
            {"QUIET": "false", "TOLD": ""},
            "The banner asked again 1 day after the signal; more than 364 days must pass.",
            "Visitors can opt in against GPC without being told that this conflicts with the signal.",
        ),
    ],
    ids=["good", "bad"],
)
def test_under_gpc_nothing_is_asked_for_a_year_and_a_grant_is_told_of(
    scan_in_shell: ScanSite, sites: Sites, changed: dict[str, str], year: str, told: str
) -> None:
    serve_notice(sites, **changed)
    by_number = found(scan_in_shell, sites, "none", "gpc", opt_in=False)
    level = "fail" if changed else "ok"
    assert (by_number[28].level, by_number[28].sentence) == (level, year)
    assert (by_number[29].level, by_number[29].sentence.startswith(told)) == (level, True)


@pytest.mark.parametrize(("is_good", "regions"), [(True, ("DE",)), (True, ()), (False, ("DE",))])
def test_an_age_and_an_unknown_place_are_told_to_this_services_banner(
    scan_in_shell: ScanSite, sites: Sites, is_good: bool, regions: tuple[str, ...]
) -> None:
    serve_own(sites, believes_age=is_good, strict=is_good)
    own = OwnBanner("shop", "secret", (sites.url("").rstrip("/"),))
    by_number = found(scan_in_shell, sites, "none", "minor", "unknown", own=own, regions=regions)
    assert {by_number[number].level for number in (30, 38)} == {"ok" if is_good else "fail"}
    if not is_good:
        assert by_number[30].sentence == "A visitor below the age of consent could switch advertising on."
        assert "the strictest rule isn't applied: functional, analytics, advertising granted" in by_number[38].sentence
