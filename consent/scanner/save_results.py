"""Save the results of a scan: merge its findings, and compute the changes since the last scan, leaks first."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from consent.classifier.classifier import shipped_classifier
from consent.classifier.result import SURE, UNCLASSIFIED
from consent.scanner.audit.classify_items import Identifier, Promise, Verdict
from consent.scanner.audit.inventory import Inventory, Item, host_of
from consent.scanner.audit.leaks import RULES, Permissions
from consent.scanner.audit.terminal_report import lifetime
from consent.scanner.leak_followup import Place, ScanCoverage, to_text, with_unchecked_leaks
from consent.scanner.model.scan_result import Change, ScanResult
from consent.scanner.model.visit_record import picture_name
from consent.sites.finding_labels import SITUATIONS
from consent.storage.database.base import Transaction
from consent.storage.scans import scans
from consent.storage.scans.scans import StoredFinding
from consent.storage.scans.screenshots import MAX_BYTES, NewScreenshot

MAX_PAGES = 10
"""Maximum number of pages saved per finding."""
JPEG = b"\xff\xd8\xff"


def read_pictures(folder: Path, result: ScanResult) -> Iterator[NewScreenshot]:
    """Yield the screenshots of a scan: of the first page of each visit, then the second, and so on."""
    visits = result["visits"]
    for index in range(max((len(visit["pages"]) for visit in visits), default=0)):
        for visit in visits:
            for page in visit["pages"][index : index + 1]:
                for is_after_choice in (False, True):
                    name = picture_name(visit["state"], visit["region"], index + 1, is_after_choice)
                    if body := _read(folder / name):
                        yield NewScreenshot(
                            visit["state"], visit["region"] or "", page["url"][:600], is_after_choice, body
                        )


def _read(file: Path) -> bytes:
    """Return a JPEG of limited size, or b"" if it is missing or isn't one."""
    try:
        # Don't follow links out of the folder, or block on a pipe.
        with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as source:
            body = source.read(MAX_BYTES + 1)
    except OSError:
        return b""
    return body if body.startswith(JPEG) and len(body) <= MAX_BYTES else b""


COMPARED = ("group", "situations", "lifetime_s", "vendor", "is_leak")
NAMES = {"group": "group", "situations": "seen", "lifetime_s": "life", "vendor": "vendor", "is_leak": "leak"}
ORDER = ("new", "changed", "gone")
STEADY = 0.1
"""Relative difference up to which lifetimes count as equal, since they decrease while being measured."""


def save_scan_results(
    transaction: Transaction,
    site_id: int,
    result: ScanResult,
    promise: Promise,
    now: int,
    lists: tuple[str, ...] = (),
) -> list[Change]:
    """Save the findings of a scan, and return the changes.

    A finding that wasn't found again is gone if the scan covered it, and kept if it didn't; the same applies to leaks.
    `lists` are the operator's filter lists.
    """
    inventory = Inventory(result, promise.entries)
    coverage = ScanCoverage(result, inventory.left_out)
    before = [finding for finding in scans.findings(transaction, site_id) if finding.layer != scans.REPORTED]
    known = {finding.key: finding for finding in before}
    seen = [
        with_unchecked_leaks(finding, known.get(finding.key), coverage)
        for finding in saved_items(result, inventory, promise, lists)
    ]
    present = {finding.key for finding in seen}
    unmet = [finding for finding in before if finding.gone_at is None and finding.key not in present]
    missing = {finding.key for finding in unmet if coverage.confirms_absence(finding)}
    changes = difference([finding for finding in before if finding.key in present or finding.key in missing], seen)
    scans.save_findings(transaction, site_id, seen, now)
    for finding in unmet:
        if finding.is_leak:
            scans.narrow_leaks(transaction, site_id, finding.key, to_text(coverage.unvisited_places(finding)))
    scans.set_gone(transaction, site_id, missing, now)
    return changes


def difference(before: Iterable[StoredFinding], seen: Iterable[StoredFinding]) -> list[Change]:
    """Return what is new, changed and gone, leaks first, each with a description of the change."""
    known = {finding.key: finding for finding in before if finding.gone_at is None}
    present = {finding.key: finding for finding in seen}
    changes = [_new_change("new", finding, "") for key, finding in present.items() if key not in known]
    for key, finding in present.items():
        if key in known and (difference_text := "; ".join(_differences(known[key], finding))):
            changes.append(_new_change("changed", finding, difference_text))
    changes += [_new_change("gone", finding, "") for key, finding in known.items() if key not in present]
    return sorted(changes, key=lambda one: (not one["is_leak"], ORDER.index(one["change"]), one["kind"], one["name"]))


def saved_items(
    result: ScanResult, inventory: Inventory, promise: Promise, lists: tuple[str, ...] = ()
) -> Iterator[StoredFinding]:
    """Yield the findings of a scan, each with its purpose and where it leaked."""
    permissions = Permissions(result, opt_in=True)
    identifier = Identifier(host_of(result["url"]), promise, inventory.items, shipped_classifier(lists))
    for item in inventory.items:
        verdict = identifier.verdict(item)
        leaks = list(_leak_places(item, verdict, permissions, promise))
        yield StoredFinding(
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
            pages=json.dumps(_pages(item)),
        )


def _pages(item: Item) -> list[str]:
    """Return up to MAX_PAGES distinct pages on which an item was found."""
    return [page[:600] for page in dict.fromkeys(page for pages in item.seen.values() for page in pages)][:MAX_PAGES]


def _leak_places(item: Item, verdict: Verdict, permissions: Permissions, promise: Promise) -> Iterator[Place]:
    if not verdict.is_known:
        return
    for key, pages in item.seen.items():
        situation, _, region = key.partition(" ")
        if situation not in RULES or permissions.permits(verdict.group, verdict.vendor, situation, region or None):
            continue
        if item.kind != "host" or not permissions.is_limited(verdict.vendor, situation, region or None, promise):
            yield from ((situation, region, page) for page in pages)


def _differences(old: StoredFinding, new: StoredFinding) -> Iterator[str]:
    for field in COMPARED:
        before, after = getattr(old, field), getattr(new, field)
        if before != after and not (field == "lifetime_s" and _is_near(before, after)):
            yield f"{NAMES[field]}: {_value_text(field, before)} → {_value_text(field, after)}"


def _is_near(before: int | None, after: int | None) -> bool:
    return before is not None and after is not None and abs(before - after) <= STEADY * max(before, after)


def _value_text(field: str, value: Any) -> str:
    """Return a compared value as worded in reports and the dashboard."""
    if field == "lifetime_s":
        return lifetime(value)
    if field == "situations":
        return ", ".join(SITUATIONS[situation] for situation in value.split(","))
    if field == "is_leak":
        return "yes" if value else "no"
    return str(value) or "none"


def _new_change(change: str, finding: StoredFinding, difference_text: str) -> Change:
    return {
        "change": change,
        "kind": finding.kind,
        "name": finding.name,
        "host": finding.host,
        "group": finding.group if finding.confidence >= SURE or finding.is_leak else UNCLASSIFIED,
        "is_leak": finding.is_leak and change != "gone",
        "situations": finding.situations,
        "page": finding.page,
        "told": difference_text,
    }
