"""A visitor's choice on a site with TCF: the second cookie, what short answers mean, and the ids that result.

The cookie is `t1.<day>.<key>.<screen>.<language>.<purposes>.<interests>.<features>.<vendors>.<vendor
interests>.<google>`, with sets as in `consent.core.tcf.id_sets`; `interests` are those not objected to. It counts only
alongside the consent cookie. banner/vendors/tcf_choice.js is its twin.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from consent.core.documents.decision import GroupAnswer
from consent.core.documents.tcf import TcfOffer, TcfTag
from consent.core.groups import OPTIONAL
from consent.core.tcf.id_sets import ALL, IdSetError, format_ids, parse_ids, read_ids
from consent.core.tcf.tc_string import Ids

MAX_LENGTH = 3_800
"""Maximum length of the cookie: browsers accept 4,096 bytes including name and attributes."""
SETS = ("purposes", "interests", "features", "vendors", "vendor_interests", "google")
"""The sets of a choice, in the order of the cookie."""
BLOCKING = frozenset({"gpc", "dnt", "minor", "sensitive", "kill_switch"})
"""Reasons that revoke what a visitor granted in a group."""
_FORM = re.compile(r"t1\.(\d{1,6})\.([0-9a-f]{8})\.([0-2])\.([a-z]{2})" + r"\.([A-Za-z0-9*~_-]*)" * len(SETS), re.ASCII)
_GROUPS = {2: 2, 3: 2, 4: 2, 7: 2, 8: 1, 9: 1, 5: 0, 6: 0, 10: 0, 11: 0}
"""The group of each purpose as an index into `OPTIONAL`; unknown ones count as advertising, and 1 has no group."""
_OFFERED = ("purposes", "interests", "features", "consent", "interest", "google")
"""The field of `TcfOffer` for each of `SETS`."""


@dataclass(frozen=True, slots=True)
class TcfChoice:
    """A visitor's choice on `day` (since 1970-01-01) from what the config with `key` offered; sets are texts.

    `screen` is 1 for the first layer, 2 for the second, 0 for none; `language` is that of the list's texts.
    """

    day: int
    key: str
    screen: int
    language: str
    purposes: str = ""
    interests: str = ""
    features: str = ""
    vendors: str = ""
    vendor_interests: str = ""
    google: str = ""

    @property
    def grants(self) -> bool:
        """Return whether anything is granted, or left to a legitimate interest."""
        return any(getattr(self, name) for name in SETS)


@dataclass(frozen=True, slots=True)
class Granted:
    """The ids that result from a choice."""

    purposes: Ids = frozenset()
    interests: Ids = frozenset()
    features: Ids = frozenset()
    vendors: Ids = frozenset()
    vendor_interests: Ids = frozenset()
    google: Ids = frozenset()


def parse_tcf(text: str | None) -> TcfChoice | None:
    """Return the choice in the cookie value `text`, or None if it doesn't match the format exactly."""
    match = _FORM.fullmatch(text) if text and len(text) <= MAX_LENGTH else None
    if not match:
        return None
    day, key, screen, language, *sets = match.groups()
    if not all(map(is_set, sets)):
        return None
    return TcfChoice(int(day), key, int(screen), language, *sets)


def is_set(text: str) -> bool:
    """Return whether `text` is a set of ids, or stands for all of them."""
    if text == ALL:
        return True
    try:
        read_ids(text)
    except IdSetError:
        return False
    return True


def format_tcf(choice: TcfChoice) -> str | None:
    """Return the cookie value of `choice`, None if it would be too long for a cookie."""
    head = f"t1.{choice.day}.{choice.key}.{choice.screen}.{choice.language}"
    text = ".".join([head, *(getattr(choice, name) for name in SETS)])
    return text if len(text) <= MAX_LENGTH else None


def derived(
    offer: TcfOffer, action: str, groups: Mapping[str, bool | None], *, day: int, screen: int, language: str
) -> TcfChoice:
    """Return the choice that an answer by groups stands for; only accept-all includes special features."""
    choice = TcfChoice(day, offer["key"], screen, language)
    every = {name: ALL if _offered(offer, name) else "" for name in SETS}
    if action == "accept_all":
        return TcfChoice(day, offer["key"], screen, language, **every)
    granted = {group for group in OPTIONAL if groups.get(group)}
    if not granted:
        return choice
    purposes, interests = read_ids(offer["purposes"]), read_ids(offer["interests"])
    return replace(
        choice,
        purposes=format_ids(_in_groups(purposes, granted), purposes),
        interests=format_ids(_in_groups(interests, granted), interests),
        vendors=every["vendors"],
        vendor_interests=every["vendor_interests"],
        google=every["google"] if "advertising" in granted else "",
    )


def _in_groups(ids: Ids, groups: Collection[str]) -> Ids:
    return frozenset(one for one in ids if groups and (one == 1 or group_of(one) in groups))


def group_of(purpose: int) -> str:
    """Return the group of a purpose other than 1, which belongs to all groups."""
    return OPTIONAL[_GROUPS.get(purpose, 2)]


def _offered(offer: TcfOffer, name: str) -> str:
    facts: Mapping[str, object] = offer
    return str(facts.get(_OFFERED[SETS.index(name)], ""))


def granted_of(offer: TcfOffer, choice: TcfChoice) -> Granted:
    """Return the offered ids that `choice` includes."""
    found = (parse_ids(getattr(choice, name), read_ids(_offered(offer, name))) for name in SETS)
    return Granted(*found)


def masked(granted: Granted, groups: Mapping[str, GroupAnswer]) -> Granted:
    """Return what remains of `granted` where a signal, an age, a page or the kill switch revokes whole groups."""
    blocked = {group for group in OPTIONAL if groups[group]["reason"] in BLOCKING}
    if not blocked:
        return granted
    left = [group for group in OPTIONAL if group not in blocked]
    purposes, interests = _in_groups(granted.purposes, left), _in_groups(granted.interests, left)
    has_advertising = "advertising" in left
    return Granted(
        purposes=purposes,
        interests=interests,
        features=granted.features if has_advertising else frozenset(),
        vendors=granted.vendors if purposes else frozenset(),
        vendor_interests=granted.vendor_interests if interests else frozenset(),
        google=granted.google if has_advertising else frozenset(),
    )


def is_granted_to(tag: TcfTag, granted: Granted, *, is_sensitive: bool = False) -> bool:
    """Return whether the vendor of `tag` may run: each purpose on its legal basis, and the vendor on each it uses.

    On a sensitive page, legitimate interest doesn't count.
    """
    consent, interest = frozenset(tag["consent"]), frozenset(tag["interest"])
    if not consent <= granted.purposes or (consent and tag["vendor"] not in granted.vendors):
        return False
    if consent and not interest:
        return True
    return not is_sensitive and interest <= granted.interests and tag["vendor"] in granted.vendor_interests
