"""An audit: a scan held against what the site promises and what can be checked of the law."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from consent.classify.classifier import Classifier, shipped_classifier
from consent.scan import answer_checks, choice_checks, site_checks
from consent.scan.banner_checks import check_banner
from consent.scan.identify import Identifier, Promise
from consent.scan.inventory import Inventory, host_of
from consent.scan.job import NOWHERE
from consent.scan.leaks import LEVELS, NUMBERS, RULES, Finding, Permissions, find_leaks
from consent.scan.lines import crowded
from consent.scan.notice_checks import check_listed, check_notice
from consent.scan.unmade import unmade

THRESHOLDS = ("leak", "fail", "limited", "unknown", "never")
"""The mildest level that fails an audit; `never` fails none."""
CLEAN, FAILED, CANNOT_TELL = 0, 1, 2


@dataclass(frozen=True)
class Audit:
    """The findings of an audit, worst first, and what could not be seen."""

    result: dict[str, Any]
    findings: tuple[Finding, ...]
    blind: tuple[str, ...]
    """Why the audit cannot be trusted, if it cannot."""

    def exit_code(self, fail_on: str) -> int:
        """Return 1 where a finding is as bad as `fail_on` or worse, 2 where too little was seen to say so, else 0."""
        if fail_on != "never":
            failing = LEVELS[: LEVELS.index(fail_on) + 1]
            if any(finding.level in failing for finding in self.findings):
                return FAILED
        return CANNOT_TELL if self.blind else CLEAN

    def count(self) -> dict[str, int]:
        """Return how many findings there are of each level."""
        counted = Counter(finding.level for finding in self.findings)
        return {level: counted[level] for level in LEVELS}


def audit(result: dict[str, Any], promise: Promise, opt_in: bool = True, classifier: Classifier | None = None) -> Audit:
    """Return the audit of a scan; without a promise, `opt_in` says what the regime there is taken to be."""
    inventory, permissions = Inventory(result, promise.entries), Permissions(result, opt_in)
    identifier = Identifier(host_of(result["url"]), promise, inventory.items, classifier or shipped_classifier())
    leaks = list(find_leaks(inventory, identifier, permissions))
    findings = [*leaks, *_checks(result, inventory, identifier, permissions, leaks)]
    findings += unmade(findings, {visit["state"] for visit in result["visits"]}, bool(promise.site))
    ordered = sorted(dict.fromkeys(findings), key=lambda finding: (LEVELS.index(finding.level), finding.assertion or 0))
    return Audit(result, tuple(ordered), tuple(_blind(result, inventory, permissions, opt_in)))


def _checks(
    result: dict[str, Any],
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
                # Of one check and situation no half is called good beside the other that failed.
                if stored.level != "ok":
                    broken.add(situation)
                if stored.level != "ok" or situation not in broken:
                    yield stored
    for region in regions:
        yield from choice_checks.check_choices(visits, region)
        yield from check_listed(visits, region, inventory, identifier)
        yield from answer_checks.check_closing(visits, region, inventory, identifier, permissions)
        yield from answer_checks.check_interests(visits, region)
        yield from answer_checks.check_asking_again(visits, region)
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
    yield from _quiet(visits, leaks, broken)


def _quiet(
    visits: list[dict[str, Any]], leaks: list[Finding], broken: set[tuple[str, str | None]]
) -> Iterator[Finding]:
    """Yield that nothing leaked in a situation that was seen and is not `broken`: checks 1, 2, 11, 24 and 35."""
    doubtful = {(leak.assertion, leak.region) for leak in leaks if leak.level == "unknown"}
    told = {
        "none": "Before a choice nothing ran that may not.",
        "reject": "After rejecting nothing non-essential ran, on any page.",
        "withdraw": "After withdrawing nothing non-essential ran, on any page.",
        "gpc": "Under GPC nothing ran that may not.",
        "down": "Without the service nothing non-essential ran, and the page was shown.",
    }
    for visit in visits:
        if visit["state"] not in told or not any(page["problem"] is None for page in visit["pages"]):
            continue
        rule, number = RULES[visit["state"]], NUMBERS[visit["state"]]
        if (rule, visit["region"]) not in broken:
            is_sure = (number, visit["region"]) not in doubtful
            sentence = told[visit["state"]] + ("" if is_sure else " Of what is unknown a person has to say.")
            yield Finding(f"no-{rule}", "ok", sentence, visit["region"], (), number)
            if any(page["idle_at"] for page in visit["pages"]):
                sentence = "Nor did anything while the page was left alone, scrolled and clicked, nor on further pages."
                yield Finding("nothing-later", "ok", sentence, visit["region"], (), 2)


def _blind(result: dict[str, Any], inventory: Inventory, permissions: Permissions, opt_in: bool) -> Iterator[str]:
    """Yield why what was not found may be there all the same."""
    yield from crowded(inventory)
    for visit in result["visits"]:
        where = f"{visit['state']} {visit['region'] or ''}".strip()
        if visit["problem"]:
            yield f"[{where}] {visit['problem']}"
        if not any(page["problem"] is None for page in visit["pages"]):
            yield f"[{where}] No page could be seen."
            continue
        own = permissions.decision("none", visit["region"])
        asks = own.get("show") == "ask" if own else opt_in
        found = (visit["choice"] or {}).get("found")
        if visit["state"] in ("reject", "accept", "withdraw") and asks and not found:
            yield f"[{where}] No way to {'reject' if visit['state'] == 'reject' else 'accept'} was found."
        if visit["region"] and visit["state"] == "none" and not _is_there(own, visit["region"]):
            yield f"[{where}] The site did not answer as to a visitor from {visit['region']}."


def _is_there(own: dict[str, Any] | None, region: str) -> bool:
    place = (own or {}).get("place")
    if not isinstance(place, dict):
        return False
    country, _, subdivision = region.partition("-")
    return place.get("country") == country and (not subdivision or place.get("subdivision") == subdivision)
