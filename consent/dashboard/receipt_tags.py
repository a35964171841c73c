"""What a receipt's choice did to each tag of its config: allowed, limited or held then, with the reason."""

from typing import Any, NamedTuple

from consent.dashboard.reason_words import why
from consent.snapshots.decided import decided, undecided
from consent.snapshots.replay import Redrawn


class TagRow(NamedTuple):
    """One tag: `mode` and `reason` after the choice, `before` the mode for the same visitor without a choice.

    `is_paged`: the site ran it on certain pages only.
    """

    name: str
    vendor: str
    group: str
    mode: str
    reason: str
    before: str
    is_paged: bool


def tag_rows(redrawn: Redrawn, claims: dict[str, Any]) -> list[TagRow]:
    """Return the tags of the config that the receipt answered, in its order."""
    document = redrawn.showing.config.document
    names = {tag["id"]: tag["name"] for tag in document["tags"]}
    vendors = {vendor["id"]: vendor["name"] for vendor in document["vendors"]}
    paged = {tag["id"] for tag in document["tags"] if tag["pages"]["only"] or tag["pages"]["except"]}
    before = {tag["id"]: tag["mode"] for tag in undecided(redrawn.showing).tags}
    return [
        TagRow(
            names[tag["id"]],
            vendors.get(tag["vendor"], tag["vendor"]),
            tag["group"],
            tag["mode"],
            why(tag, claims["regime"]),
            before[tag["id"]],
            tag["id"] in paged,
        )
        for tag in decided(redrawn.showing, claims).tags
    ]
