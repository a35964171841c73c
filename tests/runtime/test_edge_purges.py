"""Purges of edge caches: what is sent when, and retries after failures."""

import contextlib
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from consent.outbound.guarded_http import GuardedPoster
from consent.runtime.edge.purges import ALL_SITES, MAX_KEYS, EdgePurges
from tests.api.shop import Shop, open_shop
from tests.polling import wait_for
from tests.wsgi_server import serving

pytestmark = pytest.mark.extended

LIFE_S = 60


class Cache:
    """A server that records purges, and answers each of `statuses` once, then 204."""

    def __init__(self) -> None:
        self.got: list[dict[str, str]] = []
        self.statuses: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
        named = {
            "keys": "HTTP_SURROGATE_KEY",
            "token": "HTTP_AUTHORIZATION",
            "type": "CONTENT_TYPE",
            "method": "REQUEST_METHOD",
        }
        self.got.append({name: environ.get(key, "") for name, key in named.items()} | {"body": body})
        self.may_answer.wait(10)
        start_response(self.statuses.pop(0) if self.statuses else "204 No Content", [])
        return [b""]

    @property
    def keys(self) -> list[str]:
        return [one["keys"] for one in self.got]


@pytest.fixture
def cache() -> Iterator[tuple[Cache, str]]:
    """Run a cache, and yield it with its purge address."""
    cache = Cache()
    with serving(cache) as port:
        yield cache, f"http://127.0.0.1:{port}/purge"


@contextlib.contextmanager
def purging(*addresses: str, token: str = "", life_s: float = LIFE_S) -> Iterator[EdgePurges]:
    purges = EdgePurges(addresses, token, life_s)
    purges.start()
    try:
        yield purges
    finally:
        purges.close()


def test_all_is_purged_at_the_start_and_each_purge_is_sent_twice(cache: tuple[Cache, str]) -> None:
    taken, address = cache
    with purging(address, token="secret") as purges:
        wait_for(lambda: len(taken.got) == 2)
        purges.purge(["consent-shop"])
        wait_for(lambda: len(taken.got) == 4)
    assert taken.keys == [ALL_SITES, ALL_SITES, "consent-shop", "consent-shop"]
    assert taken.got[2] == {
        "keys": "consent-shop",
        "token": "Bearer secret",
        "type": "application/json",
        "method": "POST",
        "body": '{"tags": ["consent-shop"]}',
    }


def test_resends_a_purge_that_failed_and_logs_it_once(
    cache: tuple[Cache, str], caplog: pytest.LogCaptureFixture
) -> None:
    taken, address = cache
    caplog.set_level(logging.INFO, "consent.runtime.edge.purges")
    taken.statuses = ["500 Internal Server Error", "403 Forbidden"]
    host = address.split("/")[2]
    warning = f"The cache at {host} does not take purges (It returned 403); see CONSENT_EDGE_PURGE."
    with purging(address) as purges:
        wait_for(lambda: purges.warnings() == [warning])
        wait_for(lambda: len(taken.got) == 4)
        assert purges.warnings() == []
    assert taken.keys == [ALL_SITES] * 4
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [
        f"edge purges: purging {host} failed: It returned 500.",
        f"edge purges: purging {host} works again",
    ]


def test_a_purge_is_given_up_once_no_answer_of_before_can_live(cache: tuple[Cache, str]) -> None:
    taken, address = cache
    taken.statuses = ["500 Internal Server Error"] * 100
    with purging(address, life_s=0.1) as purges:
        wait_for(lambda: taken.got)
        wait_for(lambda: not purges.waiting)
        taken.statuses.clear()
        purges.purge(["consent-shop"])
        wait_for(lambda: len(taken.got) == 3)
    assert taken.keys == [ALL_SITES, "consent-shop", "consent-shop"]


def test_an_unresponsive_cache_does_not_delay_others(cache: tuple[Cache, str]) -> None:
    taken, address = cache
    silent = Cache()
    silent.may_answer.clear()
    with serving(silent) as port:
        with purging(f"http://127.0.0.1:{port}/", address) as purges:
            purges.purge(["consent-shop"])
            wait_for(lambda: sum("consent-shop" in keys.split() for keys in taken.keys) == 2)
        silent.may_answer.set()


def test_many_changes_at_once_purge_all(cache: tuple[Cache, str]) -> None:
    taken, address = cache
    purges = EdgePurges([address], "", LIFE_S)
    purges.purge([f"consent-{number}" for number in range(MAX_KEYS + 1)])
    purges.start()
    wait_for(lambda: taken.got)
    purges.close()
    assert set(taken.keys) == {ALL_SITES}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Open the shop on SQLite."""
    opened = open_shop(tmp_path)
    yield opened
    opened.service.close()


def test_a_publish_purges_its_site_and_those_that_share_choices_with_it(shop: Shop, cache: tuple[Cache, str]) -> None:
    taken, address = cache
    live = shop.service.context.configs.live
    with purging(address) as purges:
        wait_for(lambda: len(taken.got) == 2)
        live.on_change = purges.purge_changed

        def share(draft: dict[str, Any]) -> None:
            draft["overrides"]["handover"] = {"sites": ["shop", "other"]}

        shop.edit(share)
        shop.publish()
        wait_for(lambda: "consent-other consent-shop" in taken.keys)
        shop.edit(lambda draft: draft["overrides"].pop("handover"))
        before = len(taken.got)
        shop.publish()
        # Until now the other site's script named this site.
        wait_for(lambda: "consent-other consent-shop" in taken.keys[before:])
        before = len(taken.got)
        live.refresh()
    assert len(taken.got) <= before + 2


def test_a_purge_that_raises_is_retried(cache: tuple[Cache, str], monkeypatch: pytest.MonkeyPatch) -> None:
    taken, address = cache
    send, tries = GuardedPoster.send, list[int]()

    def fail_once(self: GuardedPoster, *args: Any, **more: Any) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise MemoryError
        return send(self, *args, **more)

    monkeypatch.setattr(GuardedPoster, "send", fail_once)
    with purging(address) as purges:
        purges.purge(["consent-shop"])
        wait_for(lambda: taken.keys)
