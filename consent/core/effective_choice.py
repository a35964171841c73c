"""The part of a stored choice that a decision depends on; visitors with equal effective choices share one decision.

`decide` compares the day in two places: those results are fields here, and the date on which the choice expires comes
from `expiry`. Tags, rules and purposes that the config doesn't have are left out, so that made-up choices add no
decisions.
"""

from typing import NamedTuple

from consent.core.choice import Choice
from consent.core.decide import effective_tcf, has_grant_expired, refusal_end
from consent.core.documents.resolved import Resolved
from consent.core.groups import OPTIONAL
from consent.core.tcf.choice import TcfChoice


class EffectiveChoice(NamedTuple):
    """The part of a choice that `decide` uses on one day, under one rule of one config."""

    regime: str
    letters: str
    signals: int
    groups: tuple[bool | None, ...]
    keys: tuple[str, ...]
    vendors: tuple[tuple[str, bool], ...]
    """Answers for the config's vendors, and under an empty id for others, since any answer affects the dates."""
    has_grant_expired: bool
    is_refusal_over: bool
    tcf: TcfChoice | None = None
    """Includes its day, which is part of its string."""


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
        has_grant_expired(resolved, day, choice),
        day >= refusal_end(resolved, choice),
        effective_tcf(resolved, choice),
    )


def _vendors(resolved: Resolved, choice: Choice) -> tuple[tuple[str, bool], ...]:
    known = {tag["vendor"] for tag in resolved["tags"]}
    return tuple(sorted({(vendor if vendor in known else "", answer) for vendor, answer in choice.vendors.items()}))
