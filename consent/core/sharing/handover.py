"""A choice that is carried from one host of a controller to another: what goes along, and what of it counts there.

A refusal counts wherever it arrives. A grant counts where the vendors and purposes that were named there hold all that are
here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from consent.core.choice import Choice
from consent.core.documents.config import Config, PurposeKey
from consent.core.groups import OPTIONAL

NO_KEY = "00000000"
DIGITS = 8
"""How much of a purpose key stands in a choice."""


def handed_over(choice: Choice | None, *, with_grants: bool) -> Choice | None:
    """Return what of `choice` goes along, or None where it says nothing.

    What grants nothing is the same for everybody who refused the same: it has no day, no keys and no letters.
    """
    if choice is None:
        return None
    kept = choice if with_grants and choice.day else without_grants(choice)
    if not kept.vendors and all(answer is None for answer in kept.groups.values()):
        return None
    if grants(kept):
        return kept
    return replace(kept, day=0, told=0, letters="", keys=dict.fromkeys(OPTIONAL, NO_KEY))


def without_grants(choice: Choice) -> Choice:
    """Return the refusals of `choice`."""
    groups: dict[str, bool | None] = {
        group: answer if answer is False else None for group, answer in choice.groups.items()
    }
    return replace(
        choice, groups=groups, vendors={name: False for name, answer in choice.vendors.items() if not answer}
    )


def grants(choice: Choice) -> bool:
    """Return whether `choice` grants anything."""
    return True in (*choice.groups.values(), *choice.vendors.values())


def arrived(choice: Choice, here: Config, there: Config, today: int) -> Choice:
    """Return what the carried `choice` says in the terms of the config `here`; it was made under `there`.

    A group that is not covered stays open. What has no day gets `today`: a day cut downward would ask again too early.
    """
    groups, keys = dict(choice.groups), {}
    for group in OPTIONAL:
        keys[group] = here["purpose_keys"][group][0]["key"][:DIGITS]
        if groups[group] and not knows(here["purpose_keys"][group], choice.keys[group]):
            is_covered = covers(there["purpose_keys"][group], here["purpose_keys"][group], choice.keys[group])
            groups[group] = True if is_covered else None
        elif groups[group]:
            keys[group] = choice.keys[group]
        elif groups[group] is None:
            keys[group] = NO_KEY
    return replace(
        choice,
        day=min(choice.day or today, today),
        groups=groups,
        keys={group: NO_KEY if groups[group] is None else key for group, key in keys.items()},
        vendors=_known_vendors(choice, here, there),
    )


def knows(entries: Iterable[PurposeKey], key: str) -> bool:
    """Return whether a choice with the first digits `key` was made under one of the purpose keys `entries`."""
    return any(entry["key"][:DIGITS] == key for entry in entries)


def covers(there: Iterable[PurposeKey], here: Sequence[PurposeKey], key: str) -> bool:
    """Return whether what the visitor read there under `key` holds all vendors and purposes that the group has here."""
    read = next((entry for entry in there if entry["key"][:DIGITS] == key), None)
    present = here[0]
    return (
        read is not None
        and set(present["vendors"]) <= set(read["vendors"])
        and set(present["purposes"]) <= set(read["purposes"])
    )


def _known_vendors(choice: Choice, here: Config, there: Config) -> dict[str, bool]:
    """Return the answers for vendors of `here`: a grant only where the vendor does no more here than it did there."""
    known = {vendor["id"] for vendor in here["vendors"]}
    named = {vendor["id"] for vendor in there["vendors"]}
    return {
        name: answer
        for name, answer in choice.vendors.items()
        if name in known and (not answer or (name in named and _does(here, name) <= _does(there, name)))
    }


def _does(config: Config, vendor: str) -> set[str]:
    """Return the purposes of a vendor in a config, from its tags and cookies."""
    codes = {code for tag in config["tags"] if tag["vendor"] == vendor and tag["enabled"] for code in tag["purposes"]}
    return codes | {c["purpose"] for c in config["cookies"] if c["vendor"] == vendor and c["purpose"]}
