"""Site audit: compare a scan with the site's config and run all legal checks."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from consent.classifier.classifier import Classifier, shipped_classifier
from consent.core.groups import ESSENTIAL
from consent.scanner.audit import answer_checks, choice_checks, site_checks
from consent.scanner.audit.banner_checks import check_banner
from consent.scanner.audit.classify_items import Identifier, Promise
from consent.scanner.audit.inventory import Inventory, host_of
from consent.scanner.audit.leaks import LEVELS, NUMBERS, RULES, Finding, Permissions, find_leaks
from consent.scanner.audit.notice_checks import check_listed, check_notice
from consent.scanner.audit.own_host import OwnHostCount, check_own_host, count_own_host, unjudged_in
from consent.scanner.audit.terminal_report import truncation_sentences
from consent.scanner.model.job import NOWHERE
from consent.scanner.model.scan_result import PageJson, ScanResult, VisitResult
from consent.sites.moving.old_choices import RUNNING

OWN = "it requires a site with this service's banner (--site)"
BANNER = "no banner asking for consent was found"
ONE_ANSWER = "the first layer has only one answer, so there is nothing to compare"
STATE = "the required visit wasn't made or failed"
REGION = "it applies in California: add US-CA to --regions"
OPT_OUT = "it applies where tags run until visitors opt out: add a US state to --regions"
REASONS = {
    **dict.fromkeys((1, 4, 9, 11, 12, 13, 18, 19, 23, 24, 27), STATE),
    2: "something ran earlier, or no page was left idle (--idle)",
    **dict.fromkeys((3, 5, 6, 7, 8, 14, 17, 22, 34), BANNER),
    10: "neither a TC string nor the second layer could be read after a refusal",
    15: "neither a second layer nor a policy page could be read",
    16: "no tag in the essential group has a known address",
    20: f"it requires a choice that can be read and changed in the browser, so {OWN}",
    21: "the banner or the page doesn't declare its language",
    **dict.fromkeys((25, 26), REGION),
    **dict.fromkeys((28, 29), OPT_OUT),
    30: f"each site states a visitor's age in its own way, so {OWN}",
    31: "no script of this service and no /.well-known/gpc.json was found",
    32: "no consent mode call was seen",
    33: f"another service's log can't be read, so {OWN}",
    35: f"only a known banner can be blocked, so {OWN}",
    36: OWN,
    37: "no page was seen without a grant",
    38: f"a browser is in only one place, so {OWN}",
}
"""Reasons why a check may not have been made, by its number."""
OF_BOTH = dict.fromkeys((5, 6, 7, 22), ONE_ANSWER)
"""Reasons for checks that compare two answers, if a banner was found."""
STATES = {
    **{4: ("reject", "accept"), 9: ("close",), 10: ("reject",), 11: ("reject",), 13: ("accept", "withdraw")},
    **{18: ("reject",), 19: ("accept",), 23: ("reject",), 24: ("gpc",), 27: ("reject",)},
}
"""States required by a check, by its number."""
OWN_STATES = {20: ("accept",), 30: ("minor",), 35: ("down",), 38: ("unknown",)}
"""The same for checks that require a site with this service's banner."""
BANNER_CHECK_RANGES = ((3, 10), (12, 15), (17, 23), (25, 30), (32, 34))
BANNER_CHECKS = frozenset(number for first, last in BANNER_CHECK_RANGES for number in range(first, last + 1))
"""Checks of the banner and of its answers; while a former tool runs, they would judge that tool's banner."""
ALSO = {
    20: "Not checked: a new look asks nobody again. That requires a publish, and an audit changes nothing.",
    28: "Not checked: an opt-out follows a person who signs in elsewhere. A scan has no account.",
    33: "Not checked: the receipt verifies. A scan's choices are held back; use `consent verify`.",
}
"""The part of a check that an audit can't make, by its number."""


def skipped_checks(done: Iterable[Finding], seen: Collection[str], is_own: bool) -> Iterator[Finding]:
    """Yield, for each check without a finding, why it was skipped, and the parts that can't be checked.

    `seen` are the visited states; `is_own` means that the site uses this service.
    """
    done = list(done)
    known = {finding.assertion for finding in done}
    has_banner = any(finding.rule == "first-layer" for finding in done)
    for number, reason in sorted((REASONS | (OF_BOTH if has_banner else {})).items()):
        if number not in known:
            why = _missing_states(number, seen, is_own) or reason
            yield Finding("not-checked", "skipped", f"Not checked: {why}.", None, (), number)
        elif number in ALSO:
            yield Finding("not-checked", "skipped", ALSO[number], None, (), number)


def _missing_states(number: int, seen: Collection[str], is_own: bool) -> str:
    """Return which required states were left out, or "" if none were or they wouldn't help by themselves."""
    needed = (STATES | (OWN_STATES if is_own else {})).get(number, ())
    missing = [state for state in needed if state not in seen]
    if missing:
        return f"it requires {' and '.join(missing)} in --states"
    return STATE if is_own and number in OWN_STATES else ""


CLEAN, FAILED, UNDECIDABLE = 0, 1, 2


@dataclass(frozen=True)
class Audit:
    """The findings of an audit, worst first, and what couldn't be observed."""

    result: ScanResult
    findings: tuple[Finding, ...]
    blind: tuple[str, ...]
    """Reasons why the audit is inconclusive, if any."""
    own_host: OwnHostCount
    """Counts of the requests to the site's own host, by judgment."""

    def exit_code(self, fail_on: str) -> int:
        """Return 1 if a finding is at least as bad as `fail_on`, 2 if too little was observed to decide, else 0."""
        if fail_on != "never":
            failing = LEVELS[: LEVELS.index(fail_on) + 1]
            if any(finding.level in failing for finding in self.findings):
                return FAILED
        return UNDECIDABLE if self.blind else CLEAN

    def count(self) -> dict[str, int]:
        """Return the number of findings at each level."""
        counted = Counter(finding.level for finding in self.findings)
        return {level: counted[level] for level in LEVELS}


def audit(result: ScanResult, promise: Promise, opt_in: bool = True, classifier: Classifier | None = None) -> Audit:
    """Return the audit of a scan; without a promise, `opt_in` says which regime to assume."""
    inventory, permissions = Inventory(result, promise.entries), Permissions(result, opt_in)
    identifier = Identifier(host_of(result["url"]), promise, inventory.items, classifier or shipped_classifier())
    leaks = list(find_leaks(inventory, identifier, permissions))
    leaks += check_own_host(result, inventory, identifier, permissions)
    findings = [*leaks, *_checks(result, inventory, identifier, permissions, leaks)]
    findings += skipped_checks(findings, {visit["state"] for visit in result["visits"]}, bool(promise.site))
    if is_banner_withheld(promise, permissions, result["visits"]):
        findings = [finding for finding in findings if finding.assertion not in BANNER_CHECKS]
        findings.append(_former_tool_finding(promise.old_tool))
    ordered = sorted(dict.fromkeys(findings), key=lambda finding: (LEVELS.index(finding.level), finding.assertion or 0))
    blind = tuple(_blind_spots(result, inventory, permissions, opt_in))
    return Audit(result, tuple(ordered), blind, count_own_host(result))


def is_banner_withheld(promise: Promise, permissions: Permissions, visits: list[VisitResult]) -> bool:
    """Return whether this service's banner showed nothing before a choice because the former tool still runs."""
    before = [permissions.decision("none", visit["region"]) for visit in visits if visit["state"] == "none"]
    return bool(promise.old_tool and before) and all(map(_is_held, before))


def _is_held(decision: PageJson | None) -> bool:
    """Return whether nothing optional is granted and yet nothing is shown (banner/decision/held_decision.js)."""
    if not decision or decision.get("show") != "none":
        return False
    return {one.get("reason") for group, one in decision["groups"].items() if group != ESSENTIAL} == {
        "opt_in_not_given"
    }


def _former_tool_finding(tool: str) -> Finding:
    numbers = ", ".join(f"{first} to {last}" for first, last in BANNER_CHECK_RANGES)
    sentence = (
        f"{RUNNING[tool]} still runs in the pages, as chosen under Settings, so this service's banner stays away. "
        f"What ran without consent was checked; the banner wasn't (checks {numbers})."
    )
    return Finding("former-tool", "skipped", sentence, None, ())


def _checks(
    result: ScanResult,
    inventory: Inventory,
    identifier: Identifier,
    permissions: Permissions,
    leaks: list[Finding],
) -> Iterator[Finding]:
    visits = result["visits"]
    broken = {(leak.rule, leak.region) for leak in leaks if leak.level == "leak"}
    regions = list(dict.fromkeys(visit["region"] for visit in visits if visit["state"] not in NOWHERE))
    for visit in visits:
        if visit["state"] == "none":
            yield from check_banner(visit, permissions)
            yield from check_notice(visit, inventory, identifier)
        if visit["state"] in ("reject", "withdraw"):
            for stored in choice_checks.check_stored(visit, inventory, identifier):
                situation = RULES[visit["state"]], visit["region"]
                # If one half of a check fails in a situation, don't report the other half as ok.
                if stored.level != "ok":
                    broken.add(situation)
                if stored.level != "ok" or situation not in broken:
                    yield stored
    for region in regions:
        yield from choice_checks.check_choices(visits, region)
        yield from check_listed(visits, region, inventory, identifier)
        yield from answer_checks.check_closing(visits, region, inventory, identifier, permissions)
        yield from answer_checks.check_interests(visits, region)
        yield from answer_checks.check_reprompts(visits, region)
        yield from answer_checks.check_expiry(visits, region, identifier, permissions)
        yield from answer_checks.check_other_purposes(visits, region, identifier, permissions)
        yield from answer_checks.check_opt_out(visits, region)
        yield from answer_checks.check_against_signal(visits, region)
        yield from answer_checks.check_age(visits, region, permissions)
        yield from site_checks.check_united_states(visits, region)
    yield from answer_checks.check_unknown_place(permissions, leaks)
    yield from site_checks.check_consent_mode(visits, identifier, inventory)
    yield from site_checks.check_signals(result)
    yield from choice_checks.check_receipts(visits)
    yield from site_checks.check_page_apis(visits, identifier.promise)
    yield from site_checks.check_essential(identifier)
    yield from site_checks.check_decoration(visits)
    yield from _no_leak_findings(visits, leaks, broken)


def _no_leak_findings(
    visits: list[VisitResult], leaks: list[Finding], broken: set[tuple[str, str | None]]
) -> Iterator[Finding]:
    """Yield that nothing leaked in an observed situation that isn't `broken`: checks 1, 2, 11, 24 and 35."""
    doubtful = {(leak.assertion, leak.region) for leak in leaks if leak.level == "unknown"}
    sentences = {
        "none": "Before a choice, nothing ran without permission.",
        "reject": "After rejecting, nothing non-essential ran on any page.",
        "withdraw": "After withdrawing, nothing non-essential ran on any page.",
        "gpc": "Under GPC, nothing ran without permission.",
        "down": "Without the service, nothing non-essential ran, and the page was shown.",
    }
    for visit in visits:
        if visit["state"] not in sentences or not any(page["problem"] is None for page in visit["pages"]):
            continue
        rule, number = RULES[visit["state"]], NUMBERS[visit["state"]]
        if (rule, visit["region"]) not in broken:
            is_sure = (number, visit["region"]) not in doubtful
            sentence = sentences[visit["state"]] + ("" if is_sure else " Unknown items need review.")
            if unjudged := unjudged_in(visit, visit["state"]):
                sentence += f" {unjudged} requests to the site's own host were not judged."
            yield Finding(f"no-{rule}", "ok", sentence, visit["region"], (), number)
            if any(page["idle_at"] for page in visit["pages"]):
                sentence = "Nothing ran while the page was idle, scrolled, and clicked, nor on further pages."
                yield Finding("nothing-later", "ok", sentence, visit["region"], (), 2)


def _blind_spots(result: ScanResult, inventory: Inventory, permissions: Permissions, opt_in: bool) -> Iterator[str]:
    """Yield reasons why something may exist although it wasn't found."""
    yield from truncation_sentences(inventory)
    for visit in result["visits"]:
        where = f"{visit['state']} {visit['region'] or ''}".strip()
        if visit["problem"]:
            yield f"[{where}] {visit['problem']}"
        if not any(page["problem"] is None for page in visit["pages"]):
            yield f"[{where}] No page could be loaded."
            continue
        own = permissions.decision("none", visit["region"])
        should_ask = own.get("show") == "ask" if own else opt_in
        is_made = visit["choice"] and visit["choice"]["found"]
        if visit["state"] in ("reject", "accept", "withdraw") and should_ask and not is_made:
            yield f"[{where}] No way to {'reject' if visit['state'] == 'reject' else 'accept'} was found."
        if visit["region"] and visit["state"] == "none" and not _is_place(own, visit["region"]):
            yield f"[{where}] The site did not respond as to a visitor from {visit['region']}."


def _is_place(own: PageJson | None, region: str) -> bool:
    place = (own or {}).get("place")
    if not isinstance(place, dict):
        return False
    country, _, subdivision = region.partition("-")
    return place.get("country") == country and (not subdivision or place.get("subdivision") == subdivision)
