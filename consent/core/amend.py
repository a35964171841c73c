"""Merge a partial choice into the previous one.

banner/decision/amend_choice.js is its twin. The cookie stores one day and one rule for all of its grants. An earlier
grant must not get a later day, another rule, or a signal that the visitor was not informed of; where these differ, only
earlier refusals carry over. If nothing was granted before, or nothing is granted anymore, the day is that of the latest
answer: the lifetime of a grant and the time until the next prompt count from it.
"""

from dataclasses import replace

from consent.core.choice import Choice
from consent.core.days import add_months


def amended(before: Choice, now: Choice, life: int) -> Choice:
    """Return `now` with its open answers filled in from `before`; a grant lasts `life` calendar months."""
    is_valid = has_grant(before) and now.day < add_months(before.day, life)
    keeps_grants = is_valid and (not has_grant(now) or _rule_of(before) == _rule_of(now))
    groups, keys = dict(now.groups), dict(now.keys)
    for group, answer in before.groups.items():
        if now.groups[group] is None and (keeps_grants or not answer):
            groups[group], keys[group] = answer, before.keys[group]
    answers = {vendor: answer for vendor, answer in before.vendors.items() if keeps_grants or not answer}
    choice = replace(now, groups=groups, keys=keys, vendors=answers | now.vendors)
    if not keeps_grants or not has_grant(choice):
        return choice
    return replace(choice, day=before.day, regime=before.regime, letters=before.letters, told=before.told)


def has_grant(choice: Choice) -> bool:
    """Return whether `choice` grants anything."""
    by_tcf = choice.tcf is not None and choice.tcf.grants
    return by_tcf or True in (*choice.groups.values(), *choice.vendors.values())


def _rule_of(choice: Choice) -> tuple[str, str, int]:
    return choice.regime, choice.letters, choice.told
