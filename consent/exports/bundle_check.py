"""Checks the copy that a visitor was given, offline: what it says of each receipt is what was signed."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from consent.exports.check import judge
from consent.verify import Trusted, Unclear, Wrong, check_signed, read_keys

HEAD = re.compile(rb'\s*\{\s*"made"\s*:')
SIGNED = (
    *("id", "time", "action", "method", "requested", "effective", "vendors", "place", "regime", "rules_version"),
    *("language", "signals", "expires", "config"),
)
"""Facts of a receipt in the copy that stand in its signed text under the same name."""


def is_bundle(file: Path) -> bool:
    """Tell whether `file` begins as a copy does."""
    with file.open("rb") as opened:
        return HEAD.match(opened.read(64)) is not None


def check_bundle(file: Path, key_files: list[Path]) -> tuple[int, str]:
    """Return the exit code and a sentence about `file`, as `verify.check` does."""

    def look() -> str:
        trusted = read_keys(key_files)
        if not trusted.receipts:
            raise Unclear("the key set of receipts was not given")
        rows = json.loads(file.read_bytes())["receipts"]
        for row in rows:
            _compare(row, trusted)
        return (
            f"each of the {len(rows)} receipts of this copy says what was signed; personal parts, purposes and recipients"
            " stand in no signed text"
        )

    return judge(look)


def _compare(row: Mapping[str, Any], trusted: Trusted) -> None:
    try:
        claims = check_signed(row["signed"], trusted)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise Wrong(f"the signed text of receipt {row['id']} is damaged") from None
    if changed := [name for name in SIGNED if row[name] != claims.get(name)]:
        raise Wrong(f"{claims['what']} was signed with another value of {', '.join(changed)}")
