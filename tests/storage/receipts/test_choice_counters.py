"""Receipts are counted in the transaction that writes them: each exactly once, even when sent twice."""

from collections import Counter
from collections.abc import Iterator
from threading import Thread

import pytest
from sqlalchemy import Engine, select

from consent.storage.receipts.committer import Commits, Job
from consent.storage.receipts.new_receipt import NewReceipt, RejectedRowError
from consent.storage.receipts.writer import ReceiptWriter
from consent.storage.tables.statistics import ChoiceCount
from tests.storage.sample_receipts import DAY, NOW, receipt_of

KEY = ("site_id", "day", "country", "subdivision", "action", "choice", "device", "is_bot", "arrival")


def counts(engine: Engine, names: tuple[str, ...] = KEY) -> Counter[tuple[object, ...]]:
    """Return the number of receipts counted under each key."""
    found: Counter[tuple[object, ...]] = Counter()
    with engine.connect() as connection:
        for *key, count in connection.execute(
            select(*(getattr(ChoiceCount, name) for name in names), ChoiceCount.count).where(ChoiceCount.span == 1)
        ):
            found[tuple(key)] += count
    return found


@pytest.fixture
def commits(engine: Engine) -> Iterator[Commits]:
    commits = Commits(engine)
    yield commits
    commits.drop()


def write(commits: Commits, *news: NewReceipt) -> None:
    commits.commit_or_retry([Job(new) for new in news], lambda: None)


def test_a_batch_is_counted_by_all_that_is_alike(engine: Engine, commits: Commits) -> None:
    visit = {"device": "phone", "arrival": "prompt"}
    write(commits, *(receipt_of(1, **visit) for _ in range(70)), receipt_of(2), receipt_of(1, time=NOW - 1))
    write(
        commits, *(receipt_of(1, **visit) for _ in range(2)), receipt_of(1, is_bot=True, country="US", subdivision="CA")
    )
    write(commits, receipt_of(1, country=None, functional=None, analytics=None, advertising=False, action="opt_out"))
    day = NOW // DAY
    assert counts(engine) == {
        (1, day, "DE", "", "save", "010", "phone", False, "prompt"): 72,
        (2, day, "DE", "", "save", "010", "unknown", False, "unknown"): 1,
        (1, day - 1, "DE", "", "save", "010", "unknown", False, "unknown"): 1,
        (1, day, "US", "CA", "save", "010", "unknown", True, "unknown"): 1,
        (1, day, "", "", "opt_out", "--0", "unknown", False, "unknown"): 1,
    }


def test_a_repeat_is_counted_once(engine: Engine, commits: Commits) -> None:
    new = receipt_of(1)
    write(commits, new, receipt_of(1, key=new.key))
    write(commits, receipt_of(1, key=new.key), receipt_of(1))
    assert counts(engine, ("site_id",)) == {(1,): 2}


def test_a_row_that_is_refused_is_not_counted(engine: Engine, writer: ReceiptWriter) -> None:
    with pytest.raises(RejectedRowError):
        writer.submit(receipt_of(1, regime=None))
    writer.submit(receipt_of(1))
    assert counts(engine, ("site_id",)) == {(1,): 1}


def test_nodes_that_count_the_same_at_once_lose_nothing(engine: Engine) -> None:
    def node() -> None:
        commits = Commits(engine)
        for _ in range(10):
            write(commits, *(receipt_of(1, country=country, salt=None) for country in ("FR", "DE", "AT", "FR")))
        commits.drop()

    nodes = [Thread(target=node) for _ in range(3)]
    for thread in nodes:
        thread.start()
    for thread in nodes:
        thread.join()
    assert counts(engine, ("country",)) == {("FR",): 60, ("DE",): 30, ("AT",): 30}


def test_weeks_are_the_sums_of_their_days(engine: Engine, commits: Commits) -> None:
    # 2026-11-25 is a Wednesday.
    write(commits, *(receipt_of(1, time=NOW + days * DAY) for days in (-3, -2, 0, 4, 5)))
    with engine.connect() as connection:
        query = select(ChoiceCount.day, ChoiceCount.count).where(ChoiceCount.span == 7)
        weeks = dict(connection.execute(query).all())
    monday = NOW // DAY - 2
    assert weeks == {monday - 7: 1, monday: 3, monday + 7: 1}
