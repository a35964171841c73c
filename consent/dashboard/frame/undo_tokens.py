"""Undo deletions with a signed token sent by the toast."""

from typing import Any, NotRequired, TypedDict

from flask import abort, current_app, flash
from itsdangerous import BadSignature, URLSafeSerializer

from consent.storage.sites.sites import SiteRow


class Undo(TypedDict):
    """How something is taken back: where to send which fields, and the selector of what then changes in the page."""

    url: str
    values: dict[str, str]
    target: NotRequired[str]


def seal(site: SiteRow, what: str, taken: Any) -> str:
    """Return what was taken out of `site` as a text that nobody can change; `what` names the kind of thing."""
    return str(_serializer(site, what).dumps(taken))


def unseal(site: SiteRow, what: str, sealed: str) -> Any:
    """Return what `seal` was given; answers 400 for any other text."""
    try:
        return _serializer(site, what).loads(sealed)
    except BadSignature:
        abort(400)


def flash_undo(text: str, url: str, values: dict[str, str]) -> None:
    """Show on the next page what was done, with a button that posts `values` to `url` to undo it."""
    note: Any = {"text": text, "url": url, "fields": values}
    flash(note, "undo")


def _serializer(site: SiteRow, what: str) -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=f"removed {what} of site {site.id}")
