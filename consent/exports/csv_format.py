"""CSV export of receipts (RFC 4180) for spreadsheets, with formula injection neutralized by a quote."""

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
"""Behind them, where a site has taken over choices: the consent tool that a choice was made with, if it was not this one."""
STRING_COLUMNS = ("gpp", "tcf")
"""Last, where the site sends such strings: the one that follows from the receipt, and the one that it carries."""
VARIANT_COLUMN = "variant"
"""Behind that, where a site has had an experiment: the variant of the banner that a receipt answered."""
OPTIONAL_COLUMNS = (TOOL_COLUMN, VARIANT_COLUMN, *STRING_COLUMNS)
STATES = {True: "granted", False: "refused", None: ""}


def csv_rows(rows: Iterable[ExportRow], more: Sequence[Callable[[ExportRow], str]] = ()) -> Iterator[bytes]:
    """Yield a line for each receipt, in the order of `CSV_COLUMNS`, and behind them what each of `more` gives.

    That needs no quotes: names of tools and strings of ad companies are of letters, digits, dashes and the like.
    """
    for row in rows:
        own = f"{_one(row.id)},{to_time(row.time)},{_one(row.visitor or '')}"
        # The signed receipt needs no quotes, and to look for a reason in each of its letters takes half of the time.
        expires = to_time(row.expires) if row.expires else ""
        line = f"{own},{shared_cells(row.shared)},{expires},{row.jws}"
        for cell_of in more:
            line += f",{cell_of(row)}"
        yield f"{line}\r\n".encode()


@lru_cache(MAX_CACHED)
def shared_cells(shared: str) -> str:
    """Return the cells of `SHARED_COLUMNS`, which many receipts have alike."""
    facts = parse_shared(shared)
    values = {name: getattr(facts, name) for name in SHARED_COLUMNS} | {"vendors": facts.vendor_answers}
    return cells(*(cell_text(name, value) for name, value in values.items()))


def cell_text(name: str, value: object) -> str:
    """Return what the cell of the column `name` shows for `value`; of `vendors` that is a mapping of ids to answers."""
    if name in OPTIONAL:
        return STATES[cast("bool | None", value)]
    if isinstance(value, Mapping):
        return " ".join(f"{vendor}={STATES[granted]}" for vendor, granted in sorted(value.items()))
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def csv_head(columns: Sequence[str] = ()) -> bytes:
    """Return the first line, with some of `OPTIONAL_COLUMNS`."""
    return (",".join([*CSV_COLUMNS, *columns]) + "\r\n").encode()


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
