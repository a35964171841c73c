"""Select a site's findings that need review: undecided and undeclared ones, leaks first."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from consent.classifier.classifier import shipped_classifier
from consent.classifier.result import DECISION, LIST, MODEL, NONE, SURE, UNCLASSIFIED, Answer
from consent.core.documents.config import Draft
from consent.core.documents.vendors import Cookie
from consent.core.groups import ESSENTIAL, GROUPS
from consent.core.host_patterns import owner_of
from consent.core.paths import matches
from consent.sites.finding_labels import CONFIG_KINDS
from consent.sites.open_leaks import OWN_LAYERS
from consent.storage.scans.reviews import Decided
from consent.storage.scans.scans import REPORTED, StoredFinding
from consent.storage.scans.suggestions import Suggestion

REVIEWED = ("cookie", "local_storage", "session_storage", "indexed_db", "cache", "service_worker", "host")
"""Kinds of findings that are reviewed: the banner can remove these kinds and no others."""

LEAST_NAMED = 3
"""Minimum characters of a mask besides its `*`; with fewer, a refusal would delete unrelated items."""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A finding with the likeliest group (empty if unknown), the confidence (0 to 1), and the evidence.

    `evidence` is the classifier's sentence and `layer` its source. `alike` has the keys of other pending items whose
    names differ only by a number, and which get the same suggestion. `by_model` is what the operator's language model
    suggested if nothing else matched; it decides nothing.
    """

    finding: StoredFinding
    suggestion: str
    confidence: float
    evidence: str
    is_doubtful: bool
    layer: str = ""
    alike: tuple[tuple[str, str, str], ...] = ()
    by_model: Suggestion | None = None

    @property
    def shown(self) -> str:
        """Return the group to show, or an empty string (*Unknown*) if the confidence is below the threshold."""
        return "" if self.confidence < SURE else self.suggestion

    @property
    def acceptable(self) -> str:
        """Return the group to accept with one click; never essential by a guess, since that runs without consent."""
        is_guess = self.layer in (MODEL, LIST, NONE, REPORTED)
        return "" if self.shown == ESSENTIAL and is_guess else self.shown


def review_items(
    findings: Iterable[StoredFinding],
    decided: Iterable[Decided],
    draft: Draft,
    lists: tuple[str, ...] = (),
    by_model: Mapping[tuple[str, str, str], Suggestion] | None = None,
) -> list[ReviewItem]:
    """Return the items to review: leaks first, then those with the lowest confidence."""
    known = {one.key for one in decided}
    waiting = [
        finding
        for finding in findings
        if finding.kind in REVIEWED and finding.gone_at is None and finding.key not in known
    ]
    items = [
        _item(finding, lists, (by_model or {}).get(finding.key))
        for finding in waiting
        if finding.layer not in OWN_LAYERS and not _is_named(draft, finding)
    ]
    return sorted(
        _with_shared_suggestions(items),
        key=lambda one: (not one.finding.is_leak, not one.is_doubtful, one.confidence, one.finding.key),
    )


def draft_cookie(draft: Draft, item: ReviewItem, group: str, purpose: str | None) -> Cookie | None:
    """Return the item's draft entry, with which a refusal of `group` deletes it, or None if it can't have one."""
    finding = item.finding
    if (
        finding.kind not in CONFIG_KINDS
        or not finding.name
        or len(finding.name) > 200
        or set(finding.name) & set(" \t\r\n\f\v=;,")
    ):
        return None
    is_mask = finding.layer == REPORTED and "*" in finding.name
    if is_mask and len(finding.name.replace("*", "")) < LEAST_NAMED:
        return None
    host = finding.host.lstrip(".")
    return {
        "name": finding.name,
        "pattern": is_mask,
        "kind": CONFIG_KINDS[finding.kind],
        "group": group,
        "vendor": _vendor(draft, finding.vendor, group),
        "purpose": purpose,
        "lifetime_s": finding.lifetime_s if finding.kind == "cookie" and (finding.lifetime_s or 0) >= 0 else None,
        "domain": host if finding.kind == "cookie" and 0 < len(host) <= 253 else None,
        "third_party": finding.third_party,
    }


def _vendor(draft: Draft, vendor: str, group: str) -> str | None:
    """Return a cookie's vendor, or None if its tags are in an earlier group, whose grant doesn't cover the cookie."""
    groups = [tag["group"] for tag in draft["tags"] if tag["vendor"] == vendor]
    covers = groups and all(_rank(one) >= _rank(group) for one in groups)
    return vendor if covers else None


def _rank(group: str) -> int:
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)


def _is_named(draft: Draft, finding: StoredFinding) -> bool:
    """Return whether the draft already names a finding; hosts count only if reported by visitors' browsers."""
    if finding.kind == "host":
        hosts = [entry.partition("/")[0] for vendor in draft["vendors"] for entry in vendor["hosts"]]
        return finding.layer == REPORTED and owner_of(finding.name, {"": hosts}) is not None
    kind = CONFIG_KINDS.get(finding.kind)
    same = [entry for entry in draft["cookies"] if entry["kind"] == kind]
    return any(matches(one["name"], finding.name) if one["pattern"] else one["name"] == finding.name for one in same)


def as_item(finding: StoredFinding) -> ReviewItem:
    """Return `finding` with its own suggestion."""
    is_doubtful = finding.group == UNCLASSIFIED or finding.confidence < SURE
    suggestion = finding.suggestion if finding.suggestion in GROUPS else ""
    return ReviewItem(finding, suggestion, finding.confidence, finding.reason, is_doubtful, finding.layer)


def _item(finding: StoredFinding, lists: tuple[str, ...], by_model: Suggestion | None) -> ReviewItem:
    if finding.layer == DECISION:
        answer = _reclassified(finding, lists)
        finding = finding._replace(
            group=answer.group,
            purpose=answer.purpose,
            vendor=answer.vendor,
            layer=answer.layer,
            confidence=answer.confidence,
            reason=answer.reason,
            suggestion=answer.suggestion,
        )
    return replace(as_item(finding), by_model=by_model if finding.group == UNCLASSIFIED else None)


def stem_of(name: str) -> str:
    """Return `name` with `*` for each number and each long hexadecimal part; similar names have the same stem."""
    return re.sub(r"(?<![0-9a-z])[0-9a-f]{8,}(?![0-9a-z])|\d+", "*", name, flags=re.IGNORECASE)


def _with_shared_suggestions(items: list[ReviewItem]) -> list[ReviewItem]:
    """Return `items`, with the most confident suggestion of each set of similar names applied to all of them."""
    groups: dict[tuple[str, str], list[ReviewItem]] = {}
    for item in items:
        groups.setdefault((item.finding.kind, stem_of(item.finding.name)), []).append(item)
    return [_with_best_suggestion(item, groups[item.finding.kind, stem_of(item.finding.name)]) for item in items]


def _with_best_suggestion(item: ReviewItem, group: list[ReviewItem]) -> ReviewItem:
    if len(group) == 1:
        return item
    best = max(group, key=lambda one: (bool(one.suggestion), one.confidence, one.finding.key))
    return replace(
        item,
        suggestion=best.suggestion,
        confidence=best.confidence,
        evidence=best.evidence,
        is_doubtful=best.is_doubtful,
        layer=best.layer,
        alike=tuple(one.finding.key for one in group if one is not item),
    )


def _reclassified(finding: StoredFinding, lists: tuple[str, ...]) -> Answer:
    """Classify the finding again, since the last scan used a decision that has been reverted."""
    if finding.kind == "host":
        return shipped_classifier(lists).address(f"https://{finding.name}")
    return shipped_classifier(lists).cookie(
        finding.name, finding.host, expiry_s=finding.lifetime_s, third_party=finding.third_party, script=finding.made_by
    )
