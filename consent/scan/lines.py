"""A scan's findings as lines for a terminal."""

from collections.abc import Iterator
from typing import Any

from consent.scan.inventory import Inventory, Item, host_of, problems
from consent.snapshots.found_words import KINDS, SITUATIONS

DAY = 86400


def scan_lines(result: dict[str, Any], inventory: Inventory) -> Iterator[str]:
    """Yield the lines of a report."""
    yield f"{result['url']}: {len(result['pages'])} pages in {len(result['visits'])} visits, {result['seconds']:.0f} s"
    for kind, head in KINDS.items():
        items = [item for item in inventory.items if item.kind == kind]
        if items:
            yield ""
            yield f"{head} ({len(items)})"
            yield from (f"  {line}" for item in items for line in _item_lines(item))
    found = list(dict.fromkeys(problems(result)))
    if found:
        yield ""
        yield f"Notes ({len(found)})"
        yield from (f"  {sentence}" for sentence in found)
    errors = [(page["url"], error) for visit in result["visits"] for page in visit["pages"] for error in page["errors"]]
    if errors:
        yield ""
        yield f"JavaScript errors ({len(errors)})"
        yield from (f"  {url}: {error}" for url, error in dict.fromkeys(errors))


def lifetime(seconds: int | None) -> str:
    """Return a lifetime in words."""
    if seconds is None:
        return "session"
    for unit, size in (("days", DAY), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {unit}"
    return f"{seconds} s"


def when(item: Item) -> str:
    """Return in which situations an item was seen, in words."""
    return ", ".join(SITUATIONS[situation] for situation in item.situations)


def _item_lines(item: Item) -> Iterator[str]:
    party = "third party" if item.third_party else "first party"
    parts = [item.name] if item.name == item.host else [item.name, item.host]
    if item.kind == "cookie" and not item.facts:
        parts.append("gone at the end, or not taken by the browser")
    elif item.kind == "cookie":
        parts.append(lifetime(item.facts.get("lifetime_s")))
        parts += [word for fact, word in (("http_only", "HttpOnly"), ("secure", "Secure")) if item.facts.get(fact)]
    yield " · ".join((*parts, party, when(item)))
    setters = list(dict.fromkeys(host_of(address) for address in item.by[:3]))
    if item.kind != "host" and item.by:
        yield f"    by {item.by[0]}" + (f" (and {', '.join(setters[1:])})" if setters[1:] else "")
