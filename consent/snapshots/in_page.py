"""Tags that stand in the page already: its own snippet is held and released, and the service loads nothing for them."""

import copy
from collections.abc import Mapping
from typing import Any

from consent.snapshots.draft import Draft, change_tag

MARKED = "marked"
NOTHING: dict[str, Any] = {"type": MARKED, "src": None, "attributes": {}, "calls": []}
"""The load of a tag for which the service loads nothing."""


def loads_itself(tag: dict[str, Any]) -> bool:
    """Tell whether the service loads `tag`: it is switched on, and its snippet does not stand in the page."""
    return bool(tag["enabled"]) and load_of(tag)["type"] != MARKED


def load_of(tag: dict[str, Any]) -> dict[str, Any]:
    """Return what a page is told to load for `tag`; its own `load` is kept beside it, so that the switch can go back."""
    load: dict[str, Any] = NOTHING if tag.get("in_page") else tag["load"]
    return load


def hosts_of(document: Mapping[str, Any], vendor: Mapping[str, Any]) -> list[str]:
    """Return the hosts of a `vendor` of a draft or config, with those from which the page's own snippets load it.

    A product that people run on servers of their own, such as Matomo, is at a host that no catalogue knows.
    """
    tags = [tag for tag in document["tags"] if tag["vendor"] == vendor["id"] and load_of(tag)["type"] == MARKED]
    return list(dict.fromkeys([*vendor["hosts"], *(host for tag in tags for host in tag["load"].get("hosts", ()))]))


def set_in_page(draft: Draft, tag_id: str, in_page: bool, facts: dict[str, Any] | None = None) -> Draft:
    """Return `draft` with the tag `tag_id` taken from the page or loaded by the service, and with `facts` in it.

    What is not in the page has no such field, as in configs of before there was one. Raises KeyError.
    """
    new = change_tag(draft, tag_id, copy.deepcopy(facts or {}) | {"in_page": True})
    if not in_page:
        next(tag for tag in new["tags"] if tag["id"] == tag_id).pop("in_page")
    return new
