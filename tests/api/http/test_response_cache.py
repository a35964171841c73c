"""Responses stored for later visitors are bounded in bytes and returned unchanged."""

import pytest

from consent.api.http.response import Answer
from consent.api.http.response_cache import MAX_QUICK_BYTES, CachedBody
from consent.runtime.bounded_cache import BoundedCache, Usage
from consent.storage.database.nonblocking import WouldBlockError, nonblocking

BODY = b"const consent = 1;" * 200


def test_evicts_the_least_recently_used_entry_first():
    cache = BoundedCache(30, len)
    for key in "abc":
        cache.get(key, lambda: b"x" * 10)
    cache.get("a", lambda: b"another")
    cache.get("d", lambda: b"x" * 10)
    assert cache.usage() == Usage(hits=1, misses=4, entries=3, bytes=30)
    assert cache.get("a", lambda: b"another") == b"x" * 10
    assert cache.get("b", lambda: b"made anew") == b"made anew"


def test_a_value_larger_than_the_cache_evicts_nothing():
    cache = BoundedCache(30, len)
    cache.get("a", lambda: b"stored")
    assert cache.get("b", lambda: b"x" * 31) == b"x" * 31
    assert cache.usage() == Usage(hits=0, misses=2, entries=1, bytes=6)


def test_updates_the_size_of_a_value_that_grew():
    cache = BoundedCache(30, len)
    value = cache.get("a", lambda: bytearray(b"1234"))
    cache.get("b", lambda: bytearray(20))
    value.extend(b"5678")
    cache.update_weight("a")
    assert cache.usage().bytes == 28
    value.extend(b"9" * 10)
    cache.update_weight("a")
    assert cache.usage() == Usage(hits=0, misses=2, entries=1, bytes=20)
    cache.update_weight("gone")


def test_stores_nothing_when_the_value_cannot_be_computed():
    cache = BoundedCache(30, len)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0)
    assert cache.get("a", lambda: b"made") == b"made"


def test_a_body_is_compressed_when_it_is_sent_and_given_back_whole():
    ready = CachedBody(BODY)
    assert ready.in_encoding("") == BODY
    plain = ready.weight
    compressed = {encoding: ready.in_encoding(encoding) for encoding in ("br", "gzip")}
    assert ready.weight < plain
    assert ready.body == ready.in_encoding("") == BODY
    assert {encoding: ready.in_encoding(encoding) for encoding in ("gzip", "br")} == compressed


def test_slow_compression_does_not_run_on_the_event_loop():
    short, long = CachedBody(BODY), CachedBody(BODY * (MAX_QUICK_BYTES // len(BODY) + 1))
    with nonblocking():
        assert len(short.in_encoding("br")) < len(BODY)
        with pytest.raises(WouldBlockError):
            long.in_encoding("br")
    compressed = long.in_encoding("br")
    with nonblocking():
        assert long.in_encoding("br") == compressed


def test_counts_the_uncompressed_bytes_that_a_response_keeps():
    ready = CachedBody(BODY)
    ready.in_encoding("br")
    before = ready.weight
    ready.answers["br"] = Answer(body=ready.in_encoding("br"))
    assert ready.weight == before
    ready.answers[""] = Answer(body=ready.in_encoding(""))
    assert ready.weight == before + len(BODY)
