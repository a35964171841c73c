"""A decision as the API returns it."""

from typing import Literal, NotRequired, TypedDict

from consent.core.documents.gpp import GppAnswer
from consent.core.documents.script_payload import Payload
from consent.core.documents.tags import Trigger
from consent.core.documents.tcf import TcfAnswer
from consent.core.documents.visit import SignalFacts, VisitFacts

Mode = Literal["full", "limited", "held"]
"""How a tag may run."""


class GroupAnswer(TypedDict):
    """A decision's answer for a group; `essential` has no rule."""

    granted: bool
    reason: str
    rule: NotRequired[str]


class TagAnswer(TypedDict):
    """A decision's answer for a tag; `mode` is `full`, `limited` or `held`, `trigger` what it waits for on the page."""

    id: str
    vendor: str
    group: str
    mode: Mode
    reason: str
    rule: str
    trigger: NotRequired[Trigger]


class AccountFacts(TypedDict):
    """A decision's facts about the signed-in visitor's account: what applies here, and which messages may be shown."""

    state: str
    applies: str
    mode: str
    version: int
    signal: str | None
    lines: list[str]


class DecisionParts(TypedDict, total=False):
    """The parts that only some decisions have, such as the page's token, the script's data and the CSP sources."""

    account: AccountFacts
    token: str
    banner: Payload
    sources: list[str]
    gpp: GppAnswer
    tcf: TcfAnswer


class DecisionView(DecisionParts, VisitFacts):
    """A decision as the API returns it."""

    signals: SignalFacts
    show: str
    status: str | None
    links: list[str]
    expires: str | None
    groups: dict[str, GroupAnswer]
    tags: list[TagAnswer]
    allowed_tags: list[str]
    limited_tags: list[str]
