"""What one visitor chose over time: each step with what it changed."""

import json
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from consent.core.groups import OPTIONAL
from consent.storage.receipts import FoundReceipt


class Step(NamedTuple):
    """One receipt of a visitor: `kind` is `chosen`, `changed`, `repeated` or `withdrawn`; `changes` name what differs.

    A change is a group or vendor id, and whether it is granted now, None where the choice says nothing of it. `marks` are
    the kinds of marks that leave it out of use.
    """

    receipt: FoundReceipt
    kind: str
    changes: list[tuple[str, bool | None]]
    marks: list[str]


def steps_of(timeline: Sequence[FoundReceipt], marked: Mapping[str, Collection[str]]) -> list[Step]:
    """Return the steps of a visitor's receipts, oldest first; `marked` has the ids under each kind of mark."""
    pairs = pairwise([None, *timeline])
    return [
        _step(before, one, [kind for kind, ids in marked.items() if one.id in ids])
        for before, one in pairs
        if one is not None
    ]


def _step(before: FoundReceipt | None, one: FoundReceipt, marks: list[str]) -> Step:
    earlier, now = _choices(before) if before else {}, _choices(one)
    changes = [
        (name, now.get(name)) for name in dict.fromkeys([*now, *earlier]) if now.get(name) is not earlier.get(name)
    ]
    if one.action == "withdraw":
        kind = "withdrawn"
    elif before is None:
        kind = "chosen"
    else:
        kind = "changed" if changes else "repeated"
    return Step(one, kind, changes, marks)


def _choices(one: FoundReceipt) -> dict[str, bool | None]:
    vendors: dict[str, bool] = json.loads(one.vendors)
    return {group: getattr(one, group) for group in OPTIONAL} | vendors
