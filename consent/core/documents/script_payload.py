"""What a script comes with."""

from typing import NotRequired, TypedDict

from consent.core.documents.gpp import GppSection
from consent.core.documents.resolved import ChoiceFacts, PageResolved
from consent.core.documents.tags import Load, Trigger
from consent.core.documents.tcf import TcfPage
from consent.core.documents.theme import ReopenButton
from consent.core.documents.vendor_calls import FunctionCall
from consent.core.documents.vendors import VendorConsent
from consent.core.documents.visit import SignalFacts, VisitFacts


class PageLink(TypedDict):
    """A link that a place asks for: where it leads or what it does."""

    label: str
    url: NotRequired[str]
    action: NotRequired[str]
    group: NotRequired[str]
    icon: NotRequired[bool]


class PageTheme(TypedDict):
    """The look of a banner as a script takes it."""

    css: str
    position: str


class NamedCookie(TypedDict):
    """A cookie or storage item as a script takes it, to delete it with a refusal."""

    name: str
    pattern: bool
    kind: str
    group: str
    vendor: str | None
    domain: str | None


class VendorOptOut(TypedDict):
    """Where a visitor opts out of a vendor whose cookies no page of the site can delete."""

    url: str
    text: str


class VendorActsParts(TypedDict, total=False):
    """What a script takes of some vendors alone."""

    consent: VendorConsent
    opt_out: VendorOptOut
    policy: str


class VendorActs(VendorActsParts):
    """A vendor as a script takes it."""

    name: str
    revoke: list[FunctionCall]
    hosts: list[str]


class ActsOptions(TypedDict, total=False):
    """What the part `acts` works with on some sites alone."""

    back: ReopenButton


class Acts(ActsOptions):
    """What the part `acts` of a script works with."""

    tags: dict[str, Load]
    vendors: dict[str, VendorActs]
    cookies: list[NamedCookie]
    texts: dict[str, str]
    run: list[str]


class AheadAnswer(TypedDict):
    """A decision made ahead: mode and reason of each group and tag."""

    show: str
    status: str | None
    expires: str | None
    answers: list[str]


class Ahead(TypedDict):
    """What the service decided ahead, for a visitor without a choice and after each answer of the first layer."""

    rule: str
    links: list[str]
    named: list[str]
    pages: list[str]
    ask: AheadAnswer
    accept_all: AheadAnswer
    reject_all: AheadAnswer


class EarlyFacts(TypedDict):
    """What the parts of a script work with that come before all others."""

    guarded: NotRequired[list[tuple[str, str | None, list[str]]]]
    foreign: NotRequired[bool | dict[str, str]]


class OldFacts(TypedDict):
    """What a page reads the choice of another tool with; `mapping` is the hash of the mapping that a user confirmed."""

    mapping: str
    tool: str
    cookie: str
    categories: dict[str, str]
    delete: bool
    revision: int
    life: int | None
    keys: dict[str, str]
    months: int


class RunningTool(TypedDict):
    """The former consent tool that may still run on the site; `taken` where a mapping takes its answers over."""

    tool: str
    taken: bool


class DrawnVariantParts(TypedDict, total=False):
    """What a variant shows otherwise than the rest of the payload says."""

    look: PageTheme
    words: list[list[str]]
    texts: dict[str, str]


class DrawnVariant(DrawnVariantParts):
    """A variant that a page may draw: its share among others, and the token of what it then shows."""

    id: str
    weight: int
    token: str


class PageOptions(TypedDict, total=False):
    """What a script's core needs on some sites, places and languages alone."""

    draw: list[DrawnVariant]

    handle: bool
    scope: str
    linked: dict[str, list[list[str]]]
    direction: str
    sends: list[str]
    sightings: int
    watch: dict[str, list[str]]
    triggers: dict[str, Trigger]
    region: str
    asked: list[str]
    gpp: list[GppSection]
    tcf: TcfPage
    accounts: bool
    old: OldFacts
    old_tool: RunningTool
    apps: bool
    headless: bool


class PageFacts(PageOptions, EarlyFacts):
    """What a script's core needs beside the decision."""

    links: list[PageLink]
    policy: str | None
    eager: str
    look: PageTheme
    words: list[list[str]]
    texts: dict[str, str]
    others: str


class PayloadParts(TypedDict, total=False):
    """What a script comes with in some cases; `later` and `screens` are addresses of code that is loaded when needed."""

    ahead: Ahead
    acts: Acts
    later: str
    screens: str
    handover: list[str]


class Payload(PayloadParts, PageFacts):
    """What a script comes with; `resolved` is whole where the part `acts` has come."""

    signals: SignalFacts
    visit: VisitFacts
    token: str
    resolved: PageResolved | ChoiceFacts
