"""Export receipts as CSV, JSON Lines with proofs, or ISO/IEC TS 27560 records, in constant memory."""

from consent.exports.export_stream import FORMATS, Export, Source

__all__ = ["FORMATS", "Export", "Source"]
