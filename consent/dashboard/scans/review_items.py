"""Select the findings of a site that need review: undecided and undeclared ones, leaks first."""

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
"""By kind of a finding, that of the draft's entry; the banner can take away these kinds and no other."""

LEAST_NAMED = 3
"""A mask with fewer characters beside its `*` would have a refusal delete what is not meant."""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A finding with the likeliest group (empty where nothing is known), how sure that is (0 to 1), and why.

    `evidence` is the sentence of the classifier, which a decision keeps; `layer` what it came from. `alike` are the keys of
    other items that wait and differ by a number in the name: they have the same answer. `by_model` is what the operator's
    language model said, where nothing else knew; it decides nothing.
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
        """Return the group that the page names: empty, for *Unknown*, below the threshold."""
        return "" if self.confidence < SURE else self.suggestion

    @property
    def preselected(self) -> str:
        """Return the group whose button stands out: never essential, which runs without asking, by a guess."""
        is_guess = self.layer in (MODEL, LIST, NONE)
        return "" if self.shown == ESSENTIAL and is_guess else self.shown


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
        _with_alike(items),
        key=lambda one: (not one.finding.is_leak, not one.is_doubtful, one.confidence, one.finding.key),
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
    """Return whether an entry of the draft names a finding already; of a host, one that visitors' browsers met."""
    if finding.kind == "host":
        hosts = [entry.partition("/")[0] for vendor in draft["vendors"] for entry in vendor["hosts"]]
        return finding.layer == REPORTED and owner_of(finding.name, {"": hosts}) is not None
    kind = CONFIG_KINDS.get(finding.kind)
    same = [entry for entry in draft["cookies"] if entry["kind"] == kind]
    return any(matches(one["name"], finding.name) if one["pattern"] else one["name"] == finding.name for one in same)


def _item(finding: StoredFinding, lists: tuple[str, ...], by_model: Suggestion | None) -> ReviewItem:
    if finding.layer == DECISION:
        answer = _reclassified(finding, lists)
        finding = finding._replace(group=answer.group, purpose=answer.purpose, vendor=answer.vendor)
        suggestion, confidence, evidence = answer.suggestion, answer.confidence, answer.reason
        layer = answer.layer
    else:
        suggestion, confidence, evidence = finding.suggestion, finding.confidence, finding.reason
        layer = finding.layer
    is_doubtful = finding.group == UNCLASSIFIED or confidence < SURE
    by_model = by_model if finding.group == UNCLASSIFIED else None
    known = suggestion if suggestion in GROUPS else ""
    return ReviewItem(finding, known, confidence, evidence, is_doubtful, layer, by_model=by_model)


def stem_of(name: str) -> str:
    """Return `name` with `*` for each number and each long hexadecimal part: alike names have the same one."""
    return re.sub(r"(?<![0-9a-z])[0-9a-f]{8,}(?![0-9a-z])|\d+", "*", name, flags=re.IGNORECASE)


def _with_alike(items: list[ReviewItem]) -> list[ReviewItem]:
    """Return `items`, those with alike names with one answer: the surest that one of them has."""
    groups: dict[tuple[str, str], list[ReviewItem]] = {}
    for item in items:
        groups.setdefault((item.finding.kind, stem_of(item.finding.name)), []).append(item)
    return [_as_alike(item, groups[item.finding.kind, stem_of(item.finding.name)]) for item in items]


def _as_alike(item: ReviewItem, group: list[ReviewItem]) -> ReviewItem:
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
    """Classify the finding again, where the last scan used a decision that was reverted since."""
    if finding.kind == "host":
        return shipped_classifier(lists).address(f"https://{finding.name}")
    return shipped_classifier(lists).cookie(
        finding.name, finding.host, expiry_s=finding.lifetime_s, third_party=finding.third_party, script=finding.made_by
    )
