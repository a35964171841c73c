"""Open leaks of a site: found by a scan, still present and undecided, optionally blocking a publish."""

import json

from consent.classifier.result import DECISION
from consent.core.groups import ESSENTIAL
from consent.core.translatable import translatable
from consent.sites.finding_labels import SITUATIONS, shown_name
from consent.storage.database.base import Transaction
from consent.storage.scans import reviews, scans
from consent.storage.scans.reviews import Decided
from consent.storage.scans.scans import StoredFinding

OWN_LAYERS = ("config", "own", "first_party")
"""Scanner layers whose answer is the site's own."""
NAMED = 3


def with_decision(finding: StoredFinding, decided: dict[tuple[str, str, str], Decided]) -> StoredFinding:
    """Return `finding` with a user's decision, if one was made."""
    decision = decided.get(finding.key)
    if decision is None or finding.layer in OWN_LAYERS:
        return finding
    is_leak = finding.is_leak and decision.group != ESSENTIAL
    return finding._replace(
        group=decision.group,
        purpose=decision.purpose,
        layer=DECISION,
        confidence=1.0,
        reason=translatable("A user decided this for the site."),
        suggestion=decision.group,
        is_leak=is_leak,
    )


def open_leaks(transaction: Transaction, site_id: int) -> list[StoredFinding]:
    """Return a site's open leaks, most recently seen first."""
    decided = {one.key: one for one in reviews.decisions(transaction, site_id)}
    findings = (with_decision(finding, decided) for finding in scans.findings(transaction, site_id))
    leaks = [finding for finding in findings if finding.is_leak and finding.gone_at is None]
    return sorted(leaks, key=lambda finding: -finding.last_seen)


def where_it_leaks(finding: StoredFinding) -> str:
    """Return a leak in words: its name, and the situations and regions in which it wasn't allowed."""
    return f"{shown_name(finding.name)} ({leak_words(finding)})"


def leak_words(finding: StoredFinding) -> str:
    """Return the situations and regions in which a leak wasn't allowed.

    If it occurred in a situation both with and without a region, it occurred everywhere, so no region is named.
    """
    regions: dict[str, set[str]] = {}
    for situation, region, _ in json.loads(finding.leaks):
        regions.setdefault(situation, set()).add(region)
    words = [
        SITUATIONS[situation] + ("" if "" in regions_of else f" in {', '.join(sorted(regions_of))}")
        for situation, regions_of in regions.items()
    ]
    return ", ".join(words) or translatable("without permission")


def pages_of(finding: StoredFinding) -> list[str]:
    """Return the known pages on which a leak occurred, without duplicates."""
    places = [page for _, _, page in json.loads(finding.leaks)] or [finding.page]
    return [page for page in dict.fromkeys(places) if page]


def gate_sentence(transaction: Transaction, site_id: int) -> str:
    """Return why the scan schedule's gate blocks publishing, or an empty string."""
    if not scans.schedule(transaction, site_id).blocks_publishing:
        return ""
    names = [shown_name(finding.name) for finding in open_leaks(transaction, site_id)]
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    plural = "s" if len(names) > 1 else ""
    sentence = translatable(f"Scans show {len(names)} open leak{plural}: {', '.join(names[:NAMED])}{more}.")
    return translatable(f"{sentence} Where each is, and how to resolve it, is under Scan.")
