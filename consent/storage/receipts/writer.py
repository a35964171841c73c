"""Receipt writer: a single thread that durably group-commits the receipts of many requests."""

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
"""How often a node checks, after a full disk, whether other nodes can store receipts."""
SLOW = "The database does not answer in time: it is down, or its COMMIT waits for a standby or a slow disk."
COMMIT_SECONDS = 20.0
"""How long a commit may take: one waiting for a standby isn't given up early, since it continues on the server."""
ANSWER_SECONDS = 5.0
"""How long a database that was unavailable may take to answer a probe."""


class PendingReceipt:
    """A receipt to be created and written; `wake` releases whoever waits for its outcome."""

    __slots__ = ("_make", "job", "outcome", "wake")
    job: Job

    def __init__(self, make: Callable[[], NewReceipt], wake: Callable[[], object]) -> None:
        self._make, self.wake = make, wake
        self.outcome: Outcome | None = None

    def make(self) -> bool:
        """Create the receipt and return True; if that fails, end the request with the error and return False."""
        try:
            self.job = Job(self._make())
        except Exception as error:
            self.end(error)
            return False
        finally:
            # Break a reference cycle, or each choice would have to wait for the garbage collector.
            del self._make
        return True

    def end(self, outcome: Outcome) -> None:
        """Set `outcome` and release the request."""
        self.outcome = outcome
        self.wake()


class ReceiptWriter:
    """Writer of receipts in batches of at most `max_batch`; refuses receipts when `max_queue` are waiting.

    Callers wait at most `timeout` seconds for a receipt.

    The thread starts with the first receipt, so a writer may be created before a server forks its workers.
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
        """After a full disk: creation time of the newest stored receipt at the thread's last check."""
        self._refused = ""
        self._done: list[PendingReceipt] = []

    @property
    def waiting(self) -> int:
        """The number of receipts waiting for the thread."""
        return self._queue.qsize()

    @property
    def is_available(self) -> bool:
        """Whether receipts can be stored, judging by the last attempt."""
        return not self._problem and self._takes

    @property
    def problem(self) -> str:
        """Why the last receipts couldn't be stored, as a sentence; empty if they could."""
        return self._refused or self._problem or (SLOW if self._is_slow else "")

    @property
    def _takes(self) -> bool:
        """Whether to try new receipts. Also after a full disk: only a write can tell whether there is room again."""
        return not (self._is_down or self._is_slow or self._refused or self._closing.is_set())

    def refuse(self, reason: str) -> None:
        """Refuse receipts for `reason` until this is called with an empty one."""
        self._refused = reason

    def submit(self, new: NewReceipt) -> Stored:
        """Write `new` as `write` does."""
        return self.write(lambda: new)

    def write(self, make: Callable[[], NewReceipt]) -> Stored:
        """Write the receipt that `make` returns, and return it or the earlier one of the same request once durable.

        Raises what `result` raises, within a second.
        """
        ended = threading.Lock()
        ended.acquire()
        pending = self.begin(make, ended.release)
        return self.result(pending, in_time=ended.acquire(timeout=self.timeout))

    def begin(self, make: Callable[[], NewReceipt], wake: Callable[[], object]) -> PendingReceipt:
        """Queue the receipt that `make` returns; `wake` is called once, when `result` can be called.

        The writer's thread calls both, `make` one at a time: on many threads at once they would only contend for the
        interpreter. Neither may block. Callers should wait for `wake` at most `timeout` seconds. Raises
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
        """Return the durable receipt after its `wake`, or with `in_time` false after waiting `timeout` seconds in vain.

        Raises what `make` raised, KeyReusedError, KeyErasedError, RejectedRowError, or WriterUnavailableError. After
        the last, the receipt may or may not be stored, and repeating the request gives the right answer.
        """
        if not in_time:
            # A hanging database mustn't block one server thread after another: until the batch returns, no other
            # request waits for it.
            self._is_slow = True
            if pending.outcome is None:
                raise WriterUnavailableError
            self._is_slow = False
        outcome = pending.outcome
        if isinstance(outcome, Stored):
            return outcome
        raise outcome or WriterUnavailableError

    def close(self, timeout: float = 20.0) -> bool:
        """Write what is queued and stop the thread; return whether it stopped within `timeout` seconds."""
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
        """Write batch after batch until closed, then refuse what is left."""
        closed = False
        while not closed:
            batch, closed = self._next_batch()
            made = [pending for pending in batch if pending.make()]
            if made:
                self._write(made)
            elif self._queue.empty():
                self._wake()
                self._check_others()
            self._is_slow = False
        self._wake()
        batch, _ = self._next_batch(wait=False)
        _refuse_all(batch, "the writer is closed")
        self._commits.drop()

    def _next_batch(self, *, wait: bool = True) -> tuple[list[PendingReceipt], bool]:
        """Return what is queued, up to one batch, and whether the end marker was reached."""
        batch: list[PendingReceipt] = []
        with contextlib.suppress(Empty):
            pending = self._queue.get(block=wait, timeout=CHECK_SECONDS if self._problem else None)
            while pending is not None:
                batch.append(pending)
                if len(batch) == self._max_batch:
                    return batch, False
                pending = self._queue.get_nowait()
            return batch, True
        return batch, False

    def _write(self, batch: list[PendingReceipt]) -> None:
        """Write a batch; if a row is at fault, write each row separately, so that only that row fails."""
        try:
            outcomes = self._commits.commit_or_retry([pending.job for pending in batch], self._wake)
        except Exception as error:
            self._wake()
            if not self._commits.is_row_error(error):
                self._give_up(batch, error)
            elif len(batch) == 1:
                refused = RejectedRowError()
                refused.__cause__ = error
                batch[0].end(refused)
            else:
                for pending in batch:
                    self._write([pending])
            return
        if self._problem:
            self._problem = ""
            self._outage.is_over()
        for pending, outcome in zip(batch, outcomes, strict=True):
            pending.outcome = outcome
        self._done += batch
        if self._queue.empty():
            self._wake()

    def _wake(self) -> None:
        """Release the requests whose receipts are durable.

        Called just before the next wait for the disk: released earlier, they and their successors would contend for the
        interpreter with this thread while it prepares the next batch.
        """
        done, self._done = self._done, []
        for pending in done:
            pending.wake()

    def _give_up(self, batch: list[PendingReceipt], error: Exception) -> None:
        """Refuse waiting and new receipts immediately until the database answers again."""
        self._is_down = True
        self._problem = self._commits.sentence_of(error)
        self._outage.begins(error)
        while batch:
            _refuse_all(batch, str(error))
            batch = self._drain()
        while not self._closing.is_set() and not self._is_database_up():
            self._closing.wait(PROBE_SECONDS)
            _refuse_all(self._drain(), str(error))
        self._is_down = False
        self._newest = None
        if not is_disk_full(error):
            self._problem = ""
            self._outage.is_over()

    def _check_others(self) -> None:
        """Accept receipts again after a full disk once another node stores some.

        Load balancers send choices to ready nodes only, so while one is ready, this node gets none to try.
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

    def _drain(self) -> list[PendingReceipt]:
        batch, is_end = self._next_batch(wait=False)
        if is_end:
            self._queue.put(None)
        return batch

    def _is_database_up(self) -> bool:
        try:
            with answers_within(ANSWER_SECONDS), self._engine.connect() as connection:
                return takes_writes(connection)
        except Exception:
            return False


def _refuse_all(batch: list[PendingReceipt], reason: str) -> None:
    for pending in batch:
        pending.end(WriterUnavailableError(reason))
