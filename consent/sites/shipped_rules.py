"""Load the shipped consent rules by place."""

from functools import cache
from pathlib import Path

from consent.core.rules import Rules

FOLDER = Path(__file__).parent.parent / "data" / "regions"


@cache
def load_rules() -> Rules:
    """Return the rules by place that are shipped, read once in a process: nobody changes them."""
    return Rules(*(rule_file(name) for name in ("regions.csv", "aliases.csv")))


def rule_file(name: str) -> str:
    """Return the text of one of their tables."""
    return (FOLDER / name).read_text("utf-8")
