"""Site audit: compare a scan with the site's config and run all legal checks."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from consent.classifier.classifier import Classifier, shipped_classifier
from consent.scanner.audit import answer_checks, choice_checks, site_checks
from consent.scanner.audit.banner_checks import check_banner
from consent.scanner.audit.classify_items import Identifier, Promise
from consent.scanner.audit.inventory import Inventory, host_of
from consent.scanner.audit.leaks import LEVELS, NUMBERS, RULES, Finding, Permissions, find_leaks
from consent.scanner.audit.notice_checks import check_listed, check_notice
from consent.scanner.audit.own_host import OwnHostCount, check_own_host, count_own_host, unjudged_in
from consent.scanner.audit.terminal_report import crowded
from consent.scanner.model.job import NOWHERE
from consent.scanner.model.scan_result import PageJson, ScanResult, VisitResult

OWN = "it needs a site with this service's banner, named by --site"
BANNER = "no banner that asks was found"
ONE_ANSWER = "the first layer has no second answer to hold beside the first"
STATE = "the visit that it needs was not made, or came to nothing"
REGION = "it holds in California: name US-CA in --regions"
OPT_OUT = "it holds where tags run until they are refused: name a state of the US in --regions"
REASONS = {
    **dict.fromkeys((1, 4, 9, 11, 12, 13, 18, 19, 23, 24, 27), STATE),
    2: "something ran before that already, or no page was left alone (--idle)",
    **dict.fromkeys((3, 5, 6, 7, 8, 14, 17, 22, 34), BANNER),
    10: "neither a TC string nor the second layer after a refusal could be read",
    15: "neither a second layer nor a policy page could be read",
    16: "no tag of the essential group has an address, as far as is known here",
    20: f"it takes a choice that can be read and changed in the browser, so {OWN}",
    21: "the banner or the page does not name its language",
    **dict.fromkeys((25, 26), REGION),
    **dict.fromkeys((28, 29), OPT_OUT),
    30: f"a site tells an age in a way of its own, so {OWN}",
    31: "no script of this service and no /.well-known/gpc.json was met",
    32: "no call of consent mode was heard",
    33: f"nothing can be seen of another service's log, so {OWN}",
    35: f"only a banner that is known can be kept away, so {OWN}",
    36: OWN,
    37: "no page was seen without a grant",
    38: f"a browser stands in one place, so {OWN}",
}
"""By number of a check, why it may not have been made."""
OF_BOTH = dict.fromkeys((5, 6, 7, 22), ONE_ANSWER)
"""The reasons where a banner was found: what holds one answer against the other."""
STATES = {
    **{4: ("reject", "accept"), 9: ("close",), 10: ("reject",), 11: ("reject",), 13: ("accept", "withdraw")},
    **{18: ("reject",), 19: ("accept",), 23: ("reject",), 24: ("gpc",), 27: ("reject",)},
}
"""By number, the states that a check needs."""
OWN_STATES = {20: ("accept",), 30: ("minor",), 35: ("down",), 38: ("unknown",)}
"""The same of those that need a site with this service's banner."""
ALSO = {
    20: "That another look asks nobody anew is not checked: it takes a publish, and an audit changes nothing.",
    28: "That an opt-out sticks to a profile that is known by a sign-in is not checked: a scan has no account.",
    33: "That the receipt verifies is not checked here: a scan's choices are held back. `consent verify` does it.",
}
"""By number, the part of a check that no audit can make."""


def skipped_checks(done: Iterable[Finding], seen: Collection[str], is_own: bool) -> Iterator[Finding]:
    """Yield for each check without a finding why it was skipped, and the parts that cannot be checked.

    `seen` are the states that were visited, and `is_own` tells that the site is one of this service.
    """
    done = list(done)
    known = {finding.assertion for finding in done}
    has_banner = any(finding.rule == "first-layer" for finding in done)
    for number, reason in sorted((REASONS | (OF_BOTH if has_banner else {})).items()):
        if number not in known:
            why = _left_out(number, seen, is_own) or reason
            yield Finding("not-checked", "untold", f"Not checked: {why}.", None, (), number)
        elif number in ALSO:
            yield Finding("not-checked", "untold", ALSO[number], None, (), number)


def _left_out(number: int, seen: Collection[str], is_own: bool) -> str:
    """Return which states a check needs that were left out; "" where none was, or where they alone do not help."""
    needed = (STATES | (OWN_STATES if is_own else {})).get(number, ())
    missing = [state for state in needed if state not in seen]
    if missing:
        return f"it needs {' and '.join(missing)} among the --states"
    return STATE if is_own and number in OWN_STATES else ""


THRESHOLDS = ("leak", "fail", "limited", "unknown", "never")
"""The mildest level that fails an audit; `never` fails none."""
CLEAN, FAILED, UNDECIDABLE = 0, 1, 2


@dataclass(frozen=True)
class Audit:
    """The findings of an audit, worst first, and what could not be seen."""

    result: ScanResult
    findings: tuple[Finding, ...]
    blind: tuple[str, ...]
    """Why the audit cannot be trusted, if it cannot."""
    own_host: OwnHostCount
    """What was judged of the requests of the site's own host."""

    def exit_code(self, fail_on: str) -> int:
        """Return 1 where a finding is as bad as `fail_on` or worse, 2 where too little was seen to decide, else 0."""
        if fail_on != "never":
            failing = LEVELS[: LEVELS.index(fail_on) + 1]
            if any(finding.level in failing for finding in self.findings):
                return FAILED
        return UNDECIDABLE if self.blind else CLEAN

    def count(self) -> dict[str, int]:
        """Return how many findings there are of each level."""
        counted = Counter(finding.level for finding in self.findings)
        return {level: counted[level] for level in LEVELS}


def audit(result: ScanResult, promise: Promise, opt_in: bool = True, classifier: Classifier | None = None) -> Audit:
    """Return the audit of a scan; without a promise, `opt_in` is the assumed regime."""
    inventory, permissions = Inventory(result, promise.entries), Permissions(result, opt_in)
    identifier = Identifier(host_of(result["url"]), promise, inventory.items, classifier or shipped_classifier())
    leaks = list(find_leaks(inventory, identifier, permissions))
    leaks += check_own_host(result, inventory, identifier, permissions)
    findings = [*leaks, *_checks(result, inventory, identifier, permissions, leaks)]
    findings += skipped_checks(findings, {visit["state"] for visit in result["visits"]}, bool(promise.site))
    ordered = sorted(dict.fromkeys(findings), key=lambda finding: (LEVELS.index(finding.level), finding.assertion or 0))
    blind = tuple(_blind(result, inventory, permissions, opt_in))
    return Audit(result, tuple(ordered), blind, count_own_host(result))


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
    yield from _quiet(visits, leaks, broken)


def _quiet(visits: list[VisitResult], leaks: list[Finding], broken: set[tuple[str, str | None]]) -> Iterator[Finding]:
    """Yield that nothing leaked in a situation that was seen and is not `broken`: checks 1, 2, 11, 24 and 35."""
    doubtful = {(leak.assertion, leak.region) for leak in leaks if leak.level == "unknown"}
    sentences = {
        "none": "Before a choice nothing ran that may not.",
        "reject": "After rejecting nothing non-essential ran, on any page.",
        "withdraw": "After withdrawing nothing non-essential ran, on any page.",
        "gpc": "Under GPC nothing ran that may not.",
        "down": "Without the service nothing non-essential ran, and the page was shown.",
    }
    for visit in visits:
        if visit["state"] not in sentences or not any(page["problem"] is None for page in visit["pages"]):
            continue
        rule, number = RULES[visit["state"]], NUMBERS[visit["state"]]
        if (rule, visit["region"]) not in broken:
            is_sure = (number, visit["region"]) not in doubtful
            sentence = sentences[visit["state"]] + ("" if is_sure else " Of what is unknown a user has to say.")
            if unjudged := unjudged_in(visit, visit["state"]):
                sentence += f" Of the own host, {unjudged} requests were not judged."
            yield Finding(f"no-{rule}", "ok", sentence, visit["region"], (), number)
            if any(page["idle_at"] for page in visit["pages"]):
                sentence = "Nor did anything while the page was left alone, scrolled and clicked, nor on further pages."
                yield Finding("nothing-later", "ok", sentence, visit["region"], (), 2)


def _blind(result: ScanResult, inventory: Inventory, permissions: Permissions, opt_in: bool) -> Iterator[str]:
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
        should_ask = own.get("show") == "ask" if own else opt_in
        is_made = visit["choice"] and visit["choice"]["found"]
        if visit["state"] in ("reject", "accept", "withdraw") and should_ask and not is_made:
            yield f"[{where}] No way to {'reject' if visit['state'] == 'reject' else 'accept'} was found."
        if visit["region"] and visit["state"] == "none" and not _is_there(own, visit["region"]):
            yield f"[{where}] The site did not answer as to a visitor from {visit['region']}."


def _is_there(own: PageJson | None, region: str) -> bool:
    place = (own or {}).get("place")
    if not isinstance(place, dict):
        return False
    country, _, subdivision = region.partition("-")
    return place.get("country") == country and (not subdivision or place.get("subdivision") == subdivision)
