"""When a publish waits for a second person: always where it may do harm, and each time where the site wants it so."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from consent.core.groups import ESSENTIAL
from consent.snapshots.custom import code_hash, is_custom
from consent.snapshots.draft import Draft, DraftError
from consent.storage.base import Transaction
from consent.storage.publish_requests import is_always_wanted
from consent.storage.sites import FoundSite


class Look(NamedTuple):
    """Who looked at a draft beside the one who publishes it.

    `asked_by` is the opaque id of whoever asked for it; `is_alone` says that nobody else may publish the site; `is_known`
    that the same content was live before.
    """

    asked_by: str = ""
    is_alone: bool = False
    is_known: bool = False

    @property
    def told(self) -> dict[str, Any]:
        """Return what the log tells of it."""
        asked = {"asked_by": self.asked_by} if self.asked_by else {}
        return asked | ({"alone": True} if self.is_alone else {})


UNSEEN = Look()


def risks(draft: Draft, live: dict[str, Any] | None) -> list[str]:
    """Return in words what of a publish may do harm: code of the site's own, what becomes essential, a new host."""
    before = live or {"tags": [], "hosts": draft["hosts"]}
    return [*_codes(draft, before), *(_essentials(draft, before) if live else ()), *_hosts(draft, before)]


def reasons_to_wait(transaction: Transaction, site: FoundSite, draft: Draft, live: dict[str, Any] | None) -> list[str]:
    """Return in words why a publish of `draft` waits for a second person; an empty list where it does not."""
    always = ["this site wants it for each publish"] if is_always_wanted(transaction, site.id) else []
    return [*risks(draft, live), *always]


def check_look(look: Look, by: str, reasons: list[str]) -> None:
    """Raise DraftError where a publish by the person `by` waits for somebody who has not looked."""
    is_seconded = look.asked_by not in ("", by)
    if not reasons or look.is_known or is_seconded or look.is_alone:
        return
    raise DraftError({"second_person": sentence(reasons)})


def sentence(reasons: list[str]) -> str:
    """Return why a publish waits."""
    return f"A second person looks at this before it is published: {'; '.join(reasons)}."


def _codes(draft: Draft, live: dict[str, Any]) -> Iterator[str]:
    known = {code_hash(tag["load"]) for tag in live["tags"] if is_custom(tag) and tag["enabled"]}
    for tag in draft["tags"]:
        if is_custom(tag) and tag["enabled"] and code_hash(tag["load"]) not in known:
            yield f"{tag['name']} runs code of the site's own"


def _essentials(draft: Draft, live: dict[str, Any]) -> Iterator[str]:
    known = {tag["id"] for tag in live["tags"] if tag["group"] == ESSENTIAL}
    for tag in draft["tags"]:
        if tag["group"] == ESSENTIAL and tag["id"] not in known:
            yield f"{tag['name']} becomes essential and runs without consent"
    cookies = {(one["name"], one["kind"]) for one in live.get("cookies", []) if one["group"] != ESSENTIAL}
    for cookie in draft["cookies"]:
        if cookie["group"] == ESSENTIAL and (cookie["name"], cookie["kind"]) in cookies:
            yield f"{cookie['name']} becomes essential and stays after a refusal"


def _hosts(draft: Draft, live: dict[str, Any]) -> Iterator[str]:
    for host in draft["hosts"]:
        if host not in live["hosts"]:
            yield f"{host} is a new host"
