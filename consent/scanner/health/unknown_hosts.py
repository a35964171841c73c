"""Health check of unknown third-party hosts: whether the blocker stops them."""

from collections.abc import Iterator, Sequence

from consent.classifier.recognition.shared_hosting import is_own_cdn
from consent.core.host_patterns import matches
from consent.core.translatable import translatable
from consent.runtime.blocking import ASK
from consent.scanner.health.import_maps import IMPORT_MAP
from consent.scanner.health.our_lines import OurLines
from consent.scanner.health.page_tags import HINT, Place
from consent.sites.health_report import ERROR, GOOD, NOTE, Finding, Subject


def check_unknown_host(
    places: Sequence[Place], our_lines: OurLines, fixed_page: OurLines, subject: Subject
) -> Iterator[Finding]:
    """Yield the status of one such host; `fixed_page` is the page with the newest blocker at the top."""
    host, address = places[0].known.name, places[0].known.address
    if all(place.way == HINT or place.part.is_marked for place in places):
        return
    if any(matches(address, entry) for entry in subject.allowed_hosts):
        yield Finding("unknown", GOOD, translatable(f"{host} always runs, as set under Settings."))
    elif loose := [one for one in places if one.is_out_of_reach and one.way != HINT and not one.part.is_marked]:
        yield _out_of_reach_finding(host, loose[0])
    elif any(our_lines.holds(place) for place in places):
        yield _blocked_finding(host, address, subject)
    elif our_lines.blocker is None and any(fixed_page.holds(place) for place in places):
        yield Finding("unknown", NOTE, _later_sentence(host, address), host)
    elif our_lines.is_above(places[0].part):
        sentence = translatable(
            f"{host} is unknown and loads above the blocker. To block it, add it under Tags as your own vendor, with this"
            " host:"
        )
        yield Finding("unknown", NOTE, sentence, host)
    else:
        sentence = translatable(
            f"{host} is unknown and runs, as set under Settings. To block it, add it under Tags as your own vendor, with"
            " this host:"
        )
        yield Finding("unknown", NOTE, sentence, host)


def _out_of_reach_finding(host: str, place: Place) -> Finding:
    if place.way == IMPORT_MAP:
        sentence = translatable(
            f"{host} is unknown and in the import map of the page, so a module that imports from it by name loads it"
            " without a choice. Mark each script that does, or allow it under Settings, Third parties that always run:"
        )
    else:
        sentence = translatable(
            f"{host} is unknown and loads inside a <template shadowrootmode>, where nothing can block it. Move it out of"
            " that template, or allow it under Settings, Third parties that always run:"
        )
    return Finding("unknown", NOTE, sentence, host)


def _later_sentence(host: str, address: str) -> str:
    if is_own_cdn(address):
        return translatable(
            f"{host} appears to serve the site's own files, and is blocked once the blocker is in the "
            "page. If the page needs it, allow it under Settings, Third parties that always run:"
        )
    return translatable(
        f"{host} is unknown, and is blocked once the blocker is in the page. If the page needs it, allow it under Settings,"
        " Third parties that always run:"
    )


def _blocked_finding(host: str, address: str, subject: Subject) -> Finding:
    if is_own_cdn(address):
        sentence = translatable(
            f"{host} appears to serve the site's own files, but is blocked as a third party. If it is "
            "yours, allow it under Settings, Third parties that always run:"
        )
        return Finding("unknown", ERROR, sentence, host)
    if "advertising" not in subject.asks:
        sentence = translatable(
            f"{host} is unknown and blocked, and no visitor can accept it, since the site has no advertising tag. Press Ask"
            " visitors for advertising, name its vendor under Tags, or allow it under Settings, Third parties that always"
            " run:"
        )
        return Finding("unknown", ERROR, sentence, host)
    if subject.unknown_hosts == ASK:
        sentence = translatable(
            f"{host} is unknown: it is blocked until you say what it is, and waits for advertising. If the page needs it,"
            " allow it under Settings, Third parties that always run:"
        )
    else:
        sentence = translatable(
            f"{host} is unknown: it is blocked and waits for advertising. If the page needs it, allow it under Settings,"
            " Third parties that always run:"
        )
    return Finding("unknown", NOTE, sentence, host)
