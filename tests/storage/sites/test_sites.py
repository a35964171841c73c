import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from consent.storage.sites import sites
from consent.storage.sites.sites import SiteRow, StaleDraftError
from tests.storage.sample_receipts import NOW


def test_a_site_is_found_by_its_key(engine: Engine, shop: SiteRow) -> None:
    with engine.connect() as transaction:
        assert sites.by_key(transaction, "shop") == sites.by_id(transaction, shop.id) == shop
        assert sites.by_key(transaction, "nobody") is None
        assert sites.by_id(transaction, shop.id + 1) is None


def test_a_key_is_given_once(engine: Engine, shop: SiteRow) -> None:
    with engine.connect() as transaction, pytest.raises(IntegrityError):
        sites.create(transaction, "shop", "Another shop", "{}", NOW)


def test_sites_are_listed_by_name(engine: Engine, shop: SiteRow) -> None:
    with engine.begin() as transaction:
        sites.create(transaction, "a-blog", "A blog", "{}", NOW)
        sites.rename(transaction, shop.id, "A shop")
        assert [site.name for site in sites.every(transaction)] == ["A blog", "A shop"]


def test_a_draft_is_saved_at_the_revision_it_was_read(engine: Engine, shop: SiteRow) -> None:
    with engine.begin() as transaction:
        draft = sites.read_draft(transaction, shop.id)
        assert sites.save_draft(transaction, shop.id, '{"a":1}', draft.revision) == draft.revision + 1
        assert sites.read_draft(transaction, shop.id) == ('{"a":1}', draft.revision + 1)


def test_a_draft_that_somebody_else_saved_meanwhile_is_not_overwritten(engine: Engine, shop: SiteRow) -> None:
    with engine.begin() as transaction:
        draft = sites.read_draft(transaction, shop.id)
        sites.save_draft(transaction, shop.id, '{"by":"the first"}', draft.revision)
        with pytest.raises(StaleDraftError):
            sites.save_draft(transaction, shop.id, '{"by":"the second"}', draft.revision)
        assert sites.read_draft(transaction, shop.id).text == '{"by":"the first"}'
