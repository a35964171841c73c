"""Leaks that a scan found, none has seen gone and nobody has answered: what holds a draft back where the site wants it."""

import json

from consent.classify.answer import DECISION
from consent.core.groups import ESSENTIAL
from consent.snapshots.found_words import SITUATIONS, shown_name
from consent.storage import reviews, scans
from consent.storage.base import Transaction
from consent.storage.reviews import Decided
from consent.storage.scans import Kept

OWN_LAYERS = ("config", "own", "first_party")
"""Layers of the scanner whose answer is the site's own."""
NAMED = 3


def with_decision(kept: Kept, decided: dict[tuple[str, str, str], Decided]) -> Kept:
    """Return a finding as it stands since a person decided on it, where the scan came before that."""
    said = decided.get(kept.key)
    if said is None or kept.layer in OWN_LAYERS:
        return kept
    is_leak = kept.is_leak and said.group != ESSENTIAL
    return kept._replace(
        group=said.group,
        purpose=said.purpose,
        layer=DECISION,
        confidence=1.0,
        reason="A person decided this for the site.",
        suggestion=said.group,
        is_leak=is_leak,
    )


def open_leaks(transaction: Transaction, site_id: int) -> list[Kept]:
    """Return the leaks of a site that stand, those that were seen last first."""
    decided = {one.key: one for one in reviews.decisions(transaction, site_id)}
    found = (with_decision(kept, decided) for kept in scans.findings(transaction, site_id))
    leaks = [kept for kept in found if kept.is_leak and kept.gone_at is None]
    return sorted(leaks, key=lambda kept: -kept.last_seen)


def where_it_leaks(kept: Kept) -> str:
    """Return a leak in words: its name, and the situations and regions in which it had no right to be."""
    return f"{shown_name(kept.name)} {leak_words(kept)}"


def leak_words(kept: Kept) -> str:
    """Return the situations and regions in which a leak had no right to be.

    One that was met in a situation with and without a region was met everywhere: no region is named.
    """
    regions: dict[str, set[str]] = {}
    for situation, region, _ in json.loads(kept.leaks):
        regions.setdefault(situation, set()).add(region)
    words = [
        SITUATIONS[situation] + ("" if "" in met else f" in {', '.join(sorted(met))}")
        for situation, met in regions.items()
    ]
    return ", ".join(words) or "without a right"


def pages_of(kept: Kept) -> list[str]:
    """Return the pages on which a leak was met, each once; those that are known."""
    places = [page for _, _, page in json.loads(kept.leaks)] or [kept.page]
    return [page for page in dict.fromkeys(places) if page]


def gate_sentence(transaction: Transaction, site_id: int) -> str:
    """Return why the gate of the site's plan of scans lets no draft through, or nothing."""
    if not scans.schedule(transaction, site_id).gate:
        return ""
    names = [shown_name(kept.name) for kept in open_leaks(transaction, site_id)]
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    plural = "s" if len(names) > 1 else ""
    told = f"Scans show {len(names)} open leak{plural}: {', '.join(names[:NAMED])}{more}."
    return f"{told} Where each is, and how it ends, stands under Scan."
