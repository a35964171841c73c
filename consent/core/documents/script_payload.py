"""The payload of the banner script."""

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
    """A link that a place requires: its address or its action."""

    label: str
    url: NotRequired[str]
    action: NotRequired[str]
    group: NotRequired[str]
    icon: NotRequired[bool]


class PageTheme(TypedDict):
    """The theme of a banner as sent to the script."""

    css: str
    position: str


class NamedCookie(TypedDict):
    """A cookie or storage item as sent to the script, which deletes it after a refusal."""

    name: str
    pattern: bool
    kind: str
    group: str
    vendor: str | None
    domain: str | None


class VendorOptOut(TypedDict):
    """The opt-out page of a vendor whose cookies no page of the site can delete."""

    url: str
    text: str


class VendorActsParts(TypedDict, total=False):
    """The fields that only some vendors have in a script."""

    consent: VendorConsent
    opt_out: VendorOptOut
    policy: str


class VendorActs(VendorActsParts):
    """A vendor as sent to the script."""

    name: str
    revoke: list[FunctionCall]
    hosts: list[str]


class ActsOptions(TypedDict, total=False):
    """The data that the script part `acts` uses only on some sites."""

    back: ReopenButton


class Acts(ActsOptions):
    """The data that the script part `acts` uses."""

    tags: dict[str, Load]
    vendors: dict[str, VendorActs]
    cookies: list[NamedCookie]
    texts: dict[str, str]
    run: list[str]


class AheadAnswer(TypedDict):
    """A decision made in advance: mode and reason of each group and tag."""

    show: str
    status: str | None
    expires: str | None
    answers: list[str]


class Ahead(TypedDict):
    """The decisions made in advance: for a visitor without a choice, and after each answer on the first layer."""

    rule: str
    links: list[str]
    named: list[str]
    pages: list[str]
    ask: AheadAnswer
    accept_all: AheadAnswer
    reject_all: AheadAnswer


class EarlyFacts(TypedDict):
    """The data for the parts of a script that run before all others."""

    guarded: NotRequired[list[tuple[str, str | None, list[str]]]]
    foreign: NotRequired[bool | dict[str, str]]


class OldFacts(TypedDict):
    """How a page reads a choice made with another tool, by the mapping with the hash `mapping`; `sold` are targets."""

    mapping: str
    tool: str
    cookie: str
    categories: dict[str, str]
    delete: bool
    revision: int
    life: int | None
    keys: dict[str, str]
    months: int
    vendor_groups: dict[str, list[str]]
    sold: list[str]


class RunningTool(TypedDict):
    """The former consent tool that may still run on the site; `taken` is whether a mapping carries over its answers."""

    tool: str
    taken: bool


class DrawnVariantParts(TypedDict, total=False):
    """The parts of the payload that a variant replaces."""

    look: PageTheme
    words: list[list[str]]
    texts: dict[str, str]


class DrawnVariant(DrawnVariantParts):
    """A variant that a page may draw: its weight among the others, and the token for what it shows."""

    id: str
    weight: int
    token: str


class PageOptions(TypedDict, total=False):
    """The data that a script's core needs only on some sites, in some places or in some languages."""

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
    """The data that a script's core needs besides the decision."""

    links: list[PageLink]
    policy: str | None
    eager: str
    look: PageTheme
    words: list[list[str]]
    texts: dict[str, str]
    others: str


class PayloadParts(TypedDict, total=False):
    """The parts that only some payloads have; `later` and `screens` are addresses of code loaded on demand."""

    ahead: Ahead
    acts: Acts
    later: str
    screens: str
    handover: list[str]


class Payload(PayloadParts, PageFacts):
    """The payload of the banner script; `resolved` is complete if the part `acts` is included."""

    signals: SignalFacts
    visit: VisitFacts
    token: str
    resolved: PageResolved | ChoiceFacts
