"""Send the events due for one receiver, batch by batch: in order for each subject, at least once.

A batch is read, sent by several threads, and recorded in one transaction. After a crash in between, it is sent again.
"""

import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from sqlalchemy import Engine

from consent.delivery.event import ENDINGS
from consent.delivery.schedule import MAX_FAILURES, PROBE_SECONDS, Pace, next_try
from consent.delivery.sender import GONE_STATUS, Outcome, Sender
from consent.storage.database.base import Transaction
from consent.storage.delivery import acks, deliveries, outbox, receivers, replays
from consent.storage.delivery.acks import Ack
from consent.storage.delivery.deliveries import DeliveryRow
from consent.storage.delivery.outbox import Event
from consent.storage.delivery.receivers import ReceiverRow
from consent.storage.delivery.replays import ReplayRow


class Item(NamedTuple):
    """An event to send, and its row if it failed or waited before."""

    event: Event
    row: DeliveryRow | None
    is_replay: bool


class Counters:
    """A process's counts for one receiver: tries, failed tries, and the seconds that they took."""

    def __init__(self) -> None:
        self.tries = self.failures = 0
        self.seconds = 0.0

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Count the events that were sent."""
        for outcome in outcomes:
            if not outcome.is_skipped:
                self.tries += 1
                self.failures += not outcome.is_done
                self.seconds += outcome.took_ms / 1000


class ReceiverRun:
    """The work for one receiver, in one thread that starts others to post a batch."""

    def __init__(
        self,
        engine: Engine,
        receiver_id: str,
        sender_of: Callable[[ReceiverRow], Sender],
        pace: Pace,
        counters: Counters,
        stop: threading.Event,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine, self._id, self._sender_of, self._pace = engine, receiver_id, sender_of, pace
        self._counters, self._stop, self._clock = counters, stop, clock

    def run(self) -> None:
        """Send until nothing is due. Raises SQLAlchemyError; what wasn't recorded is sent again."""
        while not self._stop.is_set():
            begun = time.monotonic()
            sent = self._step()
            if not sent:
                return
            left = self._pace.seconds_for(sent) - (time.monotonic() - begun)
            if left > 0:
                self._stop.wait(left)

    def _step(self) -> int:
        """Send one batch, and return how many events were processed; 0 if nothing is due."""
        now = int(self._clock())
        with self._engine.connect() as connection:
            receiver = receivers.get(connection, self._id)
            if receiver is None or receiver.state != receivers.ON or now < receiver.next_probe_at:
                return 0
            limit = 1 if receiver.failures >= MAX_FAILURES else self._pace.batch
            items, replay, cursor = self._read(connection, receiver, now, limit)
        if not items:
            return self._skip_past(receiver, replay, cursor)
        waiting = self._blocked_subjects(receiver, items)
        outcomes = self._send(receiver, _chains(items, waiting))
        with self._engine.begin() as connection:
            Batch(connection, receiver, self._pace, int(self._clock())).save(items, outcomes, waiting, replay)
        self._counters.add(outcomes.values())
        return 0 if self._stop.is_set() else len(items)

    def _read(
        self, connection: Transaction, receiver: ReceiverRow, now: int, limit: int
    ) -> tuple[list[Item], ReplayRow | None, int]:
        """Return what is due: failed deliveries first, then new events, then a replay."""
        rows = deliveries.due(connection, receiver.id, now, limit)
        if rows:
            events = outbox.by_numbers(connection, receiver.site_id, [row.n for row in rows])
            self._drop_erased(receiver, [row for row in rows if row.n not in events], now)
            return [Item(events[row.n], row, row.is_replay) for row in rows if row.n in events], None, 0
        fresh = outbox.between(connection, receiver.site_id, receiver.cursor, None, limit)
        if fresh:
            return [Item(event, None, False) for event in fresh], None, 0
        replay = replays.running(connection, receiver.id)
        if replay is None:
            return [], None, 0
        again = outbox.between(connection, receiver.site_id, replay.next_n - 1, replay.to_n, limit)
        wanted = [event for event in again if replay.subjects == replays.ALL or event.refuses]
        last = again[-1].n if again else replay.to_n
        return [Item(event, None, True) for event in wanted], replay, last

    def _skip_past(self, receiver: ReceiverRow, replay: ReplayRow | None, last: int) -> int:
        """Advance a replay past events that it doesn't include."""
        if replay is None:
            return 0
        with self._engine.begin() as connection:
            replays.advance(connection, replay, last + 1, 0, int(self._clock()))
        return 1

    def _drop_erased(self, receiver: ReceiverRow, rows: list[DeliveryRow], now: int) -> None:
        """Delete deliveries whose event was erased."""
        if rows:
            with self._engine.begin() as connection:
                for row in rows:
                    deliveries.end(connection, row, is_awaited=False, took_ms=0)
                    deliveries.release_next(connection, receiver.id, row.subject_no, now)

    def _blocked_subjects(self, receiver: ReceiverRow, items: list[Item]) -> set[str]:
        """Return the subjects of new events that have an earlier event waiting."""
        fresh = {item.event.subject_no for item in items if item.row is None}
        if not fresh:
            return set()
        with self._engine.connect() as connection:
            return deliveries.blocked(connection, receiver.id, fresh)

    def _send(self, receiver: ReceiverRow, chains: list[list[Item]]) -> dict[int, Outcome]:
        """Return the outcome of each event sent, by number; after too many failures in a row, no more are started."""
        sender, outcomes, lock = self._sender_of(receiver), dict[int, Outcome](), threading.Lock()
        todo, failures = iter(chains), [receiver.failures]

        def work() -> None:
            while not self._stop.is_set():
                with lock:
                    is_over = failures[0] >= MAX_FAILURES and bool(outcomes)
                    chain = None if is_over else next(todo, None)
                if chain is None:
                    return
                for item in chain:
                    outcome = sender.send(item.event, int(self._clock()), is_replay=item.is_replay)
                    with lock:
                        outcomes[item.event.n] = outcome
                        failures[0] = 0 if outcome.is_done else failures[0] + 1
                    if not outcome.is_done or self._stop.is_set():
                        break

        threads = [
            threading.Thread(target=work, name=f"deliver-{receiver.id[:6]}", daemon=True)
            for _ in range(min(self._pace.threads, len(chains)) - 1)
        ]
        for thread in threads:
            thread.start()
        work()
        for thread in threads:
            thread.join()
        return outcomes


def _chains(items: list[Item], waiting: set[str]) -> list[list[Item]]:
    """Return the events that may be sent, in order for each subject; an erasure doesn't wait for earlier events."""
    chains: dict[str, list[Item]] = {}
    for item in items:
        if item.row is not None or item.event.subject_no not in waiting or item.event.type in ENDINGS:
            chains.setdefault(item.event.subject_no, []).append(item)
    return list(chains.values())


class Batch:
    """Records the outcome of a batch in the transaction of `connection`, at `now` in unix seconds."""

    def __init__(self, connection: Transaction, receiver: ReceiverRow, pace: Pace, now: int) -> None:
        self._connection, self._receiver, self._pace, self._now = connection, receiver, pace, now

    def save(
        self, items: list[Item], outcomes: dict[int, Outcome], waiting: set[str], replay: ReplayRow | None
    ) -> None:
        """Write rows for events that failed or wait, the states reached, and the new cursor.

        `waiting` are the subjects with an earlier event waiting. If the batch was cut short, events before the last one
        sent that weren't started get a row, and later ones don't: everything up to the cursor is sent or has a row.
        """
        reached = self._reached_number(items, outcomes, waiting)
        # A refusal must not be held up: the events queued before it are retried at once.
        urgent = {item.event.subject_no for item in items if item.event.refuses} & waiting
        behind, rows = set(waiting), list[DeliveryRow]()
        for item in items:
            event, outcome = item.event, outcomes.get(item.event.n)
            if outcome is not None:
                rows += self._record_item(item, outcome)
                if not outcome.is_done:
                    behind.add(event.subject_no)
            elif item.row is None and event.n <= reached:
                state = deliveries.WAITING if event.subject_no in behind else deliveries.RETRY
                rows.append(self._row(item, state, 0, self._now, None))
                behind.add(event.subject_no)
        deliveries.add(self._connection, rows)
        if urgent:
            deliveries.retry_now(self._connection, self._receiver.id, urgent, self._now)
        self._record_acks(items, outcomes)
        self._advance(items, reached, replay)
        self._adjust_pace([outcomes[item.event.n] for item in items if item.event.n in outcomes])

    def _reached_number(self, items: list[Item], outcomes: dict[int, Outcome], waiting: set[str]) -> int:
        """Return the number up to which each new event was sent or will get a row."""
        fresh = [item.event for item in items if item.row is None]
        if not fresh:
            return 0
        stopped = waiting | {
            event.subject_no for event in fresh if event.n in outcomes and not outcomes[event.n].is_done
        }
        if all(event.n in outcomes or event.subject_no in stopped for event in fresh):
            return fresh[-1].n
        return max((event.n for event in fresh if event.n in outcomes), default=0)

    def _record_item(self, item: Item, outcome: Outcome) -> list[DeliveryRow]:
        event, receiver = item.event, self._receiver
        is_awaited = receiver.ack == "later" and not outcome.is_skipped and not item.is_replay and outcome.ack is None
        if outcome.is_done:
            if event.type in ENDINGS:
                deliveries.forget_subject(self._connection, [receiver.id], event.subject_no)
            elif item.row is not None:
                deliveries.end(self._connection, item.row, is_awaited=is_awaited, took_ms=outcome.took_ms)
                deliveries.release_next(self._connection, receiver.id, event.subject_no, self._now)
            elif is_awaited:
                return [self._row(item, deliveries.DONE, 1, self._now, outcome)]
            return []
        if item.row is None:
            return [self._row(item, deliveries.RETRY, 1, next_try(1, self._now) or self._now, outcome)]
        due = next_try(item.row.tries + 1, self._now)
        if outcome.is_of_event and deliveries.has_waiting_refusal(self._connection, item.row):
            due = None
        state = deliveries.DEAD if due is None else deliveries.RETRY
        deliveries.fail(self._connection, item.row, state, due or self._now, outcome.problem, outcome.took_ms)
        if due is None:
            deliveries.release_next(self._connection, receiver.id, event.subject_no, self._now)
            acks.note(self._connection, [self._make_ack(event, acks.DEAD, outcome)])
        return []

    def _row(self, item: Item, state: str, tries: int, next_at: int, outcome: Outcome | None) -> DeliveryRow:
        event, problem, took_ms = item.event, outcome.problem if outcome else "", outcome.took_ms if outcome else 0
        return DeliveryRow(
            self._receiver.id,
            event.n,
            event.id,
            event.subject_no,
            state,
            event.refuses,
            item.is_replay,
            tries,
            self._now,
            next_at,
            problem[:255],
            took_ms,
        )

    def _record_acks(self, items: list[Item], outcomes: dict[int, Outcome]) -> None:
        states = []
        for item in items:
            outcome = outcomes.get(item.event.n)
            if outcome is None or not outcome.is_done or outcome.is_skipped:
                continue
            states.append(self._make_ack(item.event, acks.DELIVERED, outcome))
            if outcome.ack is not None:
                reported = outcome.ack
                states.append(
                    self._make_ack(item.event, reported.state, outcome)._replace(at=reported.at, ref=reported.ref)
                )
        acks.note(self._connection, states)

    def _make_ack(self, event: Event, state: str, outcome: Outcome) -> Ack:
        return Ack(self._receiver.id, event.id, state, event.n, self._now, self._now, "", outcome.body_sha256)

    def _advance(self, items: list[Item], reached: int, replay: ReplayRow | None) -> None:
        """Advance the cursor, or the replay, to `reached`."""
        fresh = [item.event for item in items if item.row is None]
        if replay is not None and reached:
            replays.advance(
                self._connection, replay, reached + 1, sum(event.n <= reached for event in fresh), self._now
            )
        elif fresh and reached > self._receiver.cursor:
            receivers.change(self._connection, self._receiver.id, cursor=reached)

    def _adjust_pace(self, outcomes: list[Outcome]) -> None:
        """Rest the receiver, or slow it down or speed it up, depending on the batch's outcomes."""
        tried = [outcome for outcome in outcomes if not outcome.is_skipped]
        if not tried:
            return
        failed = [outcome for outcome in tried if not outcome.is_done]
        if any(outcome.is_slow for outcome in failed):
            self._pace.slow_down()
        else:
            self._pace.speed_up()
        receiver, facts = self._receiver, dict[str, object]()
        if len(failed) < len(tried):
            facts = {"heard_at": self._now, "failures": 0, "failing_since": None}
        else:
            failures = receiver.failures + len(failed)
            facts = {"failures": failures, "failing_since": receiver.failing_since or self._now}
            if failures >= MAX_FAILURES:
                facts["next_probe_at"] = self._now + PROBE_SECONDS
        if failed:
            facts["last_problem"] = failed[-1].problem[:255]
        waits = [outcome.retry_after for outcome in failed if outcome.retry_after]
        if waits:
            facts["next_probe_at"] = self._now + max(waits)
        if any(outcome.status == GONE_STATUS for outcome in failed):
            facts["state"] = receivers.GONE
        receivers.change(self._connection, receiver.id, **facts)
