"""From an address or an edge's headers to a place; no address is kept, logged or sent anywhere.

`Locator` answers for a request, with a `GeoReader` for look-ups. In doubt a place is unknown, which the rules meet with
the strictest law: a mis-set proxy must not apply the wrong one.
"""

from consent.geo.address import address_prefix
from consent.geo.database import Description, GeoDatabaseError, install_database
from consent.geo.doubts import SENTENCES
from consent.geo.edges import EDGES, HEADERS
from consent.geo.locator import Located, Locator
from consent.geo.places import read_place
from consent.geo.reader import SHIPPED_DATABASE, GeoReader
from consent.geo.tally import Report

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
