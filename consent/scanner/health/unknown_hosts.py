"""Health check of unknown third-party hosts: whether the blocker stops them."""

from collections.abc import Iterator, Sequence

from consent.classifier.recognition.shared_hosting import is_own_cdn
from consent.core.host_patterns import matches
from consent.runtime.blocking import ASK
from consent.scanner.health.our_lines import OurLines
from consent.scanner.health.page_tags import HINT, Place
from consent.sites.health_report import ERROR, GOOD, NOTE, Finding, Subject

SETTING = "allow it under Settings, Third parties that always run:"


def check_stranger(places: Sequence[Place], standing: OurLines, then: OurLines, subject: Subject) -> Iterator[Finding]:
    """Yield what becomes of one such host; `then` is the page with the newest blocker first."""
    host, address = places[0].known.name, places[0].known.address
    if all(place.way == HINT or place.part.is_marked for place in places):
        return
    if any(matches(address, entry) for entry in subject.allowed_hosts):
        yield Finding("unknown", GOOD, f"{host} runs in any case, as Settings allow it.")
    elif any(standing.holds(place) for place in places):
        yield _blocked_finding(host, address, subject)
    elif standing.blocker is None and any(then.holds(place) for place in places):
        what = "looks like a place of the site's own files" if is_own_cdn(address) else "is known to nobody"
        sentence = f"{host} {what}: with the blocker in the page it is held. If the page needs it, {SETTING}"
        yield Finding("unknown", NOTE, sentence, host)
    else:
        way = "stands above the blocker" if standing.is_above(places[0].part) else "is let run, as Settings have it"
        sentence = (
            f"Nobody knows {host}: it {way}. To hold it, add it under Tags as a vendor of your own, with this host:"
        )
        yield Finding("unknown", NOTE, sentence, host)


def _blocked_finding(host: str, address: str, subject: Subject) -> Finding:
    if is_own_cdn(address):
        sentence = (
            f"{host} looks like a place of the site's own files. It is held as a third party, and what it does in the page "
            f"waits. If it is yours, {SETTING}"
        )
        return Finding("unknown", ERROR, sentence, host)
    if "advertising" not in subject.asks:
        sentence = (
            f"Nobody knows {host}: it is held, and no visitor can accept it, since the site has no advertising tag. "
            f"Press Ask visitors for advertising, name its vendor under Tags, or {SETTING}"
        )
        return Finding("unknown", ERROR, sentence, host)
    until = " until you say what it is" if subject.unknown_hosts == ASK else ""
    sentence = f"Nobody knows {host}: it is held{until} and waits for advertising. If the page needs it, {SETTING}"
    return Finding("unknown", NOTE, sentence, host)
