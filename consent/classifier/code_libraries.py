"""Hosts of code libraries without tracking, such as jQuery on a public CDN."""

import csv
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent.parent / "data" / "code-libraries.csv"


@cache
def code_libraries() -> dict[str, str]:
    """Return the library names by address: a host or `*.` for its subdomains, optionally followed by a path prefix."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["address"]: row["name"] for row in csv.DictReader(file)}
