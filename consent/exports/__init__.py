"""Receipts as files for others: CSV, JSON Lines with proofs, and records of ISO/IEC TS 27560, in constant memory."""

from consent.exports.export import FORMATS, Export, Source

__all__ = ["FORMATS", "Export", "Source"]
