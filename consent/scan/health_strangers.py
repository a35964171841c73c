"""What becomes of third parties that neither the catalogue nor the list of code libraries has."""

from collections.abc import Iterator, Sequence

from consent.core.addresses import matches
from consent.scan.page_tags import HINT, Place
from consent.scan.standing import Standing
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
SETTING = "allow it under Settings, Third parties that always run:"


def check_stranger(places: Sequence[Place], standing: Standing, then: Standing, subject: Subject) -> Iterator[Finding]:
    """Yield what becomes of one such host; `then` is the page with the newest blocker first."""
    host, address = places[0].known.name, places[0].known.address
    if all(place.way == HINT or place.part.is_marked for place in places):
        return
    if any(matches(address, entry) for entry in subject.allowed_hosts):
        yield Finding("unknown", GOOD, f"{host} runs in any case, as Settings allow it.")
    elif any(standing.holds(place) for place in places):
        yield _of_held(host, address, subject)
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


def is_own_cdn(address: str) -> bool:
    """Tell whether a site may keep files of its own there."""
    return any(matches(address, entry) for entry in OWN_CDN)


def _of_held(host: str, address: str, subject: Subject) -> Finding:
    if is_own_cdn(address):
        sentence = (
            f"{host} looks like a place of the site's own files. It is held as a third party, and what it does in the page "
            f"waits. If it is yours, {SETTING}"
        )
        return Finding("unknown", FAULT, sentence, host)
    asked = " until you say what it is" if subject.unknown_hosts == ASK else ""
    sentence = f"Nobody knows {host}: it is held{asked} and waits for advertising. If the page needs it, {SETTING}"
    return Finding("unknown", NOTE, sentence, host)
