"""Where the script was fetched last."""

from sqlalchemy import Engine

from consent.storage.sites.script_fetches import Fetch
from consent.storage.sites.script_fetches import of_site as fetches_of
from consent.storage.sites.script_fetches import save as save_fetches
from consent.storage.sites.sites import SiteRow

OLD, NEW = "sha256:" + "0" * 64, "sha256:" + "1" * 64
HOST = "https://www.example.com"


def test_the_last_fetch_of_a_host_is_kept_with_since_when_it_has_its_version(engine: Engine, shop: SiteRow) -> None:
    with engine.begin() as transaction:
        save_fetches(transaction, [Fetch(shop.id, HOST, OLD, 10, 10), Fetch(shop.id, "", OLD, 10, 10)])
        save_fetches(transaction, [Fetch(shop.id, HOST, NEW, 20, 20)])
        save_fetches(transaction, [Fetch(shop.id, HOST, NEW, 25, 25)])
        save_fetches(transaction, [])
        assert fetches_of(transaction, shop.id) == [Fetch(shop.id, HOST, NEW, 20, 25), Fetch(shop.id, "", OLD, 10, 10)]


def test_a_node_that_writes_late_does_not_bring_an_older_fetch_back(engine: Engine, shop: SiteRow) -> None:
    with engine.begin() as transaction:
        save_fetches(transaction, [Fetch(shop.id, HOST, NEW, 20, 20)])
        save_fetches(transaction, [Fetch(shop.id, HOST, OLD, 10, 19)])
        assert fetches_of(transaction, shop.id) == [Fetch(shop.id, HOST, NEW, 20, 20)]
