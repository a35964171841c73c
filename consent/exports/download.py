"""Serve the bytes of an export, even while it is still being written."""

import json
import time
from collections.abc import Callable, Iterator
from wsgiref.types import WSGIEnvironment

from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.utils import send_file
from werkzeug.wrappers import Response

from consent.exports.export_stream import FORMATS
from consent.exports.jobs import Job

PIECE = 256 * 1024
POLL_SECONDS = 0.1
MAX_MANIFEST_BYTES = 1 << 20
TIMEOUT_SECONDS = 60.0
"""Time without new bytes after which a download is aborted."""


class TruncatedExportError(Exception):
    """Raised when the export ended early or was removed, so that the bytes sent are incomplete."""


RETRY_SECONDS = 2


def answer_file(job: Job, environ: WSGIEnvironment, go_on: Callable[[Job], None]) -> Response:
    """Return the file: once complete, any part of it (RFC 9110, 14); before that, as it grows, from the start only.

    `go_on` starts a process to continue an interrupted export, since a client may use nothing but this download.
    """
    state, asked = job.state(), job.request
    content_type = FORMATS[asked.kind].content_type
    disposition = {"Content-Disposition": f'attachment; filename="{asked.name}"', "Cache-Control": "no-store"}
    if state.is_whole:
        try:
            answer = send_file(
                job.file.absolute(), environ, content_type, etag=state.sha256, conditional=True, last_modified=asked.at
            )
        except RequestedRangeNotSatisfiable:
            return Response("The range is outside of the file.\n", 416, {"Content-Range": f"bytes */{state.size}"})
        answer.headers.update(disposition)
        return answer
    if not state.error:
        go_on(job)
    if "HTTP_RANGE" in environ:
        text = "The export is still running; parts can be requested once it is complete.\n"
        return Response(text, 503, {"Retry-After": str(RETRY_SECONDS)}, content_type="text/plain; charset=utf-8")
    return Response(stream_growing(job, go_on), 200, disposition, content_type=content_type)


def answer_manifest(job: Job) -> Response | None:
    """Return the manifest file, or None until it is complete; for JSON Lines, it is also the last line."""
    state = job.state()
    if not state.is_whole:
        return None
    body = job.manifest.read_bytes() if job.manifest.is_file() else _inline_manifest(job)
    headers = {"Content-Disposition": f'attachment; filename="{job.manifest.name}"', "Cache-Control": "no-store"}
    return Response(body, 200, headers, content_type="application/json")


def _inline_manifest(job: Job) -> bytes:
    with job.file.open("rb") as file:
        file.seek(max(job.state().size - MAX_MANIFEST_BYTES, 0))
        last = file.read().rstrip(b"\n").rpartition(b"\n")[2]
    return json.dumps(json.loads(last)["manifest"]).encode() + b"\n"


def stream_growing(job: Job, go_on: Callable[[Job], None]) -> Iterator[bytes]:
    """Yield all bytes of an export that may still be in progress, and call `go_on` while waiting for more.

    Raises TruncatedExportError, so that a partial file isn't mistaken for a complete one.
    """
    waited = 0.0
    while not job.file.is_file():
        waited = _wait(job, go_on, waited)
    with job.file.open("rb") as file:
        while True:
            is_whole = job.state().is_whole
            # Bytes not yet recorded in the state may be cut off if the process dies.
            room = PIECE if is_whole else min(PIECE, job.state().size - file.tell())
            piece = file.read(room) if room > 0 else b""
            if piece:
                waited = 0.0
                yield piece
            elif is_whole:
                return
            else:
                waited = _wait(job, go_on, waited)


def _wait(job: Job, go_on: Callable[[Job], None], waited: float) -> float:
    if waited > TIMEOUT_SECONDS or job.state().error or not job.folder.is_dir():
        raise TruncatedExportError
    go_on(job)
    time.sleep(POLL_SECONDS)
    return waited + POLL_SECONDS
