"""Background threads that get the checkpoints of every log cosigned, one thread per witness.

Nothing waits for them, neither receipts nor the sequencer. They look in the database for new checkpoints, so that those
of another node, or from before a restart, are covered too.
"""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine

from consent.core.merkle import consistency_proof
from consent.log.checkpoint_files import CheckpointFiles
from consent.log.witness_client import WitnessReply, request_cosignature, witness_id
from consent.log.witness_report import sentences
from consent.storage.database.database_thread import DatabaseThread
from consent.storage.log import cosignatures, tree_store
from consent.storage.log.cosignatures import PendingCheckpoint, WitnessProgress
from consent.verify import Policy, Witness, cosigners, is_quorum, read_policy

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
"""How often a thread looks for new checkpoints."""
CHECKPOINT_SECONDS = 60
"""In a log that grows constantly, one checkpoint per this many seconds is cosigned; it covers all earlier ones."""
LEASE_SECONDS, RETRY_SECONDS = 120, 300
BACKOFF_SECONDS = (5.0, 15.0, 60.0, 300.0)
"""The wait after one, two, … rounds in which the witness was unreachable; the last value then repeats."""
COSIGNED = "cosigned"
"""The instance's folder of all cosigned checkpoints, as `checkpoints` is of all signed ones."""


class Witnesses:
    """Requests cosignatures from the policy file's witnesses; idle without a policy. `folder` is the instance's."""

    def __init__(
        self, engine: Engine, policy_file: Path | None, folder: Path, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._engine, self._clock = engine, clock
        self.policy: Policy | None = read_policy(policy_file.read_text()) if policy_file else None
        self._files = CheckpointFiles(folder / COSIGNED)
        self._stop = threading.Event()
        self.threads = [_WitnessThread(self, engine, label) for label in self._witnesses]
        self.progress: list[WitnessProgress] = []
        """The progress of each witness, as of the last round; replaced as a whole."""

    @property
    def _witnesses(self) -> dict[str, Witness]:
        return self.policy.witnesses if self.policy else {}

    def start(self) -> None:
        """Start the threads."""
        for thread in self.threads:
            thread.start()

    def close(self) -> None:
        """Stop the threads; a running request may be cut off, and is repeated later."""
        self._stop.set()
        for thread in self.threads:
            thread.close()

    def warnings(self) -> list[str]:
        """Return in words which witnesses refuse, or haven't cosigned for long."""
        return sentences(self.progress, self._clock())

    def run(self, label: str) -> bool:
        """Request all cosignatures due from the witness, and return whether it was reachable."""
        witness, now = self._witnesses[label], int(self._clock())
        with self._engine.begin() as connection:
            cosignatures.add_newest(connection, now, CHECKPOINT_SECONDS)
        with self._engine.connect() as connection:
            waiting = cosignatures.pending(connection, witness_id(witness), now)
        unreachable = None
        for checkpoint in waiting:
            if self._stop.is_set():
                break
            reply = self._request(label, checkpoint, unreachable)
            unreachable = reply if reply and reply.is_unreachable else None
        with self._engine.connect() as connection:
            self.progress = cosignatures.progress(connection)
        return unreachable is None

    def _request(
        self, label: str, checkpoint: PendingCheckpoint, unreachable: WitnessReply | None
    ) -> WitnessReply | None:
        """Request the cosignature for one log, and return the result; None if another process is requesting it.

        If the witness was `unreachable` for the previous log, this reply is also the result here.
        """
        witness, now = self._witnesses[label], int(self._clock())
        with self._engine.begin() as connection:
            if not cosignatures.claim(connection, checkpoint.site_id, witness_id(witness), now, LEASE_SECONDS):
                return unreachable
        newest = partial(self._newest_size, checkpoint.site_id)
        reply = unreachable or request_cosignature(witness, checkpoint, self._prover(checkpoint), newest)
        with self._engine.begin() as connection:
            self._save(connection, witness, checkpoint, reply)
        if reply.problem and reply is not unreachable:
            log.warning("witness %s did not cosign the log of %s: %s", label, checkpoint.site, reply.problem)
        if reply.line:
            self._save_quorum(checkpoint)
        return reply

    def _save(
        self, connection: Connection, witness: Witness, checkpoint: PendingCheckpoint, reply: WitnessReply
    ) -> None:
        site_id, name, now = checkpoint.site_id, witness_id(witness), int(self._clock())
        if reply.line:
            cosignatures.add_cosignature(connection, site_id, checkpoint.head.size, name, reply.line, now)
        elif reply.ahead:
            cosignatures.set_progress(connection, site_id, name, reply.ahead, now)
        else:
            due_at = now if reply.is_unreachable else now + RETRY_SECONDS
            cosignatures.set_problem(connection, site_id, name, reply.problem, now, due_at, is_refusal=reply.is_refusal)

    def _save_quorum(self, checkpoint: PendingCheckpoint) -> None:
        """Save that the checkpoint is cosigned if there is a quorum, and append it to the file outside the database."""
        with self._engine.begin() as connection:
            head = cosignatures.checkpoint(connection, checkpoint.site_id, checkpoint.head.size)
            if head is None or self.policy is None:
                return
            found = cosigners(head.note, self.policy)
            if not found or not is_quorum(self.policy, found):
                return
            cosignatures.set_cosigned(connection, checkpoint.site_id, head.size)
        self._files.add(checkpoint.site, head)

    def _prover(self, checkpoint: PendingCheckpoint) -> Callable[[int], list[bytes]]:
        def prove(old: int) -> list[bytes]:
            with self._engine.connect() as connection:
                reader = tree_store.tile_reader(connection, checkpoint.site_id)
                return consistency_proof(reader, old, checkpoint.head.size)

        return prove

    def _newest_size(self, site_id: int) -> int:
        with self._engine.connect() as connection:
            head = tree_store.head(connection, site_id)
        return head.size if head else 0

    def forget_others(self) -> None:
        """Delete the progress of witnesses that the policy no longer names."""
        with self._engine.begin() as connection:
            cosignatures.forget_others(connection, [witness_id(one) for one in self._witnesses.values()])


class _WitnessThread(DatabaseThread):
    """Requests the cosignatures of one witness; the pause grows while it is unreachable."""

    def __init__(self, witnesses: Witnesses, engine: Engine, label: str) -> None:
        super().__init__(f"witness-{label}", engine, EVERY_SECONDS, what=f"witness {label}", close_s=2)
        self._witnesses, self._label, self._unreachable, self._is_first = witnesses, label, 0, True

    def _round(self) -> float | None:
        if self._is_first:
            self._witnesses.forget_others()
            self._is_first = False
        self._unreachable = 0 if self._witnesses.run(self._label) else self._unreachable + 1
        return BACKOFF_SECONDS[min(self._unreachable, len(BACKOFF_SECONDS)) - 1] if self._unreachable else None
