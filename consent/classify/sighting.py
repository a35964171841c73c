"""A cookie or stored item as it was met."""

from typing import NamedTuple


class Sighting(NamedTuple):
    """What was seen of a cookie or stored item; None where that was not seen.

    `host` is its domain, cleaned; `kind` what the table of third-party hosts says of it, such as `ad`, or empty;
    `is_website` tells that an owner of such hosts has its own website there, which sets cookies for itself.
    """

    name: str
    host: str = ""
    value: str | None = None
    expiry_s: int | None = None
    third_party: bool | None = None
    kind: str = ""
    is_website: bool = False
