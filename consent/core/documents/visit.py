"""What is known of a visit: place, signals, config."""

from typing import NotRequired, TypedDict


class PlaceFacts(TypedDict):
    """A place by ISO 3166 codes, and where it is known from."""

    country: str | None
    subdivision: str | None
    source: str


class SignalFacts(TypedDict):
    """The signals of a browser, an age band, and for a decision alone the age in whole years where the site told it."""

    gpc: bool
    dnt: bool
    age_band: str
    age: NotRequired[int]


class VisitFacts(TypedDict):
    """What a decision and a script say of a visit."""

    site: str
    config: str
    version: int
    place: PlaceFacts
    regime: str
    rules_version: str
    language: str
    variant: str
