"""How far the script holds what nobody has marked, and whether it knows the marks of other tools: the owner's choice."""

from typing import Any

from consent.core.groups import ESSENTIAL
from consent.core.paths import matches

MARKED, KNOWN, STRICT = "marked", "known", "strict"
"""What the site marked alone; also what the parser meets from vendors' hosts; also what scripts add, and cookies."""


def holding_of(document: dict[str, Any]) -> str:
    """Return how far a config holds; one of before there was a choice holds what is marked."""
    return str(document["overrides"].get("holding", MARKED))


def early_parts(document: dict[str, Any]) -> list[str]:
    """Return the names of the parts of the script that the config needs before anything else in a page."""
    holding = holding_of(document)
    return [
        *(["marks"] if document["overrides"].get("foreign_marks") else []),
        *([holding] if holding != MARKED else []),
    ]


def holding_facts(document: dict[str, Any]) -> dict[str, Any]:
    """Return what these parts work with; nothing where there are none."""
    facts: dict[str, Any] = {"foreign": True} if document["overrides"].get("foreign_marks") else {}
    holding = holding_of(document)
    if holding != MARKED:
        facts["holding"] = {"hosts": {v["id"]: v["hosts"] for v in document["vendors"] if v["hosts"]}}
    if holding == STRICT:
        facts["holding"]["cookies"] = _cookies(document["cookies"])
    return facts


def _cookies(cookies: list[dict[str, Any]]) -> list[list[Any]]:
    """Return group, vendor and names of the cookies that wait for a grant, and the essential ones of the same names."""
    by_owner: dict[tuple[str, str | None], list[str]] = {}
    own = [cookie for cookie in cookies if cookie["kind"] == "cookie" and not cookie["third_party"]]
    waiting = [cookie for cookie in own if cookie["group"] != ESSENTIAL]
    for cookie in [*waiting, *(one for one in own if one["group"] == ESSENTIAL)]:
        if cookie["group"] != ESSENTIAL or any(matches(one["name"], cookie["name"]) for one in waiting):
            by_owner.setdefault((cookie["group"], cookie["vendor"]), []).append(cookie["name"])
    return [[*owner, names] for owner, names in by_owner.items()]
