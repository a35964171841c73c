"""Bodies sent to many visitors are compressed as far as possible after the first visitor got a faster version."""

import brotli

from consent.api.http.brotli_worker import MAX_WAITING, BrotliWorker
from consent.api.http.response import Answer
from consent.api.http.response_cache import CachedBody
from consent.web.compression import compress
from tests.polling import wait_for

BODY = b"".join(b"const name%d = consent(%d);" % (n, n * n) for n in range(400))


def test_a_body_is_sent_at_once_and_smaller_once_there_was_time():
    ready, done = CachedBody(BODY), []
    first = ready.in_encoding("br")
    gzipped = ready.in_encoding("gzip")
    other = Answer(body=gzipped)
    ready.answers.update({"br": Answer(body=first), "gzip": other})
    worker = BrotliWorker()
    worker.add(ready, lambda: done.append(ready.weight))
    wait_for(lambda: done)
    worker.close()
    assert len(ready.in_encoding("br")) < len(first)
    assert brotli.decompress(ready.in_encoding("br")) == BODY
    assert ready.in_encoding("gzip") == gzipped == compress(BODY, "gzip")
    assert ready.answers == {"gzip": other}
    assert ready.is_smallest


def test_does_not_compress_bodies_added_after_the_worker_is_closed():
    worker = BrotliWorker()
    worker.close()
    ready = CachedBody(BODY)
    worker.add(ready, lambda: None)
    assert not ready.is_smallest


def test_no_more_bodies_wait_than_the_queue_holds():
    worker, done = BrotliWorker(), []
    bodies = [CachedBody(BODY + b"%d" % number) for number in range(MAX_WAITING + 3)]
    for number, ready in enumerate(bodies):
        worker.add(ready, lambda number=number: done.append(number))
    wait_for(lambda: done)
    worker.close()
    assert done[0] == 0
    assert not bodies[-1].is_smallest


def test_the_scripts_of_a_site_become_smaller(shop):
    def weight():
        return int(shop.get("/b/shop.js", Accept_Encoding="br").headers["Content-Length"])

    plain = shop.get("/b/shop.js").data
    first = shop.get("/b/shop.js", Accept_Encoding="br")
    smallest = len(compress(plain, "br", best=True))
    assert smallest < len(compress(plain, "br"))
    wait_for(lambda: weight() == smallest)
    assert shop.get("/b/shop.js", Accept_Encoding="br").headers["ETag"] == first.headers["ETag"]


class IncompressibleBody(CachedBody):
    """A body whose compression runs out of memory."""

    def recompress(self) -> None:
        raise MemoryError


def test_a_body_that_cannot_be_compressed_stops_no_later_one():
    worker, ready, done = BrotliWorker(), CachedBody(BODY), []
    worker.add(IncompressibleBody(BODY), lambda: None)
    worker.add(ready, lambda: done.append(1))
    wait_for(lambda: done)
    worker.close()
    assert ready.is_smallest
