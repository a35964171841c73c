"""What came of a choice, in terms of the Data Privacy Vocabulary: made of the signed claims alone."""

from typing import NamedTuple

from consent.core.groups import OPTIONAL
from consent.core.rules import Place
from consent.exports.parties import Node

METHODS = {
    "click": "a button or switch of the banner",
    "gpc": "the browser's signal Global Privacy Control",
    "dnt": "the browser's signal Do Not Track",
    "age": "the visitor's age, as the site stated it",
    "api": "the site's own form, by the API",
    "import": "a record of an earlier system",
}
OVERRIDDEN = "asked for, and overridden by a signal or the visitor's age"


class Event(NamedTuple):
    """Part of a choice that had one outcome: its state, and the groups and vendors by id that had it."""

    state: str
    is_overridden: bool
    groups: list[str]
    vendors: list[str]


def outcomes(claims: Node) -> list[Event]:
    """Return what the visitor gave, refused or withdrew: by groups, then by vendors chosen against their group."""
    found: dict[tuple[str, bool], Event] = {}
    for group in OPTIONAL:
        value = claims["effective"].get(group)
        if value is not None:
            key = state_of(claims, value), bool(claims["requested"].get(group)) and not value
            found.setdefault(key, Event(*key, [], [])).groups.append(group)
    for vendor, value in claims["vendors"].items():
        key = state_of(claims, value), False
        found.setdefault(key, Event(*key, [], [])).vendors.append(vendor)
    return [*found.values()] or [Event(state_of(claims, False), False, [], [])]


def reason_of(event: Event, claims: Node) -> str:
    """Return by what an outcome came: the action, or what stood against it."""
    return OVERRIDDEN if event.is_overridden else str(claims["action"])


def state_of(claims: Node, granted: bool) -> str:
    """Return the state of consent that a choice leaves."""
    if granted:
        return "dpv:ConsentGiven"
    return "dpv:ConsentWithdrawn" if claims["action"] == "withdraw" else "dpv:ConsentRefused"


def jurisdiction_of(country: str | None, subdivision: str | None) -> str:
    """Return the term of a place, or that of any where it is unknown."""
    return f"loc:{Place(country, subdivision).code}" if country else "dpv:Jurisdiction"
