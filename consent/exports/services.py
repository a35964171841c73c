"""Build the services of receipts: writer, signer, exports."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from consent.exports.export_stream import Source
from consent.exports.job_store import JobStore
from consent.exports.worker import work
from consent.signing.keys import SigningKey
from consent.signing.receipt_claims import Signer
from consent.storage.receipts.writer import ReceiptWriter


@dataclass(frozen=True, slots=True)
class ReceiptServices:
    """What writes, signs and exports receipts; `source` is where exports read."""

    writer: ReceiptWriter
    signer: Signer
    exports: JobStore
    source: Source


def build_receipts(
    source: Source, key: SigningKey, instance: Path, start_command: Callable[..., None]
) -> ReceiptServices:
    """Return the services of receipts. `key` signs them; `start_command` starts a command of `consent` as a process."""
    start = partial(start_command, "receipts", "resume")
    exports = JobStore(source.engine, instance / "exports", start, partial(work, source, only_begins=True))
    return ReceiptServices(ReceiptWriter(source.engine), Signer(key), exports, source)
