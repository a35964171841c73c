"""Build the receipt services: writer, signer, exports, and the removal of exports that contain erased data."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from consent.exports.export_stream import Source
from consent.exports.job_store import JobStore
from consent.exports.sweeper import ExportSweeper
from consent.exports.worker import write_export
from consent.signing.keys import SigningKey
from consent.signing.receipt_claims import Signer
from consent.storage.receipts.writer import ReceiptWriter

FOLDER = "exports"
"""Folder of the export files within the instance's folder."""


@dataclass(frozen=True, slots=True)
class ReceiptServices:
    """Services that write, sign and export receipts, and remove exports; `source` is the data for exports."""

    writer: ReceiptWriter
    signer: Signer
    exports: JobStore
    sweeper: ExportSweeper
    source: Source


def build_receipts(
    source: Source, key: SigningKey, instance: Path, start_command: Callable[..., None]
) -> ReceiptServices:
    """Return the receipt services. `key` signs receipts; `start_command` starts a `consent` command as a process."""
    start = partial(start_command, "receipts", "resume")
    exports = JobStore(source.engine, instance / FOLDER, start, partial(write_export, source, only_begins=True))
    sweeper = ExportSweeper(source.engine, exports)
    return ReceiptServices(ReceiptWriter(source.engine), Signer(key), exports, sweeper, source)


def sweep_exports(engine: Engine, instance: Path) -> int:
    """Remove this node's exports that are expired or contain erased receipts, and return how many."""
    return JobStore(engine, instance / FOLDER, lambda site, job_id: None).sweep()
