"""Map a choice to consent states of the Data Privacy Vocabulary (DPV), using only the signed claims."""

from typing import Any, NamedTuple

from consent.core.groups import OPTIONAL
from consent.core.receipt import UNSHOWN, ReceiptClaims
from consent.core.rules import Place

METHODS = {
    "click": "a button or switch of the banner",
    "gpc": "the browser's signal Global Privacy Control",
    "dnt": "the browser's signal Do Not Track",
    "age": "the visitor's age, as the site stated it",
    "api": "the site's own form, by the API",
    "own_layer": "a button or switch of a layer that the site's own page drew",
    "import": "a record of an earlier system",
    "handover": "a choice on another domain of the controller, handed over in a link",
    "app": "a screen of the controller's app",
    "account": "an opt-out of the person's browser, which became the account's at sign-in",
}
OVERRIDDEN = "requested, but overridden by a signal or the visitor's age"


NO_LANGUAGE = "und"
"""BCP 47 code for an undetermined language, used if nothing was shown."""


class ShownNotice(NamedTuple):
    """The config that applies to a receipt, and the language and text that were shown, if any."""

    config: str
    language: str
    text: str


def shown_of(claims: ReceiptClaims) -> ShownNotice:
    """Return what the visitor was shown: nothing for a carried-over choice, whose claims name the config applied."""
    facts: Any = claims
    if UNSHOWN & facts.keys():
        return ShownNotice(facts["judged_by"], NO_LANGUAGE, "")
    return ShownNotice(claims["config"], claims["language"], claims["text"])


class Event(NamedTuple):
    """The part of a choice with one outcome: its state, and its groups and vendor ids."""

    state: str
    is_overridden: bool
    groups: list[str]
    vendors: list[str]


def outcomes(claims: ReceiptClaims) -> list[Event]:
    """Return what the visitor granted, refused or withdrew: by group, then vendors chosen separately."""
    by_state: dict[tuple[str, bool], Event] = {}
    for group in OPTIONAL:
        value = claims["effective"].get(group)
        if value is not None:
            key = state_of(claims, value), bool(claims["requested"].get(group)) and not value
            by_state.setdefault(key, Event(*key, [], [])).groups.append(group)
    for vendor, value in claims["vendors"].items():
        key = state_of(claims, value), False
        by_state.setdefault(key, Event(*key, [], [])).vendors.append(vendor)
    return [*by_state.values()] or [Event(state_of(claims, False), False, [], [])]


def reason_of(event: Event, claims: ReceiptClaims) -> str:
    """Return the reason for an outcome: the action, or that it was overridden."""
    return OVERRIDDEN if event.is_overridden else str(claims["action"])


def state_of(claims: ReceiptClaims, granted: bool) -> str:
    """Return the consent state that results from a choice."""
    if granted:
        return "dpv:ConsentGiven"
    return "dpv:ConsentWithdrawn" if claims["action"] == "withdraw" else "dpv:ConsentRefused"


def jurisdiction_of(country: str | None, subdivision: str | None) -> str:
    """Return the term for a place, or the generic one if it is unknown."""
    return f"loc:{Place(country, subdivision).code}" if country else "dpv:Jurisdiction"
