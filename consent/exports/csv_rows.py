"""Receipts as CSV (RFC 4180) for spreadsheets: what one would take for a formula begins with a quote."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from functools import lru_cache

from consent.core.groups import OPTIONAL
from consent.exports.said import KEPT, said_by
from consent.storage.export_rows import ExportRow
from consent.storage.rows import to_time

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")
CSV_COLUMNS = (
    *("id", "time", "visitor", "action", "method", "functional", "analytics", "advertising", "vendors", "country"),
    *("subdivision", "regime", "config", "language", "gpc", "dnt", "age_band", "origin_checked", "expires", "receipt"),
)
CSV_HEAD = (",".join(CSV_COLUMNS) + "\r\n").encode()
STATES = {True: "granted", False: "refused", None: ""}


def csv_rows(found: Iterable[ExportRow]) -> Iterator[bytes]:
    """Yield a line for each receipt, in the order of `CSV_COLUMNS`."""
    for row in found:
        own = f"{_one(row.id)},{to_time(row.time)},{_one(row.visitor or '')}"
        # The signed receipt needs no quotes, and to look for a reason in each of its letters takes half of the time.
        expires = to_time(row.expires) if row.expires else ""
        yield f"{own},{said_cells(row.said)},{expires},{row.jws}\r\n".encode()


@lru_cache(KEPT)
def said_cells(said: str) -> str:
    """Return the cells from `action` to `origin_checked`, which many receipts have in common."""
    facts = said_by(said)
    vendors = " ".join(f"{vendor}={STATES[granted]}" for vendor, granted in json.loads(facts.vendors).items())
    return cells(
        facts.action,
        facts.method,
        *(STATES[facts.groups[group]] for group in OPTIONAL),
        vendors,
        facts.country or "",
        facts.subdivision or "",
        facts.regime,
        facts.config,
        facts.language,
        *(str(fact).lower() for fact in (facts.gpc, facts.dnt)),
        facts.age_band,
        str(facts.origin_checked).lower(),
    )


def cells(*texts: str) -> str:
    """Return `texts` as cells, quoted where they have to be, none of them a formula."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="").writerow([neutral(one) for one in texts])
    return text.getvalue()


def neutral(cell: str) -> str:
    """Return `cell` so that no spreadsheet runs it as a formula."""
    return "'" + cell if cell.startswith(FORMULA_STARTS) else cell


def _one(text: str) -> str:
    """Return a cell; one of letters and digits alone is what it is."""
    return text if text.isalnum() or not text else cells(text)
