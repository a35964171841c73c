from sqlalchemy import Engine, func, select

from consent.storage.privacy import erasures
from consent.storage.receipts import receipts
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.selection.filters import Filters
from consent.storage.selection.subjects import receipts_of
from consent.storage.sites.sites import SiteRow
from consent.storage.tables.receipts import ReceiptKey
from tests.storage.sample_receipts import DAY, NOW, receipt_of


def test_unlinking_a_visitor_leaves_signed_receipts_that_name_nobody(
    engine: Engine, shop: SiteRow, writer: ReceiptWriter
) -> None:
    mine = [receipt_of(shop.id, visitor="b" * 32, time=NOW + index) for index in range(3)]
    other = receipt_of(shop.id, time=NOW + 1)
    for new in [*mine, other]:
        writer.submit(new)
    with engine.begin() as transaction:
        ids = receipts_of(transaction, shop.id, "b" * 32)
        assert erasures.unlink(transaction, shop.id, ids) == 3
    with engine.connect() as transaction:
        assert receipts.timeline(transaction, shop.id, "b" * 32) == []
        assert receipts.personal(transaction, mine[0].id) is None
        assert receipts.personal(transaction, other.id) is not None
        found = receipts.search(transaction, shop.id, Filters()).items
    assert {item.jws for item in found} == {new.jws for new in [*mine, other]}
    assert {item.visitor for item in found} == {None, other.visitor}


def test_after_a_full_erasure_only_the_leaf_hash_is_left(engine: Engine, shop: SiteRow, writer: ReceiptWriter) -> None:
    new = receipt_of(shop.id, gpc=True)
    writer.submit(new)
    with engine.begin() as transaction:
        assert erasures.erase(transaction, shop.id, [new.id]) == 1
        assert receipts.search(transaction, shop.id, Filters()).items == []
        left = receipts.get(transaction, new.id)
    assert left is not None
    assert (left.id, left.time, left.site_id, left.leaf_hash) == (new.id, new.time, shop.id, new.leaf_hash)
    assert (left.erased, left.jws, left.country, left.analytics, left.gpc) == (True, "", None, None, False)


def test_a_site_cannot_erase_the_receipts_of_another(engine: Engine, shop: SiteRow, writer: ReceiptWriter) -> None:
    new = receipt_of(shop.id + 1)
    writer.submit(new)
    with engine.begin() as transaction:
        assert erasures.erase(transaction, shop.id, [new.id]) == 0
        assert receipts.personal(transaction, new.id) is not None
        left = receipts.get(transaction, new.id)
    assert left is not None
    assert left.jws == new.jws


def test_keys_are_kept_for_60_days(engine: Engine, writer: ReceiptWriter) -> None:
    for index in range(7):
        writer.submit(receipt_of(1 + index % 2, time=NOW - 60 * DAY - index))
    young = receipt_of(1, time=NOW - 60 * DAY)
    writer.submit(young)
    assert erasures.prune_keys(engine, NOW, step=2) == 6
    with engine.connect() as transaction:
        assert transaction.execute(select(func.count()).select_from(ReceiptKey)).scalar_one() == 2
    assert writer.submit(receipt_of(1, key=young.key)).id == young.id
