"""Bodies that many visitors get are made as small as can be, after the first has had them sooner."""

import brotli

from consent.api.answer import Answer
from consent.api.prepared import Prepared, Ready
from consent.api.squeezer import Squeezer
from consent.compression import compress
from tests.waiting import wait_for

BODY = b"".join(b"const name%d = consent(%d);" % (n, n * n) for n in range(400))


def test_a_body_is_sent_at_once_and_smaller_once_there_was_time():
    ready = Ready.of(BODY)
    first = ready.in_encoding("br")
    gzipped = ready.in_encoding("gzip")
    ready.answers.update({"br": "an answer", "gzip": "another"})
    squeezer = Squeezer(Prepared())
    squeezer.add(ready)
    wait_for(lambda: ready.in_encoding("br") != first)
    squeezer.close()
    assert len(ready.in_encoding("br")) < len(first)
    assert brotli.decompress(ready.in_encoding("br")) == BODY
    assert ready.in_encoding("gzip") == gzipped == compress(BODY, "gzip")
    assert ready.answers == {"gzip": "another"}


def test_answers_that_are_kept_whole_are_made_anew():
    ready, answers = Ready.of(BODY), Prepared()
    large, other = Answer(body=b"large"), Answer(body=b"other")
    ready.answers["br"] = answers.get("large", lambda: large)
    answers.get("other", lambda: other)
    answers.drop(ready.squeeze())
    assert answers.get("large", lambda: other) is other
    assert answers.get("other", lambda: large) is other


def test_what_comes_after_the_end_is_left_as_it_is():
    squeezer = Squeezer(Prepared())
    squeezer.close()
    ready = Ready.of(BODY)
    squeezer.add(ready)
    assert ready.encoded == {}


def test_the_scripts_of_a_site_become_smaller(shop):
    def weight():
        return int(shop.get("/b/shop.js", Accept_Encoding="br").headers["Content-Length"])

    plain = shop.get("/b/shop.js").data
    first = shop.get("/b/shop.js", Accept_Encoding="br")
    smallest = len(brotli.compress(plain, quality=11))
    assert smallest < len(compress(plain, "br"))
    wait_for(lambda: weight() == smallest)
    assert shop.get("/b/shop.js", Accept_Encoding="br").headers["ETag"] == first.headers["ETag"]
