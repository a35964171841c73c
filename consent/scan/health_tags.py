"""What stands in a page beside our lines: vendors, third parties that nobody knows, code that runs in any case."""

from collections.abc import Iterable, Iterator, Sequence

from consent.core.addresses import matches
from consent.core.groups import ESSENTIAL
from consent.scan.page_parts import Part
from consent.scan.page_tags import CODE, FILE, HINT, SHEET, Place
from consent.scan.standing import WORKER, Standing
from consent.snapshots.blocking import ASK
from consent.snapshots.site_health import FAULT, GOOD, NOTE, Finding, Subject

OWN_CDN = (
    *("*.cloudfront.net", "*.azureedge.net", "*.azurefd.net", "*.b-cdn.net", "*.cdn77.org", "*.kxcdn.com"),
    *("*.fastly.net", "*.netdna-ssl.com", "*.akamaized.net", "*.rocketcdn.me", "*.r2.dev", "*.imgix.net"),
    *("*.amazonaws.com", "*.digitaloceanspaces.com", "*.blob.core.windows.net", "storage.googleapis.com"),
    *("*.myshopify.com", "cdn.shopify.com", "*.shopifycdn.com", "*.bigcommerce.com", "*.wpenginepowered.com"),
    *("*.gitlab.io", "*.github.io", "*.netlify.app", "*.vercel.app", "*.pages.dev"),
)
"""Where sites keep files of their own, each under a name that is the site's alone."""


def check_tags(places: Sequence[Place], standing: Standing, subject: Subject) -> Iterator[Finding]:
    """Yield what becomes of each vendor and each third party of `places`, every one of them."""
    by_name: dict[str, list[Place]] = {}
    for place in places:
        by_name.setdefault(place.known.name, []).append(place)
    optional = [one for one in by_name.values() if _is_optional(one[0])]
    for one in optional:
        yield from _check_vendor(one, standing, subject)
    for one in by_name.values():
        if not one[0].known.is_known:
            yield from _check_stranger(one, standing, subject)
    if not optional:
        yield Finding("unmarked", GOOD, "No tag of a known vendor stands in the page unmarked.")


def check_libraries(names: Iterable[str]) -> Iterator[Finding]:
    """Yield which code runs in any case."""
    if found := ", ".join(names):
        yield Finding("libraries", GOOD, f"Code that a page needs runs in any case: {found}.")


def _check_vendor(places: Sequence[Place], standing: Standing, subject: Subject) -> Iterator[Finding]:
    known = places[0].known
    hints = [place for place in places if place.way == HINT and not standing.holds(place)]
    free = [place for place in places if place.way != HINT and not standing.holds(place)]
    loose = [place for place in free if not standing.is_above(place.part)]
    yield from _check_hints(hints, known.name)
    sheets = [place for place in free if place.way == SHEET or "stylesheet" in place.part.rel]
    if sheets:
        yield _of_sheet(sheets[0], subject)
    rest = [place for place in loose if place not in sheets]
    if rest:
        yield _of_loose(rest[0], standing, subject)
    elif not free and any(place.way != HINT for place in places):
        yield _of_held(places, subject)


def _of_held(places: Sequence[Place], subject: Subject) -> Finding:
    known = places[0].known
    if all(place.part.is_marked for place in places):
        return _of_marked(places, subject)
    if known.vendor in subject.vendors:
        return Finding("unmarked", GOOD, f"{known.name} stands in the page, and is held until its answer.")
    way = "Add it under Tags, as one that is in the page already."
    sentence = (
        f"{known.name} stands in the page and is held, but it is no vendor of the site: it waits for advertising, and "
        f"visitors are not told its name. {way if known.vendor else 'Describe it under Tags as a vendor of your own.'}"
    )
    return Finding("unmarked", NOTE, sentence)


def _of_marked(places: Sequence[Place], subject: Subject) -> Finding:
    name, ours = places[0].known.name, [place for place in places if "data-consent" in place.part.attributes]
    if len(ours) == len(places) or subject.foreign_marks:
        return Finding("unmarked", GOOD, f"{name} is marked in the page, and waits.")
    sentence = (
        f"{name} is marked for another consent tool, so that nothing of this one lets it run. Under Settings have the marks "
        "of other tools taken for ours, or mark it:"
    )
    return Finding("unmarked", NOTE, sentence, _mark(next(one for one in places if one not in ours), subject))


def _of_loose(place: Place, standing: Standing, subject: Subject) -> Finding:
    """Return what lets a tag run without a choice, and what mends it."""
    name, part = place.known.name, place.part
    if standing.blocker is None:
        sentence = f"{name} stands in the page and loads without a choice: only the blocker can hold it. Put it first:"
        return Finding("unmarked", FAULT, sentence, subject.lines["head"])
    if part.type == WORKER:
        sentence = (
            f"{name} runs in a worker of Partytown, where nothing in the page holds it. Give it back its own type."
        )
        return Finding("unmarked", FAULT, sentence, _mark(place, subject))
    if part.tag == "img":
        sentence = (
            f"{name} loads an image without a choice: images are held of the site's own vendors alone. "
            "Add it under Tags, or mark it:"
        )
    elif part.tag in ("script", "iframe") or place.way in (CODE, FILE):
        sentence = f"{name} loads without a choice: the blocker in the page is told to let it run. Put in the newest:"
        return Finding("unmarked", FAULT, sentence, subject.lines["head"])
    else:
        sentence = f"{name} loads by <{part.tag}>, which nothing holds. Put it into a template:"
        return Finding("unmarked", FAULT, sentence, _template(place, subject))
    return Finding("unmarked", FAULT, sentence, _mark(place, subject))


def _of_sheet(place: Place, subject: Subject) -> Finding:
    name, part = place.known.name, place.part
    if part.tag == "link" and not place.sheet:
        sentence = (
            f"{name} loads by a style sheet, which nothing holds. Serve it from the site, or put it into a template:"
        )
        return Finding("unmarked", FAULT, sentence, _template(place, subject))
    where = place.sheet or "a style element of the page"
    sentence = f"{name} loads from within {where}, which nothing holds. Serve it from the site instead of:"
    return Finding("unmarked", FAULT, sentence, place.known.address)


def _check_hints(hints: Sequence[Place], name: str) -> Iterator[Finding]:
    if hints:
        kinds = sorted({kind for place in hints for kind in place.part.rel})
        lines = "\n".join(dict.fromkeys(_element(place.part) for place in hints))
        sentence = f"The page has browsers ask {name} ahead ({', '.join(kinds)}), before any choice. Take it out:"
        yield Finding("ahead", NOTE, sentence, lines)


def _check_stranger(places: Sequence[Place], standing: Standing, subject: Subject) -> Iterator[Finding]:
    """Yield what becomes of a host that neither the catalogue nor the list of code libraries has."""
    host, place = places[0].known.name, places[0]
    if all(one.way == HINT or one.part.is_marked for one in places) or standing.blocker is None:
        return
    address = place.known.address
    held = any(standing.holds(one) for one in places)
    if any(matches(address, entry) for entry in subject.allowed_hosts):
        yield Finding("unknown", GOOD, f"{host} runs in any case, as Settings allow it.")
    elif held and any(matches(address, entry) for entry in OWN_CDN):
        sentence = (
            f"{host} looks like a place of the site's own files. It is held as a third party, and what it does in the page "
            "waits. If it is yours, allow it under Settings, Third parties that always run:"
        )
        yield Finding("unknown", FAULT, sentence, host)
    elif held:
        asked = " until you say what it is" if subject.unknown_hosts == ASK else ""
        sentence = (
            f"Nobody knows {host}: it is held{asked} and waits for advertising. If the page needs it, allow it under "
            "Settings, Third parties that always run:"
        )
        yield Finding("unknown", NOTE, sentence, host)
    else:
        way = "stands above the blocker" if standing.is_above(place.part) else "is let run, as Settings have it"
        sentence = (
            f"Nobody knows {host}: it {way}. To hold it, add it under Tags as a vendor of your own, with this host:"
        )
        yield Finding("unknown", NOTE, sentence, host)


def _is_optional(place: Place) -> bool:
    """Tell whether it waits for a choice; of a known host whose use is not known that is taken for granted."""
    return place.known.is_known and place.known.group != ESSENTIAL


def _mark(place: Place, subject: Subject) -> str:
    """Return the element as it should begin."""
    part = place.part
    source = f' data-src="{part.src}"' if part.src else ""
    mark = _marks(place, subject)
    if part.tag == "script":
        return f'<script type="text/plain" {mark}{source}>' + ("</script>" if source else "")
    return f"<{part.tag} {mark}{source}>" + ("</iframe>" if part.tag == "iframe" else "")


def _template(place: Place, subject: Subject) -> str:
    return f"<template {_marks(place, subject)}>{_element(place.part)}</template>"


def _marks(place: Place, subject: Subject) -> str:
    known = place.known
    vendor = f' data-vendor="{known.vendor}"' if known.vendor in subject.vendors else ""
    return f'data-consent="{known.group or "advertising"}"{vendor}'


def _element(part: Part) -> str:
    """Return the element as the page has it."""
    attributes = "".join(f' {name}="{value}"' if value else f" {name}" for name, value in part.attributes.items())
    return f"<{part.tag}{attributes}>"
