"""Compare the states of a page with the page without our lines: pure functions on recorded data."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from bench.websites.visit import Seen
from bench.websites.walk import WITHOUT

SHIFT = 0.02
"""How much more of layout shift is told."""


class Verdict(NamedTuple):
    """By state, where there is one: what ran though it may not, what is new, twice, or missing; what looks different."""

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
    """Cookies of trackers that were there before a choice, after a refusal, or after a withdrawal."""
    asked: dict[str, list[str]]
    """Addresses that a browser asked for then, whether or not what came ran: its preload scanner does."""


LOOKS = ("style", "font", "image")
"""What is asked for to look right; badges and photos are not held."""
FAILING = ("early", "refused", "errors", "broken", "doubles", "missing", "withdrawn", "sold", "left")
"""What must be nothing."""


def judge(
    walk: Mapping[str, Seen],
    is_free: Callable[[str], bool],
    is_sold: Callable[[str], bool],
    differing: Mapping[str, str],
) -> Verdict:
    """Return what is wrong with `walk`.

    `is_free` tells of what ran whether it may run always (the site's own, code libraries), `is_sold` whether a visitor
    with Global Privacy Control has refused it; `differing` says of states how their picture differs.
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
        early=_full({"before": held["before"]}),
        refused=_full({state: held[state] for state in ours if state.startswith("refused")}),
        withdrawn=_full({state: held[state] for state in ours if state == "withdrawn again"}),
        sold=_full({state: [one for one in held[state] if is_sold(one)] for state in ours if "GPC" in state}),
        errors=_full(
            {state: _new(walk, state, lambda seen: seen.errors) for state in ours if state != "refused elsewhere"}
        ),
        console=_full(
            {state: _new(walk, state, lambda seen: seen.console) for state in ours if state != "refused elsewhere"}
        ),
        doubles=_full(
            {state: [*(at[state] - Counter(base.ran))] for state in ours if state in accepted or "GPC" in state}
        ),
        missing=_full(lacking | gone),
        broken=_full({state: [how] for state, how in differing.items() if how}),
        shifts=_full({state: _shift(walk, state) for state in ours if state != "refused elsewhere"}),
        left=_full({state: walk[state].trackers for state in quiet}),
        asked=_full({state: [one for one in walk[state].asked if not _may_ask(one, is_free)] for state in quiet}),
    )


def _full(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {state: sorted(set(names)) for state, names in found.items() if names}


def _new(walk: Mapping[str, Seen], state: str, of: Callable[[Seen], Iterable[str]]) -> list[str]:
    """Return what `state` has and neither look at the page without us had."""
    known = {one for look in WITHOUT for one in of(walk[look])}
    return [one for one in of(walk[state]) if one not in known]  # a withdrawal may have loaded the page again


def _shift(walk: Mapping[str, Seen], state: str) -> list[str]:
    shift, known = walk[state].shift, max(walk[one].shift for one in WITHOUT)
    return [f"{shift:.3f} for {known:.3f}"] if shift > known + SHIFT else []


def _may_ask(asked: str, is_free: Callable[[str], bool]) -> bool:
    kind, address = asked.split(" ", 1)
    return kind in LOOKS or is_free(address)
