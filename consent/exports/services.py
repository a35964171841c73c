"""Build the services of receipts: writer, signer, exports; remove exports that hold what was erased."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from consent.exports.export_stream import Source
from consent.exports.job_store import JobStore
from consent.exports.sweeper import ExportSweeper
from consent.exports.worker import work
from consent.signing.keys import SigningKey
from consent.signing.receipt_claims import Signer
from consent.storage.receipts.writer import ReceiptWriter

FOLDER = "exports"
"""Of the files, in the instance's folder."""


@dataclass(frozen=True, slots=True)
class ReceiptServices:
    """What writes, signs and exports receipts, and removes exports; `source` is where exports read."""

    writer: ReceiptWriter
    signer: Signer
    exports: JobStore
    sweeper: ExportSweeper
    source: Source


def build_receipts(
    source: Source, key: SigningKey, instance: Path, start_command: Callable[..., None]
) -> ReceiptServices:
    """Return the services of receipts. `key` signs them; `start_command` starts a command of `consent` as a process."""
    start = partial(start_command, "receipts", "resume")
    exports = JobStore(source.engine, instance / FOLDER, start, partial(work, source, only_begins=True))
    sweeper = ExportSweeper(source.engine, exports)
    return ReceiptServices(ReceiptWriter(source.engine), Signer(key), exports, sweeper, source)


def sweep_exports(engine: Engine, instance: Path) -> int:
    """Remove the exports of this node that are old or hold erased receipts, and return how many that were."""
    return JobStore(engine, instance / FOLDER, lambda site, job_id: None).sweep()
