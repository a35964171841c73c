import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from consent.signing.write_token import GOOD_DAYS
from consent.storage.database.partitions import create_months, month_of
from consent.storage.receipts import receipts
from consent.storage.receipts.new_receipt import NewReceipt
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.selection.filters import Filters
from consent.storage.sites import configs
from consent.storage.sites.sites import SiteRow
from tests.storage.sample_receipts import DAY, NOW, receipt_of

ALL = Filters()


@pytest.fixture
def transaction(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def walk(transaction: Connection, site_id: int, limit: int, filters: Filters = ALL) -> Iterator[str]:
    """Yield the ids on all pages."""
    cursor = None
    while True:
        page = receipts.search(transaction, site_id, filters, cursor, limit)
        yield from (item.id for item in page.items)
        cursor = page.next
        if cursor is None:
            return


def newest_first(news: list[NewReceipt]) -> list[str]:
    return [new.id for new in sorted(news, key=lambda new: (new.time, new.id), reverse=True)]


@pytest.mark.parametrize("limit", [1, 7, 30, 500])
def test_the_pages_hold_each_receipt_once_newest_first(
    transaction: Connection, shop: SiteRow, writer: ReceiptWriter, limit: int
) -> None:
    news = [receipt_of(shop.id, time=NOW + index // 5 * DAY) for index in range(30)]
    for new in news:
        writer.submit(new)
    assert list(walk(transaction, shop.id, limit)) == newest_first(news)


def test_a_walk_gives_each_receipt_once_while_others_come_in(
    engine: Engine, shop: SiteRow, writer: ReceiptWriter
) -> None:
    news = [receipt_of(shop.id, time=NOW + index % 3) for index in range(40)]
    for new in news:
        writer.submit(new)
    seen, cursor = [], None
    for step in range(100):
        with engine.connect() as transaction:
            page = receipts.search(transaction, shop.id, Filters(), cursor, 7)
        seen += [item.id for item in page.items]
        for moment in (NOW - 1, NOW + 1, NOW + 10 + step):
            if step < 5:
                writer.submit(receipt_of(shop.id, time=moment))
        if (cursor := page.next) is None:
            break
    assert len(seen) == len(set(seen))
    assert set(newest_first(news)) <= set(seen)


def test_a_page_is_never_longer_than_500(transaction: Connection, shop: SiteRow, writer: ReceiptWriter) -> None:
    for _ in range(501):
        writer.submit(receipt_of(shop.id))
    assert len(receipts.search(transaction, shop.id, Filters(), limit=10_000).items) == 500


CASES: list[tuple[Filters, dict[str, Any], dict[str, Any]]] = [
    (Filters(since=NOW), {"time": NOW}, {"time": NOW - 1}),
    (Filters(until=NOW), {"time": NOW - 1}, {"time": NOW}),
    (Filters(country="US"), {"country": "US"}, {"country": "DE"}),
    (Filters(country="unknown"), {"country": None}, {"country": "DE"}),
    (Filters(country="US", subdivision="CA"), {"country": "US", "subdivision": "CA"}, {"country": "US"}),
    (Filters(regime="us_ca"), {"regime": "us_ca"}, {"regime": "eu_opt_in"}),
    (Filters(action="withdraw"), {"action": "withdraw"}, {"action": "save"}),
    (Filters(method="gpc"), {"method": "gpc"}, {"method": "click"}),
    (Filters(language="fr"), {"language": "fr"}, {"language": "de"}),
    (Filters(visitor="b" * 32), {"visitor": "b" * 32}, {"visitor": None}),
    (Filters(signal="gpc"), {"gpc": True}, {"dnt": True}),
    (Filters(signal="dnt"), {"dnt": True}, {"gpc": True}),
    (Filters(origin_checked=False), {"origin_checked": False}, {"origin_checked": True}),
    (Filters(groups={"analytics": "granted"}), {"analytics": True}, {"analytics": None}),
    (Filters(groups={"advertising": "refused"}), {"advertising": False}, {"advertising": None}),
    (Filters(groups={"functional": "none"}), {"functional": None}, {"functional": False}),
    (Filters(vendors={"hotjar": "refused"}), {"vendors": '{"hotjar":false}'}, {"vendors": '{"hotjar":true}'}),
    (Filters(vendors={"a": "granted"}), {"vendors": '{"a":true,"b":false}'}, {"vendors": '{"aa":true,"b":true}'}),
    (Filters(vendors={"a_b": "granted"}), {"vendors": '{"a_b":true}'}, {"vendors": '{"axb":true}'}),
    (Filters(vendors={"%": "granted"}), {"vendors": '{"%":true}'}, {"vendors": '{"x":true}'}),
]


def test_a_filter_finds_what_it_names_and_nothing_else(
    transaction: Connection, shop: SiteRow, writer: ReceiptWriter
) -> None:
    found, right = [], []
    for number, (filters, inside, outside) in enumerate(CASES):
        site = shop.id + 2 * number
        wanted = [receipt_of(site, **inside) for _ in range(2)]
        for new in [*wanted, receipt_of(site, **outside), receipt_of(site + 1, **inside)]:
            writer.submit(new)
        found.append((filters, list(walk(transaction, site, 1, filters)), receipts.count(transaction, site, filters)))
        right.append((filters, newest_first(wanted), (2, False)))
    assert found == right


def test_filters_are_all_met_together(transaction: Connection, shop: SiteRow, writer: ReceiptWriter) -> None:
    both = receipt_of(shop.id, country="US", gpc=True)
    for new in (both, receipt_of(shop.id, country="US"), receipt_of(shop.id, gpc=True)):
        writer.submit(new)
    assert list(walk(transaction, shop.id, 10, Filters(country="US", signal="gpc"))) == [both.id]


def test_a_page_comes_with_the_count_of_all(transaction: Connection, shop: SiteRow, writer: ReceiptWriter) -> None:
    for index in range(9):
        writer.submit(receipt_of(shop.id, time=NOW - index // 2, country="DE" if index % 2 else "FR"))
    filters, cursor, counts = Filters(country="DE"), None, []
    for _ in range(2):
        page, count = receipts.search_and_count(transaction, shop.id, filters, cursor, 2)
        counts.append((len(page.items), count))
        cursor = page.next
    assert counts == [(2, (4, False)), (2, (4, False))]
    assert receipts.search_and_count(transaction, shop.id, filters)[1] == (4, False)


def test_a_config_is_not_looked_for_where_nobody_can_have_named_it(
    engine: Engine, shop: SiteRow, writer: ReceiptWriter
) -> None:
    assert configs.NAMED_SECONDS > GOOD_DAYS * DAY
    with engine.begin() as connection:
        old, new = (
            configs.put_config(connection, shop.id, number, b"%d" % number, now=NOW + number * DAY, by="x")
            for number in (1, 2)
        )
        first, last = configs.named_between(connection, shop.id, old)
        assert (first, last) == (NOW + DAY - configs.CLOCKS_SECONDS, NOW + 2 * DAY + configs.NAMED_SECONDS)
        assert configs.named_between(connection, shop.id, new) == (NOW + 2 * DAY - configs.CLOCKS_SECONDS, None)
    soon, late = (receipt_of(shop.id, config=old, time=moment) for moment in (first, last - 1))
    outside = [receipt_of(shop.id, config=old, time=moment) for moment in (first - 1, last)]
    for given in (soon, late, *outside, receipt_of(shop.id, config=new, time=last + DAY)):
        writer.submit(given)
    with engine.connect() as connection:
        found = receipts.search(connection, shop.id, Filters(config=old))
        assert [item.id for item in found.items] == [late.id, soon.id]
        assert receipts.count(connection, shop.id, Filters(config=old)) == (2, False)
        # No receipt can have a config that isn't the site's, so nothing is read for it.
        assert receipts.count(connection, shop.id, Filters(config="sha256:none")) == (0, False)
        assert receipts.count(connection, shop.id + 1, Filters(config=old)) == (0, False)


def test_a_count_of_more_than_its_cap_reads_the_newest_month_alone(
    engine: Engine, shop: SiteRow, writer: ReceiptWriter
) -> None:
    now = int(time.time())
    for when in (*[now] * 3, *(now - months * 40 * DAY for months in (1, 3, 9, 20))):
        create_months(engine, {month_of(when)})
        writer.submit(receipt_of(shop.id, time=when))
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with engine.connect() as connection:
        for cap, number, looks in ((2, (2, True), 1), (3, (3, True), 2), (7, (7, False), 4)):
            asked.clear()
            assert receipts.count(connection, shop.id, Filters(), cap=cap) == number
            assert sum("count(*)" in statement for statement in asked) <= looks


def test_a_count_stops_at_its_cap(transaction: Connection, shop: SiteRow, writer: ReceiptWriter) -> None:
    for _ in range(5):
        writer.submit(receipt_of(shop.id))
    assert receipts.count(transaction, shop.id, Filters(), cap=4) == (4, True)
    assert receipts.count(transaction, shop.id, Filters(), cap=5) == (5, False)


def test_a_visitor_has_a_timeline_and_a_latest_receipt(
    transaction: Connection, shop: SiteRow, writer: ReceiptWriter
) -> None:
    mine = [receipt_of(shop.id, visitor="b" * 32, time=NOW + index * 40 * DAY) for index in (1, 0, 2)]
    for new in [*mine, receipt_of(shop.id), receipt_of(shop.id + 1, visitor="b" * 32, time=NOW + 300 * DAY)]:
        writer.submit(new)
    assert [found.id for found in receipts.timeline(transaction, shop.id, "b" * 32)] == newest_first(mine)[::-1]
    assert receipts.latest_of_visitor(transaction, shop.id, "b" * 32) == (mine[2].id, mine[2].time)


def test_a_stranger_has_neither(transaction: Connection, shop: SiteRow) -> None:
    assert receipts.timeline(transaction, shop.id, "c" * 32) == []
    assert receipts.latest_of_visitor(transaction, shop.id, "c" * 32) is None
    assert receipts.get(transaction, "c" * 32) is None
    assert receipts.personal(transaction, "c" * 32) is None
