"""What the script in a page works with: for a visitor who comes now, and again for the banner that a receipt tells of."""

from typing import Any, NamedTuple

from consent.core.ages import letters_of
from consent.core.decide import Signals
from consent.core.rules import Place
from consent.snapshots.ahead import FOR_A_CHOICE, ahead, newest_keys
from consent.snapshots.compile import CompiledConfig

NOT_FOR_PAGES = ("place", "day")
"""What a script need not be told twice, or at all."""
SPOKEN = ("gpc", "dnt")
"""Signals that a sentence tells of."""


class Showing(NamedTuple):
    """What a banner depends on; `day` is days since 1970-01-01 UTC."""

    config: CompiledConfig
    place: Place
    signals: Signals
    language: str
    day: int
    rules_version: str
    site_day: int | None = None
    """The day where the site is, by which schedules go; `day` where it is not told."""

    @property
    def resolved(self) -> dict[str, Any]:
        """Return the config under the rule of place and day, in the language."""
        site_day = self.day if self.site_day is None else self.site_day
        return self.config.resolved_for(self.place, self.day, self.language, site_day)


def visit_facts(showing: Showing) -> dict[str, Any]:
    """Return the facts that a decision and the script both carry."""
    config, place, signals = showing.config, showing.place, showing.signals
    return {
        "site": config.site,
        "config": config.name,
        "version": config.version,
        "place": {"country": place.country, "subdivision": place.subdivision, "source": place.source},
        "regime": showing.resolved["regime"],
        "rules_version": showing.rules_version,
        "language": showing.language,
        "variant": config.variant,
        "signals": {"gpc": signals.gpc, "dnt": signals.dnt, "age_band": signals.age_band},
    }


def first_facts(showing: Showing, token: str) -> dict[str, Any]:
    """Return what comes with the script's core alone: decisions made ahead, and what a choice needs."""
    facts = script_facts(showing, token)
    return facts | {
        "resolved": {fact: facts["resolved"][fact] for fact in FOR_A_CHOICE}
        | {"letters": letters_of(showing.resolved, showing.signals.age_band)},
        "ahead": ahead(showing.resolved, showing.day, showing.signals),
    }


def script_facts(showing: Showing, token: str) -> dict[str, Any]:
    """Return what comes with the script where it decides by itself; nothing of it depends on the visitor's choice."""
    resolved, visit = showing.resolved, visit_facts(showing)
    signals = visit.pop("signals")
    return {
        "signals": signals,
        "visit": visit,
        "token": token,
        **({"region": showing.place.code} if showing.place.code else {}),
        "resolved": page_form(resolved),
        **showing.config.page_facts(resolved, showing.language, [name for name in SPOKEN if signals[name]]),
    }


def page_form(resolved: dict[str, Any]) -> dict[str, Any]:
    """Return what a page is told of a resolved config."""
    return {fact: resolved[fact] for fact in resolved if fact not in NOT_FOR_PAGES} | {"keys": newest_keys(resolved)}


def pinned_facts(showing: Showing, token: str) -> dict[str, Any]:
    """Return all that the script ever needs: for its core, and for the part `acts`."""
    return {**script_facts(showing, token), "acts": showing.config.acts_facts(showing.language)}
