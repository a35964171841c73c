"""Signs of consent tools in URLs and code."""

import csv
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parents[2] / "data" / "consent-tools.csv"


class ConsentTool(NamedTuple):
    """Patterns for a consent tool: a sign in a URL or inline code, and a call in the site's own files."""

    sign: re.Pattern[str]
    call: re.Pattern[str] | None


@cache
def consent_tools() -> dict[str, ConsentTool]:
    """Return the patterns of each consent tool by name."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        row["name"]: ConsentTool(re.compile(row["sign"]), re.compile(row["call"]) if row["call"] else None)
        for row in rows
    }


def consent_tool_in(*texts: str) -> str | None:
    """Return the name of the consent tool whose sign is in one of `texts`, URLs or inline code, or None."""
    return next((name for name, tool in consent_tools().items() if any(tool.sign.search(text) for text in texts)), None)


def is_consent_tool(address: str) -> bool:
    """Return whether `address` belongs to a consent tool, which is reported as such and not as a tag."""
    return consent_tool_in(address) is not None
