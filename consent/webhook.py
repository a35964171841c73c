"""Posts to an address of the operator's: JSON over https, no redirect followed."""

import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

TIMEOUT_S = 10.0


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow nothing: where this goes is the operator's word alone."""


_open = build_opener(_NoRedirect).open


def post_json(url: str, said: dict[str, Any]) -> str:
    """Post `said`, and return why it did not arrive; empty where it did. `consent.config` has checked the address."""
    headers = {"Content-Type": "application/json", "User-Agent": "consent-tag-server"}
    request = Request(url, json.dumps(said).encode(), headers, method="POST")  # noqa: S310 - https, or this machine
    try:
        with _open(request, timeout=TIMEOUT_S):
            return ""
    except HTTPError as error:
        with error:
            return f"it answers {error.code}"
    except (OSError, HTTPException, ValueError) as error:
        return type(getattr(error, "reason", None) or error).__name__
