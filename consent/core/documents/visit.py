"""The known facts of a visit: place, signals, config."""

from typing import NotRequired, TypedDict


class PlaceFacts(TypedDict):
    """A place by ISO 3166 codes, and how it was determined."""

    country: str | None
    subdivision: str | None
    source: str


class SignalFacts(TypedDict):
    """The browser's signals, the age band, and, for a decision only, the age in whole years if the site sent it."""

    gpc: bool
    dnt: bool
    age_band: str
    age: NotRequired[int]


class VisitFacts(TypedDict):
    """The facts of a visit in a decision and in a script."""

    site: str
    config: str
    version: int
    place: PlaceFacts
    regime: str
    rules_version: str
    language: str
    variant: str
