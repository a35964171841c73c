"""Purposes of cookies and tags, each mapped to one group."""

import csv
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent.parent / "data" / "purposes.csv"


@cache
def purpose_groups() -> dict[str, str]:
    """Return the group of each purpose code, in the order of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["group"] for row in csv.DictReader(file)}
