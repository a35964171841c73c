"""A shop with signed receipts in two months of 2024, all in its log; on both databases."""

import pytest

from tests.archive.months import Shop, at, signed_receipt
from tests.log.fixtures import keys, sequencer
from tests.storage.fixtures import engine, shop, writer

__all__ = ["engine", "keys", "sequencer", "shop", "writer"]


@pytest.fixture
def months(engine, shop, keys, sequencer, writer, tmp_path) -> Shop:
    """Return a shop with twelve receipts in October 2024 and six in November."""
    october = [signed_receipt(shop, keys, at(1 + number), number) for number in range(12)]
    november = [signed_receipt(shop, keys, at(1 + number, 11), number) for number in range(6)]
    for new in (*october, *november):
        writer.submit(new)
    found = Shop(engine, shop, keys, tmp_path, sequencer, writer, october, november)
    found.sequence()
    return found
