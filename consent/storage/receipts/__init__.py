"""Receipts: the writer, queries, export rows."""
