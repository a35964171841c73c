"""The rules by place that are shipped."""

from pathlib import Path

from consent.core.rules import Rules

FOLDER = Path(__file__).parents[1] / "data" / "regions"


def load_rules() -> Rules:
    """Read the rules by place that are shipped."""
    return Rules(*(rule_file(name) for name in ("regions.csv", "aliases.csv")))


def rule_file(name: str) -> str:
    """Return the text of one of their tables."""
    return (FOLDER / name).read_text("utf-8")
