"""Post to an address that the operator configured, over https and without following redirects."""

import json
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import Request

from consent.core.documents.json_object import JsonObject
from consent.core.translatable import translatable
from consent.outbound.no_redirects import open_without_redirects

TIMEOUT_SECONDS = 10.0
MAX_ANSWER_BYTES = 64 * 1024


class TextAnswer(NamedTuple):
    """A response; without one, `status` is 0 and `text` says why."""

    status: int
    text: str


def post_text(url: str, text: str) -> TextAnswer:
    """Post `text`, and return the response. One with more than 64 KiB counts as none."""
    headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "consent-tag-server"}
    request = Request(url, text.encode(), headers, method="POST")  # noqa: S310 - https, or the own network
    try:
        with open_without_redirects(request, timeout=TIMEOUT_SECONDS) as answer:
            return TextAnswer(answer.status, _read(answer))
    except HTTPError as error:
        with error:
            try:
                return TextAnswer(error.code, _read(error))
            except (OSError, HTTPException, ValueError):
                return TextAnswer(error.code, "")
    except (OSError, HTTPException, ValueError) as error:
        return TextAnswer(0, type(getattr(error, "reason", None) or error).__name__)


def _read(answer: Any) -> str:
    """Return the body. Raises ValueError if it is too long or isn't UTF-8."""
    body = b""
    while part := answer.read1(MAX_ANSWER_BYTES):
        body += part
        if len(body) > MAX_ANSWER_BYTES:
            raise ValueError("the response is too long")
    return body.decode()


def post_json(url: str, facts: JsonObject) -> str:
    """Post `facts`, and return why that failed, or "" if it worked. `consent.config` has checked the address."""
    headers = {"Content-Type": "application/json", "User-Agent": "consent-tag-server"}
    request = Request(url, json.dumps(facts).encode(), headers, method="POST")  # noqa: S310 - https, or this machine
    try:
        with open_without_redirects(request, timeout=TIMEOUT_SECONDS):
            return ""
    except HTTPError as error:
        with error:
            return translatable(f"it returned {error.code}")
    except (OSError, HTTPException, ValueError) as error:
        return type(getattr(error, "reason", None) or error).__name__
