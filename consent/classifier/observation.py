"""Data model of an observed cookie or storage item."""

from typing import NamedTuple


class Observation(NamedTuple):
    """A cookie or stored item as it is asked about; what is not known is left out.

    `domain` is its cookie domain, or the host of the page that stores it; `script` the address of the script that set it;
    `expiry_s` the seconds it lives, 0 until the browser is closed; `http_only` tells that no script can read or set it.
    """

    name: str
    domain: str = ""
    value: str | None = None
    expiry_s: int | None = None
    third_party: bool | None = None
    script: str = ""
    http_only: bool | None = None


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
