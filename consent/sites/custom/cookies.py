"""Cookies and storage items that the owner added to a draft, by review decisions and by custom code."""

from collections.abc import Iterable

from consent.core.documents.config import Draft
from consent.core.documents.vendors import Cookie, VendorCookie
from consent.sites.custom.code import is_custom
from consent.sites.finding_labels import CONFIG_KINDS
from consent.sites.snippet_lint import code_facts
from consent.storage.scans.reviews import Decided

Item = tuple[str, str]
"""Kind and name of a cookie or stored item."""


def item_of(cookie: VendorCookie) -> Item:
    """Return the kind and name of a draft's entry."""
    return cookie["kind"], cookie["name"]


def owners_items(draft: Draft, decisions: Iterable[Decided]) -> frozenset[Item]:
    """Return the entries of `draft` that the owner declared, by `decisions` or by the site's own code."""
    decided = list(decisions)
    decided_items = {
        item_of(cookie) for cookie in draft["cookies"] if any(comes_from_decision(cookie, one) for one in decided)
    }
    codes = [code_facts(tag["load"].get("nodes", [])) for tag in draft["tags"] if is_custom(tag)]
    named = {item for facts in codes for item in facts.items}
    return frozenset(decided_items | {item_of(cookie) for cookie in draft["cookies"] if _is_of_code(cookie, named)})


def comes_from_decision(cookie: Cookie, decided: Decided) -> bool:
    """Return whether a draft's entry was put there by this decision."""
    kind, name, host = decided.key
    domain = host.lstrip(".") if kind == "cookie" else None
    entry = (cookie["kind"], cookie["name"], cookie["group"], cookie["domain"])
    return entry == (CONFIG_KINDS.get(kind), name, decided.group, domain or None)


def _is_of_code(cookie: Cookie, named: set[Item]) -> bool:
    """Return whether an entry has only a name, as entries from code do, and no purpose, lifetime or domain."""
    return item_of(cookie) in named and not (cookie["purpose"] or cookie["lifetime_s"] or cookie["domain"])
