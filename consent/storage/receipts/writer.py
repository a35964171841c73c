"""Receipt writer: one thread that group-commits the receipts of many requests durably."""

import contextlib
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from sqlalchemy import Engine

from consent.storage.database.engine import takes_writes
from consent.storage.database.outage import Outage, is_disk_full
from consent.storage.database.query_timeout import answers_within
from consent.storage.receipts.committer import Commits, Job, Outcome
from consent.storage.receipts.new_receipt import NewReceipt, RejectedRowError, Stored, WriterUnavailableError

PROBE_SECONDS = 0.2
CHECK_SECONDS = 1.0
"""How often a node whose last receipt met no room checks whether others can write theirs."""
SLOW = "The database does not answer in time: it is down, or its COMMIT waits for a standby or a slow disk."
COMMIT_SECONDS = 20.0
"""How long a commit may take: one that waits for a standby is not given up early, since it goes on in the server."""
ANSWER_SECONDS = 5.0
"""How long a database that was unavailable may take to answer whether it is back."""


class PendingReceipt:
    """One receipt to be made and written; `wake` releases whoever waits for its outcome."""

    __slots__ = ("_make", "job", "outcome", "wake")
    job: Job

    def __init__(self, make: Callable[[], NewReceipt], wake: Callable[[], object]) -> None:
        self._make, self.wake = make, wake
        self.outcome: Outcome | None = None

    def is_made(self) -> bool:
        """Create the receipt and return whether there is one; where that fails, the request gets the error."""
        try:
            self.job = Job(self._make())
        except Exception as error:
            self.end(error)
            return False
        finally:
            # Breaks a reference cycle: else each choice would be left to the garbage collector.
            del self._make
        return True

    def end(self, outcome: Outcome) -> None:
        """Release the request with `outcome`."""
        self.outcome = outcome
        self.wake()


class ReceiptWriter:
    """Writes receipts in batches of at most `max_batch`; refuses more than `max_queue` waiting ones.

    Nobody waits for one longer than `timeout` seconds.

    The thread starts with the first receipt, so a writer may be made before a server forks its workers.
    """

    def __init__(self, engine: Engine, *, max_batch: int = 512, max_queue: int = 4096, timeout: float = 0.9) -> None:
        self._engine = engine
        self._commits = Commits(engine)
        self._outage = Outage(engine, "writer of receipts", is_steady=True)
        self._max_batch = max_batch
        self._max_queue = max_queue
        self.timeout = timeout
        self._queue: SimpleQueue[PendingReceipt | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closing = threading.Event()
        self._is_down = False
        self._is_slow = False
        self._problem = ""
        self._newest: int | None = None
        """Of a full disk: when the newest receipt was made that was there when the thread last checked."""
        self._refused = ""
        self._done: list[PendingReceipt] = []

    @property
    def waiting(self) -> int:
        """How many receipts wait for the thread."""
        return self._queue.qsize()

    @property
    def is_available(self) -> bool:
        """Whether receipts can be stored, by the last attempt."""
        return not self._problem and self._takes

    @property
    def problem(self) -> str:
        """Why the last receipts could not be stored, in a sentence; empty where they could."""
        return self._refused or self._problem or (SLOW if self._is_slow else "")

    @property
    def _takes(self) -> bool:
        """Whether a receipt may be tried; also after a full disk, since nothing else finds out that there is room."""
        return not (self._is_down or self._is_slow or self._refused or self._closing.is_set())

    def refuse(self, reason: str) -> None:
        """Take no receipts for `reason`, until it is empty."""
        self._refused = reason

    def submit(self, new: NewReceipt) -> Stored:
        """Write `new`, as `write` does what it is given."""
        return self.write(lambda: new)

    def write(self, make: Callable[[], NewReceipt]) -> Stored:
        """Write what `make` returns; return once it is durable, or the receipt that the same request made.

        Raises what `result` raises, within a second.
        """
        ended = threading.Lock()
        ended.acquire()
        pending = self.begin(make, ended.release)
        return self.result(pending, in_time=ended.acquire(timeout=self.timeout))

    def begin(self, make: Callable[[], NewReceipt], wake: Callable[[], object]) -> PendingReceipt:
        """Queue what `make` returns; `wake` is called once, as soon as `result` can be asked.

        Both are called in the writer's thread, `make` one after the other: on many threads at once they would only contend
        for the interpreter. Neither may wait. Whoever waits for `wake` does so for `timeout` seconds at most. Raises
        WriterUnavailableError.
        """
        if not self._takes or self._queue.qsize() >= self._max_queue:
            raise WriterUnavailableError
        if self._thread is None:
            self._start()
        pending = PendingReceipt(make, wake)
        self._queue.put(pending)
        return pending

    def result(self, pending: PendingReceipt, *, in_time: bool) -> Stored:
        """Return what is durable of a receipt after its `wake`, or, with `in_time` false, after `timeout` seconds.

        Raises what its `make` raised, KeyReusedError, KeyErasedError, RejectedRowError, or WriterUnavailableError: then it
        may be in the store or not, and the same request again gives the right answer.
        """
        if not in_time:
            # A database that hangs must not take one thread of the server after the other: until the batch
            # comes back, nobody else waits for it.
            self._is_slow = True
            if pending.outcome is None:
                raise WriterUnavailableError
            self._is_slow = False
        outcome = pending.outcome
        if isinstance(outcome, Stored):
            return outcome
        raise outcome or WriterUnavailableError

    def close(self, timeout: float = 20.0) -> bool:
        """Write what is waiting and end the thread; return whether it ended within `timeout` seconds."""
        self._closing.set()
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(timeout)
        return self._thread is None or not self._thread.is_alive()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="receipt-writer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        with answers_within(COMMIT_SECONDS):
            self._write_all()

    def _write_all(self) -> None:
        """Write batch after batch until closed, then what is left."""
        closed = False
        while not closed:
            orders, closed = self._take()
            made = [order for order in orders if order.is_made()]
            if made:
                self._write(made)
            elif self._queue.empty():
                self._wake()
                self._check_others()
            self._is_slow = False
        self._wake()
        orders, _ = self._take(wait=False)
        _refuse_all(orders, "the writer is closed")
        self._commits.drop()

    def _take(self, *, wait: bool = True) -> tuple[list[PendingReceipt], bool]:
        """Return what waits, up to a batch, and whether the end was among it."""
        orders: list[PendingReceipt] = []
        with contextlib.suppress(Empty):
            order = self._queue.get(block=wait, timeout=CHECK_SECONDS if self._problem else None)
            while order is not None:
                orders.append(order)
                if len(orders) == self._max_batch:
                    return orders, False
                order = self._queue.get_nowait()
            return orders, True
        return orders, False

    def _write(self, orders: list[PendingReceipt]) -> None:
        """Write one batch; where a row is to blame, each row alone, so that it takes no other with it."""
        try:
            outcomes = self._commits.commit_or_retry([order.job for order in orders], self._wake)
        except Exception as error:
            self._wake()
            if not self._commits.is_row_error(error):
                self._give_up(orders, error)
            elif len(orders) == 1:
                refused = RejectedRowError()
                refused.__cause__ = error
                orders[0].end(refused)
            else:
                for order in orders:
                    self._write([order])
            return
        if self._problem:
            self._problem = ""
            self._outage.is_over()
        for order, outcome in zip(orders, outcomes, strict=True):
            order.outcome = outcome
        self._done += orders
        if self._queue.empty():
            self._wake()

    def _wake(self) -> None:
        """Release the requests whose receipts are durable.

        Just before the next wait for the disk: woken at once, they and the ones that follow them would
        contend for the interpreter with this thread while it gets the next batch ready.
        """
        done, self._done = self._done, []
        for order in done:
            order.wake()

    def _give_up(self, orders: list[PendingReceipt], error: Exception) -> None:
        """Refuse what waits, at once, until the database answers again."""
        self._is_down = True
        self._problem = self._commits.sentence_of(error)
        self._outage.begins(error)
        while orders:
            _refuse_all(orders, str(error))
            orders = self._take_without_end()
        while not self._closing.is_set() and not self._reaches_database():
            self._closing.wait(PROBE_SECONDS)
            _refuse_all(self._take_without_end(), str(error))
        self._is_down = False
        self._newest = None
        if not is_disk_full(error):
            self._problem = ""
            self._outage.is_over()

    def _check_others(self) -> None:
        """Take receipts again after a full disk once another node stores some.

        Whoever distributes choices gives none to a node that is not ready while another one is: it cannot try alone.
        """
        if not self._problem:
            return
        try:
            with answers_within(ANSWER_SECONDS):
                newest = self._commits.newest()
        except Exception:
            return
        if self._newest is not None and newest > self._newest:
            self._problem = ""
            self._outage.is_over()
        self._newest = newest

    def _take_without_end(self) -> list[PendingReceipt]:
        orders, is_end = self._take(wait=False)
        if is_end:
            self._queue.put(None)
        return orders

    def _reaches_database(self) -> bool:
        try:
            with answers_within(ANSWER_SECONDS), self._engine.connect() as connection:
                return takes_writes(connection)
        except Exception:
            return False


def _refuse_all(orders: list[PendingReceipt], reason: str) -> None:
    for order in orders:
        order.end(WriterUnavailableError(reason))
