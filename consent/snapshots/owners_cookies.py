"""The cookies and stored items that an owner has put into a draft: by decisions of the review, and by custom code."""

from collections.abc import Iterable
from typing import Any

from consent.snapshots.code_facts import code_facts
from consent.snapshots.custom import is_custom
from consent.snapshots.draft import Draft
from consent.snapshots.found_words import CONFIG_KINDS
from consent.storage.reviews import Decided

Item = tuple[str, str]
"""Kind and name of a cookie or stored item."""


def item_of(cookie: dict[str, Any]) -> Item:
    """Return what names an entry of a draft."""
    return cookie["kind"], cookie["name"]


def owners_items(draft: Draft, decisions: Iterable[Decided]) -> frozenset[Item]:
    """Return what stands in `draft` because the owner has said so, by `decisions` or by code of the site's own."""
    decided = list(decisions)
    found = {item_of(cookie) for cookie in draft["cookies"] if any(is_decided(cookie, one) for one in decided)}
    codes = [code_facts(tag["load"]["nodes"]) for tag in draft["tags"] if is_custom(tag)]
    named = {item for facts in codes for item in facts.items}
    return frozenset(found | {item_of(cookie) for cookie in draft["cookies"] if _is_of_code(cookie, named)})


def is_decided(cookie: dict[str, Any], decided: Decided) -> bool:
    """Tell whether a draft's entry is the one that this decision put there."""
    kind, name, host = decided.key
    domain = host.lstrip(".") if kind == "cookie" else None
    said = (CONFIG_KINDS.get(kind), name, decided.group, domain or None)
    return said == tuple(cookie[fact] for fact in ("kind", "name", "group", "domain"))


def _is_of_code(cookie: dict[str, Any], named: set[Item]) -> bool:
    """Tell whether an entry says what code tells by itself: a name that it has, and neither purpose, life nor domain."""
    return item_of(cookie) in named and not any(cookie[fact] for fact in ("purpose", "lifetime_s", "domain"))
