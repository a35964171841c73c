"""Choices that visitors made with another consent tool: the tools, what a mapping covers, and which day a choice has.

What each tool stores was read in public files and, for tools on npm, written by the tool itself in Chromium:
docs/moving.md.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from consent.core.days import day_of
from consent.core.documents.config import Draft, PurposeKey, SiteFacts
from consent.core.documents.site_settings import OldChoices
from consent.core.groups import ESSENTIAL, OPTIONAL
from consent.core.purposes import key_entry
from consent.core.translatable import translatable

OLDEST = datetime.date(2018, 1, 1)
"""Earlier dates are invalid: the tools stored no such answers then."""
COOKIE, STORAGE, FILE = "cookie", "storage", "file"
"""Where a choice was read: in a browser's cookie or local storage, or in the former tool's log."""
ADVERTISING = "advertising"
VENDOR = "vendor:"
"""Prefix of a vendor's id, for a category of the old tool that is mapped to a vendor and not to a group."""


class OldTool(NamedTuple):
    """Another consent tool, and how its cookies store answers.

    `cookie` is the default name of its cookie, or the common prefix of several. `life` is the cookie's maximum lifetime
    in days if its value has no date, since the answer may be that old; it is None if the value has a date.
    """

    name: str
    cookie: str
    life: int | None
    categories: dict[str, str]


TOOLS: dict[str, OldTool] = {
    "onetrust": OldTool(
        "OneTrust",
        "OptanonConsent",
        None,
        {"C0002": "analytics", "C0003": "functional", "C0004": "advertising", "C0005": "advertising"},
    ),
    "cookiebot": OldTool(
        "Cookiebot",
        "CookieConsent",
        None,
        {"preferences": "functional", "statistics": "analytics", "marketing": "advertising"},
    ),
    "cookieyes": OldTool(
        "CookieYes",
        "cookieyes-consent",
        365,
        {
            "functional": "functional",
            "analytics": "analytics",
            "performance": "analytics",
            "advertisement": "advertising",
            "other": "advertising",
        },
    ),
    "didomi": OldTool("Didomi", "didomi_token", None, {}),
    "tcf": OldTool(
        translatable("a tool of the IAB TCF"),
        "euconsent-v2",
        None,
        {"functional": "functional", "analytics": "analytics", "advertising": "advertising"},
    ),
    "klaro": OldTool("klaro", "klaro", 120, {}),
    "vanilla-cookieconsent": OldTool(
        "vanilla-cookieconsent",
        "cc_cookie",
        182,
        {
            "functionality": "functional",
            "analytics": "analytics",
            "ads": "advertising",
        },
    ),
    "complianz": OldTool(
        "Complianz",
        "cmplz_",
        365,
        {"preferences": "functional", "statistics": "analytics", "marketing": "advertising"},
    ),
    "iubenda": OldTool(
        "iubenda",
        "_iub_cs-",
        None,
        {"2": "functional", "3": "functional", "4": "analytics", "5": "advertising"},
    ),
    "orejime": OldTool("orejime", "eu-consent", 365, {}),
    "tarteaucitron": OldTool("tarteaucitron", "tarteaucitron", 365, {}),
}
"""Tools by id, which is stored in receipts forever. The categories are the tool's defaults, if it has any."""


RUNNING = {
    **{tool: facts.name for tool, facts in TOOLS.items() if tool != "tcf"},
    "usercentrics": "Usercentrics",
    "osano": "Osano",
}
"""The tools that a page can detect while they run, by id: banner/parts/old_tool.js. The names are the catalog's."""


class UndatedGrantError(ValueError):
    """A grant with neither a date nor a known maximum age."""


def max_age_days(mapping: OldChoices) -> int | None:
    """Return how many days old an undated answer can be, None if the tool's values have a date."""
    default = TOOLS[mapping["tool"]].life
    return mapping.get("life", default) if default else None


def answer_day(mapping: OldChoices, stated: datetime.date | None, today: int, *, grants: bool) -> int:
    """Return the day (since 1970-01-01) from which an old answer counts; `stated` is the date it has, if any.

    A refusal counts from `today`, so that nobody is asked again too soon. A grant gets no extra time: without a date it
    is as old as the tool's cookie can be. Raises UndatedGrantError.
    """
    if not grants:
        return today
    if stated is not None:
        return min(today, day_of(stated))
    life = max_age_days(mapping)
    if life is None:
        raise UndatedGrantError
    return today - life


def mapped_key(document: SiteFacts, mapping: OldChoices, group: str) -> PurposeKey:
    """Return what an old grant for `group` covers: the vendors that the old banner named, according to the mapping."""
    named = _named_vendors(mapping)
    return key_entry([tag for tag in document["tags"] if tag["vendor"] in named], document["cookies"], group)


def _named_vendors(mapping: OldChoices) -> frozenset[str]:
    return mapped_vendors(mapping) | set(mapping["vendors"])


def mapped_groups(mapping: OldChoices) -> frozenset[str]:
    """Return the groups that categories of the old tool are mapped to."""
    return frozenset(one for one in mapping["categories"].values() if not one.startswith(VENDOR))


def mapped_vendors(mapping: OldChoices) -> frozenset[str]:
    """Return the vendors that categories of the old tool are mapped to directly."""
    return frozenset(one.removeprefix(VENDOR) for one in mapping["categories"].values() if one.startswith(VENDOR))


def uncovered_tags(draft: Draft, targets: Collection[str], named: Collection[str]) -> list[str]:
    """Return the names of tags that need consent and that no grant of the former tool covers.

    `targets` are those of its categories, and `named` the vendors that its banner named.
    """
    return [
        tag["name"]
        for tag in draft["tags"]
        if tag["enabled"]
        and tag["group"] != ESSENTIAL
        and VENDOR + tag["vendor"] not in targets
        and (tag["group"] not in targets or tag["vendor"] not in named)
    ]


def vendor_groups(document: SiteFacts, vendors: Iterable[str]) -> dict[str, list[str]]:
    """Return the optional groups of each vendor's tags: a refusal of one of them overrides a grant for the vendor."""
    return {
        vendor: sorted({tag["group"] for tag in document["tags"] if tag["vendor"] == vendor} & set(OPTIONAL))
        for vendor in sorted(vendors)
    }


def contradicted(
    mapping: OldChoices, groups: Mapping[str, bool], vendors: Mapping[str, bool], groups_of: Mapping[str, Iterable[str]]
) -> list[str]:
    """Return the granted vendors that have a tag in a refused group; `groups_of` is from `vendor_groups`.

    With Didomi, a vendor also needs its purposes: each of its groups that the mapping names must be granted.
    """
    missing = {group for group, answer in groups.items() if not answer}
    if mapping["tool"] == "didomi":
        missing |= mapped_groups(mapping) - {group for group, answer in groups.items() if answer}
    return [one for one, answer in vendors.items() if answer and not missing.isdisjoint(groups_of.get(one, ()))]


def sold_targets(document: SiteFacts, mapping: OldChoices) -> list[str]:
    """Return the targets of a mapping that an opt-out of sale or sharing concerns, besides advertising."""
    sold = [tag for tag in document["tags"] if tag["sale_or_share"] or tag["group"] == ADVERTISING]
    targets = {VENDOR + tag["vendor"] for tag in sold if tag["vendor"] in mapped_vendors(mapping)}
    targets |= {tag["group"] for tag in sold if tag["vendor"] in _named_vendors(mapping)}
    return sorted(targets - {ADVERTISING, ESSENTIAL})


def is_over(mapping: OldChoices, today: datetime.date) -> bool:
    """Return whether the last day of a mapping has passed."""
    return bool(mapping.get("until")) and str(mapping.get("until")) < today.isoformat()


def unknown_targets(mapping: OldChoices, vendors: Iterable[str]) -> list[str]:
    """Return the vendors in a mapping that aren't among the site's `vendors`."""
    return sorted(_named_vendors(mapping) - set(vendors))
