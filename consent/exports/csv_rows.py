"""Receipts as CSV (RFC 4180) for spreadsheets: what one would take for a formula begins with a quote."""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from consent.core.groups import OPTIONAL
from consent.storage.receipts import FoundReceipt
from consent.storage.rows import to_time

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")
CSV_COLUMNS = (
    *("id", "time", "visitor", "action", "method", "functional", "analytics", "advertising", "vendors", "country"),
    *("subdivision", "regime", "config", "language", "gpc", "dnt", "age_band", "origin_checked", "expires", "receipt"),
)
CSV_HEAD = (",".join(CSV_COLUMNS) + "\r\n").encode()
STATES = {True: "granted", False: "refused", None: ""}


def csv_rows(found: Iterable[FoundReceipt]) -> Iterator[bytes]:
    """Yield a line for each receipt, in the order of `CSV_COLUMNS`."""
    text = io.StringIO(newline="")
    # The signed receipt needs no quotes, and to look for a reason in each of its letters takes half of the time.
    writer = csv.writer(text, lineterminator=",")
    for receipt in found:
        writer.writerow([neutral(cell) for cell in csv_cells(receipt)])
        yield f"{text.getvalue()}{receipt.jws}\r\n".encode()
        text.seek(0)
        text.truncate()


def neutral(cell: str) -> str:
    """Return `cell` so that no spreadsheet runs it as a formula."""
    return "'" + cell if cell.startswith(FORMULA_STARTS) else cell


def csv_cells(found: FoundReceipt) -> list[str]:
    """Return the cells of a receipt in the order of `CSV_COLUMNS`, all but the last."""
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
    ]
