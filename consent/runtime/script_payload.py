"""The script's data in a page, for a current visitor and for replaying a receipt's banner."""

from collections.abc import Sequence
from typing import NamedTuple

from consent.core.age_rules import letters_of
from consent.core.decide import Signals
from consent.core.documents.resolved import ChoiceFacts, PageResolved, Resolved
from consent.core.documents.script_payload import DrawnVariant, DrawnVariantParts, PageOptions, Payload, PayloadParts
from consent.core.documents.visit import SignalFacts, VisitFacts
from consent.core.rules import Place
from consent.runtime.asked_groups import asked_groups
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.precomputed_decisions import choice_facts, newest_keys, precompute_decisions
from consent.runtime.tcf_facts import tcf_page

SPOKEN = ("gpc", "dnt")
"""Signals that the banner has a sentence about."""


class Showing(NamedTuple):
    """What a banner depends on; `day` is days since 1970-01-01 UTC."""

    config: CompiledConfig
    place: Place
    signals: Signals
    language: str
    day: int
    rules_version: str
    site_day: int | None = None
    law_day: int | None = None
    """The local days of the site, for schedules, and of the visitor, for law; `day` if they aren't given."""

    @property
    def resolved(self) -> Resolved:
        """Return the config under the rule of place and day, in the language."""
        place, days = self.place, (self.site_day, self.law_day)
        return self.config.resolved(place.country, place.subdivision, self.day, self.language, *days)

    @property
    def asked(self) -> list[str]:
        """Return the optional groups that the visitor is asked about."""
        return asked_groups(self.config.document, self.resolved)


def visit_facts(showing: Showing) -> VisitFacts:
    """Return the facts that both a decision and the script contain."""
    config, place = showing.config, showing.place
    return {
        "site": config.site,
        "config": config.name,
        "version": config.version,
        "place": {"country": place.country, "subdivision": place.subdivision, "source": place.source},
        "regime": showing.resolved["regime"],
        "rules_version": showing.rules_version,
        "language": showing.language,
        "variant": config.variant,
    }


def signal_facts(signals: Signals) -> SignalFacts:
    """Return the signals in the form that both a decision and the script contain."""
    facts: SignalFacts = {"gpc": signals.gpc, "dnt": signals.dnt, "age_band": signals.age_band}
    return facts if signals.age is None else {**facts, "age": signals.age}


def variant_parts(showing: Showing, variant: CompiledConfig) -> DrawnVariantParts:
    """Return what a `variant` of the config shows differently on the first layer."""
    acting = _active_signals(showing)
    base, own = (config.page_facts(showing.resolved, showing.language, acting) for config in (showing.config, variant))
    parts = DrawnVariantParts()
    if own["look"] != base["look"]:
        parts["look"] = own["look"]
    if own["words"] != base["words"]:
        parts["words"] = own["words"]
    if texts := {key: text for key, text in own["texts"].items() if base["texts"].get(key) != text}:
        parts["texts"] = texts
    return parts


def first_facts(showing: Showing, token: str, draw: Sequence[DrawnVariant] = ()) -> Payload:
    """Return the data for the script's core alone: precomputed decisions, and what a choice needs.

    `draw` are the variants that the page draws from, if any.
    """
    letters = letters_of(showing.resolved, showing.signals.age_band, showing.signals.age)
    decided = precompute_decisions(showing.resolved, showing.day, showing.signals, showing.asked)
    return _payload(showing, token, choice_facts(showing.resolved, letters), {"ahead": decided}, draw)


def _active_signals(showing: Showing) -> list[str]:
    return [name for name in SPOKEN if getattr(showing.signals, name)]


def _payload(
    showing: Showing,
    token: str,
    resolved: PageResolved | ChoiceFacts,
    parts: PayloadParts,
    draw: Sequence[DrawnVariant],
) -> Payload:
    """Return the data that comes with the script; none of it depends on the visitor's choice."""
    acting = _active_signals(showing)
    gpp = showing.config.gpp_sections(showing.place.country, showing.place.subdivision)
    tcf = tcf_page(showing.config, showing.resolved, showing.place, showing.language)
    return {
        "signals": signal_facts(showing.signals),
        "visit": visit_facts(showing),
        "token": token,
        **(PageOptions(region=showing.place.code) if showing.place.code else PageOptions()),
        **(PageOptions(draw=list(draw)) if draw else PageOptions()),
        **(PageOptions(gpp=gpp) if gpp else PageOptions()),
        **(PageOptions(tcf=tcf) if tcf else PageOptions()),
        "resolved": resolved,
        **showing.config.page_facts(showing.resolved, showing.language, acting),
        **parts,
    }


def page_form(resolved: Resolved) -> PageResolved:
    """Return a resolved config as pages get it."""
    form: PageResolved = {
        "rule": resolved["rule"],
        "regime": resolved["regime"],
        "letters": resolved["letters"],
        "letters_by_age": resolved["letters_by_age"],
        "under": resolved["under"],
        "life": resolved["life"],
        "keep": resolved["keep"],
        "scope": resolved["scope"],
        "gpc": resolved["gpc"],
        "dnt": resolved["dnt"],
        "quiet": resolved["quiet"],
        "status": resolved["status"],
        "links": resolved["links"],
        "sensitive": resolved["sensitive"],
        "barred": resolved["barred"],
        "minors": resolved["minors"],
        "child": resolved["child"],
        "ask_new": resolved["ask_new"],
        "groups": resolved["groups"],
        "tags": resolved["tags"],
        "keys": newest_keys(resolved),
    }
    if "asks" in resolved:
        form["asks"] = resolved["asks"]
    return {**form, "tcf": resolved["tcf"]} if "tcf" in resolved else form


def pinned_facts(showing: Showing, token: str, draw: Sequence[DrawnVariant] = ()) -> Payload:
    """Return all data that the script ever needs: for its core and the part `acts`. `draw` is as in `first_facts`."""
    acts = showing.config.acts_facts(showing.language)
    return _payload(showing, token, page_form(showing.resolved), {"acts": acts}, draw)
