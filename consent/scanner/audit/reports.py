"""Audit reports as text, JSON, JUnit XML and SARIF."""

import hashlib
import time
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree import ElementTree

from consent.core.documents.json_object import JsonObject
from consent.scanner.audit.audit import Audit
from consent.scanner.audit.inventory import host_of, problems
from consent.scanner.audit.leaks import LEVELS, Finding
from consent.scanner.audit.terminal_report import pluralize
from consent.scanner.model.scan_result import VisitResult
from consent.sites.finding_labels import SITUATIONS

HEADS = {
    "leak": "LEAK",
    "fail": "FAIL",
    "limited": "LIMITED",
    "unknown": "UNKNOWN",
    "skipped": "SKIPPED",
    "ok": "ok",
}
LEGEND = {
    "leak": "something non-essential ran or was stored without permission",
    "fail": "a check failed",
    "limited": "a vendor was contacted in a limited mode that the owner declared; this never counts as clean",
    "unknown": "the purpose is unknown: a user has to review it",
    "skipped": "a check that wasn't made",
    "ok": "a check passed",
}
SARIF_LEVELS = {"leak": "error", "fail": "error", "limited": "warning", "unknown": "warning", "skipped": "note"}
MAX_EVIDENCE = 8
"""Maximum number of evidence lines under a finding merged from several regions; the other reports list all."""
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def text_lines(audit: Audit, fail_on: str) -> Iterator[str]:
    """Yield the lines of a text report, worst first; identical findings from several regions are reported once."""
    result = audit.result
    pages, visits = pluralize(len(result["pages"]), "page"), pluralize(len(result["visits"]), "visit")
    yield f"Audit of {result['url']}: {pages} in {visits}, {result['seconds']:.0f} s"
    yield from _visit_summary(result["visits"])
    yield audit.own_host.line
    yield ""
    merged_findings = _merged(audit.findings)
    for finding in merged_findings:
        yield f"{HEADS[finding.level]:8} {_prefix(finding)}{finding.sentence}"
        if finding.level != "ok":
            yield from (f"           {line}" for line in finding.evidence)
    for sentence in audit.blind:
        yield f"{'BLIND':8} {sentence}"
    sentences = {_without_visits(sentence) for sentence in audit.blind}
    if notes := [sentence for sentence in problems(result) if _without_visits(sentence) not in sentences]:
        yield ""
        yield from (f"note     {sentence}" for sentence in notes)
    yield ""
    levels = {finding.level for finding in audit.findings}
    yield from (f"  {HEADS[level]}: {text}" for level, text in LEGEND.items() if level in levels)
    if audit.blind:
        yield "  BLIND: what the audit could not see"
    yield "  [1]: the number of the check in docs/scanner.md"
    if len(merged_findings) < len(audit.findings):
        yield "  DE, GB: the same in each of these regions; the totals below count each one"
    yield ""
    yield verdict(audit, fail_on)


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, with those that differ only in their region merged along with their evidence."""
    alike: dict[tuple[Any, ...], list[Finding]] = {}
    for one in findings:
        key = (one.level, one.rule, one.assertion, one.sentence, one.region is None)
        alike.setdefault(key, []).append(one)
    merged = []
    for first, *others in alike.values():
        all_of_it = [first, *others]
        regions = ", ".join(dict.fromkeys(one.region for one in all_of_it if one.region))
        evidence = tuple(dict.fromkeys(line for one in all_of_it for line in one.evidence))
        merged.append(first._replace(region=regions or None, evidence=_shortened(evidence)))
    return merged


def _shortened(evidence: tuple[str, ...]) -> tuple[str, ...]:
    remaining = len(evidence) - MAX_EVIDENCE
    return evidence if remaining < 1 else (*evidence[:MAX_EVIDENCE], f"and {remaining} more")


def _visit_summary(visits: list[VisitResult]) -> Iterator[str]:
    """Yield the states and regions in which the site was visited."""
    states = dict.fromkeys(SITUATIONS[visit["state"]] for visit in visits)
    regions = dict.fromkeys(visit["region"] for visit in visits if visit["region"])
    where = f", as from {', '.join(regions)}" if regions else ""
    yield f"Visited {', '.join(states)}{where}."


def verdict(audit: Audit, fail_on: str) -> str:
    """Return the audit in one sentence."""
    count = audit.count()
    numbers = ", ".join(
        (
            pluralize(count["leak"], "leak"),
            pluralize(count["fail"], "failed check"),
            f"{count['limited']} in limited mode",
            f"{count['unknown']} unknown",
            f"{pluralize(count['ok'], 'check')} passed",
        )
    )
    code = audit.exit_code(fail_on)
    if code == 1:
        return f"Failed: {numbers}."
    if code == 2:
        return f"Inconclusive: {numbers}; too little was seen."
    if count["limited"]:
        return f"Not clean, since a declared limited mode is in use: {numbers}."
    return f"Passed: {numbers}."


def as_json(audit: Audit, fail_on: str) -> JsonObject:
    """Return the audit as a `consent-audit/1` document."""
    return {
        "schema": "consent-audit/1",
        "url": audit.result["url"],
        "began_at": audit.result["began_at"],
        "seconds": audit.result["seconds"],
        "pages": audit.result["pages"],
        "exit_code": audit.exit_code(fail_on),
        "count": audit.count(),
        "findings": [finding._asdict() for finding in audit.findings],
        "blind": list(audit.blind),
        "own_host": audit.own_host._asdict() | {"line": audit.own_host.line},
    }


def as_junit(audit: Audit, fail_on: str) -> str:
    """Return the audit as JUnit XML valid under Ant's strict schema: a test case per finding, an error per blind spot.

    Leaks and failed checks are failures, and so is everything at least as bad as `fail_on`; others that aren't ok are
    skipped.
    """
    failing = LEVELS[: max(2, LEVELS.index(fail_on) + 1 if fail_on in LEVELS else 0)]
    bad = [finding for finding in audit.findings if finding.level in failing]
    skipped = [finding for finding in audit.findings if finding.level not in (*failing, "ok")]
    suite = ElementTree.Element(
        "testsuite",
        name=f"consent audit {audit.result['url']}",
        tests=str(len(audit.findings) + len(audit.blind)),
        failures=str(len(bad)),
        errors=str(len(audit.blind)),
        skipped=str(len(skipped)),
        time=str(audit.result["seconds"]),
        timestamp=time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(audit.result["began_at"])),
        hostname=host_of(audit.result["url"]) or "localhost",
    )
    properties = ElementTree.SubElement(suite, "properties")
    ElementTree.SubElement(properties, "property", name="own-host", value=audit.own_host.line)
    for finding in audit.findings:
        case = ElementTree.SubElement(
            suite, "testcase", classname=finding.rule, name=f"{_prefix(finding)}{finding.sentence}", time="0"
        )
        if finding in bad:
            failure = ElementTree.SubElement(case, "failure", type=finding.level, message=finding.sentence)
            failure.text = "\n".join(finding.evidence)
        elif finding in skipped:
            ElementTree.SubElement(case, "skipped", message=f"{finding.level}: {finding.sentence}")
    for sentence in audit.blind:
        case = ElementTree.SubElement(suite, "testcase", classname="blind", name=sentence, time="0")
        ElementTree.SubElement(case, "error", type="blind", message=sentence)
    ElementTree.SubElement(suite, "system-out").text = verdict(audit, fail_on)
    ElementTree.SubElement(suite, "system-err")
    return ElementTree.tostring(suite, "unicode", xml_declaration=True)


def as_sarif(audit: Audit, version: str) -> JsonObject:
    """Return the audit as SARIF 2.1.0; a finding's location is the URL of a page or of the site."""
    listed = [finding for finding in audit.findings if finding.level != "ok"]
    rules = [_sarif_rule(finding) for finding in {finding.rule: finding for finding in reversed(listed)}.values()]
    driver = {"name": "consent audit", "version": version, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "invocations": [
            {
                "executionSuccessful": not audit.blind,
                "toolExecutionNotifications": [{"level": "error", "message": {"text": text}} for text in audit.blind],
            }
        ],
        "results": [_sarif(finding, audit.result["url"]) for finding in listed],
        "properties": {"ownHost": audit.own_host.line},
    }
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _sarif(finding: Finding, url: str) -> JsonObject:
    page = next((line.removeprefix("on ") for line in finding.evidence if line.startswith("on ")), url)
    text = "\n".join((f"{_prefix(finding)}{finding.sentence}", *finding.evidence))
    location = {"physicalLocation": {"artifactLocation": {"uri": page}}}
    return {
        "ruleId": finding.rule,
        "level": SARIF_LEVELS[finding.level],
        "message": {"text": text},
        "locations": [location],
        # Findings of one rule on one page stay distinct, and each can be matched to the same finding in the next run.
        "partialFingerprints": {"consentAudit/v1": _fingerprint(finding)},
        "properties": {"level": finding.level, "region": finding.region, "assertion": finding.assertion},
    }


def _sarif_rule(finding: Finding) -> JsonObject:
    """Return a finding's rule with all fields that code scanning tools require."""
    number = f", check {finding.assertion} of docs/scanner.md" if finding.assertion else ""
    words = finding.rule.replace("-", " ").capitalize()
    text = {"text": f"{words}{number}: {LEGEND[finding.level]}."}
    return {
        "id": finding.rule,
        "name": finding.rule,
        "shortDescription": {"text": words},
        "fullDescription": text,
        "help": text,
        "defaultConfiguration": {"level": SARIF_LEVELS[finding.level]},
    }


def _fingerprint(finding: Finding) -> str:
    """Return a fingerprint of a finding, based on its first sentence since the rest may change."""
    named = (finding.rule, str(finding.assertion), finding.region or "", finding.sentence.partition(". ")[0])
    return hashlib.sha256("\n".join(named).encode(errors="backslashreplace")).hexdigest()


def _without_visits(sentence: str) -> str:
    """Return a problem without the list of visits it occurred in."""
    return sentence.partition("] ")[2]


def _prefix(finding: Finding) -> str:
    number = f"[{finding.assertion}] " if finding.assertion else ""
    return number + (f"{finding.region}: " if finding.region else "")
