"""Compress the dashboard's pages and files, with padding against BREACH."""

import gzip
import io
import secrets
from functools import lru_cache

from flask import Flask, Response, request

from consent.web.compression import ENCODINGS, best_encoding, compress

KINDS = frozenset({"text/html", "text/css", "text/javascript", "image/svg+xml"})
LEAST_BYTES = 1000
PADDED = ("gzip",)
"""Encodings whose length can be padded."""
MAX_PADDING = 100


def compress_answers(app: Flask) -> None:
    """Compress each page of `app`, and its CSS, JS and SVG files."""
    app.after_request(_compressed)


def _compressed(response: Response) -> Response:
    is_whole = response.status_code not in (204, 206, 304) and "Content-Encoding" not in response.headers
    if response.mimetype not in KINDS or not is_whole:
        return response
    response.vary.add("Accept-Encoding")
    is_page = response.mimetype == "text/html"
    encoding = best_encoding(request.headers.get("Accept-Encoding", ""), PADDED if is_page else ENCODINGS)
    if not encoding or (response.content_length or LEAST_BYTES) < LEAST_BYTES:
        return response
    tag, _ = response.get_etag()
    response.direct_passthrough = False
    body = response.get_data()
    response.close()  # closes the file, if it is one
    response.set_data(_padded(body) if is_page else _compressed_file(body, encoding))
    response.headers["Content-Encoding"] = encoding
    if tag:
        response.set_etag(tag, weak=True)  # the uncompressed response has the same one
    return response


@lru_cache(64)
def _compressed_file(body: bytes, encoding: str) -> bytes:
    return compress(body, encoding, best=True)


def _padded(body: bytes) -> bytes:
    """Return a page as gzip whose length reveals nothing about its content.

    A page contains a secret (its CSRF token) along with text from its URL. An attacker who can trigger requests and
    observe the length of responses could use the text to guess the secret (BREACH). A file name of random length in the
    gzip header prevents that, as in Django.
    """
    out = io.BytesIO()
    name = "x" * (1 + secrets.randbelow(MAX_PADDING))
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=6, fileobj=out, mtime=0) as file:
        file.write(body)
    return out.getvalue()
