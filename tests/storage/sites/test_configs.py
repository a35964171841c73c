import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from consent.signing.canonical_json import canonical, sha256_name
from consent.storage.sites import configs
from consent.storage.sites.sites import SiteRow
from tests.storage.sample_receipts import NOW

FIRST = canonical({"site": "shop", "version": 1, "text": "Grüße \u2028 \U0001f36a \x00"})
SECOND = canonical({"site": "shop", "version": 2})


def test_a_config_comes_back_byte_for_byte_under_its_name(engine: Engine, shop: SiteRow) -> None:
    with engine.begin() as transaction:
        name = configs.put_config(transaction, shop.id, 1, FIRST, now=NOW, by="marketer")
        assert name == sha256_name(FIRST)
        assert configs.get_config(transaction, name) == FIRST
        assert configs.get_config(transaction, sha256_name(SECOND)) is None


def test_versions_are_listed_newest_first(engine: Engine, shop: SiteRow) -> None:
    with engine.begin() as transaction:
        assert configs.next_version(transaction, shop.id) == 1
        configs.put_config(transaction, shop.id, 1, FIRST, now=NOW, by="marketer")
        configs.put_config(transaction, shop.id, 2, SECOND, now=NOW + 9, by="marketer", note="one vendor less")
        assert configs.next_version(transaction, shop.id) == 3
        newest, oldest = configs.versions(transaction, shop.id)
    assert newest == (sha256_name(SECOND), 2, NOW + 9, "marketer", "one vendor less")
    assert oldest.version == 1


def test_two_publishes_cannot_take_one_version(engine: Engine, shop: SiteRow) -> None:
    with engine.connect() as transaction:
        configs.put_config(transaction, shop.id, 1, FIRST, now=NOW, by="marketer")
        with pytest.raises(IntegrityError):
            configs.put_config(transaction, shop.id, 1, SECOND, now=NOW, by="marketer")


def test_only_a_site_that_was_published_is_live(engine: Engine, shop: SiteRow) -> None:
    with engine.begin() as transaction:
        assert configs.live(transaction) == []
        name = configs.put_config(transaction, shop.id, 1, FIRST, now=NOW, by="marketer")
        configs.set_live(transaction, shop.id, name)
        assert configs.live(transaction) == [("shop", name)]


def test_an_artifact_may_be_put_again(engine: Engine) -> None:
    with engine.begin() as transaction:
        name = configs.put_artifact(transaction, "banner", b"code \x00\xff")
        assert configs.put_artifact(transaction, "banner", b"code \x00\xff") == name
        assert configs.get_artifact(transaction, name) == b"code \x00\xff"
        assert configs.get_artifact(transaction, "sha256:0") is None
