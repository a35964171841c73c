"""What a decision takes of a stored choice, without its day: visitors of whom it is the same get the same decision.

`decide` reads the day in two comparisons, which stand here by what came of them, and for the date on which the choice
expires, which `expiry` gives. What a cookie can hold that no tag, rule or purpose of the config knows is left out, so
that nobody makes new decisions by inventing choices.
"""

from typing import NamedTuple

from consent.core.choice import Choice
from consent.core.decide import is_grant_over, refusal_end, tcf_that_counts
from consent.core.documents.resolved import Resolved
from consent.core.groups import OPTIONAL
from consent.core.tcf.choice import TcfChoice


class Standing(NamedTuple):
    """A choice as `decide` sees it on one day, under one rule of one config."""

    regime: str
    letters: str
    signals: int
    groups: tuple[bool | None, ...]
    keys: tuple[str, ...]
    vendors: tuple[tuple[str, bool], ...]
    """Those of the config, and under an empty id what others have, since any grant or refusal counts for the dates."""
    is_grant_over: bool
    is_refusal_over: bool
    tcf: TcfChoice | None = None
    """With its day, which its string tells."""


def standing_of(resolved: Resolved, day: int, choice: Choice) -> Standing:
    """Return what `decide` takes of `choice` on `day`."""
    groups = resolved["groups"]
    return Standing(
        choice.regime if choice.regime in resolved["under"] else "",
        "".join(sorted(set(choice.letters))),
        choice.told,
        tuple(choice.groups[group] for group in OPTIONAL),
        tuple(key if (key := choice.keys[group]) in groups[group]["keys"] else "" for group in OPTIONAL),
        _vendors(resolved, choice) if choice.vendors else (),
        is_grant_over(resolved, day, choice),
        day >= refusal_end(resolved, choice),
        tcf_that_counts(resolved, choice),
    )


def _vendors(resolved: Resolved, choice: Choice) -> tuple[tuple[str, bool], ...]:
    known = {tag["vendor"] for tag in resolved["tags"]}
    return tuple(sorted({(vendor if vendor in known else "", answer) for vendor, answer in choice.vendors.items()}))
