"""Join the choice of an account with that of a device where a visitor is signed in.

Joining never widens a choice: what either side refuses stays refused, a grant doesn't take on another rule, day or
signal, and a signal recorded in the account applies on all of its devices. `decide` takes the joined choice and signal
like any other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from consent.core.account import SALE_SCOPE, VENDOR, Account, Entry, Vendors, vendors_of
from consent.core.age_rules import letters_of
from consent.core.choice import GPC, Choice, ChoiceTooLongError, format_choice
from consent.core.days import add_months
from consent.core.documents.resolved import Resolved
from consent.core.groups import LETTERS, OPTIONAL

JOINED, APART, ACCOUNT = "j", "d", "a"
"""How a device takes part: joined, kept apart, or following only the account."""
MODES = (JOINED, APART, ACCOUNT)
LINES = ("device_stricter", "account_stricter", "account_signal", "account_applied")
"""Messages about a join that the visitor may see; the first that applies is shown."""


class Visit(NamedTuple):
    """The context of a device's request: its rule, the day, and the signals and age it sends."""

    resolved: Resolved
    day: int
    gpc: bool = False
    age_band: str = "unknown"
    age: int | None = None


class Joined(NamedTuple):
    """The outcome on a device: the choice and signal for `decide`, messages to show, and what is added to the account.

    `is_silent` is whether the account has no answers here.
    """

    choice: Choice | None
    gpc: bool
    lines: list[str]
    up: list[str]
    is_silent: bool = True


@dataclass(slots=True)
class _Side:
    """One side's answers by target: refusals with their newest version, and grants that share one stamp.

    The stamp is the regime, the letters and the signals the visitor was informed of.
    """

    refusals: dict[str, int] = field(default_factory=dict)
    grants: set[str] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)
    stamp: tuple[str, str, int] = ("", "", 0)
    day: int = 0
    refusal_day: int = 0

    @property
    def is_silent(self) -> bool:
        return not (self.refusals or self.grants)


def project(account: Account, visit: Visit) -> Choice | None:
    """Return the choice of `account` under the rule of `visit`, or None if it has no answers there."""
    return _to_choice(_project(account, visit, vendors_of(visit.resolved)), visit)


def join(account: Account | None, own: Choice | None, mode: str, seen: int, visit: Visit) -> Joined:
    """Return the outcome for a signed-in visitor on a device whose own choice is `own`.

    `account` is None if nobody is signed in. `mode` is one of `MODES`, `seen` the account version that was on screen
    when the device was kept apart.
    """
    if account is None:
        return Joined(own, visit.gpc, [], [])
    vendors = vendors_of(visit.resolved)
    account_side, device_side = _project(account, visit, vendors), _side_of_choice(own)
    has_signal = bool(account.gpc and visit.resolved["gpc"])
    up = _added_opt_outs(account, own, mode, visit)
    if mode == ACCOUNT and not account_side.is_silent:
        choice = _to_choice(account_side, visit)
        lines = _messages(_Side(), account_side, vendors, has_signal=has_signal and not visit.gpc)
    elif mode == APART:
        informed = _unseen_refusals(account_side, device_side, seen if seen <= account.version else 0, visit)
        choice = _join_sides(informed, device_side, own, vendors, visit)
        lines = ["account_signal"] if has_signal and not visit.gpc else []
    else:
        choice = _join_sides(account_side, device_side, own, vendors, visit)
        lines = _messages(device_side, account_side, vendors, has_signal=has_signal and not visit.gpc)
    return Joined(choice, visit.gpc or has_signal, lines, up, account_side.is_silent)


def join_carried(carried: Choice, own: Choice | None, visit: Visit) -> Choice | None:
    """Return the choice that applies on a device with the choice `own` after `carried` arrived from elsewhere.

    The carried choice takes the place of an account's: it never grants what the device refuses.
    """
    return _join_sides(_side_of_choice(carried), _side_of_choice(own), own, vendors_of(visit.resolved), visit)


def _project(account: Account, visit: Visit, vendors: Vendors) -> _Side:
    resolved = visit.resolved
    side = _Side(stamp=(resolved["regime"], letters_of(resolved, visit.age_band, visit.age), 0))
    lanes: dict[str, list[Entry]] = {}
    for entry in account.entries:
        lanes.setdefault(entry.t, []).append(entry)
    granted: list[Entry] = []
    for target, entries in lanes.items():
        current = next((entry for entry in entries if entry.r == resolved["regime"]), None)
        refusals = [entry for entry in entries if not entry.s]
        if current is not None and current.s and _saw_refusals(current, refusals):
            granted.append(current)
        elif refusals:
            newest = max(refusals, key=lambda entry: (entry.d, entry.v))
            side.refusals[target] = max(entry.v for entry in refusals)
            side.refusal_day = max(side.refusal_day, newest.d)
            side.keys[target] = newest.k
        else:
            granted += [entry for entry in entries if entry.s]
    group_refusals = {name: [entry for entry in lanes.get(name, ()) if not entry.s] for name in OPTIONAL}
    granted = [entry for entry in granted if not _is_against_group(entry, group_refusals, vendors, resolved["regime"])]
    _keep_best_stamp(side, [_without_unseen_gpc(entry, account.gpc) for entry in granted], visit)
    return side


def _saw_refusals(grant: Entry, refusals: Iterable[Entry]) -> bool:
    """Return whether `grant`, given under the current regime, saw all `refusals`, and none is under that regime."""
    return all(refusal.r != grant.r and refusal.v <= grant.o for refusal in refusals)


def _is_against_group(grant: Entry, refused: Mapping[str, list[Entry]], vendors: Vendors, regime: str) -> bool:
    """Return whether a vendor's grant yields to a refusal of its group from another answer that it did not see.

    A refusal under the current regime beats a grant that was given under another.
    """
    for group in vendors.groups_of(grant.t):
        for refusal in refused.get(group, ()):
            is_same_answer = bool(refusal.x) and refusal.x == grant.id
            if not is_same_answer and (refusal.v > grant.o or (refusal.r == regime != grant.r)):
                return True
    return False


def _without_unseen_gpc(grant: Entry, gpc: int) -> Entry:
    """Return `grant` as informed of GPC only if the account's signal was on screen."""
    return replace(grant, g=grant.g & ~GPC) if gpc and grant.o < gpc else grant


def _keep_best_stamp(side: _Side, granted: list[Entry], visit: Visit) -> None:
    """Keep the grants with the best stamp: unexpired first, then this regime, then the strictest, then the newest."""
    if not granted:
        return
    alive = [entry for entry in granted if visit.day < add_months(entry.d, visit.resolved["life"])]
    pool = alive or granted
    regime, under = visit.resolved["regime"], visit.resolved["under"]

    def rank(entry: Entry) -> tuple[bool, str, int, int, str]:
        return entry.r == regime, _strictness(under.get(entry.r, "000"), entry.l), entry.d, -entry.g, entry.r

    best = max(pool, key=rank)
    side.stamp = (best.r, best.l, best.g)
    kept = [entry for entry in pool if (entry.r, entry.l, entry.g) == side.stamp]
    side.day = min(entry.d for entry in kept)
    for entry in kept:
        side.grants.add(entry.t)
        side.keys[entry.t] = entry.k


def _strictness(levels: str, letters: str) -> str:
    """Return the ranks of a regime with its letters, strictest group first, as a string that sorts by strictness."""
    ranks = ["4" if letter in letters else level for letter, level in zip(LETTERS, levels, strict=False)]
    return "".join(sorted(ranks, reverse=True)) + ("" if "x" in levels + letters else "~")


def _side_of_choice(choice: Choice | None) -> _Side:
    side = _Side()
    if choice is None:
        return side
    side.stamp, side.day = (choice.regime, choice.letters, choice.told), choice.day
    answers = {**choice.groups, **{VENDOR + vendor: answer for vendor, answer in choice.vendors.items()}}
    for target, answer in answers.items():
        if answer is False:
            side.refusals[target] = 0
            side.refusal_day = choice.day
        elif answer:
            side.grants.add(target)
    side.keys = dict(choice.keys)
    return side


def _unseen_refusals(account_side: _Side, device_side: _Side, seen: int, visit: Visit) -> _Side:
    """Return the account's refusals that apply on a device kept apart; the account's grants don't reach it."""
    refusals = {
        target: version
        for target, version in account_side.refusals.items()
        if visit.resolved["scope"] == SALE_SCOPE or version > seen or target not in device_side.grants
    }
    keys = {target: account_side.keys[target] for target in refusals}
    return _Side(refusals, set(), keys, account_side.stamp, account_side.day, account_side.refusal_day)


def _join_sides(
    account_side: _Side, device_side: _Side, own: Choice | None, vendors: Vendors, visit: Visit
) -> Choice | None:
    if account_side.is_silent:
        return own
    result = _Side(refusals={**device_side.refusals, **account_side.refusals})
    is_shared = _join_grants(result, account_side, device_side, visit)
    for target in list(result.grants):
        both = is_shared and target in account_side.grants and target in device_side.grants
        if target in result.refusals or (not both and _is_refused_across(target, account_side, device_side, vendors)):
            result.grants.discard(target)
    for group in OPTIONAL:
        if group in result.refusals:
            side = account_side if group in account_side.refusals else device_side
            result.keys[group] = side.keys[group]
    if not result.grants:
        result.refusal_day = max(account_side.refusal_day, device_side.refusal_day)
        result.stamp = account_side.stamp if account_side.refusals else device_side.stamp
    return _to_choice(result, visit)


def _join_grants(result: _Side, account_side: _Side, device_side: _Side, visit: Visit) -> bool:
    """Take the grants of one side, or of both if they share a stamp, and return whether both were taken.

    Both get the older day, so that neither is extended.
    """
    sides = [side for side in (account_side, device_side) if side.grants]
    alive = [side for side in sides if visit.day < add_months(side.day, visit.resolved["life"])]
    sides = alive or sides
    if len(sides) == 2 and account_side.stamp != device_side.stamp:
        sides = [account_side]
    if not sides:
        return False
    result.stamp, result.day = sides[0].stamp, min(side.day for side in sides)
    for side in reversed(sides):
        result.grants |= side.grants
    for group in OPTIONAL:
        known = visit.resolved["groups"][group]["keys"]
        keys = [side.keys[group] for side in sides if group in side.grants]
        if keys:
            result.keys[group] = min(keys, key=lambda key: known.index(key) if key in known else len(known))
    return len(sides) == 2


def _is_refused_across(target: str, account_side: _Side, device_side: _Side, vendors: Vendors) -> bool:
    """Return whether one side grants the vendor `target` and the other refuses one of its groups."""
    groups = vendors.groups_of(target)
    return any(
        target in side.grants and other.refusals.keys() & groups
        for side, other in ((account_side, device_side), (device_side, account_side))
    )


def _messages(device_side: _Side, account_side: _Side, vendors: Vendors, *, has_signal: bool) -> list[str]:
    lines = []
    if _is_stricter(device_side, account_side, vendors):
        lines.append("device_stricter")
    if _is_stricter(account_side, device_side, vendors):
        lines.append("account_stricter")
    if has_signal:
        lines.append("account_signal")
    return lines or ([] if account_side.is_silent else ["account_applied"])


def _is_stricter(side: _Side, other: _Side, vendors: Vendors) -> bool:
    """Return whether `side` refuses something that `other` grants."""
    if side.refusals.keys() & other.grants:
        return True
    if any(vendors.groups_of(target) & side.refusals.keys() for target in other.grants - side.grants):
        return True
    return any(vendors.groups_of(target) & other.grants for target in side.refusals.keys() - other.refusals.keys())


def _added_opt_outs(account: Account, own: Choice | None, mode: str, visit: Visit) -> list[str]:
    """Return what the device adds to the account where the law treats the consumer as known (11 CCR 7025(c)(1)).

    Only signals and opt-outs of sale or sharing are added automatically, never grants.
    """
    if visit.resolved["scope"] != SALE_SCOPE:
        return []
    opt_outs = []
    if visit.gpc and visit.resolved["gpc"] and not account.gpc:
        opt_outs.append("gpc")
    if mode != ACCOUNT and own is not None and own.groups["advertising"] is False:
        answers = [entry for entry in account.entries if entry.t == "advertising"]
        if all(entry.s and entry.d <= own.day for entry in answers):
            opt_outs.append("advertising")
    return opt_outs


def _to_choice(side: _Side, visit: Visit) -> Choice | None:
    """Return `side` as a cookie's choice; with too many vendors, the groups of the refused ones are refused instead."""
    if side.is_silent:
        return None
    answers: dict[str, bool] = dict.fromkeys(side.grants, True) | dict.fromkeys(side.refusals, False)
    groups = {group: answers.get(group) for group in OPTIONAL}
    keys = {
        group: side.keys[group] if group in answers else visit.resolved["groups"][group]["keys"][0]
        for group in OPTIONAL
    }
    vendors = {name.removeprefix(VENDOR): answer for name, answer in answers.items() if name.startswith(VENDOR)}
    regime, letters, informed = side.stamp
    day = side.day if side.grants else side.refusal_day
    return _shortened(Choice(day, regime, groups, keys, vendors, informed, letters), visit)


def _shortened(choice: Choice, visit: Visit) -> Choice:
    try:
        format_choice(choice)
    except ChoiceTooLongError:
        known = vendors_of(visit.resolved)
        refused = {name for name, answer in choice.vendors.items() if not answer}
        refused_groups = {group for name in refused for group in known.groups_of(VENDOR + name)}
        groups = {group: False if group in refused_groups else answer for group, answer in choice.groups.items()}
        return replace(choice, groups=groups, vendors={})
    return choice


def refused_targets(choice: Choice | None) -> frozenset[str]:
    """Return the targets that `choice` refuses."""
    return frozenset(_side_of_choice(choice).refusals)
