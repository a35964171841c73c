"""Receipts as rows for others: the items of a search, and exports as CSV and JSON Lines, made in constant memory."""

import csv
import datetime
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from consent.core.groups import OPTIONAL
from consent.storage.log import LogTree
from consent.storage.receipts import FoundReceipt

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")
CSV_COLUMNS = (
    *("id", "time", "visitor", "action", "method", "functional", "analytics", "advertising", "vendors", "country"),
    *("subdivision", "regime", "config", "language", "gpc", "dnt", "age_band", "origin_checked", "expires", "receipt"),
)
CHUNK = 32 * 1024
STATES = {True: "granted", False: "refused", None: ""}


def to_item(found: FoundReceipt) -> dict[str, Any]:
    """Return a receipt as the search and the export show it (design section 6)."""
    return {
        "id": found.id,
        "receipt": found.jws,
        "visitor": found.visitor,
        "time": to_time(found.time),
        "action": found.action,
        "method": found.method,
        "choices": {group: getattr(found, group) for group in OPTIONAL},
        "vendors": json.loads(found.vendors),
        "place": {"country": found.country, "subdivision": found.subdivision},
        "regime": found.regime,
        "config": found.config,
        "language": found.language,
        "signals": {"gpc": found.gpc, "dnt": found.dnt, "age_band": found.age_band},
    }


def to_time(seconds: int) -> str:
    """Return unix seconds as a time of RFC 3339 in UTC."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_csv(receipts: Iterable[FoundReceipt]) -> Iterator[bytes]:
    """Yield `receipts` as CSV (RFC 4180) in chunks; what a spreadsheet would take for a formula begins with a quote."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(CSV_COLUMNS)
    for found in receipts:
        writer.writerow([neutral(cell) for cell in _cells(found)])
        if text.tell() > CHUNK:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def to_json_lines(receipts: Iterable[FoundReceipt], keys: list[dict[str, Any]], tree: LogTree) -> Iterator[bytes]:
    """Yield `receipts` as JSON Lines in chunks, each with its number in the log and the proof of that.

    The last line is a manifest over the bytes before it, with the checkpoint under which the proofs hold.
    """
    digest, count, lines, size = hashlib.sha256(), 0, [], 0
    for found in receipts:
        item = {**to_item(found), **_place_in_log(found, tree)}
        line = json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        digest.update(line)
        lines.append(line)
        count, size = count + 1, size + len(line)
        if size > CHUNK:
            yield b"".join(lines)
            lines, size = [], 0
    manifest = {"count": count, "sha256": digest.hexdigest(), "checkpoint": tree.note, "keys": keys}
    yield b"".join(lines) + json.dumps({"manifest": manifest}, separators=(",", ":")).encode() + b"\n"


def _place_in_log(found: FoundReceipt, tree: LogTree) -> dict[str, Any]:
    if found.log_index is None or found.log_index >= tree.size:
        return {"index": None, "proof": None}
    return {"index": found.log_index, "proof": [node.hex() for node in tree.proof(found.log_index)]}


def neutral(cell: str) -> str:
    """Return `cell` so that no spreadsheet runs it as a formula."""
    return "'" + cell if cell.startswith(FORMULA_STARTS) else cell


def _cells(found: FoundReceipt) -> list[str]:
    return [
        found.id,
        to_time(found.time),
        found.visitor or "",
        found.action,
        found.method,
        *(STATES[getattr(found, group)] for group in OPTIONAL),
        " ".join(f"{vendor}={STATES[granted]}" for vendor, granted in json.loads(found.vendors).items()),
        found.country or "",
        found.subdivision or "",
        found.regime,
        found.config,
        found.language,
        str(found.gpc).lower(),
        str(found.dnt).lower(),
        found.age_band,
        str(found.origin_checked).lower(),
        to_time(found.expires) if found.expires else "",
        found.jws,
    ]
