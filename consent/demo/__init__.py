"""Demo: a small shop, a stand-in for its vendors' hosts, and sample data for both."""

TOKEN_FILE = "demo-shop-token"  # noqa: S105 - the name of a file
"""In an instance that `consent demo` made: each command looks for it, so it stands where nothing else is read."""
