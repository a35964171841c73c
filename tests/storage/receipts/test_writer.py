import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, func, select

from consent.core.receipt import RECORD_COLUMNS
from consent.storage.database.engine import make_engine
from consent.storage.privacy import erasures
from consent.storage.receipts import receipts
from consent.storage.receipts.committer import Commits, Job
from consent.storage.receipts.new_receipt import (
    KeyErasedError,
    KeyReusedError,
    NewReceipt,
    RejectedRowError,
    Stored,
    WriterUnavailableError,
)
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.sites.sites import SiteRow
from consent.storage.tables.receipts import Receipt, ReceiptKey, ReceiptPersonal
from tests.storage.sample_receipts import receipt_of


def number_of(engine: Engine, table: type = Receipt) -> int:
    with engine.connect() as transaction:
        return transaction.execute(select(func.count()).select_from(table)).scalar_one()


def at_once(number: int, call: Callable[[int], object]) -> list[object]:
    """Run `call` in `number` threads that start together, and return their results or exceptions."""
    barrier = threading.Barrier(number)

    def one(index: int) -> object:
        barrier.wait()
        try:
            return call(index)
        except Exception as error:
            return error

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def test_a_receipt_is_stored_whole(engine: Engine, shop: SiteRow, writer: ReceiptWriter) -> None:
    new = receipt_of(shop.id, country=None, gpc=True, vendors='{"hotjar":false}', expires=1811116800)
    assert writer.submit(new) == Stored(new.id, new.jws, True)
    with engine.connect() as transaction:
        found = receipts.get(transaction, new.id)
        assert found is not None
        for name in set(RECORD_COLUMNS) - {"log_index", "erased"}:
            assert getattr(found, name) == getattr(new, name), name
        personal = receipts.personal(transaction, new.id)
    assert personal == (new.id, new.visitor, None, new.salt, new.personal)


class Waiter:
    """A waiter that references its receipt and makes it, as a request does."""

    def __init__(self, new: NewReceipt) -> None:
        self._new = new
        self.ended = threading.Event()

    def make(self) -> NewReceipt:
        return self._new

    def wait_with(self, writer: ReceiptWriter) -> None:
        self.pending = writer.begin(self.make, self.ended.set)
        assert self.ended.wait(60)
        assert writer.result(self.pending, in_time=True).created


def test_a_choice_leaves_nothing_to_the_garbage_collector(writer: ReceiptWriter, shop: SiteRow) -> None:
    """Garbage collection pauses everything: with twenty cyclic objects per choice it ran fifty times a second."""
    gc.disable()
    try:
        waiter = Waiter(receipt_of(shop.id))
        waiter.wait_with(writer)
        known = weakref.ref(waiter)
        del waiter
        # The writer's thread references the last batch until the next one arrives.
        writer.submit(receipt_of(shop.id))
        assert known() is None
    finally:
        gc.enable()


def test_a_receipt_without_salt_has_no_personal_part(engine: Engine, writer: ReceiptWriter) -> None:
    stored = writer.submit(receipt_of(1, salt=None, visitor=None))
    with engine.connect() as transaction:
        assert receipts.personal(transaction, stored.id) is None


def test_twenty_equal_posts_at_once_make_one_receipt(engine: Engine, writer: ReceiptWriter) -> None:
    posts = [receipt_of(1, key="c" * 32) for _ in range(20)]
    outcomes = at_once(20, lambda index: writer.submit(posts[index]))
    stored = [outcome for outcome in outcomes if isinstance(outcome, Stored)]
    assert len(stored) == 20
    assert len({(outcome.id, outcome.jws) for outcome in stored}) == 1
    assert sum(outcome.created for outcome in stored) == 1
    assert [number_of(engine, table) for table in (Receipt, ReceiptPersonal, ReceiptKey)] == [1, 1, 1]


def test_the_same_key_with_another_body_is_refused(engine: Engine, writer: ReceiptWriter) -> None:
    first = receipt_of(1)
    writer.submit(first)
    with pytest.raises(KeyReusedError):
        writer.submit(receipt_of(1, key=first.key, body=b'{"action":"reject_all"}'))
    assert number_of(engine) == 1


def test_of_two_bodies_under_one_key_at_once_one_wins(engine: Engine, writer: ReceiptWriter) -> None:
    posts = [receipt_of(1, key="c" * 32, body=b"%d" % (index % 2)) for index in range(20)]
    outcomes = at_once(20, lambda index: writer.submit(posts[index]))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["KeyReusedError"] * 10 + ["Stored"] * 10
    assert number_of(engine) == 1


def test_another_site_may_use_the_same_key(engine: Engine, writer: ReceiptWriter) -> None:
    assert writer.submit(receipt_of(1, key="c" * 32)).created
    assert writer.submit(receipt_of(2, key="c" * 32)).created


@pytest.mark.parametrize("level", [erasures.unlink, erasures.erase])
def test_the_key_of_an_erased_receipt_is_gone(
    engine: Engine, shop: SiteRow, writer: ReceiptWriter, level: Callable[..., int]
) -> None:
    new = receipt_of(shop.id)
    writer.submit(new)
    with engine.begin() as transaction:
        level(transaction, shop.id, [new.id])
    with pytest.raises(KeyErasedError):
        writer.submit(new)


def test_a_bad_row_takes_no_other_with_it(engine: Engine, writer: ReceiptWriter) -> None:
    posts = [receipt_of(1, time=2**70) if index == 7 else receipt_of(1) for index in range(20)]
    outcomes = at_once(20, lambda index: writer.submit(posts[index]))
    assert isinstance(outcomes.pop(7), RejectedRowError)
    assert all(isinstance(outcome, Stored) and outcome.created for outcome in outcomes)
    assert number_of(engine) == 19


class Unmade(Exception):
    """An error raised while a receipt is made."""


def test_one_that_cannot_be_made_takes_no_other_with_it(engine: Engine, writer: ReceiptWriter) -> None:
    def made(index: int) -> NewReceipt:
        if index % 5 == 0:
            raise Unmade(index)
        return receipt_of(1)

    outcomes = at_once(20, lambda index: writer.write(lambda: made(index)))
    assert [str(one) for one in outcomes if isinstance(one, Unmade)] == ["0", "5", "10", "15"]
    assert sum(isinstance(one, Stored) and one.created for one in outcomes) == number_of(engine) == 16
    assert writer.submit(receipt_of(1)).created


def test_receipts_are_made_by_one_thread(writer: ReceiptWriter) -> None:
    makers: set[str] = set()

    def made() -> NewReceipt:
        makers.add(threading.current_thread().name)
        return receipt_of(1)

    at_once(20, lambda index: writer.write(made))
    assert makers == {"receipt-writer"}


def test_the_second_receipt_of_one_id_is_a_bad_row(engine: Engine, writer: ReceiptWriter) -> None:
    new = receipt_of(1)
    writer.submit(new)
    with pytest.raises(RejectedRowError):
        writer.submit(receipt_of(1, id=new.id))
    assert number_of(engine, ReceiptKey) == 1


def test_a_commit_whose_answer_was_lost_is_found_by_its_key(
    engine: Engine, writer: ReceiptWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = Commits.commit
    answers = iter([ConnectionError("the line was cut after COMMIT")])

    def commit_and_lose_the_answer(self: Commits, jobs: list[Job], before: Callable[[], object]) -> object:
        outcomes = commit(self, jobs, before)
        for error in answers:
            raise error
        return outcomes

    monkeypatch.setattr(Commits, "commit", commit_and_lose_the_answer)
    new = receipt_of(1)
    assert writer.submit(new) == Stored(new.id, new.jws, True)
    assert number_of(engine) == 1


@contextmanager
def held(engine: Engine) -> Iterator[None]:
    """Hold a lock in another session, so that the writer can't commit."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("LOCK TABLE receipt_key IN EXCLUSIVE MODE")
        yield
        connection.rollback()


def test_a_full_queue_refuses_at_once(engine: Engine) -> None:
    writer = ReceiptWriter(engine, max_batch=1, max_queue=2, timeout=60)
    writer.submit(receipt_of(1))
    with ThreadPoolExecutor(8) as pool, held(engine):
        posts = [pool.submit(writer.submit, receipt_of(1)) for _ in range(8)]
        refused = next(as_completed(posts))
        assert isinstance(refused.exception(), WriterUnavailableError)
    outcomes = [post.exception() for post in posts]
    assert {type(outcome) for outcome in outcomes} == {type(None), WriterUnavailableError}
    assert number_of(engine) == 1 + outcomes.count(None)
    assert writer.close()


@pytest.mark.slow
def test_a_database_that_hangs_is_not_waited_for_by_one_thread_after_the_other(engine: Engine) -> None:
    writer = ReceiptWriter(engine, timeout=2)  # the first commit can be slow on a busy machine
    writer.submit(receipt_of(1))
    late = receipt_of(1)
    with held(engine):
        with pytest.raises(WriterUnavailableError):
            writer.submit(late)
        assert not writer.is_available
        with pytest.raises(WriterUnavailableError):
            writer.submit(receipt_of(1))
    while not writer.is_available:
        threading.Event().wait(0.01)
    assert writer.submit(late).id == late.id
    assert writer.close()
    assert number_of(engine) == 2


def test_closing_writes_what_waits_and_refuses_the_rest(engine: Engine) -> None:
    writer = ReceiptWriter(engine, max_batch=1, timeout=60)
    writer.submit(receipt_of(1))
    with ThreadPoolExecutor(20) as pool:
        with held(engine):
            posts = [pool.submit(writer.submit, receipt_of(1)) for _ in range(20)]
            while writer.waiting < 19:
                threading.Event().wait(0.01)
            assert not writer.close(timeout=0)
        assert all(post.result().created for post in posts)
    with pytest.raises(WriterUnavailableError):
        writer.submit(receipt_of(1))
    assert writer.close()
    assert number_of(engine) == 21


def test_two_nodes_that_get_the_same_posts_make_each_receipt_once(
    ready_postgres_database: str, postgres_engine: Engine
) -> None:
    engines = [make_engine(ready_postgres_database) for _ in range(2)]
    nodes = [ReceiptWriter(engine, max_batch=8, timeout=60) for engine in engines]
    keys = [f"{index % 25:032x}" for index in range(100)]

    def post(index: int) -> list[Stored]:
        # The second node gets them in reverse order.
        mine = keys if index % 2 else keys[::-1]
        return [nodes[index % 2].submit(receipt_of(1, key=key)) for key in mine[index * 5 : index * 5 + 50]]

    outcomes = at_once(10, post)
    stored = [one for outcome in outcomes if isinstance(outcome, list) for one in outcome]
    assert len(stored) == sum(len(keys[index * 5 : index * 5 + 50]) for index in range(10))
    assert sum(one.created for one in stored) == number_of(postgres_engine) == 25
    assert len({one.id for one in stored}) == 25
    assert all(node.close() for node in nodes)
    for engine in engines:
        engine.dispose()


def test_a_new_receipt_can_be_changed_by_nobody() -> None:
    with pytest.raises(AttributeError):
        receipt_of(1).action = "accept_all"  # type: ignore[misc]
