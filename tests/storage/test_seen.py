"""Where the script was fetched last."""

from sqlalchemy import Engine

from consent.storage.seen import Seen, keep_seen, seen_of
from consent.storage.sites import FoundSite

OLD, NEW = "sha256:" + "0" * 64, "sha256:" + "1" * 64
HOST = "https://www.example.com"


def test_the_last_fetch_of_a_host_is_kept_with_since_when_it_has_its_version(engine: Engine, shop: FoundSite) -> None:
    with engine.begin() as transaction:
        keep_seen(transaction, [Seen(shop.id, HOST, OLD, 10, 10), Seen(shop.id, "", OLD, 10, 10)])
        keep_seen(transaction, [Seen(shop.id, HOST, NEW, 20, 20)])
        keep_seen(transaction, [Seen(shop.id, HOST, NEW, 25, 25)])
        keep_seen(transaction, [])
        assert seen_of(transaction, shop.id) == [Seen(shop.id, HOST, NEW, 20, 25), Seen(shop.id, "", OLD, 10, 10)]


def test_a_node_that_writes_late_does_not_bring_an_older_fetch_back(engine: Engine, shop: FoundSite) -> None:
    with engine.begin() as transaction:
        keep_seen(transaction, [Seen(shop.id, HOST, NEW, 20, 20)])
        keep_seen(transaction, [Seen(shop.id, HOST, OLD, 10, 19)])
        assert seen_of(transaction, shop.id) == [Seen(shop.id, HOST, NEW, 20, 20)]
