"""A decision as the API answers it."""

from typing import Literal, NotRequired, TypedDict

from consent.core.documents.gpp import GppAnswer
from consent.core.documents.script_payload import Payload
from consent.core.documents.tags import Trigger
from consent.core.documents.tcf import TcfAnswer
from consent.core.documents.visit import SignalFacts, VisitFacts

Mode = Literal["full", "limited", "held"]
"""How a tag may run."""


class GroupAnswer(TypedDict):
    """What a decision says of a group; `essential` has no rule."""

    granted: bool
    reason: str
    rule: NotRequired[str]


class TagAnswer(TypedDict):
    """What a decision says of a tag; `mode` is `full`, `limited` or `held`, `trigger` what it waits for in the page."""

    id: str
    vendor: str
    group: str
    mode: Mode
    reason: str
    rule: str
    trigger: NotRequired[Trigger]


class AccountFacts(TypedDict):
    """What a decision says of the account of who is signed in: what applies here, and what the visitor may be told."""

    state: str
    applies: str
    mode: str
    version: int
    signal: str | None
    lines: list[str]


class DecisionParts(TypedDict, total=False):
    """What a decision is answered with in some cases: the token of a page, what its script needs, sources of a CSP."""

    account: AccountFacts
    token: str
    banner: Payload
    sources: list[str]
    gpp: GppAnswer
    tcf: TcfAnswer


class DecisionView(DecisionParts, VisitFacts):
    """A decision as the API answers it."""

    signals: SignalFacts
    show: str
    status: str | None
    links: list[str]
    expires: str | None
    groups: dict[str, GroupAnswer]
    tags: list[TagAnswer]
    allowed_tags: list[str]
    limited_tags: list[str]
