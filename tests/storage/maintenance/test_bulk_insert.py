"""Receipts loaded in bulk are equal to those from visitors' choices, and are counted the same way."""

from sqlalchemy import select

from consent.storage.database.partitions import create_months, month_of
from consent.storage.maintenance.bulk_insert import load, load_receipts
from consent.storage.tables.receipts import Receipt, ReceiptKey, ReceiptPersonal
from consent.storage.tables.sites import Site
from consent.storage.tables.statistics import ChoiceCount
from tests.storage.sample_receipts import DAY, NOW, receipt_of

TABLES = (Receipt, ReceiptKey, ReceiptPersonal, ChoiceCount)


def rows_of(engine, table):
    with engine.connect() as connection:
        return sorted(map(str, connection.execute(select(table.__table__)).all()))


def test_they_are_the_rows_that_the_writer_makes(engine, shop, writer):
    news = [
        receipt_of(shop.id, time=NOW - day * DAY, country=country, key_salt=b"k" * 16, analytics=granted)
        for day, country, granted in (
            (0, "DE", True),
            (1, "DE", True),
            (2, None, None),
            (9, "FR", False),
            (9, "FR", False),
        )
    ]
    news.append(receipt_of(shop.id, visitor=None, salt=None, key_salt=b"k" * 16))
    create_months(engine, {month_of(new.time) for new in news})
    with engine.begin() as connection:
        load_receipts(connection, news)
    loaded = [rows_of(engine, table) for table in TABLES]
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(table.__table__.delete())
    for new in news:
        writer.submit(new)
    assert loaded == [rows_of(engine, table) for table in TABLES]


def test_a_text_comes_back_whatever_is_in_it(engine, shop):
    names = ("tab\there", "line\nbreak", "back\\slash", "\\N", "\r", "naïve ✓ \u2028", "")
    columns = ("key", "name", "draft", "draft_revision", "created_at")
    rows = [(f"site{number}", name, "{}", 1, NOW) for number, name in enumerate(names)]
    with engine.begin() as connection:
        assert load(connection, "site", columns, rows) == len(rows)
        found = connection.execute(select(Site.name).where(Site.key.like("site%")).order_by(Site.key)).scalars().all()
    assert tuple(found) == names


def test_nothing_is_loaded_of_a_part_that_cannot_be(engine, shop):
    new = receipt_of(shop.id)
    create_months(engine, {month_of(NOW)})
    is_refused = False
    try:
        with engine.begin() as connection:
            load_receipts(connection, [new, new])
    except Exception as error:
        is_refused = type(error).__name__ in ("IntegrityError", "UniqueViolation")
    assert is_refused
    assert [rows_of(engine, table) for table in TABLES] == [[], [], [], []]
