"""Select the findings of a site that need review: undecided and undeclared ones, leaks first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from consent.classifier.classifier import shipped_classifier
from consent.classifier.result import DECISION, SURE, UNCLASSIFIED, Answer
from consent.core.documents import Cookie, Draft
from consent.core.groups import GROUPS
from consent.core.paths import matches
from consent.sites.finding_labels import CONFIG_KINDS
from consent.sites.open_leaks import OWN_LAYERS
from consent.storage.scans.reviews import Decided
from consent.storage.scans.scans import REPORTED, StoredFinding
from consent.storage.scans.suggestions import Suggestion

REVIEWED = ("cookie", "local_storage", "session_storage", "indexed_db", "cache", "service_worker", "host")
"""By kind of a finding, that of the draft's entry; the banner can take away these kinds and no other."""

LEAST_NAMED = 3
"""A mask with fewer characters beside its `*` would have a refusal delete what is not meant."""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A finding with the likeliest group (empty where nothing is known), how sure that is (0 to 1), and why.

    `by_model` is what the operator's language model said of it, where nothing else knew; it decides nothing.
    """

    finding: StoredFinding
    suggestion: str
    confidence: float
    evidence: str
    is_doubtful: bool
    by_model: Suggestion | None = None


def review_items(
    findings: Iterable[StoredFinding],
    decided: Iterable[Decided],
    draft: Draft,
    lists: tuple[str, ...] = (),
    by_model: Mapping[tuple[str, str, str], Suggestion] | None = None,
) -> list[ReviewItem]:
    """Return what waits for a user: leaks, then what is least sure."""
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
        items, key=lambda one: (not one.finding.is_leak, not one.is_doubtful, one.confidence, one.finding.key)
    )


def draft_cookie(draft: Draft, item: ReviewItem, group: str, purpose: str | None) -> Cookie | None:
    """Return what names the item in a draft, so that a refusal of `group` deletes it; None where a draft cannot."""
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
    """Return the vendor of a cookie; none where its tags stand in an earlier group, whose grant does not cover it."""
    groups = [tag["group"] for tag in draft["tags"] if tag["vendor"] == vendor]
    covers = groups and all(_rank(one) >= _rank(group) for one in groups)
    return vendor if covers else None


def _rank(group: str) -> int:
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)


def _is_named(draft: Draft, finding: StoredFinding) -> bool:
    """Return whether an entry of the draft names a finding already."""
    kind = CONFIG_KINDS.get(finding.kind)
    same = [entry for entry in draft["cookies"] if entry["kind"] == kind]
    return any(matches(one["name"], finding.name) if one["pattern"] else one["name"] == finding.name for one in same)


def _item(finding: StoredFinding, lists: tuple[str, ...], by_model: Suggestion | None) -> ReviewItem:
    if finding.layer == DECISION:
        answer = _reclassified(finding, lists)
        finding = finding._replace(group=answer.group, purpose=answer.purpose, vendor=answer.vendor)
        suggestion, confidence, evidence = answer.suggestion, answer.confidence, answer.reason
    else:
        suggestion, confidence, evidence = finding.suggestion, finding.confidence, finding.reason
    is_doubtful = finding.group == UNCLASSIFIED or confidence < SURE
    by_model = by_model if finding.group == UNCLASSIFIED else None
    return ReviewItem(finding, suggestion if suggestion in GROUPS else "", confidence, evidence, is_doubtful, by_model)


def _reclassified(finding: StoredFinding, lists: tuple[str, ...]) -> Answer:
    """Classify the finding again, where the last scan used a decision that was reverted since."""
    if finding.kind == "host":
        return shipped_classifier(lists).address(f"https://{finding.name}")
    return shipped_classifier(lists).cookie(
        finding.name, finding.host, expiry_s=finding.lifetime_s, third_party=finding.third_party, script=finding.made_by
    )
