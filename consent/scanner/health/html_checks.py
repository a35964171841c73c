"""Health checks of a page's HTML: embed line and its position, tags, consent mode, frameworks, other tools."""

import re
from collections.abc import Iterator, Mapping, Sequence

from consent.classifier.recognition.known_tags import KnownTags
from consent.core.groups import ESSENTIAL
from consent.core.translatable import translatable
from consent.scanner.health.html_elements import PageParts, Part, read_parts
from consent.scanner.health.injected_tags import check_injected
from consent.scanner.health.other_consent_tools import hiders_in, removal_of, tools_in
from consent.scanner.health.our_lines import OurLines, blocker_of
from consent.scanner.health.page_tags import Place
from consent.scanner.health.tag_checks import check_libraries, check_tags
from consent.sites.health_report import ERROR, GOOD, NOTE, Finding, Placed, Subject

GTAG_DEFAULT = re.compile(r"""["']consent["']\s*,\s*["']default["']""")
GRANTED = re.compile(r"""(?:ad|analytics)\w*\s*["']?\s*:\s*["']granted["']""")
GOOGLE_TAG = re.compile(r"googletagmanager\.com|google-analytics\.com|\bgtag\(")
FRAMEWORKS = {
    "Next": re.compile(r"__NEXT_DATA__|\b__next_[fs]\b"),
    "Nuxt": re.compile(r"\b__NUXT(?:_DATA)?__\b"),
    "Gatsby": re.compile(r"\b___(?:gatsby|loader|chunkMapping)\b"),
}
SITE = ("data-run", "data-hold", "data-unknown", "data-globals")
"""Attributes of the blocker with the facts it needs about the site."""


def placement_of(parts: PageParts, subject: Subject) -> OurLines:
    """Return the position of our lines in a page."""
    line = next((part for part in parts.parts if _is_line(part, subject.key)), None)
    return OurLines(parts.parts, blocker_of(parts.parts, subject), line)


def placed_of(our_lines: OurLines) -> Placed:
    """Return the script's URL and the nonces of our lines."""
    line, blocker = our_lines.line, our_lines.blocker
    return Placed(
        line.src if line else "",
        line.attributes.get("nonce", "") if line else "",
        blocker is not None,
        blocker.attributes.get("nonce", "") if blocker else "",
    )


def check_page(
    parts: PageParts,
    our_lines: OurLines,
    places: Sequence[Place],
    files: Mapping[str, str],
    known: KnownTags,
    subject: Subject,
) -> list[Finding]:
    """Return the findings for a page with the tags at `places` and the site's own `files`."""
    libraries = [part.src for part in parts.parts if part.src and part.tag == "script" and known.is_library(part.src)]
    findings = [*_check_line(parts, our_lines.line, subject)]
    if our_lines.first:
        findings += _check_order(our_lines, places, subject)
    if our_lines.line:
        findings += _check_subject(our_lines.line, subject)
    if our_lines.blocker:
        findings += _check_blocker(our_lines.blocker, subject)
    findings += check_tags(places, our_lines, subject)
    findings += check_injected(parts.parts, places, our_lines)
    findings += check_libraries(dict.fromkeys(known.library(address) for address in libraries))
    findings += _check_frameworks(parts.parts, places)
    findings += _check_consent_mode(parts.parts, our_lines, subject)
    findings += _check_further(parts, files, subject)
    return findings


def _is_line(part: Part, key: str) -> bool:
    return part.tag == "script" and bool(re.search(rf"/b/{re.escape(key)}(/[0-9a-f]{{64}})?\.js(\?|$)", part.src))


def _check_line(parts: PageParts, line: Part | None, subject: Subject) -> Iterator[Finding]:
    if line and line.type == "module":
        yield Finding(
            "line",
            ERROR,
            translatable(
                "The line is loaded as a module, which can't determine its own address, so no tag "
                "runs and no choice arrives. Write it like this:"
            ),
            subject.lines["head"],
        )
    elif line:
        yield Finding("line", GOOD, translatable("The line is in the page."))
    elif subject.was_seen or any(f"/b/{subject.key}.js" in part.text for part in parts.parts):
        yield Finding(
            "line",
            NOTE,
            translatable(
                "A script adds the line too late: whatever is in the page has already started. Put this "
                "first in the head:"
            ),
            subject.lines["head"],
        )
    else:
        sentence = translatable("The line is not in the page that the server sends. Paste this first into its head:")
        yield Finding("line", ERROR, sentence, subject.lines["head"])
    lines = [part.src for part in parts.parts if re.search(r"/b/[a-z0-9-]+\.js(\?|$)", part.src)]
    if len(lines) > 1:
        yield Finding(
            "line", NOTE, translatable("The line is there more than once; only the first counts. Remove the others.")
        )


def _check_order(our_lines: OurLines, places: Sequence[Place], subject: Subject) -> Iterator[Finding]:
    above = [place for place in places if _is_above(place, our_lines)]
    if above:
        yield _above_finding(above, our_lines, subject)
    elif not our_lines.is_first():
        yield Finding(
            "order",
            ERROR,
            translatable("The blocker is below the line. It belongs above it:"),
            subject.lines["head"],
        )
    elif our_lines.line and not our_lines.line.in_head:
        yield Finding(
            "order",
            NOTE,
            translatable("The line is in the body. In the head the banner shows sooner, and blocks more."),
        )
    else:
        yield Finding("order", GOOD, translatable("No known vendor is above it."))


def _above_finding(above: Sequence[Place], our_lines: OurLines, subject: Subject) -> Finding:
    names = list(dict.fromkeys(place.known.name for place in above))
    listed = ", ".join(names)
    if all(our_lines.may_stop(place.part) for place in above):
        sentence = translatable(
            f"Above the blocker: {listed}. It is stopped unless the browser has it in its cache. Put this above:"
        )
        return Finding("order", NOTE, sentence, subject.lines["head"])
    if our_lines.blocker:
        sentence = translatable(f"Above the blocker, so nothing can block it: {listed}. Put this above:")
    else:
        sentence = translatable(f"Above the line, so nothing can block it: {listed}. Put this above:")
    return Finding("order", ERROR, sentence, subject.lines["head"])


def _is_above(place: Place, our_lines: OurLines) -> bool:
    """Return whether something optional that could be blocked is placed where it isn't."""
    is_optional = place.known.is_known and place.known.group != ESSENTIAL
    can_be = place.part.tag in ("script", "iframe", "img") and not place.part.is_marked and not place.is_out_of_reach
    return is_optional and can_be and our_lines.is_above(place.part)


def _check_blocker(blocker: Part, subject: Subject) -> Iterator[Finding]:
    wanted = read_parts("", subject.lines["head"]).parts[0].attributes
    if any(set(wanted.get(name, "").split()) != set(blocker.attributes.get(name, "").split()) for name in SITE):
        sentence = translatable("The blocker's attributes are out of date. The current line is:")
        yield Finding("blocker", NOTE, sentence, subject.lines["head"])


def _check_subject(line: Part, subject: Subject) -> Iterator[Finding]:
    """Yield findings about the line's subject token; the check requests the page without being signed in."""
    token = line.attributes.get("data-subject")
    if token is None:
        return
    if token.strip():
        sentence = translatable(
            "The page has a subject token (data-subject), but this check is not signed in: a cache may give the token of"
            " one visitor to others. Send the page with Cache-Control: private, and a token only to signed-in visitors."
        )
        yield Finding("accounts", ERROR, sentence)
    elif not subject.has_accounts:
        sentence = translatable(
            "The page has an empty subject token (data-subject), and choices do not follow accounts on this site."
            " Remove the attribute, or turn on “Choices follow who is signed in” under Settings."
        )
        yield Finding("accounts", NOTE, sentence)
    else:
        sentence = translatable(
            "The page has an empty subject token (data-subject), which signs the visitor out: the account’s choice"
            " leaves the device. This is right only on the page after a sign-out. If signed-in visitors get this page"
            " too, your server failed to make a token: then leave the attribute out."
        )
        yield Finding("accounts", NOTE, sentence)


def _check_frameworks(parts: Sequence[Part], places: Sequence[Place]) -> Iterator[Finding]:
    for name, sign in FRAMEWORKS.items():
        used = any(sign.search(part.text) or sign.search(part.attributes.get("id", "")) for part in parts)
        if used and any(place.part.tag == "script" for place in places):
            yield Finding(
                "framework",
                NOTE,
                translatable(
                    f"The page is made with {name}, which puts scripts into the page again once it runs. The blocker holds "
                    "those as well where it is the first script of the HTML; a mark put into the HTML afterwards would be "
                    "lost."
                ),
            )


def _check_consent_mode(parts: Sequence[Part], our_lines: OurLines, subject: Subject) -> Iterator[Finding]:
    blocker, at = our_lines.blocker, {id(part): number for number, part in enumerate(parts)}
    google = next((part for part in parts if not part.waits and GOOGLE_TAG.search(part.src or part.text)), None)
    own = next((p for p in parts if p is not blocker and not p.waits and GTAG_DEFAULT.search(p.text)), None)
    if own and GRANTED.search(own.text):
        sentence = translatable(
            "The page itself grants Google's consent mode before any choice. Remove its default; this sets it:"
        )
        yield Finding("consent_mode", ERROR, sentence, subject.lines["head"])
    elif google is None:
        yield Finding("consent_mode", GOOD, translatable("No Google tag in the page needs a consent mode default."))
    elif blocker is not None and at[id(blocker)] < at[id(google)]:
        yield Finding(
            "consent_mode", GOOD, translatable("Consent mode is denied before the first Google tag, by the blocker.")
        )
    elif own is not None and at[id(own)] <= at[id(google)]:
        yield Finding(
            "consent_mode", GOOD, translatable("Consent mode is denied before the first Google tag, by the page.")
        )
    else:
        sentence = translatable("A Google tag begins before consent mode has its default. Put this above it:")
        yield Finding("consent_mode", ERROR, sentence, subject.lines["head"])


def _other_tool_finding(tool: str, elements: Sequence[str], subject: Subject) -> Finding:
    """Return what to do about another consent tool: first keep what would be lost with it, then remove its elements."""
    lines = "\n".join(elements)
    marks = (
        ""
        if subject.foreign_marks
        else translatable(" If the page has its markup, first turn on “Support markup” under Settings.")
    )
    if subject.old_tool == tool:
        sentence = translatable(
            f"{tool} is still in the page. Our banner waits while the other one is shown and adopts "
            f"the answers given there, so nobody sees two.{marks} Once most visitors have returned, "
            "remove these in this order:"
        )
        return Finding("other_tool", NOTE, sentence, lines)
    if subject.running_tool == tool:
        sentence = translatable(
            f"{tool} is still in the page. Our banner stays hidden, so nobody sees two. Nothing that "
            f"needs consent runs, because the answers given there are not known here.{marks} To end "
            "this, remove these in this order:"
        )
        return Finding("other_tool", NOTE, sentence, lines)
    sentence = translatable(
        f"Another consent tool is in the page ({tool}): visitors are asked twice. Remove it in the order below."
        f" If it has to stay for a while, first choose it under Settings as the former tool, and publish.{marks}"
        " If choices made with it are to count, confirm them under Import."
    )
    return Finding("other_tool", ERROR, sentence, lines)


def _check_further(parts: PageParts, files: Mapping[str, str], subject: Subject) -> Iterator[Finding]:
    others = list(tools_in(parts.parts, files))
    for tool in others:
        yield _other_tool_finding(tool, removal_of(tool, parts.parts, files), subject)
    if (named := subject.running_tool) and named not in others:
        sentence = translatable(
            f"{named} is not in the page that the server sends. Once it is removed from all pages, choose"
            " “None” as the former tool under Settings: our banner waits for it here."
        )
        yield Finding("other_tool", NOTE, sentence)
    for name in hiders_in(parts.parts):
        sentence = translatable(
            f"An anti-flicker snippet of {name} hides the page until its script has loaded. If the "
            "script is blocked, the banner shows the page. If a tag of the dashboard loads it, or "
            "the service is unavailable, visitors see an empty page for as long as the snippet says. "
            "In that case, remove it."
        )
        yield Finding("flicker", NOTE, sentence)
    if not parts.has_links_place:
        sentence = translatable("The page has no place for the links that some laws ask for. A line for the footer:")
        yield Finding("footer", NOTE, sentence, subject.lines["footer"])
