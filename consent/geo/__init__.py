"""Geolocation from an IP address or edge headers to a place; no address is stored, logged or sent.

`Locator` serves a request, with a `GeoReader` for lookups. If in doubt, the place is unknown and the strictest
law applies: a misconfigured proxy must not cause the wrong law to apply.
"""

from consent.geo.address import address_prefix
from consent.geo.database import Description, GeoDatabaseError, install_database
from consent.geo.edge_headers import EDGES, HEADERS
from consent.geo.geo_reader import SHIPPED_DATABASE, GeoReader
from consent.geo.locator import Located, Locator, Report
from consent.geo.places import read_place
from consent.geo.warnings import SENTENCES

__all__ = [
    "EDGES",
    "HEADERS",
    "SENTENCES",
    "SHIPPED_DATABASE",
    "Description",
    "GeoDatabaseError",
    "GeoReader",
    "Located",
    "Locator",
    "Report",
    "address_prefix",
    "install_database",
    "read_place",
]
