"""Reconstruct the decision after a receipt's choice: the tags that could run, by config, rule and signals."""

from functools import lru_cache

from consent.core.age_rules import letters_of
from consent.core.choice import DNT, GPC, Choice, parse_choice
from consent.core.decide import Decision, Signals, decide
from consent.core.groups import OPTIONAL
from consent.core.receipt import ReceiptClaims
from consent.core.resolve import on_any_page
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.script_payload import Showing


@lru_cache(1024)
def granted_groups(
    config: CompiledConfig,
    country: str | None,
    subdivision: str | None,
    day: int,
    signals: Signals,
    choice: str,
) -> frozenset[str]:
    """Return the groups that run after the choice of a cookie's value; most visitors choose the same."""
    decision = decide(config.resolved(country, subdivision, day), day, signals, parse_choice(choice))
    return frozenset(group for group in OPTIONAL if decision.groups[group]["granted"])


def decided(showing: Showing, claims: ReceiptClaims) -> Decision:
    """Return the decision right after the choice that a receipt claims, of each tag on a page where the site runs it.

    A receipt does not tell the page.
    """
    return decide(on_any_page(showing.resolved), showing.day, _signals(showing, claims), _choice(showing, claims))


def undecided(showing: Showing) -> Decision:
    """Return the decision for the same visitor without any choice."""
    return decide(on_any_page(showing.resolved), showing.day, showing.signals)


def _signals(showing: Showing, claims: ReceiptClaims) -> Signals:
    """Return the signals of then; the choice of a browser's GPC was made under it."""
    seen = showing.signals
    return Signals(seen.gpc or claims["method"] == "gpc", seen.dnt, seen.age_band)


def _choice(showing: Showing, claims: ReceiptClaims) -> Choice:
    resolved, signals = showing.resolved, _signals(showing, claims)
    return Choice(
        showing.day,
        claims["regime"],
        {group: claims["requested"].get(group) for group in OPTIONAL},
        {group: resolved["groups"][group]["keys"][0] for group in OPTIONAL},
        claims["vendors"],
        (GPC * signals.gpc + DNT * signals.dnt) if claims["conflict_shown"] else 0,
        letters_of(resolved, signals.age_band, signals.age),
    )
