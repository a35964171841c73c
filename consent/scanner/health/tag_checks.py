"""Health checks of the tags around the embed lines: vendors, unknown third parties, code that can't be blocked."""

from collections.abc import Iterable, Iterator, Sequence

from consent.core.groups import ESSENTIAL
from consent.core.host_patterns import matches
from consent.core.translatable import translatable
from consent.scanner.health.html_elements import Part
from consent.scanner.health.import_maps import IMPORT_MAP
from consent.scanner.health.our_lines import WORKER, OurLines
from consent.scanner.health.page_tags import HINT, SHEET, Place
from consent.scanner.health.unknown_hosts import check_unknown_host
from consent.sites.health_report import ERROR, GOOD, NOTE, Finding, Subject

ADD = translatable("Press Add what was found, or Name its vendor where the catalog has no tag of it, then publish.")


def check_tags(places: Sequence[Place], our_lines: OurLines, subject: Subject) -> Iterator[Finding]:
    """Yield the status of every vendor and third party in `places`."""
    by_name: dict[str, list[Place]] = {}
    for place in places:
        by_name.setdefault(place.known.name, []).append(place)
    then = our_lines.with_blocker(subject)
    optional = [one for one in by_name.values() if _is_optional(one[0])]
    if not subject.asks:
        yield from _check_question(optional, our_lines)
    for one in optional:
        yield from _check_vendor(one, our_lines, then, subject)
        yield from _check_end(one[0])
    for one in by_name.values():
        if not one[0].known.is_known:
            yield from check_unknown_host(one, our_lines, then, subject)
    if not optional:
        yield Finding("unmarked", GOOD, translatable("No tag of a known vendor is in the page unmarked."))


def check_libraries(names: Iterable[str]) -> Iterator[Finding]:
    """Yield which code always runs."""
    if libraries := ", ".join(names):
        yield Finding("libraries", GOOD, translatable(f"Code libraries that a page needs always run: {libraries}."))


def _check_vendor(places: Sequence[Place], our_lines: OurLines, then: OurLines, subject: Subject) -> Iterator[Finding]:
    known = places[0].known
    hints = [place for place in places if place.way == HINT and not our_lines.holds(place)]
    free = [place for place in places if place.way != HINT and not our_lines.holds(place)]
    loose = [place for place in free if place.is_out_of_reach or not our_lines.is_above(place.part)]
    yield from _check_hints(hints, known.name)
    sheets = [place for place in free if place.way == SHEET or "stylesheet" in place.part.rel]
    if sheets:
        yield _sheet_finding(sheets[0], subject)
    remaining = [place for place in loose if place not in sheets]
    if remaining:
        yield _loose_finding(remaining[0], our_lines, then, subject)
    elif not free and any(place.way != HINT for place in places) and (subject.asks or places[0].part.is_marked):
        yield _blocked_finding(places, subject)


def _check_end(place: Place) -> Iterator[Finding]:
    known = place.known
    if known.ended:
        sentence = translatable(
            f"{known.company} ended {known.name} on {known.ended}: it does nothing for the site. Remove it."
        )
        yield Finding("ended", NOTE, sentence, _element(place.part))


def _check_question(optional: Iterable[Sequence[Place]], our_lines: OurLines) -> Iterator[Finding]:
    """Yield tags that wait for an answer although the banner doesn't ask."""
    waiting = (one for places in optional for one in places if one.way != HINT and not one.part.is_marked)
    if names := ", ".join(dict.fromkeys(one.known.name for one in waiting if our_lines.holds(one))):
        sentence = translatable(
            f"The site has no tag that needs a choice, so the banner won't show, and no visitor can allow what is blocked "
            f"here: {names}. {ADD}"
        )
        yield Finding("question", ERROR, sentence)


def _blocked_finding(places: Sequence[Place], subject: Subject) -> Finding:
    known = places[0].known
    if buried := [place for place in places if place.part.is_marked and place.part.in_shadow]:
        sentence = translatable(
            f"{known.name} is marked inside a <template shadowrootmode>, where marked content is never released. Move it"
            " out of that template:"
        )
        return Finding("unmarked", NOTE, sentence, _element(buried[0].part))
    if all(place.part.is_marked for place in places):
        return _marked_finding(places, subject)
    if known.vendor in subject.vendors:
        return Finding(
            "unmarked", GOOD, translatable(f"{known.name} is in the page, and is blocked until the visitor answers.")
        )
    if "advertising" not in subject.asks:
        sentence = translatable(
            f"{known.name} is in the page and blocked, and no visitor can accept it, because it isn't "
            f"a vendor of the site and the site has no advertising tag. {ADD}"
        )
        return Finding("unmarked", ERROR, sentence)
    fix = translatable("Add it under Tags, as one that is in the page already.")
    sentence = translatable(
        f"{known.name} is in the page and blocked, but it isn't a vendor of the site. It waits for "
        "advertising, and visitors don't see its name. "
        f"{fix if known.vendor else 'Describe it under Tags as a vendor of your own.'}"
    )
    return Finding("unmarked", NOTE, sentence)


def _marked_finding(places: Sequence[Place], subject: Subject) -> Finding:
    name, marked = places[0].known.name, [place for place in places if "data-consent" in place.part.attributes]
    if len(marked) == len(places) or subject.foreign_marks:
        return Finding("unmarked", GOOD, translatable(f"{name} is marked in the page, and waits."))
    sentence = translatable(
        f"{name} is marked for another consent tool, so this one never releases it. Turn on “Support "
        "markup” under Settings, or mark it:"
    )
    return Finding(
        "unmarked", NOTE, sentence, _marked_element(next(one for one in places if one not in marked), subject)
    )


def _loose_finding(place: Place, our_lines: OurLines, then: OurLines, subject: Subject) -> Finding:
    """Return why a tag runs without a choice, and the fix; `then` is the page with the newest blocker at the top."""
    name, part = place.known.name, place.part
    allowed = next((entry for entry in subject.allowed_hosts if matches(place.known.sample, entry)), "")
    if allowed:
        sentence = translatable(
            f"{name} loads without a choice. This entry under Settings, Third parties that always run, allows it:"
        )
        return Finding("unmarked", NOTE, sentence, allowed)
    if part.type == WORKER:
        sentence = translatable(
            f"{name} runs in a worker of Partytown, where nothing in the page can block it. Restore its own type."
        )
        return Finding("unmarked", ERROR, sentence, _marked_element(place, subject))
    if place.is_out_of_reach:
        return _out_of_reach_finding(place, subject)
    if then.holds(place):
        why = (
            translatable("the blocker in the page is set to let it run")
            if our_lines.blocker
            else translatable("only the blocker can hold it")
        )
        sentence = translatable(f"{name} is in the page and loads without a choice: {why}. Put this first:")
        return Finding("unmarked", ERROR, sentence, subject.lines["head"])
    if mount := place.known.mount:
        sentence = translatable(
            f"{name} is proxied on the site's own host, which the blocker treats as the site's. Press Add what was found, "
            "or enter the mount on the page of the tag, and publish:"
        )
        return Finding("unmarked", ERROR, sentence, mount)
    if part.tag in ("script", "iframe", "img"):
        more = translatable(": only images of the site's own vendors are blocked") if part.tag == "img" else ""
        sentence = translatable(f"{name} loads without a choice{more}. Add it under Tags, or mark it:")
        return Finding("unmarked", ERROR, sentence, _marked_element(place, subject))
    sentence = f"{name} loads by <{part.tag}>, which nothing can block. Put it into a template:"
    return Finding("unmarked", ERROR, sentence, _template(place, subject))


def _out_of_reach_finding(place: Place, subject: Subject) -> Finding:
    name, part = place.known.name, place.part
    if place.way == IMPORT_MAP:
        sentence = translatable(
            f"{name} is in the import map of the page, so a module that imports it by its name loads it without a choice."
            " Mark each script that does:"
        )
        mark = f'<script type="text/plain" data-type="module" {_marks(place, subject)}>'
        return Finding("unmarked", ERROR, sentence, mark)
    sentence = translatable(
        f"{name} is inside a <template shadowrootmode> and loads without a choice, because nothing can block it there."
        " Move it out of that template:"
    )
    can_mark = part.tag in ("script", "iframe", "img")
    return Finding("unmarked", ERROR, sentence, (_marked_element if can_mark else _template)(place, subject))


def _sheet_finding(place: Place, subject: Subject) -> Finding:
    name, part = place.known.name, place.part
    if part.tag == "link" and not place.sheet:
        sentence = translatable(
            f"{name} is loaded by a style sheet, which nothing can block. Serve it from the site, or "
            "put it into a template:"
        )
        return Finding("unmarked", ERROR, sentence, _template(place, subject))
    where = place.sheet or translatable("a style element of the page")
    sentence = translatable(
        f"{name} is loaded from within {where}, which nothing can block. Serve it from the site instead of:"
    )
    return Finding("unmarked", ERROR, sentence, place.known.address)


def _check_hints(hints: Sequence[Place], name: str) -> Iterator[Finding]:
    if hints:
        kinds = sorted({kind for place in hints for kind in place.part.rel})
        lines = "\n".join(dict.fromkeys(_element(place.part) for place in hints))
        sentence = translatable(
            f"The page makes browsers contact {name} early ({', '.join(kinds)}), before any choice. Remove it:"
        )
        yield Finding("ahead", NOTE, sentence, lines)


def _is_optional(place: Place) -> bool:
    """Return whether it waits for a choice; a known host with an unknown purpose is assumed to."""
    return place.known.is_known and place.known.group != ESSENTIAL


def _marked_element(place: Place, subject: Subject) -> str:
    """Return the element's corrected start tag."""
    part = place.part
    source = f' data-src="{part.src}"' if part.src else ""
    mark = _marks(place, subject)
    if part.tag == "script":
        kind = ' data-type="module"' if part.type == "module" else ""
        return f'<script type="text/plain"{kind} {mark}{source}>' + ("</script>" if source else "")
    return f"<{part.tag} {mark}{source}>" + ("</iframe>" if part.tag == "iframe" else "")


def _template(place: Place, subject: Subject) -> str:
    return f"<template {_marks(place, subject)}>{_element(place.part)}</template>"


def _marks(place: Place, subject: Subject) -> str:
    known = place.known
    vendor = f' data-vendor="{known.vendor}"' if known.vendor in subject.vendors else ""
    return f'data-consent="{known.group or "advertising"}"{vendor}'


def _element(part: Part) -> str:
    """Return the element as written in the page."""
    attributes = "".join(f' {name}="{value}"' if value else f" {name}" for name, value in part.attributes.items())
    return f"<{part.tag}{attributes}>"
