"""Requests to the site's own host in an audit: which were judged, which weren't, and which repeat a visitor's id."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from consent.scanner.audit.classify_items import Identifier
from consent.scanner.audit.inventory import Inventory, situation
from consent.scanner.audit.leaks import NUMBERS, RULES, Finding, Permissions
from consent.scanner.model.scan_result import OwnRequestResult, PageResult, ScanResult, VisitResult
from consent.sites.finding_labels import SITUATIONS

JUDGED = ("named", "unknown", "own")
REASONS = {"opaque": "opaque", "packed": "packed", "worker": "worker", "alike": "alike"}
"""Why a request wasn't judged, by outcome; docs/scanner.md explains each."""


class OwnHostCount(NamedTuple):
    """Numbers of requests to the site's own host that were judged and, by reason, that weren't."""

    named: int
    unknown: int
    own: int
    not_judged: dict[str, int]

    @property
    def line(self) -> str:
        """Return the line for a report."""
        judged, unjudged = self.named + self.unknown + self.own, sum(self.not_judged.values())
        why = ", ".join(f"{count} {reason}" for reason, count in self.not_judged.items())
        parts = f"{self.named} identified, {self.own} the site's own, {self.unknown} to unknown collectors"
        return f"own host: {judged} requests judged ({parts}), {unjudged} not judged" + (f": {why}" if why else "")


def count_own_host(result: ScanResult) -> OwnHostCount:
    """Return the counts over all visits."""
    plain = sum(page["own_host_plain"] for visit in result["visits"] for page in visit["pages"])
    outcomes = Counter(own["outcome"] for _, _, own in _requests(result))
    not_judged = {word: outcomes[outcome] for outcome, word in REASONS.items() if outcomes[outcome]}
    return OwnHostCount(outcomes["named"], outcomes["unknown"], plain + outcomes["own"], not_judged)


def unjudged_in(visit: VisitResult, when: str) -> int:
    """Return how many requests of a visit weren't judged in the situation `when`."""
    requests = [own for page in visit["pages"] for own in page["own_host"]]
    return sum(own["outcome"] not in JUDGED and situation(visit, own) == when for own in requests)


def check_own_host(
    result: ScanResult, inventory: Inventory, identifier: Identifier, permissions: Permissions
) -> Iterator[Finding]:
    """Yield requests that repeat the value of a forbidden cookie, and scripts that were preloaded but held."""
    ahead: dict[tuple[str, str | None, str], list[str]] = {}
    repeated: dict[tuple[str, str | None, str, str], list[str]] = {}
    for visit, page, own in _requests(result):
        when, where = situation(visit, own), urlsplit(own["url"]).netloc + urlsplit(own["url"]).path
        if own["ahead"] and own["outcome"] == "named":
            ahead.setdefault((when, visit["region"], where), []).append(page["url"])
        for name in own["echoes"] if when in RULES else ():
            repeated.setdefault((when, visit["region"], where, name), []).append(page["url"])
    for (when, region, where), pages in ahead.items():
        sentence = f"{where} was prefetched by the browser {SITUATIONS[when]}; the script was blocked and did not run."
        yield Finding("fetched-ahead", "skipped", sentence, region, _on(pages))
    cookies = {item.name: item for item in inventory.items if item.kind == "cookie"}
    for (when, region, where, name), pages in repeated.items():
        verdict = identifier.verdict(cookies[name]) if name in cookies else None
        if verdict and verdict.is_known and not permissions.permits(verdict.group, verdict.vendor, when, region):
            sentence = (
                f"{where} received the value of the {verdict.group} cookie {name} {SITUATIONS[when]}, "
                "so it can recognize the visitor."
            )
            yield Finding(RULES[when], "leak", sentence, region, _on(pages), NUMBERS.get(when))


def _requests(result: ScanResult) -> Iterator[tuple[VisitResult, PageResult, OwnRequestResult]]:
    for visit in result["visits"]:
        for page in visit["pages"]:
            for own in page["own_host"]:
                yield visit, page, own


def _on(pages: list[str]) -> tuple[str, ...]:
    return tuple(f"on {page}" for page in dict.fromkeys(pages))[:3]
