"""The one thread that writes receipts: what many requests hand over together shares one durable COMMIT."""

import contextlib
import threading
from queue import Empty, SimpleQueue

from sqlalchemy import Engine

from consent.storage.commits import Commits, Job
from consent.storage.new_receipt import NewReceipt, RowRefused, Stored, WriterUnavailable

PROBE_SECONDS = 0.2


class ReceiptWriter:
    """Writes receipts in batches of at most `max_batch`; refuses more than `max_queue` waiting ones.

    The thread starts with the first receipt, so a writer may be made before a server forks its workers.
    """

    def __init__(self, engine: Engine, *, max_batch: int = 512, max_queue: int = 4096, timeout: float = 0.9) -> None:
        self._engine = engine
        self._commits = Commits(engine)
        self._max_batch = max_batch
        self._max_queue = max_queue
        self._timeout = timeout
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closing = threading.Event()
        self._is_away = False
        self._is_slow = False
        self._done: list[Job] = []

    @property
    def waiting(self) -> int:
        """How many receipts wait for the thread."""
        return self._queue.qsize()

    @property
    def is_available(self) -> bool:
        """Whether the last attempt to reach the database went well."""
        return not (self._is_away or self._is_slow or self._closing.is_set())

    def submit(self, new: NewReceipt) -> Stored:
        """Write `new` and return once it is durable, or return the receipt that the same request made before.

        Raises KeyReused, KeyErased, RowRefused, or within a second WriterUnavailable: then it may be in the
        store or not, and the same request again gives the right answer.
        """
        if not self.is_available or self._queue.qsize() >= self._max_queue:
            raise WriterUnavailable
        if self._thread is None:
            self._start()
        job = Job(new)
        self._queue.put(job)
        if not job.waiting.acquire(timeout=self._timeout):
            # A database that hangs must not take one thread of the server after the other: until the batch
            # comes back, nobody else waits for it.
            self._is_slow = True
            if job.outcome is None:
                raise WriterUnavailable
            self._is_slow = False
        outcome = job.outcome
        if isinstance(outcome, Stored):
            return outcome
        raise outcome or WriterUnavailable

    def close(self, timeout: float = 20.0) -> bool:
        """Write what is waiting and end the thread; tell whether it ended within `timeout` seconds."""
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
        """Write batch after batch until closed, then what is left."""
        closed = False
        while not closed:
            jobs, closed = self._take()
            if jobs:
                self._write(jobs)
                self._is_slow = False
        self._wake()
        jobs, _ = self._take(wait=False)
        _refuse_all(jobs, "the writer is closed")
        self._commits.drop()

    def _take(self, *, wait: bool = True) -> tuple[list[Job], bool]:
        """Return what waits, up to a batch, and whether the end was among it."""
        jobs: list[Job] = []
        with contextlib.suppress(Empty):
            job = self._queue.get(block=wait)
            while job is not None:
                jobs.append(job)
                if len(jobs) == self._max_batch:
                    return jobs, False
                job = self._queue.get_nowait()
            return jobs, True
        return jobs, False

    def _write(self, jobs: list[Job]) -> None:
        """Write one batch; where a row is at fault, each row by itself, so that it takes no other with it."""
        try:
            outcomes = self._commits.commit_or_retry(jobs, self._wake)
        except Exception as error:
            self._wake()
            if not self._commits.is_fault_of_row(error):
                self._give_up(jobs, error)
            elif len(jobs) == 1:
                refused = RowRefused()
                refused.__cause__ = error
                jobs[0].end(refused)
            else:
                for job in jobs:
                    self._write([job])
            return
        for job, outcome in zip(jobs, outcomes, strict=True):
            job.outcome = outcome
        self._done += jobs
        if self._queue.empty():
            self._wake()

    def _wake(self) -> None:
        """Let the requests go on whose receipts are durable.

        Just before the next wait for the disk: woken at once, they and the ones that follow them would
        contend for the interpreter with this thread while it gets the next batch ready.
        """
        done, self._done = self._done, []
        for job in done:
            job.wake()

    def _give_up(self, jobs: list[Job], error: Exception) -> None:
        """Refuse what waits, at once, until the database answers again."""
        self._is_away = True
        while jobs:
            _refuse_all(jobs, str(error))
            jobs = self._take_without_end()
        while not self._closing.is_set() and not self._reaches_database():
            self._closing.wait(PROBE_SECONDS)
            _refuse_all(self._take_without_end(), str(error))
        self._is_away = False

    def _take_without_end(self) -> list[Job]:
        jobs, is_end = self._take(wait=False)
        if is_end:
            self._queue.put(None)
        return jobs

    def _reaches_database(self) -> bool:
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        except Exception:
            return False
        return True


def _refuse_all(jobs: list[Job], reason: str) -> None:
    for job in jobs:
        job.end(WriterUnavailable(reason))
