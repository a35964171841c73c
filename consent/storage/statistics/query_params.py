"""Parse a statistics query from a query string for the API and the dashboard."""

import re
from collections.abc import Mapping
from typing import Any

from consent.core.days import DAY_SECONDS
from consent.core.translatable import translatable
from consent.storage.database.partitions import LAST
from consent.storage.receipts.filter_params import WORDS, FilterError, moment
from consent.storage.statistics.rates import BOTS, PARTS, StatisticsQuery
from consent.storage.tables.statistics import DEVICES, start_of

DAYS = 30
"""The default period."""
MAX_DAYS = 5 * 366
MAX_DAYS_BY_DAY = 92
"""Longer periods are counted by week."""
END_DAY = LAST // DAY_SECONDS - 7
"""Days from here on aren't accepted: their week could end after the calendar does."""
FILTERS = {
    **{name: WORDS[name] for name in ("country", "regime", "language", "config")},
    "variant": r"[a-z0-9-]{1,40}",
    "device": "|".join(DEVICES),
    "bots": "|".join(BOTS),
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_query(query: Mapping[str, str], today: int, besides: tuple[str, ...] = ("by", "format")) -> StatisticsQuery:
    """Return what `query` requests: `from` and `to` (dates, both included) and `FILTERS`, ignoring empty values.

    The default is the last 30 days; periods over 92 days are counted by week and widened to whole weeks. `today` is in
    days since 1970-01-01 UTC; `besides` names parameters that are read elsewhere. Raises FilterError.
    """
    errors: dict[str, str] = {}
    facts: dict[str, Any] = {}
    for name, value in query.items():
        if name in FILTERS and value:
            if re.fullmatch(FILTERS[name], value):
                facts[name] = value
            else:
                errors[name] = translatable("Unknown value.")
        elif name not in ("from", "to", *FILTERS, *besides):
            errors[name] = translatable("There is no such filter.")
    last = _day(query.get("to") or "", today, "to", errors)
    first = _day(query.get("from") or "", max(last - DAYS + 1, 0), "from", errors)
    if not errors and not 0 <= last - first < MAX_DAYS:
        errors["from"] = translatable("The period must end after it begins, and within five years.")
    if errors:
        raise FilterError(errors)
    if last - first < MAX_DAYS_BY_DAY:
        return StatisticsQuery(first, last, **facts)
    return StatisticsQuery(start_of(first, 7), start_of(last, 7) + 6, 7, **facts)


def read_part(query: Mapping[str, str], default: str) -> str:
    """Return the dimension by which `query` breaks down the numbers, one of `PARTS`. Raises FilterError."""
    part = query.get("by") or default
    if part not in PARTS:
        raise FilterError({"by": translatable(f"This must be one of {', '.join(PARTS)}.")})
    return part


def _day(text: str, default: int, name: str, errors: dict[str, str]) -> int:
    if not text:
        return default
    try:
        if _DATE.fullmatch(text) and 0 <= (day := moment(text, whole_day=False) // DAY_SECONDS) < END_DAY:
            return day
    except ValueError:
        pass
    errors[name] = translatable("This must be a date such as 2026-11-24.")
    return default
