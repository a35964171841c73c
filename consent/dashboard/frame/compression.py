"""Compress the pages and files of the dashboard, with padding against BREACH."""

import gzip
import io
import secrets
from functools import lru_cache

from flask import Flask, Response, request

from consent.web.compression import ENCODINGS, best_encoding, compress

KINDS = frozenset({"text/html", "text/css", "text/javascript", "image/svg+xml"})
LEAST_BYTES = 1000
PADDED = ("gzip",)
"""What can hold a length that tells nothing."""
MAX_PADDING = 100


def compress_answers(app: Flask) -> None:
    """Compress each page of `app` and its css, js and svg files."""
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
    response.close()  # the file, where it is one
    response.set_data(_padded(body) if is_page else _file(body, encoding))
    response.headers["Content-Encoding"] = encoding
    if tag:
        response.set_etag(tag, weak=True)  # the plain bytes have the same
    return response


@lru_cache(64)
def _file(body: bytes, encoding: str) -> bytes:
    return compress(body, encoding, best=True)


def _padded(body: bytes) -> bytes:
    """Return a page as gzip of a length that reveals nothing of its content.

    A page has a secret (the token of its forms) beside words of its address: who can have it asked for and sees how long
    the answers are could guess the one by the other (BREACH). A file name of random length in gzip's head hides that,
    as in Django.
    """
    out = io.BytesIO()
    name = "x" * (1 + secrets.randbelow(MAX_PADDING))
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=6, fileobj=out, mtime=0) as file:
        file.write(body)
    return out.getvalue()
