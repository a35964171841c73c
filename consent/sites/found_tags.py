"""Data model of a tag that *Check my site* found on a page: a known vendor or an unknown third party."""

from collections.abc import Sequence
from typing import NamedTuple

HTML, BROWSER, TAG_MANAGER = "html", "browser", "tag_manager"
SOURCES = (HTML, BROWSER, TAG_MANAGER)
"""The page as the server sends it; what a browser requested; what appeared only after the page's tag manager ran."""


class FoundTag(NamedTuple):
    """One product on a page, once for each set of its parameters."""

    vendor: str
    """The vendor's id in the catalog; empty if unknown."""
    template: str
    """The id of the vendor's tag in the catalog; empty if none matches."""
    name: str
    """The product's name, or the host."""
    group: str | None
    parameters: dict[str, str]
    """The values in the page, by the parameter names of the catalog's tag, such as `{"measurement_id": "G-…"}`."""
    address: str
    """The address that is loaded; empty if inline code builds it."""
    source: str
    held: bool
    """Whether our lines, as they are in the page, hold it."""
    reason: str
    """Why it has this group, as a sentence."""
    mounts: Sequence[str] = ()
    """The paths of the site's own host that proxy it, such as `/metrics/*`."""
