"""What one visitor chose over time: each step with what it changed."""

import json
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import NamedTuple

from consent.core.groups import OPTIONAL
from consent.storage.receipts import FoundReceipt


class Step(NamedTuple):
    """One receipt of a visitor: `kind` is `chosen`, `changed`, `repeated` or `withdrawn`; `changes` name what differs.

    A change is a group or vendor id, and whether it is granted now, None where the choice says nothing of it.
    """

    receipt: FoundReceipt
    kind: str
    changes: list[tuple[str, bool | None]]
    is_restricted: bool


def steps_of(timeline: Sequence[FoundReceipt], restricted: Collection[str]) -> list[Step]:
    """Return the steps of a visitor's receipts, oldest first; `restricted` are ids of those whose use is restricted."""
    pairs = pairwise([None, *timeline])
    return [_step(before, one, one.id in restricted) for before, one in pairs if one is not None]


def _step(before: FoundReceipt | None, one: FoundReceipt, is_restricted: bool) -> Step:
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
    return Step(one, kind, changes, is_restricted)


def _choices(one: FoundReceipt) -> dict[str, bool | None]:
    vendors: dict[str, bool] = json.loads(one.vendors)
    return {group: getattr(one, group) for group in OPTIONAL} | vendors
