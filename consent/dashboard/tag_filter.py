"""What the list of tags is narrowed to: words, group and state, all of which stand in its address."""

from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from flask import request

from consent.core.groups import GROUPS
from consent.dashboard.tag_states import STATES, TagRow

MOST_TYPED = 80


class TagFilter(NamedTuple):
    """Words of which each is found in a row, and the group and state that it has; empty ones leave all rows."""

    q: str = ""
    group: str = ""
    state: str = ""

    def fits(self, row: TagRow) -> bool:
        """Tell whether `row` is shown."""
        if self.group and row.tag["group"] != self.group:
            return False
        if self.state and row.state != self.state:
            return False
        found = _text_of(row)
        return all(word in found for word in self.q.casefold().split())


def read_filter(page: str) -> TagFilter:
    """Return the filter of the list at the path `page`, or of the list from which htmx sent a change."""
    args = request.args.to_dict()
    if request.method != "GET":
        address = urlsplit(request.headers.get("HX-Current-URL", ""))
        args = {name: values[0] for name, values in parse_qs(address.query).items()} if address.path == page else {}
    group, state = args.get("group", ""), args.get("state", "")
    return TagFilter(
        args.get("q", "").strip()[:MOST_TYPED],
        group if group in (*GROUPS, "unclassified") else "",
        state if state in STATES else "",
    )


def _text_of(row: TagRow) -> str:
    vendor, tag = row.vendor, row.tag
    words = [
        tag["name"],
        tag["id"],
        vendor["id"],
        vendor["name"],
        vendor["company"],
        *vendor["hosts"],
        *tag["purposes"],
    ]
    return " ".join(words).replace("_", " ").casefold()
