"""The stream that exports read: the same rows as the pages of a search, step by step, on each database."""

import pytest
from sqlalchemy import Engine

from consent.storage.receipts import export_rows, receipts
from consent.storage.receipts.export_rows import parse_shared
from consent.storage.receipts.serializers import shared_item, to_item
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.selection.filters import Filters
from consent.storage.sites.sites import SiteRow
from tests.polling import wait_for
from tests.storage.sample_receipts import NOW, receipt_of

KINDS = (
    {"visitor": "b" * 32, "country": "US", "subdivision": "CA", "gpc": True, "vendors": '{"a":true,"b-c":false}'},
    {"country": None, "functional": None, "analytics": True, "advertising": False, "origin_checked": True},
    {"dnt": True, "expires": None},
)


@pytest.mark.parametrize("step", [1, 4, 9, 100])
def test_a_stream_gives_what_the_pages_give(engine: Engine, shop: SiteRow, writer: ReceiptWriter, step: int) -> None:
    for index in range(9):
        writer.submit(receipt_of(shop.id, time=NOW + index % 2, **KINDS[index % 3]))
    streamed = list(export_rows.stream(engine, shop.id, Filters(), step=step))
    with engine.connect() as transaction:
        found = receipts.search(transaction, shop.id, Filters()).items
    same = ("id", "time", "expires", "erased", "log_index", "leaf_hash", "jws", "visitor")
    assert [[getattr(row, name) for name in same] for row in streamed] == [
        [getattr(one, name) for name in same] for one in found
    ]
    for row, one in zip(streamed, found, strict=True):
        item, facts = to_item(one), parse_shared(row.shared)
        assert shared_item(facts) == {name: item[name] for name in shared_item(facts)}
        assert facts.origin_checked is one.origin_checked


def test_a_stream_goes_on_behind_a_receipt(engine: Engine, shop: SiteRow, writer: ReceiptWriter) -> None:
    for index in range(7):
        writer.submit(receipt_of(shop.id, time=NOW + index // 3))
    whole = list(export_rows.stream(engine, shop.id, Filters()))
    for number, row in enumerate(whole):
        rest = list(export_rows.stream(engine, shop.id, Filters(), (row.time, row.id), step=2))
        assert rest == whole[number + 1 :]


def test_a_stream_that_is_read_slowly_keeps_no_connection(engine: Engine, shop: SiteRow, writer: ReceiptWriter) -> None:
    for _ in range(3):
        writer.submit(receipt_of(shop.id))
    in_use = engine.pool.checkedout()  # type: ignore[attr-defined]
    stream = export_rows.stream(engine, shop.id, Filters(), step=1)
    next(stream)
    # The next step is read in the background.
    wait_for(lambda: engine.pool.checkedout() == in_use)  # type: ignore[attr-defined]
