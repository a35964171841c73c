"""A site's scan lands: its findings join what is known, and the difference to the last scan is told, leaks first."""

from collections.abc import Iterable, Iterator
from typing import Any

from consent.classify.classifier import shipped_classifier
from consent.scan.identify import Identifier, Promise, Verdict
from consent.scan.inventory import Inventory, Item, host_of
from consent.scan.leaks import RULES, Permissions
from consent.scan.lines import lifetime
from consent.scan.open_leaks import Looked, Place, to_text, with_open
from consent.snapshots.found_words import SITUATIONS
from consent.storage import scans
from consent.storage.base import Transaction
from consent.storage.scans import Kept

COMPARED = ("group", "situations", "lifetime_s", "vendor", "is_leak")
NAMES = {"group": "group", "situations": "seen", "lifetime_s": "life", "vendor": "vendor", "is_leak": "leak"}
ORDER = ("new", "changed", "gone")
STEADY = 0.1
"""A life that is so near to the old one is the same: it is measured while it runs down."""


def land(
    transaction: Transaction,
    site_id: int,
    result: dict[str, Any],
    promise: Promise,
    now: int,
    lists: tuple[str, ...] = (),
) -> list[dict[str, Any]]:
    """Keep what a scan has found, and return what it changed.

    What was not met is gone where the scan looked, and there still where it did not; so is a leak. `lists` are filter
    lists of the operator.
    """
    inventory = Inventory(result, promise.entries)
    looked = Looked(result, inventory.left_out)
    before = [kept for kept in scans.findings(transaction, site_id) if kept.layer != scans.REPORTED]
    known = {kept.key: kept for kept in before}
    seen = [with_open(kept, known.get(kept.key), looked) for kept in kept_items(result, inventory, promise, lists)]
    present = {kept.key for kept in seen}
    unmet = [kept for kept in before if kept.gone_at is None and kept.key not in present]
    gone = {kept.key for kept in unmet if looked.misses(kept)}
    changes = difference([kept for kept in before if kept.key in present or kept.key in gone], seen)
    scans.keep(transaction, site_id, seen, now)
    for kept in unmet:
        if kept.is_leak:
            scans.narrow_leaks(transaction, site_id, kept.key, to_text(looked.leaves(kept)))
    scans.mark_gone(transaction, site_id, gone, now)
    return changes


def difference(before: Iterable[Kept], seen: Iterable[Kept]) -> list[dict[str, Any]]:
    """Return what is new, changed and gone, leaks first; each with a sentence on what changed."""
    known = {kept.key: kept for kept in before if kept.gone_at is None}
    present = {kept.key: kept for kept in seen}
    changes = [_change("new", kept, "") for key, kept in present.items() if key not in known]
    for key, kept in present.items():
        if key in known and (told := "; ".join(_differences(known[key], kept))):
            changes.append(_change("changed", kept, told))
    changes += [_change("gone", kept, "") for key, kept in known.items() if key not in present]
    return sorted(changes, key=lambda one: (not one["is_leak"], ORDER.index(one["change"]), one["kind"], one["name"]))


def kept_items(
    result: dict[str, Any], inventory: Inventory, promise: Promise, lists: tuple[str, ...] = ()
) -> Iterator[Kept]:
    """Yield what a scan found, each with what it is for and whether it had no right to be there."""
    permissions = Permissions(result, opt_in=True)
    identifier = Identifier(host_of(result["url"]), promise, inventory.items, shipped_classifier(lists))
    for item in inventory.items:
        verdict = identifier.verdict(item)
        leaks = list(_leaks(item, verdict, permissions, promise))
        yield Kept(
            kind=item.kind,
            name=item.name[:300],
            host=item.host[:300],
            third_party=item.third_party,
            lifetime_s=item.facts.get("lifetime_s"),
            situations=",".join(item.situations),
            page=next((page for pages in item.seen.values() for page in pages), "")[:600],
            made_by=(item.by[0] if item.by else "")[:600],
            group=verdict.group,
            purpose=verdict.purpose,
            vendor=verdict.vendor[:255],
            layer=verdict.layer,
            confidence=verdict.confidence,
            reason=verdict.reason,
            suggestion=verdict.suggestion,
            is_leak=bool(leaks),
            leaks=to_text(leaks),
        )


def _leaks(item: Item, verdict: Verdict, permissions: Permissions, promise: Promise) -> Iterator[Place]:
    if not verdict.is_known:
        return
    for key, pages in item.seen.items():
        situation, _, region = key.partition(" ")
        if situation not in RULES or permissions.permits(verdict.group, verdict.vendor, situation, region or None):
            continue
        if item.kind != "host" or not permissions.is_limited(verdict.vendor, situation, region or None, promise):
            yield from ((situation, region, page) for page in pages)


def _differences(old: Kept, new: Kept) -> Iterator[str]:
    for field in COMPARED:
        before, after = getattr(old, field), getattr(new, field)
        if before != after and not (field == "lifetime_s" and _is_near(before, after)):
            yield f"{NAMES[field]}: {_said(field, before)} → {_said(field, after)}"


def _is_near(before: int | None, after: int | None) -> bool:
    return before is not None and after is not None and abs(before - after) <= STEADY * max(before, after)


def _said(field: str, value: Any) -> str:
    """Return a compared value in the words that reports and the dashboard have for it."""
    if field == "lifetime_s":
        return lifetime(value)
    if field == "situations":
        return ", ".join(SITUATIONS[situation] for situation in value.split(","))
    if field == "is_leak":
        return "yes" if value else "no"
    return str(value) or "none"


def _change(change: str, kept: Kept, told: str) -> dict[str, Any]:
    facts = {name: getattr(kept, name) for name in ("kind", "name", "host", "group", "is_leak", "situations", "page")}
    is_leak = kept.is_leak and change != "gone"
    return {"change": change, **facts, "is_leak": is_leak, "told": told}
