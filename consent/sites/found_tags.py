"""Data model of a tag that *Check my site* found in a page: a known vendor or an unknown third party."""

from collections.abc import Sequence
from typing import NamedTuple

HTML, BROWSER, TAG_MANAGER = "html", "browser", "tag_manager"
SOURCES = (HTML, BROWSER, TAG_MANAGER)
"""The page as the server sends it; what a browser asked for; what came only once a tag manager of the page had run."""


class FoundTag(NamedTuple):
    """One product in a page, once for each set of its parameters."""

    vendor: str
    """The vendor's id in the catalogue; empty where nobody knows it."""
    template: str
    """The id of the vendor's tag in the catalogue; empty where none fits."""
    name: str
    """The product's name, or the host."""
    group: str | None
    parameters: dict[str, str]
    """What the page fills in, by the names of the catalogue's tag, such as `{"measurement_id": "G-…"}`."""
    address: str
    """What is loaded; empty where inline code builds the address."""
    source: str
    held: bool
    """Whether our lines, as they stand in the page, hold it."""
    reason: str
    """Why it has this group: a sentence."""
    mounts: Sequence[str] = ()
    """The paths of the site's own host under which it is proxied, such as `/metrics/*`."""
