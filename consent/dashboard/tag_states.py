"""How each tag of a site stands: live, changed in the draft, off or held, and why."""

import datetime
from dataclasses import dataclass
from typing import Any

from consent.core.groups import ESSENTIAL, GROUPS
from consent.snapshots.custom import is_approved, is_custom
from consent.snapshots.draft import Draft, group_reason
from consent.snapshots.publish import thaw

Tag = dict[str, Any]
STATES = {"live": "Live", "draft": "Draft change", "off": "Off", "held": "Held"}
"""How a tag can stand, in words."""


@dataclass(frozen=True, slots=True)
class TagRow:
    """One line of the list of tags; `state` is one of STATES, `why` a few words about it.

    One that `is_waiting` has code that no admin has approved.
    """

    tag: Tag
    vendor: dict[str, Any]
    cookies: int
    group_reason: str
    state: str
    why: str
    is_waiting: bool = False


def tag_rows(draft: Draft, live: dict[str, Any] | None, today: datetime.date) -> list[TagRow]:
    """Return the tags of `draft` in the order in which they are loaded, each with its state against the `live` config."""
    published = {tag["id"]: tag for tag in thaw(live, draft)["tags"]} if live else {}
    vendors = {vendor["id"]: vendor for vendor in draft["vendors"]}
    owner = (live or draft)["overrides"]
    rows = []
    for tag in draft["tags"]:
        state, why = _state(tag, published.get(tag["id"]), owner, today)
        cookies = sum(cookie["vendor"] == tag["vendor"] for cookie in draft["cookies"])
        is_waiting = is_custom(tag) and not is_approved(tag)
        reason = group_reason(draft, tag)
        rows.append(TagRow(tag, vendors[tag["vendor"]], cookies, reason, state, why, is_waiting))
    return rows


def _state(tag: Tag, live: Tag | None, owner: dict[str, Any], today: datetime.date) -> tuple[str, str]:
    if is_custom(tag) and not is_approved(tag):
        return "draft", "waits for an admin to approve its code"
    if live is None:
        return "draft", "not published yet"
    if tag["enabled"] != live["enabled"]:
        return "draft", "on at the next publish" if tag["enabled"] else "off at the next publish"
    if tag != live:
        return "draft", "changed since the last publish"
    if not tag["enabled"]:
        return "off", ""
    held = _held(tag, owner, today)
    return ("held", held) if held else ("live", _limits(tag))


def _held(tag: Tag, owner: dict[str, Any], today: datetime.date) -> str:
    """Return why nobody gets the tag today, whatever they chose, or an empty string."""
    if tag["group"] not in GROUPS:
        return "no group yet"
    if owner["kill_switch"] and tag["group"] != ESSENTIAL:
        return "all tags are stopped"
    schedule, day = tag["schedule"], today.isoformat()
    if (schedule["from"] or "") > day:
        return f"starts {schedule['from']}"
    if (schedule["until"] or "9999") < day:
        return f"ended {schedule['until']}"
    return ""


def _limits(tag: Tag) -> str:
    """Return which limits the owner set, in a few words."""
    found = []
    if tag["pages"]["only"] or tag["pages"]["except"]:
        found.append("some pages")
    if tag["places"]["only"] or tag["places"]["except"]:
        found.append("some places")
    if tag.get("languages"):
        found.append("some languages")
    if tag.get("payment_note"):
        found.append("payment pages too")
    if tag["schedule"]["until"]:
        found.append(f"until {tag['schedule']['until']}")
    if tag["limited"]:
        found.append("limited where it may not run in full")
    return ", ".join(found)
