"""Geolocation and client IP headers of the CDN edges in CONSENT_EDGE."""

from collections.abc import Callable
from dataclasses import dataclass

from consent.core.rules import Place
from consent.geo.address import parse_address, parse_with_port
from consent.geo.forwarded_headers import Header
from consent.geo.places import PSEUDO, UNKNOWN, is_country, read_place
from consent.geo.warnings import UNREADABLE, UntrustedHeaderError


@dataclass(frozen=True, slots=True)
class Edge:
    """The headers of one edge; `replaces_chain` is whether it discards an X-Forwarded-For sent by the visitor."""

    country: str
    subdivision: str
    address: str
    parse: Callable[[str], bytes | None] = parse_address
    replaces_chain: bool = False

    def visitor(self, header: Header) -> bytes | None:
        """Return the visitor's packed address, None if the edge sends none.

        Raises UntrustedHeaderError if it is malformed.
        """
        text = header(self.address)
        if not text:
            return None
        packed = self.parse(text)
        if packed is None:
            raise UntrustedHeaderError(UNREADABLE)
        return packed

    def place(self, header: Header) -> Place | None:
        """Return the place that the edge sends, None if it sends none.

        Raises UntrustedHeaderError for a malformed country. A pseudo country, such as Tor's, gives the unknown place: a
        lookup would find the exit node's country.
        """
        country = header(self.country)
        if not country:
            return None
        if country in PSEUDO:
            return UNKNOWN
        if not is_country(country):
            raise UntrustedHeaderError(UNREADABLE)
        # The length limit keeps long values, which a visitor may have sent, out of the cache of read_place.
        return read_place(country, (header(self.subdivision) or "")[:16], "edge")


EDGES = {
    "cloudflare": Edge("CF-IPCountry", "CF-Region-Code", "CF-Connecting-IP"),
    "cloudfront": Edge(
        "CloudFront-Viewer-Country", "CloudFront-Viewer-Country-Region", "CloudFront-Viewer-Address", parse_with_port
    ),
    "vercel": Edge("X-Vercel-IP-Country", "X-Vercel-IP-Country-Region", "X-Vercel-Forwarded-For", replaces_chain=True),
    # An edge of your own. The visitor's address is in X-Forwarded-For, as set by any of your proxies.
    "own": Edge("Consent-Country", "Consent-Subdivision", "Consent-Address", replaces_chain=True),
    # Fastly doesn't send a country on its own. The names are ours, to be set in VCL:
    #   set bereq.http.Fastly-Geo-Country = client.geo.country_code;
    #   set bereq.http.Fastly-Geo-Region = client.geo.region;
    "fastly": Edge("Fastly-Geo-Country", "Fastly-Geo-Region", "Fastly-Client-IP"),
}

_OF_PROXIES = (
    "X-Forwarded-For",
    "Forwarded",
    "X-Real-IP",
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
    "X-Client-IP",
    "True-Client-IP",
)
_OF_EDGES = tuple(name for edge in EDGES.values() for name in (edge.country, edge.subdivision, edge.address))
HEADERS = _OF_PROXIES + _OF_EDGES
"""Headers that only a proxy sends; any of them from an untrusted peer makes the place unknown."""
