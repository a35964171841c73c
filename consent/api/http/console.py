"""Calls of the API from within the service, for *Try it* on the page of its documentation."""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from werkzeug.test import create_environ, run_wsgi_app

from consent.api.http.routes import Room

MAX_SHOWN_BYTES = 100_000
"""Of an answer; the rest of an export is not made."""
_TEXTS = ("text/", "application/json", "application/x-ndjson", "application/schema+json")


def scopes_of_readable(rooms: Sequence[Room]) -> dict[str, str]:
    """Return the path of each operation that can be tried with the scope of its token, empty where it needs none."""
    return {route.template: route.scope for room in rooms for route in room.routes if route.can_be_tried}


def call_api(
    app: Callable[..., Iterable[bytes]], base_url: str, path: str, token: str, address: str
) -> dict[str, object]:
    """Request `path` with its query from the WSGI callable `app`, as a client at `address` with `token` would.

    Returns the status, the media type, the text and whether it is only the beginning.
    """
    headers: dict[str, Any] = {"Authorization": f"Bearer {token}"} if token else {}
    environ = create_environ(path, base_url, headers=headers, environ_overrides={"REMOTE_ADDR": address})
    chunks, status, sent = run_wsgi_app(app, environ)
    body = bytearray()
    with contextlib.closing(chunks) if hasattr(chunks, "close") else contextlib.nullcontext():
        for chunk in chunks:
            body += chunk
            if len(body) > MAX_SHOWN_BYTES:
                break
    media_type = sent.get("Content-Type", "")
    text = body[:MAX_SHOWN_BYTES].decode("utf-8", "replace") if media_type.startswith(_TEXTS) else ""
    return {
        "status": int(status.split()[0]),
        "media_type": media_type,
        "text": text,
        "is_cut": len(body) > MAX_SHOWN_BYTES,
    }
