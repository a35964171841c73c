"""Taking back what was just done: what was taken out comes back by a sealed note of it, from a toast."""

from typing import Any

from flask import abort, current_app, flash
from itsdangerous import BadSignature, URLSafeSerializer

from consent.storage.sites import FoundSite


def seal(site: FoundSite, what: str, taken: Any) -> str:
    """Return what was taken out of `site` as a text that nobody can change; `what` names the kind of thing."""
    return str(_serializer(site, what).dumps(taken))


def unseal(site: FoundSite, what: str, sealed: str) -> Any:
    """Return what `seal` was given; answers 400 for any other text."""
    try:
        return _serializer(site, what).loads(sealed)
    except BadSignature:
        abort(400)


def flash_undo(text: str, url: str, values: dict[str, str]) -> None:
    """Say on the next page what was done, with the button that sends `values` to `url` to take it back."""
    note: Any = {"text": text, "url": url, "fields": values}
    flash(note, "undo")


def _serializer(site: FoundSite, what: str) -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=f"removed {what} of site {site.id}")
