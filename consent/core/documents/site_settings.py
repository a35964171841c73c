"""A site's settings other than texts, tags and themes, and its controller."""

from typing import NotRequired, TypedDict

from consent.core.documents.gpp import GppSettings
from consent.core.documents.tcf import TcfSettings


class Controller(TypedDict):
    """The controller responsible for a site, as shown to its visitors."""

    name: str
    address: str
    contact: str
    policy_url: str
    policy_revision: str
    storage_location: str
    retention: str


class SiteRule(TypedDict):
    """A site's custom rule for a place, on a group or a purpose."""

    place: str
    level: str
    reason: str
    group: NotRequired[str]
    purpose: NotRequired[str]
    by: NotRequired[str]
    on: NotRequired[str | None]


class OneRule(TypedDict):
    """A country in which a site applies the strictest rule everywhere."""

    country: str
    reason: str
    by: NotRequired[str]
    on: NotRequired[str | None]


class Reason(TypedDict):
    """The reason for a setting: a sentence, the opaque id of its author, and the day."""

    reason: str
    by: NotRequired[str]
    on: NotRequired[str | None]


class OldChoices(TypedDict):
    """How a site carries over choices made with another tool, as confirmed by a user."""

    tool: str
    cookie: str
    categories: dict[str, str]
    vendors: list[str]
    delete: bool
    revision: NotRequired[int]
    life: NotRequired[int]
    until: NotRequired[str | None]


class Handover(TypedDict):
    """The keys of the sites that share choices with this one; `named` is whether its banner names their domains."""

    sites: list[str]
    named: NotRequired[bool]


class Headless(TypedDict):
    """The settings of a site whose pages draw the layers themselves; publish checks open `page`, an address of it."""

    page: str


class AccountGroup(TypedDict):
    """The realm of the sites that share accounts with this one; `named` is whether its banner names the others."""

    realm: str
    named: NotRequired[bool]


class Overrides(TypedDict):
    """A site's settings other than texts, tags and themes."""

    kill_switch: bool
    rest_of_world: str
    honour_dnt: bool
    ignore_gpc_where_silent: bool
    sensitive_paths: list[str]
    sensitive: bool
    addresses_children: bool
    ask_for_new_vendors: str
    cookie_scope: str
    decision_seconds: int
    public_log: bool
    one_choices_link: NotRequired[bool]
    sends: NotRequired[list[str]]
    unknown_hosts: NotRequired[str]
    allowed_hosts: NotRequired[list[str]]
    guard_cookies: NotRequired[bool]
    accounts: NotRequired[bool]
    account_group: NotRequired[AccountGroup]
    visitor_requests: NotRequired[bool]
    handover: NotRequired[Handover]
    apps: NotRequired[list[str]]
    headless: NotRequired[Headless]
    rules: NotRequired[list[SiteRule]]
    one_rule: NotRequired[list[OneRule]]
    reasons: NotRequired[dict[str, Reason]]
    foreign_marks: NotRequired[bool]
    asked_groups: NotRequired[list[str]]
    sightings: NotRequired[int]
    payment_paths: NotRequired[list[str]]
    time_zone: NotRequired[str]
    gpp: NotRequired[GppSettings]
    tcf: NotRequired[TcfSettings]
    link_addresses: NotRequired[dict[str, str]]
    sale_notices: NotRequired[dict[str, str]]
    old_choices: NotRequired[OldChoices]
    old_tool: NotRequired[str]
    mark_names: NotRequired[dict[str, str]]
