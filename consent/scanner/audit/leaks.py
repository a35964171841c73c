"""Leak detection: items that ran although the site's config didn't permit them in that situation."""

from collections.abc import Iterator
from typing import NamedTuple

from consent.core.groups import ESSENTIAL, GROUPS
from consent.scanner.audit.classify_items import Identifier, Promise, Verdict
from consent.scanner.audit.inventory import Inventory, Item
from consent.scanner.model.scan_result import PageJson, ScanResult
from consent.sites.finding_labels import KINDS, SITUATIONS, shown_name

LEVELS = ("leak", "fail", "limited", "unknown", "skipped", "ok")
"""Worst first: ran against the promise, violates the law, declared limited mode, unknown purpose, unchecked, ok."""
RULES = {
    "none": "leak-before-choice",
    "reject": "leak-after-reject",
    "gpc": "leak-under-gpc",
    "withdraw": "leak-after-withdrawal",
    "close": "leak-after-closing",
    "minor": "leak-under-age",
    "unknown": "leak-in-an-unknown-place",
    "down": "leak-without-service",
}
NUMBERS = {"none": 1, "reject": 11, "withdraw": 11, "gpc": 24, "down": 35}
"""The check that a leak in a situation fails and unknown items leave open; other situations have their own."""


class Finding(NamedTuple):
    """A result of an audit; `assertion` is its number in the list of checks, if any."""

    rule: str
    level: str
    sentence: str
    region: str | None = None
    evidence: tuple[str, ...] = ()
    assertion: int | None = None


class Permissions:
    """Groups permitted in each situation and region: by the decision of the site's banner, or else by the regime."""

    def __init__(self, result: ScanResult, opt_in: bool) -> None:
        self._opt_in = opt_in
        self._own: dict[tuple[str, str | None], PageJson] = {}
        for visit in result["visits"]:
            facts = [f["consent"] for page in visit["pages"] for f in page["frames"] if f["is_main"] and f["consent"]]
            if facts:
                self._own[visit["state"], visit["region"]] = facts[-1]

    def decision(self, situation: str, region: str | None) -> PageJson | None:
        """Return the result of `window.consent.get()` in that situation and region."""
        return self._own.get((situation, region))

    def permits(self, group: str, vendor: str, situation: str, region: str | None) -> bool:
        """Return whether something in `group` may run; essential items always may."""
        if group == ESSENTIAL or situation == "accept":
            return True
        if situation in ("reject", "withdraw", "unknown"):
            return False
        if situation == "minor":
            return group != "advertising"
        # Closing isn't an answer: afterward, the same may run as before.
        own = self.decision("none" if situation == "close" else situation, region)
        if own is None:
            return not self._opt_in and not (situation == "gpc" and group == "advertising")
        tags = [tag for tag in _list(own, "tags") if tag.get("vendor") == vendor]
        if tags:
            return any(tag.get("mode") == "full" for tag in tags)
        groups = own.get("groups")
        return bool(isinstance(groups, dict) and (groups.get(group) or {}).get("granted"))

    def is_limited(self, vendor: str, situation: str, region: str | None, promise: Promise) -> bool:
        """Return whether the owner declared that `vendor` runs in limited mode when it may not run in full."""
        own = self.decision(situation, region)
        limited = [
            tag for tag in _list(own or {}, "tags") if tag.get("vendor") == vendor and tag.get("mode") == "limited"
        ]
        return bool(limited) or promise.limited(vendor)


def find_leaks(inventory: Inventory, identifier: Identifier, permissions: Permissions) -> Iterator[Finding]:
    """Yield a finding for each item and situation in which it wasn't permitted."""
    for item in inventory.items:
        verdict = identifier.verdict(item)
        for key, pages in item.seen.items():
            situation, _, place = key.partition(" ")
            region = place or None
            if situation not in RULES or permissions.permits(verdict.group, verdict.vendor, situation, region):
                continue
            yield _finding(item, verdict, situation, region, pages, identifier.promise, permissions)


def _finding(
    item: Item,
    verdict: Verdict,
    situation: str,
    region: str | None,
    pages: list[str],
    promise: Promise,
    permissions: Permissions,
) -> Finding:
    when = SITUATIONS[situation]
    makers = item.initiators(situation, region)
    evidence = tuple(
        dict.fromkeys([*(f"on {page}" for page in pages[:3]), *(f"by {by}" for by in makers[:3]), *item.examples[:2]])
    )
    what = _describe(item)
    if not verdict.is_known:
        likely = f"; most likely {verdict.suggestion}" if verdict.suggestion in GROUPS else ""
        first = item.kind in ("cookie", "local_storage", "session_storage", "indexed_db", "cache", "service_worker")
        happened = "was stored" if first else "was contacted"
        sentence = f"{what} {happened} {when}, and its purpose is unknown{likely}."
        return Finding("unknown", "unknown", sentence, region, evidence, NUMBERS.get(situation))
    if item.kind == "host" and permissions.is_limited(verdict.vendor, situation, region, promise):
        sentence = f"{what} was contacted {when} in the limited mode declared for {verdict.vendor}."
        return Finding("limited-mode", "limited", sentence, region, evidence)
    verb = {"host": "was contacted", "fingerprint": "was taken"}.get(item.kind, "was stored")
    whose = f" ({verdict.vendor})" if verdict.vendor else ""
    sentence = f"{what}{whose} is {verdict.group} and {verb} {when}. {verdict.reason}"
    if promise.tags and item.kind == "host" and not any(tag["vendor"] == verdict.vendor for tag in promise.tags):
        sentence += " The site's config has no tag for it: it is hard-coded in the page or loaded by another tag."
    elif promise.tags and item.kind == "host":
        sentence += " The banner didn't release it: it is hard-coded in the page or loaded by another tag."
    return Finding(RULES[situation], "leak", sentence, region, evidence, NUMBERS.get(situation))


def _describe(item: Item) -> str:
    if item.kind == "host":
        return item.name
    if item.kind == "fingerprint":
        return f"A {item.name} fingerprint by {item.host}"
    word = {"cookie": "Cookie", "local_storage": "Local storage item", "session_storage": "Session storage item"}
    return f"{word.get(item.kind, KINDS[item.kind].rstrip('s'))} {shown_name(item.name)}"


def _list(facts: PageJson, name: str) -> list[PageJson]:
    value = facts.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
