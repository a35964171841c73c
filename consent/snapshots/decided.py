"""What a receipt's choice decided: which tags could run after it and why, by the config, rule and signals of then."""

from typing import Any

from consent.core.ages import letters_of
from consent.core.choice import DNT, GPC, Choice
from consent.core.decide import Decision, Signals, decide
from consent.core.groups import OPTIONAL
from consent.core.resolve import on_any_page
from consent.snapshots.script_facts import Showing


def decided(showing: Showing, claims: dict[str, Any]) -> Decision:
    """Return the decision right after the choice that a receipt claims, of each tag on a page where the site runs it.

    A receipt does not tell the page.
    """
    return decide(on_any_page(showing.resolved), showing.day, _signals(showing, claims), _choice(showing, claims))


def undecided(showing: Showing) -> Decision:
    """Return the decision for the same visitor without any choice."""
    return decide(on_any_page(showing.resolved), showing.day, showing.signals)


def _signals(showing: Showing, claims: dict[str, Any]) -> Signals:
    """Return the signals of then; the choice of a browser's GPC was made under it."""
    seen = showing.signals
    return Signals(seen.gpc or claims["method"] == "gpc", seen.dnt, seen.age_band)


def _choice(showing: Showing, claims: dict[str, Any]) -> Choice:
    resolved, signals = showing.resolved, _signals(showing, claims)
    return Choice(
        showing.day,
        claims["regime"],
        {group: claims["requested"].get(group) for group in OPTIONAL},
        {group: resolved["groups"][group]["keys"][0] for group in OPTIONAL},
        claims["vendors"],
        (GPC * signals.gpc + DNT * signals.dnt) if claims["conflict_shown"] else 0,
        letters_of(resolved, signals.age_band),
    )
