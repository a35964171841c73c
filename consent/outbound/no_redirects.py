"""Open addresses of the operator's without following redirects: where a request goes is his word alone."""

from typing import Any
from urllib.request import HTTPRedirectHandler, build_opener


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""


open_without_redirects = build_opener(_NoRedirect).open
"""Opens a request; an answer of 300 and more raises HTTPError."""
