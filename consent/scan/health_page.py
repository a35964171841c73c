"""What the HTML of a page shows: the line, its order, tags that stand in it unmarked, consent mode, other tools."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from consent.classify.addresses import AddressBook
from consent.classify.hosts import Owner
from consent.core.groups import ESSENTIAL
from consent.scan.page_parts import PageParts, Part
from consent.snapshots.site_health import FAULT, GOOD, NOTE, Finding, Placed, Subject

INLINE_ADDRESS = re.compile(r"""["'](?:https?:)?//([a-z0-9.-]+\.[a-z]{2,24})(/[^"'\s]{0,200})?["']""", re.IGNORECASE)
GTAG_DEFAULT = re.compile(r"""["']consent["']\s*,\s*["']default["']""")
GRANTED = re.compile(r"""(?:ad|analytics)\w*\s*["']?\s*:\s*["']granted["']""")
GOOGLE_TAG = re.compile(r"googletagmanager\.com|google-analytics\.com|\bgtag\(")
OTHER_TOOLS = re.compile(
    r"consent\.cookiebot\.com|cookielaw\.org|usercentrics\.eu|cookieyes\.com|consentmanager\.(?:net|mgr)|"
    r"iubenda\.com/cs|termly\.io|cookie-script\.com|osano\.com|trustarc\.com|quantcast\.mgr",
    re.IGNORECASE,
)
MOST = 10


def check_page(parts: PageParts, url: str, subject: Subject, book: AddressBook) -> tuple[list[Finding], Placed]:
    """Return what was found, and how the banner stands in the page."""
    line = next((part for part in parts.parts if _is_line(part, subject.key)), None)
    stub = next((part for part in parts.parts if part.text.strip() == subject.stub), None)
    placed = Placed(
        line.src if line else "",
        line.attributes.get("nonce", "") if line else "",
        stub is not None,
        stub.attributes.get("nonce", "") if stub else "",
    )
    strangers = [(part, owner) for part in parts.parts if part is not line and (owner := _owner(part, url, book))]
    found = [*_check_line(parts, line, subject)]
    if line:
        found += _check_order(parts.parts, stub, line, strangers, subject)
    found += _check_unmarked(strangers, stub, line, parts.parts, subject)
    found += _check_consent_mode(parts.parts, stub, subject)
    found += _check_further(parts, subject)
    return found, placed


def _is_line(part: Part, key: str) -> bool:
    return part.tag == "script" and bool(re.search(rf"/b/{re.escape(key)}(/[0-9a-f]{{64}})?\.js(\?|$)", part.src))


def _owner(part: Part, url: str, book: AddressBook) -> Owner | None:
    """Return whose tag a part is that is not marked, by its address or by one in its code; None where nobody is known."""
    if part.waits:
        return None
    inner = [f"https://{host}{path or '/'}" for host, path in INLINE_ADDRESS.findall(part.text)]
    own = urlsplit(url).hostname
    for address in [part.src, *inner] if part.src else inner:
        owner = book.find(address) if urlsplit(address).hostname != own else None
        if owner and owner.group not in (None, ESSENTIAL):
            return owner
    return None


def _check_line(parts: PageParts, line: Part | None, subject: Subject) -> Iterator[Finding]:
    if line and line.attributes.get("type", "").strip().lower() == "module":
        yield Finding(
            "line",
            FAULT,
            "The line is a module, which is not told its own address: no tag runs and no choice arrives. Write it so:",
            subject.lines["head"],
        )
    elif line:
        yield Finding("line", GOOD, "The line is in the page.")
    elif subject.was_seen or any(f"/b/{subject.key}.js" in part.text for part in parts.parts):
        yield Finding(
            "line",
            NOTE,
            "A script adds the line late: what stands in the page has begun by then. First in the head is:",
            subject.lines["head"],
        )
    else:
        sentence = "The line is not in the page that the server sends. Paste this first into its head:"
        yield Finding("line", FAULT, sentence, subject.lines["head"])
    lines = [part.src for part in parts.parts if re.search(r"/b/[a-z0-9-]+\.js(\?|$)", part.src)]
    if len(lines) > 1:
        yield Finding("line", NOTE, "The line is there more than once; only the first counts. Take the others out.")


def _check_order(
    parts: list[Part], stub: Part | None, line: Part, strangers: list[tuple[Part, Owner]], subject: Subject
) -> Iterator[Finding]:
    first = parts.index(stub or line)
    before = [owner.name for part, owner in strangers if parts.index(part) < first]
    if before:
        yield Finding(
            "order", FAULT,
            f"{_listed(before)} stands before it, so it has begun before anything can hold it. Put this above it:",
            subject.lines["head"],
        )  # fmt: skip
    elif stub and parts.index(stub) > parts.index(line):
        yield Finding("order", FAULT, "The stub stands below the line. It belongs above it:", subject.lines["head"])
    elif not line.in_head:
        yield Finding("order", NOTE, "The line is in the body. In the head the banner shows sooner, and holds more.")
    else:
        yield Finding("order", GOOD, "No known vendor stands before it.")


def _check_unmarked(
    strangers: list[tuple[Part, Owner]], stub: Part | None, line: Part | None, parts: list[Part], subject: Subject
) -> Iterator[Finding]:
    for part, owner in strangers[:MOST]:
        holds = _is_held(part, owner, stub, parts, subject)
        if holds:
            sentence = f"{owner.name} stands in the page unmarked, and is held. Surer is its mark:"
        else:
            sentence = (
                f"{owner.name} stands in the page unmarked and loads without a choice. Mark it, or add it under Tags:"
            )
        yield Finding("unmarked", NOTE if holds else FAULT, sentence, _marked(part, owner, subject))
    if not strangers:
        yield Finding("unmarked", GOOD, "No tag of a known vendor stands in the page unmarked.")


def _is_held(part: Part, owner: Owner, stub: Part | None, parts: list[Part], subject: Subject) -> bool:
    """Tell whether the stub, or the script by the owner's setting, holds a part that nobody has marked."""
    if not part.src:
        return False
    if stub is not None and part.tag != "img" and parts.index(part) > parts.index(stub):
        return True
    return subject.holds_unmarked and owner.vendor in subject.vendors


def _marked(part: Part, owner: Owner, subject: Subject) -> str:
    """Return the element as it should begin."""
    vendor = f' data-vendor="{owner.vendor}"' if owner.vendor in subject.vendors else ""
    mark = f'data-consent="{owner.group}"{vendor}'
    source = f' data-src="{part.src}"' if part.src else ""
    if part.tag == "script":
        return f'<script type="text/plain" {mark}{source}>' + ("</script>" if source else "")
    return f"<{part.tag} {mark}{source}>" + ("</iframe>" if part.tag == "iframe" else "")


def _check_consent_mode(parts: list[Part], stub: Part | None, subject: Subject) -> Iterator[Finding]:
    google = next((part for part in parts if not part.waits and GOOGLE_TAG.search(part.src or part.text)), None)
    own = next((p for p in parts if p is not stub and not p.waits and GTAG_DEFAULT.search(p.text)), None)
    if own and GRANTED.search(own.text):
        sentence = "The page itself grants Google's consent mode before any choice. Take its default out; this sets it:"
        yield Finding("consent_mode", FAULT, sentence, subject.lines["head"])
    elif google is None:
        yield Finding("consent_mode", GOOD, "No Google tag in the page needs a default of consent mode.")
    elif stub is not None and parts.index(stub) < parts.index(google):
        yield Finding("consent_mode", GOOD, "Consent mode is denied before the first Google tag, by the stub.")
    elif own is not None and parts.index(own) <= parts.index(google):
        yield Finding("consent_mode", GOOD, "Consent mode is denied before the first Google tag, by the page.")
    else:
        sentence = "A Google tag begins before consent mode has its default. Put this above it:"
        yield Finding("consent_mode", FAULT, sentence, subject.lines["head"])


def _check_further(parts: PageParts, subject: Subject) -> Iterator[Finding]:
    tool = next((found[0] for part in parts.parts if (found := OTHER_TOOLS.search(part.src or part.text))), None)
    if tool:
        yield Finding(
            "other_tool", FAULT, f"Another consent tool is in the page ({tool}): visitors are asked twice. Take it out."
        )
    if not parts.has_links_place:
        sentence = "The page has no place for the links that some laws ask for. A line for the footer:"
        yield Finding("footer", NOTE, sentence, subject.lines["footer"])


def _listed(names: list[str]) -> str:
    return ", ".join(dict.fromkeys(names[:3]))
