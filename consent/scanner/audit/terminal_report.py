"""Format the findings of a scan as text lines for a terminal."""

from collections.abc import Iterable, Iterator

from consent.core.days import DAY_SECONDS, HOUR_SECONDS
from consent.scanner.audit.inventory import MAX_ITEMS, Inventory, Item, host_of, problems, situation
from consent.scanner.audit.own_host import count_own_host
from consent.scanner.model.scan_result import ScanResult
from consent.sites.finding_labels import KINDS, SITUATIONS, shown_name

MAX_LISTED = 200
"""Maximum number of lines per kind, so that a site with thousands of names doesn't push out the rest."""


def scan_lines(result: ScanResult, inventory: Inventory) -> Iterator[str]:
    """Yield the lines of a report."""
    pages, visits = pluralize(len(result["pages"]), "page"), pluralize(len(result["visits"]), "visit")
    yield f"{result['url']}: {pages} in {visits}, {result['seconds']:.0f} s"
    yield count_own_host(result).line
    for kind, head in KINDS.items():
        items = [item for item in inventory.items if item.kind == kind]
        if items:
            yield ""
            yield f"{head} ({len(items)})"
            yield from (f"  {line}" for item in items[:MAX_LISTED] for line in _item_lines(item))
            if len(items) > MAX_LISTED:
                yield f"  … and {len(items) - MAX_LISTED:,} more; see --json"
    yield from _section("Frames", _frame_lines(result))
    yield from _section("Consent mode", _consent_mode_lines(result))
    notes = [*truncation_sentences(inventory), *problems(result)]
    if notes:
        yield ""
        yield f"Notes ({len(notes)})"
        yield from (f"  {sentence}" for sentence in notes)
    yield from _section("JavaScript errors", _error_lines(result))


def truncation_sentences(inventory: Inventory) -> Iterator[str]:
    """Yield a sentence for each kind with more items than are recorded."""
    for kind in inventory.left_out:
        yield f"{KINDS[kind]}: only the first {MAX_ITEMS:,} are kept, and there were more."


def pluralize(number: int, noun: str) -> str:
    """Return a number with a noun, in the plural unless it is 1."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def lifetime(seconds: int | None) -> str:
    """Return a lifetime in words."""
    if seconds is None:
        return "session"
    for unit, size in (("days", DAY_SECONDS), ("hours", HOUR_SECONDS), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {unit}"
    return f"{seconds} s"


def situation_text(item: Item) -> str:
    """Return the situations in which an item was seen, in words."""
    return ", ".join(SITUATIONS[situation] for situation in item.situations)


def _section(head: str, lines: Iterable[str]) -> Iterator[str]:
    distinct = list(dict.fromkeys(lines))
    if distinct:
        yield ""
        yield f"{head} ({len(distinct)})"
        yield from (f"  {line}" for line in distinct[:MAX_LISTED])


def _frame_lines(result: ScanResult) -> Iterator[str]:
    for visit in result["visits"]:
        for page in visit["pages"]:
            yield from (frame["url"] for frame in page["frames"] if not frame["is_main"])


def _error_lines(result: ScanResult) -> Iterator[str]:
    for visit in result["visits"]:
        for page in visit["pages"]:
            yield from (f"{page['url']}: {error}" for error in page["errors"])


def _consent_mode_lines(result: ScanResult) -> Iterator[str]:
    for visit in result["visits"]:
        for page in visit["pages"]:
            for call in page["consent_mode"]:
                values = ", ".join(f"{name} {value}" for name, value in sorted(call["values"].items()))
                yield f"{call['command']} · {SITUATIONS[situation(visit, call)]} · {values}"


def _item_lines(item: Item) -> Iterator[str]:
    party = "third party" if item.third_party else "first party"
    name = shown_name(item.name)
    parts = [name] if item.kind == "host" else [name, item.host]
    if item.kind == "cookie" and not item.facts:
        parts.append("gone at the end, or not accepted by the browser")
    elif item.kind == "cookie":
        parts.append(lifetime(item.facts.get("lifetime_s")))
        parts += [word for fact, word in (("http_only", "HttpOnly"), ("secure", "Secure")) if item.facts.get(fact)]
    elif item.kind == "host":
        parts += item.facts.get("kinds", [])
    yield " · ".join((*parts, party, situation_text(item)))
    setters = list(dict.fromkeys(host_of(address) for address in item.by[:3]))
    if item.kind != "host" and item.by:
        yield f"    by {item.by[0]}" + (f" (and {', '.join(setters[1:])})" if setters[1:] else "")
