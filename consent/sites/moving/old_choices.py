"""Choices that visitors made with another consent tool: the tools, what a mapping covers, and of which day they are.

What each tool keeps was read in public files and, where npm has the tool, written by it in Chromium: docs/moving.md.
"""

import datetime
from collections.abc import Iterable
from typing import NamedTuple

from consent.core.days import day_of
from consent.core.documents.config import PurposeKey, SiteFacts
from consent.core.documents.site_settings import OldChoices
from consent.core.purposes import key_entry
from consent.core.translatable import translatable

OLDEST = datetime.date(2018, 1, 1)
"""A time before this is none: the tools kept no such answers then."""
COOKIE, STORAGE, FILE = "cookie", "storage", "file"
"""Where a choice was read: in a cookie or the local storage of a browser, or in the former tool's log."""
VENDOR = "vendor:"
"""Before the id of a vendor, where a category of the old tool is mapped to one and not to a group."""


class OldTool(NamedTuple):
    """Another consent tool, as its cookies tell of answers.

    `cookie` is the default name of its cookie, or how the names of several begin. `life` is how many days the cookie lives
    at most where its value has no day: the answer may be that old. It is None where the value has one.
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
"""By id, which stands in receipts for ever. The categories are the tool's defaults, where it has any."""


RUNNING = {
    **{tool: facts.name for tool, facts in TOOLS.items() if tool != "tcf"},
    "usercentrics": "Usercentrics",
    "osano": "Osano",
}
"""The tools that a page can tell to be running, by id: banner/parts/old_tool.js. The names are those of the catalogue."""


class UndatedGrantError(ValueError):
    """A grant of which neither a day nor how old it can be is known."""


def life_of(mapping: OldChoices) -> int | None:
    """Return how many days old an answer without a day can be; None where the tool's values have one."""
    default = TOOLS[mapping["tool"]].life
    return mapping.get("life", default) if default else None


def answer_day(mapping: OldChoices, stated: datetime.date | None, today: int, *, grants: bool) -> int:
    """Return the day, since 1970-01-01, that an old answer of the day `stated`, if any, counts from.

    A refusal counts from `today`, so that nobody is asked again too soon. A grant is lent no time: without a day it is as
    old as the tool's cookie can be. Raises UndatedGrantError.
    """
    if not grants:
        return today
    if stated is not None:
        return min(today, day_of(stated))
    life = life_of(mapping)
    if life is None:
        raise UndatedGrantError
    return today - life


def mapped_key(document: SiteFacts, mapping: OldChoices, group: str) -> PurposeKey:
    """Return what an old grant for `group` covers: the vendors that the old banner named, as the mapping says."""
    named = set(mapping["vendors"]) | {one.removeprefix(VENDOR) for one in mapping["categories"].values()}
    return key_entry([tag for tag in document["tags"] if tag["vendor"] in named], document["cookies"], group)


def mapped_groups(mapping: OldChoices) -> frozenset[str]:
    """Return the groups that a category of the old tool stands for."""
    return frozenset(one for one in mapping["categories"].values() if not one.startswith(VENDOR))


def mapped_vendors(mapping: OldChoices) -> frozenset[str]:
    """Return the vendors that a category of the old tool stands for by itself."""
    return frozenset(one.removeprefix(VENDOR) for one in mapping["categories"].values() if one.startswith(VENDOR))


def is_over(mapping: OldChoices, today: datetime.date) -> bool:
    """Return whether the last day of a mapping has passed."""
    return bool(mapping.get("until")) and str(mapping.get("until")) < today.isoformat()


def unknown_targets(mapping: OldChoices, vendors: Iterable[str]) -> list[str]:
    """Return the vendors that a mapping names and that are none of the site's `vendors`."""
    return sorted((mapped_vendors(mapping) | set(mapping["vendors"])) - set(vendors))
