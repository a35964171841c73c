"""Numbers of events never fall, whatever is erased or pruned."""

import secrets

import pytest
from sqlalchemy import select

from consent.storage.delivery import outbox
from consent.storage.delivery.outbox import NewEvent
from consent.storage.tables.delivery import OutboxEvent
from tests.storage.sample_receipts import NOW

VISITOR, OTHER = "a" * 32, "b" * 32
ENDING = "consent.erased"


@pytest.fixture
def site(shop):
    return shop.id


def tell(engine, site, subject, *, kind="consent.changed", sealed=b"who"):
    """Write and number an event, and return its id."""
    event = NewEvent(secrets.token_hex(16), site, NOW, "c" * 32, kind, subject, 3, True, '{"a":1}', sealed)
    with engine.begin() as connection:
        outbox.add(connection, event)
        outbox.number(connection, site, 10)
    return event.id


def numbers(engine, site):
    with engine.connect() as connection:
        return [event.n for event in outbox.between(connection, site, 0, None, 10)]


def test_the_number_of_an_erased_last_event_is_not_assigned_again(engine, site):
    tell(engine, site, VISITOR)
    last = tell(engine, site, VISITOR)
    with engine.begin() as connection:
        assert outbox.forget_subject(connection, site, VISITOR) == 2
        assert outbox.get(connection, last) is None
        assert outbox.by_numbers(connection, site, [1, 2]) == {}
        assert not outbox.has_subject(connection, site, VISITOR)
        assert outbox.of_subject(connection, site, [VISITOR], ["c" * 32]) == []
        assert outbox.count_after(connection, site, "d" * 32, 0) == 1, "the first number is gone"
        kept = connection.execute(select(OutboxEvent)).one()
    assert (kept.n, kept.subject_no, kept.receipt_id, kept.body, kept.sealed) == (2, last, None, "{}", None)
    tell(engine, site, OTHER)
    assert numbers(engine, site) == [2, 3]


def test_an_erased_earlier_event_is_deleted(engine, site):
    tell(engine, site, VISITOR)
    tell(engine, site, OTHER)
    with engine.begin() as connection:
        assert outbox.forget_subject(connection, site, VISITOR) == 1
    assert numbers(engine, site) == [2]


def test_an_unnumbered_event_is_deleted(engine, site):
    event = NewEvent(secrets.token_hex(16), site, NOW, None, "consent.changed", VISITOR, 0, True, "{}", None)
    with engine.begin() as connection:
        outbox.add(connection, event)
        assert outbox.forget_subject(connection, site, VISITOR) == 1
        assert connection.execute(select(OutboxEvent)).all() == []


@pytest.mark.parametrize("way", ["endings", "age"])
def test_pruning_keeps_the_last_number_and_later_the_erased_one_goes(engine, site, way):
    def prune(connection):
        if way == "age":
            return outbox.prune(connection, site, NOW + 1, 10)
        return outbox.prune_endings(connection, site, [ENDING])

    tell(engine, site, VISITOR, kind=ENDING)
    with engine.begin() as connection:
        outbox.forget_subject(connection, site, VISITOR)
        assert prune(connection) == 0
    tell(engine, site, OTHER, kind=ENDING)
    with engine.begin() as connection:
        assert (prune(connection), prune(connection)) == (1, 0)
    tell(engine, site, OTHER)
    assert numbers(engine, site) == [2, 3]
