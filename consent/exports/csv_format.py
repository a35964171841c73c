"""CSV export of receipts (RFC 4180) for spreadsheets, with a quote prefixed to cells that could be formulas."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import cast

from consent.core.groups import OPTIONAL
from consent.core.receipt import SHARED_COLUMNS
from consent.storage.receipts.export_rows import MAX_CACHED, ExportRow, parse_shared
from consent.storage.receipts.serializers import to_time

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")
CSV_COLUMNS = ("id", "time", "visitor", *SHARED_COLUMNS, "expires", "receipt")
TOOL_COLUMN = "tool"
"""Follows those columns if a site has imported choices: the consent tool of a choice that wasn't made here."""
STRING_COLUMNS = ("gpp", "tcf")
"""Last, if the site sends such strings: the one derived from the receipt, and the one stored in it."""
VARIANT_COLUMN = "variant"
"""Follows the tool column if a site has run an experiment: the banner variant that a receipt responds to."""
OPTIONAL_COLUMNS = (TOOL_COLUMN, VARIANT_COLUMN, *STRING_COLUMNS)
STATES = {True: "granted", False: "refused", None: ""}


def csv_rows(rows: Iterable[ExportRow], more: Sequence[Callable[[ExportRow], str]] = ()) -> Iterator[bytes]:
    """Yield a line for each receipt, in the order of `CSV_COLUMNS`, followed by the cells from each function in `more`.

    Those cells need no quotes: names of tools and strings for ad companies consist of letters, digits, dashes and the
    like.
    """
    for row in rows:
        own = f"{_cell(row.id)},{to_time(row.time)},{_cell(row.visitor or '')}"
        # The signed receipt needs no quotes, and checking each of its characters would double the time.
        expires = to_time(row.expires) if row.expires else ""
        line = f"{own},{shared_cells(row.shared)},{expires},{row.jws}"
        for cell_of in more:
            line += f",{cell_of(row)}"
        yield f"{line}\r\n".encode()


@lru_cache(MAX_CACHED)
def shared_cells(shared: str) -> str:
    """Return the cells of `SHARED_COLUMNS`, which are the same for many receipts."""
    facts = parse_shared(shared)
    values = {name: getattr(facts, name) for name in SHARED_COLUMNS} | {"vendors": facts.vendor_answers}
    return cells(*(cell_text(name, value) for name, value in values.items()))


def cell_text(name: str, value: object) -> str:
    """Return the cell text of column `name` for `value`; for `vendors`, a mapping of ids to answers."""
    if name in OPTIONAL:
        return STATES[cast("bool | None", value)]
    if isinstance(value, Mapping):
        return " ".join(f"{vendor}={STATES[granted]}" for vendor, granted in sorted(value.items()))
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def csv_head(columns: Sequence[str] = ()) -> bytes:
    """Return the header line, including `columns`, some of `OPTIONAL_COLUMNS`."""
    return (",".join([*CSV_COLUMNS, *columns]) + "\r\n").encode()


def cells(*texts: str) -> str:
    """Return `texts` as cells, quoted if necessary and safe from formula injection."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="").writerow([escape_formula(one) for one in texts])
    return text.getvalue()


def escape_formula(cell: str) -> str:
    """Return `cell`, changed if necessary so that spreadsheets don't run it as a formula."""
    return "'" + cell if cell.startswith(FORMULA_STARTS) else cell


def _cell(text: str) -> str:
    """Return one cell, unchanged if alphanumeric."""
    return text if text.isalnum() or not text else cells(text)
