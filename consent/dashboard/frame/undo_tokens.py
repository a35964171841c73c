"""Undo deletions with a signed token that the toast sends back."""

from typing import Any, NotRequired, TypedDict

from flask import abort, current_app, flash
from itsdangerous import BadSignature, URLSafeSerializer

from consent.storage.sites.sites import SiteRow


class Undo(TypedDict):
    """How to undo something: the URL and the fields to post, and the selector of what then changes in the page."""

    url: str
    values: dict[str, str]
    target: NotRequired[str]


def seal(site: SiteRow, what: str, taken: Any) -> str:
    """Return what was removed from `site` as a signed token; `what` names the kind of thing."""
    return str(_serializer(site, what).dumps(taken))


def unseal(site: SiteRow, what: str, sealed: str) -> Any:
    """Return what was passed to `seal`; answers 400 for an invalid token."""
    try:
        return _serializer(site, what).loads(sealed)
    except BadSignature:
        abort(400)


def flash_undo(text: str, url: str, values: dict[str, str]) -> None:
    """Show `text` on the next page, with an undo button that posts `values` to `url`."""
    note: Any = {"text": text, "url": url, "fields": values}
    flash(note, "undo")


def _serializer(site: SiteRow, what: str) -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=f"removed {what} of site {site.id}")
