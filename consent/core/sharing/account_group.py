"""The account that several sites of one controller share: what of it counts on one of them, and how an answer is recorded.

A refusal counts on every site. A grant counts on the site where it was given, also against a refusal that its visitor saw
there. On another site it counts only where nothing is refused, the banner that was shown named the other sites, and what
it named holds all that the group has there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from consent.core.account import VENDOR, Account, Entry, entry_order, grant_rank, pruned, suppressed
from consent.core.choice import GPC
from consent.core.documents.config import Config, PurposeKey
from consent.core.sharing.handover import DIGITS, covers, knows

PREFIX = "group:"
"""Before the key of a group in the name of its realm: no site has a key of this form."""


class SiteTerms(NamedTuple):
    """What a site asks for: its purpose keys by group, its vendors, and whether its banner names the other sites."""

    keys: Mapping[str, Sequence[PurposeKey]]
    vendors: frozenset[str]
    names_others: bool


TermsOf = Callable[[str], SiteTerms | None]
"""What gives the terms of a site by its key, None where nothing is live."""


def terms_of(document: Config) -> SiteTerms:
    """Return the terms of a site by its live config."""
    shared = document["overrides"].get("account_group")
    vendors = frozenset(vendor["id"] for vendor in document["vendors"])
    return SiteTerms(document["purpose_keys"], vendors, bool(shared and shared.get("named")))


def seen_from(whole: Account, site: str, terms: TermsOf) -> Account:
    """Return what of the shared account counts on `site`, in the form of an account of that site alone."""
    here = terms(site)
    refused = {entry.t for entry in whole.entries if not entry.s}
    entries = []
    for lane in _lanes(whole.entries).values():
        entry = _counting(lane, site, here, terms, is_refused=lane[0].t in refused)
        if entry is not None:
            entries.append(replace(entry, f="", n=0))
    return Account(whole.version, whole.gpc, tuple(sorted(entries, key=entry_order)))


def recorded_from(whole: Account, before: Account, after: Account, site: str, today: int, *, named: bool) -> Account:
    """Return the shared account in which `site` has changed what counts there from `before` to `after`.

    `named` is whether the banner of the site names the other ones.
    """
    lanes, old = _lanes(whole.entries), {(entry.t, entry.r): entry for entry in before.entries}
    for name, entry in {(entry.t, entry.r): entry for entry in after.entries}.items():
        if entry != old.get(name):
            lanes[name] = _changed(lanes.get(name, []), entry, site, named=named)
    for name in old.keys() - {(entry.t, entry.r) for entry in after.entries}:
        lanes[name] = [entry for entry in lanes[name] if not entry.s or entry.f != site]
    entries = pruned((entry for lane in lanes.values() for entry in lane), today)
    return Account(after.version, after.gpc, entries)


def brought(account: Account, site: str) -> Account:
    """Return the account of `site` alone as it comes into a shared one: its grants count there and nowhere else."""
    return replace(account, entries=tuple(replace(e, f=site) if e.s and not e.f else e for e in account.entries))


def left_with(whole: Account, day: int) -> Account:
    """Return what a site that left on `day` takes into an account of its own: refusals of until then, and the signal."""
    kept = suppressed(whole)
    return replace(kept, entries=tuple(entry for entry in kept.entries if entry.d <= day))


def _lanes(entries: Iterable[Entry]) -> dict[tuple[str, str], list[Entry]]:
    lanes: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        lanes.setdefault((entry.t, entry.r), []).append(entry)
    return lanes


def _counting(
    lane: Sequence[Entry], site: str, here: SiteTerms | None, terms: TermsOf, *, is_refused: bool
) -> Entry | None:
    """Return which of the answers for one target under one regime counts on `site`, or None."""
    refusal = next((entry for entry in lane if not entry.s), None)
    own = next((entry for entry in lane if entry.s and entry.f == site), None)
    if own is not None and (refusal is None or refusal.v <= own.o):
        return own
    if refusal is not None:
        return refusal if _has_target(here, refusal.t) else None
    if here is None or is_refused:
        return None
    others = [entry for one in lane if (entry := _carried(one, here, terms(one.f))) is not None]
    return max(others, key=grant_rank, default=None)


def _has_target(here: SiteTerms | None, target: str) -> bool:
    """Return whether the site has the target of a refusal: those of vendors of other sites would only fill its cookie."""
    return not target.startswith(VENDOR) or here is None or target.removeprefix(VENDOR) in here.vendors


def _carried(grant: Entry, here: SiteTerms, there: SiteTerms | None) -> Entry | None:
    """Return the grant of another site in the terms of this one, or None where it does not cover what is asked for here.

    One for a vendor alone stays where it was given: nothing says which purposes were read. No grant overrides a signal here.
    """
    if grant.t.startswith(VENDOR) or not grant.n:
        return None
    keys, informed = here.keys[grant.t], grant.g & ~GPC
    if knows(keys, grant.k):
        return replace(grant, g=informed)
    if there is not None and covers(there.keys[grant.t], keys, grant.k):
        return replace(grant, g=informed, k=keys[0]["key"][:DIGITS])
    return None


def _changed(lane: Sequence[Entry], entry: Entry, site: str, *, named: bool) -> list[Entry]:
    """Return the answers of a lane after the answer `entry` on `site`: a refusal ends all grants, a grant no refusal."""
    refusal = next((held for held in lane if not held.s), None)
    if not entry.s:
        return [replace(entry, d=max(entry.d, refusal.d)) if refusal else entry]
    return [*(held for held in lane if not held.s or held.f != site), replace(entry, f=site, n=int(named))]
