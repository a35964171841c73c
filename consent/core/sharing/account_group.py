"""The account shared by several sites of one controller: what counts on each site, and how an answer is recorded.

A refusal counts on every site. A grant counts on the site where it was given, even against a refusal that the visitor
saw there. On another site it counts only if nothing is refused, the banner that was shown named the other sites, and
what it named includes everything that the group has there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from consent.core.account import VENDOR, Account, Entry, entry_order, grant_rank, pruned, suppressed
from consent.core.choice import GPC
from consent.core.documents.config import Config, PurposeKey
from consent.core.sharing.handover import DIGITS, covers, has_key

PREFIX = "group:"
"""Prefix of a group's key in the name of its realm; no site's key has this form."""


class SiteTerms(NamedTuple):
    """What a site asks for: its purpose keys by group, its vendors, and whether its banner names the other sites."""

    keys: Mapping[str, Sequence[PurposeKey]]
    vendors: frozenset[str]
    names_others: bool


TermsOf = Callable[[str], SiteTerms | None]
"""Returns the terms of a site by its key, None if the site has no live config."""


def terms_of(document: Config) -> SiteTerms:
    """Return a site's terms from its live config."""
    shared = document["overrides"].get("account_group")
    vendors = frozenset(vendor["id"] for vendor in document["vendors"])
    return SiteTerms(document["purpose_keys"], vendors, bool(shared and shared.get("named")))


def account_as_seen_from(shared: Account, site: str, terms: TermsOf) -> Account:
    """Return the part of the shared account that counts on `site`, in the form of that site's own account."""
    here = terms(site)
    refused = {entry.t for entry in shared.entries if not entry.s}
    entries = []
    for lane in _lanes(shared.entries).values():
        entry = _applicable_answer(lane, site, here, terms, is_refused=lane[0].t in refused)
        if entry is not None:
            entries.append(replace(entry, f="", n=0))
    return Account(shared.version, shared.gpc, tuple(sorted(entries, key=entry_order)))


def with_site_changes(
    shared: Account, before: Account, after: Account, site: str, today: int, *, named: bool
) -> Account:
    """Return the shared account after `site` changed what counts there from `before` to `after`.

    `named` is whether the site's banner names the other sites.
    """
    lanes, old = _lanes(shared.entries), {(entry.t, entry.r): entry for entry in before.entries}
    for name, entry in {(entry.t, entry.r): entry for entry in after.entries}.items():
        if entry != old.get(name):
            lanes[name] = _updated_lane(lanes.get(name, []), entry, site, named=named)
    for name in old.keys() - {(entry.t, entry.r) for entry in after.entries}:
        lanes[name] = [entry for entry in lanes[name] if not entry.s or entry.f != site]
    entries = pruned((entry for lane in lanes.values() for entry in lane), today)
    return Account(after.version, after.gpc, entries)


def as_joining_account(account: Account, site: str) -> Account:
    """Return a site's own account as it joins a shared one: its grants count on `site` only."""
    return replace(account, entries=tuple(replace(e, f=site) if e.s and not e.f else e for e in account.entries))


def account_after_leaving(shared: Account, day: int) -> Account:
    """Return what a site that left on `day` takes into its own account: refusals up to then, and the signal."""
    kept = suppressed(shared)
    return replace(kept, entries=tuple(entry for entry in kept.entries if entry.d <= day))


def _lanes(entries: Iterable[Entry]) -> dict[tuple[str, str], list[Entry]]:
    lanes: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        lanes.setdefault((entry.t, entry.r), []).append(entry)
    return lanes


def _applicable_answer(
    lane: Sequence[Entry], site: str, here: SiteTerms | None, terms: TermsOf, *, is_refused: bool
) -> Entry | None:
    """Return the answer for one target under one regime that counts on `site`, or None."""
    refusal = next((entry for entry in lane if not entry.s), None)
    own = next((entry for entry in lane if entry.s and entry.f == site), None)
    if own is not None and (refusal is None or refusal.v <= own.o):
        return own
    if refusal is not None:
        return refusal if _has_target(here, refusal.t) else None
    if here is None or is_refused:
        return None
    others = [entry for one in lane if (entry := _carried_grant(one, here, terms(one.f))) is not None]
    return max(others, key=grant_rank, default=None)


def _has_target(here: SiteTerms | None, target: str) -> bool:
    """Return whether the site has a refusal's target; refusals of other sites' vendors would only fill its cookie."""
    return not target.startswith(VENDOR) or here is None or target.removeprefix(VENDOR) in here.vendors


def _carried_grant(grant: Entry, here: SiteTerms, there: SiteTerms | None) -> Entry | None:
    """Return another site's grant in the terms of this one, or None if it doesn't cover what is asked for here.

    A grant for a single vendor stays where it was given, since nothing shows which purposes were read. No grant
    overrides a signal here.
    """
    if grant.t.startswith(VENDOR) or not grant.n:
        return None
    keys, informed = here.keys[grant.t], grant.g & ~GPC
    if has_key(keys, grant.k):
        return replace(grant, g=informed)
    if there is not None and covers(there.keys[grant.t], keys, grant.k):
        return replace(grant, g=informed, k=keys[0]["key"][:DIGITS])
    return None


def _updated_lane(lane: Sequence[Entry], entry: Entry, site: str, *, named: bool) -> list[Entry]:
    """Return a lane's answers after `entry` on `site`: a refusal ends all grants, a grant doesn't end a refusal."""
    refusal = next((held for held in lane if not held.s), None)
    if not entry.s:
        return [replace(entry, d=max(entry.d, refusal.d)) if refusal else entry]
    return [*(held for held in lane if not held.s or held.f != site), replace(entry, f=site, n=int(named))]
