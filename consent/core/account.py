"""The choice document of an account: a signed-in visitor's answers by target and regime, and how they are recorded.

No clock decides between two answers. Each answer names the document version that was on the visitor's screen, and a
grant replaces a refusal only if that refusal was on screen, so late, offline and simultaneous answers give the same
result in any order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from consent.core.choice import GPC
from consent.core.days import add_months
from consent.core.documents.resolved import Resolved
from consent.core.groups import OPTIONAL

VENDOR = "v:"
"""Prefix of a vendor's id in a target name; a group's target is its plain name."""
SALE_SCOPE = "sale_or_share"
TWO_STEP_REGIMES = frozenset({"us_ca"})
"""Regimes in which opting in after opting out takes two steps (11 CCR 7028(a))."""
MAX_ENTRIES = 200
MAX_GRANT_MONTHS = 13
MAX_RESOLVED = 64
"""Number of resolved configs whose vendors are cached."""
FIRST_DAY = 20454
"""2026-01-01. A document starts at 16 versions per day since then, so it never reuses a version of a deleted one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The latest answer for one target under one regime.

    `t` is a group or `v:<vendor>`; `r` and `l` are the regime and letters as in the cookie; `s` is 1 for a grant and 0
    for a refusal; `d` is the day (days since 1970-01-01); `k` is a group's purpose key; `g` is the signals the visitor
    was informed of; `v` is the version this answer created; `o` is the version that was on screen; `id` is its receipt;
    `x` is a refusal's receipt, empty if the refusal replaced one that was not on screen. If several sites share an
    account, `f` is the key of the site where a grant was given, and `n` is 1 if that site's banner named the others;
    otherwise both keep their defaults.
    """

    t: str
    r: str
    l: str  # noqa: E741 - stored under this name
    s: int
    d: int
    k: str
    g: int
    v: int
    o: int
    id: str
    x: str
    f: str = ""
    n: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the entry as stored; `f` and `n` are left out if `f` is empty."""
        stored = asdict(self)
        return stored if self.f else {name: value for name, value in stored.items() if name not in ("f", "n")}


@dataclass(frozen=True, slots=True)
class Account:
    """The choice document of one account; `gpc` is the version at which a GPC signal arrived, 0 if none did."""

    version: int = 0
    gpc: int = 0
    entries: tuple[Entry, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the document as JSON-able values, entries in a fixed order."""
        entries = [entry.to_json() for entry in sorted(self.entries, key=entry_order)]
        return {"version": self.version, "gpc": self.gpc, "entries": entries}


def entry_order(entry: Entry) -> tuple[str, str, str]:
    """Return the sort key of `entry`."""
    return entry.t, entry.r, entry.f


EMPTY = Account()


def account_of(document: Mapping[str, Any]) -> Account:
    """Return the account that `to_json` wrote as `document`."""
    entries = tuple(Entry(**entry) for entry in document["entries"])
    return Account(document["version"], document["gpc"], entries)


def first_version(today: int) -> int:
    """Return the version at which a document created on the day `today` starts."""
    return 16 * max(0, today - FIRST_DAY)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer for an account; `targets` maps groups and `v:<vendor>` to granted or refused.

    `over` is the version that was on screen, `informed` the signals the visitor was informed of, `confirmed` whether
    the second step was taken, and `receipt` the id of its receipt. `own_refused` are the targets that the device's own
    choice refuses.
    """

    targets: Mapping[str, bool]
    day: int
    letters: str
    over: int
    informed: int
    receipt: str
    confirmed: bool = False
    own_refused: frozenset[str] = frozenset()


class Recorded(NamedTuple):
    """The result of an answer: the account, grants that need a second step, and grants against refusals not on screen.

    `over_refusal` is whether a grant overrode a refusal that was on screen; `was_confirmed`, whether a required second
    step was taken.
    """

    account: Account
    confirm: list[str]
    unseen: list[str]
    over_refusal: bool = False
    was_confirmed: bool = False


class Vendors:
    """The groups to which each vendor of a resolved config belongs."""

    def __init__(self, resolved: Resolved) -> None:
        self._groups: dict[str, set[str]] = {}
        self.flagged: set[str] = {"advertising"}
        is_sale = resolved["scope"] == SALE_SCOPE
        for tag in resolved["tags"]:
            groups = self._groups.setdefault(tag["vendor"], set())
            groups.add(tag["group"])
            if tag["flagged"]:
                self.flagged |= {tag["group"], VENDOR + tag["vendor"]}
                if is_sale:
                    groups.add("advertising")

    def groups_of(self, target: str) -> frozenset[str]:
        """Return the groups whose refusal counts against `target`: all for an unknown vendor, none for a group."""
        if not target.startswith(VENDOR):
            return frozenset()
        return frozenset(self._groups.get(target.removeprefix(VENDOR), OPTIONAL))


def vendors_of(resolved: Resolved) -> Vendors:
    """Return the vendors of `resolved`, cached by object identity, since most visits share a few configs."""
    cached = _VENDORS.get(id(resolved))
    if cached is None or cached[0] is not resolved:
        if len(_VENDORS) >= MAX_RESOLVED:
            _VENDORS.clear()
        # Keep a reference to the object, so that its id isn't reused while it is cached.
        cached = _VENDORS[id(resolved)] = (resolved, Vendors(resolved))
    return cached[1]


_VENDORS: dict[int, tuple[Resolved, Vendors]] = {}


def with_signal(account: Account) -> Account:
    """Return `account` opted out by a GPC signal; a later visit without it changes nothing (11 CCR 7025(c)(5))."""
    if account.gpc:
        return account
    return replace(account, version=account.version + 1, gpc=account.version + 1)


def record_answer(account: Account, answer: Answer, resolved: Resolved) -> Recorded:
    """Return `account` with `answer`, given under the rule of `resolved`; a recorded answer changes nothing."""
    if any(answer.receipt == entry.id for entry in account.entries):
        return Recorded(account, [], [])
    over = answer.over if answer.over <= account.version else 0
    vendors = vendors_of(resolved)
    entries = {(entry.t, entry.r): entry for entry in account.entries}
    confirm, unseen = [], []
    over_refusal = was_confirmed = False
    for target, granted in answer.targets.items():
        current = entries.get((target, resolved["regime"]))
        entry = _entry(target, granted, answer, resolved, account.version + 1, over)
        if not granted:
            entries[target, entry.r] = _merge_refusal(current, entry)
            continue
        conflicts = _refusals(account, target, vendors)
        if any(refusal.v > over for refusal in conflicts):
            unseen.append(target)
        if current is not None and not current.s and current.v > over:
            continue
        needs_confirmation = _needs_confirmation(account, target, answer, resolved, vendors, conflicts)
        if needs_confirmation and not answer.confirmed:
            confirm.append(target)
            continue
        was_confirmed |= needs_confirmation
        over_refusal |= bool(conflicts) and target not in unseen
        entries[target, entry.r] = _better_grant(current, entry)
    kept = pruned(entries.values(), answer.day)
    return Recorded(Account(account.version + 1, account.gpc, kept), confirm, unseen, over_refusal, was_confirmed)


def _entry(target: str, granted: bool, answer: Answer, resolved: Resolved, version: int, over: int) -> Entry:
    key = "" if target.startswith(VENDOR) else resolved["groups"][target]["keys"][0]
    return Entry(
        target,
        resolved["regime"],
        answer.letters,
        int(granted),
        answer.day,
        key,
        answer.informed,
        version,
        over,
        answer.receipt,
        "" if granted else answer.receipt,
    )


def _refusals(account: Account, target: str, vendors: Vendors) -> list[Entry]:
    """Return the refusals, under any regime, that conflict with a grant of `target`."""
    names = {target, *vendors.groups_of(target)}
    return [entry for entry in account.entries if not entry.s and entry.t in names]


def _merge_refusal(current: Entry | None, entry: Entry) -> Entry:
    """Return the refusal `entry` as the replacement of `current`; if both are refusals, the later day is kept."""
    if current is None or current.s:
        return entry
    return replace(entry, d=max(current.d, entry.d), x="" if current.v > entry.o else entry.x)


def _better_grant(current: Entry | None, entry: Entry) -> Entry:
    """Return the grant that counts; if `current` is a refusal, it was on screen, so `entry` replaces it."""
    return current if current is not None and current.s and grant_rank(current) > grant_rank(entry) else entry


def grant_rank(entry: Entry) -> tuple[int, int, int, str]:
    """Return the rank of a grant; of two grants, the one with the greater rank counts."""
    return entry.o, entry.d, -entry.g, entry.id


def _needs_confirmation(
    account: Account, target: str, answer: Answer, resolved: Resolved, vendors: Vendors, conflicts: list[Entry]
) -> bool:
    if resolved["regime"] not in TWO_STEP_REGIMES:
        return False
    own_refusals = answer.own_refused & {target, *vendors.groups_of(target)}
    signal = account.gpc and answer.informed & GPC and target in vendors.flagged
    return bool(conflicts or own_refusals or signal)


def pruned(entries: Iterable[Entry], day: int) -> tuple[Entry, ...]:
    """Return `entries` without expired grants, and without the oldest vendor grants above `MAX_ENTRIES`."""
    kept = [entry for entry in entries if not entry.s or day < add_months(entry.d, MAX_GRANT_MONTHS)]
    extra = len(kept) - MAX_ENTRIES
    if extra > 0:
        grants = sorted((entry for entry in kept if entry.s and entry.t.startswith(VENDOR)), key=lambda e: (e.d, e.v))
        kept = [entry for entry in kept if entry not in grants[:extra]]
    return tuple(sorted(kept, key=entry_order))


def merged(one: Account, other: Account) -> Account:
    """Return two accounts as one: a refusal in either stays and may be prompted for again; no grant is widened."""
    version = max(one.version, other.version) + 1
    lanes: dict[tuple[str, str], list[Entry]] = {}
    for entry in (*one.entries, *other.entries):
        lanes.setdefault((entry.t, entry.r), []).append(entry)
    entries = [entry for _, lane in sorted(lanes.items()) for entry in _merge_lane(lane, version)]
    return Account(version, version if one.gpc or other.gpc else 0, tuple(entries))


def _merge_lane(lane: list[Entry], version: int) -> list[Entry]:
    refusals = [entry for entry in lane if not entry.s]
    if refusals:
        # Versions of two accounts can't be compared, so no grant in either has seen the refusal.
        return [replace(max(refusals, key=lambda entry: (entry.d, entry.id)), v=version, x="")]
    by_site: dict[str, Entry] = {}
    for entry in sorted(lane, key=grant_rank):
        by_site[entry.f] = entry
    return [by_site[site] for site in sorted(by_site)]


def withdrawn(account: Account, day: int, receipt: str = "") -> Account:
    """Return `account` with every grant withdrawn on `day` by `receipt`, which counts as a refusal on all devices."""
    version, entries = account.version + 1, dict[tuple[str, str], Entry]()
    for entry in account.entries:
        if entry.s:
            withdrawal = replace(entry, s=0, d=day, v=version, o=account.version, id=receipt, x=receipt)
            entries[entry.t, entry.r] = replace(withdrawal, f="", n=0)
        else:
            entries.setdefault((entry.t, entry.r), entry)
    return Account(version, account.gpc, tuple(entries.values()))


def suppressed(account: Account) -> Account:
    """Return what remains of an account after an erasure: its refusals and signal, without receipt ids.

    They stay as a suppression record (GDPR 17(3), 21(3); CCPA 1798.105(d)); otherwise an erasure would restart a sale.
    """
    refusals = tuple(replace(entry, id="", x="") for entry in account.entries if not entry.s)
    return Account(account.version + 1, account.gpc, refusals)
