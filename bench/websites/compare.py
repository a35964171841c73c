"""Compare a page's states with the page without our lines: pure functions on recorded data."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from bench.websites.visit import Seen
from bench.websites.walk import WITHOUT

SHIFT = 0.02
"""How much additional layout shift is reported."""


class Verdict(NamedTuple):
    """By state: what ran without permission, what is new, duplicated or missing, and what looks different."""

    early: dict[str, list[str]]
    refused: dict[str, list[str]]
    withdrawn: dict[str, list[str]]
    sold: dict[str, list[str]]
    errors: dict[str, list[str]]
    console: dict[str, list[str]]
    doubles: dict[str, list[str]]
    missing: dict[str, list[str]]
    broken: dict[str, list[str]]
    shifts: dict[str, list[str]]
    left: dict[str, list[str]]
    """Tracker cookies that existed before a choice, after a refusal, or after a withdrawal."""
    asked: dict[str, list[str]]
    """Addresses requested in these states, even if nothing ran: the browser's preload scanner requests some."""


LOOKS = ("style", "font", "image")
"""Requested for the page's looks; badges and photos aren't blocked."""
FAILING = ("early", "refused", "errors", "broken", "doubles", "missing", "withdrawn", "sold", "left")
"""What must be empty."""


def judge(
    walk: Mapping[str, Seen],
    is_free: Callable[[str], bool],
    is_sold: Callable[[str], bool],
    differing: Mapping[str, str],
) -> Verdict:
    """Return what is wrong with `walk`.

    `is_free` returns whether something may always run (the site's own code, code libraries), `is_sold` whether a
    visitor with Global Privacy Control has refused it; `differing` describes by state how its picture differs.
    """
    base = walk[WITHOUT[0]]
    held = {state: [one for one in seen.ran if not is_free(one)] for state, seen in walk.items()}
    ours = [state for state in walk if state not in WITHOUT]
    accepted = [state for state in ours if state.startswith("accepted")]
    quiet = [state for state in ours if state == "before" or state.startswith(("refused", "withdrawn again"))]
    at = {state: Counter(walk[state].ran) for state in ours}
    libraries = Counter(one for one in base.ran if is_free(one))
    lacking = {
        state: [*(libraries - at[state])]
        for state in ours
        if state != "refused elsewhere" and state != "withdrawn here"
    }
    gone = {state: [*(Counter(base.ran) - Counter(base.copies) - at[state])] for state in accepted}
    return Verdict(
        early=_without_empty({"before": held["before"]}),
        refused=_without_empty({state: held[state] for state in ours if state.startswith("refused")}),
        withdrawn=_without_empty({state: held[state] for state in ours if state == "withdrawn again"}),
        sold=_without_empty({state: [one for one in held[state] if is_sold(one)] for state in ours if "GPC" in state}),
        errors=_without_empty(
            {state: _new_in(walk, state, lambda seen: seen.errors) for state in ours if state != "refused elsewhere"}
        ),
        console=_without_empty(
            {state: _new_in(walk, state, lambda seen: seen.console) for state in ours if state != "refused elsewhere"}
        ),
        doubles=_without_empty(
            {state: [*(at[state] - Counter(base.ran))] for state in ours if state in accepted or "GPC" in state}
        ),
        missing=_without_empty(lacking | gone),
        broken=_without_empty({state: [how] for state, how in differing.items() if how}),
        shifts=_without_empty({state: _shift(walk, state) for state in ours if state != "refused elsewhere"}),
        left=_without_empty({state: walk[state].trackers for state in quiet}),
        asked=_without_empty(
            {state: [one for one in walk[state].asked if not _may_request(one, is_free)] for state in quiet}
        ),
    )


def _without_empty(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {state: sorted(set(names)) for state, names in found.items() if names}


def _new_in(walk: Mapping[str, Seen], state: str, of: Callable[[Seen], Iterable[str]]) -> list[str]:
    """Return what `state` has that neither visit without our lines had."""
    known = {one for look in WITHOUT for one in of(walk[look])}
    return [one for one in of(walk[state]) if one not in known]  # a withdrawal may have reloaded the page


def _shift(walk: Mapping[str, Seen], state: str) -> list[str]:
    shift, known = walk[state].shift, max(walk[one].shift for one in WITHOUT)
    return [f"{shift:.3f} for {known:.3f}"] if shift > known + SHIFT else []


def _may_request(asked: str, is_free: Callable[[str], bool]) -> bool:
    kind, address = asked.split(" ", 1)
    return kind in LOOKS or is_free(address)
