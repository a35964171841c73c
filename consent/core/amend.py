"""A choice that changes a part of the one before. banner/amended.js is its twin.

A cookie has one day and one rule for all that it grants, so an earlier grant is lent neither a later day nor another rule
nor a signal that it was not told of: where the two differ, only earlier refusals are kept. Where nothing was granted before,
or nothing is any more, the day is that of the last answer: from it a grant lives, and the time counts until somebody may be
asked again.
"""

from dataclasses import replace

from consent.core.choice import Choice
from consent.core.days import add_months


def amended(before: Choice, now: Choice, life: int) -> Choice:
    """Return `now` with what it leaves open as it was in `before`; a grant counts for `life` calendar months."""
    is_alive = has_grant(before) and now.day < add_months(before.day, life)
    is_lent = is_alive and (not has_grant(now) or _rule_of(before) == _rule_of(now))
    groups, keys = dict(now.groups), dict(now.keys)
    for group, answer in before.groups.items():
        if now.groups[group] is None and (is_lent or not answer):
            groups[group], keys[group] = answer, before.keys[group]
    kept = {vendor: answer for vendor, answer in before.vendors.items() if is_lent or not answer}
    found = replace(now, groups=groups, keys=keys, vendors=kept | now.vendors)
    if not is_lent or not has_grant(found):
        return found
    return replace(found, day=before.day, regime=before.regime, letters=before.letters, told=before.told)


def has_grant(choice: Choice) -> bool:
    """Tell whether `choice` grants anything."""
    return True in (*choice.groups.values(), *choice.vendors.values())


def _rule_of(choice: Choice) -> tuple[str, str, int]:
    return choice.regime, choice.letters, choice.told
