"""Download a file from an address that the operator configured, over https and without following redirects."""

from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request

from consent.outbound.no_redirects import open_without_redirects

TIMEOUT_SECONDS = 60.0
CHUNK_BYTES = 2**16


class GetFileError(Exception):
    """Raised if the file could not be downloaded; the message says why."""


def get_file(url: str, max_bytes: int) -> bytes | None:
    """Return the file at `url`, or None if there is none. Raises GetFileError, also if it exceeds `max_bytes`."""
    request = Request(url, headers={"User-Agent": "consent-tag-server"})  # noqa: S310 - https, or this machine: consent.config checks
    body = b""
    try:
        with open_without_redirects(request, timeout=TIMEOUT_SECONDS) as answer:
            while chunk := answer.read1(CHUNK_BYTES):
                body += chunk
                if len(body) > max_bytes:
                    raise GetFileError(f"it is larger than {max_bytes // 1_000_000} MB")
            return body
    except HTTPError as error:
        with error:
            if error.code in (404, 410):
                return None
            raise GetFileError(f"the server returned {error.code}") from None
    except (OSError, HTTPException) as error:
        raise GetFileError(type(getattr(error, "reason", None) or error).__name__) from None
