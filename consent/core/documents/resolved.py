"""A config under one rule on one day, and the parts of it sent to pages."""

from typing import NotRequired, TypedDict

from consent.core.documents.tags import ExceptField, Trigger
from consent.core.documents.tcf import TcfOffer, TcfTag


class ResolvedGroup(TypedDict):
    """A group under a rule: its rank, and the first 8 hex digits of its purpose keys, newest first."""

    level: int
    keys: list[str]


class ResolvedTag(ExceptField):
    """A tag under the rule of a place and day; `level` is a rank of `consent.core.groups`."""

    id: str
    vendor: str
    group: str
    level: int
    flagged: bool
    third: bool
    exempt: bool
    relaxed: NotRequired[bool]
    hold: str | None
    only: list[str]
    bound: NotRequired[bool]
    covered: list[str]
    limited: str | None
    tcf: NotRequired[TcfTag]
    trigger: NotRequired[Trigger]


class UntaggedGroups(ExceptField):
    """Groups that visitors are asked about without a tag; those `marked` are needed only where a page has such marks."""

    groups: list[str]
    marked: NotRequired[list[str]]


class ResolvedFacts(TypedDict):
    """The facts about a config under a rule that pages and the service share (see `consent.core.resolve`)."""

    rule: str
    regime: str
    letters: str
    letters_by_age: dict[str, str]
    under: dict[str, str]
    life: int
    keep: int
    scope: str
    gpc: bool
    dnt: bool
    quiet: bool
    status: bool
    links: list[str]
    sensitive: bool | list[str]
    barred: str
    minors: dict[str, list[int]]
    child: bool
    ask_new: bool
    groups: dict[str, ResolvedGroup]
    tags: list[ResolvedTag]
    asks: NotRequired[UntaggedGroups]
    tcf: NotRequired[TcfOffer]


class Resolved(ResolvedFacts):
    """A config under one rule on one day, in days since 1970-01-01."""

    place: str
    day: int


class PageResolved(ResolvedFacts):
    """A resolved config as sent to a page; `keys` are the purpose keys that a choice is written under."""

    keys: NotRequired[dict[str, str]]


class ChoiceFacts(TypedDict):
    """The part of a resolved config that a script needs to write a choice."""

    regime: str
    letters: str
    gpc: bool
    dnt: bool
    keys: dict[str, str]
