"""The choice document of an account: what a signed-in person answered, by target and regime, and how answers are recorded.

No clock decides between two answers. Each answer names the version of the document that its visitor had on screen, and a
grant replaces only a refusal that was on screen: late, offline and simultaneous answers end alike in every order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from consent.core.choice import GPC
from consent.core.days import add_months
from consent.core.documents.resolved import Resolved
from consent.core.groups import OPTIONAL

VENDOR = "v:"
"""Before the id of a vendor in the name of a target; a group is named as it is."""
SALE_SCOPE = "sale_or_share"
TWO_STEP_REGIMES = frozenset({"us_ca"})
"""Where opting in after opting out takes two steps (11 CCR 7028(a))."""
MAX_ENTRIES = 200
MAX_GRANT_MONTHS = 13
MAX_RESOLVED = 64
"""Of so many resolved configs the vendors are in memory."""
FIRST_DAY = 20454
"""2026-01-01: a new document starts at 16 versions for each day since, so that no version of a deleted one comes again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The last answer for one target under one regime.

    `t` is a group or `v:<vendor>`; `r`, `l` the regime and letters as in the cookie; `s` 1 for a grant and 0 for a refusal;
    `d` the day (days since 1970-01-01); `k` the purpose key of a group; `g` the signals that the visitor was told of; `v`
    the version that this answer made; `o` the version that was on screen; `id` its receipt; `x` of a refusal its receipt,
    empty where it replaced a refusal that was not on screen. Where several sites share an account, `f` of a grant is the key
    of the site where it was given, and `n` is 1 where the banner there named the others; elsewhere both are empty.
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
        """Return the entry as it is stored: what only shared accounts have is left out where it is empty."""
        stored = asdict(self)
        return stored if self.f else {name: value for name, value in stored.items() if name not in ("f", "n")}


@dataclass(frozen=True, slots=True)
class Account:
    """The document of one account: `gpc` is the version at which a signal came, 0 for none."""

    version: int = 0
    gpc: int = 0
    entries: tuple[Entry, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the document as JSON-able values, entries in a fixed order."""
        entries = [entry.to_json() for entry in sorted(self.entries, key=entry_order)]
        return {"version": self.version, "gpc": self.gpc, "entries": entries}


def entry_order(entry: Entry) -> tuple[str, str, str]:
    """Return by what entries are sorted."""
    return entry.t, entry.r, entry.f


EMPTY = Account()


def account_of(document: Mapping[str, Any]) -> Account:
    """Return the account that `to_json` wrote."""
    entries = tuple(Entry(**entry) for entry in document["entries"])
    return Account(document["version"], document["gpc"], entries)


def first_version(today: int) -> int:
    """Return the version that a new document starts at on the day `today`."""
    return 16 * max(0, today - FIRST_DAY)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer for an account: `targets` maps groups and `v:<vendor>` to granted or refused.

    `over` is the version that was on screen, `informed` the signals that the visitor was told of, `confirmed` whether a
    second step was made, `receipt` the id of its receipt. `own_refused` are targets that the device itself refuses.
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
    """What came of an answer: the account, grants that need a second step, and grants against refusals not on screen.

    `over_refusal` is whether a refusal that was on screen is replaced, `was_confirmed` whether the second step was needed.
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
        """Return the groups whose refusal counts against `target`: of an unknown vendor all, of a group none."""
        if not target.startswith(VENDOR):
            return frozenset()
        return frozenset(self._groups.get(target.removeprefix(VENDOR), OPTIONAL))


def vendors_of(resolved: Resolved) -> Vendors:
    """Return the vendors of `resolved`, made once for each such object: most visits share a few."""
    held = _VENDORS.get(id(resolved))
    if held is None or held[0] is not resolved:
        if len(_VENDORS) >= MAX_RESOLVED:
            _VENDORS.clear()
        # The object is kept beside it, so that no other one gets its id meanwhile.
        held = _VENDORS[id(resolved)] = (resolved, Vendors(resolved))
    return held[1]


_VENDORS: dict[int, tuple[Resolved, Vendors]] = {}


def with_signal(account: Account) -> Account:
    """Return `account` opted out by a signal; its absence later says nothing (11 CCR 7025(c)(5))."""
    if account.gpc:
        return account
    return replace(account, version=account.version + 1, gpc=account.version + 1)


def record_answer(account: Account, answer: Answer, resolved: Resolved) -> Recorded:
    """Return `account` with `answer`, given under the rule of `resolved`."""
    if any(answer.receipt == entry.id for entry in account.entries):
        return Recorded(account, [], [])
    over = answer.over if answer.over <= account.version else 0
    vendors = vendors_of(resolved)
    entries = {(entry.t, entry.r): entry for entry in account.entries}
    confirm, unseen = [], []
    over_refusal = was_confirmed = False
    for target, granted in answer.targets.items():
        held = entries.get((target, resolved["regime"]))
        entry = _entry(target, granted, answer, resolved, account.version + 1, over)
        if not granted:
            entries[target, entry.r] = _refusal(held, entry)
            continue
        against = _refusals(account, target, vendors)
        if any(refusal.v > over for refusal in against):
            unseen.append(target)
        if held is not None and not held.s and held.v > over:
            continue
        is_asked = _needs_confirmation(account, target, answer, resolved, vendors, against)
        if is_asked and not answer.confirmed:
            confirm.append(target)
            continue
        was_confirmed |= is_asked
        over_refusal |= bool(against) and target not in unseen
        entries[target, entry.r] = _grant(held, entry)
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
    """Return the refusals of any regime that a grant of `target` is against."""
    names = {target, *vendors.groups_of(target)}
    return [entry for entry in account.entries if not entry.s and entry.t in names]


def _refusal(held: Entry | None, entry: Entry) -> Entry:
    """Return the refusal `entry` in place of `held`: the later day of two refusals stays."""
    if held is None or held.s:
        return entry
    return replace(entry, d=max(held.d, entry.d), x="" if held.v > entry.o else entry.x)


def _grant(held: Entry | None, entry: Entry) -> Entry:
    """Return which of two grants counts; a refusal in `held` was on screen."""
    return held if held is not None and held.s and grant_rank(held) > grant_rank(entry) else entry


def grant_rank(entry: Entry) -> tuple[int, int, int, str]:
    """Return by what the one of two grants counts that is greater."""
    return entry.o, entry.d, -entry.g, entry.id


def _needs_confirmation(
    account: Account, target: str, answer: Answer, resolved: Resolved, vendors: Vendors, against: list[Entry]
) -> bool:
    if resolved["regime"] not in TWO_STEP_REGIMES:
        return False
    own = answer.own_refused & {target, *vendors.groups_of(target)}
    signal = account.gpc and answer.informed & GPC and target in vendors.flagged
    return bool(against or own or signal)


def pruned(entries: Iterable[Entry], day: int) -> tuple[Entry, ...]:
    """Return `entries` without grants that count nowhere any more, and without the oldest vendor grants of too many."""
    kept = [entry for entry in entries if not entry.s or day < add_months(entry.d, MAX_GRANT_MONTHS)]
    extra = len(kept) - MAX_ENTRIES
    if extra > 0:
        grants = sorted((entry for entry in kept if entry.s and entry.t.startswith(VENDOR)), key=lambda e: (e.d, e.v))
        kept = [entry for entry in kept if entry not in grants[:extra]]
    return tuple(sorted(kept, key=entry_order))


def merged(one: Account, other: Account) -> Account:
    """Return one account of two: a refusal of either stays, and may be asked for again; nothing is widened."""
    version = max(one.version, other.version) + 1
    lanes: dict[tuple[str, str], list[Entry]] = {}
    for entry in (*one.entries, *other.entries):
        lanes.setdefault((entry.t, entry.r), []).append(entry)
    entries = [entry for _, lane in sorted(lanes.items()) for entry in _merged_lane(lane, version)]
    return Account(version, version if one.gpc or other.gpc else 0, tuple(entries))


def _merged_lane(lane: list[Entry], version: int) -> list[Entry]:
    refusals = [entry for entry in lane if not entry.s]
    if refusals:
        # The versions of two accounts say nothing of each other: no grant of either has seen it.
        return [replace(max(refusals, key=lambda entry: (entry.d, entry.id)), v=version, x="")]
    by_site: dict[str, Entry] = {}
    for entry in sorted(lane, key=grant_rank):
        by_site[entry.f] = entry
    return [by_site[site] for site in sorted(by_site)]


def withdrawn(account: Account, day: int, receipt: str = "") -> Account:
    """Return `account` with each grant taken back on `day` by `receipt`, which counts as a refusal on all devices."""
    version, entries = account.version + 1, dict[tuple[str, str], Entry]()
    for entry in account.entries:
        if entry.s:
            taken = replace(entry, s=0, d=day, v=version, o=account.version, id=receipt, x=receipt)
            entries[entry.t, entry.r] = replace(taken, f="", n=0)
        else:
            entries.setdefault((entry.t, entry.r), entry)
    return Account(version, account.gpc, tuple(entries.values()))


def suppressed(account: Account) -> Account:
    """Return what stays of an account after an erasure: its refusals and signal, which name no receipt any more.

    They go on as a suppression record (GDPR 17(3), 21(3); CCPA 1798.105(d)): else an erasure would restart a sale.
    """
    refusals = tuple(replace(entry, id="", x="") for entry in account.entries if not entry.s)
    return Account(account.version + 1, account.gpc, refusals)
