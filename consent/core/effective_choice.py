"""The part of a stored choice that a decision depends on. Visitors whose effective choices are equal get one decision.

`decide` compares the day twice: those results are fields here, and the date on which the choice expires comes from
`expiry`. Tags, rules and purposes that the config does not have are left out, so that invented choices add no decisions.
"""

from typing import NamedTuple

from consent.core.choice import Choice
from consent.core.decide import is_grant_over, refusal_end, tcf_that_counts
from consent.core.documents.resolved import Resolved
from consent.core.groups import OPTIONAL
from consent.core.tcf.choice import TcfChoice


class EffectiveChoice(NamedTuple):
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


def effective_choice(resolved: Resolved, day: int, choice: Choice) -> EffectiveChoice:
    """Return the part of `choice` that `decide` depends on, on `day`."""
    groups = resolved["groups"]
    return EffectiveChoice(
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
