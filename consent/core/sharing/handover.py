"""A choice carried from one host of a controller to another: what is carried, and what counts on arrival.

A refusal counts wherever it arrives. A grant counts if the vendors and purposes named at its origin include all of
those here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from consent.core.choice import Choice
from consent.core.documents.config import Config, PurposeKey
from consent.core.groups import OPTIONAL

NO_KEY = "00000000"
DIGITS = 8
"""Number of a purpose key's hex digits that a choice stores."""


def carried_part(choice: Choice | None, *, with_grants: bool) -> Choice | None:
    """Return the part of `choice` that is carried, or None if it has no answers.

    Without grants it is the same for everyone who refused the same: it has no day, signals, keys or letters.
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


def received_choice(choice: Choice, target: Config, source: Config, today: int) -> Choice:
    """Return the carried `choice`, made under `source`, in the terms of the config `target`.

    A group that isn't covered stays open. A choice without a day gets `today`: an earlier day would prompt again too
    soon.
    """
    groups, keys = dict(choice.groups), {}
    for group in OPTIONAL:
        keys[group] = target["purpose_keys"][group][0]["key"][:DIGITS]
        if groups[group] and not has_key(target["purpose_keys"][group], choice.keys[group]):
            is_covered = covers(source["purpose_keys"][group], target["purpose_keys"][group], choice.keys[group])
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
        vendors=_known_vendors(choice, target, source),
    )


def has_key(entries: Iterable[PurposeKey], key: str) -> bool:
    """Return whether a choice whose key starts with `key` was made under one of the purpose keys `entries`."""
    return any(entry["key"][:DIGITS] == key for entry in entries)


def covers(source_keys: Iterable[PurposeKey], target_keys: Sequence[PurposeKey], key: str) -> bool:
    """Return whether what the visitor read there under `key` includes all vendors and purposes of the group here."""
    read = next((entry for entry in source_keys if entry["key"][:DIGITS] == key), None)
    present = target_keys[0]
    return (
        read is not None
        and set(present["vendors"]) <= set(read["vendors"])
        and set(present["purposes"]) <= set(read["purposes"])
    )


def _known_vendors(choice: Choice, target: Config, source: Config) -> dict[str, bool]:
    """Return the answers for vendors of `target`; a grant only if the vendor does no more here than it did there."""
    known = {vendor["id"] for vendor in target["vendors"]}
    named = {vendor["id"] for vendor in source["vendors"]}
    return {
        name: answer
        for name, answer in choice.vendors.items()
        if name in known
        and (not answer or (name in named and _purposes_of(target, name) <= _purposes_of(source, name)))
    }


def _purposes_of(config: Config, vendor: str) -> set[str]:
    """Return the purposes of a vendor in a config, from its tags and cookies."""
    codes = {code for tag in config["tags"] if tag["vendor"] == vendor and tag["enabled"] for code in tag["purposes"]}
    return codes | {c["purpose"] for c in config["cookies"] if c["vendor"] == vendor and c["purpose"]}
