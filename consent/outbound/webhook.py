"""POST JSON to an operator's webhook over https, without following redirects."""

import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from consent.core.documents import JsonObject

TIMEOUT_SECONDS = 10.0


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow nothing: where this goes is the operator's word alone."""


_open = build_opener(_NoRedirect).open


def post_json(url: str, facts: JsonObject) -> str:
    """Post `facts`, and return why it did not arrive; empty where it did. `consent.config` has checked the address."""
    headers = {"Content-Type": "application/json", "User-Agent": "consent-tag-server"}
    request = Request(url, json.dumps(facts).encode(), headers, method="POST")  # noqa: S310 - https, or this machine
    try:
        with _open(request, timeout=TIMEOUT_SECONDS):
            return ""
    except HTTPError as error:
        with error:
            return f"it answers {error.code}"
    except (OSError, HTTPException, ValueError) as error:
        return type(getattr(error, "reason", None) or error).__name__
