"""When a receipt's retention ends: a number of months after its expiry, or after its withdrawal."""

import datetime

import pytest

from consent.storage.privacy import marks, retention
from consent.storage.selection.subjects import Subject
from tests.storage.sample_receipts import receipt_of


def at(year, month, day):
    return int(datetime.datetime(year, month, day, tzinfo=datetime.UTC).timestamp())


GIVEN, EXPIRY = at(2021, 1, 10), at(2022, 1, 10)


def due(engine, site, now):
    with engine.connect() as transaction:
        ids = retention.expired(transaction, site.id, now, 10)
        ids += retention.without_exempt(transaction, site.id, retention.withdrawn_ids(transaction, site.id, now))
        assert retention.preview(transaction, site.id, now).receipts == len(ids)
    return ids


def write(writer, site, **facts):
    return writer.submit(receipt_of(site.id, **{"time": GIVEN, "expires": EXPIRY} | facts)).id


def test_a_receipt_is_due_36_months_after_its_expiry(engine, shop, writer):
    mine = write(writer, shop)
    assert due(engine, shop, at(2025, 1, 10)) == []
    assert due(engine, shop, at(2025, 1, 11)) == [mine]


def test_without_an_expiry_the_time_of_the_choice_counts(engine, shop, writer):
    mine = write(writer, shop, expires=None)
    assert due(engine, shop, at(2024, 1, 10)) == []
    assert due(engine, shop, at(2024, 1, 11)) == [mine]


@pytest.mark.parametrize("action", retention.ENDING)
def test_a_consent_that_was_taken_back_is_due_36_months_after_that(engine, shop, writer, action):
    mine = write(writer, shop)
    back = {"previous": mine, "action": action, "time": at(2021, 6, 1), "expires": at(2022, 6, 1)}
    write(writer, shop, **back)
    assert due(engine, shop, at(2024, 6, 1)) == []
    assert due(engine, shop, at(2024, 6, 2)) == [mine]


def test_a_change_that_still_grants_withdraws_nothing(engine, shop, writer):
    mine = write(writer, shop)
    write(writer, shop, previous=mine, action="save", time=at(2021, 6, 1), expires=at(2022, 6, 1))
    assert due(engine, shop, at(2025, 1, 10)) == []


def test_each_site_keeps_receipts_as_long_as_it_says(engine, shop, writer):
    mine = write(writer, shop)
    with engine.begin() as transaction:
        assert retention.months_of(transaction, shop.id) == 36
        retention.set_months(transaction, shop.id, 2)
        assert retention.months_of(transaction, shop.id) == 2
        for months in (0, -1, 601):
            with pytest.raises(ValueError, match="1 to 600"):
                retention.set_months(transaction, shop.id, months)
    assert due(engine, shop, at(2022, 3, 10)) == []
    assert due(engine, shop, at(2022, 3, 11)) == [mine]


def test_what_is_held_or_restricted_is_exempt_and_counted(engine, shop, writer):
    ids = [write(writer, shop, visitor=visitor * 32, time=GIVEN + step) for step, visitor in enumerate("bcd")]
    with engine.begin() as transaction:
        for kind, subject in ((marks.HOLD, ("receipt", ids[0])), (marks.RESTRICTION, ("visitor", "c" * 32))):
            marks.put(transaction, shop.id, kind, Subject(*subject), reason="r", by="b", now=GIVEN)
        assert retention.preview(transaction, shop.id, at(2026, 1, 1)) == (1, 2, GIVEN + 2, GIVEN + 2)
    assert due(engine, shop, at(2026, 1, 1)) == [ids[2]]


def test_where_nothing_is_due_the_preview_says_so(engine, shop, writer):
    write(writer, shop)
    with engine.connect() as transaction:
        assert retention.preview(transaction, shop.id, at(2023, 1, 1)) == (0, 0, None, None)


def test_a_held_period_is_exempt_whether_its_receipts_expired_or_were_taken_back(engine, shop, writer):
    held, back = at(2021, 1, 10), {"action": "withdraw", "time": at(2021, 6, 1), "expires": at(2022, 6, 1)}
    expired, other = write(writer, shop, time=held), write(writer, shop, time=at(2021, 2, 10))
    taken_back = write(writer, shop, time=held + 1, expires=at(2030, 1, 1))
    write(writer, shop, previous=taken_back, **back)
    day = datetime.date(2021, 1, 10)
    now = at(2025, 2, 11)
    with engine.begin() as transaction:
        marks.put(transaction, shop.id, marks.HOLD, marks.period(day, day), reason="r", by="b", now=held)
    assert due(engine, shop, now) == [other]
    with engine.connect() as transaction:
        assert retention.preview(transaction, shop.id, now).exempt == 2
    with engine.begin() as transaction:
        marks.lift(transaction, shop.id, marks.HOLD, marks.period(day, day))
    assert due(engine, shop, now) == [expired, other, taken_back]
