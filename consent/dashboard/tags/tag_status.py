"""Status of each of a site's tags: live, changed in the draft, off or blocked, and why."""

import datetime
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from flask_babel import gettext

from consent.core.documents.config import Config, Draft
from consent.core.documents.site_settings import Overrides
from consent.core.documents.tags import Tag
from consent.core.documents.vendors import SiteVendor
from consent.core.groups import ESSENTIAL, GROUPS
from consent.core.resolve import trigger_of
from consent.dashboard.frame.labels import trigger_words
from consent.dashboard.frame.locale import Labels
from consent.dashboard.tags.page_code import MISSING, code_state
from consent.publishing.publish import thaw
from consent.sites.draft import group_reason

STATES = Labels({"live": "Live", "code": "Needs your code", "draft": "Draft change", "off": "Off", "held": "Blocked"})
"""The states of a tag, in words."""
MAX_IDS = 2
"""How many of a tag's ids its row shows."""


@dataclass(frozen=True, slots=True)
class TagRow:
    """A row in the list of tags; `state` is one of STATES, `why` a few words about it.

    `is_waiting` if its code isn't approved. `code` is the state of its code in the page. `account` distinguishes it
    from other tags of its vendor: its parameters' ids, else its own id if another tag has the same name. `trigger` is
    what it waits for in the page, in words.
    """

    tag: Tag
    vendor: SiteVendor
    cookies: int
    group_reason: str
    state: str
    why: str
    is_waiting: bool = False
    code: str = ""
    account: str = ""
    trigger: str = ""


def tag_rows(
    draft: Draft,
    live: Config | None,
    today: datetime.date,
    seen: Collection[str] = frozenset(),
    barred: Collection[str] = frozenset(),
) -> list[TagRow]:
    """Return the tags of `draft` in loading order, each with its state compared with the `live` config.

    `seen` are the vendors whose snippets were seen in the page, `barred` the ids of tags with unapproved code.
    """
    published = {tag["id"]: tag for tag in thaw(live, draft)["tags"]} if live else {}
    vendors = {vendor["id"]: vendor for vendor in draft["vendors"]}
    owner = (live or draft)["overrides"]
    names = Counter(tag["name"] for tag in draft["tags"])
    rows = []
    for tag in draft["tags"]:
        code = code_state(tag, seen)
        state, why = _state(tag, published.get(tag["id"]), owner, today)
        if state == "live" and code == MISSING:
            state, why = "code", gettext("no check, scan or visit has seen it on the page")
        if tag["id"] in barred:
            state, why = "draft", gettext("waits for an admin to approve its code")
        cookies = sum(cookie["vendor"] == tag["vendor"] for cookie in draft["cookies"])
        is_waiting = tag["id"] in barred
        reason = group_reason(draft, tag)
        account = _account(tag, names[tag["name"]])
        trigger = trigger_words(waited) if (waited := trigger_of(tag)) else ""
        rows.append(
            TagRow(tag, vendors[tag["vendor"]], cookies, reason, state, why, is_waiting, code, account, trigger)
        )
    return rows


def _account(tag: Tag, namesakes: int) -> str:
    ids = [value for value in tag["parameters"].values() if value]
    return ", ".join(ids[:MAX_IDS]) or (tag["id"] if namesakes > 1 else "")


def _state(tag: Tag, live: Tag | None, owner: Overrides, today: datetime.date) -> tuple[str, str]:
    if live is None:
        return "draft", gettext("not published yet") if tag["enabled"] else gettext("off, not published yet")
    if tag["enabled"] != live["enabled"]:
        return "draft", gettext("on at the next publish") if tag["enabled"] else gettext("off at the next publish")
    if tag != live:
        return "draft", gettext("changed since the last publish")
    if not tag["enabled"]:
        return "off", ""
    held = _block_reason(tag, owner, today)
    return ("held", held) if held else ("live", _limits(tag))


def _block_reason(tag: Tag, owner: Overrides, today: datetime.date) -> str:
    """Return why the tag is blocked for every visitor today, whatever they chose, or an empty string."""
    if tag["group"] not in GROUPS:
        return gettext("no group yet")
    if owner["kill_switch"] and tag["group"] != ESSENTIAL:
        return gettext("all tags are stopped")
    schedule, day = tag["schedule"], today.isoformat()
    if (schedule["from"] or "") > day:
        return gettext("starts %(day)s", day=schedule["from"])
    if (schedule["until"] or "9999") < day:
        return gettext("ended %(day)s", day=schedule["until"])
    return ""


def _limits(tag: Tag) -> str:
    """Return the limits that the owner set, in a few words."""
    limits = []
    if tag["pages"]["only"] or tag["pages"]["except"]:
        limits.append(gettext("some pages"))
    if tag["places"]["only"] or tag["places"]["except"]:
        limits.append(gettext("some places"))
    if tag.get("languages"):
        limits.append(gettext("some languages"))
    if tag.get("payment_note"):
        limits.append(gettext("payment pages too"))
    if tag["schedule"]["until"]:
        limits.append(gettext("until %(day)s", day=tag["schedule"]["until"]))
    if tag["limited"]:
        limits.append(gettext("limited where it may not run in full"))
    return ", ".join(limits)
