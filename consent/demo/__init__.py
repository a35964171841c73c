"""Demo: a small shop, a stand-in for its vendors' hosts, and sample data for both."""

TOKEN_FILE = "demo-shop-token"  # noqa: S105 - the name of a file
"""Marks an instance made by `consent demo`. Each command checks it, so it is here, where nothing else is imported."""
