"""The watchdog of request bodies survives a process that has run out of file descriptors."""

import io
import time

import pytest
from werkzeug.exceptions import RequestTimeout

from consent.web import body_timeout
from consent.web.body_timeout import BODY_SECONDS, Body, BodyTimeouts
from tests.polling import wait_for


def test_a_body_is_overdue_although_no_descriptor_is_left_to_find_its_socket(monkeypatch):
    looked = []

    def listdir(path: str) -> list[str]:
        looked.append(path)
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(body_timeout.os, "listdir", listdir)
    timeouts = BodyTimeouts(threads=8)
    body = Body(timeouts, {"wsgi.input": io.BytesIO(b"ab"), "CONTENT_LENGTH": "5"})
    body.since = time.monotonic() - BODY_SECONDS - 5
    timeouts.begin(body)
    timeouts.start()
    # The second look shows that the thread survived the first one.
    wait_for(lambda: len(looked) > 1)
    timeouts.close()
    with pytest.raises(RequestTimeout):
        body.read()
