"""Holds and restrictions on receipts and visitors; restricted receipts are left out unless a query includes them."""

import pytest

from consent.storage.privacy import marks
from consent.storage.privacy.marks import HOLD, RESTRICTION
from consent.storage.receipts import export_rows, receipts
from consent.storage.selection.filters import Filters
from consent.storage.selection.subjects import Subject
from tests.storage.sample_receipts import NOW, receipt_of

MINE = "b" * 32


@pytest.fixture
def ids(writer, shop):
    """Write two receipts of one visitor and one of another, and return their ids."""
    news = [receipt_of(shop.id, visitor=MINE, time=NOW + step) for step in range(2)]
    return [writer.submit(new).id for new in [*news, receipt_of(shop.id, time=NOW + 2)]]


def put(engine, site, kind, *subject, now=NOW):
    with engine.begin() as transaction:
        return marks.put(transaction, site.id, kind, Subject(*subject), reason="a court asks", by="a" * 32, now=now)


def marked(engine, site, kind):
    with engine.connect() as transaction:
        return marks.marked(transaction, site.id, kind)


def found(engine, site, **filters):
    with engine.connect() as transaction:
        listed = [item.id for item in receipts.search(transaction, site.id, Filters(**filters)).items]
        assert receipts.count(transaction, site.id, Filters(**filters)).number == len(listed)
    assert [item.id for item in export_rows.stream(engine, site.id, Filters(**filters), step=1)] == listed
    return set(listed)


def test_a_mark_is_on_a_receipt_or_on_all_of_a_visitor_later_ones_too(engine, shop, writer, ids):
    assert put(engine, shop, HOLD, "receipt", ids[2])
    assert marked(engine, shop, HOLD) == {ids[2]}
    assert put(engine, shop, HOLD, "visitor", MINE)
    assert marked(engine, shop, HOLD) == set(ids)
    later = writer.submit(receipt_of(shop.id, visitor=MINE, time=NOW + 9)).id
    assert marked(engine, shop, HOLD) == {*ids, later}
    assert marked(engine, shop, RESTRICTION) == set()


def test_a_mark_is_set_once_listed_with_its_reason_and_lifted_once(engine, shop, ids):
    assert put(engine, shop, HOLD, "receipt", ids[0])
    assert not put(engine, shop, HOLD, "receipt", ids[0], now=NOW + 1)
    with engine.begin() as transaction:
        (mark,) = marks.every(transaction, shop.id, HOLD)
        assert mark == ("receipt", ids[0], "a court asks", "a" * 32, NOW)
        assert marks.lift(transaction, shop.id, HOLD, Subject("receipt", ids[0]))
        assert not marks.lift(transaction, shop.id, HOLD, Subject("receipt", ids[0]))
        assert marks.every(transaction, shop.id, HOLD) == []


def test_marks_of_another_site_do_not_count(engine, shop, ids):
    with engine.begin() as transaction:
        elsewhere = shop.id + 1
        marks.put(transaction, elsewhere, HOLD, Subject("visitor", MINE), reason="r", by="b", now=NOW)
    assert marked(engine, shop, HOLD) == set()


def test_what_is_restricted_is_left_out_unless_asked_for(engine, shop, ids):
    put(engine, shop, RESTRICTION, "visitor", MINE)
    assert found(engine, shop) == {ids[2]}
    assert found(engine, shop, visitor=MINE) == set()
    assert found(engine, shop, restricted="include") == set(ids)
    assert found(engine, shop, restricted="only") == {ids[0], ids[1]}
    assert found(engine, shop, restricted="only", since=NOW + 1) == {ids[1]}


def test_nothing_is_found_alone_where_nothing_is_restricted(engine, shop, ids):
    assert found(engine, shop, restricted="only") == set()


def test_what_is_restricted_does_not_count_but_stays_in_the_visitors_own_history(engine, shop, ids):
    put(engine, shop, RESTRICTION, "visitor", MINE)
    with engine.connect() as transaction:
        assert receipts.count(transaction, shop.id, Filters()) == (1, False)
        assert [item.id for item in receipts.timeline(transaction, shop.id, MINE)] == ids[:2]
