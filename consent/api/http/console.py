"""API calls from within the service, for *Try it* on the API documentation page."""

from collections.abc import Callable, Iterable, Sequence

from werkzeug.test import Client

from consent.api.http.routes import RouteGroup

MAX_SHOWN_BYTES = 100_000
"""Maximum size of a response in bytes; the rest of an export isn't generated."""
_TEXTS = ("text/", "application/json", "application/x-ndjson", "application/schema+json")


def scopes_of_readable(groups: Sequence[RouteGroup]) -> dict[str, str]:
    """Return the path of each operation that can be tried, with its token scope, or "" if it needs no token."""
    return {route.template: route.scope for group in groups for route in group.routes if route.can_be_tried}


def call_api(
    app: Callable[..., Iterable[bytes]], base_url: str, path: str, token: str, address: str
) -> dict[str, object]:
    """Request `path` with its query from the WSGI callable `app`, as a client at `address` with `token` would.

    Returns the status, the media type, the text and whether the text is truncated.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    client, body = Client(app, use_cookies=False), bytearray()
    environ = {"REMOTE_ADDR": address}
    with client.get(path, base_url=base_url, headers=headers, environ_overrides=environ) as answer:
        for chunk in answer.iter_encoded():
            body += chunk
            if len(body) > MAX_SHOWN_BYTES:
                break
    media_type = answer.headers.get("Content-Type", "")
    text = body[:MAX_SHOWN_BYTES].decode("utf-8", "replace") if media_type.startswith(_TEXTS) else ""
    return {
        "status": answer.status_code,
        "media_type": media_type,
        "text": text,
        "is_cut": len(body) > MAX_SHOWN_BYTES,
    }
