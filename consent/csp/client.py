"""HTTP client that fetches the CSP sources allowed for a visitor, with a cache of one minute."""

import json
import logging
import threading
import time
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

log = logging.getLogger(__name__)

CACHE_SECONDS = 60.0
MAX_CACHED = 2000
RETRY_SECONDS = 5.0
"""A service that gave no answer is left alone for so long: its outage must not cost each page a wait."""


class Sources:
    """What visitors allow, as CSP sources; nothing where the service does not answer."""

    def __init__(self, base: str, site: str, token: str, timeout_s: float, clock: Callable[[], float] = time.monotonic):
        if not base.startswith(("https://", "http://")):
            raise ValueError(f"{base} is no web address")
        self._address = f"{base}/api/v1/sites/{site}/decision"
        self._token, self._timeout_s, self._clock = token, timeout_s, clock
        self._kept: dict[tuple[tuple[str, str], ...], tuple[float, list[str]]] = {}
        self._away_until = 0.0
        self._lock = threading.Lock()

    def of(self, parameters: dict[str, str], visitor_address: str) -> list[str]:
        """Return the sources of all tags that the visitor allows. `parameters` are those of the decision's route."""
        key = (*sorted(parameters.items()), ("address", visitor_address))
        now = self._clock()
        with self._lock:
            known = self._kept.get(key)
        if known and now - known[0] < CACHE_SECONDS:
            return known[1]
        if now < self._away_until:
            return []
        try:
            sources = self._request(parameters, visitor_address)
        except HTTPError as error:
            log.warning("the consent service answered %d: all third parties are blocked", error.code)
            return []
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
            log.warning("the consent service does not answer (%s): all third parties are blocked", type(error).__name__)
            self._away_until = self._clock() + RETRY_SECONDS
            return []
        with self._lock:
            if len(self._kept) >= MAX_CACHED:
                self._kept = {}
            self._kept[key] = (now, sources)
        return sources

    def _request(self, parameters: dict[str, str], visitor_address: str) -> list[str]:
        headers = {"Authorization": f"Bearer {self._token}"}
        if visitor_address:
            headers["X-Visitor-Address"] = visitor_address
        request = Request(  # noqa: S310 (the scheme was checked)
            f"{self._address}?{urlencode({'view': 'csp', **parameters})}", headers=headers
        )
        with urlopen(request, timeout=self._timeout_s) as answer:  # noqa: S310
            document: dict[str, Any] = json.load(answer)
        return [str(source) for source in document["sources"]]
