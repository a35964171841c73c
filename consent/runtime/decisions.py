"""Reconstruct the decision after a receipt's choice, with the tags that could run, and write GPP strings."""

from functools import lru_cache

from consent.core.age_rules import letters_of
from consent.core.choice import DNT, GPC, Choice, parse_choice
from consent.core.decide import Decision, Signals, decide
from consent.core.documents.gpp import GppAnswer
from consent.core.gpp.mapping import answer_of, visitor_facts
from consent.core.groups import OPTIONAL
from consent.core.receipt import ReceiptClaims
from consent.core.resolve import on_any_page
from consent.core.rules import Place
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.script_payload import Showing
from consent.runtime.tcf_facts import claimed_choice


@lru_cache(1024)
def granted_groups(
    config: CompiledConfig,
    country: str | None,
    subdivision: str | None,
    moment: int,
    signals: Signals,
    choice: str,
) -> frozenset[str]:
    """Return the groups that run after the choice in a cookie's value, at a legal `moment`; cached: most are equal."""
    resolved = config.resolved_at(country, subdivision, moment)
    decision = decide(resolved, resolved["day"], signals, parse_choice(choice))
    return frozenset(group for group in OPTIONAL if decision.groups[group]["granted"])


def decided(showing: Showing, claims: ReceiptClaims) -> Decision:
    """Return the decision right after the choice that a receipt claims, each tag as on a page where the site runs it.

    A receipt doesn't say which page it was.
    """
    return decide(on_any_page(showing.resolved), showing.day, _signals(showing, claims), _choice(showing, claims))


def undecided(showing: Showing) -> Decision:
    """Return the decision for the same visitor without a choice."""
    return decide(on_any_page(showing.resolved), showing.day, showing.signals)


def gpp_answer(config: CompiledConfig, place: Place, signals: Signals, decision: Decision) -> GppAnswer | None:
    """Return the GPP string of a visitor's decision, or None if the site sends none."""
    sections = config.gpp_sections(place.country, place.subdivision)
    if sections is None:
        return None
    return answer_of(sections, visitor_facts(decision.groups, gpc=signals.gpc, age_band=signals.age_band))


def receipt_gpp(showing: Showing, claims: ReceiptClaims) -> GppAnswer | None:
    """Return the GPP string that follows from a receipt's choice (receipts have none), or None if the site sent none.

    As with `decided`, the page is unknown: on a site with sensitive pages, it may have been one of them.
    """
    return gpp_answer(showing.config, showing.place, _signals(showing, claims), decided(showing, claims))


def _signals(showing: Showing, claims: ReceiptClaims) -> Signals:
    """Return the signals at that time; a choice made by GPC was made with GPC on."""
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
        claimed_choice(claims, showing.day),
    )
