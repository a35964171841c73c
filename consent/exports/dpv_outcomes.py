"""Map a choice to consent states of the Data Privacy Vocabulary (DPV), from the signed claims alone."""

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
OVERRIDDEN = "asked for, and overridden by a signal or the visitor's age"


NO_LANGUAGE = "und"
"""What BCP 47 has for an undetermined language: nothing was shown."""


class ShownNotice(NamedTuple):
    """The config by which a receipt is read, and the language and text that were shown, if any."""

    config: str
    language: str
    text: str


def shown_of(claims: ReceiptClaims) -> ShownNotice:
    """Return what the visitor was shown; of a choice that came along nothing was, and the claims say what judged it."""
    facts: Any = claims
    if UNSHOWN & facts.keys():
        return ShownNotice(facts["judged_by"], NO_LANGUAGE, "")
    return ShownNotice(claims["config"], claims["language"], claims["text"])


class Event(NamedTuple):
    """Part of a choice that had one outcome: its state, and the groups and vendors by id that had it."""

    state: str
    is_overridden: bool
    groups: list[str]
    vendors: list[str]


def outcomes(claims: ReceiptClaims) -> list[Event]:
    """Return what the visitor gave, refused or withdrew: by groups, then by vendors chosen against their group."""
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
    """Return by what an outcome came: the action, or what stood against it."""
    return OVERRIDDEN if event.is_overridden else str(claims["action"])


def state_of(claims: ReceiptClaims, granted: bool) -> str:
    """Return the state of consent that a choice leaves."""
    if granted:
        return "dpv:ConsentGiven"
    return "dpv:ConsentWithdrawn" if claims["action"] == "withdraw" else "dpv:ConsentRefused"


def jurisdiction_of(country: str | None, subdivision: str | None) -> str:
    """Return the term of a place, or that of any where it is unknown."""
    return f"loc:{Place(country, subdivision).code}" if country else "dpv:Jurisdiction"
