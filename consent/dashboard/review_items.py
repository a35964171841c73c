"""What of a site's findings waits for a person: what nobody decided and no config or draft names, leaks first."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from consent.classify.answer import DECISION, SURE, UNCLASSIFIED, Answer
from consent.classify.classifier import shipped_classifier
from consent.core.groups import GROUPS
from consent.core.paths import matches
from consent.snapshots.draft import Draft
from consent.snapshots.found_words import CONFIG_KINDS
from consent.snapshots.leaks import OWN_LAYERS
from consent.storage.reviews import Decided
from consent.storage.scans import REPORTED, Kept

REVIEWED = ("cookie", "local_storage", "session_storage", "indexed_db", "cache", "service_worker", "host")
"""By kind of a finding, that of the draft's entry; the banner can take away these kinds and no other."""

LEAST_NAMED = 3
"""A mask with fewer characters beside its `*` would have a refusal delete what is not meant."""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A finding with the likeliest group (empty where nothing is known), how sure that is (0 to 1), and why."""

    kept: Kept
    suggestion: str
    confidence: float
    evidence: str
    is_doubtful: bool


def review_items(
    found: Iterable[Kept], decided: Iterable[Decided], draft: Draft, lists: tuple[str, ...] = ()
) -> list[ReviewItem]:
    """Return what waits for a person: leaks, then what is least sure."""
    known = {one.key for one in decided}
    waiting = [kept for kept in found if kept.kind in REVIEWED and kept.gone_at is None and kept.key not in known]
    items = [_item(kept, lists) for kept in waiting if kept.layer not in OWN_LAYERS and not _is_named(draft, kept)]
    return sorted(items, key=lambda one: (not one.kept.is_leak, not one.is_doubtful, one.confidence, one.kept.key))


def draft_cookie(draft: Draft, item: ReviewItem, group: str, purpose: str | None) -> dict[str, Any] | None:
    """Return what names the item in a draft, so that a refusal of `group` deletes it; None where a draft cannot."""
    kept = item.kept
    if kept.kind not in CONFIG_KINDS or not kept.name or len(kept.name) > 200 or set(kept.name) & set(" \t\r\n\f\v=;,"):
        return None
    is_mask = kept.layer == REPORTED and "*" in kept.name
    if is_mask and len(kept.name.replace("*", "")) < LEAST_NAMED:
        return None
    host = kept.host.lstrip(".")
    return {
        "name": kept.name,
        "pattern": is_mask,
        "kind": CONFIG_KINDS[kept.kind],
        "group": group,
        "vendor": _vendor(draft, kept.vendor, group),
        "purpose": purpose,
        "lifetime_s": kept.lifetime_s if kept.kind == "cookie" and (kept.lifetime_s or 0) >= 0 else None,
        "domain": host if kept.kind == "cookie" and 0 < len(host) <= 253 else None,
        "third_party": kept.third_party,
    }


def _vendor(draft: Draft, vendor: str, group: str) -> str | None:
    """Return the vendor of a cookie; none where its tags stand in an earlier group, whose grant does not cover it."""
    groups = [tag["group"] for tag in draft["tags"] if tag["vendor"] == vendor]
    covers = groups and all(_rank(one) >= _rank(group) for one in groups)
    return vendor if covers else None


def _rank(group: str) -> int:
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)


def _is_named(draft: Draft, kept: Kept) -> bool:
    """Tell whether an entry of the draft names a finding already."""
    kind = CONFIG_KINDS.get(kept.kind)
    same = [entry for entry in draft["cookies"] if entry["kind"] == kind]
    return any(matches(one["name"], kept.name) if one["pattern"] else one["name"] == kept.name for one in same)


def _item(kept: Kept, lists: tuple[str, ...]) -> ReviewItem:
    if kept.layer == DECISION:
        answer = _asked_anew(kept, lists)
        kept = kept._replace(group=answer.group, purpose=answer.purpose, vendor=answer.vendor)
        suggestion, confidence, evidence = answer.suggestion, answer.confidence, answer.reason
    else:
        suggestion, confidence, evidence = kept.suggestion, kept.confidence, kept.reason
    is_doubtful = kept.group == UNCLASSIFIED or confidence < SURE
    return ReviewItem(kept, suggestion if suggestion in GROUPS else "", confidence, evidence, is_doubtful)


def _asked_anew(kept: Kept, lists: tuple[str, ...]) -> Answer:
    """Return what the classifier says where the last scan was told a decision that was taken back since."""
    if kept.kind == "host":
        return shipped_classifier(lists).address(f"https://{kept.name}")
    return shipped_classifier(lists).cookie(
        kept.name, kept.host, expiry_s=kept.lifetime_s, third_party=kept.third_party, script=kept.made_by
    )
