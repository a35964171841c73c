"""Data model of an observed cookie or storage item."""

from typing import NamedTuple


class Observation(NamedTuple):
    """A cookie or stored item to classify; unknown fields keep their defaults.

    `domain` is the cookie domain, or the host of the page that stores the item. `script` is the URL of the script that
    set it. `expiry_s` is its lifetime in seconds, 0 for a session cookie. `http_only` means that scripts can't read or
    set it.
    """

    name: str
    domain: str = ""
    value: str | None = None
    expiry_s: int | None = None
    third_party: bool | None = None
    script: str = ""
    http_only: bool | None = None


class Sighting(NamedTuple):
    """A cookie or stored item as the model sees it; None means not observed.

    `host` is its normalized domain. `kind` is the host's category in the table of third-party hosts, such as `ad`, or
    empty. `is_website` means that an owner of such hosts has its own website there, which sets cookies for itself.
    """

    name: str
    host: str = ""
    value: str | None = None
    expiry_s: int | None = None
    third_party: bool | None = None
    kind: str = ""
    is_website: bool = False
